//! Calculated periods in a row: how long a meter has gone without a reading.

use aggregates::meter::reading::ImputationMethod;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;

use crate::calendar;
use crate::consumption::{ImputedRole, MeterFacts, Timeline};
use crate::rules::RunStart;
use crate::settlement::gaps::GapOf;
use crate::settlement::model::SettlementError;
use crate::settlement::settling::Settling;

impl Settling<'_> {
    /// Which calculated period in a row this one would be, from 1.
    pub(super) fn run_of(&self, of: GapOf<'_>) -> Result<u32, SettlementError> {
        let before = self.period.previous();
        let timeline = Timeline::of(&self.book.balance.consumption, of.point, self.zone, before)?;
        Ok(self.run_before(of, &timeline)? + 1)
    }

    /// Calculated periods of the meter directly before this one, whatever the reason: one run.
    pub(super) fn run_before(
        &self,
        of: GapOf<'_>,
        timeline: &Timeline<'_>,
    ) -> Result<u32, SettlementError> {
        let mut run = 0;
        let mut period = self.period.previous();
        let begins = calendar::month_of(of.stay.from, self.zone)?;
        while begins <= period {
            let is_heat = of.resource == Resource::Heat;
            if is_heat && self.is_heated_in(period) == Some(false) {
                period = period.previous();
                continue;
            }
            let Some(is_partial) = calculated_in(timeline, of.meter, period) else {
                break;
            };
            let goes_on = || is_begun_in(timeline, of.meter, period);
            if is_partial && !(self.counts_partial()? && goes_on()) {
                break;
            }
            run += 1;
            period = period.previous();
        }
        Ok(run)
    }

    /// Whether a month that a failure began in is the first of its run (rules Q1).
    fn counts_partial(&self) -> Result<bool, SettlementError> {
        let start = self.edition.average_run_start(self.last_day())?;
        Ok(start.value == RunStart::EventPeriod)
    }
}

/// Whether a period was calculated for a meter, and that in part only: a reading closes it, and the
/// meter failed after that. `None` where it was not, or where a reading has ended the run.
pub(crate) fn calculated_in(
    timeline: &Timeline<'_>,
    meter: &MeterFacts,
    period: Period,
) -> Option<bool> {
    let by_rule = |method| matches!(method, ImputationMethod::Average | ImputationMethod::Norm);
    let mut calculated = timeline.imputed.iter().filter(|imputed| {
        imputed.meter.id == meter.id
            && imputed.fact.period == period
            && by_rule(imputed.fact.method)
    });
    match timeline.mark_of(period) {
        None => calculated.next().map(|_| false),
        Some(_) => calculated
            .any(|imputed| is_beside_readings(imputed.role))
            .then_some(true),
    }
}

/// Whether the days calculated of a period that a reading closes come after that reading, so that a
/// run begins with them.
fn is_begun_in(timeline: &Timeline<'_>, meter: &MeterFacts, period: Period) -> bool {
    let mark = timeline.mark_of(period);
    let mut imputed = timeline.imputed.iter().filter(|imputed| {
        imputed.meter.id == meter.id
            && imputed.fact.period == period
            && is_beside_readings(imputed.role)
    });
    mark.is_some_and(|mark| imputed.any(|imputed| mark.at < imputed.interval.until()))
}

/// Whether a calculated volume stands beside what readings tell.
pub(crate) fn is_beside_readings(role: ImputedRole) -> bool {
    match role {
        ImputedRole::DuringFailure | ImputedRole::Stands | ImputedRole::FillsGap => true,
        ImputedRole::Ahead => false,
    }
}
