//! Пробелы: what is missing of a month, every method with its money, and the decision.

use aggregates::ids::MeterId;
use aggregates::meter::reading::ImputationMethod;
use aggregates::text::Label;
use aggregates::vocabulary::ActRef;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use chrono::NaiveDate;
use futures_util::FutureExt;
use projections::settlement::{Gap, GapState, Rung};
use projections::text;
use serde::Deserialize;
use uuid::Uuid;

use crate::access::policy::Right;
use crate::operations::{GapChoice, OperationError, decide_all, decide_gaps};
use crate::sites::answer::{Answer, page, see};
use crate::sites::asof::AsOf;
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::parts::look;
use crate::sites::staff::house::{Head, HousePage, Tab};
use crate::sites::staff::shell::{Shell, actor};
use crate::sites::taking::{Fields, field, new_key, request};
use crate::sites::{Front, format, words};

/// Gaps of a page.
const PAGE: usize = 60;

#[derive(Template)]
#[template(path = "sites/staff/gaps.html", config = ".askama.toml")]
struct GapsPage {
    shell: Shell,
    head: Head,
    asof: AsOf,
    months: Vec<Tab>,
    path: String,
    period: String,
    title: String,
    summary: String,
    rows: Vec<Row>,
    next: Option<String>,
    unfilled: Vec<String>,
    may_decide: bool,
    open: usize,
    key: String,
}

struct Row {
    number: String,
    meter: String,
    serial: String,
    resource: &'static str,
    days: String,
    reason: String,
    method: String,
    volume: String,
    state: &'static str,
    tag: &'static str,
    rungs: Vec<RungRow>,
    key: String,
    is_open: bool,
    /// Whether its methods are told of a volume on record.
    is_recalled: bool,
}

struct RungRow {
    code: &'static str,
    title: String,
    is_default: bool,
    is_allowed: bool,
}

/// How gaps are asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    period: Option<String>,
    #[serde(default)]
    known_at: String,
    #[serde(default)]
    from: usize,
}

/// `GET /houses/{book}/gaps`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Query(query): Query<Asked>,
) -> Answer {
    let house = HousePage::open(&front, &signed, (book, Right::SeeGaps), &query.known_at).await?;
    let state = house.state(&front).await?;
    let period = house.period(&state, query.period.as_deref())?;
    let months = house.months(&state, period, |month| {
        format!(
            "{}/gaps?period={month}{}",
            house.path,
            house.seen.query('&')
        )
    });
    let list = front
        .houses
        .gaps(house.book(), house.seen.until, period)
        .await?;
    let may_decide = signed.viewer.house(house.book(), Right::DecideGaps).is_ok();
    let open = list.gaps.iter().filter(|gap| is_open(gap)).count();
    let rows: Vec<Row> = list
        .gaps
        .iter()
        .skip(query.from)
        .take(PAGE)
        .map(|gap| row(&house, gap))
        .collect();
    let next = query.from + rows.len();
    let count = |count: usize| u64::try_from(count).unwrap_or_default();
    page(&GapsPage {
        summary: format!(
            "{}, открыты {open}. Что не решено, закрытие заполнит {}.",
            format::counted(count(list.gaps.len()), ["пробел", "пробела", "пробелов"]),
            "по закону само, если политика дома это разрешает"
        ),
        next: (next < list.gaps.len()).then(|| {
            format!(
                "{}/gaps?period={period}&from={next}{}",
                house.path,
                house.seen.query('&')
            )
        }),
        unfilled: list
            .unfilled
            .iter()
            .map(|problem| problem.text.clone())
            .collect(),
        may_decide: may_decide && !house.seen.is_past(),
        open,
        rows,
        months,
        path: house.path.clone(),
        title: period.title_ru(),
        asof: house
            .asof(&front, "/gaps", vec![("period", period.to_string())])
            .await?,
        period: period.to_string(),
        key: new_key(),
        head: house.head(&signed, "gaps"),
        shell: Shell::new(&signed, "gaps", "Пробелы"),
    })
}

fn is_open(gap: &Gap) -> bool {
    matches!(
        gap.state,
        GapState::ByPolicy | GapState::Undecided | GapState::Stale { .. }
    )
}

fn row(house: &HousePage, gap: &Gap) -> Row {
    let (state, tag) = match gap.state {
        GapState::ByPolicy => ("по закону", "ek-tag--info"),
        GapState::Undecided => ("ждёт решения", "ek-tag--warn"),
        GapState::Decided { .. } => ("решено", "ek-tag--ok"),
        GapState::Stale { .. } => ("решение устарело", "ek-tag--warn"),
        GapState::Recorded { .. } => ("записан объём", "ek-tag--ok"),
        GapState::Superseded { .. } => ("заменён настоящим", "ek-tag--ok"),
    };
    Row {
        number: gap
            .premises
            .as_ref()
            .map_or_else(|| "дом".to_owned(), ToString::to_string),
        meter: gap.meter.to_string(),
        serial: gap.serial.to_string(),
        resource: look(gap.resource).title,
        days: text::local_days(gap.interval, house.zone()),
        reason: match (gap.reason, gap.run) {
            (Some(reason), Some(run)) if run > 1 => {
                format!("{}, {run}-й месяц подряд", reason.title_ru())
            }
            (Some(reason), _) => reason.title_ru().to_owned(),
            (None, _) => String::new(),
        },
        method: format!("{} ({})", text::method(gap.method), gap.clause),
        volume: words::values(&gap.volumes),
        state,
        tag,
        rungs: gap.ladder.iter().map(rung).collect(),
        key: new_key(),
        is_open: !gap.ladder.is_empty() && !gap.is_recorded(),
        is_recalled: !gap.ladder.is_empty() && gap.is_recorded(),
    }
}

fn rung(rung: &Rung) -> RungRow {
    let mut title = text::method(rung.method).to_owned();
    if !rung.volumes.is_empty() {
        title.push_str(&format!(", {}", words::values(&rung.volumes)));
    }
    if let Some(charged) = rung.charged {
        title.push_str(&format!(", {charged}"));
    }
    match (rung.is_default, rung.effect) {
        (true, _) => title.push_str(" — по закону"),
        (false, Some(effect)) if rung.is_allowed => title.push_str(&format!(", разница {effect}")),
        _ => {}
    }
    if !rung.is_allowed {
        title.push_str(&format!(" — нельзя: {}", rung.why));
    }
    RungRow {
        code: code(rung.method),
        title,
        is_default: rung.is_default,
        is_allowed: rung.is_allowed,
    }
}

const METHODS: [(ImputationMethod, &str); 6] = [
    (ImputationMethod::DeviceTotals, "device_totals"),
    (ImputationMethod::Profile, "profile"),
    (ImputationMethod::Interpolation, "interpolation"),
    (ImputationMethod::Average, "average"),
    (ImputationMethod::Norm, "norm"),
    (ImputationMethod::ContractLoad, "contract_load"),
];

fn code(method: ImputationMethod) -> &'static str {
    let found = METHODS.iter().find(|(known, _)| *known == method);
    found.map_or("", |(_, code)| code)
}

/// `POST /houses/{book}/gaps`
pub(super) async fn decide(
    State(front): State<Front>,
    signed: Signed,
    Path(book): Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Answer {
    let house = HousePage::open(&front, &signed, (book, Right::DecideGaps), "").await?;
    let state = house.state(&front).await?;
    let period = house.period(&state, Some(field(&fields, "period")))?;
    let (actor, request) = (actor(&signed)?, request(&fields, "decide_gaps")?);
    let choice = match field(&fields, "meter") {
        "" => None,
        meter => Some(choice(meter, &fields)?),
    };
    let id = house.book();
    let done = front
        .ledger()
        .run(id.0, &actor, Some(&request), move |unit| {
            let choice = choice.clone();
            async move {
                match choice {
                    None => decide_all(unit, id, period, |_| true).await,
                    Some(choice) => decide_gaps(unit, id, period, &[choice]).await,
                }
            }
            .boxed()
        });
    done.await.map_err(SiteError::from_run::<OperationError>)?;
    see(&format!("{}/gaps?period={period}", house.path))
}

fn choice(meter: &str, fields: &Fields) -> Result<GapChoice, SiteError> {
    let wrong = |why: &str| SiteError::BadRequest(why.to_owned());
    let meter: MeterId = meter.parse().map_err(|_| SiteError::NotFound)?;
    let method = field(fields, "method");
    let method = METHODS.iter().find(|(_, code)| *code == method);
    let number = field(fields, "number").trim();
    let basis = match number.is_empty() {
        true => None,
        false => {
            let date: Result<NaiveDate, _> = field(fields, "date").parse();
            Some(ActRef {
                number: Label::new(number).map_err(|_| wrong("номер основания не годится"))?,
                date: date.map_err(|_| wrong("у основания нужна дата"))?,
                document: None,
            })
        }
    };
    Ok(GapChoice {
        meter,
        method: method.map(|(method, _)| *method),
        basis,
    })
}
