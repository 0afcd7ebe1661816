//! Samples into the ledger: one append a house and cycle.

use std::collections::BTreeMap;
use std::sync::Arc;

use aggregates::ids::BookId;
use aggregates::text::{Code, Label};
use aggregates::vocabulary::ReadingSource;
use futures_util::FutureExt as _;
use projections::directory::fold::Directory;

use crate::collector::collect::{CollectError, Collector};
use crate::collector::registry::{Sample, Settled};
use crate::figures;
use crate::readings::{Answer, AnswerStatus, Entry, Refusal, record};
use crate::store::RunError;
use crate::store::error::StoreError;

impl Collector {
    /// Appends what waits on a line and writes down what the ledger said. Gives back how many
    /// readings are in it now.
    pub(super) async fn append_waiting(&self, line: uuid::Uuid) -> Result<usize, CollectError> {
        let mut by_book: BTreeMap<BookId, Vec<Sample>> = BTreeMap::new();
        for sample in self.registry.waiting(line).await? {
            by_book.entry(sample.book).or_default().push(sample);
        }
        let mut taken = 0;
        for (book, samples) in by_book {
            let answers = self.append(book, &samples).await?;
            let given = answers.iter().flatten();
            taken += given.filter(|answer| answer.status.is_taken()).count();
            let settled: Vec<(Sample, Settled)> = samples
                .into_iter()
                .zip(answers.iter().map(settled))
                .collect();
            self.registry.settle(&settled).await?;
        }
        Ok(taken)
    }

    async fn append(
        &self,
        book: BookId,
        samples: &[Sample],
    ) -> Result<Vec<Result<Answer, Refusal>>, CollectError> {
        let head = self.ledger.head(book.0).await?;
        let directory = figures::directory(&self.ledger, book, head.position).await?;
        let entries: Result<Vec<Entry>, String> = samples.iter().map(entry).collect();
        let entries = entries.map_err(crate::collector::registry::RegistryError::Strange)?;
        let shared: Arc<(Directory, Vec<Entry>)> = Arc::new((directory, entries));
        let done = self
            .ledger
            .run(book.0, &self.actor, None, move |unit| {
                let shared = Arc::clone(&shared);
                async move { record(unit, book, &shared.0, &shared.1).await }.boxed()
            })
            .await
            .map_err(stopped)?;
        Ok(done.value.unwrap_or_default())
    }
}

/// The reading that a sample becomes. Its origin is the device and the moment: appended twice, it
/// is one reading.
fn entry(sample: &Sample) -> Result<Entry, String> {
    let stamp = sample.stamped_at.format("%Y-%m-%dT%H:%M:%S%.3fZ");
    let origin = Label::new(format!("{}/live/{stamp}", sample.device));
    Ok(Entry {
        meter: sample.meter,
        values: sample.values.clone(),
        taken_at: sample.stamped_at,
        received_at: sample.read_at,
        source: ReadingSource::Polled,
        channel: Code::new(&sample.channel).map_err(|error| error.to_string())?,
        account: None,
        origin: Some(origin.map_err(|error| error.to_string())?),
        confirms: None,
        act: None,
    })
}

fn settled(answer: &Result<Answer, Refusal>) -> Settled {
    match answer {
        Ok(answer) => Settled {
            answer: word(answer.status).to_owned(),
            reason: (!answer.messages.is_empty()).then(|| answer.messages.join(" ")),
        },
        Err(refusal) => Settled {
            answer: "refused".to_owned(),
            reason: Some(refusal.clone()),
        },
    }
}

/// As stored; never changed.
fn word(status: AnswerStatus) -> &'static str {
    match status {
        AnswerStatus::Accepted => "accepted",
        AnswerStatus::Flagged => "flagged",
        AnswerStatus::Held => "held",
        AnswerStatus::Rejected => "rejected",
        AnswerStatus::Repeated => "repeated",
        AnswerStatus::Corrected => "corrected",
    }
}

fn stopped(error: RunError<StoreError>) -> CollectError {
    match error {
        RunError::Refused(error) => CollectError::Store(error),
        RunError::Commit(error) => CollectError::Commit(error),
        RunError::Interrupted => CollectError::Interrupted,
    }
}
