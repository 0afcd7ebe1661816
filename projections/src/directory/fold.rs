//! The fold behind the directory.

use std::collections::BTreeMap;

use aggregates::account::event::AccountEvent;
use aggregates::book_event::BookEvent;
use aggregates::building::address::Address;
use aggregates::building::event::BuildingEvent;
use aggregates::ids::{AccountId, MeterId, MeteringPointId, PremisesId};
use aggregates::meter::event::MeterEvent;
use aggregates::meter::model::RegisterSpec;
use aggregates::metering_point::event::{MeteringPointEvent, PointKind};
use aggregates::premises::event::{PremisesEvent, PremisesKind};
use aggregates::time::ZoneName;
use aggregates::vocabulary::Resource;
use uuid::Uuid;

use crate::recorded::Recorded;

/// What a book speaks of, as of the last event applied.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    address: Option<Address>,
    zone: Option<ZoneName>,
    premises: BTreeMap<PremisesId, PremisesCard>,
    accounts: BTreeMap<String, AccountCard>,
    points: BTreeMap<MeteringPointId, PointCard>,
    meters: BTreeMap<MeterId, MeterCard>,
    by_serial: BTreeMap<String, Vec<MeterId>>,
    by_number: BTreeMap<String, PremisesId>,
    points_of: BTreeMap<PremisesId, Vec<MeteringPointId>>,
}

/// Premises in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PremisesCard {
    /// Number as on the door.
    pub number: String,
    /// What they are.
    pub kind: PremisesKind,
    /// The communal flat of a room.
    pub part_of: Option<PremisesId>,
}

/// An account in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountCard {
    /// The account.
    pub account: AccountId,
    /// The premises it bills.
    pub premises: PremisesId,
}

/// A metering point in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointCard {
    /// What is measured.
    pub resource: Resource,
    /// Whose consumption.
    pub kind: PointKind,
    /// Name on site.
    pub label: String,
    /// The premises, for points inside them.
    pub premises: Option<PremisesId>,
    /// The meter that stands there now.
    pub meter: Option<MeterId>,
}

/// A meter in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterCard {
    /// What it measures.
    pub resource: Resource,
    /// Заводской номер.
    pub serial: String,
    /// What it counts.
    pub registers: Vec<RegisterSpec>,
    /// Where it stands or last stood.
    pub point: Option<MeteringPointId>,
}

impl Directory {
    /// Names of the events that this fold needs; all others leave it unchanged.
    pub const EVENT_NAMES: &'static [&'static str] = &[
        "BuildingRegistered",
        "AddressChanged",
        "PremisesRegistered",
        "UseChanged",
        "AccountOpened",
        "PointRegistered",
        "MeterAttached",
        "MeterDetached",
        "MeterRegistered",
        "MeterInstalled",
    ];

    /// Takes in the next event of the book.
    pub fn apply(&mut self, recorded: &Recorded) {
        let id = recorded.aggregate_id;
        match &recorded.event {
            BookEvent::Building(event) => self.apply_building(event),
            BookEvent::Premises(event) => self.apply_premises(PremisesId(id), event),
            BookEvent::Account(event) => self.apply_account(AccountId(id), event),
            BookEvent::MeteringPoint(event) => self.apply_point(MeteringPointId(id), event),
            BookEvent::Meter(event) => self.apply_meter(id, event),
            BookEvent::AccessGrant(_)
            | BookEvent::ClosingBatch(_)
            | BookEvent::Correction(_)
            | BookEvent::Dispute(_)
            | BookEvent::Organisation(_)
            | BookEvent::RuleBook(_)
            | BookEvent::TariffBook(_) => {}
        }
    }

    fn apply_building(&mut self, event: &BuildingEvent) {
        match event {
            BuildingEvent::BuildingRegistered { address, zone, .. } => {
                self.address = Some(address.clone());
                self.zone = Some(*zone);
            }
            BuildingEvent::AddressChanged { address, .. } => self.address = Some(address.clone()),
            _ => {}
        }
    }

    fn apply_premises(&mut self, id: PremisesId, event: &PremisesEvent) {
        match event {
            PremisesEvent::PremisesRegistered {
                number,
                kind,
                part_of,
                ..
            } => {
                let card = PremisesCard {
                    number: number.to_string(),
                    kind: *kind,
                    part_of: *part_of,
                };
                self.by_number.insert(self.full_number(&card), id);
                self.premises.insert(id, card);
            }
            PremisesEvent::UseChanged { kind, .. } => {
                if let Some(card) = self.premises.get_mut(&id) {
                    card.kind = *kind;
                }
            }
            _ => {}
        }
    }

    fn apply_account(&mut self, account: AccountId, event: &AccountEvent) {
        if let AccountEvent::AccountOpened {
            number, premises, ..
        } = event
        {
            let card = AccountCard {
                account,
                premises: *premises,
            };
            self.accounts.insert(number.to_string(), card);
        }
    }

    fn apply_point(&mut self, id: MeteringPointId, event: &MeteringPointEvent) {
        match event {
            MeteringPointEvent::PointRegistered {
                resource,
                kind,
                label,
                premises,
            } => {
                let card = PointCard {
                    resource: *resource,
                    kind: *kind,
                    label: label.to_string(),
                    premises: *premises,
                    meter: None,
                };
                if let Some(premises) = card.premises {
                    self.points_of.entry(premises).or_default().push(id);
                }
                self.points.insert(id, card);
            }
            MeteringPointEvent::MeterAttached { meter, .. } => self.set_meter(id, Some(*meter)),
            MeteringPointEvent::MeterDetached { .. } => self.set_meter(id, None),
            _ => {}
        }
    }

    fn set_meter(&mut self, point: MeteringPointId, meter: Option<MeterId>) {
        if let Some(card) = self.points.get_mut(&point) {
            card.meter = meter;
        }
    }

    fn apply_meter(&mut self, id: Uuid, event: &MeterEvent) {
        let meter = MeterId(id);
        match event {
            MeterEvent::MeterRegistered {
                resource,
                serial,
                registers,
                ..
            } => {
                let card = MeterCard {
                    resource: *resource,
                    serial: serial.to_string(),
                    registers: registers.clone(),
                    point: None,
                };
                self.by_serial
                    .entry(card.serial.clone())
                    .or_default()
                    .push(meter);
                self.meters.insert(meter, card);
            }
            MeterEvent::MeterInstalled { point, .. } => {
                if let Some(card) = self.meters.get_mut(&meter) {
                    card.point = Some(*point);
                }
            }
            _ => {}
        }
    }

    /// Address of the building, once registered.
    pub fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// Time zone of the building, once registered.
    pub fn zone(&self) -> Option<ZoneName> {
        self.zone
    }

    /// The premises with this id.
    pub fn premises(&self, id: PremisesId) -> Option<&PremisesCard> {
        self.premises.get(&id)
    }

    /// Premises by the number on the door; a room is `flat/room`.
    pub fn premises_by_number(&self, number: &str) -> Option<PremisesId> {
        self.by_number.get(number).copied()
    }

    /// `flat/room` for a room, the bare number otherwise.
    pub fn full_number(&self, card: &PremisesCard) -> String {
        match card.part_of.and_then(|flat| self.premises.get(&flat)) {
            Some(flat) => format!("{}/{}", flat.number, card.number),
            None => card.number.clone(),
        }
    }

    /// An account by its number.
    pub fn account(&self, number: &str) -> Option<AccountCard> {
        self.accounts.get(number).copied()
    }

    /// Numbers of all accounts with their cards.
    pub fn accounts(&self) -> impl Iterator<Item = (&str, AccountCard)> {
        self.accounts
            .iter()
            .map(|(number, card)| (number.as_str(), *card))
    }

    /// The point with this id.
    pub fn point(&self, id: MeteringPointId) -> Option<&PointCard> {
        self.points.get(&id)
    }

    /// All points.
    pub fn points(&self) -> impl Iterator<Item = (MeteringPointId, &PointCard)> {
        self.points.iter().map(|(id, card)| (*id, card))
    }

    /// The meter with this id.
    pub fn meter(&self, id: MeterId) -> Option<&MeterCard> {
        self.meters.get(&id)
    }

    /// All meters.
    pub fn meters(&self) -> impl Iterator<Item = (MeterId, &MeterCard)> {
        self.meters.iter().map(|(id, card)| (*id, card))
    }

    /// Meters with this serial number, in the order of their registration.
    pub fn meters_by_serial(&self, serial: &str) -> &[MeterId] {
        self.by_serial.get(serial).map_or(&[], Vec::as_slice)
    }

    /// Meters that stand now in these premises and measure this resource.
    pub fn meters_in(&self, premises: PremisesId, resource: Resource) -> Vec<MeterId> {
        self.points_in(premises)
            .filter(|point| point.resource == resource)
            .filter_map(|point| point.meter)
            .collect()
    }

    fn points_in(&self, premises: PremisesId) -> impl Iterator<Item = &PointCard> {
        self.points_of
            .get(&premises)
            .into_iter()
            .flatten()
            .filter_map(|id| self.points.get(id))
    }

    /// Premises in which the meter stands or last stood.
    pub fn premises_of_meter(&self, meter: MeterId) -> Option<PremisesId> {
        let point = self.meters.get(&meter)?.point?;
        self.points.get(&point)?.premises
    }

    /// Other meters of the same premises that stand there now.
    pub fn siblings(&self, meter: MeterId) -> Vec<MeterId> {
        let Some(premises) = self.premises_of_meter(meter) else {
            return Vec::new();
        };
        self.points_in(premises)
            .filter_map(|point| point.meter)
            .filter(|other| *other != meter)
            .collect()
    }
}
