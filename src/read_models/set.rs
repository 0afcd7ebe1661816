//! All folds behind the tables, as one: what an event means to each, and what changed.

use std::collections::BTreeSet;
use std::error::Error;

use aggregates::book_event::BookEvent;
use aggregates::ids::BookId;
use projections::billing_cards::{BillingCards, BillingChanges};
use projections::house_figures::{FigureChanges, HouseFigures};
use projections::meter_cards::{MeterCard, MeterCards};
use projections::recorded::Recorded;
use uuid::Uuid;

use crate::read_models::pages::Stored;
use crate::store::error::StoreError;

/// The form of the tables' content. Whoever changes what a fold tells or how a row looks raises it:
/// the runner then builds every book again.
pub const FORM: i32 = 1;

/// New bills after which a batch is written: they lie in memory until then.
const BILLS_PER_BATCH: usize = 2_000;

/// The only type of stream that no fold joins with another: a failing event of it leaves the rest
/// of the book as it is.
const ALONE: &str = "account";

/// The state of a book from which its rows are told.
pub(super) struct ModelSet {
    book: BookId,
    position: i64,
    figures: HouseFigures,
    meters: MeterCards,
    billing: BillingCards,
    parked: BTreeSet<Uuid>,
    newly_parked: Vec<ParkedStream>,
}

/// A stream whose rows stay as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ParkedStream {
    pub(super) aggregate_type: &'static str,
    pub(super) aggregate_id: Uuid,
    pub(super) position: i64,
    pub(super) reason: String,
}

/// The event at which the book has to stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) position: i64,
    pub(super) reason: String,
}

impl ModelSet {
    pub(super) fn new(book: Uuid) -> Self {
        Self {
            book: BookId(book),
            position: 0,
            figures: HouseFigures::default(),
            meters: MeterCards::default(),
            billing: BillingCards::default(),
            parked: BTreeSet::new(),
            newly_parked: Vec::new(),
        }
    }

    /// Names of the events that any of the folds needs.
    pub(super) fn event_types() -> Vec<&'static str> {
        let folds = [
            HouseFigures::EVENT_TYPES,
            MeterCards::EVENT_TYPES,
            BillingCards::EVENT_TYPES,
        ];
        let names = folds
            .iter()
            .copied()
            .flatten()
            .flat_map(|(_, names)| *names);
        let unique: BTreeSet<&'static str> = names.copied().collect();
        unique.into_iter().collect()
    }

    /// Up to where the book was taken in.
    pub(super) fn position(&self) -> i64 {
        self.position
    }

    /// Notes that the book was read up to `position`: what was left out is wanted by nobody.
    pub(super) fn read_to(&mut self, position: i64) {
        self.position = self.position.max(position);
    }

    /// Whether what changed should be written before more is taken in.
    pub(super) fn is_full(&self) -> bool {
        self.billing.issued() >= BILLS_PER_BATCH
    }

    /// Takes in an event, or says why the book has to stop before it.
    pub(super) fn apply(&mut self, stored: &Stored<'_>) -> Result<Result<(), Failure>, StoreError> {
        let is_alone = stored.aggregate_type == ALONE;
        let is_parked = is_alone && self.parked.contains(&stored.aggregate_id);
        if is_parked || stored.is_erased()? {
            self.position = stored.position;
            return Ok(Ok(()));
        }
        let reason = match self.recorded(stored)? {
            Ok(recorded) => match self.fold(&recorded) {
                Ok(()) => {
                    self.position = stored.position;
                    return Ok(Ok(()));
                }
                Err(reason) => reason,
            },
            Err(reason) => reason,
        };
        if !is_alone {
            let position = stored.position;
            return Ok(Err(Failure { position, reason }));
        }
        self.parked.insert(stored.aggregate_id);
        self.newly_parked.push(ParkedStream {
            aggregate_type: ALONE,
            aggregate_id: stored.aggregate_id,
            position: stored.position,
            reason,
        });
        self.position = stored.position;
        Ok(Ok(()))
    }

    fn fold(&mut self, recorded: &Recorded) -> Result<(), String> {
        if !matches!(recorded.event, BookEvent::Account(_)) {
            self.figures.apply(recorded).map_err(|error| told(&error))?;
            self.meters.apply(recorded);
        }
        self.billing.apply(recorded);
        Ok(())
    }

    fn recorded(&self, stored: &Stored<'_>) -> Result<Result<Recorded, String>, StoreError> {
        let (event_type, version): (&str, &str) = (stored.column(6)?, stored.column(7)?);
        let payload: &str = stored.column(8)?;
        let event = match BookEvent::decode(stored.aggregate_type, event_type, version, payload) {
            Ok(event) => event,
            Err(error) => return Ok(Err(told(&error))),
        };
        let sequence: i64 = stored.column(5)?;
        Ok(Ok(Recorded {
            book: self.book,
            position: u64::try_from(stored.position).unwrap_or_default(),
            recorded_at: stored.column(1)?,
            effective_at: stored.column(2)?,
            aggregate_id: stored.aggregate_id,
            sequence: u64::try_from(sequence).unwrap_or_default(),
            event,
        }))
    }

    /// What changed since the last taking, to be told point by point.
    pub(super) fn figures(&self) -> FigureChanges<'_> {
        self.figures.changes()
    }

    /// Cards of meters that changed since the last taking.
    pub(super) fn take_meters(&mut self) -> Vec<MeterCard> {
        self.meters.take_changes(self.figures.consumption())
    }

    /// Periods, accounts and bills that are new since the last taking.
    pub(super) fn take_billing(&mut self) -> BillingChanges {
        self.billing.take_changes()
    }

    /// Streams parked since the last taking.
    pub(super) fn take_parked(&mut self) -> Vec<ParkedStream> {
        std::mem::take(&mut self.newly_parked)
    }

    /// Leaves out what changed so far: it stands in the tables.
    pub(super) fn forget_changes(&mut self) {
        self.figures.forget_changes();
        self.meters.forget_changes();
        self.billing.forget_changes();
        self.newly_parked.clear();
    }
}

/// The error and what caused it.
fn told(error: &(dyn Error + 'static)) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
