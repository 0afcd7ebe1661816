//! Changing nothing, saying more: withdrawal, correction, marks and turns of accepted readings.

use crate::meter::Meter;
use crate::meter::error::MeterError;
use crate::meter::event::MeterEvent;
use crate::meter::model::RegisterKind;
use crate::meter::reading::{
    CorrectionReason, Finding, RegisterValue, RolloverBasis, WithdrawalReason,
};
use crate::meter::state::{KnownReading, Registered, Values, capacity};
use crate::meter::submission::{Outcome, ReadingFacts, Submission, TargetReading};
use crate::meter::validation::{self, Case};
use crate::text::Code;
use crate::vocabulary::{ActRef, NoteRef};

/// The right values of a reading, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// Exactly one value for every register of the reading.
    pub values: Vec<RegisterValue>,
    /// Why.
    pub reason: CorrectionReason,
    /// Act the correction rests on.
    pub act: Option<ActRef>,
    /// Comment, kept outside.
    pub note: Option<NoteRef>,
}

type Decision = Result<Vec<MeterEvent>, MeterError>;

impl Meter {
    /// Takes an accepted or held reading back. A turn of the register that was declared at it moves
    /// to the next reading, so that nothing counted is lost.
    ///
    /// # Errors
    /// The event is no reading of this stream, was rejected, or was withdrawn before.
    pub fn withdraw_reading(
        &self,
        target: &TargetReading,
        reason: WithdrawalReason,
        note: Option<NoteRef>,
    ) -> Decision {
        let registered = self.registered()?;
        self.check_standing(target)?;
        if target.outcome == Outcome::Rejected {
            return Err(MeterError::NothingToWithdraw {
                sequence: target.sequence,
            });
        }
        let reading = target.sequence;
        let mut events = vec![MeterEvent::ReadingWithdrawn {
            reading,
            reason,
            note,
        }];
        if let Some(known) = self.known(reading) {
            events.extend(self.move_turns(registered, known, None));
        }
        Ok(events)
    }

    /// Replaces the values of an accepted reading. Equal values are nothing new. Where the right
    /// value is out of line with its neighbours, the reading is marked (V01): a correction rests on
    /// a decision and is not asked back.
    ///
    /// # Errors
    /// The event is no accepted reading of this stream or was withdrawn, or the values do not fit
    /// its registers.
    pub fn correct_reading(
        &self,
        target: &TargetReading,
        correction: Correction,
        facts: ReadingFacts,
    ) -> Decision {
        let registered = self.registered()?;
        self.check_accepted(target)?;
        let Correction {
            values,
            reason,
            act,
            note,
        } = correction;
        let right = registered
            .arrange(&values)
            .map_err(|fault| registered.refuse(fault))?;
        let standing = self.known(target.sequence).map_or_else(
            || registered.recall(&target.reading.values),
            |known| known.values.clone(),
        );
        check_same_registers(registered, &standing, &right)?;
        if self.known(target.sequence).is_some() && standing == right {
            return Ok(vec![]);
        }
        let reading = target.sequence;
        let spelled = registered.spell(&right);
        let mut events = vec![MeterEvent::ReadingCorrected {
            reading,
            values: spelled.clone(),
            reason,
            act,
            note,
        }];
        if self.known(reading).is_some() {
            let submission = resubmission(target, spelled, facts);
            let case = Case {
                meter: self,
                registered,
                submission: &submission,
                values: right,
                period: target.reading.period,
                confirmed: None,
                replaces: Some(reading),
            };
            events.extend(self.consequences_of_correction(&case, reading));
        }
        Ok(events)
    }

    /// What a corrected value entails: turns that now lie elsewhere, marks where it is out of line.
    pub(super) fn consequences_of_correction(
        &self,
        case: &Case<'_>,
        reading: u64,
    ) -> Vec<MeterEvent> {
        let verdict = validation::judge_correction(case);
        let Some(known) = self.known(reading) else {
            return vec![];
        };
        let fresh: Vec<(usize, RolloverBasis)> = verdict
            .turns
            .into_iter()
            .filter(|(register, _)| !known.turned.contains(register))
            .collect();
        let mut events = self.declare(case.registered, reading, &fresh);
        events.extend(self.move_turns(case.registered, known, Some(&case.values)));
        events.extend(
            verdict
                .questions
                .into_iter()
                .map(|finding| MeterEvent::ReadingFlagged { reading, finding }),
        );
        events
    }

    /// Declares the turns that stood at `known` for the reading after it, where they are needed
    /// there once `known` is gone or shows `corrected`.
    fn move_turns(
        &self,
        registered: &Registered,
        known: &KnownReading,
        corrected: Option<&Values>,
    ) -> Vec<MeterEvent> {
        let mut events = vec![];
        for register in known.turned.iter().copied() {
            let at = known.taken_at;
            let before = match corrected {
                Some(values) => values[register],
                None => self
                    .mark_before(register, at, Some(known.sequence))
                    .map(|before| before.value),
            };
            let after = self.mark_after(register, at, Some(known.sequence));
            let (Some(before), Some(after)) = (before, after) else {
                continue;
            };
            if after.value < before && !after.is_turned(register) {
                let turn = [(register, RolloverBasis::Plausible)];
                events.extend(self.declare(registered, after.sequence, &turn));
            }
        }
        events
    }

    /// Declares by hand that a register turned over just before an accepted reading.
    ///
    /// # Errors
    /// The event is no accepted reading of this stream or was withdrawn, or the register does not
    /// count up or has an unknown number of digits.
    pub fn declare_rollover(&self, target: &TargetReading, register: Code) -> Decision {
        let registered = self.registered()?;
        self.check_accepted(target)?;
        let Some(index) = registered.index_of(&register) else {
            return Err(MeterError::UnknownRegister {
                register,
                known: registered.names(),
            });
        };
        let spec = &registered.registers[index];
        if spec.kind != RegisterKind::Cumulative {
            return Err(MeterError::NotCumulative { register });
        }
        if capacity(spec).is_none() {
            return Err(MeterError::CapacityUnknown { register });
        }
        if self.is_turned(target.sequence, index) {
            return Ok(vec![]);
        }
        Ok(self.declare(
            registered,
            target.sequence,
            &[(index, RolloverBasis::Confirmed)],
        ))
    }

    /// Marks an accepted reading. A second mark by the same rule is nothing new.
    ///
    /// # Errors
    /// The event is no accepted reading of this stream, or was withdrawn.
    pub fn flag_reading(&self, target: &TargetReading, finding: Finding) -> Decision {
        self.registered()?;
        self.check_accepted(target)?;
        let marked = self
            .known(target.sequence)
            .is_some_and(|k| k.marks.contains(&finding.rule));
        match marked {
            true => Ok(vec![]),
            false => Ok(vec![MeterEvent::ReadingFlagged {
                reading: target.sequence,
                finding,
            }]),
        }
    }

    fn known(&self, sequence: u64) -> Option<&KnownReading> {
        self.readings
            .iter()
            .find(|known| known.sequence == sequence && known.source.is_some())
    }

    fn check_accepted(&self, target: &TargetReading) -> Result<(), MeterError> {
        self.check_standing(target)?;
        match target.outcome.is_accepted() {
            true => Ok(()),
            false => Err(MeterError::NotAccepted {
                sequence: target.sequence,
            }),
        }
    }

    fn check_standing(&self, target: &TargetReading) -> Result<(), MeterError> {
        let sequence = target.sequence;
        if sequence == 0 || sequence > self.sequence {
            return Err(MeterError::NoSuchEvent {
                sequence,
                last: self.sequence,
            });
        }
        match self.withdrawn.contains(&sequence) {
            true => Err(MeterError::AlreadyWithdrawn { sequence }),
            false => Ok(()),
        }
    }
}

/// The reading as it would have been handed in with the right values.
fn resubmission(
    target: &TargetReading,
    values: Vec<RegisterValue>,
    facts: ReadingFacts,
) -> Submission {
    let reading = &target.reading;
    Submission {
        values,
        taken_at: reading.taken_at,
        received_at: reading.received_at,
        source: reading.source,
        channel: reading.channel.clone(),
        account: reading.account,
        evidence: reading.evidence.clone(),
        origin: reading.origin.clone(),
        confirms: None,
        facts,
    }
}

fn check_same_registers(
    registered: &Registered,
    standing: &Values,
    right: &Values,
) -> Result<(), MeterError> {
    let gives = |values: &Values| values.iter().map(Option::is_some).collect::<Vec<_>>();
    if gives(standing) == gives(right) {
        return Ok(());
    }
    let expected = registered
        .spell(standing)
        .into_iter()
        .map(|value| value.register)
        .collect();
    Err(MeterError::OtherRegisters { expected })
}
