//! Charges paid by instalments (ПП 354 п. 72), as a bill of a period shows them.

use aggregates::ids::OrganisationId;
use aggregates::quantity::{Money, QuantityError};
use aggregates::time::Period;

use crate::bills::document::facts::{PaperFacts, Schedule};
use crate::bills::document::model::{Deferred, InstalmentSchedule, ScheduleEnd};

impl PaperFacts {
    /// The schedules of instalments that are there at `period`: those of its own charges, and those
    /// of earlier ones that are not paid up before it. One that was taken back for its own period
    /// is none. What each comes to is told for the bill of `period`.
    ///
    /// # Errors
    /// [`QuantityError::Overflow`].
    pub fn schedules(
        &self,
        period: Period,
        name_of: impl Fn(OrganisationId) -> Option<String>,
    ) -> Result<Vec<InstalmentSchedule>, QuantityError> {
        let mut found = Vec::new();
        for known in &self.schedules {
            let of = known.agreed.of;
            let ended = self.end_of(known);
            let taken_back = known.ended.as_ref();
            let is_void = taken_back.is_some_and(|(ending, _)| ending.from <= of.period);
            if is_void || period < of.period {
                continue;
            }
            let parts = known
                .agreed
                .parts_until(ended.as_ref().map(|end| end.from))?;
            let last = parts.last().map_or(of.period, |part| part.period);
            if last < period && of.period < period {
                continue;
            }
            let sum = |is_in: &dyn Fn(Period) -> bool| {
                let parts = parts.iter().filter(|part| is_in(part.period));
                let mut amounts = parts.map(|part| part.amount);
                amounts.try_fold(Money::ZERO, Money::checked_add)
            };
            let deferred = known.agreed.deferred;
            found.push(InstalmentSchedule {
                of,
                provider_name: name_of(of.provider),
                deferred,
                now: Deferred {
                    deferred: match of.period == period {
                        true => deferred,
                        false => Money::ZERO,
                    },
                    due: sum(&|part| part == period)?,
                    outstanding: sum(&|part| period < part)?,
                },
                parts,
                ended,
                terms: known.agreed.terms,
                act: known.agreed.act.number.clone(),
                act_date: known.agreed.act.date,
                event: known.event,
            });
        }
        Ok(found)
    }

    /// What ends a schedule first: a word of the consumer, or that its holder is billed here no
    /// more, the rest being due in the last month that he is billed for.
    fn end_of(&self, known: &Schedule) -> Option<ScheduleEnd> {
        let charged_in = known.agreed.of.period;
        let said = known.ended.as_ref().map(|(ending, event)| ScheduleEnd {
            from: ending.from,
            why: ending.reason.title_ru(),
            event: *event,
        });
        let left = self.leavings.iter().filter_map(|leaving| {
            // Who came within the month of the charge is the one who asked.
            let is_later = leaving.closed || charged_in.last_day() < leaving.from;
            let last_day = leaving.from.pred_opt().filter(|_| is_later)?;
            Some(ScheduleEnd {
                from: Period::of_date(last_day).ok()?.max(charged_in),
                why: match leaving.closed {
                    true => "лицевой счёт закрыт",
                    false => "лицевой счёт передан другому плательщику",
                },
                event: leaving.event,
            })
        });
        let ends = said.into_iter().chain(left);
        let last = known.agreed.last()?;
        ends.filter(|end| end.from < last)
            .min_by_key(|end| end.from)
    }
}

/// What the schedules with one provider come to together; `None` where there is none.
pub(super) fn of_provider(
    schedules: &[InstalmentSchedule],
    provider: OrganisationId,
) -> Result<Option<Deferred>, QuantityError> {
    let mut sum: Option<Deferred> = None;
    for schedule in schedules.iter().filter(|one| one.of.provider == provider) {
        let (all, now) = (sum.unwrap_or_default(), schedule.now);
        sum = Some(Deferred {
            deferred: all.deferred.checked_add(now.deferred)?,
            due: all.due.checked_add(now.due)?,
            outstanding: all.outstanding.checked_add(now.outstanding)?,
        });
    }
    Ok(sum)
}

/// What is asked for beside instalments. A balance holds the whole of earlier charges, so what is
/// not due yet is taken out of it; charges alone are lowered by what is deferred of them and raised
/// by the parts of this month.
///
/// # Errors
/// [`QuantityError::Overflow`].
pub(super) fn asked(
    balance: Option<Money>,
    charges: Money,
    instalments: Deferred,
) -> Result<Money, QuantityError> {
    match balance {
        Some(balance) => balance.checked_sub(instalments.outstanding),
        None => charges
            .checked_sub(instalments.deferred)?
            .checked_add(instalments.due),
    }
}
