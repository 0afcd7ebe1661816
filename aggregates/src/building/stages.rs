//! The way from an open period to a closed one: stages, causes of what was flagged, reopening.

use serde::{Deserialize, Serialize};

use crate::building::check::check_sha256;
use crate::building::closing::{ClosingStage, Flagged, FourEyes, StageCount};
use crate::building::error::BuildingError;
use crate::building::event::{BuildingEvent, PeriodTotal, ReopeningReason};
use crate::building::periods::Periods;
use crate::text::Code;
use crate::time::Period;
use crate::vocabulary::NoteRef;

type Outcome = Result<Vec<BuildingEvent>, BuildingError>;

/// A stage that was passed, with what was counted at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassedStage {
    /// Of which period.
    pub period: Period,
    /// The stage.
    pub stage: ClosingStage,
    /// Position of the book that it was counted at.
    pub computed_at: u64,
    /// What was counted.
    pub counts: Vec<StageCount>,
    /// Totals of the house, where the stage states them.
    pub totals: Vec<PeriodTotal>,
    /// Root over all lines, of an approval.
    pub lines_root: Option<Code>,
}

impl PassedStage {
    /// Whether the same was counted, be it at another position.
    pub fn counts_as(&self, other: &Self) -> bool {
        self.period == other.period
            && self.stage == other.stage
            && self.counts == other.counts
            && self.totals == other.totals
            && self.lines_root == other.lines_root
    }
}

/// Something flagged that has its cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcceptedFlag {
    /// In which period.
    pub period: Period,
    /// What; without resource or premises all of the kind.
    pub flagged: Flagged,
    /// The cause.
    pub cause: Code,
    /// Comment, kept outside.
    pub note: Option<NoteRef>,
}

/// A wish to open a closed period again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ReopeningWish {
    pub(super) period: Period,
    pub(super) reason: ReopeningReason,
    pub(super) note: Option<NoteRef>,
    pub(super) by: Code,
}

/// A period opened again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Reopening {
    pub(super) period: Period,
    /// Who agreed; `None` in books of before two had to.
    pub(super) approved_by: Option<Code>,
}

impl Periods {
    /// A stage is passed after the one before; one that is passed again with other counts takes
    /// those after it back, for they rested on it.
    pub(super) fn pass_stage(&self, given: PassedStage) -> Outcome {
        let period = given.period;
        self.check_open(period)?;
        if given.computed_at == 0 {
            return Err(BuildingError::ComputedNowhere);
        }
        if let Some(root) = &given.lines_root {
            check_sha256("корень строк", root)?;
        }
        let known = self
            .stages()
            .iter()
            .find(|known| known.stage == given.stage);
        if known.is_some_and(|known| known.counts_as(&given)) {
            return Ok(Vec::new());
        }
        if let Some(previous) = given.stage.previous().filter(|stage| !self.passed(*stage)) {
            return Err(BuildingError::StageTooEarly {
                stage: given.stage,
                previous,
            });
        }
        let PassedStage {
            stage,
            computed_at,
            counts,
            totals,
            lines_root,
            ..
        } = given;
        Ok(vec![BuildingEvent::PeriodStagePassed {
            period,
            stage,
            computed_at,
            counts,
            totals,
            lines_root,
        }])
    }

    fn passed(&self, stage: ClosingStage) -> bool {
        self.stages().iter().any(|known| known.stage == stage)
    }

    pub(super) fn accept_flag(&self, given: AcceptedFlag) -> Outcome {
        if let Some(note) = &given.note {
            check_sha256("хеш примечания", &note.commitment)?;
        }
        if !self.is_opened(given.period) {
            let period = given.period;
            return Err(BuildingError::PeriodNotOpened { period });
        }
        if self.is_closed(given.period) {
            let period = given.period;
            return Err(BuildingError::PeriodClosed { period });
        }
        if self.accepted().contains(&given) {
            return Ok(Vec::new());
        }
        let AcceptedFlag {
            period,
            flagged,
            cause,
            note,
        } = given;
        Ok(vec![BuildingEvent::FlagAccepted {
            period,
            flagged,
            cause,
            note,
        }])
    }

    /// What is decided of gaps holds for periods that are not closed.
    pub(super) fn decide_gap(&self, event: BuildingEvent, period: Period) -> Outcome {
        match self.is_closed(period) {
            true => Err(BuildingError::PeriodClosed { period }),
            false => Ok(vec![event]),
        }
    }

    pub(super) fn request_reopening(&self, given: ReopeningWish) -> Outcome {
        if let Some(note) = &given.note {
            check_sha256("хеш примечания", &note.commitment)?;
        }
        if self.wish.as_ref() == Some(&given) {
            return Ok(Vec::new());
        }
        self.check_reopening(given.period)?;
        let ReopeningWish {
            period,
            reason,
            note,
            by,
        } = given;
        Ok(vec![BuildingEvent::ReopeningRequested {
            period,
            reason,
            note,
            by,
        }])
    }

    /// Another actor than the one who asked agrees.
    pub(super) fn reopen(&self, period: Period, by: Code) -> Outcome {
        let again = Reopening {
            period,
            approved_by: Some(by.clone()),
        };
        if self.reopened.as_ref() == Some(&again) {
            return Ok(Vec::new());
        }
        self.check_reopening(period)?;
        let wish = self.wish.as_ref().filter(|wish| wish.period == period);
        let wish = wish.ok_or(BuildingError::ReopeningNotRequested { period })?;
        if wish.by == by {
            return Err(BuildingError::SameActor);
        }
        Ok(vec![BuildingEvent::PeriodReopened {
            period,
            reason: wish.reason,
            note: wish.note.clone(),
            approval: Some(FourEyes {
                requested_by: wish.by.clone(),
                approved_by: by,
            }),
        }])
    }

    fn check_reopening(&self, period: Period) -> Result<(), BuildingError> {
        if self.closed_through() != Some(period) {
            return Err(BuildingError::NotLastClosed {
                last: self.closed_through(),
            });
        }
        match self.bills_are_out(period) {
            true => Err(BuildingError::BillsIssued { period }),
            false => Ok(()),
        }
    }

    pub(super) fn release_bills(&self, period: Period) -> Outcome {
        match self.bills_held() {
            Some(held) if held == period => Ok(vec![BuildingEvent::HeldBillsReleased { period }]),
            _ if self.is_closed(period) => Ok(Vec::new()),
            _ => Err(BuildingError::NoBillsHeld { period }),
        }
    }

    pub(super) fn stage_passed(&mut self, passed: PassedStage) {
        let keep =
            |known: &PassedStage| known.period == passed.period && known.stage < passed.stage;
        self.stages.retain(keep);
        self.stages.push(passed);
    }

    pub(super) fn flag_accepted(&mut self, accepted: AcceptedFlag) {
        let same = |known: &AcceptedFlag| {
            known.period == accepted.period && known.flagged == accepted.flagged
        };
        self.accepted.retain(|known| !same(known));
        self.accepted.push(accepted);
    }
}
