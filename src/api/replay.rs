//! The answer to a request that had been answered before, told again from the events it made.

use std::collections::BTreeMap;

use aggregates::book_event::BookEvent;
use aggregates::ids::BookId;
use aggregates::ledger::EventId;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::{Reading, RegisterValue};
use uuid::Uuid;

use crate::api::fault::Fault;
use crate::api::readings::AnswerBody;
use crate::readings::{Entry, answer_of};
use crate::store::read::{Filter, RecordedRow, decode};
use crate::store::{Ledger, Receipt};

/// The answers to `entries` and the reminders, as they were when `receipt` was given.
pub(super) async fn answers(
    ledger: &Ledger,
    receipt: &Receipt,
    entries: &[Entry],
) -> Result<(Vec<AnswerBody>, Vec<EventId>), Fault> {
    let filter = Filter {
        after: receipt.first - 1,
        ..Filter::default()
    };
    let rows = ledger.rows(receipt.book, receipt.last, &filter);
    let mut made = Made::default();
    for row in rows.collect().await? {
        made.add(&row)?;
    }
    let mut answers = Vec::with_capacity(entries.len());
    for entry in entries {
        answers.push(match made.take(entry) {
            Some((id, event)) => match answer_of(vec![(id, event)]) {
                Ok(answer) => AnswerBody::new(entry.meter, answer),
                Err(refusal) => return Err(Fault::refused(refusal)),
            },
            None => {
                let first = first_of(ledger, BookId(receipt.book), entry, receipt.last).await?;
                AnswerBody::repeated(entry.meter, first)
            }
        });
    }
    Ok((answers, made.reminders))
}

/// What a request made.
#[derive(Default)]
struct Made {
    /// Readings by meter and origin; each reading of a request has an origin of its own.
    readings: BTreeMap<(Uuid, String), (EventId, MeterEvent)>,
    reminders: Vec<EventId>,
}

impl Made {
    fn add(&mut self, row: &RecordedRow) -> Result<(), Fault> {
        if row.erased {
            return Ok(());
        }
        let BookEvent::Meter(event) = decode(row)? else {
            return Ok(());
        };
        if matches!(event, MeterEvent::SiblingReadingMissed { .. }) {
            self.reminders.push(row.id());
        }
        let origin = event.reading().and_then(|reading| reading.origin.as_ref());
        if let Some(origin) = origin.map(ToString::to_string) {
            self.readings
                .insert((row.aggregate_id, origin), (row.id(), event));
        }
        Ok(())
    }

    fn take(&mut self, entry: &Entry) -> Option<(EventId, MeterEvent)> {
        let origin = entry.origin.as_ref()?.to_string();
        self.readings.remove(&(entry.meter.0, origin))
    }
}

/// The reading that `entry` repeated: the last one up to `until` that says the same, or that had
/// answered the same held reading.
async fn first_of(
    ledger: &Ledger,
    book: BookId,
    entry: &Entry,
    until: i64,
) -> Result<Option<EventId>, Fault> {
    let filter = Filter {
        aggregate_types: vec!["meter".to_owned()],
        event_types: ["ReadingRecorded", "ReadingHeld", "ReadingRejected"]
            .map(str::to_owned)
            .to_vec(),
        aggregate_ids: vec![entry.meter.0],
        ..Filter::default()
    };
    let mut rows = ledger.rows(book.0, until, &filter);
    let mut found = None;
    while let Some(row) = rows.next().await? {
        if row.erased {
            continue;
        }
        if let BookEvent::Meter(event) = decode(&row)?
            && (is_answer(&event, entry) || event.reading().is_some_and(|one| is_same(one, entry)))
        {
            found = Some(row.id());
        }
    }
    Ok(found)
}

fn is_answer(event: &MeterEvent, entry: &Entry) -> bool {
    let answered = entry.confirms.map(|confirms| confirms.held);
    matches!(event, MeterEvent::ReadingRecorded { confirms: Some(held), .. }
        if Some(*held) == answered)
}

fn is_same(reading: &Reading, entry: &Entry) -> bool {
    let shows = |given: &RegisterValue| {
        reading.values.iter().any(|kept| {
            kept.register == given.register
                && given.value.convert(kept.value.unit()).ok() == Some(kept.value)
        })
    };
    reading.source == entry.source
        && reading.channel == entry.channel
        && reading.values.len() == entry.values.len()
        && entry.values.iter().all(shows)
        && (entry.source.is_submitted() || reading.taken_at == entry.taken_at)
}
