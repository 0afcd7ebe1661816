//! Помещение.

pub mod command;
pub mod error;
pub mod event;
mod fold;
mod rules;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::dated::{DatedArea, DatedRows};
use crate::ids::{OrganisationId, PremisesId};
use crate::ledger::LedgerAggregate;
use crate::premises::command::PremisesCommand;
use crate::premises::error::PremisesError;
use crate::premises::event::{
    AbsenceRefusal, HeatSource, PremisesAreaPurpose, PremisesEvent, PremisesKind,
};
use crate::quantity::{Fraction, Quantity, SquareMetre};
use crate::text::{Code, Label};
use crate::vocabulary::{ActRef, FactSource, Resource};

/// A flat, room, office, store or parking place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Premises {
    registered: Option<Registered>,
    uses: DatedRows<(PremisesKind, ActRef)>,
    areas: BTreeMap<PremisesAreaPurpose, DatedArea>,
    residents: DatedRows<Residents>,
    owners: DatedRows<Owners>,
    /// One a pair of days.
    absences: Vec<Absence>,
    metering_impossible: BTreeMap<Resource, DatedRows<ActRef>>,
    heat_sources: DatedRows<HeatSupply>,
    separate_billing: BTreeMap<Resource, DatedRows<SeparateBilling>>,
    amenities: DatedRows<Amenities>,
}

/// What the premises were registered with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Registered {
    number: Label,
    kind: PremisesKind,
    part_of: Option<PremisesId>,
    entrance: Option<Label>,
    floor: Option<i16>,
    gis_number: Option<Label>,
}

/// People living in the premises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Residents {
    /// Registered permanently.
    pub registered: u16,
    /// Living temporarily.
    pub temporary: u16,
    /// By which document.
    pub source: FactSource,
}

/// Owners of the premises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owners {
    /// Shares, one an owner; empty when only their number is known.
    pub shares: Vec<Fraction>,
    /// Number of owners.
    pub count: u16,
    /// By which document.
    pub source: FactSource,
}

/// A temporary absence with the answer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Day of departure.
    pub departed: NaiveDate,
    /// Day of return.
    pub returned: NaiveDate,
    /// How many were away.
    pub persons: u16,
    /// Day of the application.
    pub applied_on: NaiveDate,
    /// What proves it.
    pub act: ActRef,
    /// Why it was refused, where it was.
    pub refused: Option<AbsenceRefusal>,
}

/// Where the heat of the premises comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeatSupply {
    /// The source of heat.
    pub heating: HeatSource,
    /// Act, where there is one.
    pub act: Option<ActRef>,
    /// Kind of document.
    pub source: FactSource,
}

/// Who bills a resource here instead of the house's biller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeparateBilling {
    /// Who bills.
    pub biller: OrganisationId,
    /// By which contract.
    pub act: ActRef,
}

/// Category by which norms are chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amenities {
    /// Code of the category in the tariff book.
    pub category: Code,
    /// Rooms, where the norm depends on them.
    pub rooms: Option<u8>,
    /// By which document.
    pub source: FactSource,
}

impl Premises {
    /// Whether they are registered.
    pub fn is_registered(&self) -> bool {
        self.registered.is_some()
    }

    /// Number as on the door, once registered.
    pub fn number(&self) -> Option<&Label> {
        self.registered.as_ref().map(|known| &known.number)
    }

    /// The premises that these are part of.
    pub fn part_of(&self) -> Option<PremisesId> {
        self.registered.as_ref().and_then(|known| known.part_of)
    }

    /// What they are on `date`; before the first change of use, what they were registered as.
    pub fn kind_on(&self, date: NaiveDate) -> Option<PremisesKind> {
        let changed = self.uses.on(date).map(|(kind, _)| *kind);
        changed.or(self.registered.as_ref().map(|known| known.kind))
    }

    /// The area of a purpose on `date` and its document: ЕГРН prevails from the day it is
    /// presented on (ПП 354 п. 36), otherwise the row that began last.
    pub fn area_on(
        &self,
        purpose: PremisesAreaPurpose,
        date: NaiveDate,
    ) -> Option<(Quantity<SquareMetre>, FactSource)> {
        self.areas.get(&purpose)?.on(date)
    }

    /// Residents on `date`: a row for a time shows the row below it again when it ends. `None`
    /// when nothing is recorded, which is not the same as nobody.
    pub fn residents_on(&self, date: NaiveDate) -> Option<&Residents> {
        self.residents.covering(date)
    }

    /// Owners on `date`.
    pub fn owners_on(&self, date: NaiveDate) -> Option<&Owners> {
        self.owners.on(date)
    }

    /// The absence recorded with these days of departure and return.
    pub fn absence(&self, departed: NaiveDate, returned: NaiveDate) -> Option<&Absence> {
        let mut known = self.absences.iter();
        known.find(|known| (known.departed, known.returned) == (departed, returned))
    }

    /// The act by which a meter of `resource` cannot be installed, where one holds on `date`.
    pub fn metering_impossible_on(&self, resource: Resource, date: NaiveDate) -> Option<&ActRef> {
        self.metering_impossible.get(&resource)?.on(date)
    }

    /// Where the heat comes from on `date`.
    pub fn heat_source_on(&self, date: NaiveDate) -> Option<&HeatSupply> {
        self.heat_sources.on(date)
    }

    /// Who bills `resource` here on `date` instead of the house's biller.
    pub fn separate_billing_on(
        &self,
        resource: Resource,
        date: NaiveDate,
    ) -> Option<&SeparateBilling> {
        self.separate_billing.get(&resource)?.on(date)
    }

    /// Category by which norms are chosen on `date`.
    pub fn amenities_on(&self, date: NaiveDate) -> Option<&Amenities> {
        self.amenities.on(date)
    }

    fn decide(&self, command: PremisesCommand) -> Result<Vec<PremisesEvent>, PremisesError> {
        use PremisesCommand as Command;
        match command {
            Command::RegisterPremises {
                number,
                kind,
                part_of,
                entrance,
                floor,
                gis_number,
            } => self.register(Registered {
                number,
                kind,
                part_of,
                entrance,
                floor,
                gis_number,
            }),
            Command::ChangeUse { kind, from, act } => self.change_use(kind, from, act),
            Command::RecordPremisesArea {
                purpose,
                area,
                from,
                source,
            } => self.record_area(purpose, area, from, source),
            Command::RecordResidents {
                registered,
                temporary,
                validity,
                source,
            } => self.record_residents(
                Residents {
                    registered,
                    temporary,
                    source,
                },
                validity,
            ),
            Command::RecordOwners {
                shares,
                count,
                from,
                source,
            } => self.record_owners(
                Owners {
                    shares,
                    count,
                    source,
                },
                from,
            ),
            other => self.decide_supply(other),
        }
    }

    /// Who is away, and what the premises are supplied with. The commands decided before are named,
    /// so that a new one cannot be forgotten.
    fn decide_supply(&self, command: PremisesCommand) -> Result<Vec<PremisesEvent>, PremisesError> {
        use PremisesCommand as Command;
        match command {
            Command::RecordAbsence {
                persons,
                departed,
                returned,
                applied_on,
                act,
                refused,
            } => {
                let absence = Absence {
                    departed,
                    returned,
                    persons,
                    applied_on,
                    act,
                    refused,
                };
                self.record_absence(absence)
            }
            Command::RecordMeteringImpossible {
                resource,
                validity,
                act,
            } => self.record_metering_impossible(resource, validity, act),
            Command::RecordHeatSource {
                heating,
                from,
                act,
                source,
            } => self.record_heat_source(
                HeatSupply {
                    heating,
                    act,
                    source,
                },
                from,
            ),
            Command::SetSeparateBilling {
                resource,
                biller,
                validity,
                act,
            } => self.set_separate_billing(resource, SeparateBilling { biller, act }, validity),
            Command::RecordAmenities {
                category,
                rooms,
                from,
                source,
            } => self.record_amenities(
                Amenities {
                    category,
                    rooms,
                    source,
                },
                from,
            ),
            Command::RegisterPremises { .. }
            | Command::ChangeUse { .. }
            | Command::RecordPremisesArea { .. }
            | Command::RecordResidents { .. }
            | Command::RecordOwners { .. } => Ok(Vec::new()),
        }
    }
}

impl Aggregate for Premises {
    const TYPE: &'static str = "premises";
    type Command = PremisesCommand;
    type Event = PremisesEvent;
    type Error = PremisesError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.fold(event);
    }
}

impl LedgerAggregate for Premises {
    const STATE_VERSION: u32 = 2;
}
