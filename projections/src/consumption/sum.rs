//! Adds up the pieces of a figure and makes its parts.

use std::collections::BTreeMap;

use aggregates::building::event::Sign;
use aggregates::ids::MeterId;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Code;
use aggregates::vocabulary::ReadingSource;
use rust_decimal::Decimal;

use crate::consumption::facts::{Acceptance, MeterFacts};
use crate::consumption::imputed::ImputedAt;
use crate::consumption::model::{
    CalculatedPart, MarkName, MarkView, MeteredPart, RegisterVolume, Turn, VolumePart,
};
use crate::consumption::path::{Segment, unit_of};
use crate::consumption::query::Pieces;
use crate::consumption::timeline::{Mark, MarkKind};
use crate::volume::{Fault, Reason, Volume, add, convert};

/// A sum in one unit that remembers what it could not add.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    unit: Option<Unit>,
    sum: Option<Decimal>,
    reasons: Vec<Reason>,
}

impl Tally {
    /// A sum in `unit`, or in the unit of what is added first.
    pub(crate) fn new(unit: Option<Unit>) -> Self {
        Self {
            unit,
            sum: None,
            reasons: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, amount: Decimal, unit: Unit) -> Result<(), Fault> {
        let own = *self.unit.get_or_insert(unit);
        let amount = convert(amount, unit, own)?;
        self.sum = Some(add(self.sum.unwrap_or_default(), amount)?);
        Ok(())
    }

    pub(crate) fn add_measure(&mut self, measure: &Measure) -> Result<(), Fault> {
        self.add(measure.value(), measure.unit())
    }

    pub(crate) fn miss(&mut self, reasons: impl IntoIterator<Item = Reason>) {
        for reason in reasons {
            if !self.reasons.contains(&reason) {
                self.reasons.push(reason);
            }
        }
    }

    /// What was added so far; `None` where nothing was.
    pub(crate) fn sum(&self) -> Option<Measure> {
        Some(Measure::new(self.sum?, self.unit?))
    }

    /// Known only if everything could be added and there was something.
    pub(crate) fn into_volume(self) -> Volume {
        match (self.sum(), self.reasons.is_empty()) {
            (Some(value), true) => Volume::Known { value },
            (known_part, _) => Volume::Unknown {
                reasons: self.reasons,
                known_part,
            },
        }
    }
}

/// The sums of a point's figure: altogether and by register.
pub(crate) struct Sums {
    unit: Option<Unit>,
    total: Tally,
    registers: BTreeMap<Code, Tally>,
}

impl Sums {
    pub(crate) fn new(unit: Option<Unit>) -> Self {
        Self {
            unit,
            total: Tally::new(unit),
            registers: BTreeMap::new(),
        }
    }

    /// Adds all pieces and returns them as parts.
    pub(crate) fn take_in(&mut self, pieces: &Pieces<'_>) -> Result<Vec<VolumePart>, Fault> {
        let mut parts = Vec::new();
        for segment in &pieces.segments {
            // Where volumes were calculated between, the next reading trues them up (п. 61 is for
            // readings that were charged).
            let recheck = segment.is_recheck && pieces.counted_before.is_empty();
            parts.push(VolumePart::Metered(Box::new(
                self.metered(segment, recheck)?,
            )));
        }
        for imputed in &pieces.calculated {
            parts.push(VolumePart::Calculated(
                self.calculated(imputed, Sign::Plus)?,
            ));
        }
        for imputed in &pieces.counted_before {
            parts.push(VolumePart::TrueUp(self.calculated(imputed, Sign::Minus)?));
        }
        Ok(parts)
    }

    /// Marks everything as unknown for these reasons.
    pub(crate) fn miss(&mut self, reasons: &[Reason]) {
        self.total.miss(reasons.iter().cloned());
        for tally in self.registers.values_mut() {
            tally.miss(reasons.iter().cloned());
        }
    }

    pub(crate) fn into_volumes(self) -> (Volume, Vec<RegisterVolume>) {
        let registers = self
            .registers
            .into_iter()
            .map(|(register, tally)| RegisterVolume {
                register,
                volume: tally.into_volume(),
            });
        (self.total.into_volume(), registers.collect())
    }

    fn register(&mut self, name: &Code) -> &mut Tally {
        let unit = self.unit;
        self.registers
            .entry(name.clone())
            .or_insert_with(|| Tally::new(unit))
    }

    fn metered(&mut self, segment: &Segment<'_>, recheck: bool) -> Result<MeteredPart, Fault> {
        let meter = segment.meter;
        let mut registers = Vec::new();
        for (index, counted) in &segment.registers {
            let spec = &meter.registers[*index];
            let tally = self.register(&spec.name);
            let volume = match counted {
                Ok(counted) => {
                    tally.add(*counted, spec.unit)?;
                    Volume::Known {
                        value: Measure::new(*counted, spec.unit),
                    }
                }
                Err(reason) => {
                    tally.miss([reason.clone()]);
                    Volume::Unknown {
                        reasons: vec![reason.clone()],
                        known_part: None,
                    }
                }
            };
            registers.push(RegisterVolume {
                register: spec.name.clone(),
                volume,
            });
        }
        Ok(MeteredPart {
            meter: MeterId(meter.id),
            serial: meter.serial.clone(),
            from: view(&segment.from),
            until: segment.to.as_ref().map(view),
            rollovers: turns(segment),
            transformer_ratio: segment.ratio,
            registers,
            volume: self.total_of(segment)?,
            recheck,
        })
    }

    fn total_of(&mut self, segment: &Segment<'_>) -> Result<Volume, Fault> {
        let counted = match (&segment.total, unit_of(segment.meter)) {
            (Ok(counted), Some(unit)) => Ok(Measure::new(*counted, unit)),
            (Ok(_), None) => Err(vec![ambiguous(segment.meter)]),
            (Err(reasons), _) => Err(reasons.clone()),
        };
        Ok(match counted {
            Ok(value) => {
                self.total.add_measure(&value)?;
                Volume::Known { value }
            }
            Err(reasons) => {
                self.total.miss(reasons.iter().cloned());
                Volume::Unknown {
                    reasons,
                    known_part: None,
                }
            }
        })
    }

    fn calculated(&mut self, imputed: &ImputedAt<'_>, sign: Sign) -> Result<CalculatedPart, Fault> {
        let ImputedAt { meter, fact, .. } = imputed;
        let mut own = Tally::new(unit_of(meter));
        let mut registers = Vec::new();
        for index in &meter.fitting {
            let spec = &meter.registers[*index];
            let Some(amount) = imputed.amount(*index)?.map(|amount| signed(amount, sign)) else {
                if meter.counting.contains(index) {
                    own.miss([missing_register(meter, &spec.name)]);
                }
                continue;
            };
            self.register(&spec.name).add(amount, spec.unit)?;
            if meter.counting.contains(index) {
                own.add(amount, spec.unit)?;
            }
            let value = Measure::new(amount, spec.unit);
            registers.push(RegisterVolume {
                register: spec.name.clone(),
                volume: Volume::Known { value },
            });
        }
        if meter.counting.is_empty() {
            own.miss([ambiguous(meter)]);
        }
        let volume = own.into_volume();
        match &volume {
            Volume::Known { value } => self.total.add_measure(value)?,
            Volume::Unknown { reasons, .. } => self.total.miss(reasons.iter().cloned()),
        }
        Ok(CalculatedPart {
            meter: MeterId(meter.id),
            serial: meter.serial.clone(),
            period: fact.period,
            from: imputed.interval.from(),
            until: imputed.interval.until(),
            method: fact.method,
            clause: fact.clause.clone(),
            registers,
            volume,
            event: meter.event(fact.place),
        })
    }
}

/// The amount with its sign.
pub(crate) fn signed(amount: Decimal, sign: Sign) -> Decimal {
    match sign {
        Sign::Plus => amount,
        Sign::Minus => -amount,
    }
}

fn ambiguous(meter: &MeterFacts) -> Reason {
    Reason::RegistersAmbiguous {
        meter: MeterId(meter.id),
        serial: meter.serial.clone(),
    }
}

fn missing_register(meter: &MeterFacts, register: &Code) -> Reason {
    Reason::RegisterMissing {
        meter: MeterId(meter.id),
        serial: meter.serial.clone(),
        register: register.clone(),
    }
}

fn turns(segment: &Segment<'_>) -> Vec<Turn> {
    let meter = segment.meter;
    let turn = |turn: &&crate::consumption::facts::RolloverFact| {
        let spec = &meter.registers[turn.register];
        Turn {
            register: spec.name.clone(),
            capacity: Measure::new(turn.capacity, spec.unit),
            event: meter.event(turn.place),
        }
    };
    segment.turns.iter().map(turn).collect()
}

fn view(mark: &Mark<'_>) -> MarkView {
    let (kind, source) = match mark.kind {
        MarkKind::Initial => (MarkName::Initial, None),
        MarkKind::Final => (MarkName::Final, None),
        MarkKind::Reading(Acceptance::Ordinary(source)) => (MarkName::Reading, Some(source)),
        MarkKind::Reading(Acceptance::Control) => (MarkName::Control, Some(ReadingSource::Control)),
        MarkKind::Reading(Acceptance::Adopted) => (MarkName::Adopted, None),
    };
    let meter = mark.meter;
    let values = meter
        .registers
        .iter()
        .zip(mark.values.iter())
        .filter_map(|(spec, value)| {
            let value = Measure::new((*value)?, spec.unit);
            Some(aggregates::meter::reading::RegisterValue {
                register: spec.name.clone(),
                value,
            })
        });
    MarkView {
        kind,
        source,
        at: mark.at,
        values: values.collect(),
        event: meter.event(mark.place),
        corrected_by: mark.corrected.map(|place| meter.event(place)),
    }
}
