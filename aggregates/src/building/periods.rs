//! Settlement periods of a building: opened one after another, closed in the same order.

use serde::{Deserialize, Serialize};

use crate::building::check::check_sha256;
use crate::building::closing::{AcceptedFlags, BatchRef, ClosingStage};
use crate::building::error::BuildingError;
use crate::building::event::{BuildingEvent, PeriodTotal};
use crate::building::stages::{AcceptedFlag, PassedStage, Reopening, ReopeningWish};
use crate::text::{Code, Label};
use crate::time::Period;

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
    /// Stages that the open period has passed, in their order.
    pub(super) stages: Vec<PassedStage>,
    /// What was flagged in periods that are not closed and has its cause.
    pub(super) accepted: Vec<AcceptedFlag>,
    /// The wish to open the last closed one again.
    pub(super) wish: Option<ReopeningWish>,
    /// The opening anew that no closing followed yet.
    pub(super) reopened: Option<Reopening>,
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
    pub(super) lines_root: Option<Code>,
    pub(super) accepted: Vec<AcceptedFlags>,
    pub(super) batch: Option<BatchRef>,
    pub(super) bills_held: bool,
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

    pub(super) fn is_closed(&self, period: Period) -> bool {
        self.is_opened(period) && self.closed_through.is_some_and(|closed| period <= closed)
    }

    /// Refuses a period that is not the next to be closed.
    pub(super) fn check_open(&self, period: Period) -> Result<(), BuildingError> {
        if self.is_closed(period) {
            return Err(BuildingError::PeriodClosed { period });
        }
        if !self.is_opened(period) {
            return Err(BuildingError::PeriodNotOpened { period });
        }
        match self.first_open().filter(|open| *open < period) {
            Some(previous) => Err(BuildingError::EarlierPeriodOpen { period, previous }),
            None => Ok(()),
        }
    }

    pub(super) fn stages(&self) -> &[PassedStage] {
        &self.stages
    }

    pub(super) fn accepted(&self) -> &[AcceptedFlag] {
        &self.accepted
    }

    /// The last closed period, while its bills are held back.
    pub(super) fn bills_held(&self) -> Option<Period> {
        let closing = self.closing.as_ref().filter(|known| known.bills_held);
        closing.map(|known| known.period)
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
        self.check_open(period)?;
        if let Some(held) = self.bills_held() {
            return Err(BuildingError::BillsHeld { period: held });
        }
        let computed_at = given.computed_at;
        if computed_at < self.computed_at {
            return Err(BuildingError::ComputedTooEarly {
                computed_at,
                last: self.computed_at,
            });
        }
        self.check_approval(&given)?;
        let Closing {
            edition_hash,
            engine,
            totals,
            stream_heads_root,
            lines_root,
            accepted,
            batch,
            bills_held,
            ..
        } = given;
        Ok(vec![BuildingEvent::PeriodClosed {
            period,
            computed_at,
            edition_hash,
            engine,
            totals,
            stream_heads_root,
            lines_root,
            accepted,
            batch,
            bills_held,
        }])
    }

    /// What is closed is what was approved, and with causes that were given.
    fn check_approval(&self, given: &Closing) -> Result<(), BuildingError> {
        let period = given.period;
        let known = |accepted: &&AcceptedFlags| {
            self.accepted.iter().any(|flag| {
                flag.period == period
                    && flag.flagged.kind == accepted.kind
                    && flag.cause == accepted.cause
            })
        };
        if let Some(unknown) = given.accepted.iter().find(|accepted| !known(accepted)) {
            return Err(BuildingError::CauseNotGiven {
                kind: unknown.kind.clone(),
                cause: unknown.cause.clone(),
            });
        }
        let approved = self
            .stages
            .iter()
            .find(|passed| passed.period == period && passed.stage == ClosingStage::Approved);
        match approved {
            Some(approved) if approved.lines_root != given.lines_root => {
                Err(BuildingError::ApprovedOtherwise { period })
            }
            None if given.lines_root.is_some() => Err(BuildingError::NotApproved { period }),
            _ => Ok(()),
        }
    }

    /// Whether bills of the last closing went out: in the same append, unless they were held.
    pub(super) fn bills_are_out(&self, period: Period) -> bool {
        let closing = self.closing.as_ref();
        closing.is_some_and(|known| {
            known.period == period && known.edition_hash.is_some() && !known.bills_held
        })
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
        let period = closing.period;
        self.closed_through = Some(period);
        self.computed_at = closing.computed_at;
        self.closing = Some(closing);
        self.stages.clear();
        self.accepted.retain(|flag| flag.period > period);
        self.wish = None;
        self.reopened = None;
    }

    pub(super) fn bills_released(&mut self) {
        if let Some(closing) = &mut self.closing {
            closing.bills_held = false;
        }
        self.wish = None;
    }

    pub(super) fn reopened(&mut self, reopening: Reopening) {
        let first = self.opened.map(|(first, _)| first);
        let previous = reopening.period.previous();
        self.closed_through = first.filter(|first| *first <= previous).map(|_| previous);
        self.closing = None;
        self.wish = None;
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
        ("корень строк", &given.lines_root),
    ] {
        hash.as_ref()
            .map_or(Ok(()), |hash| check_sha256(field, hash))?;
    }
    if given.edition_hash.is_none() && (given.lines_root.is_some() || given.bills_held) {
        return Err(BuildingError::SettlementIncomplete);
    }
    let repeated = given.totals.iter().enumerate().find(|(place, total)| {
        let same = |earlier: &&PeriodTotal| {
            earlier.resource == total.resource
                && earlier.kind == total.kind
                && earlier.period == total.period
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
