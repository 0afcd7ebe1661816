//! What premises consumed themselves: by meters, by what stands in their place, or by the norm.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::bill::VolumeMethod;
use aggregates::ids::{MeteringPointId, PremisesId};
use aggregates::meter::reading::ImputationMethod;
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Code;
use aggregates::vocabulary::Resource;
use chrono::{DateTime, NaiveDate, Utc};

use crate::calendar;
use crate::consumption::{CalculatedPart, MeterFacts, PointConsumption, Stay, VolumePart};
use crate::explanation::{Explained, Explanation};
use crate::recorded::EventAt;
use crate::rules::GapReason;
use crate::settlement::facts::PremisesFacts;
use crate::settlement::gaps::{Filling, GapOf, Missing};
use crate::settlement::model::{FilledGap, ProblemKind, SettlementError};
use crate::settlement::norms::Normed;
use crate::settlement::rates::{days, unit_of};
use crate::settlement::ratio::Ratio;
use crate::settlement::recheck::Recheck;
use crate::settlement::settling::{Place, Settling};
use crate::settlement::spread::Dated;
use crate::settlement::units::{in_unit, shown_in};
use crate::volume::{Reason, Volume};

/// The own consumption of premises.
#[derive(Clone, Debug)]
pub(crate) struct Individual {
    pub(crate) volume: Ratio,
    pub(crate) unit: Unit,
    pub(crate) method: VolumeMethod,
    /// By register, where meters tell it.
    pub(crate) registers: BTreeMap<Code, Ratio>,
    /// The part of the volume that a multiplier raises the price of.
    pub(crate) multiplied: Ratio,
    /// The parts of the volume that belong to known days.
    pub(crate) dated: Vec<Dated>,
    /// Days without a meter: what is not dated does not belong to them.
    pub(crate) bare: Vec<NaiveDate>,
    /// Days on which the premises passed from one account to another with a reading: charges of the
    /// days before and since are charges of their own.
    pub(crate) handovers: BTreeSet<NaiveDate>,
    /// The part of the volume that the check of a meter found (п. 61).
    pub(crate) recheck: Option<Recheck>,
    /// Whether the multiplier is that of a second refusal of access (п. 60(3)).
    pub(crate) is_refused_twice: bool,
    /// The act by which a multiplier does not apply.
    pub(crate) exempt: Option<EventAt>,
    pub(crate) is_metered: bool,
    pub(crate) because: Explanation,
}

/// What is known of the own consumption of premises.
#[derive(Clone, Debug)]
pub(crate) enum Own {
    /// This much.
    Known(Box<Individual>),
    /// The premises do not use the resource.
    NotSupplied,
    /// Nobody can tell; noted as a problem.
    Unknown,
}

impl Own {
    pub(crate) fn known(&self) -> Option<&Individual> {
        match self {
            Self::Known(individual) => Some(individual),
            Self::NotSupplied | Self::Unknown => None,
        }
    }
}

/// A point of premises with the meters that stand there in the period.
struct Standing<'a> {
    point: MeteringPointId,
    /// In the order of time; never empty.
    stays: Vec<(&'a MeterFacts, &'a Stay)>,
}

/// Volumes of the points of premises on their way to a sum.
pub(super) struct Sum {
    pub(super) unit: Unit,
    pub(super) volume: Ratio,
    registers: BTreeMap<Code, Ratio>,
    multiplied: Ratio,
    pub(super) dated: Vec<Dated>,
    bare: Vec<NaiveDate>,
    pub(super) handovers: BTreeSet<NaiveDate>,
    pub(super) recheck: Option<Recheck>,
    methods: Vec<VolumeMethod>,
    pub(super) parts: Vec<Explanation>,
}

impl<'a> Settling<'a> {
    /// The own consumption of premises.
    pub(crate) fn individual(
        &mut self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
    ) -> Result<Own, SettlementError> {
        let points = self.stays_of(id, premises, resource)?;
        match points.is_empty() {
            true => Ok(self.without_meter(id, premises, resource)),
            false => self.by_meters(id, premises, resource, &points),
        }
    }

    /// Points of the premises at which a meter stands in the period.
    fn standing(
        &self,
        id: PremisesId,
        resource: Resource,
    ) -> Result<Vec<Standing<'a>>, SettlementError> {
        let consumption = &self.book.balance.consumption;
        let (start, end) = calendar::bounds(self.period, self.zone)?;
        let points = self.book.points.get(&(id, resource));
        let is_part = self
            .book
            .premises
            .get(&id)
            .is_some_and(|premises| premises.part_of.is_some());
        let mut standing = Vec::new();
        for point in points.into_iter().flatten() {
            let counts = consumption.points.get(point).is_some_and(|facts| {
                let kind = matches!(facts.kind, PointKind::Individual | PointKind::CommunalFlat);
                // The meter of a room counts for the room, never for its flat.
                (kind || facts.kind == PointKind::Room && is_part)
                    && facts
                        .closed
                        .is_none_or(|(on, _)| on > self.period.first_day())
            });
            if !counts {
                continue;
            }
            let stays = consumption.stays.get(point).into_iter().flatten();
            let found = stays.filter_map(|(meter, index)| {
                let meter = consumption.meter(*meter)?;
                Some((meter, meter.stays.get(*index)?))
            });
            let here = found.filter(|(meter, stay)| {
                let gone = stay.removal.as_ref().is_some_and(|removal| {
                    let away = self.away_on(meter, resource, self.period.first_day());
                    let is_away = away.is_some_and(|away| std::ptr::eq(away, removal));
                    removal.at <= start && !is_away
                });
                stay.from < end && !gone
            });
            let mut stays: Vec<_> = here.collect();
            stays.sort_by_key(|(_, stay)| (stay.from, stay.installed.position));
            if !stays.is_empty() {
                standing.push(Standing {
                    point: *point,
                    stays,
                });
            }
        }
        Ok(standing)
    }

    /// The meters of premises in the period: those of each point in the order of time.
    fn stays_of(
        &self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
    ) -> Result<Vec<Vec<GapOf<'a>>>, SettlementError> {
        let standing = self.standing(id, resource)?;
        let meters = u32::try_from(standing.len()).unwrap_or(u32::MAX);
        let of_point = |at: &Standing<'a>| {
            let stays = at.stays.iter().map(|(meter, stay)| GapOf {
                premises: Some(id),
                facts: Some(premises),
                point: at.point,
                resource,
                meter,
                stay,
                meters,
            });
            stays.collect()
        };
        Ok(standing.iter().map(of_point).collect())
    }

    /// The meters of premises that stand last in the period, one a point.
    pub(crate) fn meters_of(
        &self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
    ) -> Result<Vec<GapOf<'a>>, SettlementError> {
        let points = self.stays_of(id, premises, resource)?;
        let last = points.iter().filter_map(|stays| stays.last().copied());
        Ok(last.collect())
    }

    fn without_meter(
        &mut self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
    ) -> Own {
        if matches!(resource, Resource::Heat | Resource::Cooling) {
            return Own::NotSupplied;
        }
        let kind = premises.kind_on(self.last_day());
        if !kind.value.is_residential() {
            // Without a point of the resource such premises are taken as not supplied with it.
            if !self.book.points.contains_key(&(id, resource)) {
                return Own::NotSupplied;
            }
            let place = Place {
                resource: Some(resource),
                premises: Some((id, premises)),
            };
            let text = "нежилое помещение без прибора учёта не рассчитывается: установите прибор";
            self.flag(ProblemKind::NotMetered, place, text, vec![kind.event]);
            return Own::Unknown;
        }
        let of = Normed {
            id,
            facts: premises,
            resource,
        };
        let Some(norm) = self.norm_or_flag(of) else {
            return Own::Unknown;
        };
        let exempt = self.exempt(premises, resource);
        // К never reaches the sewage (п. 42).
        let is_spared = exempt.is_some() || resource == Resource::Sewage;
        let dated = norm.dated(!is_spared);
        Own::Known(Box::new(Individual {
            multiplied: match is_spared {
                true => Ratio::zero(),
                false => norm.volume.clone(),
            },
            exempt,
            volume: norm.volume,
            unit: norm.unit,
            method: VolumeMethod::Norm,
            registers: BTreeMap::new(),
            dated,
            bare: Vec::new(),
            handovers: BTreeSet::new(),
            recheck: None,
            is_refused_twice: false,
            is_metered: false,
            because: norm.because,
        }))
    }

    fn by_meters(
        &mut self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
        points: &[Vec<GapOf<'a>>],
    ) -> Result<Own, SettlementError> {
        let place = Place {
            resource: Some(resource),
            premises: Some((id, premises)),
        };
        let mut sum = Sum {
            unit: unit_of(resource),
            volume: Ratio::zero(),
            registers: BTreeMap::new(),
            multiplied: Ratio::zero(),
            dated: Vec::new(),
            bare: Vec::new(),
            handovers: BTreeSet::new(),
            recheck: None,
            methods: Vec::new(),
            parts: Vec::new(),
        };
        let mut is_known = true;
        for stays in points {
            let Some(last) = stays.last() else {
                continue;
            };
            let told = self
                .book
                .balance
                .consumption
                .of_point(last.point, self.period)?;
            is_known &= self.take_point(stays, told, place, &mut sum)?;
        }
        if !is_known {
            return Ok(Own::Unknown);
        }
        let exempt = self.add_bare_days(id, premises, resource, &mut sum)?;
        let is_refused_twice = self.raise_refused_only(resource, &mut sum);
        Ok(Own::Known(Box::new(Individual {
            because: Explanation::new("settlement.individual", "собственное потребление")
                .formula(shown_in(&sum.volume, sum.unit))
                .parts(sum.parts),
            method: joined(&sum.methods),
            volume: sum.volume,
            unit: sum.unit,
            registers: sum.registers,
            multiplied: sum.multiplied,
            dated: sum.dated,
            bare: sum.bare,
            handovers: sum.handovers,
            recheck: sum.recheck,
            is_refused_twice,
            exempt,
            is_metered: true,
        })))
    }

    /// Where a second refusal has a multiplier of its own, it raises what was calculated for that
    /// reason and nothing else; whether there is such a volume.
    fn raise_refused_only(&self, resource: Resource, sum: &mut Sum) -> bool {
        let day = self.last_day();
        let own = self.edition.second_refusal_multiplier(resource, day);
        let refused = |part: &Dated| part.is_refused_twice && part.is_multiplied;
        if own.is_none() || !sum.dated.iter().any(refused) {
            return false;
        }
        for part in &mut sum.dated {
            part.is_multiplied &= part.is_refused_twice;
        }
        let raised = sum.dated.iter().filter(|part| part.is_multiplied);
        sum.multiplied = raised.map(|part| &part.volume).sum();
        true
    }

    /// Adds the norm of the days without a meter; answers the act that spares them the multiplier.
    fn add_bare_days(
        &mut self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
        sum: &mut Sum,
    ) -> Result<Option<EventAt>, SettlementError> {
        let Some(bare) = self.unmetered_days(id, premises, resource)? else {
            return Ok(None);
        };
        let volume = in_unit(&bare.norm.volume, bare.norm.unit, sum.unit);
        let volume = volume.ok_or_else(|| self.too_large())?;
        let exempt = self.exempt(premises, resource);
        if exempt.is_none() {
            sum.multiplied = &sum.multiplied + &volume;
        }
        sum.volume = &sum.volume + &volume;
        sum.dated.push(Dated {
            days: bare.days.clone(),
            register: None,
            counts: true,
            is_multiplied: exempt.is_none(),
            is_refused_twice: false,
            volume,
        });
        sum.bare = bare.days;
        sum.methods.push(VolumeMethod::Norm);
        sum.parts.push(bare.norm.because);
        Ok(exempt)
    }

    /// Adds one point with its meters; whether its volume is known.
    fn take_point(
        &mut self,
        stays: &[GapOf<'a>],
        told: Explained<PointConsumption>,
        place: Place<'_>,
        sum: &mut Sum,
    ) -> Result<bool, SettlementError> {
        let figure = &told.value;
        let read_at = figure.interval.map(|interval| interval.until);
        let missing = match &figure.volume {
            Volume::Known { .. } if read_at.is_some() => Missing::Outages {
                read_at,
                untold: self.untold_days(figure),
            },
            // What was calculated of it may be a part: a reading withdrawn since told the rest.
            Volume::Known { .. } => Missing::Readings,
            unread if unread.is_only_unread() || is_taken_away(unread) => Missing::Readings,
            Volume::Unknown { reasons, .. } => {
                let events = told.because.all_events();
                if let Some(last) = stays.last() {
                    self.unknown_by_meter(*last, reasons, place, events);
                }
                return Ok(false);
            }
        };
        if let Some(read_at) = read_at {
            self.check_reading(stays, read_at, place);
        }
        self.flag_not_counted(stays, place);
        let Filling::Filled(gaps) = self.fill_stays(stays, missing)? else {
            self.unfilled(stays, missing, place);
            return Ok(false);
        };
        self.add_told(figure, sum)?;
        let mut because = told.because;
        if let Some((id, _)) = place.premises {
            because = because.parts(self.date_by_handover(id, figure, sum)?);
        }
        for gap in gaps {
            self.add_gap(&gap, sum)?;
            because = because.parts([gap.because.clone()]);
            self.gaps.push(gap);
        }
        sum.parts.push(because);
        Ok(true)
    }

    fn add_told(&self, figure: &PointConsumption, sum: &mut Sum) -> Result<(), SettlementError> {
        let known = match &figure.volume {
            Volume::Known { value } => Some(value),
            Volume::Unknown { known_part, .. } => known_part.as_ref(),
        };
        if let Some(known) = known
            && !self.add_gas(figure, sum)?
        {
            let added = self.amount(known, sum.unit)?;
            sum.volume = &sum.volume + added;
        }
        for register in &figure.registers {
            let known = match &register.volume {
                Volume::Known { value } => Some(value),
                Volume::Unknown { known_part, .. } => known_part.as_ref(),
            };
            if let Some(known) = known {
                self.add_register(&register.register, known, sum)?;
            }
        }
        for part in &figure.parts {
            match part {
                VolumePart::Metered(part) => {
                    sum.methods.push(VolumeMethod::Meter);
                    if part.recheck {
                        self.add_recheck(part, sum)?;
                    }
                }
                VolumePart::TrueUp(_) => {}
                VolumePart::Calculated(part) => {
                    sum.methods.push(method_of(part.method));
                    let day = self.zone.local_date(part.from);
                    let (reason, _) = self.gap_reason(part.meter, figure.resource, day);
                    let is_multiplied = self.multiplies(part.method, reason);
                    if let Some(volume) = part.volume.known().filter(|_| is_multiplied) {
                        let raised = self.amount(volume, sum.unit)?;
                        sum.multiplied = &sum.multiplied + raised;
                    }
                    self.date_calculated(part, figure.resource, is_multiplied, sum)?;
                }
            }
        }
        Ok(())
    }

    /// The days of the period from the first that no reading tells of up to the end of the last.
    pub(super) fn untold_days(&self, figure: &PointConsumption) -> Option<(NaiveDate, NaiveDate)> {
        let day = |instant| self.zone.local_date(instant);
        let from = figure.uncounted.iter().map(|time| day(time.from)).min()?;
        let until = figure.uncounted.iter().map(|time| day(time.until)).max()?;
        Some((from, until))
    }

    fn add_gap(&self, gap: &FilledGap, sum: &mut Sum) -> Result<(), SettlementError> {
        sum.methods.push(method_of(gap.method));
        let meter = self.book.balance.consumption.meter(gap.meter.0);
        let is_multiplied = self.multiplies(gap.method, gap.reason);
        let day = self.zone.local_date(gap.interval.from());
        let is_refused_twice = self.is_refused_twice(gap.meter, gap.resource, day);
        for volume in &gap.volumes {
            self.add_register(&volume.register, &volume.value, sum)?;
            let counts = meter.is_some_and(|meter| meter.counts(&volume.register));
            let amount = self.amount(&volume.value, sum.unit)?;
            let of = (gap.meter, gap.resource);
            let amount = self.as_sold(of, Some(gap.method), amount);
            sum.dated.push(Dated {
                days: self.days_of(gap.interval.from(), gap.interval.until()),
                register: Some(volume.register.clone()),
                counts,
                is_multiplied: is_multiplied && counts,
                is_refused_twice,
                volume: amount.clone(),
            });
            if !counts {
                continue;
            }
            if is_multiplied {
                sum.multiplied = &sum.multiplied + &amount;
            }
            sum.volume = &sum.volume + amount;
        }
        Ok(())
    }

    /// Dates what is on record as calculated.
    fn date_calculated(
        &self,
        part: &CalculatedPart,
        resource: Resource,
        is_multiplied: bool,
        sum: &mut Sum,
    ) -> Result<(), SettlementError> {
        let meter = self.book.balance.consumption.meter(part.meter.0);
        let day = self.zone.local_date(part.from);
        let is_refused_twice = self.is_refused_twice(part.meter, resource, day);
        for register in &part.registers {
            let Some(volume) = register.volume.known() else {
                continue;
            };
            let counts = meter.is_some_and(|meter| meter.counts(&register.register));
            sum.dated.push(Dated {
                days: self.days_of(part.from, part.until),
                register: Some(register.register.clone()),
                counts,
                is_multiplied: is_multiplied && counts,
                is_refused_twice,
                volume: self.as_sold(
                    (part.meter, resource),
                    Some(part.method),
                    self.amount(volume, sum.unit)?,
                ),
            });
        }
        Ok(())
    }

    /// The days of the period that begin within an interval.
    pub(crate) fn days_of(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<NaiveDate> {
        let begins = |day: &NaiveDate| {
            let start = self.zone.start_of(*day);
            start.is_some_and(|start| from <= start && start < until)
        };
        days(self.period).filter(begins).collect()
    }

    fn add_register(
        &self,
        register: &Code,
        measure: &Measure,
        sum: &mut Sum,
    ) -> Result<(), SettlementError> {
        let amount = self.amount(measure, sum.unit)?;
        let known = sum.registers.entry(register.clone()).or_default();
        *known = &*known + amount;
        Ok(())
    }

    /// Whether the price of a calculated volume is multiplied (п. 60).
    fn multiplies(&self, method: ImputationMethod, reason: GapReason) -> bool {
        let rule = self
            .edition
            .norm_multiplied_after_average(reason, self.last_day());
        method == ImputationMethod::Norm && rule.is_ok_and(|rule| rule.value)
    }

    /// A measured amount in the unit of the service.
    pub(crate) fn amount(&self, measure: &Measure, unit: Unit) -> Result<Ratio, SettlementError> {
        in_unit(&Ratio::from(*measure), measure.unit(), unit).ok_or_else(|| self.too_large())
    }
}

/// Whether nothing is known because no meter stands there any more.
fn is_taken_away(volume: &Volume) -> bool {
    matches!(volume.reasons(), [Reason::NoMeter { .. }])
}

fn method_of(method: ImputationMethod) -> VolumeMethod {
    match method {
        ImputationMethod::Norm | ImputationMethod::ContractLoad => VolumeMethod::Norm,
        ImputationMethod::Average
        | ImputationMethod::DeviceTotals
        | ImputationMethod::Profile
        | ImputationMethod::Interpolation => VolumeMethod::Average,
    }
}

/// One method where all agree.
fn joined(methods: &[VolumeMethod]) -> VolumeMethod {
    match methods.split_first() {
        None => VolumeMethod::Meter,
        Some((first, rest)) if rest.iter().all(|method| method == first) => *first,
        Some(_) => VolumeMethod::Mixed,
    }
}
