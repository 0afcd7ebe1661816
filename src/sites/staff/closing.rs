//! Закрытие месяца of a house: stages, what hinders, what asks for a cause, and the closing.

use aggregates::building::closing::{ClosingStage, Flagged, StageCount};
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use projections::settlement::{Checklist, checklist};
use serde::Deserialize;
use uuid::Uuid;

use crate::access::policy::Right;
use crate::closing::{Acceptance, Order, accept_flag, close_period, pass_stage};
use crate::sites::answer::{Answer, page, see};
use crate::sites::asof::AsOf;
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::parts::look;
use crate::sites::staff::house::{Head, HousePage, Tab};
use crate::sites::staff::shell::{Shell, actor};
use crate::sites::taking::{Fields, field, new_key, request};
use crate::sites::{Front, format};

#[derive(Template)]
#[template(path = "sites/staff/closing.html", config = ".askama.toml")]
struct ClosingPage {
    shell: Shell,
    head: Head,
    asof: AsOf,
    months: Vec<Tab>,
    path: String,
    period: String,
    title: String,
    closed: Option<String>,
    stages: Vec<StageRow>,
    blocking: Vec<String>,
    asking: Vec<AskingRow>,
    uncaused: usize,
    notes: Vec<String>,
    may_close: bool,
    is_clear: bool,
    charged: String,
    key: String,
}

struct StageRow {
    code: &'static str,
    title: String,
    counts: String,
    state: &'static str,
    tag: &'static str,
    open: usize,
    key: String,
    can_pass: bool,
}

/// What asks for a cause, by kind and resource.
struct AskingRow {
    kind: String,
    resource: Option<&'static str>,
    resource_title: &'static str,
    count: usize,
    example: String,
    cause: Option<String>,
    key: String,
}

/// How the page is asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    period: Option<String>,
    #[serde(default)]
    known_at: String,
}

/// `GET /houses/{book}/closing`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Query(query): Query<Asked>,
) -> Answer {
    let place = (book, Right::SeeClosing);
    let house = HousePage::open(&front, &signed, place, &query.known_at).await?;
    let state = house.state(&front).await?;
    let period = house.period(&state, query.period.as_deref())?;
    let closed = state.computed_at(period);
    // A closed month is shown as its closing saw it.
    let until = match closed {
        Some(position) => i64::try_from(position).map_err(SiteError::internal)?,
        None => house.seen.until,
    };
    let then = front.houses.book(house.book(), until).await?;
    let closing = front.houses.closing(house.book(), until, period).await?;
    let checked = checklist(&then, &closing)?;
    let may = signed.viewer.house(house.book(), Right::CloseMonth).is_ok();
    let may_close = may && closed.is_none() && !house.seen.is_past();
    let kopecks: i64 = closing.bills.iter().map(|bill| bill.total.kopecks()).sum();
    let link = |month| {
        format!(
            "{}/closing?period={month}{}",
            house.path,
            house.seen.query('&')
        )
    };
    page(&ClosingPage {
        months: house.months(&state, period, link),
        path: house.path.clone(),
        title: period.title_ru(),
        closed: closed.map(|position| {
            format!(
                "Месяц закрыт по записи №\u{a0}{}. Ниже — то, что закрытие видело тогда.",
                format::count(i64::try_from(position).unwrap_or_default())
            )
        }),
        stages: stages(&checked, may_close),
        blocking: checked
            .blocking
            .iter()
            .map(|one| one.text.clone())
            .collect(),
        uncaused: checked.uncaused().count(),
        asking: asking(&checked)?,
        notes: checked
            .notes
            .iter()
            .take(20)
            .map(|one| one.text.clone())
            .collect(),
        may_close,
        is_clear: checked.is_clear(),
        charged: format!(
            "{} на {}",
            format::counted(
                u64::try_from(closing.bills.len()).unwrap_or_default(),
                ["счёт", "счёта", "счетов"]
            ),
            aggregates::quantity::Money::from_kopecks(kopecks)
        ),
        asof: house
            .asof(&front, "/closing", vec![("period", period.to_string())])
            .await?,
        period: period.to_string(),
        key: new_key(),
        head: house.head(&signed, "closing"),
        shell: Shell::new(&signed, "closing", "Закрытие месяца"),
    })
}

fn stages(checked: &Checklist, may_close: bool) -> Vec<StageRow> {
    let mut rows = Vec::new();
    let mut before_is_clear = true;
    for stage in &checked.stages {
        let (state, tag) = match (stage.passed_at, stage.is_current, stage.open) {
            (Some(_), true, _) => ("пройден", "ek-tag--ok"),
            (Some(_), false, _) => ("пройден, но числа изменились", "ek-tag--warn"),
            (None, _, 0) => ("можно пройти", "ek-tag--info"),
            (None, ..) => ("есть открытое", "ek-tag--bad"),
        };
        before_is_clear &= stage.open == 0;
        rows.push(StageRow {
            code: stage.stage.code(),
            title: projections::text::capital(stage.stage.title_ru()),
            counts: counts(&stage.counts),
            state,
            tag,
            open: stage.open,
            key: new_key(),
            can_pass: may_close && before_is_clear && !stage.is_current,
        });
    }
    rows
}

/// `ХВС: принято 402, нет 31; …`
pub(super) fn counts(counts: &[StageCount]) -> String {
    let word = |what: &str| match what {
        "received" => "принято",
        "missing" => "нет",
        "held" => "ждут подтверждения",
        "by_norm" => "по нормативу",
        "otherwise" => "по среднему и иначе",
        "explained" => "разностей с вопросом",
        "bills" => "счетов",
        "notices" => "уведомлений",
        _ => "прочее",
    };
    let mut told: Vec<String> = Vec::new();
    let mut last = None;
    for count in counts {
        let text = format!("{} {}", word(count.what.as_str()), count.count);
        match (count.resource, told.last_mut()) {
            (Some(resource), Some(line)) if last == Some(resource) => {
                line.push_str(&format!(", {text}"));
            }
            (Some(resource), _) => told.push(format!("{}: {text}", look(resource).short)),
            (None, _) => told.push(text),
        }
        last = count.resource;
    }
    told.join("; ")
}

fn asking(checked: &Checklist) -> Result<Vec<AskingRow>, SiteError> {
    let mut rows: Vec<AskingRow> = Vec::new();
    for item in &checked.asking {
        let kind = item.problem.kind.code()?.to_string();
        let resource = item.problem.resource.map(Resource::code);
        let cause = item.cause.as_ref().map(ToString::to_string);
        let known = rows
            .iter_mut()
            .find(|row| row.kind == kind && row.resource == resource && row.cause == cause);
        match known {
            Some(row) => row.count += 1,
            None => rows.push(AskingRow {
                kind,
                resource,
                resource_title: item.problem.resource.map_or("", |one| look(one).title),
                count: 1,
                example: item.problem.text.clone(),
                cause,
                key: new_key(),
            }),
        }
    }
    Ok(rows)
}

/// `POST /houses/{book}/closing`: one step of the way, named by `step`.
pub(super) async fn act(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Answer {
    let house = HousePage::open(&front, &signed, (book, Right::CloseMonth), "").await?;
    let state = house.state(&front).await?;
    let period: Period = house.period(&state, Some(field(&fields, "period")))?;
    let (actor, step) = (actor(&signed)?, field(&fields, "step"));
    let request = request(&fields, &format!("closing/{step}"))?;
    let (ledger, id) = (front.ledger(), house.book());
    match step {
        "stage" => {
            let stage = ClosingStage::from_code(field(&fields, "stage"));
            let stage =
                stage.ok_or_else(|| SiteError::BadRequest("такого этапа нет".to_owned()))?;
            pass_stage(ledger, &actor, (id, period), stage, Some(&request)).await?;
        }
        "cause" => {
            let given = acceptance(&fields)?;
            accept_flag(ledger, &actor, (id, period), given, Some(&request)).await?;
        }
        "close" => {
            let order = Order::new(period);
            close_period(ledger, &actor, id, &order, Some(&request)).await?;
            ledger.bind([id], front.signer.as_ref()).await;
        }
        other => return Err(SiteError::BadRequest(format!("шаг «{other}» неизвестен"))),
    }
    see(&format!("{}/closing?period={period}", house.path))
}

fn acceptance(fields: &Fields) -> Result<Acceptance, SiteError> {
    let code = |name: &str| {
        Code::new(field(fields, name).trim())
            .map_err(|_| SiteError::BadRequest("причина не выбрана".to_owned()))
    };
    Ok(Acceptance {
        flagged: Flagged {
            kind: code("kind")?,
            resource: Resource::from_code(field(fields, "resource")),
            premises: None,
        },
        cause: code("cause")?,
        note: None,
    })
}
