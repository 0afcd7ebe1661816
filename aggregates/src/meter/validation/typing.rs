//! V10, V11, V12: slips of the hand and what was probably meant.

use rust_decimal::Decimal;

use crate::meter::reading::{Finding, Proposal, RegisterValue, ValidationRule};
use crate::meter::state::capacity;
use crate::meter::submission::{Choice, PairFacts};
use crate::meter::validation::sequence::{Progress, progress};
use crate::meter::validation::volume::{expected, floor, high};
use crate::meter::validation::{Case, Verdict};
use crate::quantity::{Measure, exact};

/// Probable values shown at once.
const PROPOSALS_MAX: usize = 3;
/// Digits by which a lost or misplaced comma moves a value.
const SHIFTS: [i8; 6] = [-1, 1, -3, -2, 3, 2];

pub(super) fn judge(case: &Case<'_>, verdict: &mut Verdict) {
    mark_decimals(case, verdict);
    for (register, value) in case.counted() {
        weigh_display(case, verdict, register, value);
    }
    if case.is_machine_read() || case.confirmed.is_some() {
        return;
    }
    ask_swapped(case, verdict);
    for (register, value) in case.counted() {
        if is_doubtful(verdict, case, register) {
            propose_values(case, verdict, register, value);
        }
    }
}

/// V12: stored as given; the rules decide how it is used.
fn mark_decimals(case: &Case<'_>, verdict: &mut Verdict) {
    for (register, value) in case.values.iter().enumerate() {
        let spec = case.spec(register);
        let (Some(value), Some(decimals)) = (value, spec.decimals) else {
            continue;
        };
        let given = value.normalize().scale();
        if given > u32::from(decimals) {
            verdict.flag(
                Finding::new(ValidationRule::V12)
                    .with("register", &spec.name)
                    .with("value", value)
                    .with("decimals", decimals),
            );
        }
    }
}

/// V11: more whole digits than the display has. The passport may be wrong: who stands by the value
/// is believed.
fn weigh_display(case: &Case<'_>, verdict: &mut Verdict, register: usize, value: Decimal) {
    let spec = case.spec(register);
    let Some(digits) = spec
        .digits
        .filter(|_| capacity(spec).is_some_and(|whole| value >= whole))
    else {
        return;
    };
    let finding = Finding::new(ValidationRule::V11)
        .with("problem", "beyond_display")
        .with("register", &spec.name)
        .with("value", value)
        .with("digits", digits);
    match case.confirmed {
        Some(Choice::AsSent) => verdict.flag(finding.with("confirmed", "yes")),
        _ => verdict.ask(finding),
    }
}

fn is_doubtful(verdict: &Verdict, case: &Case<'_>, register: usize) -> bool {
    let name = case.spec(register).name.as_str();
    let doubts = [
        ValidationRule::V01,
        ValidationRule::V07,
        ValidationRule::V11,
    ];
    verdict
        .questions
        .iter()
        .any(|question| doubts.contains(&question.rule) && question.fact("register") == Some(name))
}

/// V11: values one slip away that would raise no question, the likeliest first.
fn propose_values(case: &Case<'_>, verdict: &mut Verdict, register: usize, value: Decimal) {
    let mut fitting: Vec<(Decimal, Decimal)> = slips(value)
        .into_iter()
        .filter(|meant| fits(case, register, *meant))
        .map(|meant| (unlikelihood(case, register, meant), meant))
        .collect();
    fitting.sort();
    fitting.dedup_by_key(|(_, meant)| *meant);
    if fitting.is_empty() {
        return;
    }
    let spec = case.spec(register);
    if !verdict.asks_by(ValidationRule::V11) {
        let likeliest = fitting[0].1;
        verdict.ask(
            Finding::new(ValidationRule::V11)
                .with("problem", "slip")
                .with("register", &spec.name)
                .with("value", value)
                .with("probable", likeliest),
        );
    }
    for (_, meant) in fitting.into_iter().take(PROPOSALS_MAX) {
        verdict.propose(Proposal::UseValue {
            register: spec.name.clone(),
            value: Measure::new(meant, spec.unit),
        });
    }
}

/// Values that one slip turns into `value`: a comma lost or set elsewhere, two neighbouring digits
/// in each other's place.
fn slips(value: Decimal) -> Vec<Decimal> {
    let shifted = SHIFTS.iter().filter_map(|shift| shift_comma(value, *shift));
    shifted
        .chain(transposed(value))
        .filter(|meant| *meant != value)
        .collect()
}

fn shift_comma(value: Decimal, shift: i8) -> Option<Decimal> {
    let power = (0..shift.unsigned_abs()).fold(Decimal::ONE, |product, _| product * Decimal::TEN);
    match shift < 0 {
        true => exact::div_exact(value, power).ok(),
        false => exact::mul(value, power).ok(),
    }
}

fn transposed(value: Decimal) -> Vec<Decimal> {
    let written: Vec<char> = value.to_string().chars().collect();
    let digits: Vec<usize> = (0..written.len())
        .filter(|i| written[*i].is_ascii_digit())
        .collect();
    let swap = |pair: &[usize]| {
        let mut swapped = written.clone();
        swapped.swap(pair[0], pair[1]);
        exact::parse(&swapped.into_iter().collect::<String>()).ok()
    };
    digits.windows(2).filter_map(swap).collect()
}

/// Whether `meant` would raise no question. Without a history it must at least stay under the
/// floor, or any number would fit.
fn fits(case: &Case<'_>, register: usize, meant: Decimal) -> bool {
    let spec = case.spec(register);
    if capacity(spec).is_some_and(|whole| meant >= whole) {
        return false;
    }
    if !matches!(progress(case, register, meant), Progress::Forward) {
        return false;
    }
    if high(case, register, meant).is_some() {
        return false;
    }
    let before = case
        .meter
        .mark_before(register, case.taken_at(), case.replaces);
    let counted = before.and_then(|before| meant.checked_sub(before.value));
    match (expected(case, register), counted) {
        (Some(_), _) => true,
        (None, Some(counted)) => floor(case, register).is_some_and(|floor| counted <= floor),
        (None, None) => false,
    }
}

/// Distance from what is expected, or from nothing counted at all.
fn unlikelihood(case: &Case<'_>, register: usize, meant: Decimal) -> Decimal {
    let before = case
        .meter
        .mark_before(register, case.taken_at(), case.replaces);
    let counted = before
        .and_then(|before| meant.checked_sub(before.value))
        .unwrap_or(meant);
    let expected = expected(case, register).unwrap_or_default();
    counted.checked_sub(expected).unwrap_or(counted).abs()
}

/// V10: this value and the pair's suit each other's meter, and not their own.
fn ask_swapped(case: &Case<'_>, verdict: &mut Verdict) {
    let Some(pair) = &case.submission.facts.pair else {
        return;
    };
    let own = case.counted();
    let [(register, ours)] = own[..] else {
        return;
    };
    let Some((theirs, their_last)) = single_values(case, register, pair) else {
        return;
    };
    let is_doubtful = verdict.asks_by(ValidationRule::V01) || verdict.asks_by(ValidationRule::V07);
    let pair_is_doubtful = theirs < their_last;
    let swapped_fits = matches!(progress(case, register, theirs), Progress::Forward)
        && high(case, register, theirs).is_none()
        && ours >= their_last;
    if (is_doubtful || pair_is_doubtful) && swapped_fits && ours != theirs {
        verdict.ask(
            Finding::new(ValidationRule::V10)
                .with("value", ours)
                .with("pair_value", theirs)
                .with("pair_meter", pair.meter),
        );
        verdict.propose(Proposal::SwapWith { meter: pair.meter });
    }
}

/// The pair's submitted and last value, where it has one counting register of the same unit.
fn single_values(case: &Case<'_>, register: usize, pair: &PairFacts) -> Option<(Decimal, Decimal)> {
    let unit = case.spec(register).unit;
    let single = |values: &[RegisterValue]| match values {
        [only] => only.value.convert(unit).ok().map(Measure::value),
        _ => None,
    };
    Some((single(&pair.submitted)?, single(&pair.last)?))
}
