//! Счёт by month: the list, and one month line by line, each with its reason.

use aggregates::account::bill::{BillKind, BillLine, LineKind};
use aggregates::ids::AccountId;
use aggregates::quantity::Money;
use aggregates::time::Period;
use askama::Template;
use axum::extract::{Path, Query, State};
use projections::bills::IssuedBill;
use projections::bills::document::InstalmentSchedule;
use projections::bills::document::text::{schedule_state, schedule_title};
use projections::bills::text::{line_title, method_title};
use projections::text;
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use crate::bills;
use crate::figures::FoundAccount;
use crate::sites::answer::{Answer, page};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::parts::{ResourceLook, look};
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::Shell;
use crate::sites::resident::why::own_period;
use crate::sites::{Front, format};

/// Which account, where there are several.
#[derive(Deserialize)]
pub(super) struct AccountAsked {
    account: Option<AccountId>,
}

impl AccountAsked {
    /// For links that stay with the account.
    pub(super) fn query(&self) -> String {
        self.account
            .map_or_else(String::new, |account| format!("?account={account}"))
    }
}

/// The account that is asked for, if it is one's own.
pub(super) fn account_asked(home: &Home, asked: &AccountAsked) -> Result<AccountId, SiteError> {
    let mut own = home.accounts.iter().map(|(_, account)| *account);
    match asked.account {
        None => own.next(),
        Some(account) => own.find(|known| *known == account),
    }
    .ok_or(SiteError::NotFound)
}

#[derive(Template)]
#[template(path = "sites/resident/bills.html", config = ".askama.toml")]
struct BillsPage {
    shell: Shell,
    accounts: Vec<Tab>,
    number: String,
    summary: String,
    rows: Vec<MonthRow>,
    open: Option<MonthRow>,
}

struct Tab {
    href: String,
    title: String,
    is_current: bool,
}

struct MonthRow {
    href: String,
    month: String,
    total: String,
    recalculated: String,
    issued: String,
    width: String,
}

#[derive(Template)]
#[template(path = "sites/resident/bill.html", config = ".askama.toml")]
struct BillPage {
    shell: Shell,
    path: String,
    title: String,
    lead: String,
    total: String,
    lines: Vec<Line>,
    groups: Vec<Group>,
    is_preliminary: bool,
    blocking: Vec<String>,
    place: String,
    schedules: Vec<Schedule>,
    /// Clauses of rules that are not read in the law, each with who answers for them.
    answered: Vec<(String, String)>,
}

/// A charge that is paid by instalments.
struct Schedule {
    title: String,
    /// Month, sum, whether this bill asks for it.
    parts: Vec<(String, String, bool)>,
    state: String,
}

struct Line {
    title: String,
    look: ResourceLook,
    volume: String,
    method: String,
    price: String,
    amount: String,
    href: String,
}

/// What a resource costs altogether.
struct Group {
    look: ResourceLook,
    amount: String,
    width: String,
}

/// `GET /home/{premises}/bills`
pub(super) async fn list(
    State(front): State<Front>,
    signed: Signed,
    Path(premises): Path<Uuid>,
    Query(asked): Query<AccountAsked>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let shell = Shell::new(&signed, Some(&home), &homes, "bills", "Счета");
    let Ok(account) = account_asked(&home, &asked) else {
        return page(&BillsPage {
            shell,
            accounts: Vec::new(),
            number: String::new(),
            summary: String::new(),
            rows: Vec::new(),
            open: None,
        });
    };
    let found = home.found_account(account).ok_or(SiteError::NotFound)?;
    let mut issued = bills::issued(front.ledger(), &found).await?;
    issued.retain(|bill| bill.bill.period.last_day() >= home.since);
    issued.reverse();
    let most = issued
        .iter()
        .map(|bill| bill.bill.total)
        .max()
        .unwrap_or_default();
    let house = front.houses.book(home.book, home.head).await?;
    let open = house.closed_through().map(Period::next);
    let query = asked.query();
    page(&BillsPage {
        accounts: tabs(&home, account),
        number: found.number,
        summary: summary(&issued),
        rows: issued
            .iter()
            .map(|bill| month_row(&home, bill, most, &query))
            .collect(),
        open: open.map(|open| MonthRow {
            href: format!("{}/bills/{open}{query}", home.path()),
            month: text::capital(&open.title_ru()),
            total: "предварительно".to_owned(),
            recalculated: String::new(),
            issued: "месяц открыт".to_owned(),
            width: "0".to_owned(),
        }),
        shell,
    })
}

fn tabs(home: &Home, current: AccountId) -> Vec<Tab> {
    if home.accounts.len() < 2 {
        return Vec::new();
    }
    let tab = |(number, account): &(String, AccountId)| Tab {
        href: format!("{}/bills?account={account}", home.path()),
        title: format!("Счёт № {number}"),
        is_current: *account == current,
    };
    home.accounts.iter().map(tab).collect()
}

fn summary(issued: &[IssuedBill]) -> String {
    let year = issued.iter().take(12);
    let kopecks: i64 = year.clone().map(|bill| bill.bill.total.kopecks()).sum();
    let most = year.clone().max_by_key(|bill| bill.bill.total);
    match most {
        None => String::new(),
        Some(most) => format!(
            "За {} начислено {}. Больше всего за {}: {}.",
            format::counted(
                u64::try_from(year.count()).unwrap_or_default(),
                ["месяц", "месяца", "месяцев"]
            ),
            Money::from_kopecks(kopecks),
            most.bill.period.title_ru(),
            most.bill.total
        ),
    }
}

fn month_row(home: &Home, issued: &IssuedBill, most: Money, query: &str) -> MonthRow {
    let adjustments: i64 = issued
        .bill
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Adjustment)
        .map(|line| line.amount.kopecks())
        .sum();
    MonthRow {
        href: format!("{}/bills/{}{query}", home.path(), issued.bill.period),
        month: match issued.bill.kind {
            BillKind::Monthly => text::capital(&issued.bill.period.title_ru()),
            BillKind::FinalStatement => {
                format!(
                    "{}, перерасчёт",
                    text::capital(&issued.bill.period.title_ru())
                )
            }
        },
        total: issued.bill.total.to_string(),
        recalculated: match adjustments {
            0 => "—".to_owned(),
            kopecks => Money::from_kopecks(kopecks).to_string(),
        },
        issued: format::moment(issued.issued_at, home.zone, home.today()),
        width: format::width(
            Decimal::from(issued.bill.total.kopecks().max(0)),
            Decimal::from(most.kopecks().max(1)),
        ),
    }
}

/// `GET /home/{premises}/bills/{period}`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path((premises, period)): Path<(Uuid, String)>,
    Query(asked): Query<AccountAsked>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let period = own_period(&home, &period)?;
    let account = account_asked(&home, &asked)?;
    let found = home.found_account(account).ok_or(SiteError::NotFound)?;
    let question = bills::Asked {
        period,
        until: home.head,
        recomputed: false,
    };
    let view = bills::bill(front.ledger(), &found, question).await?;
    let lines: Vec<BillLine>;
    let (lead, total, place, blocking);
    match (view.issued.first(), &view.preliminary) {
        (Some(issued), _) => {
            lines = issued.bill.lines.clone();
            total = issued.bill.total;
            lead = format!(
                "Лицевой счёт {}. Выставлен {}. Нажмите на сумму, чтобы увидеть, откуда она.",
                found.number,
                format::moment_long(issued.issued_at, home.zone)
            );
            place = format!("запись журнала №\u{a0}{}", issued.event.position);
            blocking = Vec::new();
        }
        (None, Some(preliminary)) => {
            let bill = preliminary.bill.as_ref().ok_or(SiteError::NotFound)?;
            lines = bill.lines.iter().map(|line| line.line.clone()).collect();
            total = bill.total;
            lead = format!(
                "Лицевой счёт {}. Так вышло бы, если закрыть месяц сейчас. Окончательная сумма — \
                 после закрытия.",
                found.number
            );
            place = format!("по журналу до записи №\u{a0}{}", preliminary.position);
            blocking = match preliminary.blocking.is_empty() {
                true => Vec::new(),
                false => vec!["Месяц пока нельзя закрыть: не хватает сведений по дому.".to_owned()],
            };
        }
        (None, None) => return Err(SiteError::NotFound),
    }
    let path = format!("{}/bills/{period}", home.path());
    page(&BillPage {
        title: format!("Счёт за {}", period.title_ru()),
        lead,
        total: total.to_string(),
        groups: groups(&lines),
        lines: (1..)
            .zip(&lines)
            .map(|(number, line)| bill_line(&path, number, line, &asked.query()))
            .collect(),
        is_preliminary: view.issued.is_empty(),
        blocking,
        place,
        schedules: schedules(&front, &home, &found, period).await?,
        answered: answered(&front, &home, period).await?,
        path: home.path(),
        shell: Shell::new(&signed, Some(&home), &homes, "bills", "Счёт"),
    })
}

/// Who in this house answers for the uncertain rules of the period, each clause once.
async fn answered(
    front: &Front,
    home: &Home,
    period: Period,
) -> Result<Vec<(String, String)>, SiteError> {
    let house = front.houses.book(home.book, home.head).await?;
    let edition = house.edition(period);
    let edition = edition.map_err(|error| SiteError::Refused(error.to_string()))?;
    let mut told: Vec<(String, String)> = Vec::new();
    for row in edition.parameters().iter().filter(|row| row.is_uncertain()) {
        let Some(by) = &row.confirmed else {
            continue;
        };
        let one = (row.clause.to_string(), by.confirmation.to_string());
        if !told.contains(&one) {
            told.push(one);
        }
    }
    Ok(told)
}

async fn schedules(
    front: &Front,
    home: &Home,
    found: &FoundAccount,
    period: Period,
) -> Result<Vec<Schedule>, SiteError> {
    let schedules = bills::schedules(front.ledger(), found, (period, home.head)).await?;
    let schedule = |told: &InstalmentSchedule| Schedule {
        title: schedule_title(told),
        parts: told
            .parts
            .iter()
            .map(|part| {
                let month = text::capital(&part.period.title_ru());
                (month, part.amount.to_string(), part.period == period)
            })
            .collect(),
        state: schedule_state(told),
    };
    Ok(schedules.iter().map(schedule).collect())
}

fn bill_line(path: &str, number: usize, line: &BillLine, query: &str) -> Line {
    Line {
        title: line_title(line),
        look: look(line.charge.resource),
        volume: line
            .volume
            .as_ref()
            .map_or_else(|| "—".to_owned(), format::measure),
        method: method_title(line.method).to_owned(),
        price: line.price.as_ref().map_or_else(
            || "—".to_owned(),
            |price| format!("{} ₽/{}", text::roubles(price.price()), price.per()),
        ),
        amount: line.amount.to_string(),
        href: format!("{path}/{number}{query}"),
    }
}

fn groups(lines: &[BillLine]) -> Vec<Group> {
    let mut sums: Vec<(aggregates::vocabulary::Resource, i64)> = Vec::new();
    for line in lines {
        let known = sums
            .iter_mut()
            .find(|(known, _)| *known == line.charge.resource);
        match known {
            Some((_, sum)) => *sum += line.amount.kopecks(),
            None => sums.push((line.charge.resource, line.amount.kopecks())),
        }
    }
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
    let most = sums.first().map_or(1, |(_, sum)| *sum).max(1);
    let group = |(resource, sum): &(aggregates::vocabulary::Resource, i64)| Group {
        look: look(*resource),
        amount: Money::from_kopecks(*sum).to_string(),
        width: format::width(Decimal::from((*sum).max(0)), Decimal::from(most)),
    };
    sums.iter().map(group).collect()
}
