//! The first command on a meter with a long history, right after its import.

use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use projections::directory::fold::Directory;

use crate::bench::Progress;
use crate::bench::batch::warm;
use crate::bench::commands::one;
use crate::bench::error::BenchError;
use crate::bench::house::{LargeHouse, actor, hourly};
use crate::bench::measure::{Bound, Measurement, Samples, millis};
use crate::bench::stage::Stage;
use crate::readings::{Entry, record};
use crate::store::Ledger;

/// Readings of the long history: hourly for eleven years.
const LONG: u32 = 100_000;
/// Readings of the short one.
const SHORT: u32 = 100;
/// Readings in one unit of work, as `import readings` has them.
const PER_UNIT: u32 = 4_000;

pub(super) async fn measure(
    stage: &Stage,
    rounds: u32,
    progress: Progress<'_>,
) -> Result<Vec<Measurement>, BenchError> {
    let mut samples = (Samples::default(), Samples::default());
    for round in 1..=rounds {
        progress(&format!(
            "первая команда прибору с историей, повтор {round}"
        ));
        let number = 400_000 + 10 * round;
        let long = imported(stage, number, LONG).await?;
        let short = imported(stage, number + 1, SHORT).await?;
        // Whoever goes first finds the server's memory colder, so they take turns.
        if round % 2 == 0 {
            samples.0.push(first_command(stage, &long, LONG).await?);
            samples.1.push(first_command(stage, &short, SHORT).await?);
        } else {
            samples.1.push(first_command(stage, &short, SHORT).await?);
            samples.0.push(first_command(stage, &long, LONG).await?);
        }
    }
    let name = format!("Первая команда прибору с {LONG} показаний сразу после импорта");
    let baseline = format!("то же прибору с {SHORT} показаний");
    let compared = Measurement::new(name, baseline, "мс", Bound::AtMost(1.5), samples);
    Ok(vec![compared.with_note(
        "новое соединение, без ANALYZE; команда: квитанция, дом, прибор, запись",
    )])
}

struct Imported {
    house: LargeHouse,
    directory: Arc<Directory>,
}

async fn imported(stage: &Stage, number: u32, readings: u32) -> Result<Imported, BenchError> {
    let ledger = stage.ledger(1).await?;
    let house = LargeHouse::new(number, 1)?;
    let directory = house.register(&ledger).await?;
    for first in (0..readings).step_by(usize::try_from(PER_UNIT).unwrap_or(1)) {
        let numbers = first..readings.min(first + PER_UNIT);
        let entries: Result<Vec<Entry>, BenchError> =
            numbers.map(|number| hourly(&house, number)).collect();
        import(&ledger, &house, &directory, entries?).await?;
    }
    ledger.close().await;
    Ok(Imported { house, directory })
}

async fn import(
    ledger: &Ledger,
    house: &LargeHouse,
    directory: &Arc<Directory>,
    entries: Vec<Entry>,
) -> Result<(), BenchError> {
    let (book, directory, entries) = (house.book, Arc::clone(directory), Arc::new(entries));
    let done = ledger
        .run(book.0, &actor()?, None, move |unit| {
            let (directory, entries) = (Arc::clone(&directory), Arc::clone(&entries));
            async move { record(unit, book, &directory, &entries).await }.boxed()
        })
        .await
        .map_err(BenchError::material)?;
    match done.value.into_iter().flatten().find_map(Result::err) {
        Some(refusal) => Err(BenchError::Material(refusal)),
        None => Ok(()),
    }
}

/// Milliseconds of one command through a connection that has done nothing before.
async fn first_command(stage: &Stage, on: &Imported, number: u32) -> Result<f64, BenchError> {
    let ledger = stage.ledger(1).await?;
    warm(&ledger).await?;
    let entry = hourly(&on.house, number)?;
    let started = Instant::now();
    one(&ledger, on.house.book, &on.directory, entry, number).await?;
    let elapsed = millis(started.elapsed());
    ledger.close().await;
    Ok(elapsed)
}
