//! Rules of a tariff book: what a command leads to.

use cqrs_es::Aggregate;
use rust_decimal::Decimal;

use crate::dated::DatedRows;
use crate::ledger::EventId;
use crate::quantity::{NormBasis, NormRate, Unit};
use crate::tariff_book::error::TariffBookError;
use crate::tariff_book::event::{
    NormKey, TariffBookEvent, TariffComponent, TariffKey, TariffPrice, VolumeRange,
};
use crate::tariff_book::{Norm, Tariff, TariffBook};
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::{HEAT_UNITS, Resource};

/// Units in which water is sold, be it as heat carrier.
const WATER_UNITS: &[Unit] = &[Unit::CubicMetre, Unit::Tonne];

type Outcome = Result<Vec<TariffBookEvent>, TariffBookError>;

impl TariffBook {
    pub(super) fn open(&self, title: Label) -> Outcome {
        match &self.title {
            None => Ok(vec![TariffBookEvent::TariffBookOpened { title }]),
            Some(known) if *known == title => Ok(Vec::new()),
            Some(known) => Err(TariffBookError::OpenedDifferently {
                title: known.to_string(),
            }),
        }
    }

    pub(super) fn set(&self, given: Tariff) -> Outcome {
        self.require_open()?;
        check_key(&given.key, &given.price)?;
        check_price(&given.price)?;
        if self.tariffs.iter().any(|known| known.says_the_same(&given)) {
            return Ok(Vec::new());
        }
        let rivals = self
            .tariffs
            .iter()
            .filter(|known| known.key.rivals(&given.key));
        if let Some(known) = rivals
            .into_iter()
            .find(|known| collide(known.validity, given.validity))
        {
            return Err(collision(known, &given));
        }
        let Tariff {
            key,
            price,
            validity,
            supplier,
            basis,
            adopted,
            ..
        } = given;
        Ok(vec![TariffBookEvent::TariffSet {
            key,
            price,
            validity,
            supplier,
            basis,
            adopted,
        }])
    }

    /// The command is sent to the stream that the id names; what can be checked here is that the
    /// event set a tariff.
    pub(super) fn withdraw(&self, tariff: EventId, reason: Code) -> Outcome {
        self.require_open()?;
        if tariff.aggregate_type != Self::TYPE {
            return Err(TariffBookError::NoSuchTariff { tariff });
        }
        let withdrawn = self
            .withdrawn
            .iter()
            .find(|known| known.sequence == tariff.sequence);
        match withdrawn {
            Some(known) if known.reason == reason => return Ok(Vec::new()),
            Some(known) => {
                let reason = known.reason.to_string();
                return Err(TariffBookError::WithdrawnDifferently { tariff, reason });
            }
            None => {}
        }
        match self
            .tariffs
            .iter()
            .any(|known| known.sequence == tariff.sequence)
        {
            true => Ok(vec![TariffBookEvent::TariffWithdrawn { tariff, reason }]),
            false => Err(TariffBookError::NoSuchTariff { tariff }),
        }
    }

    /// A norm with a beginning that is already there replaces that norm: so it is corrected.
    pub(super) fn set_norm(&self, key: NormKey, validity: DateSpan, norm: Norm) -> Outcome {
        self.require_open()?;
        check_norm_key(&key)?;
        check_norm(key.resource, norm.rate)?;
        if let Some(rows) = self.norm_rows(&key) {
            if rows.has(validity, &norm) {
                return Ok(Vec::new());
            }
            check_norm_overlap(rows, validity)?;
        }
        let Norm { rate, basis } = norm;
        Ok(vec![TariffBookEvent::NormSet {
            key,
            rate,
            validity,
            basis,
        }])
    }

    fn require_open(&self) -> Result<(), TariffBookError> {
        match self.title {
            Some(_) => Ok(()),
            None => Err(TariffBookError::NotOpened),
        }
    }
}

impl Tariff {
    fn says_the_same(&self, other: &Self) -> bool {
        let here = Self {
            sequence: other.sequence,
            ..self.clone()
        };
        here == *other
    }
}

impl TariffKey {
    /// Whether two tariffs of these keys would price the same volume of the same thing.
    pub fn rivals(&self, other: &Self) -> bool {
        self.resource == other.resource
            && self.component == other.component
            && self.zone == other.zone
            && self.payers == other.payers
            && match (&self.range, &other.range) {
                (Some(here), Some(there)) => here.intersects(there),
                _ => true,
            }
    }
}

impl VolumeRange {
    fn intersects(&self, other: &Self) -> bool {
        self.begins_within(other) && other.begins_within(self)
    }

    /// Whether the lower bound lies below the upper bound of `other`. Bounds that cannot be
    /// compared count as meeting: better a refusal than two prices for one volume.
    fn begins_within(&self, other: &Self) -> bool {
        let Some(up_to) = other.up_to else {
            return true;
        };
        match self.above.convert(up_to.unit()) {
            Ok(above) => above.value() < up_to.value(),
            Err(_) => true,
        }
    }

    fn text(&self) -> String {
        match self.up_to {
            Some(up_to) => format!("от {} до {up_to}", self.above),
            None => format!("от {}", self.above),
        }
    }
}

/// Whether two rows claim the same days: a row without an end gives way to one that begins later.
fn collide(one: DateSpan, other: DateSpan) -> bool {
    let (earlier, later) = if one.from() <= other.from() {
        (one, other)
    } else {
        (other, one)
    };
    earlier.from() == later.from() || earlier.until().is_some_and(|until| later.from() < until)
}

fn collision(known: &Tariff, given: &Tariff) -> TariffBookError {
    let on = known.validity.from().max(given.validity.from());
    let text = |key: &TariffKey| {
        key.range
            .as_ref()
            .map_or_else(|| "весь объём".to_owned(), VolumeRange::text)
    };
    match known.key == given.key {
        true => TariffBookError::TariffOverlaps {
            on,
            recorded_from: known.validity.from(),
        },
        false => TariffBookError::RangesOverlap {
            on,
            range: text(&given.key),
            recorded: text(&known.key),
        },
    }
}

fn check_key(key: &TariffKey, price: &TariffPrice) -> Result<(), TariffBookError> {
    let (resource, component) = (key.resource, key.component);
    if component != TariffComponent::Single
        && !matches!(resource, Resource::HotWater | Resource::Heat)
    {
        return Err(TariffBookError::ForeignComponent {
            resource,
            component,
        });
    }
    if key.zone.is_some() && resource != Resource::Electricity {
        return Err(TariffBookError::ZoneOfForeignResource { resource });
    }
    let allowed = match component {
        TariffComponent::Single => resource.amount_units(),
        TariffComponent::ColdWater | TariffComponent::HeatCarrier => WATER_UNITS,
        TariffComponent::HeatEnergy => HEAT_UNITS,
    };
    check_unit(resource, price.rate.per(), allowed)?;
    match &key.range {
        Some(range) => check_range(range, price.rate.per()),
        None => Ok(()),
    }
}

fn check_unit(resource: Resource, unit: Unit, allowed: &[Unit]) -> Result<(), TariffBookError> {
    if allowed.contains(&unit) {
        return Ok(());
    }
    let symbols: Vec<_> = allowed.iter().map(|unit| unit.symbol_ru()).collect();
    Err(TariffBookError::ForeignUnit {
        resource,
        unit,
        allowed: symbols.join(", "),
    })
}

fn check_range(range: &VolumeRange, unit: Unit) -> Result<(), TariffBookError> {
    let above = range.above.value();
    let in_order = range.up_to.is_none_or(|up_to| above < up_to.value());
    let same_unit =
        range.above.unit() == unit && range.up_to.is_none_or(|up_to| up_to.unit() == unit);
    match above >= Decimal::ZERO && in_order && same_unit {
        true => Ok(()),
        false => Err(TariffBookError::RangeReversed {
            range: range.text(),
        }),
    }
}

fn check_price(price: &TariffPrice) -> Result<(), TariffBookError> {
    match price.vat_included && price.vat.is_none() {
        true => Err(TariffBookError::VatIncludedWithoutRate),
        false => Ok(()),
    }
}

fn check_norm_key(key: &NormKey) -> Result<(), TariffBookError> {
    let counted = [
        ("число комнат", key.rooms),
        ("число проживающих", key.persons),
    ];
    match counted.into_iter().find(|(_, count)| *count == Some(0)) {
        Some((field, _)) => Err(TariffBookError::NormForNone { field }),
        None => Ok(()),
    }
}

fn check_norm(resource: Resource, rate: NormRate) -> Result<(), TariffBookError> {
    // Heat for heating a cubic metre of water is a norm of the hot water.
    let allowed = match (resource, rate.per()) {
        (Resource::HotWater, NormBasis::CubicMetre) => HEAT_UNITS,
        _ => resource.amount_units(),
    };
    check_unit(resource, rate.unit(), allowed)
}

fn check_norm_overlap(rows: &DatedRows<Norm>, given: DateSpan) -> Result<(), TariffBookError> {
    let others = rows.rows().iter().filter(|row| row.from != given.from());
    for row in others {
        let reaches_here =
            row.from < given.from() && row.until.is_some_and(|until| given.from() < until);
        let reached =
            given.from() < row.from && given.until().is_some_and(|until| row.from < until);
        if reaches_here || reached {
            let on = row.from.max(given.from());
            return Err(TariffBookError::NormOverlaps {
                on,
                recorded_from: row.from,
            });
        }
    }
    Ok(())
}
