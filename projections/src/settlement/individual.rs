//! What premises consumed themselves: by meters, by what stands in their place, or by the norm.

use std::collections::BTreeMap;

use aggregates::account::bill::VolumeMethod;
use aggregates::ids::{MeteringPointId, PremisesId};
use aggregates::meter::reading::ImputationMethod;
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Code;
use aggregates::vocabulary::Resource;

use crate::calendar;
use crate::consumption::{MeterFacts, PointConsumption, Stay, VolumePart};
use crate::explanation::{Explained, Explanation};
use crate::recorded::EventAt;
use crate::rules::GapReason;
use crate::settlement::facts::PremisesFacts;
use crate::settlement::gaps::{Filling, GapOf};
use crate::settlement::model::{FilledGap, ProblemKind, SettlementError, Severity};
use crate::settlement::rates::unit_of;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling};
use crate::settlement::units::{in_unit, shown_in};
use crate::text;
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

/// A point of premises with the meter that stands there in the period.
#[derive(Clone, Copy)]
struct Standing<'a> {
    point: MeteringPointId,
    meter: &'a MeterFacts,
    stay: &'a Stay,
}

/// Volumes of the points of premises on their way to a sum.
struct Sum {
    unit: Unit,
    volume: Ratio,
    registers: BTreeMap<Code, Ratio>,
    multiplied: Ratio,
    methods: Vec<VolumeMethod>,
    parts: Vec<Explanation>,
}

impl<'a> Settling<'a> {
    /// The own consumption of premises.
    pub(crate) fn individual(
        &mut self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
    ) -> Result<Own, SettlementError> {
        let standing = self.standing(id, resource)?;
        match standing.is_empty() {
            true => Ok(self.without_meter(id, premises, resource)),
            false => self.by_meters(id, premises, resource, &standing),
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
        let mut standing = Vec::new();
        for point in points.into_iter().flatten() {
            let counts = consumption.points.get(point).is_some_and(|facts| {
                let kind = matches!(facts.kind, PointKind::Individual | PointKind::CommunalFlat);
                kind && facts
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
            let here = found.filter(|(_, stay)| {
                let gone = stay
                    .removal
                    .as_ref()
                    .is_some_and(|removal| removal.at <= start);
                stay.from < end && !gone
            });
            let last = here.max_by_key(|(_, stay)| (stay.from, stay.installed.position));
            standing.extend(last.map(|(meter, stay)| Standing {
                point: *point,
                meter,
                stay,
            }));
        }
        Ok(standing)
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
        let Some(norm) = self.norm_or_flag(id, premises, resource) else {
            return Own::Unknown;
        };
        let exempt = self.exempt(premises, resource);
        Own::Known(Box::new(Individual {
            multiplied: match exempt {
                Some(_) => Ratio::zero(),
                None => norm.volume.clone(),
            },
            exempt,
            volume: norm.volume,
            unit: norm.unit,
            method: VolumeMethod::Norm,
            registers: BTreeMap::new(),
            is_metered: false,
            because: norm.because,
        }))
    }

    fn by_meters(
        &mut self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
        standing: &[Standing<'a>],
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
            methods: Vec::new(),
            parts: Vec::new(),
        };
        let meters = u32::try_from(standing.len()).unwrap_or(u32::MAX);
        let mut is_known = true;
        for at in standing {
            let of = GapOf {
                premises: id,
                facts: premises,
                point: at.point,
                resource,
                meter: at.meter,
                stay: at.stay,
                meters,
            };
            let told = self
                .book
                .balance
                .consumption
                .of_point(at.point, self.period)?;
            is_known &= self.take_point(of, told, place, &mut sum)?;
        }
        if !is_known {
            return Ok(Own::Unknown);
        }
        let mut exempt = None;
        if let Some(bare) = self.unmetered_days(id, premises, resource)? {
            let volume = in_unit(&bare.volume, bare.unit, sum.unit);
            let volume = volume.ok_or_else(|| self.too_large())?;
            exempt = self.exempt(premises, resource);
            if exempt.is_none() {
                sum.multiplied = &sum.multiplied + &volume;
            }
            sum.volume = &sum.volume + volume;
            sum.methods.push(VolumeMethod::Norm);
            sum.parts.push(bare.because);
        }
        Ok(Own::Known(Box::new(Individual {
            because: Explanation::new("settlement.individual", "собственное потребление")
                .formula(shown_in(&sum.volume, sum.unit))
                .parts(sum.parts),
            method: joined(&sum.methods),
            volume: sum.volume,
            unit: sum.unit,
            registers: sum.registers,
            multiplied: sum.multiplied,
            exempt,
            is_metered: true,
        })))
    }

    /// Adds one point; whether its volume is known.
    fn take_point(
        &mut self,
        of: GapOf<'a>,
        told: Explained<PointConsumption>,
        place: Place<'_>,
        sum: &mut Sum,
    ) -> Result<bool, SettlementError> {
        let figure = &told.value;
        let filling = match &figure.volume {
            Volume::Known { .. } => self.beside_reading(of, figure, place)?,
            unread if unread.is_only_unread() => self.fill(of, false)?,
            Volume::Unknown { reasons, .. } => {
                let events = told.because.all_events();
                self.unknown_by_meter(of, reasons, place, events);
                return Ok(false);
            }
        };
        let Filling::Filled(gaps) = filling else {
            let text = "показаний нет, а ни среднего, ни норматива для этого помещения нет: \
                        внесите показание";
            self.flag(ProblemKind::VolumeUnknown, place, text, Vec::new());
            return Ok(false);
        };
        self.add_told(of, figure, sum)?;
        let mut because = told.because;
        for gap in gaps {
            self.add_gap(of, &gap, sum)?;
            because = because.parts([gap.because.clone()]);
            self.gaps.push(gap);
        }
        sum.parts.push(because);
        Ok(true)
    }

    /// Notes that the records of a meter contradict each other or lack something. Closing waits for
    /// them where the volume would be charged here: a bill without it would be wrong.
    fn unknown_by_meter(
        &mut self,
        of: GapOf<'_>,
        reasons: &[Reason],
        place: Place<'_>,
        events: Vec<EventAt>,
    ) {
        let text = format!(
            "объём неизвестен: {}. {}",
            text::reasons(reasons, self.zone),
            remedy(reasons)
        );
        let severity = match self.is_charged_here(of) {
            true => Severity::Blocking,
            false => Severity::Flag,
        };
        self.note(severity, ProblemKind::VolumeUnknown, place, text, events);
    }

    /// Whether the house's own bill charges these premises for the resource, or for the sewage that
    /// its volume makes up, so that a price depends on it.
    fn is_charged_here(&self, of: GapOf<'_>) -> bool {
        let day = self.last_day();
        let bills = |resource: Resource| {
            let arrangement = self.book.house.arrangement_on(resource, day);
            let here = arrangement.is_some_and(|arrangement| {
                let biller = arrangement.value.biller;
                self.book.house.bills_here(biller, resource, day)
            });
            let separate = of.facts.separate.get(&resource);
            here && separate.and_then(|rows| rows.on(day)).is_none()
        };
        let is_water = matches!(of.resource, Resource::ColdWater | Resource::HotWater);
        bills(of.resource) || is_water && bills(Resource::Sewage)
    }

    /// Beside a reading only days on which the meter is out of order after it are calculated.
    fn beside_reading(
        &mut self,
        of: GapOf<'a>,
        figure: &PointConsumption,
        place: Place<'_>,
    ) -> Result<Filling, SettlementError> {
        let nothing = Filling::Filled(Vec::new());
        let Some(read_at) = figure.interval.map(|interval| interval.until) else {
            return Ok(nothing);
        };
        let life = self.book.meters.get(&of.meter.id);
        let (start, end) = calendar::bounds(self.period, self.zone)?;
        let failures = life.into_iter().flat_map(|life| &life.failures);
        let mut within = failures.filter(|outage| {
            outage.since.value < end && outage.until.is_none_or(|until| start < until)
        });
        if let Some(since) = within.next().map(|outage| outage.since) {
            if read_at <= since.value {
                return self.fill(of, true);
            }
            let text = format!(
                "прибор № {} неисправен, а показание от {} учтено: проверьте, не отозвать ли его",
                of.meter.serial,
                text::local_day(read_at, self.zone)
            );
            self.flag(
                ProblemKind::VerificationEnded,
                place,
                text,
                vec![since.event],
            );
            return Ok(nothing);
        }
        let day = self.zone.local_date(read_at);
        let counts = self
            .edition
            .verification_expiry_counts(of.resource, self.last_day());
        let expired = life.and_then(|life| life.expired_on(day));
        if let Some(event) = expired.filter(|_| counts.is_ok_and(|counts| counts.value)) {
            let text = format!(
                "срок поверки прибора № {} истёк, а его показание учтено: запишите поверку или \
                 неисправность (ПП 354 п. 81(12))",
                of.meter.serial
            );
            self.flag(ProblemKind::VerificationEnded, place, text, vec![event]);
        }
        Ok(nothing)
    }

    fn add_told(
        &self,
        of: GapOf<'_>,
        figure: &PointConsumption,
        sum: &mut Sum,
    ) -> Result<(), SettlementError> {
        let known = match &figure.volume {
            Volume::Known { value } => Some(value),
            Volume::Unknown { known_part, .. } => known_part.as_ref(),
        };
        if let Some(known) = known {
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
                VolumePart::Metered(_) => sum.methods.push(VolumeMethod::Meter),
                VolumePart::TrueUp(_) => {}
                VolumePart::Calculated(part) => {
                    sum.methods.push(method_of(part.method));
                    let day = self.zone.local_date(part.from);
                    let (reason, _) = self.gap_reason(of.meter, of.resource, day);
                    let volume = part.volume.known();
                    if let Some(volume) = volume.filter(|_| self.multiplies(part.method, reason)) {
                        let raised = self.amount(volume, sum.unit)?;
                        sum.multiplied = &sum.multiplied + raised;
                    }
                }
            }
        }
        Ok(())
    }

    fn add_gap(
        &self,
        of: GapOf<'_>,
        gap: &FilledGap,
        sum: &mut Sum,
    ) -> Result<(), SettlementError> {
        sum.methods.push(method_of(gap.method));
        for volume in &gap.volumes {
            self.add_register(&volume.register, &volume.value, sum)?;
            let counts = of
                .meter
                .counting
                .iter()
                .any(|index| of.meter.registers[*index].name == volume.register);
            if !counts {
                continue;
            }
            let amount = self.amount(&volume.value, sum.unit)?;
            if self.multiplies(gap.method, gap.reason) {
                sum.multiplied = &sum.multiplied + &amount;
            }
            sum.volume = &sum.volume + amount;
        }
        Ok(())
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

/// How to mend records that leave a volume unknown.
fn remedy(reasons: &[Reason]) -> &'static str {
    match reasons.first() {
        Some(Reason::FinalReadingUnknown { .. }) => {
            "Отзовите показание нового прибора за этот период: объём рассчитают по среднему или \
             нормативу"
        }
        Some(Reason::RemovalNotRecorded { .. }) => "Запишите снятие прежнего прибора с показанием",
        Some(Reason::NegativeDifference { .. }) => {
            "Исправьте или отзовите неверное показание, либо подтвердите переход через ноль"
        }
        Some(Reason::RegisterMissing { .. }) => {
            "Исправьте показание: дайте значения всех шкал прибора"
        }
        _ => "Исправьте записи прибора",
    }
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
