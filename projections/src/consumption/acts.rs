//! Acts about a meter: refusals of access, inspections, tampering; and what follows from them for
//! its readings.

use aggregates::meter::event::MeterEvent;
use aggregates::quantity::Measure;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::consumption::facts::{Acceptance, MeterFacts, Place, ReadingFact};
use crate::recorded::EventAt;

/// An act and when it was drawn up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ActFact {
    pub(crate) at: DateTime<Utc>,
    pub(crate) place: Place,
}

/// Tampering with the meter (ПП 354 п. 81(11)).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tampering {
    pub(crate) found: ActFact,
    /// When it began, where established.
    pub(crate) since: Option<DateTime<Utc>>,
    /// What goes through in an hour, where established.
    pub(crate) hourly: Option<Measure>,
    pub(crate) ended: Option<ActFact>,
}

/// All acts about a meter; most meters have none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Acts {
    pub(crate) refusals: Vec<ActFact>,
    pub(crate) inspections: Vec<ActFact>,
    pub(crate) tamperings: Vec<Tampering>,
}

/// Refusals of access in a row, up to the inspection that ended them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) first: ActFact,
    pub(crate) second: Option<ActFact>,
    pub(crate) until: Option<DateTime<Utc>>,
}

/// A time in which readings do not count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Barred {
    pub(crate) by: BarredBy,
    pub(crate) act: ActFact,
    pub(crate) until: Option<DateTime<Utc>>,
}

/// Why readings do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BarredBy {
    /// Those that the consumer sends after a second refusal of access (п. 60(2)).
    SecondRefusal,
    /// All, from the act of tampering until it is done away with (п. 81(11)).
    Tampering,
}

impl Barred {
    /// Whether it holds at an instant.
    pub(crate) fn holds_at(&self, instant: DateTime<Utc>) -> bool {
        self.act.at <= instant && self.until.is_none_or(|until| instant < until)
    }

    fn bars(&self, reading: &ReadingFact) -> bool {
        let concerns = match self.by {
            BarredBy::SecondRefusal => reading.acceptance.is_consumers(),
            BarredBy::Tampering => true,
        };
        concerns && self.holds_at(reading.taken_at)
    }
}

impl Acceptance {
    /// Whether the consumer told it, so that nobody else has seen the display.
    fn is_consumers(self) -> bool {
        use aggregates::vocabulary::ReadingSource as Source;
        match self {
            Self::Control | Self::Adopted => false,
            Self::Ordinary(source) => !matches!(
                source,
                Source::Polled
                    | Source::Archive
                    | Source::Inspector
                    | Source::Supplier
                    | Source::Isu
                    | Source::Control
            ),
        }
    }

    /// Whether somebody was let in to take it.
    fn is_inspection(self) -> bool {
        use aggregates::vocabulary::ReadingSource as Source;
        matches!(self, Self::Control | Self::Ordinary(Source::Inspector))
    }
}

impl MeterFacts {
    /// Takes in an act; whether the event is one.
    pub(super) fn take_act(&mut self, event: &MeterEvent, place: Place) -> bool {
        match event {
            MeterEvent::AccessRefused { at, .. } => {
                let act = ActFact { at: *at, place };
                self.acts_mut().refusals.push(act);
            }
            MeterEvent::MeterInspected { at, .. } => {
                let act = ActFact { at: *at, place };
                self.acts_mut().inspections.push(act);
            }
            MeterEvent::TamperingFound {
                at, since, hourly, ..
            } => self.acts_mut().tamperings.push(Tampering {
                found: ActFact { at: *at, place },
                since: *since,
                hourly: *hourly,
                ended: None,
            }),
            MeterEvent::TamperingEnded { at, .. } => {
                let ended = ActFact { at: *at, place };
                let open = |known: &&mut Tampering| known.ended.is_none();
                for tampering in self.acts_mut().tamperings.iter_mut().filter(open) {
                    tampering.ended = Some(ended);
                }
            }
            _ => return false,
        }
        true
    }

    fn acts_mut(&mut self) -> &mut Acts {
        self.acts.get_or_insert_default()
    }

    /// The rows of refusals, oldest first.
    pub(crate) fn refusals(&self) -> Vec<Refused> {
        let Some(acts) = &self.acts else {
            return Vec::new();
        };
        let mut refusals = acts.refusals.clone();
        refusals.sort_by_key(|act| (act.at, act.place));
        let mut rows: Vec<Refused> = Vec::new();
        for act in refusals {
            let open = |row: &&mut Refused| row.until.is_none_or(|until| act.at < until);
            match rows.last_mut().filter(open) {
                Some(row) => row.second = row.second.or(Some(act)),
                None => rows.push(Refused {
                    first: act,
                    second: None,
                    until: self.let_in_after(acts, act.at),
                }),
            }
        }
        rows
    }

    /// When the provider has seen the meter next after an instant.
    fn let_in_after(&self, acts: &Acts, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let inspections = acts.inspections.iter().map(|act| act.at);
        let taken = self.readings.iter();
        let taken =
            taken.filter(|reading| !reading.withdrawn && reading.acceptance.is_inspection());
        let all = inspections.chain(taken.map(|reading| reading.taken_at));
        let all = all.chain(self.removals());
        all.filter(|at| instant < *at).min()
    }

    fn removals(&self) -> impl Iterator<Item = DateTime<Utc>> + '_ {
        let removals = self.stays.iter().filter_map(|stay| stay.removal.as_ref());
        removals.map(|removal| removal.at)
    }

    /// Tampering, with its end: it was done away with, or the meter was taken away.
    pub(crate) fn tamperings(&self) -> impl Iterator<Item = (Tampering, Option<DateTime<Utc>>)> {
        let acts = self.acts.iter();
        let found = acts.flat_map(|acts| acts.tamperings.iter().copied());
        found.map(|tampering| {
            let removed = self.removals().filter(|at| tampering.found.at <= *at);
            let ended = tampering.ended.map(|ended| ended.at);
            (tampering, removed.chain(ended).min())
        })
    }

    /// The last time before an instant at which the provider has seen the meter, be it when it was
    /// put in.
    pub(crate) fn seen_before(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let installed = self.stays.iter().map(|stay| stay.from);
        let inspections = self.acts.iter().flat_map(|acts| &acts.inspections);
        let taken = self.readings.iter();
        let taken =
            taken.filter(|reading| !reading.withdrawn && reading.acceptance.is_inspection());
        let all = installed.chain(inspections.map(|act| act.at));
        let all = all.chain(taken.map(|reading| reading.taken_at));
        all.filter(|at| *at < instant).max()
    }

    /// The times in which readings do not count, oldest first.
    pub(crate) fn barred(&self) -> Vec<Barred> {
        if self.acts.is_none() {
            return Vec::new();
        }
        let refused = self.refusals().into_iter().filter_map(|row| {
            Some(Barred {
                by: BarredBy::SecondRefusal,
                act: row.second?,
                until: row.until,
            })
        });
        let tampered = self.tamperings().map(|(tampering, until)| Barred {
            by: BarredBy::Tampering,
            act: tampering.found,
            until,
        });
        let all = refused.chain(tampered);
        let lasts = |barred: &Barred| barred.until.is_none_or(|until| barred.act.at < until);
        let mut all: Vec<Barred> = all.filter(lasts).collect();
        all.sort_by_key(|barred| (barred.act.at, barred.act.place));
        all
    }

    /// Whether a reading does not count because of the given times.
    pub(crate) fn is_barred(reading: &ReadingFact, barred: &[Barred]) -> bool {
        barred.iter().any(|barred| barred.bars(reading))
    }

    /// Readings of the meter that do not count, with the act that says so.
    pub(crate) fn barred_readings(&self) -> Vec<(&ReadingFact, EventAt)> {
        let barred = self.barred();
        let readings = self.readings.iter().filter(|reading| !reading.withdrawn);
        let found = readings.filter_map(|reading| {
            let by = barred.iter().find(|barred| barred.bars(reading))?;
            Some((reading, self.event(by.act.place)))
        });
        found.collect()
    }
}
