//! House meters of water and electricity that were not read, were out of order or were away: their
//! average in the place of a reading (ПП 354 п. 59(1)).

use aggregates::ids::MeteringPointId;
use aggregates::quantity::Unit;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::calendar;
use crate::consumption::PointConsumption;
use crate::explanation::Explanation;
use crate::settlement::gaps::{Filling, GapOf, Missing};
use crate::settlement::model::{FilledGap, ProblemKind, SettlementError};
use crate::settlement::rates::days;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling};
use crate::volume::Volume;

/// What stands in the place of readings of a house meter.
#[derive(Debug, Default)]
pub(crate) struct HouseFilling {
    pub(crate) gaps: Vec<FilledGap>,
    /// Whether the volume that a missing reading leaves unknown is known by them.
    pub(crate) is_whole: bool,
    /// What else is done to the volume of the point.
    pub(crate) change: Option<Change>,
}

/// A change of a volume beside its gaps, in the unit of the house's volume.
#[derive(Debug)]
pub(crate) enum Change {
    /// This much holds whatever was told, the gaps included.
    Instead(Ratio, Explanation),
    /// So much comes on top.
    Added(Ratio, Explanation),
}

impl<'a> Settling<'a> {
    /// Fills what is missing of the meters of one input, each by itself: an input beside it that
    /// works is not averaged.
    pub(crate) fn fill_house_meter(
        &mut self,
        point: MeteringPointId,
        resource: Resource,
        figure: &PointConsumption,
    ) -> Result<HouseFilling, SettlementError> {
        let stays = self.house_stays(point, resource)?;
        let read_at = figure.interval.map(|interval| interval.until);
        let missing = match &figure.volume {
            Volume::Known { .. } if read_at.is_some() => Missing::Outages {
                read_at,
                untold: self.untold_days(figure),
            },
            Volume::Known { .. } => Missing::Readings,
            unread if unread.is_only_unread() => Missing::Readings,
            Volume::Unknown { .. } => return Ok(HouseFilling::default()),
        };
        if stays.is_empty() {
            return Ok(HouseFilling::default());
        }
        let mut gaps = match self.fill_stays(&stays, missing)? {
            Filling::Filled(gaps) => gaps,
            Filling::NoNorm => {
                self.not_averaged(resource, missing);
                return Ok(HouseFilling::default());
            }
        };
        gaps.extend(self.fill_between(&stays)?);
        Ok(HouseFilling {
            gaps,
            is_whole: true,
            change: None,
        })
    }

    /// Days after one meter was taken away and before the next one was put in: the day of removal
    /// is one of them, that of installation is not (case DC-02).
    fn fill_between(&self, stays: &[GapOf<'a>]) -> Result<Vec<FilledGap>, SettlementError> {
        let mut filled = Vec::new();
        for pair in stays.windows(2) {
            let (before, next) = (pair[0], pair[1]);
            let Some(removal) = &before.stay.removal else {
                continue;
            };
            let from = self.zone.local_date(removal.at);
            let until = self.zone.local_date(next.stay.from);
            let bare: Vec<NaiveDate> = days(self.period)
                .filter(|day| from <= *day && *day < until)
                .filter(|day| !self.is_imputed_at(before.point, *day))
                .collect();
            let (Some(first), Some(last)) = (bare.first(), bare.last()) else {
                continue;
            };
            let end = last.succ_opt().ok_or(SettlementError::OutOfCalendar)?;
            filled.extend(self.fill_after(before, (*first, end))?);
        }
        Ok(filled)
    }

    /// The meters that stand at an input in the period, in the order of time; one that was taken
    /// away on the first day is among them.
    pub(super) fn house_stays(
        &self,
        point: MeteringPointId,
        resource: Resource,
    ) -> Result<Vec<GapOf<'a>>, SettlementError> {
        let (start, end) = calendar::bounds(self.period, self.zone)?;
        let stands = |of: &GapOf<'_>| {
            let removal = of.stay.removal.as_ref();
            of.stay.from < end && removal.is_none_or(|removal| start <= removal.at)
        };
        let mut stays: Vec<GapOf<'a>> = self.stays_at(point, resource).filter(stands).collect();
        stays.sort_by_key(|of| (of.stay.from, of.stay.installed.position));
        Ok(stays)
    }

    /// Every meter that ever stood at an input.
    pub(super) fn stays_at(
        &self,
        point: MeteringPointId,
        resource: Resource,
    ) -> impl Iterator<Item = GapOf<'a>> + use<'a> {
        let consumption = &self.book.balance.consumption;
        let found = consumption.stays.get(&point).into_iter().flatten();
        found.filter_map(move |(meter, index)| {
            let meter = consumption.meter(*meter)?;
            Some(GapOf {
                premises: None,
                facts: None,
                point,
                resource,
                meter,
                stay: meter.stays.get(*index)?,
                meters: 1,
            })
        })
    }

    fn not_averaged(&mut self, resource: Resource, missing: Missing) {
        let place = Place {
            resource: Some(resource),
            premises: None,
        };
        let text = match missing {
            Missing::Readings if resource == Resource::Heat => {
                "ОДПУ тепла не снят, а среднее для него не рассчитать: мало показаний, предел \
                 периодов подряд исчерпан или нет температур наружного воздуха; плата — по \
                 нормативу (ПП 354 п. 60(1), прил. 2 ф. 2(3))"
            }
            Missing::Readings => {
                "ОДПУ не снят, а среднего для него нет (показаний меньше чем за 3 месяца или \
                 предел периодов подряд исчерпан): общая часть — по нормативу (ПП 354 п. 60(1))"
            }
            Missing::Outages { .. } => {
                "за дни неисправности ОДПУ среднего нет: учтено только то, что прибор показал"
            }
        };
        self.flag(ProblemKind::HouseMeterUnfilled, place, text, Vec::new());
    }

    /// What a filled gap adds to the volume of its point, in `unit`.
    pub(crate) fn filled_amount(
        &self,
        gap: &FilledGap,
        unit: Unit,
    ) -> Result<Ratio, SettlementError> {
        let meter = self.book.balance.consumption.meter(gap.meter.0);
        let mut sum = Ratio::zero();
        for volume in &gap.volumes {
            let counts = meter.is_some_and(|meter| meter.counts(&volume.register));
            if counts {
                sum = sum + self.amount(&volume.value, unit)?;
            }
        }
        Ok(sum)
    }
}
