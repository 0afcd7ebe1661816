//! Передача показаний: all meters on one page, one press, a receipt.

use std::collections::BTreeMap;

use aggregates::meter::model::RegisterSpec;
use aggregates::meter::reading::RegisterValue;
use aggregates::vocabulary::ReadingSource;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::Utc;
use projections::directory::fold::AccountCard;
use projections::text;
use uuid::Uuid;

use crate::readings::Entry;
use crate::sites::answer::{Answer, page_with, see};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::meter_view::{Last, Meter, meters_at, period_now};
use crate::sites::parts::{self, look};
use crate::sites::resident::home::Home;
use crate::sites::resident::meters::{last_bill, name_of};
use crate::sites::resident::prices::UnitPrice;
use crate::sites::resident::shell::Shell;
use crate::sites::taking::{
    Fields, Typed, field, field_name, new_key, origin, read_registers, request, take_in, typed, web,
};
use crate::sites::{Front, format};
use crate::store::Actor;
use projections::bills::IssuedBill;

#[derive(Template)]
#[template(path = "sites/resident/submit.html", config = ".askama.toml")]
struct SubmitPage {
    shell: Shell,
    path: String,
    key: String,
    month: String,
    lead: String,
    mistake: Option<String>,
    meters: Vec<MeterFields>,
}

struct MeterFields {
    id: String,
    title: String,
    look: parts::ResourceLook,
    serial: (String, String),
    previous: String,
    fields: Vec<RegisterField>,
    is_automatic: bool,
}

struct RegisterField {
    name: String,
    zone: Option<String>,
    previous: Option<Previous>,
    unit: &'static str,
    placeholder: String,
    value: String,
    mistake: Option<String>,
    /// For the script: the previous value and what a unit costs.
    data_previous: String,
    data_price: String,
}

struct Previous {
    whole: String,
    fraction: String,
}

/// What was typed, with what is wrong by meter and register.
#[derive(Default)]
struct Draft {
    fields: Fields,
    mistakes: BTreeMap<Uuid, BTreeMap<String, String>>,
    mistake: Option<String>,
}

/// `GET /home/{premises}/submit`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(premises): Path<Uuid>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    form(&front, &signed, (&home, &homes), Draft::default()).await
}

/// `POST /home/{premises}/submit`
pub(super) async fn send(
    State(front): State<Front>,
    signed: Signed,
    Path(premises): Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let ledger = front.ledger();
    let meters = meters_at(
        ledger,
        home.book,
        &home.directory,
        &home.points(),
        home.head,
    )
    .await?;
    let mut draft = Draft::default();
    let mut taken = Vec::new();
    for meter in &meters {
        if field(&fields, "same") == meter.id.to_string() {
            taken.extend(unchanged(meter).map(|values| (meter, values)));
            continue;
        }
        match typed(&fields, meter.id, meter.registers()) {
            Typed::Empty => {}
            Typed::Values(values) => taken.push((meter, values)),
            Typed::Wrong(wrong) => {
                draft.mistakes.insert(meter.id.0, wrong);
            }
        }
    }
    if !draft.mistakes.is_empty() {
        draft.mistake = Some("Ничего не отправлено: исправьте отмеченные поля".to_owned());
    } else if taken.is_empty() {
        draft.mistake = Some("Впишите хотя бы одно показание".to_owned());
    }
    if draft.mistake.is_some() {
        draft.fields = fields;
        return form(&front, &signed, (&home, &homes), draft).await;
    }
    let actor = actor(&signed)?;
    let request = request(&fields, "submit_readings")?;
    let entries = entries(&home, taken, (&actor, &request))?;
    let done = take_in(ledger, home.book, (&actor, &request), entries).await?;
    // Where nothing was new the earlier receipts say so.
    match done.receipt.first <= done.receipt.last {
        true => see(&format!("{}/receipts/{}", home.path(), done.receipt.first)),
        false => see(&format!("{}/receipts", home.path())),
    }
}

/// Who writes: an id that leads to nobody once the person is erased.
pub(super) fn actor(signed: &Signed) -> Result<Actor, SiteError> {
    Ok(Actor::new(format!("resident:{}", signed.viewer.person()))?)
}

/// «Показание не изменилось»: the last values again.
fn unchanged(meter: &Meter) -> Option<Vec<RegisterValue>> {
    let last = meter.last()?;
    let is_read = |value: &RegisterValue| {
        read_registers(meter.registers()).any(|spec| spec.name == value.register)
    };
    let values: Vec<RegisterValue> = last.values.into_iter().filter(is_read).collect();
    (!values.is_empty()).then_some(values)
}

fn entries(
    home: &Home,
    taken: Vec<(&Meter, Vec<RegisterValue>)>,
    (actor, request): (&Actor, &crate::store::Request),
) -> Result<Vec<Entry>, SiteError> {
    let now = Utc::now();
    let account = home.accounts.first().map(|(_, account)| AccountCard {
        account: *account,
        premises: home.premises,
    });
    let taken = taken.into_iter().enumerate();
    let entry = |(index, (meter, values)): (usize, (&Meter, Vec<RegisterValue>))| {
        Ok(Entry {
            meter: meter.id,
            values,
            taken_at: now,
            received_at: now,
            source: ReadingSource::Resident,
            channel: web()?,
            account,
            origin: Some(origin(actor, request, index)?),
            confirms: None,
            act: None,
        })
    };
    taken.map(entry).collect()
}

/// The form, empty or with what was typed.
async fn form(
    front: &Front,
    signed: &Signed,
    (home, homes): (&Home, &[Home]),
    draft: Draft,
) -> Answer {
    let ledger = front.ledger();
    let meters = meters_at(
        ledger,
        home.book,
        &home.directory,
        &home.points(),
        home.head,
    )
    .await?;
    let bill = last_bill(front, home).await?;
    let terms = match meters.first() {
        Some(meter) => period_now(ledger, home.book, meter.resource).await?,
        None => None,
    };
    let status = match draft.mistake {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let of = |meter: &Meter| fields_of(home, meter, bill.as_ref(), &draft);
    let page = SubmitPage {
        path: home.path(),
        key: new_key(),
        month: terms.map_or_else(String::new, |terms| name_of(terms.period)),
        lead: terms.map_or_else(String::new, |terms| {
            format!(
                "Снимите все цифры со счётчика. Запятую или точку поймём. Засчитаем за {}; \
                 до {}, 23:59 можно передать ещё раз.",
                terms.period.title_ru(),
                format::day_month(terms.last_day())
            )
        }),
        meters: meters.iter().map(of).collect(),
        mistake: draft.mistake.clone(),
        shell: Shell::new(signed, Some(home), homes, "meters", "Передача показаний"),
    };
    page_with(status, &page)
}

fn fields_of(home: &Home, meter: &Meter, bill: Option<&IssuedBill>, draft: &Draft) -> MeterFields {
    let last = meter.last();
    let mistakes = draft.mistakes.get(&meter.id.0);
    let fields = read_registers(meter.registers()).map(|spec| {
        let name = field_name(meter.id, spec.name.as_str());
        let price = bill.and_then(|bill| UnitPrice::of(&bill.bill, meter.resource, spec.unit));
        let previous = last.as_ref().and_then(|last| previous(last, spec));
        RegisterField {
            value: field(&draft.fields, &name).to_owned(),
            mistake: mistakes.and_then(|wrong| wrong.get(spec.name.as_str()).cloned()),
            zone: (meter.registers().len() > 1).then(|| parts::zone_name(spec.name.as_str())),
            unit: spec.unit.symbol_ru(),
            placeholder: placeholder(spec),
            data_previous: last
                .as_ref()
                .and_then(|last| value_of(last, spec))
                .map_or_else(String::new, |value| value.value.value().to_string()),
            data_price: price.map_or_else(String::new, UnitPrice::for_script),
            previous,
            name,
        }
    });
    MeterFields {
        id: meter.id.to_string(),
        title: meter.label.clone(),
        look: look(meter.resource),
        serial: parts::tail(&meter.serial()),
        previous: last.as_ref().map_or_else(
            || "показаний не было".to_owned(),
            |last| {
                format!(
                    "Прошлое, {}",
                    format::moment(last.at, home.zone, home.today())
                )
            },
        ),
        fields: fields.collect(),
        is_automatic: last
            .as_ref()
            .is_some_and(|last| last.badge == parts::Badge::of_source(Some(ReadingSource::Polled))),
    }
}

fn value_of<'l>(last: &'l Last, spec: &RegisterSpec) -> Option<&'l RegisterValue> {
    last.values.iter().find(|value| value.register == spec.name)
}

/// The previous value, digit under digit.
fn previous(last: &Last, spec: &RegisterSpec) -> Option<Previous> {
    let value = value_of(last, spec)?;
    let shown = text::bare(&value.value);
    let (whole, fraction) = match shown.split_once(',') {
        Some((whole, fraction)) => (format!("{whole},"), fraction.to_owned()),
        None => (shown, String::new()),
    };
    Some(Previous { whole, fraction })
}

/// As many digits as the display has.
fn placeholder(spec: &RegisterSpec) -> String {
    let whole = "0".repeat(usize::from(spec.digits.unwrap_or(5)));
    match spec.decimals.unwrap_or(0) {
        0 => whole,
        decimals => format!("{whole},{}", "0".repeat(usize::from(decimals))),
    }
}
