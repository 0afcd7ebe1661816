//! Validation of readings (V01–V14, V26, V28): one small file a group of rules.
//!
//! Each group looks at a [`Case`] and adds to a [`Verdict`]. Rules on the period (V04, V29) are in
//! `settlement_period`, repetition (V05) is recognised before anything is judged.

mod device;
mod moment;
mod repetition;
mod sender;
mod sequence;
mod typing;
mod volume;
mod zones;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::meter::Meter;
use crate::meter::model::RegisterSpec;
use crate::meter::reading::{Finding, Proposal, RolloverBasis, ValidationRule};
use crate::meter::settlement_period::is_dated_by_device;
use crate::meter::state::{Registered, Values};
use crate::meter::submission::{Choice, Submission};
use crate::time::Period;
use crate::vocabulary::ReadingSource;

/// What is judged.
pub(super) struct Case<'a> {
    pub meter: &'a Meter,
    pub registered: &'a Registered,
    pub submission: &'a Submission,
    /// In the registers' units and order.
    pub values: Values,
    pub period: Period,
    /// What the sender says of the held reading with these very values.
    pub confirmed: Option<Choice>,
    /// The reading whose place this one takes.
    pub replaces: Option<u64>,
}

impl Case<'_> {
    fn taken_at(&self) -> DateTime<Utc> {
        self.submission.taken_at
    }

    fn spec(&self, register: usize) -> &RegisterSpec {
        &self.registered.registers[register]
    }

    /// Registers that count up and are given, with their values.
    fn counted(&self) -> Vec<(usize, Decimal)> {
        let value = |register: usize| self.values[register].map(|value| (register, value));
        self.registered.cumulative().filter_map(value).collect()
    }

    /// Date on the wall of the house, as figures of findings show it.
    fn local_date(&self, instant: DateTime<Utc>) -> String {
        self.submission
            .facts
            .terms
            .zone
            .local_date(instant)
            .format("%Y-%m-%d")
            .to_string()
    }

    /// Whether the value was read by a machine, so that no slip of a hand is possible.
    fn is_machine_read(&self) -> bool {
        use ReadingSource as S;
        matches!(self.submission.source, S::Polled | S::Archive | S::Isu)
    }

    fn is_dated_by_device(&self) -> bool {
        is_dated_by_device(self.submission.source)
    }

    /// Days between two instants as a decimal, at least one.
    fn days(from: DateTime<Utc>, until: DateTime<Utc>) -> Decimal {
        const SECONDS_A_DAY: i64 = 86_400;
        let seconds = (until - from).num_seconds().max(SECONDS_A_DAY);
        Decimal::from(seconds)
            .checked_div(Decimal::from(SECONDS_A_DAY))
            .unwrap_or(Decimal::ONE)
    }
}

/// What the rules say.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// The reading cannot be used.
    pub rejections: Vec<Finding>,
    /// The reading waits for an answer.
    pub questions: Vec<Finding>,
    /// The reading counts, with marks.
    pub flags: Vec<Finding>,
    /// Ways out of the questions.
    pub proposals: Vec<Proposal>,
    /// Registers that turned over just before the reading.
    pub turns: Vec<(usize, RolloverBasis)>,
}

impl Verdict {
    fn reject(&mut self, finding: Finding) {
        self.rejections.push(finding);
    }

    fn ask(&mut self, finding: Finding) {
        self.questions.push(finding);
    }

    fn flag(&mut self, finding: Finding) {
        self.flags.push(finding);
    }

    fn propose(&mut self, proposal: Proposal) {
        if !self.proposals.contains(&proposal) {
            self.proposals.push(proposal);
        }
    }

    fn asks_by(&self, rule: ValidationRule) -> bool {
        self.questions.iter().any(|finding| finding.rule == rule)
    }
}

/// Judges a reading whose values fit the registers. What rejects it ends the judgement; what is
/// missing is asked for before the values are weighed.
pub(super) fn judge(case: &Case<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    sender::judge(case, &mut verdict);
    moment::judge(case, &mut verdict);
    if !verdict.rejections.is_empty() {
        return verdict;
    }
    zones::judge(case, &mut verdict);
    if !verdict.questions.is_empty() {
        return verdict;
    }
    sequence::judge(case, &mut verdict);
    volume::judge(case, &mut verdict);
    typing::judge(case, &mut verdict);
    device::judge(case, &mut verdict);
    repetition::judge(case, &mut verdict);
    close_proposals(&mut verdict);
    verdict
}

/// Finds what a control reading stands above or below, and whether a register turned over.
pub(super) fn judge_control(case: &Case<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    moment::judge(case, &mut verdict);
    if verdict.rejections.is_empty() {
        sequence::judge_turns(case, &mut verdict);
    }
    verdict
}

/// A correction may turn a register over or leave the reading out of line with its neighbours.
pub(super) fn judge_correction(case: &Case<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    sequence::judge(case, &mut verdict);
    verdict
}

fn close_proposals(verdict: &mut Verdict) {
    if verdict.questions.is_empty() {
        return;
    }
    let cannot_confirm =
        verdict.asks_by(ValidationRule::V01) || verdict.asks_by(ValidationRule::V10);
    if !cannot_confirm {
        verdict.propose(Proposal::ConfirmAsSent);
    }
    verdict.propose(Proposal::Withdraw);
}
