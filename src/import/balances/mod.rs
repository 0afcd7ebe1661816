//! Import of balances: debts, payments, penalties and help as a billing centre states them,
//! brought into the accounts of houses.

mod record;
mod row;

use std::collections::BTreeMap;
use std::path::Path;

use aggregates::ids::BookId;
use futures_util::FutureExt;

use crate::figures::House;
use crate::import::readings::ImportError;
use crate::import::readings::houses::Houses;
use crate::import::report::{ImportReport, RowOutcome, RowStatus, Subject};
use crate::import::table::{TableInfo, open_table};
use crate::store::{Actor, Ledger, RunError};

pub use record::{BalanceAnswer, Companies, Refusal, record};
pub use row::BalanceRow;

/// How the report speaks of rows of balances.
pub const SUBJECT: Subject = Subject {
    rows: "Строк сальдо",
    column: "Счёт и вид",
};

/// Balances recorded in one unit of work.
const ROWS_PER_UNIT: usize = 1_000;

/// How to import.
#[derive(Clone, Debug)]
pub struct BalancesImport {
    /// Where to.
    pub ledger: Ledger,
    /// Who imports.
    pub actor: Actor,
    /// The house of rows that name none.
    pub house: Option<House>,
    /// Judge everything, record nothing.
    pub dry_run: bool,
}

/// Rows of one house, each with its line.
type Lines = Vec<(u64, BalanceRow)>;

impl BalancesImport {
    /// Imports the file at `path`. `begun` hears what was recognised before anything is recorded.
    ///
    /// # Errors
    /// [`ImportError`]. Refused rows are no error: they stand in `report`.
    pub async fn run(
        &self,
        path: &Path,
        report: &mut ImportReport,
        begun: impl FnOnce(&TableInfo),
    ) -> Result<(), ImportError> {
        let (info, rows) = open_table::<BalanceRow>(path)?;
        begun(&info);
        let mut houses = Houses::new(self.ledger.clone(), self.house.clone());
        let mut by_house: BTreeMap<BookId, Lines> = BTreeMap::new();
        for row in rows {
            let content = match row.content {
                Ok(content) => content,
                Err(refusal) => {
                    let remedy = Some(refusal.remedy_ru);
                    report.add(refused(row.line, row.raw, refusal.what_ru, remedy))?;
                    continue;
                }
            };
            let name = content.house.as_ref().map(ToString::to_string);
            match houses.called(name.as_deref()).await? {
                Ok(house) => by_house
                    .entry(house.house.book)
                    .or_default()
                    .push((row.line, content)),
                Err(reason) => report.add(refused(row.line, content.to_string(), reason, None))?,
            }
        }
        let companies = Companies::known(&self.ledger).await?;
        for (book, lines) in by_house {
            for part in lines.chunks(ROWS_PER_UNIT) {
                self.unit(book, &companies, part, report).await?;
            }
        }
        Ok(())
    }

    async fn unit(
        &self,
        book: BookId,
        companies: &Companies,
        part: &[(u64, BalanceRow)],
        report: &mut ImportReport,
    ) -> Result<(), ImportError> {
        let house = self.ledger.head(book.0).await?;
        let directory = crate::figures::directory(&self.ledger, book, house.position).await?;
        let rows: Vec<BalanceRow> = part.iter().map(|(_, row)| row.clone()).collect();
        let answers = match self.dry_run {
            true => {
                let mut unit = self.ledger.unit(book.0, &self.actor, None);
                record(&mut unit, &directory, companies, &rows).await?
            }
            false => {
                let given = std::sync::Arc::new((directory, companies.clone(), rows));
                let done = self.ledger.run(book.0, &self.actor, None, move |unit| {
                    let given = std::sync::Arc::clone(&given);
                    async move { record(unit, &given.0, &given.1, &given.2).await }.boxed()
                });
                done.await.map_err(stopped)?.value.unwrap_or_default()
            }
        };
        for ((line, row), answer) in part.iter().zip(answers) {
            report.add(outcome(*line, row, answer))?;
        }
        Ok(())
    }
}

fn stopped(error: RunError<crate::store::error::StoreError>) -> ImportError {
    match error {
        RunError::Refused(error) => ImportError::Store(error),
        RunError::Commit(error) => ImportError::Commit(error),
        RunError::Interrupted => ImportError::Interrupted,
    }
}

fn refused(line: u64, row: String, reason: String, remedy: Option<String>) -> RowOutcome {
    RowOutcome {
        line,
        status: RowStatus::Refused,
        meter: row,
        message_ru: reason,
        remedy_ru: remedy,
        event: None,
    }
}

fn outcome(line: u64, row: &BalanceRow, answer: Result<BalanceAnswer, Refusal>) -> RowOutcome {
    match answer {
        Err(refusal) => refused(line, row.to_string(), refusal, None),
        Ok(answer) => RowOutcome {
            line,
            status: match answer.repeated {
                true => RowStatus::Repeated,
                false => RowStatus::Taken,
            },
            meter: row.to_string(),
            message_ru: String::new(),
            remedy_ru: None,
            event: answer.event,
        },
    }
}
