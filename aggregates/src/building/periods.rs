//! Settlement periods of a building: opened one after another, closed in the same order.

use serde::{Deserialize, Serialize};

use crate::building::check::check_sha256;
use crate::building::error::BuildingError;
use crate::building::event::{BuildingEvent, PeriodTotal, ReopeningReason};
use crate::text::{Code, Label};
use crate::time::Period;
use crate::vocabulary::NoteRef;

/// Which periods are open and which are closed. They follow each other without a gap, so their ends
/// say everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Periods {
    /// First and last one that were opened.
    opened: Option<(Period, Period)>,
    /// Last one that is closed.
    closed_through: Option<Period>,
    /// What the last one was closed with; unknown after it was opened again.
    closing: Option<Closing>,
    /// Position of the last closing, also of one that was opened again.
    computed_at: u64,
    /// The opening anew that no closing followed yet.
    reopened: Option<Reopening>,
}

/// What a period is closed with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Closing {
    pub(super) period: Period,
    pub(super) computed_at: u64,
    pub(super) edition_hash: Option<Code>,
    pub(super) engine: Option<Label>,
    pub(super) totals: Vec<PeriodTotal>,
    pub(super) stream_heads_root: Option<Code>,
}

/// Why a period was opened again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Reopening {
    pub(super) period: Period,
    pub(super) reason: ReopeningReason,
    pub(super) note: Option<NoteRef>,
}

type Outcome = Result<Vec<BuildingEvent>, BuildingError>;

impl Periods {
    pub(super) fn closed_through(&self) -> Option<Period> {
        self.closed_through
    }

    pub(super) fn is_opened(&self, period: Period) -> bool {
        self.opened
            .is_some_and(|(first, last)| first <= period && period <= last)
    }

    fn is_closed(&self, period: Period) -> bool {
        self.is_opened(period) && self.closed_through.is_some_and(|closed| period <= closed)
    }

    pub(super) fn open(&self, period: Period) -> Outcome {
        match self.opened {
            _ if self.is_opened(period) => Ok(Vec::new()),
            Some((_, last)) if period != last.next() => Err(BuildingError::PeriodOutOfOrder {
                period,
                expected: last.next(),
            }),
            _ => Ok(vec![BuildingEvent::PeriodOpened { period }]),
        }
    }

    pub(super) fn close(&self, given: Closing) -> Outcome {
        let period = given.period;
        check_closing(&given)?;
        if self.closing.as_ref() == Some(&given) {
            return Ok(Vec::new());
        }
        if self.is_closed(period) {
            return Err(BuildingError::PeriodClosed { period });
        }
        if !self.is_opened(period) {
            return Err(BuildingError::PeriodNotOpened { period });
        }
        if let Some(previous) = self.first_open().filter(|open| *open < period) {
            return Err(BuildingError::EarlierPeriodOpen { period, previous });
        }
        let computed_at = given.computed_at;
        if computed_at < self.computed_at {
            return Err(BuildingError::ComputedTooEarly {
                computed_at,
                last: self.computed_at,
            });
        }
        let Closing {
            edition_hash,
            engine,
            totals,
            stream_heads_root,
            ..
        } = given;
        Ok(vec![BuildingEvent::PeriodClosed {
            period,
            computed_at,
            edition_hash,
            engine,
            totals,
            stream_heads_root,
        }])
    }

    pub(super) fn reopen(&self, given: Reopening) -> Outcome {
        if let Some(note) = &given.note {
            check_sha256("хеш примечания", &note.commitment)?;
        }
        if self.reopened.as_ref() == Some(&given) {
            return Ok(Vec::new());
        }
        if self.closed_through != Some(given.period) {
            return Err(BuildingError::NotLastClosed {
                last: self.closed_through,
            });
        }
        if self.is_settled(given.period) {
            return Err(BuildingError::BillsIssued {
                period: given.period,
            });
        }
        let Reopening {
            period,
            reason,
            note,
        } = given;
        Ok(vec![BuildingEvent::PeriodReopened {
            period,
            reason,
            note,
        }])
    }

    /// Whether the last closing settled `period`: then its bills went out in the same append.
    fn is_settled(&self, period: Period) -> bool {
        let closing = self.closing.as_ref();
        closing.is_some_and(|known| known.period == period && known.edition_hash.is_some())
    }

    fn first_open(&self) -> Option<Period> {
        let (first, _) = self.opened?;
        Some(self.closed_through.map_or(first, Period::next))
    }

    pub(super) fn opened(&mut self, period: Period) {
        let first = self.opened.map_or(period, |(first, _)| first);
        self.opened = Some((first, period));
    }

    pub(super) fn closed(&mut self, closing: Closing) {
        self.closed_through = Some(closing.period);
        self.computed_at = closing.computed_at;
        self.closing = Some(closing);
        self.reopened = None;
    }

    pub(super) fn reopened(&mut self, reopening: Reopening) {
        let first = self.opened.map(|(first, _)| first);
        let previous = reopening.period.previous();
        self.closed_through = first.filter(|first| *first <= previous).map(|_| previous);
        self.closing = None;
        self.reopened = Some(reopening);
    }
}

fn check_closing(given: &Closing) -> Result<(), BuildingError> {
    if given.computed_at == 0 {
        return Err(BuildingError::ComputedNowhere);
    }
    let settled = [
        given.edition_hash.is_some(),
        given.engine.is_some(),
        given.stream_heads_root.is_some(),
    ];
    if settled.contains(&true) && settled.contains(&false) {
        return Err(BuildingError::SettlementIncomplete);
    }
    for (field, hash) in [
        ("хеш редакции правил", &given.edition_hash),
        ("корень потоков", &given.stream_heads_root),
    ] {
        hash.as_ref()
            .map_or(Ok(()), |hash| check_sha256(field, hash))?;
    }
    let repeated = given.totals.iter().enumerate().find(|(place, total)| {
        let same = |earlier: &&PeriodTotal| {
            earlier.resource == total.resource && earlier.kind == total.kind
        };
        given.totals[..*place].iter().find(same).is_some()
    });
    match repeated {
        Some((_, total)) => Err(BuildingError::Repeated {
            what: format!(
                "итог {} по ресурсу «{}»",
                total.kind,
                total.resource.title_ru()
            ),
        }),
        None => Ok(()),
    }
}
