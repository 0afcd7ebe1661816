//! Heat meters that were not read: what their premises are charged by the others (ф. 3(6), 3(7)) is
//! recorded in the place of the reading, and the next one is trued up by it.

use aggregates::ids::PremisesId;
use aggregates::quantity::Unit;
use aggregates::vocabulary::Resource;

use crate::consumption::VolumePart;
use crate::explanation::Explanation;
use crate::settlement::facts::PremisesFacts;
use crate::settlement::gaps::GapOf;
use crate::settlement::model::SettlementError;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::Settling;

/// By the heat of the house.
const BY_HOUSE: &str = "ПП 354 прил. 2 ф. 3(6)";
/// By the premises with a meter.
const BY_METERED: &str = "ПП 354 прил. 2 ф. 3(7)";

/// A heat meter without a reading of the period.
#[derive(Clone, Copy, Debug)]
struct Unread<'a> {
    of: GapOf<'a>,
    /// Days for which a share of others is on record.
    recorded: usize,
}

/// The heat meters of premises that were not read in the period.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnreadMeters<'a> {
    meters: Vec<Unread<'a>>,
    /// What is on record as the share of others, Гкал.
    recorded: Ratio,
}

impl UnreadMeters<'_> {
    /// Whether the premises were charged by the others already.
    pub(crate) fn is_recorded(&self) -> bool {
        self.meters.iter().any(|meter| meter.recorded > 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.meters.is_empty()
    }
}

/// What premises without a reading are charged for the month, and why.
#[derive(Clone, Debug)]
pub(crate) struct HeatShare {
    /// V_i of a month, Гкал.
    pub(crate) volume: Ratio,
    /// Whether it is told by premises with a meter.
    pub(crate) is_by_metered: bool,
    pub(crate) because: Explanation,
}

impl<'a> Settling<'a> {
    /// Heat meters of premises that lack nothing but a reading of the period.
    pub(crate) fn unread_heat(
        &self,
        id: PremisesId,
        premises: &'a PremisesFacts,
    ) -> Result<UnreadMeters<'a>, SettlementError> {
        let consumption = &self.book.balance.consumption;
        let mut unread = UnreadMeters::default();
        for of in self.meters_of(id, premises, Resource::Heat)? {
            let figure = consumption.of_point(of.point, self.period)?.value;
            let is_at_fault = figure.volume.known().is_none() && !figure.volume.is_only_unread();
            if figure.interval.is_some() || is_at_fault {
                continue;
            }
            let mut recorded = 0;
            for part in &figure.parts {
                let VolumePart::Calculated(part) = part else {
                    continue;
                };
                let by_others = matches!(part.clause.as_str(), BY_HOUSE | BY_METERED);
                if let Some(volume) = part.volume.known().filter(|_| by_others) {
                    recorded += self.days_of(part.from, part.until).len();
                    unread.recorded = &unread.recorded + self.amount(volume, Unit::Gigacalorie)?;
                }
            }
            unread.meters.push(Unread { of, recorded });
        }
        Ok(unread)
    }

    /// V_i of premises whose meters were not read: what is on record and what is proposed to be
    /// recorded for days of theirs, and their part of the share for the others.
    pub(crate) fn heat_in_place(
        &mut self,
        unread: &UnreadMeters<'a>,
        share: &HeatShare,
    ) -> Result<Ratio, SettlementError> {
        let clause = match share.is_by_metered {
            true => BY_METERED,
            false => BY_HOUSE,
        };
        let mut volume = unread.recorded.clone();
        let mut rest = share.volume.clone();
        for Unread { of, recorded } in &unread.meters {
            let one = share.volume.checked_div(&Ratio::from(of.meters.max(1)));
            let one = one.map_err(|_| self.too_large())?;
            let mut days = *recorded;
            for gap in self.fill_unread(*of, &one, clause, &share.because)? {
                days += self
                    .days_of(gap.interval.from(), gap.interval.until())
                    .len();
                for filled in &gap.volumes {
                    volume = volume + self.amount(&filled.value, Unit::Gigacalorie)?;
                }
                self.gaps.push(gap);
            }
            let days = u32::try_from(days).unwrap_or(u32::MAX);
            let covered = (one * Ratio::from(days)).checked_div(&Ratio::from(self.period.days()));
            rest = rest - covered.map_err(|_| self.too_large())?;
        }
        Ok(volume + rest)
    }
}
