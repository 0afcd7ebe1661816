//! Many houses at one glance: counts of their meters and months, as the lists stand now.

use aggregates::time::Period;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::read_models::ReadModelError;
use crate::store::Ledger;

/// A house that is asked about.
#[derive(Clone, Debug)]
pub struct HouseAsked {
    /// Its book.
    pub book: Uuid,
    /// Today by its clock.
    pub today: NaiveDate,
    /// Codes of the resources that may be counted; `None` for all.
    pub resources: Option<Vec<&'static str>>,
}

/// How a house stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HouseOverview {
    /// Up to where its lists have come.
    pub position: i64,
    /// Why they stand still, where they do.
    pub parked: Option<String>,
    /// The month that is open.
    pub open: Option<Period>,
    /// The month that was closed last.
    pub closed: Option<Period>,
    /// Accounts that are billed.
    pub accounts: i64,
    /// Meters that stand at their points.
    pub meters: i64,
    /// Meters of premises among them.
    pub individual: i64,
    /// Those with a reading for the open month.
    pub read: i64,
    /// Meters out of order.
    pub failed: i64,
    /// Meters whose verification has ended.
    pub expired: i64,
    /// Meters whose verification ends within 30, 60, 90 days.
    pub ending: [i64; 3],
}

const OVERVIEW: &str = "\
    select w.book_id, c.position, c.parked_reason, o.open, o.closed, a.accounts, m.* \
    from unnest($1::uuid[], $2::date[], $3::text[]) w(book_id, today, resources) \
    join read_models.current n on n.book_id = w.book_id \
    join read_models.checkpoints c on c.book_id = n.book_id and c.version = n.version \
    cross join lateral ( \
      select min(p.period) filter (where p.state = 'open') as open, \
             max(p.period) filter (where p.state = 'closed') as closed \
      from read_models.periods p where p.book_id = n.book_id and p.version = n.version) o \
    cross join lateral ( \
      select count(*) as accounts from read_models.accounts a \
      where a.book_id = n.book_id and a.version = n.version \
        and (a.closed_from is null or a.closed_from > w.today)) a \
    cross join lateral ( \
      select count(*) as meters, \
             count(*) filter (where m.premises_id is not null) as individual, \
             count(*) filter (where m.premises_id is not null \
                                and m.card->'last_reading'->>'period' >= o.open) as read, \
             count(*) filter (where m.state = 'failed') as failed, \
             count(*) filter (where m.verified_until < w.today) as expired, \
             count(*) filter (where m.verified_until >= w.today \
                                and m.verified_until < w.today + 30) as in30, \
             count(*) filter (where m.verified_until >= w.today + 30 \
                                and m.verified_until < w.today + 60) as in60, \
             count(*) filter (where m.verified_until >= w.today + 60 \
                                and m.verified_until < w.today + 90) as in90 \
      from read_models.meters m \
      where m.book_id = n.book_id and m.version = n.version \
        and m.state in ('installed', 'failed') \
        and (w.resources is null or m.resource = any(string_to_array(w.resources, ',')))) m";

/// How the houses stand, each under its book; one without lists is left out.
///
/// # Errors
/// [`ReadModelError`] where the tables cannot be read.
pub async fn overview(
    ledger: &Ledger,
    asked: &[HouseAsked],
) -> Result<Vec<(Uuid, HouseOverview)>, ReadModelError> {
    let books: Vec<Uuid> = asked.iter().map(|house| house.book).collect();
    let days: Vec<NaiveDate> = asked.iter().map(|house| house.today).collect();
    let resources: Vec<Option<String>> = asked
        .iter()
        .map(|house| house.resources.as_ref().map(|codes| codes.join(",")))
        .collect();
    let rows = sqlx::query(OVERVIEW)
        .bind(books)
        .bind(days)
        .bind(resources)
        .fetch_all(ledger.pool())
        .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<(Uuid, HouseOverview), ReadModelError> {
    let period = |column: usize| -> Result<Option<Period>, sqlx::Error> {
        let text: Option<String> = row.try_get(column)?;
        Ok(text.and_then(|text| text.parse().ok()))
    };
    let overview = HouseOverview {
        position: row.try_get(1)?,
        parked: row.try_get(2)?,
        open: period(3)?,
        closed: period(4)?,
        accounts: row.try_get(5)?,
        meters: row.try_get(6)?,
        individual: row.try_get(7)?,
        read: row.try_get(8)?,
        failed: row.try_get(9)?,
        expired: row.try_get(10)?,
        ending: [row.try_get(11)?, row.try_get(12)?, row.try_get(13)?],
    };
    Ok((row.try_get(0)?, overview))
}

/// A balance of the month that a house closed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastBalance {
    /// The house.
    pub book: Uuid,
    /// Code of the resource.
    pub resource: String,
    /// Name of the scope.
    pub scope: String,
    /// What came in less what was consumed inside.
    pub difference: Decimal,
    /// What came in, where it is known.
    pub came_in: Option<Decimal>,
}

/// The balances of the months that the houses closed last, of which every point is known.
///
/// # Errors
/// [`ReadModelError`] where the tables cannot be read.
pub async fn last_balances(
    ledger: &Ledger,
    books: &[Uuid],
) -> Result<Vec<LastBalance>, ReadModelError> {
    let rows = sqlx::query(
        "select b.book_id, b.resource, b.scope, b.difference::text, \
                b.figure #>> '{house,total,value}' \
         from read_models.current n \
         cross join lateral ( \
           select max(p.period) as period from read_models.periods p \
           where p.book_id = n.book_id and p.version = n.version and p.state = 'closed') o \
         join read_models.balances b on b.book_id = n.book_id and b.version = n.version \
          and b.period = o.period \
         where n.book_id = any($1) and b.difference is not null",
    )
    .bind(books)
    .fetch_all(ledger.pool())
    .await?;
    let balances = rows.iter().map(|row| -> Result<_, ReadModelError> {
        let decimal = |text: Option<String>| text.and_then(|text| text.parse::<Decimal>().ok());
        Ok(LastBalance {
            book: row.try_get(0)?,
            resource: row.try_get(1)?,
            scope: row.try_get(2)?,
            difference: decimal(row.try_get(3)?).unwrap_or_default(),
            came_in: decimal(row.try_get(4)?),
        })
    });
    balances.collect()
}
