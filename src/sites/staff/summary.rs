//! Сводка: what today asks for, over all houses that may be seen.

use aggregates::ids::BookId;
use aggregates::vocabulary::Resource;
use askama::Template;
use axum::extract::State;
use chrono::Utc;
use projections::text;
use rust_decimal::Decimal;

use crate::access::policy::{HousePermit, Right};
use crate::figures;
use crate::read_models::overview::{HouseOverview, LastBalance, last_balances, overview};
use crate::sites::answer::{Answer, page};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::staff::shell::{Shell, asked, permit_of};
use crate::sites::{Front, format, parts};

/// Rows of the table of balances.
const BALANCES: usize = 10;

#[derive(Template)]
#[template(path = "sites/staff/summary.html", config = ".askama.toml")]
struct SummaryPage {
    shell: Shell,
    today: String,
    facts: Vec<Fact>,
    houses: Vec<HouseRow>,
    balances: Vec<BalanceRow>,
    verification: Vec<BandRow>,
}

struct Fact {
    title: &'static str,
    value: String,
    note: String,
}

struct HouseRow {
    href: String,
    address: String,
    read: String,
    share: String,
    width: String,
    state: String,
}

struct BalanceRow {
    href: String,
    address: String,
    resource: &'static str,
    scope: String,
    difference: String,
    share: String,
    width: String,
    bar: &'static str,
}

struct BandRow {
    title: &'static str,
    count: i64,
    width: String,
    bar: &'static str,
}

/// `GET /`
pub(super) async fn show(State(front): State<Front>, signed: Signed) -> Answer {
    let permits = signed.viewer.houses(Right::SeeHouse);
    let zone = permits.first().map(HousePermit::zone);
    let today = zone.map(|zone| zone.local_date(Utc::now()));
    let asked: Vec<_> = permits.iter().map(asked).collect();
    let told = overview(front.ledger(), &asked).await?;
    let addresses = addresses(&front, &permits).await?;
    let page_of = SummaryPage {
        shell: Shell::new(&signed, "summary", "Сводка"),
        today: today.map_or_else(
            || "Домов пока нет".to_owned(),
            |today| text::capital(&format::weekday(today)),
        ),
        facts: facts(&told),
        houses: house_rows(&told, &addresses),
        balances: balance_rows(&front, &signed, &addresses).await?,
        verification: bands(&told),
    };
    page(&page_of)
}

/// Addresses of the houses, in the order of people.
pub(super) async fn addresses(
    front: &Front,
    permits: &[HousePermit],
) -> Result<Vec<(BookId, String)>, SiteError> {
    let mut found = Vec::with_capacity(permits.len());
    for permit in permits {
        let head = front.ledger().head(permit.book().0).await?;
        let house = figures::house_of(front.ledger(), &head).await?;
        found.push((permit.book(), format::street(&house.address)));
    }
    found.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(found)
}

fn facts(told: &[(uuid::Uuid, HouseOverview)]) -> Vec<Fact> {
    let sum = |of: fn(&HouseOverview) -> i64| told.iter().map(|(_, house)| of(house)).sum::<i64>();
    let (individual, read) = (sum(|house| house.individual), sum(|house| house.read));
    let ending = [0, 1, 2].map(|band| told.iter().map(|(_, house)| house.ending[band]).sum());
    let [in30, in60, in90]: [i64; 3] = ending;
    let open = told.iter().filter_map(|(_, house)| house.open).min();
    vec![
        Fact {
            title: "Показания квартир",
            value: format::percent(read, individual),
            note: format!(
                "{} из {}{}",
                format::count(read),
                format::count(individual),
                open.map_or_else(String::new, |open| format!("; {}", open.title_ru()))
            ),
        },
        Fact {
            title: "Не переданы",
            value: format::count(individual - read),
            note: "приборов квартир за открытый месяц".to_owned(),
        },
        Fact {
            title: "Приборы неисправны",
            value: format::count(sum(|house| house.failed)),
            note: format!(
                "из {} установленных",
                format::count(sum(|house| house.meters))
            ),
        },
        Fact {
            title: "Поверка истекла",
            value: format::count(sum(|house| house.expired)),
            note: format!("до 30 дней {in30} · 31–60 — {in60} · 61–90 — {in90}"),
        },
        Fact {
            title: "Лицевые счета",
            value: format::count(sum(|house| house.accounts)),
            note: format::counted(
                u64::try_from(told.len()).unwrap_or_default(),
                ["дом", "дома", "домов"],
            ),
        },
    ]
}

fn house_rows(
    told: &[(uuid::Uuid, HouseOverview)],
    addresses: &[(BookId, String)],
) -> Vec<HouseRow> {
    let row = |(book, address): &(BookId, String)| {
        let house = told.iter().find(|(known, _)| *known == book.0);
        let house = house.map(|(_, house)| house.clone()).unwrap_or_default();
        let state = match (&house.parked, house.open) {
            (Some(_), _) => "списки остановлены".to_owned(),
            (None, Some(open)) => format!("открыт {}", open.title_ru()),
            (None, None) => "месяцы не открыты".to_owned(),
        };
        HouseRow {
            href: format!("/houses/{book}"),
            address: address.clone(),
            read: format!(
                "{} из {}",
                format::count(house.read),
                format::count(house.individual)
            ),
            share: format::percent(house.read, house.individual),
            width: format::width(Decimal::from(house.read), Decimal::from(house.individual)),
            state,
        }
    };
    addresses.iter().map(row).collect()
}

/// The largest common volumes first, by their part of what came in.
async fn balance_rows(
    front: &Front,
    signed: &Signed,
    addresses: &[(BookId, String)],
) -> Result<Vec<BalanceRow>, SiteError> {
    let permits = signed.viewer.houses(Right::SeeBalance);
    let books: Vec<_> = permits.iter().map(|permit| permit.book().0).collect();
    let mut balances = last_balances(front.ledger(), &books).await?;
    balances.retain(|balance| {
        let permit = permit_of(&permits, BookId(balance.book));
        let resource = Resource::from_code(&balance.resource);
        matches!((permit, resource), (Some(permit), Some(resource))
            if permit.resources().include(resource))
    });
    let part = |balance: &LastBalance| {
        let whole = balance.came_in.filter(|whole| !whole.is_zero());
        whole.and_then(|whole| balance.difference.checked_div(whole))
    };
    balances.sort_by_key(|balance| std::cmp::Reverse(part(balance)));
    let most = balances.first().and_then(part).unwrap_or(Decimal::ONE);
    let rows = balances.iter().take(BALANCES).filter_map(|balance| {
        let (_, address) = addresses.iter().find(|(book, _)| book.0 == balance.book)?;
        let resource = Resource::from_code(&balance.resource)?;
        Some(BalanceRow {
            href: format!(
                "/houses/{}/balance?resource={}",
                balance.book, balance.resource
            ),
            address: address.clone(),
            resource: parts::look(resource).title,
            scope: scope_title(&balance.scope),
            difference: rounded(balance.difference),
            share: match balance.came_in {
                Some(whole) => format::share(balance.difference, whole),
                None => "—".to_owned(),
            },
            width: format::width(part(balance).unwrap_or_default(), most),
            bar: parts::look(resource).bar,
        })
    });
    Ok(rows.collect())
}

fn rounded(value: Decimal) -> String {
    let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    text::number(value.round_dp_with_strategy(3, strategy))
}

/// A scope's name in words.
pub(in crate::sites) fn scope_title(scope: &str) -> String {
    match scope.strip_prefix("input-") {
        Some(number) => format!("ввод {number}"),
        None if scope == "house" => "весь дом".to_owned(),
        None => scope.to_owned(),
    }
}

fn bands(told: &[(uuid::Uuid, HouseOverview)]) -> Vec<BandRow> {
    let sum = |of: fn(&HouseOverview) -> i64| told.iter().map(|(_, house)| of(house)).sum::<i64>();
    let counts = [
        ("просрочено", sum(|house| house.expired), "ek-b-bad"),
        ("до 30 дней", sum(|house| house.ending[0]), "ek-b-warn"),
        ("31–60 дней", sum(|house| house.ending[1]), "ek-b-mut"),
        ("61–90 дней", sum(|house| house.ending[2]), "ek-b-mut"),
    ];
    let most = counts
        .iter()
        .map(|(_, count, _)| *count)
        .max()
        .unwrap_or(1)
        .max(1);
    counts
        .into_iter()
        .map(|(title, count, bar)| BandRow {
            title,
            count,
            width: format::width(Decimal::from(count), Decimal::from(most)),
            bar,
        })
        .collect()
}
