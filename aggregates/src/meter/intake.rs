//! Taking in a reading: recognised, judged, answered.

use crate::meter::Meter;
use crate::meter::error::MeterError;
use crate::meter::event::MeterEvent;
use crate::meter::reading::{
    CorrectionReason, Finding, Reading, RegisterValue, RolloverBasis, ValidationRule,
    WithdrawalReason,
};
use crate::meter::settlement_period::{PeriodChoice, past_closing, settlement_period};
use crate::meter::state::{KnownReading, Registered, Unaccepted, Values, capacity};
use crate::meter::submission::{Choice, Confirmation, Outcome, Submission, TargetReading};
use crate::meter::validation::{self, Case, Verdict};
use crate::meter::values::ValueFault;
use crate::quantity::Measure;
use crate::text::Label;
use crate::vocabulary::ReadingSource;

/// What a submission comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is something new.
    New(Vec<MeterEvent>),
    /// It is nothing new: the event with this sequence carries it already, and its receipt is the
    /// answer.
    Repeated(u64),
}

impl Meter {
    /// Takes in a reading. Writes nothing when the submission is a repetition; [`Meter::repeats`]
    /// then names the event whose receipt is returned.
    ///
    /// # Errors
    /// The meter is not registered, the submission confirms what does not wait, or `received_at`
    /// lies outside the calendar. What is wrong with the reading itself is never an error.
    pub fn record_reading(&self, submission: &Submission) -> Result<Vec<MeterEvent>, MeterError> {
        match self.answer(submission)? {
            Answer::New(events) => Ok(events),
            Answer::Repeated(_) => Ok(vec![]),
        }
    }

    /// The sequence of the event that carries this submission already (V05), if one does.
    pub fn repeats(&self, submission: &Submission) -> Option<u64> {
        match self.answer(submission) {
            Ok(Answer::Repeated(sequence)) => Some(sequence),
            Ok(Answer::New(_)) | Err(_) => None,
        }
    }

    /// What the submission comes to.
    ///
    /// # Errors
    /// As [`Meter::record_reading`].
    pub fn answer(&self, submission: &Submission) -> Result<Answer, MeterError> {
        let registered = self.registered()?;
        if submission.source == ReadingSource::Control {
            return Err(MeterError::ControlNeedsAct);
        }
        let draft = match self.draft(submission)? {
            Draft::None => None,
            Draft::Waiting(draft) => Some(draft),
            Draft::Settled(sequence) => return Ok(Answer::Repeated(sequence)),
        };
        let completed = complete(submission, draft);
        let submission = completed.as_ref().unwrap_or(submission);
        let choice = period_choice(submission, draft)?;
        let intake = Intake {
            meter: self,
            registered,
            submission,
            draft,
            choice,
        };
        match registered.arrange(&submission.values) {
            Ok(values) => Ok(intake.answer(values)),
            Err(fault) => Ok(intake.reject(vec![fault_finding(fault)])),
        }
    }

    fn draft(&self, submission: &Submission) -> Result<Draft<'_>, MeterError> {
        let Some(Confirmation {
            held: sequence,
            choice,
        }) = submission.confirms
        else {
            return Ok(Draft::None);
        };
        let of_sequence =
            |known: &&Unaccepted| known.sequence == sequence && known.outcome == Outcome::Held;
        let held = self.unaccepted.iter().find(of_sequence);
        let held = held.ok_or(MeterError::NotHeld { sequence })?;
        match (held.settled_by, choice) {
            (Some(settled), _) => Ok(Draft::Settled(settled)),
            (None, _) if held.waits() => Ok(Draft::Waiting(held)),
            // The draft gave way to what was sent in its place, which is being sent again.
            (None, Choice::Complete | Choice::Replace) => Ok(Draft::Waiting(held)),
            (None, Choice::AsSent | Choice::Rollover) => Err(MeterError::NotHeld { sequence }),
        }
    }
}

/// The held reading that a submission answers.
enum Draft<'a> {
    None,
    Waiting(&'a Unaccepted),
    /// It was answered before, by the reading with this sequence.
    Settled(u64),
}

/// A draft's values filled in by those that were missing.
fn complete(submission: &Submission, draft: Option<&Unaccepted>) -> Option<Submission> {
    let draft = draft.filter(|_| choice_of(submission) == Some(Choice::Complete))?;
    let is_new = |kept: &&RegisterValue| {
        !submission
            .values
            .iter()
            .any(|given| given.register == kept.register)
    };
    let kept: Vec<RegisterValue> = draft.values.iter().filter(is_new).cloned().collect();
    let mut completed = submission.clone();
    completed.values.extend(kept);
    Some(completed)
}

fn choice_of(submission: &Submission) -> Option<Choice> {
    submission.confirms.map(|confirmation| confirmation.choice)
}

/// What was held in time stays in its period when it is answered after the deadline.
fn period_choice(
    submission: &Submission,
    draft: Option<&Unaccepted>,
) -> Result<PeriodChoice, MeterError> {
    let terms = &submission.facts.terms;
    if let Some(draft) = draft.filter(|_| choice_of(submission) != Some(Choice::Replace)) {
        let (period, moved) = past_closing(draft.period, terms);
        return Ok(PeriodChoice {
            period,
            findings: moved.into_iter().collect(),
        });
    }
    settlement_period(
        submission.source,
        &submission.channel,
        submission.taken_at,
        submission.received_at,
        terms,
    )
    .map_err(|_| MeterError::OutsideCalendar {
        at: submission.received_at,
    })
}

/// One submission on its way in.
struct Intake<'a> {
    meter: &'a Meter,
    registered: &'a Registered,
    submission: &'a Submission,
    draft: Option<&'a Unaccepted>,
    choice: PeriodChoice,
}

impl Intake<'_> {
    fn answer(&self, values: Values) -> Answer {
        match self.earlier(&values) {
            Earlier::Same(sequence) => Answer::Repeated(sequence),
            Earlier::Corrected { sequence, standing } => self.correct(sequence, &standing, values),
            Earlier::Replaced(sequence) => self.judge(values, Some(sequence)),
            Earlier::None => self.judge(values, None),
        }
    }

    /// Looks for an accepted reading that is this submission: by its origin, or by its content.
    fn earlier(&self, values: &Values) -> Earlier {
        let of_origin = self.submission.origin.as_ref();
        if let Some(known) = of_origin.and_then(|origin| self.meter.accepted_of_origin(origin)) {
            return self.compare(known, values);
        }
        let loaded = self.submission.facts.earlier.as_deref();
        if let Some(accepted) = loaded.filter(|earlier| earlier.outcome.is_accepted()) {
            return self.compare_loaded(accepted, values);
        }
        if self.draft.is_some_and(Unaccepted::waits) {
            return Earlier::None;
        }
        let same = self
            .meter
            .readings
            .iter()
            .rev()
            .find(|known| self.is_same(known, values));
        same.map_or(Earlier::None, |known| Earlier::Same(known.sequence))
    }

    fn compare(&self, known: &KnownReading, values: &Values) -> Earlier {
        let same_instant = known.taken_at == self.submission.taken_at;
        match (known.reported() == values && same_instant, known.withdrawn) {
            (true, _) => Earlier::Same(known.sequence),
            // What was withdrawn stays so; the changed row is a reading of its own.
            (false, true) => Earlier::None,
            (false, false) if same_instant && gives_same(&known.values, values) => {
                Earlier::Corrected {
                    sequence: known.sequence,
                    standing: known.values.clone(),
                }
            }
            (false, false) => Earlier::Replaced(known.sequence),
        }
    }

    fn compare_loaded(&self, earlier: &TargetReading, values: &Values) -> Earlier {
        let standing = self.registered.recall(&earlier.reading.values);
        let same_instant = earlier.reading.taken_at == self.submission.taken_at;
        let sequence = earlier.sequence;
        match self.meter.withdrawn.contains(&sequence) {
            _ if standing == *values && same_instant => Earlier::Same(sequence),
            true => Earlier::None,
            false if same_instant && gives_same(&standing, values) => {
                Earlier::Corrected { sequence, standing }
            }
            false => Earlier::Replaced(sequence),
        }
    }

    /// V05: the same values by the same way for the same period. What a person sends twice in a
    /// period is one reading; what a file or a device gives must be of the same instant too.
    fn is_same(&self, known: &KnownReading, values: &Values) -> bool {
        let submission = self.submission;
        !known.withdrawn
            && known.source == Some(submission.source)
            && known.channel.as_ref() == Some(&submission.channel)
            && known.reported() == values
            && match submission.source.is_submitted() {
                true => known.period == self.choice.period,
                false => known.taken_at == submission.taken_at,
            }
    }

    fn correct(&self, sequence: u64, standing: &Values, values: Values) -> Answer {
        let reason = match self.submission.source {
            ReadingSource::Archive | ReadingSource::Polled | ReadingSource::Isu => {
                CorrectionReason::ArchiveReread
            }
            _ => CorrectionReason::Reimported,
        };
        // The sender comes round to what we made of it ourselves: his word changes, the value not.
        let mut events = vec![MeterEvent::ReadingCorrected {
            reading: sequence,
            values: self.registered.spell(&values),
            reason,
            act: None,
            note: None,
        }];
        if *standing != values {
            let case = self.case(values, Some(sequence));
            events.extend(self.meter.consequences_of_correction(&case, sequence));
        }
        Answer::New(events)
    }

    fn case(&self, values: Values, replaces: Option<u64>) -> Case<'_> {
        Case {
            meter: self.meter,
            registered: self.registered,
            submission: self.submission,
            confirmed: self.confirmed(&values),
            values,
            period: self.choice.period,
            replaces,
        }
    }

    /// Only the held values themselves can be confirmed.
    fn confirmed(&self, values: &Values) -> Option<Choice> {
        let draft = self.draft?;
        let choice = choice_of(self.submission)?;
        let same = self.registered.arrange(&draft.values).as_ref() == Ok(values);
        (same && matches!(choice, Choice::AsSent | Choice::Rollover)).then_some(choice)
    }

    fn judge(&self, values: Values, replaces: Option<u64>) -> Answer {
        let case = self.case(values, replaces);
        let verdict = validation::judge(&case);
        if !verdict.rejections.is_empty() {
            return self.reject(verdict.rejections);
        }
        match verdict.questions.is_empty() {
            true => Answer::New(self.accept(&case, verdict)),
            false => self.hold(&case, verdict),
        }
    }

    fn accept(&self, case: &Case<'_>, verdict: Verdict) -> Vec<MeterEvent> {
        let values = self.registered.spell(&case.values);
        let replaced_draft = self
            .draft
            .filter(|_| choice_of(self.submission) == Some(Choice::Replace));
        let confirms = match replaced_draft {
            Some(_) => None,
            None => self
                .draft
                .or_else(|| self.waiting_same(&values))
                .map(|held| held.sequence),
        };
        let mut flags = self.choice.findings.clone();
        flags.extend(verdict.flags);
        let reading = self.reading(values);
        let mut events = vec![MeterEvent::ReadingRecorded {
            reading,
            flags,
            confirms,
        }];
        let sequence = self.meter.sequence + 1;
        events.extend(
            self.meter
                .declare(self.registered, sequence, &verdict.turns),
        );
        let draft = replaced_draft
            .filter(|draft| draft.waits())
            .map(|draft| draft.sequence);
        let displaced = case.replaces.into_iter().chain(draft);
        events.extend(displaced.map(withdraw_mistaken));
        events
    }

    fn hold(&self, case: &Case<'_>, verdict: Verdict) -> Answer {
        let values = self.registered.spell(&case.values);
        if let Some(known) = self.unaccepted_same(Outcome::Held, &values, &verdict.questions) {
            return Answer::Repeated(known);
        }
        let reading = self.reading(values);
        let mut events = vec![MeterEvent::ReadingHeld {
            reading,
            findings: verdict.questions,
            proposals: verdict.proposals,
        }];
        // One draft waits at a time: the new one takes the place of the one it answers.
        let answered = self.draft.filter(|draft| draft.waits());
        events.extend(answered.map(|draft| withdraw_mistaken(draft.sequence)));
        Answer::New(events)
    }

    fn reject(&self, findings: Vec<Finding>) -> Answer {
        let sent = self.submission.values.clone();
        let values = self
            .registered
            .arrange(&sent)
            .map_or(sent, |values| self.registered.spell(&values));
        if let Some(known) = self.unaccepted_same(Outcome::Rejected, &values, &findings) {
            return Answer::Repeated(known);
        }
        let reading = self.reading(values);
        Answer::New(vec![MeterEvent::ReadingRejected { reading, findings }])
    }

    /// A submission with the same content and the same outcome, for the same reasons.
    fn unaccepted_same(
        &self,
        outcome: Outcome,
        values: &[RegisterValue],
        findings: &[Finding],
    ) -> Option<u64> {
        let same = |known: &&Unaccepted| {
            known.outcome == outcome
                && (outcome == Outcome::Rejected || known.waits())
                && known.rules.iter().copied().eq(sorted_rules(findings))
                && self.is_same_unaccepted(known, values)
        };
        self.meter
            .unaccepted
            .iter()
            .rev()
            .find(same)
            .map(|known| known.sequence)
    }

    /// The waiting reading that these values, now found good, are.
    fn waiting_same(&self, values: &[RegisterValue]) -> Option<&Unaccepted> {
        let waiting = |known: &&Unaccepted| known.waits() && self.is_same_unaccepted(known, values);
        self.meter.unaccepted.iter().rev().find(waiting)
    }

    fn is_same_unaccepted(&self, known: &Unaccepted, values: &[RegisterValue]) -> bool {
        let submission = self.submission;
        known.source == submission.source
            && known.channel == submission.channel
            && known.values == values
            && match submission.source.is_submitted() {
                true => known.period == self.choice.period,
                false => known.taken_at == submission.taken_at,
            }
    }

    fn reading(&self, values: Vec<RegisterValue>) -> Reading {
        let submission = self.submission;
        let earlier = submission.facts.earlier.as_deref();
        let earlier_origin = earlier.and_then(|earlier| earlier.reading.origin.as_ref());
        let free = |origin: &Label| self.meter.free_origin(origin, earlier_origin);
        Reading {
            values,
            taken_at: submission.taken_at,
            received_at: submission.received_at,
            period: self.choice.period,
            source: submission.source,
            channel: submission.channel.clone(),
            accepted_for: submission.facts.terms.provider,
            account: submission.account,
            evidence: submission.evidence.clone(),
            origin: submission.origin.as_ref().and_then(free),
        }
    }
}

/// What an accepted reading is to a submission.
enum Earlier {
    None,
    /// The very same.
    Same(u64),
    /// The same fact with other values.
    Corrected {
        sequence: u64,
        standing: Values,
    },
    /// Another fact under the same identity: another instant, or other registers.
    Replaced(u64),
}

impl Meter {
    /// Declarations of turns for the reading `sequence`.
    pub(super) fn declare(
        &self,
        registered: &Registered,
        sequence: u64,
        turns: &[(usize, RolloverBasis)],
    ) -> Vec<MeterEvent> {
        let declaration = |(register, basis): &(usize, RolloverBasis)| {
            let spec = &registered.registers[*register];
            capacity(spec).map(|whole| MeterEvent::RolloverDeclared {
                register: spec.name.clone(),
                reading: sequence,
                capacity: Measure::new(whole, spec.unit),
                basis: *basis,
            })
        };
        turns.iter().filter_map(declaration).collect()
    }
}

fn withdraw_mistaken(reading: u64) -> MeterEvent {
    MeterEvent::ReadingWithdrawn {
        reading,
        reason: WithdrawalReason::SendersMistake,
        note: None,
    }
}

fn gives_same(left: &Values, right: &Values) -> bool {
    left.iter()
        .map(Option::is_some)
        .eq(right.iter().map(Option::is_some))
}

fn sorted_rules(findings: &[Finding]) -> impl Iterator<Item = ValidationRule> {
    let rules: std::collections::BTreeSet<ValidationRule> =
        findings.iter().map(|finding| finding.rule).collect();
    rules.into_iter()
}

/// V06 in its wider sense: the set of values does not fit the meter's registers.
pub(super) fn fault_finding(fault: ValueFault) -> Finding {
    let finding = Finding::new(ValidationRule::V06);
    match fault {
        ValueFault::Unknown { register } => finding
            .with("problem", "unknown_register")
            .with("register", register),
        ValueFault::Duplicate { register } => finding
            .with("problem", "duplicate_register")
            .with("register", register),
        ValueFault::WrongUnit {
            register,
            expected,
            given,
        } => finding
            .with("problem", "wrong_unit")
            .with("register", register)
            .with("expected", expected.code())
            .with("given", given.code()),
    }
}
