//! `import readings` of a large table, against `COPY` of the rows that became of it.

use std::time::Instant;

use chrono::Utc;

use crate::bench::batch::copy;
use crate::bench::error::BenchError;
use crate::bench::house::{LargeHouse, actor};
use crate::bench::measure::{Bound, Measurement, Samples, rate};
use crate::bench::stage::Stage;
use crate::bench::{Progress, bare};
use crate::figures::House;
use crate::import::readings::ReadingsImport;
use crate::import::report::{ImportReport, RowStatus};
use crate::store::Ledger;

/// Rows of the table.
const ROWS: usize = 100_000;
/// Flats of the house.
pub(super) const FLATS: u16 = 400;

pub(super) async fn measure(
    stage: &Stage,
    rounds: u32,
    progress: Progress<'_>,
) -> Result<Vec<Measurement>, BenchError> {
    let mut samples = (Samples::default(), Samples::default());
    let mut outcome = String::new();
    for round in 1..=rounds {
        progress(&format!("импорт {ROWS} показаний, повтор {round}"));
        let ledger = stage.ledger(4).await?;
        let house = LargeHouse::new(round, FLATS)?;
        house.register(&ledger).await?;
        let head = ledger.head(house.book.0).await?.position;
        let table = house.table(0..ROWS);
        let started = Instant::now();
        outcome = import(&ledger, &house, &table).await?;
        samples.0.push(rate(ROWS, started.elapsed()));
        ledger.close().await;
        let mut owner = stage.owner().await?;
        let rows = bare::rows_of(&mut owner, house.book.0, head).await?;
        let copies = vec![(stage.owner().await?, rows)];
        samples.1.push(rate(ROWS, copy(&mut owner, copies).await?));
    }
    let name = format!("Импорт показаний через агрегаты, строк: {ROWS}");
    let baseline = "COPY тех же строк одним клиентом в простую таблицу";
    let bound = Bound::AtLeast(0.15);
    let compared = Measurement::new(name, baseline, "строк/с", bound, samples);
    Ok(vec![compared.with_note(format!(
        "от чтения CSV с диска до последней записи; {FLATS} квартир; {outcome}"
    ))])
}

/// Imports `table` into the book of `house`, and says what became of its rows.
pub(super) async fn import(
    ledger: &Ledger,
    house: &LargeHouse,
    table: &str,
) -> Result<String, BenchError> {
    let path = std::env::temp_dir().join(format!("energokabinet-bench-{}.csv", std::process::id()));
    let doing = format!("записать {}", path.display());
    tokio::fs::write(&path, table)
        .await
        .map_err(BenchError::outside(doing))?;
    let import = ReadingsImport {
        ledger: ledger.clone(),
        actor: actor()?,
        house: Some(House {
            book: house.book,
            address: String::new(),
            fias: None,
            position: ledger.head(house.book.0).await?.position,
        }),
        now: Utc::now(),
        dry_run: false,
    };
    let mut report = ImportReport::printed();
    let imported = import.run(&path, &mut report, |_| (), |_, _| ()).await;
    let doing = format!("удалить {}", path.display());
    tokio::fs::remove_file(&path)
        .await
        .map_err(BenchError::outside(doing))?;
    imported?;
    let summary = report.summary();
    let counted = RowStatus::ALL
        .iter()
        .filter(|status| summary.count(**status) > 0);
    let counted = counted.map(|status| format!("{} {}", status.title_ru(), summary.count(*status)));
    Ok(counted.collect::<Vec<_>>().join(", "))
}
