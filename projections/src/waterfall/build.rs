//! From the points of a scope to its waterfall.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::bill::VolumeMethod;
use aggregates::building::event::{ScopeMember, Sign};
use aggregates::ids::PremisesId;
use aggregates::metering_point::event::PointKind;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::balance::{BalanceError, Origin, ScopeFact, Told};
use crate::calendar;
use crate::consumption::QueryError;
use crate::explanation::Explanation;
use crate::settlement::model::{HouseService, PremisesSettlement, Settlement, VOLUME_DECIMALS};
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Settling, rule_step};
use crate::settlement::units::{in_unit, shown_in};
use crate::settlement::{HouseBook, SettlementError, settle};
use crate::waterfall::causes::{Estimating, Finding, Seen, by_cause, unmetered};
use crate::waterfall::coverage::coverage;
use crate::waterfall::model::{
    Cause, CausePart, HouseWaterfall, Proposal, SplitOf, Step, Waterfall,
};

/// Decimals of an estimate: finer ones would pretend to be known.
const ESTIMATE_DECIMALS: u32 = 3;
/// Name of the scope that is the whole house.
const WHOLE_HOUSE: &str = "house";

/// A waterfall that cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaterfallError {
    /// The balance under it cannot be told.
    #[error(transparent)]
    Balance(#[from] BalanceError),
    /// The house cannot be settled.
    #[error(transparent)]
    Settlement(#[from] SettlementError),
    /// A sum leaves the range that can be kept.
    #[error("объёмы баланса за {0} не помещаются в 28 десятичных знаков")]
    TooLarge(Period),
}

impl From<QueryError> for WaterfallError {
    fn from(error: QueryError) -> Self {
        Self::Balance(error.into())
    }
}

/// The waterfalls of the house for a period, by the scopes in force on its last day.
///
/// The steps are facts on record. Causes are estimates, by the points' own readings before and
/// after, and what people have recorded; an estimate gives way to a recorded explanation of the
/// same cause.
///
/// # Errors
/// [`WaterfallError`] where the question has no answer: no scope, or a period before the rules
/// begin. An unknown volume is no error.
pub fn house_waterfall(
    book: &HouseBook,
    period: Period,
    resource: Resource,
) -> Result<HouseWaterfall, WaterfallError> {
    let edition = book.edition(period).map_err(SettlementError::from)?;
    let settlement = settle(book, period, &edition)?;
    let settling = Settling::new(book, period, &edition)?;
    let told = of_scopes(&settling, &settlement, resource)?;
    if told.is_empty() {
        return Err(BalanceError::NoScope { resource, period }.into());
    }
    Ok(HouseWaterfall {
        period,
        resource,
        position: book.position(),
        scopes: told,
        coverage: coverage(&settling, &settlement, resource)?,
    })
}

/// The waterfalls of a resource, one a scope in force on the last day of the period; none where
/// there is no scope.
pub(super) fn of_scopes(
    settling: &Settling<'_>,
    settlement: &Settlement,
    resource: Resource,
) -> Result<Vec<Waterfall>, WaterfallError> {
    let last_day = settling.period.last_day();
    let scopes = settling.book.balance.scopes_on(last_day, resource);
    let only = scopes.len() == 1;
    let mut told = Vec::with_capacity(scopes.len());
    for scope in &scopes {
        let whole = only || scope.name.as_str() == WHOLE_HOUSE;
        told.push(Weighing::new(settling, settlement, scope)?.waterfall(whole)?);
    }
    Ok(told)
}

/// One scope with the figures of its points.
struct Weighing<'s, 'b> {
    settling: &'s Settling<'b>,
    settlement: &'s Settlement,
    scope: &'s ScopeFact,
    unit: Unit,
    house: Vec<Told>,
    members: Vec<Told>,
}

impl<'s, 'b> Weighing<'s, 'b> {
    fn new(
        settling: &'s Settling<'b>,
        settlement: &'s Settlement,
        scope: &'s ScopeFact,
    ) -> Result<Self, WaterfallError> {
        let balance = &settling.book.balance;
        let tell = |side: &[ScopeMember]| {
            let told = side
                .iter()
                .map(|member| balance.tell(member, scope.resource, settling.period));
            told.collect::<Result<Vec<_>, _>>()
        };
        let (house, members) = (tell(&scope.house)?, tell(&scope.members)?);
        let known = house.iter().chain(&members);
        let unit = known
            .filter_map(|told| Some(told.volume().known()?.unit()))
            .next();
        Ok(Self {
            unit: unit.unwrap_or(crate::settlement::rates::unit_of(scope.resource)),
            settling,
            settlement,
            scope,
            house,
            members,
        })
    }

    fn waterfall(self, whole: bool) -> Result<Waterfall, WaterfallError> {
        let (came_in, mut steps) = self.came_in()?;
        self.take_members(&mut steps)?;
        let without = match whole {
            true => self.without_meter(),
            false => Vec::new(),
        };
        self.take_unmetered(&without, &mut steps)?;
        let steps: Vec<Step> = steps.into_values().collect();
        let consumed: Decimal = steps.iter().map(|step| step.volume.value()).sum();
        let common = came_in.map(|came_in| came_in - consumed);
        let norm = match whole {
            true => self.norm()?,
            false => None,
        };
        let excess = common.zip(norm).map(|(common, norm)| common - norm);
        let (split, total) = match (common, excess) {
            (Some(common), Some(excess)) if !common.is_sign_negative() => {
                (SplitOf::Excess, Some(excess.max(Decimal::ZERO)))
            }
            (common, _) => (SplitOf::Common, common),
        };
        let mut causes = match total {
            Some(total) if !total.is_zero() => self.causes(whole, &without)?,
            _ => Vec::new(),
        };
        let mut rest = total.map(|total| total - sum_of(&causes));
        if let Some(left) = rest.as_mut().filter(|left| !left.is_zero()) {
            let error = self.within_error(*left, &steps, came_in)?;
            *left -= error
                .iter()
                .map(|part| part.amount.value())
                .sum::<Decimal>();
            causes.extend(error);
        }
        causes.sort_by(|one, other| one.cause.cmp(&other.cause));
        let proposals = match whole {
            true => self.proposals(total, rest, &causes),
            false => Vec::new(),
        };
        Ok(Waterfall {
            scope: self.scope.name.clone(),
            unit: self.unit,
            came_in: came_in.map(|value| self.measure(value)),
            steps,
            common: common.map(|value| self.measure(value)),
            norm: norm.map(|value| self.measure(value)),
            excess: excess.map(|value| self.measure(value)),
            split,
            causes,
            unexplained: rest.map(|value| self.measure(value)),
            proposals,
        })
    }

    fn measure(&self, value: Decimal) -> Measure {
        Measure::new(value, self.unit)
    }

    fn stored(&self, value: &Ratio, decimals: u32) -> Result<Decimal, WaterfallError> {
        let period = self.settling.period;
        value
            .half_up(decimals)
            .map_err(|_| WaterfallError::TooLarge(period))
    }

    /// A known volume in the scope's unit.
    fn value_of(&self, told: &Told) -> Result<Option<Decimal>, WaterfallError> {
        let Some(known) = told.volume().known() else {
            return Ok(None);
        };
        let value = in_unit(&Ratio::from(*known), known.unit(), self.unit);
        let value = value.ok_or(WaterfallError::TooLarge(self.settling.period))?;
        self.stored(&value, VOLUME_DECIMALS).map(Some)
    }

    /// What came in by the inputs, and what passes through beside them as steps.
    fn came_in(&self) -> Result<(Option<Decimal>, BTreeMap<Origin, Step>), WaterfallError> {
        let mut came_in = self
            .house
            .iter()
            .any(|told| told.sign == Sign::Plus)
            .then_some(Decimal::ZERO);
        let mut steps = BTreeMap::new();
        for told in &self.house {
            let value = self.value_of(told)?;
            match told.sign {
                Sign::Plus => came_in = came_in.zip(value).map(|(sum, value)| sum + value),
                Sign::Minus => {
                    let origin = match told.name.kind {
                        Some(PointKind::Transit) => Origin::Transit,
                        _ => Origin::SubConsumer,
                    };
                    if let Some(value) = value {
                        self.step(&mut steps, origin, value);
                    }
                }
            }
        }
        Ok((came_in, steps))
    }

    fn step(&self, steps: &mut BTreeMap<Origin, Step>, origin: Origin, value: Decimal) {
        let step = steps.entry(origin).or_insert_with(|| Step {
            origin,
            volume: self.measure(Decimal::ZERO),
            points: 0,
        });
        step.volume = self.measure(step.volume.value() + value);
        step.points += 1;
    }

    /// Steps of the points inside: their parts, as the balance names their origins.
    fn take_members(&self, steps: &mut BTreeMap<Origin, Step>) -> Result<(), WaterfallError> {
        let parts = self.settling.book.balance.origins(
            &self.members,
            Some(self.unit),
            self.settling.period,
        );
        let too_large = WaterfallError::TooLarge(self.settling.period);
        for part in parts.map_err(|_| too_large)? {
            let step = steps.entry(part.origin).or_insert_with(|| Step {
                origin: part.origin,
                volume: self.measure(Decimal::ZERO),
                points: 0,
            });
            step.volume = self.measure(step.volume.value() + part.volume.value());
            step.points += part.points;
        }
        Ok(())
    }

    fn service(&self) -> Option<&'s HouseService> {
        self.settlement.service(self.scope.resource)
    }

    /// Dwellings that are charged by the norm and have no point in the scope.
    fn without_meter(&self) -> Vec<&'s PremisesSettlement> {
        let metered: BTreeSet<PremisesId> = self
            .members
            .iter()
            .filter_map(|told| told.figure.as_ref().ok()?.premises)
            .collect();
        let premises = self.service().map(|service| service.premises.as_slice());
        let premises = premises.unwrap_or_default().iter();
        premises
            .filter(|one| one.method == Some(VolumeMethod::Norm))
            .filter(|one| !metered.contains(&one.premises))
            .collect()
    }

    fn take_unmetered(
        &self,
        without: &[&PremisesSettlement],
        steps: &mut BTreeMap<Origin, Step>,
    ) -> Result<(), WaterfallError> {
        for one in without {
            let Some(volume) = &one.volume else {
                continue;
            };
            let value = in_unit(&volume.value, volume.unit, self.unit);
            let value = value.ok_or(WaterfallError::TooLarge(self.settling.period))?;
            let value = self.stored(&value, VOLUME_DECIMALS)?;
            self.step(steps, Origin::WithoutMeter, value);
        }
        Ok(())
    }

    /// N_ои · S_ои in the scope's unit.
    fn norm(&self) -> Result<Option<Decimal>, WaterfallError> {
        let Some(norm) = self.settling.common_norm(self.scope.resource) else {
            return Ok(None);
        };
        let unit = crate::settlement::rates::unit_of(self.scope.resource);
        let value = in_unit(&norm.volume, unit, self.unit);
        let value = value.ok_or(WaterfallError::TooLarge(self.settling.period))?;
        self.stored(&value, VOLUME_DECIMALS).map(Some)
    }

    /// Estimates by cause; what people have recorded stands in their place.
    fn causes(
        &self,
        whole: bool,
        without: &[&PremisesSettlement],
    ) -> Result<Vec<CausePart>, WaterfallError> {
        let mut recorded = match whole {
            true => self.recorded(),
            false => BTreeMap::new(),
        };
        let mut causes = Vec::new();
        for (cause, findings) in by_cause(self.findings(without)?) {
            if recorded.contains_key(cause.code()) {
                continue;
            }
            let sum: Ratio = findings.iter().map(|finding| &finding.amount).sum();
            let amount = self.measure(self.stored(&sum, ESTIMATE_DECIMALS)?);
            let text = format!("{}: оценка", cause.title_ru());
            let evidence = findings.iter().filter_map(|finding| finding.evidence);
            let evidence: Vec<_> = evidence.collect();
            causes.push(CausePart {
                amount,
                recorded: false,
                points: findings.len(),
                because: Explanation::new("waterfall.cause", text)
                    .formula(shown_in(&sum, self.unit))
                    .value(Some(amount))
                    .events(evidence)
                    .parts(findings.into_iter().map(|finding| finding.step)),
                cause,
            });
        }
        causes.extend(std::mem::take(&mut recorded).into_values());
        Ok(causes)
    }

    fn findings(&self, without: &[&PremisesSettlement]) -> Result<Vec<Finding>, WaterfallError> {
        let estimating = Estimating {
            settling: self.settling,
            settlement: self.settlement,
            unit: self.unit,
            span: self.span()?,
        };
        let mut findings = Vec::new();
        // What passes by on the house's side has its minus there: what was used of it beyond what
        // is counted has not come in.
        let through = self.house.iter().filter(|told| told.sign == Sign::Minus);
        let through = through.map(|told| (told, Sign::Plus));
        let members = self.members.iter().map(|told| (told, told.sign));
        for (told, sign) in through.chain(members) {
            let Ok(figure) = &told.figure else {
                continue;
            };
            let seen = Seen {
                name: told.name.clone(),
                sign,
                figure,
            };
            findings.extend(estimating.of_point(&seen)?);
        }
        if let Some(service) = self.service() {
            findings.extend(unmetered(self.settling, service, without));
        }
        Ok(findings)
    }

    /// What the readings of the house meter lie between; the calendar month where it was not read.
    fn span(&self) -> Result<(DateTime<Utc>, DateTime<Utc>), WaterfallError> {
        let inputs = self.house.iter().filter(|told| told.sign == Sign::Plus);
        let mut read = inputs.filter_map(|told| told.figure.as_ref().ok()?.interval);
        if let Some(interval) = read.next() {
            return Ok((interval.from, interval.until));
        }
        let bounds = calendar::bounds(self.settling.period, self.settling.zone);
        Ok(bounds.map_err(SettlementError::from)?)
    }

    /// Explanations on record, by code.
    fn recorded(&self) -> BTreeMap<String, CausePart> {
        let mut found: BTreeMap<String, CausePart> = BTreeMap::new();
        let of_scope = self.settling.book.house.explanations.iter().filter(|fact| {
            fact.value.period == self.settling.period && fact.value.resource == self.scope.resource
        });
        for fact in of_scope {
            let amount = in_unit(
                &Ratio::from(fact.value.amount),
                fact.value.amount.unit(),
                self.unit,
            );
            let amount = amount.and_then(|amount| amount.half_up(VOLUME_DECIMALS).ok());
            let Some(amount) = amount else {
                continue;
            };
            let cause = cause_of(&fact.value.cause);
            let text = format!("{}: записанное объяснение", cause.title_ru());
            let part = found
                .entry(fact.value.cause.as_str().to_owned())
                .or_insert_with(|| CausePart {
                    cause,
                    amount: self.measure(Decimal::ZERO),
                    recorded: true,
                    points: 0,
                    because: Explanation::new("waterfall.recorded", text),
                });
            part.amount = self.measure(part.amount.value() + amount);
            part.because.events.push(fact.event);
            part.because.value = Some(part.amount);
        }
        found
    }

    /// What of the rest lies within the limits of permissible error.
    fn within_error(
        &self,
        left: Decimal,
        steps: &[Step],
        came_in: Option<Decimal>,
    ) -> Result<Option<CausePart>, WaterfallError> {
        let last_day = self.settling.last_day();
        let rule = self
            .settling
            .edition
            .metering_error(self.scope.resource, last_day);
        let (Ok(rule), Some(came_in)) = (rule, came_in) else {
            return Ok(None);
        };
        let by_meter = steps.iter().filter(|step| {
            !matches!(
                step.origin,
                Origin::Average | Origin::Norm | Origin::WithoutMeter | Origin::Calculated
            )
        });
        let measured: Decimal = by_meter.map(|step| step.volume.value().abs()).sum();
        let measured = came_in.abs() + measured;
        let band = Ratio::from(measured) * Ratio::from(rule.value);
        let band = band.checked_div(&Ratio::from(100_u32));
        let band = band.map_err(|_| WaterfallError::TooLarge(self.settling.period))?;
        let band = self.stored(&band, ESTIMATE_DECIMALS)?;
        let amount = self.measure(left.clamp(-band, band));
        let text = format!(
            "предел допускаемой погрешности {} % от {} по приборам: ±{}",
            crate::text::number(rule.value),
            crate::text::rounded(&self.measure(measured)),
            crate::text::rounded(&self.measure(band))
        );
        Ok(Some(CausePart {
            cause: Cause::MeteringError,
            amount,
            recorded: false,
            points: self.house.len() + self.members.len(),
            because: Explanation::new("waterfall.metering_error", text)
                .value(Some(amount))
                .parts([rule_step("погрешность приборов", &rule)]),
        }))
    }

    /// Estimates that go in the direction of the imbalance, and the house meter where it is at
    /// fault itself: a person may accept them as they stand.
    fn proposals(
        &self,
        total: Option<Decimal>,
        rest: Option<Decimal>,
        causes: &[CausePart],
    ) -> Vec<Proposal> {
        let Some(total) = total.filter(|total| !total.is_zero()) else {
            return Vec::new();
        };
        let same_way = |amount: Decimal| {
            !amount.is_zero() && amount.is_sign_negative() == total.is_sign_negative()
        };
        let estimates = causes.iter().filter(|part| {
            !part.recorded && part.cause != Cause::MeteringError && same_way(part.amount.value())
        });
        let mut proposals = Vec::new();
        for part in estimates {
            proposals.extend(proposal(&part.cause, part.amount, &part.because));
        }
        let is_recorded = causes.iter().any(|part| part.cause == Cause::HouseMeter);
        if let Some(rest) = rest.filter(|rest| same_way(*rest) && !is_recorded)
            && let Some(because) = self.house_meter_fault()
        {
            proposals.extend(proposal(&Cause::HouseMeter, self.measure(rest), &because));
        }
        proposals
    }

    /// Why the house meter itself is not to be trusted on the last day.
    fn house_meter_fault(&self) -> Option<Explanation> {
        let day = self.settling.last_day();
        let inputs = self.house.iter().filter(|told| told.sign == Sign::Plus);
        let meters = inputs.filter_map(|told| {
            let consumption = &self.settling.book.balance.consumption;
            let stays = consumption.stays.get(&told.name.point)?;
            Some(stays.last()?.0)
        });
        let lives = meters.filter_map(|meter| self.settling.book.meters.get(&meter));
        let mut faults = lives.filter_map(|life| {
            let outage = life.outage_on(day, self.settling.zone);
            outage
                .map(|outage| outage.since.event)
                .or_else(|| life.expired_on(day))
        });
        let event = faults.next()?;
        Some(
            Explanation::new("waterfall.house_meter", Cause::HouseMeter.title_ru()).events([event]),
        )
    }
}

fn sum_of(causes: &[CausePart]) -> Decimal {
    causes.iter().map(|part| part.amount.value()).sum()
}

fn proposal(cause: &Cause, amount: Measure, because: &Explanation) -> Option<Proposal> {
    Some(Proposal {
        cause: Code::new(cause.code()).ok()?,
        title: cause.title_ru(),
        amount,
        evidence: because
            .events
            .iter()
            .map(crate::recorded::EventAt::event_id)
            .collect(),
    })
}

/// The cause that a recorded code names.
fn cause_of(code: &Code) -> Cause {
    let known = [
        Cause::NotSent,
        Cause::Average,
        Cause::VerificationExpired,
        Cause::Unmetered,
        Cause::NotSimultaneous,
        Cause::Transit,
        Cause::HouseMeter,
        Cause::MeteringError,
    ];
    let named = known
        .into_iter()
        .find(|cause| cause.code() == code.as_str());
    named.unwrap_or_else(|| Cause::Recorded(code.clone()))
}
