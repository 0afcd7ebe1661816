//! «Почему такая цифра»: of a line of the bill, and of a month's consumption.

use aggregates::account::bill::{BillLine, LineKind};
use aggregates::ids::AccountId;
use aggregates::time::Period;
use askama::Template;
use axum::extract::{Path, Query, State};
use projections::bills::text::{line_title, method_title};
use projections::text;
use uuid::Uuid;

use crate::bills;
use crate::sites::answer::{Answer, page};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::meter_view::meters_at;
use crate::sites::resident::bills::{AccountAsked, account_asked};
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::Shell;
use crate::sites::tree::{Node, nodes};
use crate::sites::{Front, format};

#[derive(Template)]
#[template(path = "sites/resident/why.html", config = ".askama.toml")]
struct WhyPage {
    shell: Shell,
    back: String,
    crumb: String,
    title: String,
    lead: String,
    sums: Vec<(String, String)>,
    nodes: Vec<Node>,
    computed_at: String,
    reproduced: Option<bool>,
    /// Where the figure is contested; nothing where it is no bill yet.
    contest: Option<String>,
}

/// `GET /home/{premises}/bills/{period}/{line}`
pub(super) async fn line(
    State(front): State<Front>,
    signed: Signed,
    Path((premises, period, number)): Path<(Uuid, String, usize)>,
    Query(asked): Query<AccountAsked>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let period = own_period(&home, &period)?;
    let account = account_asked(&home, &asked)?;
    let reasons = reasons(&front, &home, (account, period)).await?;
    let found = number
        .checked_sub(1)
        .and_then(|index| reasons.lines.get(index));
    let explained = found.ok_or(SiteError::NotFound)?;
    let line = &explained.line;
    page(&WhyPage {
        back: format!("{}/bills/{period}{}", home.path(), asked.query()),
        crumb: format!("Счёт за {}", period.title_ru()),
        title: format!("Почему {}", line.amount),
        lead: lead(line),
        sums: sums(line),
        nodes: nodes(&explained.because),
        computed_at: format::count(i64::try_from(reasons.computed_at).unwrap_or_default()),
        contest: reasons.reproduced.is_some().then(|| {
            format!(
                "{}/bills/{period}/{number}/dispute{}",
                home.path(),
                asked.query()
            )
        }),
        reproduced: reasons.reproduced,
        shell: Shell::new(&signed, Some(&home), &homes, "bills", "Почему такая цифра"),
    })
}

/// `GET /home/{premises}/meters/{meter}/{period}`
pub(super) async fn volume(
    State(front): State<Front>,
    signed: Signed,
    Path((premises, meter, period)): Path<(Uuid, Uuid, String)>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let period = own_period(&home, &period)?;
    let ledger = front.ledger();
    let meters = meters_at(
        ledger,
        home.book,
        &home.directory,
        &home.points(),
        home.head,
    )
    .await?;
    let meter = meters.iter().find(|one| one.id.0 == meter);
    let meter = meter.ok_or(SiteError::NotFound)?;
    let house = front.houses.book(home.book, home.head).await?;
    let told = house.balance().consumption().of_point(meter.point, period);
    let told = told.map_err(|error| SiteError::Refused(error.to_string()))?;
    let volume = told.value.volume.known();
    page(&WhyPage {
        back: format!("{}/history?meter={}", home.path(), meter.id),
        crumb: format!("История, {}", meter.label),
        title: volume.map_or_else(
            || "Почему расход неизвестен".to_owned(),
            |volume| format!("Почему {}", format::measure(volume)),
        ),
        lead: format!("{}, расход за {}.", meter.label, period.title_ru()),
        sums: Vec::new(),
        nodes: nodes(&told.because),
        computed_at: format::count(home.head),
        reproduced: None,
        contest: None,
        shell: Shell::new(
            &signed,
            Some(&home),
            &homes,
            "history",
            "Почему такая цифра",
        ),
    })
}

/// A period of the address, if it is one's own.
pub(super) fn own_period(home: &Home, text: &str) -> Result<Period, SiteError> {
    let period: Period = text.parse().map_err(|_| SiteError::NotFound)?;
    match period.last_day() >= home.since {
        true => Ok(period),
        false => Err(SiteError::NotFound),
    }
}

async fn reasons(
    front: &Front,
    home: &Home,
    (account, period): (AccountId, Period),
) -> Result<bills::Reasons, SiteError> {
    let found = home.found_account(account).ok_or(SiteError::NotFound)?;
    let asked = bills::Asked {
        period,
        until: home.head,
        recomputed: false,
    };
    let view = bills::bill(front.ledger(), &found, asked).await?;
    let Some(issued) = view.issued.first() else {
        return Ok(bills::reasons(front.ledger(), &found, &view).await?);
    };
    let computed_at = issued.bill.computed_at;
    let until = i64::try_from(computed_at).unwrap_or(i64::MAX);
    let closing = front.houses.closing(home.book, until, period).await?;
    let own = closing.bills.iter().find(|bill| bill.account == account);
    let lines = own.map_or_else(Vec::new, |bill| bill.lines.clone());
    let again = lines.iter().map(|explained| &explained.line);
    Ok(bills::Reasons {
        computed_at,
        reproduced: Some(again.eq(issued.bill.lines.iter())),
        lines,
    })
}

fn lead(line: &BillLine) -> String {
    let how = match line.kind {
        LineKind::Charge => format!("Начислено {}", method_title(line.method)),
        LineKind::Adjustment => format!("Перерасчёт за {}", line.period.title_ru()),
    };
    format!("{}. {how} ({}).", line_title(line), line.clause)
}

fn sums(line: &BillLine) -> Vec<(String, String)> {
    let mut sums = Vec::new();
    if let Some(volume) = &line.volume {
        sums.push(("Объём".to_owned(), format::measure(volume)));
    }
    if let Some(price) = &line.price {
        sums.push((
            "Цена".to_owned(),
            format!("{} ₽ за {}", text::roubles(price.price()), price.per()),
        ));
    }
    if let Some(multiplier) = line.multiplier {
        sums.push((
            "Повышающий коэффициент".to_owned(),
            text::number(multiplier.value()),
        ));
    }
    sums.push(("Сумма".to_owned(), line.amount.to_string()));
    sums
}
