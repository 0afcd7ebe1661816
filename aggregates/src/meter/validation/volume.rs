//! V07 and V08: what was counted since the reading before, against the meter's own year.

use rust_decimal::Decimal;

use crate::meter::memory::Mark;
use crate::meter::reading::{Finding, Proposal, ValidationRule};
use crate::meter::submission::Choice;
use crate::meter::validation::sequence::{Progress, progress};
use crate::meter::validation::{Case, Verdict};
use crate::quantity::Unit;
use crate::time::Period;
use crate::vocabulary::Resource;

/// Months that a year has.
const YEAR: i32 = 12;

/// What the meter usually counts in a day.
struct Usual {
    per_day: Decimal,
    /// `season`: the same month of last year; `mean`: the last twelve months.
    basis: &'static str,
}

/// A difference that is high.
pub(super) struct High {
    counted: Decimal,
    days: Decimal,
    usual: Usual,
}

pub(super) fn judge(case: &Case<'_>, verdict: &mut Verdict) {
    for (register, value) in case.counted() {
        if let Some(high) = high(case, register, value) {
            let finding = describe(case, register, value, &high);
            if case.confirmed == Some(Choice::AsSent) {
                verdict.flag(finding.with("confirmed", "yes"));
            } else if case.is_machine_read() {
                verdict.flag(finding);
            } else {
                verdict.ask(finding);
                verdict.propose(Proposal::ConfirmAsSent);
            }
        }
    }
    judge_low(case, verdict);
}

/// Whether `value` stands so far above the one before that it is asked back; `None` also where
/// there is nothing to compare with.
pub(super) fn high(case: &Case<'_>, register: usize, value: Decimal) -> Option<High> {
    let before = case
        .meter
        .mark_before(register, case.taken_at(), case.replaces)?;
    let counted = match progress(case, register, value) {
        Progress::Forward => value.checked_sub(before.value)?,
        _ => return None,
    };
    if counted <= floor(case, register)? {
        return None;
    }
    let days = Case::days(before.taken_at, case.taken_at());
    let usual = usual(case, register)?;
    let limit = usual
        .per_day
        .checked_mul(days)?
        .checked_mul(case.submission.facts.limits.high_factor)?;
    (counted > limit).then_some(High {
        counted,
        days,
        usual,
    })
}

/// Whether a turn of the register explains the value: a turn between known values always does,
/// otherwise what it counted must not be high.
pub(super) fn is_plausible_turn(
    case: &Case<'_>,
    register: usize,
    counted: Decimal,
    before: &Mark<'_>,
) -> bool {
    if case
        .meter
        .mark_after(register, case.taken_at(), case.replaces)
        .is_some()
    {
        return true;
    }
    let days = Case::days(before.taken_at, case.taken_at());
    let factor = case.submission.facts.limits.high_factor;
    let usual = usual(case, register)
        .and_then(|usual| usual.per_day.checked_mul(days)?.checked_mul(factor));
    let limit = usual.max(floor(case, register));
    limit.is_some_and(|limit| counted <= limit)
}

/// The difference below which nothing is high, in the register's unit; `None` where the limits
/// name none that converts to it.
pub(super) fn floor(case: &Case<'_>, register: usize) -> Option<Decimal> {
    let floor = case
        .submission
        .facts
        .limits
        .high_floor
        .get(&case.registered.resource)?;
    floor
        .convert(case.spec(register).unit)
        .ok()
        .map(|floor| floor.value())
}

/// What is expected since the reading before, where there is a history.
pub(super) fn expected(case: &Case<'_>, register: usize) -> Option<Decimal> {
    let before = case
        .meter
        .mark_before(register, case.taken_at(), case.replaces)?;
    let days = Case::days(before.taken_at, case.taken_at());
    usual(case, register)?.per_day.checked_mul(days)
}

fn usual(case: &Case<'_>, register: usize) -> Option<Usual> {
    let seasonal = same_month_of_last_year(case, register).filter(|use_| *use_ > Decimal::ZERO);
    match seasonal {
        Some(per_day) => Some(Usual {
            per_day,
            basis: "season",
        }),
        None => mean(case, register, case.period).map(|per_day| Usual {
            per_day,
            basis: "mean",
        }),
    }
}

fn same_month_of_last_year(case: &Case<'_>, register: usize) -> Option<Decimal> {
    let last_year = case.period.plus_months(-YEAR);
    let begin = case
        .meter
        .winner(register, last_year.previous(), case.taken_at())?;
    let end = case.meter.winner(register, last_year, case.taken_at())?;
    per_day(case, register, &begin, &end)
}

/// Mean use of a day over the twelve months that end before `before`.
fn mean(case: &Case<'_>, register: usize, before: Period) -> Option<Decimal> {
    let earliest = before.plus_months(-YEAR - 1);
    let winners = case.meter.winners_before(register, before, case.taken_at());
    let (_, end) = winners.iter().rev().find(|(period, _)| period.is_some())?;
    let recent = |period: &Option<Period>| period.is_none_or(|period| period >= earliest);
    let is_remote = |mark: &Mark<'_>| {
        case.submission.facts.terms.zone.local_date(mark.taken_at) < earliest.first_day()
    };
    let (_, begin) = winners
        .iter()
        .find(|(period, mark)| recent(period) && !is_remote(mark))?;
    per_day(case, register, begin, end)
}

fn per_day(case: &Case<'_>, register: usize, begin: &Mark<'_>, end: &Mark<'_>) -> Option<Decimal> {
    let days = (end.taken_at - begin.taken_at).num_days();
    if days < case.submission.facts.limits.history_days_min {
        return None;
    }
    let counted = case.meter.counted(register, begin, end)?;
    counted.checked_div(Case::days(begin.taken_at, end.taken_at))
}

fn describe(case: &Case<'_>, register: usize, value: Decimal, high: &High) -> Finding {
    let spec = case.spec(register);
    let whole = high
        .usual
        .per_day
        .checked_mul(high.days)
        .unwrap_or_default();
    Finding::new(ValidationRule::V07)
        .with("register", &spec.name)
        .with("value", value)
        .with("counted", high.counted)
        .with("days", high.days.round_dp(1).normalize())
        .with("unit", spec.unit.code())
        .with("usual", whole.round_dp(3).normalize())
        .with("basis", high.usual.basis)
}

/// V08: nothing or next to nothing was counted over several periods in a row.
fn judge_low(case: &Case<'_>, verdict: &mut Verdict) {
    let limits = &case.submission.facts.limits;
    let Some(recent) = recent_use(case).filter(|_| is_season(case)) else {
        return;
    };
    let share = recent
        .usual
        .and_then(|usual| usual.checked_mul(limits.low_share));
    let problem = match recent.counted.is_zero() {
        true => "zero",
        false if share.is_some_and(|share| recent.counted <= share) => "low",
        false => return,
    };
    verdict.flag(
        Finding::new(ValidationRule::V08)
            .with("problem", problem)
            .with("periods", limits.low_periods)
            .with("counted", recent.counted)
            .with("unit", recent.unit.code()),
    );
}

/// Use over the periods that V08 looks at, all required registers together.
struct RecentUse {
    counted: Decimal,
    /// What was usual before, where there is a history.
    usual: Option<Decimal>,
    unit: Unit,
}

fn recent_use(case: &Case<'_>) -> Option<RecentUse> {
    let periods = i32::try_from(case.submission.facts.limits.low_periods).ok()?;
    let begin_period = case.period.plus_months(-periods);
    let required = case.registered.required();
    let unit = case.spec(*required.first()?).unit;
    let mut recent = RecentUse {
        counted: Decimal::ZERO,
        usual: Some(Decimal::ZERO),
        unit,
    };
    for register in required {
        let since = counted_since(case, register, begin_period)?;
        recent.counted = recent.counted.checked_add(since.counted)?;
        let usual = mean(case, register, begin_period.next())
            .and_then(|per_day| per_day.checked_mul(since.days));
        recent.usual = recent
            .usual
            .zip(usual)
            .and_then(|(sum, usual)| sum.checked_add(usual));
    }
    Some(recent)
}

struct Since {
    counted: Decimal,
    days: Decimal,
}

/// What `register` counted since the end of `period` or of the last one known before it.
fn counted_since(case: &Case<'_>, register: usize, period: Period) -> Option<Since> {
    let value = case.values[register]?;
    let zone = case.submission.facts.terms.zone;
    let winners = case
        .meter
        .winners_before(register, period.next(), case.taken_at());
    let (named, begin) = winners.last()?;
    // The initial value of an installation counts as the end of the month before it.
    let begins = named.or_else(|| Period::containing(begin.taken_at, zone).ok())?;
    let counted = value.checked_sub(begin.value)?;
    let days = Case::days(begin.taken_at, case.taken_at());
    (begins <= period && counted >= Decimal::ZERO).then_some(Since { counted, days })
}

/// Heat and cold stand still out of season: low use says something only where the same month of
/// last year had any.
fn is_season(case: &Case<'_>) -> bool {
    if !matches!(case.registered.resource, Resource::Heat | Resource::Cooling) {
        return true;
    }
    let used = |register| same_month_of_last_year(case, register);
    case.registered
        .required()
        .into_iter()
        .filter_map(used)
        .any(|per_day| per_day > Decimal::ZERO)
}
