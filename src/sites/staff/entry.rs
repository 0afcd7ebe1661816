//! Ввод показаний: a grid for the keyboard, a page of meters at a time.

use aggregates::ids::MeterId;
use aggregates::meter::reading::RegisterValue;
use aggregates::vocabulary::{ReadingSource, Resource};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use chrono::Utc;
use projections::directory::fold::MeterCard;
use projections::text;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::access::policy::Right;
use crate::read_models::meters::query::{MetersAsked, meters};
use crate::read_models::query::PageAsked;
use crate::readings::{Answer as Answered, AnswerStatus, Entry};
use crate::sites::answer::{Answer, page};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::parts::{look, zone_name};
use crate::sites::staff::house::{Head, HousePage, Tab};
use crate::sites::staff::shell::{Shell, actor};
use crate::sites::taking::{
    Fields, Typed, field, field_name, new_key, origin, read_registers, request, take_in, typed, web,
};
use crate::sites::{Front, format};

/// Meters of a page.
const PAGE: usize = 60;
/// More meters than a house has.
const ALL: u16 = 10_000;

#[derive(Template)]
#[template(path = "sites/staff/entry.html", config = ".askama.toml")]
struct EntryPage {
    shell: Shell,
    head: Head,
    tabs: Vec<Tab>,
    path: String,
    key: String,
    resource: &'static str,
    from: usize,
    rows: Vec<Row>,
    shown: String,
    next: Option<String>,
    told: Vec<Told>,
    summary: Option<String>,
}

struct Row {
    number: String,
    label: String,
    serial: String,
    fields: Vec<RegisterField>,
}

struct RegisterField {
    name: String,
    zone: String,
    previous: String,
    taken: String,
    value: String,
    mistake: Option<String>,
    data_previous: String,
    unit: &'static str,
}

/// What became of one reading.
struct Told {
    number: String,
    serial: String,
    status: &'static str,
    tag: &'static str,
    messages: Vec<String>,
}

/// How the grid is asked for.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Asked {
    resource: Option<Resource>,
    #[serde(default)]
    from: usize,
}

/// What comes back with the grid.
#[derive(Default)]
struct Draft {
    fields: Fields,
    mistakes: std::collections::BTreeMap<MeterId, std::collections::BTreeMap<String, String>>,
    told: Vec<Told>,
    summary: Option<String>,
}

/// `GET /houses/{book}/entry`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Query(query): Query<Asked>,
) -> Answer {
    let house = HousePage::open(&front, &signed, (book, Right::EnterReadings), "").await?;
    grid(&front, &signed, &house, (query, Draft::default())).await
}

/// `POST /houses/{book}/entry`
pub(super) async fn send(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Query(query): Query<Asked>,
    Form(fields): Form<Fields>,
) -> Answer {
    let house = HousePage::open(&front, &signed, (book, Right::EnterReadings), "").await?;
    let (actor, request) = (actor(&signed)?, request(&fields, "enter_readings")?);
    let mut draft = Draft::default();
    let mut entries = Vec::new();
    let now = Utc::now();
    for (meter, card) in house.directory.meters() {
        match typed(&fields, meter, &card.registers) {
            Typed::Empty => {}
            Typed::Wrong(wrong) => {
                draft.mistakes.insert(meter, wrong);
            }
            Typed::Values(values) => {
                let index = entries.len();
                let origin = Some(origin(&actor, &request, index)?);
                entries.push(entry(meter, values, origin, now)?);
            }
        }
    }
    if !draft.mistakes.is_empty() {
        draft.summary = Some("Ничего не записано: исправьте отмеченные поля".to_owned());
        draft.fields = fields;
        return grid(&front, &signed, &house, (query, draft)).await;
    }
    if entries.is_empty() {
        draft.summary = Some("Ничего не вписано".to_owned());
        return grid(&front, &signed, &house, (query, draft)).await;
    }
    let sent: Vec<MeterId> = entries.iter().map(|entry| entry.meter).collect();
    let done = take_in(front.ledger(), house.book(), (&actor, &request), entries).await?;
    let answers = done.value.unwrap_or_default();
    draft.summary = Some(match answers.is_empty() {
        true => "Эта форма уже была принята: второй раз ничего не записано".to_owned(),
        false => summary(&answers),
    });
    let answers = sent.into_iter().zip(answers);
    draft.told = answers
        .filter_map(|(meter, answer)| told(&house, meter, &answer))
        .collect();
    grid(&front, &signed, &house, (query, draft)).await
}

fn entry(
    meter: MeterId,
    values: Vec<RegisterValue>,
    origin: Option<aggregates::text::Label>,
    now: chrono::DateTime<Utc>,
) -> Result<Entry, SiteError> {
    Ok(Entry {
        meter,
        values,
        taken_at: now,
        received_at: now,
        source: ReadingSource::Staff,
        channel: web()?,
        account: None,
        origin,
        confirms: None,
        act: None,
    })
}

fn summary(answers: &[Answered]) -> String {
    let of = |status: AnswerStatus| answers.iter().filter(|one| one.status == status).count();
    format!(
        "Записано {}: принято {}, с отметкой {}, ждут подтверждения {}, отклонено {}",
        format::counted(
            u64::try_from(answers.len()).unwrap_or_default(),
            ["показание", "показания", "показаний"]
        ),
        of(AnswerStatus::Accepted),
        of(AnswerStatus::Flagged),
        of(AnswerStatus::Held),
        of(AnswerStatus::Rejected)
    )
}

fn told(house: &HousePage, meter: MeterId, answer: &Answered) -> Option<Told> {
    let card = house.directory.meter(meter)?;
    Some(Told {
        number: number_of(house, meter),
        serial: card.serial.clone(),
        status: answer.status.title_ru(),
        tag: match answer.status {
            AnswerStatus::Rejected => "ek-tag--bad",
            AnswerStatus::Held | AnswerStatus::Flagged => "ek-tag--warn",
            _ => "ek-tag--ok",
        },
        messages: answer.messages.clone(),
    })
}

fn number_of(house: &HousePage, meter: MeterId) -> String {
    let premises = house.directory.premises_of_meter(meter);
    let premises = premises.and_then(|id| house.directory.premises(id));
    premises.map_or_else(
        || "дом".to_owned(),
        |card| house.directory.full_number(card),
    )
}

async fn grid(
    front: &Front,
    signed: &Signed,
    house: &HousePage,
    (query, draft): (Asked, Draft),
) -> Answer {
    let resource = house.resource(query.resource)?;
    let last = last_values(front, house, resource).await?;
    let mut standing: Vec<(MeterId, &MeterCard, String)> = house
        .directory
        .points()
        .filter(|(_, point)| point.resource == resource)
        .filter_map(|(_, point)| {
            let meter = point.meter?;
            Some((meter, house.directory.meter(meter)?, point.label.clone()))
        })
        .collect();
    standing.sort_by_cached_key(|(meter, card, _)| {
        (
            text::natural(&number_of(house, *meter)),
            card.serial.clone(),
        )
    });
    let all = standing.len();
    let shown = standing.into_iter().skip(query.from).take(PAGE);
    let rows: Vec<Row> = shown
        .map(|(meter, card, label)| Row {
            number: number_of(house, meter),
            label: text::capital(&label),
            serial: card.serial.clone(),
            fields: fields_of((meter, card), &last, &draft),
        })
        .collect();
    let next = query.from + rows.len();
    let tab = |one: Resource| Tab {
        href: format!("{}/entry?resource={}", house.path, one.code()),
        title: look(one).short.to_owned(),
        is_current: one == resource,
    };
    page(&EntryPage {
        tabs: house.resources().into_iter().map(tab).collect(),
        path: house.path.clone(),
        key: new_key(),
        resource: resource.code(),
        from: query.from,
        shown: format!("показано {} из {all}", rows.len()),
        next: (next < all).then(|| {
            format!(
                "{}/entry?resource={}&from={next}",
                house.path,
                resource.code()
            )
        }),
        rows,
        told: draft.told,
        summary: draft.summary,
        head: house.head(signed, "entry"),
        shell: Shell::new(signed, "readings", "Ввод показаний"),
    })
}

/// Last values by meter and register: value and when it was taken.
type LastValues = std::collections::BTreeMap<(Uuid, String), (String, String)>;

async fn last_values(
    front: &Front,
    house: &HousePage,
    resource: Resource,
) -> Result<LastValues, SiteError> {
    let asked = MetersAsked {
        resource: Some(resource.code()),
        state: None,
    };
    let all = PageAsked {
        after: None,
        limit: ALL,
    };
    let listed = meters(front.ledger(), house.book().0, &asked, all).await?;
    let mut found = LastValues::new();
    for card in &listed.rows {
        let text_at = |path: &str| {
            card.pointer(path)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let Ok(meter) = Uuid::parse_str(text_at("/meter")) else {
            continue;
        };
        let taken = text_at("/last_reading/taken_at").parse().ok();
        let taken = taken.map_or_else(String::new, |taken| {
            format::moment(taken, house.zone(), house.today())
        });
        let values = card
            .pointer("/last_reading/values")
            .and_then(Value::as_array);
        for value in values.into_iter().flatten() {
            let at = |path: &str| value.pointer(path).and_then(Value::as_str);
            if let (Some(register), Some(number)) = (at("/register"), at("/value/value")) {
                found.insert(
                    (meter, register.to_owned()),
                    (number.to_owned(), taken.clone()),
                );
            }
        }
    }
    Ok(found)
}

fn fields_of(
    (meter, card): (MeterId, &MeterCard),
    last: &LastValues,
    draft: &Draft,
) -> Vec<RegisterField> {
    let several = card.registers.len() > 1;
    let wrong = draft.mistakes.get(&meter);
    read_registers(&card.registers)
        .map(|spec| {
            let register = spec.name.as_str();
            let name = field_name(meter, register);
            let known = last.get(&(meter.0, register.to_owned()));
            RegisterField {
                zone: if several {
                    zone_name(register)
                } else {
                    String::new()
                },
                previous: known
                    .map_or_else(|| "—".to_owned(), |(value, _)| value.replace('.', ",")),
                taken: known.map_or_else(String::new, |(_, taken)| taken.clone()),
                data_previous: known.map_or_else(String::new, |(value, _)| value.clone()),
                value: field(&draft.fields, &name).to_owned(),
                mistake: wrong.and_then(|wrong| wrong.get(register).cloned()),
                unit: spec.unit.symbol_ru(),
                name,
            }
        })
        .collect()
}
