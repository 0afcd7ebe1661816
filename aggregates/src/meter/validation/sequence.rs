//! V01 and V02: a register only counts up, unless it turned over.

use rust_decimal::Decimal;

use crate::meter::lifecycle::is_negative;
use crate::meter::memory::Mark;
use crate::meter::reading::{Finding, Proposal, RolloverBasis, ValidationRule};
use crate::meter::state::capacity;
use crate::meter::submission::Choice;
use crate::meter::validation::{Case, Verdict, volume};
use crate::quantity::exact;

/// How a value stands to its neighbours in time.
pub(super) enum Progress<'a> {
    /// Not below the one before, not above the one after.
    Forward,
    /// Below the one before; a turn of the register would explain it.
    Turn {
        /// What the register then counted.
        counted: Decimal,
        before: Mark<'a>,
    },
    /// Below the one before, and no turn can be reckoned with.
    Below(Mark<'a>),
    /// Above the one after.
    Above(Mark<'a>),
    /// Below zero.
    Negative,
}

/// How `value` of `register`, taken when the case was, stands to its neighbours.
pub(super) fn progress<'a>(case: &'a Case<'_>, register: usize, value: Decimal) -> Progress<'a> {
    if is_negative(case.spec(register), value) {
        return Progress::Negative;
    }
    let (meter, at) = (case.meter, case.taken_at());
    let before = meter.mark_before(register, at, case.replaces);
    let after = meter.mark_after(register, at, case.replaces);
    // A turn known at the replaced value lies somewhere between its neighbours.
    let turn_known = case
        .replaces
        .is_some_and(|replaced| meter.is_turned(replaced, register));
    let turn_follows = turn_known || after.is_some_and(|after| after.is_turned(register));
    match (before, after) {
        (_, Some(after)) if value > after.value && !turn_follows => Progress::Above(after),
        (Some(before), after) if value < before.value => {
            // Between two known values there is room for a turn only where one is declared.
            let room = after.is_none_or(|after| turn_follows && value <= after.value);
            match turned_count(case, register, before.value, value).filter(|_| room) {
                Some(counted) => Progress::Turn { counted, before },
                None => Progress::Below(before),
            }
        }
        _ => Progress::Forward,
    }
}

fn turned_count(
    case: &Case<'_>,
    register: usize,
    before: Decimal,
    value: Decimal,
) -> Option<Decimal> {
    let whole = capacity(case.spec(register))?;
    let rest = exact::sub(whole, before).ok()?;
    exact::add(rest, value)
        .ok()
        .filter(|counted| *counted >= Decimal::ZERO)
}

pub(super) fn judge(case: &Case<'_>, verdict: &mut Verdict) {
    for (register, value) in case.counted() {
        match progress(case, register, value) {
            Progress::Forward => {}
            Progress::Turn { counted, before } => {
                judge_turn(case, verdict, register, value, counted, &before);
            }
            Progress::Below(before) => ask_below(case, verdict, register, value, &before),
            Progress::Above(after) => {
                verdict.ask(
                    finding(case, register, value)
                        .with("problem", "above_next")
                        .with("next", after.value)
                        .with("next_on", case.local_date(after.taken_at))
                        .with("next_reading", after.sequence),
                );
            }
            Progress::Negative => {
                verdict.ask(finding(case, register, value).with("problem", "negative"));
            }
        }
    }
}

/// Turns alone, for a control reading: it is an act and is not asked back.
pub(super) fn judge_turns(case: &Case<'_>, verdict: &mut Verdict) {
    for (register, value) in case.counted() {
        if let Progress::Turn { counted, before } = progress(case, register, value)
            && volume::is_plausible_turn(case, register, counted, &before)
        {
            verdict.turns.push((register, RolloverBasis::Plausible));
        }
    }
}

fn judge_turn(
    case: &Case<'_>,
    verdict: &mut Verdict,
    register: usize,
    value: Decimal,
    counted: Decimal,
    before: &Mark<'_>,
) {
    if case.confirmed == Some(Choice::Rollover) {
        verdict.turns.push((register, RolloverBasis::Confirmed));
        verdict.flag(turn(case, register, value, counted, before));
    } else if volume::is_plausible_turn(case, register, counted, before) {
        verdict.turns.push((register, RolloverBasis::Plausible));
        verdict.flag(turn(case, register, value, counted, before));
    } else {
        ask_below(case, verdict, register, value, before);
        let register = case.spec(register).name.clone();
        verdict.propose(Proposal::DeclareRollover { register });
    }
}

fn turn(
    case: &Case<'_>,
    register: usize,
    value: Decimal,
    counted: Decimal,
    before: &Mark<'_>,
) -> Finding {
    Finding::new(ValidationRule::V02)
        .with("register", &case.spec(register).name)
        .with("value", value)
        .with("previous", before.value)
        .with("counted", counted)
        .with("unit", case.spec(register).unit.code())
}

fn ask_below(
    case: &Case<'_>,
    verdict: &mut Verdict,
    register: usize,
    value: Decimal,
    before: &Mark<'_>,
) {
    verdict.ask(
        finding(case, register, value)
            .with("problem", "below_previous")
            .with("previous", before.value)
            .with("previous_on", case.local_date(before.taken_at))
            .with("previous_reading", before.sequence),
    );
    verdict.propose(Proposal::RecordReplacement);
}

fn finding(case: &Case<'_>, register: usize, value: Decimal) -> Finding {
    Finding::new(ValidationRule::V01)
        .with("register", &case.spec(register).name)
        .with("value", value)
        .with("unit", case.spec(register).unit.code())
}
