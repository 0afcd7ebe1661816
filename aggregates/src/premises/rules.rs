//! Rules of premises: what a command leads to.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::premises::error::PremisesError;
use crate::premises::event::{HeatSource, PremisesAreaPurpose, PremisesEvent, PremisesKind};
use crate::premises::{
    Absence, Amenities, HeatSupply, Owners, Premises, Registered, Residents, SeparateBilling,
};
use crate::quantity::{Fraction, Quantity, SquareMetre};
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, FactSource, Resource};

/// Larger than any premises in an apartment building, m².
const AREA_LIMIT: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);
/// More people than are ever registered in one place.
const RESIDENTS_LIMIT: u32 = 1000;

type Outcome = Result<Vec<PremisesEvent>, PremisesError>;

impl Premises {
    pub(super) fn register(&self, given: Registered) -> Outcome {
        check_place(given.kind, given.part_of.is_some())?;
        if let Some(floor) = given.floor.filter(|floor| !(-10..=200).contains(floor)) {
            return Err(PremisesError::FloorOutOfRange { floor });
        }
        if let Some(known) = &self.registered {
            return match differing_field(known, &given) {
                Some(field) => Err(PremisesError::RegisteredDifferently { field }),
                None => Ok(Vec::new()),
            };
        }
        let Registered {
            number,
            kind,
            part_of,
            entrance,
            floor,
            gis_number,
        } = given;
        let event = PremisesEvent::PremisesRegistered {
            number,
            kind,
            part_of,
            entrance,
            floor,
            gis_number,
        };
        Ok(vec![event])
    }

    pub(super) fn record_area(
        &self,
        purpose: PremisesAreaPurpose,
        area: Quantity<SquareMetre>,
        from: NaiveDate,
        source: FactSource,
    ) -> Outcome {
        self.require_registered()?;
        let size = area.value();
        if size <= Decimal::ZERO || size > AREA_LIMIT {
            return Err(PremisesError::AreaOutOfRange {
                area: size.to_string(),
            });
        }
        if self
            .areas
            .get(&purpose)
            .is_some_and(|known| known.has(area, from, source))
        {
            return Ok(Vec::new());
        }
        let mut after = self.clone();
        after
            .areas
            .entry(purpose)
            .or_default()
            .record(area, from, source);
        after.check_living_within_total()?;
        Ok(vec![PremisesEvent::PremisesAreaRecorded {
            purpose,
            area,
            from,
            source,
        }])
    }

    /// Living ≤ total on every day on which both are known.
    fn check_living_within_total(&self) -> Result<(), PremisesError> {
        let mut days: Vec<_> = self
            .areas
            .values()
            .flat_map(|area| area.changes())
            .collect();
        days.sort_unstable();
        for on in days {
            let area = |purpose| self.area_on(purpose, on).map(|(area, _)| area.value());
            let (living, total) = (
                area(PremisesAreaPurpose::Living),
                area(PremisesAreaPurpose::Total),
            );
            if let (Some(living), Some(total)) = (living, total)
                && living > total
            {
                let (living, total) = (living.to_string(), total.to_string());
                return Err(PremisesError::LivingExceedsTotal { on, living, total });
            }
        }
        Ok(())
    }

    pub(super) fn record_residents(&self, residents: Residents, validity: DateSpan) -> Outcome {
        self.require_residential(validity.from())?;
        let count = u32::from(residents.registered) + u32::from(residents.temporary);
        if count > RESIDENTS_LIMIT {
            return Err(PremisesError::TooManyResidents { count });
        }
        if self.residents.has(validity, &residents) {
            return Ok(Vec::new());
        }
        let Residents {
            registered,
            temporary,
            source,
        } = residents;
        Ok(vec![PremisesEvent::ResidentsRecorded {
            registered,
            temporary,
            validity,
            source,
        }])
    }

    pub(super) fn record_owners(&self, owners: Owners, from: NaiveDate) -> Outcome {
        self.require_registered()?;
        check_owners(&owners)?;
        if self.owners.has_from(from, &owners) {
            return Ok(Vec::new());
        }
        let Owners {
            shares,
            count,
            source,
        } = owners;
        Ok(vec![PremisesEvent::OwnersRecorded {
            shares,
            count,
            from,
            source,
        }])
    }

    /// An absence of whatever length: whether it lowers a charge depends on the resource and is
    /// decided where the month is settled.
    pub(super) fn record_absence(&self, absence: Absence) -> Outcome {
        let (departed, returned) = (absence.departed, absence.returned);
        self.require_residential(departed)?;
        if absence.persons == 0 {
            return Err(PremisesError::NobodyAbsent);
        }
        if returned <= departed {
            return Err(PremisesError::AbsenceBackwards { departed, returned });
        }
        if self.absence(departed, returned) == Some(&absence) {
            return Ok(Vec::new());
        }
        let Absence {
            persons,
            applied_on,
            act,
            refused,
            ..
        } = absence;
        Ok(vec![PremisesEvent::AbsenceRecorded {
            persons,
            departed,
            returned,
            applied_on,
            act,
            refused,
        }])
    }

    pub(super) fn record_metering_impossible(
        &self,
        resource: Resource,
        validity: DateSpan,
        act: ActRef,
    ) -> Outcome {
        self.require_registered()?;
        match self
            .metering_impossible
            .get(&resource)
            .is_some_and(|rows| rows.has(validity, &act))
        {
            true => Ok(Vec::new()),
            false => Ok(vec![PremisesEvent::MeteringImpossible {
                resource,
                validity,
                act,
            }]),
        }
    }

    pub(super) fn record_heat_source(&self, supply: HeatSupply, from: NaiveDate) -> Outcome {
        self.require_registered()?;
        let own = supply.heating != HeatSource::Central;
        if own && supply.act.is_none() && supply.source == FactSource::OwnerStatement {
            return Err(PremisesError::HeatSourceUnproved {
                heating: supply.heating,
            });
        }
        if self.heat_sources.has_from(from, &supply) {
            return Ok(Vec::new());
        }
        let HeatSupply {
            heating,
            act,
            source,
        } = supply;
        Ok(vec![PremisesEvent::HeatSourceRecorded {
            heating,
            from,
            act,
            source,
        }])
    }

    pub(super) fn set_separate_billing(
        &self,
        resource: Resource,
        billing: SeparateBilling,
        validity: DateSpan,
    ) -> Outcome {
        self.require_registered()?;
        if self
            .separate_billing
            .get(&resource)
            .is_some_and(|rows| rows.has(validity, &billing))
        {
            return Ok(Vec::new());
        }
        let SeparateBilling { biller, act } = billing;
        Ok(vec![PremisesEvent::SeparateBillingSet {
            resource,
            biller,
            validity,
            act,
        }])
    }

    pub(super) fn record_amenities(&self, amenities: Amenities, from: NaiveDate) -> Outcome {
        self.require_registered()?;
        if amenities.rooms == Some(0) {
            return Err(PremisesError::NoRooms);
        }
        if self.amenities.has_from(from, &amenities) {
            return Ok(Vec::new());
        }
        let Amenities {
            category,
            rooms,
            source,
        } = amenities;
        Ok(vec![PremisesEvent::AmenitiesRecorded {
            category,
            rooms,
            from,
            source,
        }])
    }

    pub(super) fn change_use(&self, kind: PremisesKind, from: NaiveDate, act: ActRef) -> Outcome {
        let known = self.require_registered()?;
        check_place(kind, known.part_of.is_some())?;
        match self.uses.has_from(from, &(kind, act.clone())) {
            true => Ok(Vec::new()),
            false => Ok(vec![PremisesEvent::UseChanged { kind, from, act }]),
        }
    }

    fn require_registered(&self) -> Result<&Registered, PremisesError> {
        self.registered.as_ref().ok_or(PremisesError::NotRegistered)
    }

    fn require_residential(&self, on: NaiveDate) -> Result<(), PremisesError> {
        match self.kind_on(on) {
            None => Err(PremisesError::NotRegistered),
            Some(kind) if kind.is_residential() => Ok(()),
            Some(_) => Err(PremisesError::NotResidential { on }),
        }
    }
}

/// A room stands in a communal flat, a flat stands in nothing, the others may do either.
fn check_place(kind: PremisesKind, is_part: bool) -> Result<(), PremisesError> {
    match kind {
        PremisesKind::Room if !is_part => Err(PremisesError::RoomWithoutFlat),
        PremisesKind::Flat | PremisesKind::CommunalFlat if is_part => {
            Err(PremisesError::CannotBePart { kind })
        }
        _ => Ok(()),
    }
}

fn check_owners(owners: &Owners) -> Result<(), PremisesError> {
    if owners.count == 0 {
        return Err(PremisesError::NoOwners);
    }
    if owners.shares.is_empty() {
        return Ok(());
    }
    if owners.shares.len() != usize::from(owners.count) {
        return Err(PremisesError::SharesMiscounted {
            shares: owners.shares.len(),
            count: owners.count,
        });
    }
    match sum(&owners.shares) {
        Some((upper, lower)) if upper == lower => Ok(()),
        Some((upper, lower)) => Err(PremisesError::SharesNotWhole {
            sum: format!("{upper}/{lower}"),
        }),
        None => Err(PremisesError::SharesUnreckonable),
    }
}

/// The exact sum as numerator and denominator, reduced; `None` when the common denominator
/// outgrows the numbers kept here.
fn sum(shares: &[Fraction]) -> Option<(u128, u128)> {
    shares
        .iter()
        .try_fold((0, 1), |(upper, lower): (u128, u128), share| {
            let (numerator, denominator) = (
                u128::from(share.numerator()),
                u128::from(share.denominator()),
            );
            let sum_upper = upper
                .checked_mul(denominator)?
                .checked_add(numerator.checked_mul(lower)?)?;
            let sum_lower = lower.checked_mul(denominator)?;
            let divisor = greatest_common_divisor(sum_upper, sum_lower);
            Some((sum_upper / divisor, sum_lower / divisor))
        })
}

fn greatest_common_divisor(left: u128, right: u128) -> u128 {
    match right {
        0 => left,
        _ => greatest_common_divisor(right, left % right),
    }
}

fn differing_field(known: &Registered, given: &Registered) -> Option<&'static str> {
    let same = [
        ("номер", known.number == given.number),
        ("тип", known.kind == given.kind),
        ("часть помещения", known.part_of == given.part_of),
        ("подъезд", known.entrance == given.entrance),
        ("этаж", known.floor == given.floor),
        ("номер в ГИС ЖКХ", known.gis_number == given.gis_number),
    ];
    same.into_iter()
        .find(|(_, same)| !same)
        .map(|(field, _)| field)
}
