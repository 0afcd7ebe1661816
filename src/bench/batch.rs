//! Appends of many events at once, against `COPY` of the same rows.

use std::time::{Duration, Instant};

use sqlx::PgConnection;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::bench::error::BenchError;
use crate::bench::house::{LargeHouse, actor};
use crate::bench::measure::{Bound, Measurement, Samples, rate};
use crate::bench::stage::Stage;
use crate::bench::{Progress, bare};
use crate::readings::record;
use crate::store::append::Append;
use crate::store::{Ledger, Request};

/// Events in one append.
const EVENTS_PER_APPEND: usize = 1_000;
/// Readings of each writer.
const READINGS: usize = 20_000;
/// Flats of each writer's house; its readings then span nine years.
const FLATS: u16 = 60;

pub(super) async fn measure(
    stage: &Stage,
    rounds: u32,
    progress: Progress<'_>,
) -> Result<Vec<Measurement>, BenchError> {
    let mut measured = Vec::new();
    for writers in [1, 2, 4] {
        let mut samples = (Samples::default(), Samples::default());
        for round in 1..=rounds {
            progress(&format!(
                "пакетная запись, писателей {writers}, повтор {round}"
            ));
            let (ours, copy) = one_round(stage, writers, round).await?;
            samples.0.push(ours);
            samples.1.push(copy);
        }
        let name = format!("Пакетная запись в журналы, писателей: {writers}");
        let baseline = "COPY тех же строк столькими же клиентами в простую таблицу";
        let bound = Bound::AtLeast(0.4);
        let compared = Measurement::new(name, baseline, "событий/с", bound, samples);
        measured.push(compared.with_note(format!(
            "по {EVENTS_PER_APPEND} событий за вызов, {READINGS} на писателя; ключ запроса, \
             проверка разрывов, обязательства, хеши и сохранение состояний включены"
        )));
    }
    Ok(measured)
}

async fn one_round(stage: &Stage, writers: u32, round: u32) -> Result<(f64, f64), BenchError> {
    let ledger = stage.ledger(pool_size(writers)).await?;
    let mut owner = stage.owner().await?;
    let mut work = Vec::new();
    for writer in 0..writers {
        let number = 100_000 + 10_000 * writers + 10 * round + writer;
        work.push(prepare(&ledger, number, FLATS, READINGS, EVENTS_PER_APPEND).await?);
    }
    let books: Vec<(Uuid, i64)> = work.iter().map(|work| (work.book, work.head)).collect();
    let total = events_of(&work);
    let ours = rate(total, send(&ledger, work).await?);
    ledger.close().await;
    let mut copies = Vec::new();
    for (book, head) in books {
        copies.push((
            stage.owner().await?,
            bare::rows_of(&mut owner, book, head).await?,
        ));
    }
    Ok((ours, rate(total, copy(&mut owner, copies).await?)))
}

pub(super) fn events_of(work: &[Work]) -> usize {
    let appends = work.iter().flat_map(|work| &work.appends);
    appends.map(|append| append.events.len()).sum()
}

/// How long the work takes, each book's by a client of its own.
pub(super) async fn send(ledger: &Ledger, work: Vec<Work>) -> Result<Duration, BenchError> {
    warm(ledger).await?;
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for work in work {
        let ledger = ledger.clone();
        tasks.spawn(async move {
            for append in work.appends {
                append.send(&ledger).await?;
            }
            Ok(())
        });
    }
    all(tasks).await?;
    Ok(started.elapsed())
}

/// Waits for all tasks; the first failure ends the others.
pub(super) async fn all(mut tasks: JoinSet<Result<(), BenchError>>) -> Result<(), BenchError> {
    while let Some(done) = tasks.join_next().await {
        done.map_err(|_| BenchError::Interrupted)??;
    }
    Ok(())
}

/// How long `COPY` of every buffer by its own client takes.
pub(super) async fn copy(
    owner: &mut PgConnection,
    copies: Vec<(PgConnection, Vec<u8>)>,
) -> Result<Duration, BenchError> {
    bare::create(owner).await?;
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (mut connection, rows) in copies {
        tasks.spawn(async move { bare::copy_in(&mut connection, &rows).await });
    }
    all(tasks).await?;
    Ok(started.elapsed())
}

/// Connections of the pool for so many clients; never fewer than a command of the program has.
pub(super) fn pool_size(clients: u32) -> u32 {
    clients.max(8)
}

/// Opens all sessions of the ledger before the clock runs.
pub(super) async fn warm(ledger: &Ledger) -> Result<(), BenchError> {
    let opened = ledger.sessions().open_all().await;
    opened.map_err(BenchError::database("соединения"))
}

/// Appends of readings that the meters have judged, ready to be sent.
pub(super) struct Work {
    pub(super) book: Uuid,
    /// Position of the book's head before the first of them.
    pub(super) head: i64,
    pub(super) appends: Vec<Append>,
}

/// A book with house `number` of so many flats, and the appends of so many readings.
pub(super) async fn prepare(
    ledger: &Ledger,
    number: u32,
    flats: u16,
    readings: usize,
    events_per_append: usize,
) -> Result<Work, BenchError> {
    let house = LargeHouse::new(number, flats)?;
    let directory = house.register(ledger).await?;
    let head = ledger.head(house.book.0).await?.position;
    let entries = house.entries(0..readings)?;
    let actor = actor()?;
    let mut unit = ledger.unit(house.book.0, &actor, None);
    let answers = record(&mut unit, house.book, &directory, &entries).await?;
    if let Some(refusal) = answers.into_iter().find_map(Result::err) {
        return Err(BenchError::Material(refusal));
    }
    Ok(Work {
        book: house.book.0,
        head,
        appends: split(unit.take_append(), events_per_append)?,
    })
}

/// One append after another; what was read goes with the first, states with the last.
fn split(whole: Append, events_per_append: usize) -> Result<Vec<Append>, BenchError> {
    let mut appends = Vec::new();
    let mut reads = whole.reads;
    let mut states = whole.states;
    let mut events = whole.events.into_iter();
    let mut metadata = whole.metadata.into_iter();
    while events.len() > 0 {
        let number = appends.len();
        let part: Vec<_> = events.by_ref().take(events_per_append).collect();
        appends.push(Append {
            book: whole.book,
            commit: Uuid::now_v7(),
            actor: whole.actor.clone(),
            request: Some(Request::new(format!("batch-{number}"), "bench", [])?),
            metadata: metadata.by_ref().take(part.len()).collect(),
            events: part,
            reads: std::mem::take(&mut reads),
            states: Vec::new(),
        });
    }
    if let Some(last) = appends.last_mut() {
        last.states = std::mem::take(&mut states);
    }
    Ok(appends)
}
