//! Estimates of why the common part is what it is, point by point.

use std::collections::BTreeMap;

use aggregates::account::bill::VolumeMethod;
use aggregates::building::event::Sign;
use aggregates::ids::{MeterId, MeteringPointId};
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::Unit;
use chrono::{DateTime, NaiveDate, Utc};

use crate::balance::{PointName, point_name};
use crate::consumption::{PointConsumption, QueryError, Timeline, VolumePart};
use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::rules::GapReason;
use crate::settlement::model::{HouseService, PremisesSettlement, Settlement};
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::Settling;
use crate::settlement::units::{in_unit, shown, shown_in};
use crate::volume::{Reason, Volume};
use crate::waterfall::course::Course;
use crate::waterfall::model::Cause;

/// Later months whose readings are asked what a point really used.
const HINDSIGHT: usize = 12;

/// A point of a scope with its figure.
pub(super) struct Seen<'f> {
    pub(super) name: PointName,
    pub(super) sign: Sign,
    pub(super) figure: &'f PointConsumption,
}

/// What one point adds to a cause.
pub(super) struct Finding {
    pub(super) cause: Cause,
    pub(super) amount: Ratio,
    pub(super) step: Explanation,
    /// The event that the estimate rests on before all.
    pub(super) evidence: Option<EventAt>,
}

/// Asks the points of one scope.
pub(super) struct Estimating<'s, 'b> {
    pub(super) settling: &'s Settling<'b>,
    pub(super) settlement: &'s Settlement,
    pub(super) unit: Unit,
    /// What the readings of the house meter lie between.
    pub(super) span: (DateTime<Utc>, DateTime<Utc>),
}

/// How a point's volume was found.
struct Standing {
    cause: Cause,
    /// Nothing is counted of it.
    is_missing: bool,
    /// Last day on which its readings are beyond doubt.
    sound_until: Option<NaiveDate>,
}

impl Estimating<'_, '_> {
    /// What a point used beyond what is counted of it; `None` where nothing says that it differs.
    pub(super) fn of_point(&self, seen: &Seen<'_>) -> Result<Option<Finding>, QueryError> {
        let figure = seen.figure;
        let counted = match &figure.volume {
            Volume::Known { value } => {
                let value = in_unit(&Ratio::from(*value), value.unit(), self.unit);
                value.unwrap_or_default()
            }
            Volume::Unknown { .. } => Ratio::zero(),
        };
        let standing = self.standing(figure);
        let Some((used, source)) = self.used(figure, &standing)? else {
            return Ok(None);
        };
        let difference = &used - &counted;
        if difference.is_zero() {
            return Ok(None);
        }
        let amount = match seen.sign {
            Sign::Plus => difference,
            Sign::Minus => -difference,
        };
        let formula = format!(
            "{} − {} = {}",
            shown(&used),
            shown(&counted),
            shown_in(&amount, self.unit)
        );
        let evidence = last_event(figure);
        let text = format!("{}: {source} − учтено", point_name(&seen.name));
        Ok(Some(Finding {
            cause: standing.cause,
            amount,
            step: Explanation::new("waterfall.point", text)
                .formula(formula)
                .events(evidence),
            evidence,
        }))
    }

    /// Which cause a point's error would have.
    fn standing(&self, figure: &PointConsumption) -> Standing {
        let plain = |cause| Standing {
            cause,
            is_missing: figure.volume.known().is_none(),
            sound_until: None,
        };
        if figure.kind == PointKind::Transit {
            return plain(Cause::Transit);
        }
        let without_meter = |reason: &Reason| matches!(reason, Reason::NoMeter { .. });
        if figure.volume.reasons().iter().any(without_meter) {
            return plain(Cause::Unmetered);
        }
        let meter = self.meter_of(figure.point);
        let day = self.settling.last_day();
        let reason = meter.map(|meter| self.settling.gap_reason(meter, figure.resource, day).0);
        if reason == Some(GapReason::OutOfOrder) {
            return Standing {
                sound_until: meter.and_then(|meter| self.sound_until(meter, day)),
                ..plain(Cause::VerificationExpired)
            };
        }
        let calculated = figure
            .parts
            .iter()
            .any(|part| matches!(part, VolumePart::Calculated(_) | VolumePart::TrueUp(_)));
        match (figure.volume.known(), calculated) {
            (Some(_), true) => plain(Cause::Average),
            (None, _) => plain(Cause::NotSent),
            (Some(_), false) if figure.covers.len() > 1 => plain(Cause::NotSent),
            (Some(_), false) => plain(Cause::NotSimultaneous),
        }
    }

    /// What the point used while the house meter counted, and by what that is told.
    fn used(
        &self,
        figure: &PointConsumption,
        standing: &Standing,
    ) -> Result<Option<(Ratio, &'static str)>, QueryError> {
        let (from, until) = self.span;
        let course = self.course(figure)?;
        if let Some(day) = standing.sound_until {
            let sound = self.settling.zone.start_of(day).map(|at| course.until(at));
            let used = sound.and_then(|sound| sound.used(from, until));
            return Ok(used.map(|used| (used, "по показаниям до окончания поверки")));
        }
        if standing.is_missing {
            if !course.reaches(until)
                && let Some(proposed) = self.proposed(figure.point)
            {
                return Ok(Some((proposed, "по правилам за непереданное показание")));
            }
            let used = course.used(from, until);
            return Ok(used.map(|used| (used, "по соседним показаниям")));
        }
        let is_told = match standing.cause {
            Cause::NotSimultaneous => self.is_read_otherwise(figure),
            // What was calculated is judged by a later real reading only.
            Cause::Average => figure.interval.is_some() || course.reaches(until),
            _ => figure.interval.is_some(),
        };
        if !is_told {
            return Ok(None);
        }
        let used = course.used(from, until);
        Ok(used.map(|used| (used, "за время между показаниями ОДПУ")))
    }

    /// Whether a reading was taken on another day than that of the house meter.
    fn is_read_otherwise(&self, figure: &PointConsumption) -> bool {
        let day = |instant| self.settling.zone.local_date(instant);
        figure.interval.is_some_and(|read| {
            day(read.from) != day(self.span.0) || day(read.until) != day(self.span.1)
        })
    }

    fn course(&self, figure: &PointConsumption) -> Result<Course, QueryError> {
        let through = (0..HINDSIGHT).fold(self.settling.period, |period, _| period.next());
        let timeline = Timeline::of(
            &self.settling.book.balance.consumption,
            figure.point,
            self.settling.zone,
            through,
        );
        let timeline = timeline.map_err(|_| QueryError::OutOfCalendar {
            point: figure.point,
        })?;
        Ok(Course::of(&timeline, self.unit))
    }

    /// What the rules put in the place of a missing reading.
    fn proposed(&self, point: MeteringPointId) -> Option<Ratio> {
        let gaps = self.settlement.gaps.iter().filter(|gap| gap.point == point);
        let mut sum: Option<Ratio> = None;
        for gap in gaps {
            let filled = self.settling.filled_amount(gap, self.unit).ok()?;
            sum = Some(sum.unwrap_or_default() + filled);
        }
        sum
    }

    /// The meter that stands last at a point.
    fn meter_of(&self, point: MeteringPointId) -> Option<MeterId> {
        let consumption = &self.settling.book.balance.consumption;
        let stays = consumption.stays.get(&point)?;
        let stand = stays.iter().filter_map(|(meter, index)| {
            let stay = consumption.meter(*meter)?.stays.get(*index)?;
            (stay.from < self.span.1).then_some((stay.from, *meter))
        });
        stand.max().map(|(_, meter)| MeterId(meter))
    }

    fn sound_until(&self, meter: MeterId, day: NaiveDate) -> Option<NaiveDate> {
        let life = self.settling.book.meters.get(&meter.0)?;
        let outage = life.outage_on(day, self.settling.zone);
        let failed = outage.map(|outage| self.settling.zone.local_date(outage.since.value));
        failed.or_else(|| life.verification_on(day)?.value.1)
    }
}

/// The event of the reading that a figure ends with.
fn last_event(figure: &PointConsumption) -> Option<EventAt> {
    figure.parts.iter().rev().find_map(|part| match part {
        VolumePart::Metered(part) => Some(part.until.as_ref().unwrap_or(&part.from).event),
        VolumePart::Calculated(part) => Some(part.event),
        VolumePart::TrueUp(_) => None,
    })
}

/// Findings by cause.
pub(super) fn by_cause(findings: Vec<Finding>) -> BTreeMap<Cause, Vec<Finding>> {
    let mut sorted: BTreeMap<Cause, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        sorted
            .entry(finding.cause.clone())
            .or_default()
            .push(finding);
    }
    sorted
}

/// What premises without a meter use beyond the norm that they are charged, were they to use as
/// much for a person as the dwellings of the house that are metered.
pub(super) fn unmetered(
    settling: &Settling<'_>,
    service: &HouseService,
    without: &[&PremisesSettlement],
) -> Vec<Finding> {
    let persons = |one: &PremisesSettlement| {
        let facts = settling.book.premises.get(&one.premises)?;
        let persons = facts.persons_on(settling.last_day())?;
        Some(Ratio::from(persons.value))
    };
    let metered = service.premises.iter().filter_map(|one| {
        let by_meter = one.method == Some(VolumeMethod::Meter) && one.kind.is_residential();
        let volume = one.volume.as_ref().filter(|_| by_meter)?;
        Some((volume.value.clone(), persons(one)?))
    });
    let (volume, living) = metered.fold((Ratio::zero(), Ratio::zero()), |sum, one| {
        (sum.0 + one.0, sum.1 + one.1)
    });
    let Ok(each) = volume.checked_div(&living) else {
        return Vec::new();
    };
    let found = without.iter().filter_map(|one| {
        let (living, charged) = (persons(one)?, one.volume.as_ref()?);
        let amount = &each * &living - &charged.value;
        let formula = format!(
            "{} · {} чел. − {} = {}",
            shown(&each),
            shown(&living),
            shown(&charged.value),
            shown_in(&amount, charged.unit)
        );
        let text = format!(
            "пом. {}: на человека в помещениях с приборами · жители − норматив",
            one.number
        );
        Some(Finding {
            cause: Cause::Unmetered,
            amount,
            step: Explanation::new("waterfall.unmetered", text).formula(formula),
            evidence: None,
        })
    });
    found.filter(|finding| !finding.amount.is_zero()).collect()
}
