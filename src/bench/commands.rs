//! Whole commands (load, handle, append), against pgbench with the same statements.

use std::sync::Arc;
use std::time::Instant;

use aggregates::text::Label;
use futures_util::FutureExt;
use projections::directory::fold::Directory;
use tokio::task::JoinSet;

use crate::bench::Progress;
use crate::bench::batch::{all, pool_size, warm};
use crate::bench::error::BenchError;
use crate::bench::house::{LargeHouse, actor, hourly};
use crate::bench::measure::{Bound, Measurement, Samples, rate};
use crate::bench::pgbench::{self, Program, Script};
use crate::bench::stage::Stage;
use crate::readings::{Entry, record};
use crate::store::{Ledger, Request};

/// Commands of all clients together, in one round.
const COMMANDS: u32 = 1_600;
/// Readings that a meter has before the clock runs.
const BEFORE: u32 = 16;
/// Number of the first reading that is measured; the ones before are `0..BEFORE`.
const FIRST: u32 = 1_000;

/// A client's house and its only meter that is read.
pub(super) struct Client {
    pub(super) house: LargeHouse,
    directory: Arc<Directory>,
}

pub(super) async fn measure(
    stage: &Stage,
    rounds: u32,
    progress: Progress<'_>,
) -> Result<Vec<Measurement>, BenchError> {
    let program = Program::find();
    let mut measured = Vec::new();
    for clients in [1, 4, 16] {
        let mut samples = (Samples::default(), Samples::default());
        for round in 1..=rounds {
            progress(&format!(
                "команды целиком, клиентов {clients}, повтор {round}"
            ));
            let number = 300_000 + 10_000 * clients + 100 * round;
            let each = COMMANDS / clients;
            let ledger = stage.ledger(pool_size(clients)).await?;
            let ready = prepare(&ledger, number, clients).await?;
            samples.0.push(commands(&ledger, &ready, each).await?);
            ledger.close().await;
            let ledger = stage.ledger(1).await?;
            let others = prepare(&ledger, number + 50, clients).await?;
            ledger.close().await;
            let script = Script::new(stage, &ready, &others).await?;
            samples
                .1
                .push(pgbench::run(&program, stage, &script, clients, each).await?);
        }
        let name = format!("Команда целиком (загрузка, решение, запись), клиентов: {clients}");
        let bound = Bound::AtLeast(0.4);
        let compared = Measurement::new(name, program.title_ru(), "команд/с", bound, samples);
        measured.push(compared.with_note(
            "показание архива прибора: квитанция прежнего запроса, дом, прибор, прежние показания \
             с той же меткой, запись — пять запросов",
        ));
    }
    Ok(measured)
}

/// Houses of one flat, each with a meter that has been read a few times.
async fn prepare(ledger: &Ledger, number: u32, clients: u32) -> Result<Vec<Client>, BenchError> {
    let mut ready = Vec::new();
    for client in 0..clients {
        let house = LargeHouse::new(number + client, 1)?;
        let directory = house.register(ledger).await?;
        let client = Client { house, directory };
        for reading in 0..BEFORE {
            client.command(ledger, reading).await?;
        }
        ready.push(client);
    }
    Ok(ready)
}

/// Commands a second.
async fn commands(ledger: &Ledger, clients: &[Client], each: u32) -> Result<f64, BenchError> {
    warm(ledger).await?;
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    for client in clients {
        let entries: Result<Vec<Entry>, BenchError> = (FIRST..FIRST + each)
            .map(|number| client.entry(number))
            .collect();
        let (ledger, entries) = (ledger.clone(), entries?);
        let (book, directory) = (client.house.book, Arc::clone(&client.directory));
        tasks.spawn(async move {
            for (number, entry) in (FIRST..).zip(entries) {
                one(&ledger, book, &directory, entry, number).await?;
            }
            Ok(())
        });
    }
    all(tasks).await?;
    Ok(rate(
        clients.len() * usize::try_from(each).unwrap_or(0),
        started.elapsed(),
    ))
}

impl Client {
    async fn command(&self, ledger: &Ledger, number: u32) -> Result<(), BenchError> {
        one(
            ledger,
            self.house.book,
            &self.directory,
            self.entry(number)?,
            number,
        )
        .await
    }

    /// A reading with the stamp of its device.
    fn entry(&self, number: u32) -> Result<Entry, BenchError> {
        let mut entry = hourly(&self.house, number)?;
        let stamp = Label::new(format!("archive-{number}")).map_err(BenchError::material)?;
        entry.origin = Some(stamp);
        Ok(entry)
    }
}

/// One command, as the server carries it out.
pub(super) async fn one(
    ledger: &Ledger,
    book: aggregates::ids::BookId,
    directory: &Arc<Directory>,
    entry: Entry,
    number: u32,
) -> Result<(), BenchError> {
    let request = Request::new(format!("command-{number}"), "bench", number.to_be_bytes())?;
    let (directory, entries) = (Arc::clone(directory), Arc::new([entry]));
    let done = ledger
        .run(book.0, &actor()?, Some(&request), move |unit| {
            let (directory, entries) = (Arc::clone(&directory), Arc::clone(&entries));
            async move { record(unit, book, &directory, entries.as_slice()).await }.boxed()
        })
        .await
        .map_err(BenchError::material)?;
    match done.value.into_iter().flatten().next() {
        Some(Ok(_)) => Ok(()),
        Some(Err(refusal)) => Err(BenchError::Material(refusal)),
        None => Err(BenchError::Material("команда не дала ответа".to_owned())),
    }
}
