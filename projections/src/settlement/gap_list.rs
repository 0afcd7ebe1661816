//! The gaps of a period with every method there is for each: the estimation ladder.
//!
//! What a method costs is told by the same settlement with the method tried out, never by an
//! arithmetic of its own.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::bill::ChargePart;
use aggregates::building::event::GapPolicy;
use aggregates::ids::{MeterId, PremisesId};
use aggregates::meter::reading::{ImputationMethod, RegisterValue};
use aggregates::quantity::{Measure, Money};
use aggregates::text::Label;
use aggregates::time::{Interval, Period, ZoneName};
use aggregates::vocabulary::Resource;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::consumption::MeterFacts;
use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::rules::GapReason;
use crate::settlement::fold::HouseBook;
use crate::settlement::gap_choice::Trial;
use crate::settlement::model::{FilledGap, Problem, ProblemKind, Settlement, SettlementError};
use crate::settlement::ratio::Ratio;
use crate::settlement::settle::settle_trying;

/// The gaps of a period. Field names are part of the JSON output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GapList {
    /// The period.
    pub period: Period,
    /// Position of the book.
    pub position: u64,
    /// By whose clock the days are.
    pub zone: ZoneName,
    /// Who accepts how they are filled.
    pub policy: GapPolicy,
    /// By premises and meter.
    pub gaps: Vec<Gap>,
    /// What nothing fills: neither an average nor a norm is there. Each says what that leads to, or
    /// how to mend it.
    pub unfilled: Vec<Problem>,
}

/// One missing interval of one meter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// The device.
    pub meter: MeterId,
    /// Its serial number.
    pub serial: Label,
    /// Number of its premises; absent for a house meter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub premises: Option<Label>,
    /// Of what.
    pub resource: Resource,
    /// Which time is missing.
    pub interval: Interval,
    /// Why; absent of a volume on record whose closing does not tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<GapReason>,
    /// Which calculated period in a row this is, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    /// The method that is taken as things stand.
    pub method: ImputationMethod,
    /// Its clause.
    pub clause: Label,
    /// What it gives, one a register.
    pub volumes: Vec<RegisterValue>,
    /// How the gap stands.
    pub state: GapState,
    /// Every method in its order.
    pub ladder: Vec<Rung>,
    /// The events that the volume was calculated from.
    pub inputs: Vec<EventAt>,
    /// How.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Explanation>,
}

/// How a gap stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum GapState {
    /// The policy accepts what the law has by itself.
    ByPolicy,
    /// A person is asked, and nobody has decided.
    Undecided,
    /// Somebody decided.
    Decided {
        /// By this event.
        by: EventAt,
    },
    /// Somebody decided, and the proposal has moved since.
    Stale {
        /// By this event.
        by: EventAt,
    },
    /// Its volume is on record.
    Recorded {
        /// By this event.
        by: EventAt,
    },
    /// Its volume was on record and a real value came.
    Superseded {
        /// The volume.
        by: EventAt,
        /// The value that came.
        with: EventAt,
    },
}

/// A method for a gap.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rung {
    /// Which.
    pub method: ImputationMethod,
    /// Whether it is what the law has by itself.
    pub is_default: bool,
    /// Whether it may be chosen.
    pub is_allowed: bool,
    /// The clause, or why it may not be chosen, in Russian.
    pub why: String,
    /// What it gives; absent where it gives nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<RegisterValue>,
    /// What the premises would be charged for their own consumption of the resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charged: Option<Money>,
    /// How much more than by the law's own method for own consumption of all services of the
    /// premises: sewage and the heat in hot water follow the water. Other gaps stay as they are.
    /// Absent for a house meter: what it costs is the common part of every premises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Money>,
}

/// The gaps of `period` as the book stands: what a closing would fill, and what closings have
/// filled.
///
/// # Errors
/// [`SettlementError`] where the period cannot be settled.
pub fn gaps(book: &HouseBook, period: Period) -> Result<GapList, SettlementError> {
    let edition = book.edition(period)?;
    let now = settle_trying(book, period, &edition, None)?;
    let mut found = Vec::new();
    for meters in waves(&now.gaps) {
        let tried = |method| {
            let meters = meters.clone();
            let trial = Trial { meters, method };
            settle_trying(book, period, &edition, Some(&trial))
        };
        let law = tried(ImputationMethod::Average)?;
        let norm = tried(ImputationMethod::Norm)?;
        for gap in now.gaps.iter().filter(|gap| meters.contains(&gap.meter)) {
            let ladder = ladder(book, gap, (&law, &norm))?;
            found.push(open(book, (&now.gaps, gap), ladder));
        }
    }
    found.extend(recorded(book, period)?);
    found.sort_by_cached_key(|gap| {
        let premises = gap.premises.as_ref().map(Label::as_str);
        (
            crate::text::natural(premises.unwrap_or_default()),
            gap.resource,
            gap.serial.clone(),
            gap.interval.from(),
        )
    });
    Ok(GapList {
        period,
        position: book.position(),
        zone: book.zone().ok_or(SettlementError::BuildingNotRegistered)?,
        policy: book.gap_policy(period),
        gaps: found,
        unfilled: now.problems.into_iter().filter(is_unfilled).collect(),
    })
}

impl GapList {
    /// Tells of each volume on record why it was calculated and what else there was: as `before`
    /// told it, the list of the period where its closing was computed.
    pub fn recall(&mut self, before: &Self) {
        for gap in self.gaps.iter_mut().filter(|gap| gap.is_recorded()) {
            let is_same = |known: &&Gap| {
                known.meter == gap.meter && known.interval == gap.interval && !known.is_recorded()
            };
            let Some(known) = before.gaps.iter().find(is_same) else {
                continue;
            };
            gap.reason = known.reason;
            gap.run = known.run;
            gap.ladder.clone_from(&known.ladder);
            gap.because.clone_from(&known.because);
            gap.inputs.extend(&known.inputs);
        }
    }
}

impl Gap {
    /// Whether its volume is on record: there is nothing to decide.
    pub fn is_recorded(&self) -> bool {
        matches!(
            self.state,
            GapState::Recorded { .. } | GapState::Superseded { .. }
        )
    }
}

/// Whether a problem is that neither an average nor a norm fills what is missing of a meter.
fn is_unfilled(problem: &Problem) -> bool {
    matches!(
        problem.kind,
        ProblemKind::HouseMeterUnfilled | ProblemKind::VolumeUnknown
    )
}

/// The meters with gaps, parted so that no part has two of one flat, or two of the house. What a
/// method costs one flat is so told by two settlements a part, not two a gap, while other gaps of
/// the flat stay as they are.
fn waves(gaps: &[FilledGap]) -> Vec<BTreeSet<MeterId>> {
    let mut places: BTreeMap<Option<PremisesId>, BTreeSet<MeterId>> = BTreeMap::new();
    for gap in gaps {
        places.entry(gap.premises).or_default().insert(gap.meter);
    }
    let longest = places.values().map(BTreeSet::len).max().unwrap_or(0);
    let wave = |place: usize| {
        let meters = places
            .values()
            .filter_map(|meters| meters.iter().nth(place));
        meters.copied().collect()
    };
    (0..longest).map(wave).collect()
}

fn open(book: &HouseBook, (all, gap): (&[FilledGap], &FilledGap), ladder: Vec<Rung>) -> Gap {
    let of_meter = all.iter().filter(|other| other.meter == gap.meter);
    let decided = book.gap_decision(gap.meter, gap.period);
    let state = match (decided, book.gap_policy(gap.period)) {
        (Some(fact), _) if fact.value.is_of(of_meter) => GapState::Decided { by: fact.event },
        (Some(fact), _) => GapState::Stale { by: fact.event },
        (None, GapPolicy::ByLaw) => GapState::ByPolicy,
        (None, GapPolicy::ByPerson) => GapState::Undecided,
    };
    Gap {
        meter: gap.meter,
        serial: gap.serial.clone(),
        premises: number(book, gap.premises),
        resource: gap.resource,
        interval: gap.interval,
        reason: Some(gap.reason),
        run: Some(gap.run),
        method: gap.method,
        clause: gap.clause.clone(),
        volumes: gap.volumes.clone(),
        state,
        ladder,
        inputs: gap.inputs.clone(),
        because: Some(gap.because.clone()),
    }
}

fn number(book: &HouseBook, premises: Option<PremisesId>) -> Option<Label> {
    let premises = book.premises.get(&premises?)?;
    Some(premises.number.clone())
}

/// All methods in the order of the estimation ladder.
fn ladder(
    book: &HouseBook,
    gap: &FilledGap,
    (law, norm): (&Settlement, &Settlement),
) -> Result<Vec<Rung>, SettlementError> {
    let by_law = same(law, gap);
    let by_norm = same(norm, gap);
    let default = by_law.map(|gap| gap.method);
    let base = own_charges(law, gap, |_| true)?;
    let told = |method, found: Option<&FilledGap>, of: &Settlement, missing: &str| {
        let found = found.filter(|found| found.method == method);
        let charged = own_charges(of, gap, |one| one == gap.resource)?.filter(|_| found.is_some());
        let own = own_charges(of, gap, |_| true)?;
        let effect = own
            .filter(|_| found.is_some())
            .zip(base)
            .map(|(charged, base)| charged.checked_sub(base));
        let effect = effect
            .transpose()
            .map_err(|_| SettlementError::TooLarge { period: gap.period })?;
        Ok::<_, SettlementError>(Rung {
            method,
            is_default: default == Some(method),
            is_allowed: found.is_some(),
            why: found.map_or_else(|| missing.to_owned(), |found| found.clause.to_string()),
            volumes: found.map(|found| found.volumes.clone()).unwrap_or_default(),
            charged,
            effect,
        })
    };
    let later = later_reading(book, gap);
    let interpolation = match later {
        Some(_) => "показание после пробела есть: им объём уточнится при закрытии его месяца",
        None => "показания после пробела ещё нет",
    };
    let no_average = by_law.map_or("", |found| found.clause.as_str());
    let no_average = format!("среднего нет: {no_average}");
    Ok(vec![
        unavailable(
            ImputationMethod::DeviceTotals,
            "архив прибора за эти дни не поступал",
        ),
        unavailable(
            ImputationMethod::Profile,
            "почасового архива за эти дни нет",
        ),
        unavailable(ImputationMethod::Interpolation, interpolation),
        told(ImputationMethod::Average, by_law, law, &no_average)?,
        told(
            ImputationMethod::Norm,
            by_norm,
            norm,
            "норматива для этого помещения нет",
        )?,
        told(
            ImputationMethod::ContractLoad,
            by_law,
            law,
            "договорной нагрузки у этой точки нет",
        )?,
    ])
}

fn unavailable(method: ImputationMethod, why: &str) -> Rung {
    Rung {
        method,
        is_default: false,
        is_allowed: false,
        why: why.to_owned(),
        volumes: Vec::new(),
        charged: None,
        effect: None,
    }
}

/// The gap of the same days in another settlement.
fn same<'s>(settlement: &'s Settlement, gap: &FilledGap) -> Option<&'s FilledGap> {
    let mut gaps = settlement.gaps.iter();
    gaps.find(|other| other.meter == gap.meter && other.interval == gap.interval)
}

/// What the premises are charged for their own consumption of some resources, rounded once; `None`
/// for a meter of the house, and where nothing is charged.
fn own_charges(
    settlement: &Settlement,
    gap: &FilledGap,
    is_asked: impl Fn(Resource) -> bool,
) -> Result<Option<Money>, SettlementError> {
    let services = settlement.services.iter();
    let premises = services
        .filter(|service| is_asked(service.resource))
        .flat_map(|service| &service.premises)
        .filter(|one| Some(one.premises) == gap.premises);
    let own: Vec<Ratio> = premises
        .flat_map(|one| &one.charges)
        .filter(|charge| {
            matches!(
                charge.key.part,
                ChargePart::Individual | ChargePart::MultiplierExcess
            )
        })
        .map(|charge| charge.amount.clone())
        .collect();
    if own.is_empty() {
        return Ok(None);
    }
    let sum: Ratio = own.into_iter().sum();
    let period = gap.period;
    let money = sum.kopecks_half_up();
    money
        .map(Some)
        .map_err(|_| SettlementError::TooLarge { period })
}

/// A reading of the meter after the gap.
fn later_reading(book: &HouseBook, gap: &FilledGap) -> Option<EventAt> {
    let meter = book.balance.consumption.meter(gap.meter.0)?;
    let mut readings = meter.readings.iter().filter(|reading| !reading.withdrawn);
    let after = readings.find(|reading| gap.interval.until() <= reading.taken_at)?;
    Some(meter.event(after.place))
}

/// What closings have filled in the period.
fn recorded(book: &HouseBook, period: Period) -> Result<Vec<Gap>, SettlementError> {
    let consumption = &book.balance.consumption;
    let mut found = Vec::new();
    for (point, stays) in &consumption.stays {
        let Some(facts) = consumption.points.get(point) else {
            continue;
        };
        let mut meters: Vec<_> = stays.iter().map(|(meter, _)| *meter).collect();
        meters.dedup();
        for meter in meters.into_iter().filter_map(|id| consumption.meter(id)) {
            let id = MeterId(meter.id);
            for fact in meter
                .imputations
                .iter()
                .filter(|fact| fact.period == period)
            {
                let by = meter.event(fact.place);
                // Days out of order are no reading's: none that comes later trues them up.
                let is_out_of_order = meter.failures.iter().any(|failure| {
                    failure.from < fact.interval.until()
                        && failure
                            .until
                            .is_none_or(|until| fact.interval.from() < until)
                });
                let real = meter.readings.iter().find(|reading| {
                    !reading.withdrawn && fact.interval.until() <= reading.taken_at
                });
                let real = real.filter(|_| !is_out_of_order);
                let with = fact.superseded.or(real.map(|reading| reading.place));
                found.push(Gap {
                    meter: id,
                    serial: meter.serial.clone(),
                    premises: number(book, facts.premises),
                    resource: facts.resource,
                    interval: fact.interval,
                    reason: None,
                    run: None,
                    method: fact.method,
                    clause: fact.clause.clone(),
                    volumes: volumes(meter, &fact.volumes),
                    state: match with {
                        Some(with) => GapState::Superseded {
                            by,
                            with: meter.event(with),
                        },
                        None => GapState::Recorded { by },
                    },
                    ladder: Vec::new(),
                    inputs: vec![by],
                    because: None,
                });
            }
        }
    }
    Ok(found)
}

/// Values by register, as they are on record.
fn volumes(meter: &MeterFacts, values: &[Option<Decimal>]) -> Vec<RegisterValue> {
    let specs = meter.registers.iter().zip(values);
    let known = specs.filter_map(|(spec, value)| {
        Some(RegisterValue {
            register: spec.name.clone(),
            value: Measure::new((*value)?, spec.unit),
        })
    });
    known.collect()
}
