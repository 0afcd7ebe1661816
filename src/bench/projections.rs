//! Read models folded from a book of a million events, against `COPY` of the same rows.

use std::collections::BTreeMap;
use std::time::Duration;

use aggregates::ids::BookId;
use aggregates::ledger::EventId;
use aggregates::meter::Meter;
use aggregates::meter::event::MeterEvent;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use cqrs_es::{Aggregate, DomainEvent};
use projections::house_figures::HouseFigures;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::bench::Progress;
use crate::bench::child::{Job, Kind, delegate};
use crate::bench::error::BenchError;
use crate::bench::house::{LargeHouse, actor};
use crate::bench::import::FLATS;
use crate::bench::measure::{Bound, Measurement, Samples, mebibytes, rate};
use crate::bench::stage::Stage;
use crate::figures::Reader;
use crate::store::Ledger;
use crate::store::append::{Append, PendingEvent};
use crate::store::entry::canonical_json;
use crate::store::read::Filter;

/// Events of the book.
const EVENTS: i64 = 1_000_000;
/// Events of one append.
const EVENTS_PER_APPEND: i64 = 5_000;
const CONSUMPTION: &str = "select point_id || period, figure from read_models.consumption";
const BALANCES: &str = "select resource || period || scope, figure from read_models.balances";
/// The most memory that the process may ever hold, in mebibytes: 300 MB.
const MEMORY_MAX: f64 = 300_000_000.0 / 1_048_576.0;

pub(super) async fn measure(
    stage: &Stage,
    rounds: u32,
    progress: Progress<'_>,
) -> Result<Vec<Measurement>, BenchError> {
    progress("журнал из миллиона событий: показания всех приборов раз в сутки");
    let ledger = stage.ledger(4).await?;
    let house = LargeHouse::new(700_000, FLATS)?;
    house.register(&ledger).await?;
    fill(&ledger, &house).await?;
    let mut owner = stage.owner().await?;
    let job = Job {
        kind: Kind::Copy,
        url: stage.app_url()?,
        book: house.book,
        until: EVENTS,
        period: Period::new(2016, 12).map_err(BenchError::material)?,
        resource: Resource::ColdWater,
        houses: None,
    };
    let kind = Kind::Projections;
    let ours = Job {
        kind,
        ..job.clone()
    };
    let mut speed = (Samples::default(), Samples::default());
    let mut peak = (Samples::default(), Samples::default());
    let mut bytes = 0;
    for round in 1..=rounds {
        progress(&format!("построение списков, повтор {round}"));
        empty(&mut owner).await?;
        let found = delegate(&ours).await?;
        if found.size != u64::try_from(EVENTS).unwrap_or_default() {
            let stands = found.size;
            return Err(BenchError::Material(format!("списки стоят на {stands}")));
        }
        let copied = delegate(&job).await?;
        speed.0.push(events_a_second(found.milliseconds));
        speed.1.push(events_a_second(copied.milliseconds));
        peak.0.push(mebibytes(found.peak_kib));
        peak.1.push(MEMORY_MAX);
        bytes = copied.size;
    }
    progress("сверка списков со свёртками");
    let rows = compare(&ledger, house.book.0).await?;
    ledger.pool().close().await;
    let about = format!(
        "{FLATS} квартир, приборов {}; COPY отдаёт {:.0} МиБ; в таблицах {rows} строк, все равны \
         свёрткам",
        house.meters(),
        mebibytes(bytes / 1024)
    );
    let copy = "COPY тех же событий TO STDOUT";
    let limit = "предел 300 МБ";
    Ok(vec![
        Measurement::new(
            "Построение списков: скорость",
            copy,
            "событий/с",
            Bound::AtLeast(0.5),
            speed,
        )
        .with_note(about),
        Measurement::new(
            "Построение списков: память",
            limit,
            "МиБ",
            Bound::AtMost(1.0),
            peak,
        ),
    ])
}

fn events_a_second(milliseconds: f64) -> f64 {
    let count = usize::try_from(EVENTS).unwrap_or_default();
    rate(count, Duration::from_secs_f64(milliseconds / 1_000.0))
}

/// Appends readings until the book has all its events, past the commands: what is measured is how
/// they are read.
async fn fill(ledger: &Ledger, house: &LargeHouse) -> Result<(), BenchError> {
    let book = house.book.0;
    let mut sequences: BTreeMap<Uuid, u64> = BTreeMap::new();
    let filter = Filter {
        aggregate_types: vec![Meter::TYPE.to_owned()],
        ..Filter::default()
    };
    let mut head = ledger.head(book).await?.position;
    for row in ledger.rows(book, head, &filter).collect().await? {
        sequences.insert(row.aggregate_id, row.sequence);
    }
    let mut number = 0;
    while head < EVENTS {
        let count = EVENTS_PER_APPEND.min(EVENTS - head);
        let mut events = Vec::new();
        for _ in 0..count {
            let (meter, event) = house.polled(number)?;
            let sequence = sequences.entry(meter.0).or_default();
            *sequence += 1;
            events.push(pending(meter.0, *sequence, &event)?);
            number += 1;
        }
        let append = Append {
            book,
            commit: Uuid::now_v7(),
            actor: actor()?,
            request: None,
            metadata: vec!["{\"actor\":\"bench\"}".to_owned(); events.len()],
            events,
            reads: Vec::new(),
            states: Vec::new(),
        };
        head = append.send(ledger).await?.last;
    }
    Ok(())
}

fn pending(meter: Uuid, sequence: u64, event: &MeterEvent) -> Result<PendingEvent, BenchError> {
    Ok(PendingEvent {
        id: EventId::of::<Meter>(meter, sequence),
        event_type: event.event_type(),
        event_version: event.event_version(),
        payload: canonical_json(event).map_err(BenchError::material)?,
        effective_at: None,
        natural_key: None,
    })
}

/// Throws the read models of the database away.
async fn empty(owner: &mut PgConnection) -> Result<(), BenchError> {
    sqlx::raw_sql(
        "truncate read_models.checkpoints, read_models.current, read_models.parked_streams, \
           read_models.meters, read_models.consumption, read_models.balances, \
           read_models.periods, read_models.accounts, read_models.bills",
    )
    .execute(owner)
    .await
    .map_err(BenchError::database("очистка списков"))?;
    Ok(())
}

/// Folds the book once more, apart from the runner, and compares every figure with its row.
/// Answers with how many there are.
async fn compare(ledger: &Ledger, book: Uuid) -> Result<usize, BenchError> {
    let mut figures = HouseFigures::default();
    let mut events = Reader::open(ledger, BookId(book), EVENTS, &Filter::default());
    while let Some(recorded) = events.next().await? {
        figures.apply(&recorded).map_err(BenchError::material)?;
    }
    let mut rows = rows(ledger, book, CONSUMPTION).await?;
    rows.extend(self::rows(ledger, book, BALANCES).await?);
    let found = rows.len();
    let mut all = figures.all();
    while let Some(change) = all.next_point() {
        for month in change.months {
            let key = format!("{}{}", month.point, month.period);
            take(&mut rows, &key, &month)?;
        }
    }
    while let Some(change) = all.next_resource() {
        for month in change.months {
            let key = format!("{}{}{}", month.resource.code(), month.period, month.scope);
            take(&mut rows, &key, &month)?;
        }
    }
    match rows.is_empty() {
        true => Ok(found),
        false => Err(BenchError::Material(format!(
            "лишних строк: {}",
            rows.len()
        ))),
    }
}

async fn rows(
    ledger: &Ledger,
    book: Uuid,
    statement: &str,
) -> Result<BTreeMap<String, Value>, BenchError> {
    let statement = format!("{statement} where book_id = $1");
    let rows: Vec<(String, Value)> = sqlx::query_as(&statement)
        .bind(book)
        .fetch_all(ledger.pool())
        .await
        .map_err(BenchError::database("чтение списков"))?;
    Ok(rows.into_iter().collect())
}

fn take(
    rows: &mut BTreeMap<String, Value>,
    key: &str,
    told: &impl serde::Serialize,
) -> Result<(), BenchError> {
    let told = serde_json::to_value(told).map_err(BenchError::material)?;
    match rows.remove(key) {
        Some(row) if row == told => Ok(()),
        Some(row) => Err(BenchError::Material(format!("{key}: {row} вместо {told}"))),
        None => Err(BenchError::Material(format!("{key}: строки нет"))),
    }
}
