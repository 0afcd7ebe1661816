//! Rooms of a communal flat: what the flat is charged, parted among them (ПП 354 п. 50).

use std::collections::BTreeMap;

use aggregates::account::bill::ChargePart;
use aggregates::ids::PremisesId;
use aggregates::text::{Code, Label};
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::explanation::Explanation;
use crate::settlement::absence::Relief;
use crate::settlement::facts::PremisesFacts;
use crate::settlement::individual::{Individual, Own};
use crate::settlement::model::{
    Charge, ExactVolume, PremisesSettlement, ProblemKind, SettlementError,
};
use crate::settlement::rates::days;
use crate::settlement::ratio::Ratio;
use crate::settlement::room_shares::{AllMetered, NoShares, Part, Room, parts_of};
use crate::settlement::settling::{Place, Settling, label};
use crate::settlement::units::{shown, shown_in};
use crate::text;

/// A communal flat with what its charges are parted by.
pub(crate) struct Parting<'a, 'p> {
    pub(crate) id: PremisesId,
    pub(crate) facts: &'a PremisesFacts,
    pub(crate) resource: Resource,
    pub(crate) own: Option<&'p Individual>,
    pub(crate) relief: Option<&'p Relief>,
}

/// The parts by whatever they were found by, so that no share is reckoned twice.
type Known = BTreeMap<(ChargePart, Option<Code>, NaiveDate, u32), Vec<Part>>;

impl<'a> Settling<'a> {
    /// Parts the charges of a communal flat among its rooms, where rooms have accounts.
    pub(crate) fn part_rooms(
        &mut self,
        flat: &mut PremisesSettlement,
        parting: &Parting<'a, '_>,
    ) -> Result<(), SettlementError> {
        let mut rooms: Vec<Room<'a>> = self
            .rooms_of(parting.id)
            .into_iter()
            .map(|(id, facts)| Room { id, facts })
            .collect();
        rooms.sort_by_cached_key(|room| text::natural(room.facts.number.as_str()));
        if !rooms.iter().any(|room| self.has_account(room.id)) || flat.charges.is_empty() {
            return Ok(());
        }
        self.check_flat_account(parting);
        self.check_persons(&rooms, parting.resource);
        let metered = self.room_meters(&rooms, parting)?;
        let mut known = Known::new();
        let mut charges: Vec<Vec<Charge>> = vec![Vec::new(); rooms.len()];
        for charge in &flat.charges {
            let key = &charge.key;
            let place = (key.part, key.zone.clone(), key.from, charge.days);
            let parts = match known.get(&place) {
                Some(parts) => parts,
                None => match self.parts(&rooms, parting, charge, metered.as_deref()) {
                    Ok(parts) => known.entry(place).or_insert(parts),
                    Err(why) => {
                        self.not_parted(parting, why);
                        return Ok(());
                    }
                },
            };
            let clause = clause_of(charge, metered.is_some())?;
            // The absence of one room is no line of the others.
            let is_absence = key.part == ChargePart::Absence;
            let parts = charges.iter_mut().zip(parts);
            for (of_room, part) in parts.filter(|(_, part)| !(is_absence && part.factor.is_zero()))
            {
                of_room.push(parted(charge, part, &clause));
            }
        }
        for (room, charges) in rooms.iter().zip(charges) {
            flat.rooms.push(self.room_settlement(flat, *room, charges)?);
        }
        Ok(())
    }

    fn parts(
        &self,
        rooms: &[Room<'a>],
        parting: &Parting<'a, '_>,
        charge: &Charge,
        metered: Option<&[Individual]>,
    ) -> Result<Vec<Part>, NoShares> {
        let key = &charge.key;
        match key.part {
            ChargePart::CommonProperty | ChargePart::CommonNeeds => {
                self.parts_by_area(rooms, false)
            }
            _ if key.resource == Resource::Heat => self.parts_by_area(rooms, true),
            ChargePart::Absence => match parting.relief.filter(|relief| of_rooms(relief, rooms)) {
                Some(relief) => self.parts_by_relief(rooms, relief),
                None => self.parts_by_persons(rooms, key.from, charge.days),
            },
            _ => match metered.zip(parting.own) {
                Some((metered, flat)) => {
                    let metered = AllMetered {
                        flat,
                        rooms: metered,
                    };
                    self.parts_by_meters(rooms, &metered, key.zone.as_ref())
                }
                None => self.parts_by_persons(rooms, key.from, charge.days),
            },
        }
    }

    /// The absence of a room is its own.
    fn parts_by_relief(&self, rooms: &[Room<'_>], relief: &Relief) -> Result<Vec<Part>, NoShares> {
        let of_room = |room: &Room<'_>| relief.by_premises.get(&room.id).cloned();
        let own: Vec<Ratio> = rooms
            .iter()
            .map(of_room)
            .map(Option::unwrap_or_default)
            .collect();
        let because = |own: &Ratio| {
            Explanation::new("settlement.room_absence", "отсутствие проживающих комнаты")
                .formula(self.relief_share(own, relief))
        };
        parts_of(&own, because).map_err(|_| NoShares::Persons)
    }

    /// What the meters of the rooms counted of electricity, where every room has one and the flat
    /// has one too (п. 50).
    fn room_meters(
        &mut self,
        rooms: &[Room<'a>],
        parting: &Parting<'a, '_>,
    ) -> Result<Option<Vec<Individual>>, SettlementError> {
        if parting.resource != Resource::Electricity {
            return Ok(None);
        }
        let mut with_meter = 0;
        for room in rooms {
            let meters = self.meters_of(room.id, room.facts, Resource::Electricity)?;
            with_meter += usize::from(!meters.is_empty());
        }
        if with_meter == 0 {
            return Ok(None);
        }
        let flat = parting.own.filter(|own| own.is_metered);
        let why = match flat {
            None => Some("у квартиры нет общего прибора"),
            Some(_) if with_meter < rooms.len() => {
                Some("комнатные приборы есть не у всех комнат, а соглашение жильцов не внесено")
            }
            Some(_) => None,
        };
        if let Some(why) = why {
            let text = format!(
                "{why}: показания комнатных приборов не учтены, электроэнергия разделена по числу \
                 проживающих (ПП 354 п. 50)"
            );
            self.flag_flat(parting, ProblemKind::RoomNotSettled, text);
            return Ok(None);
        }
        let mut metered = Vec::with_capacity(rooms.len());
        for room in rooms {
            match self.individual(room.id, room.facts, Resource::Electricity)? {
                Own::Known(own) => metered.push(*own),
                Own::NotSupplied | Own::Unknown => return Ok(None),
            }
        }
        let sum: Ratio = metered.iter().map(|room| &room.volume).sum();
        if let Some(flat) = flat.filter(|flat| flat.volume < sum) {
            let text = format!(
                "комнатные приборы показали {}, а квартирный {}: проверьте показания",
                shown(&sum),
                shown_in(&flat.volume, flat.unit)
            );
            self.flag_flat(parting, ProblemKind::NegativeCommonPart, text);
        }
        Ok(Some(metered))
    }

    /// Whether an account of the premises is open on a day of the period.
    fn has_account(&self, id: PremisesId) -> bool {
        let accounts = self.book.accounts_of.get(&id).into_iter().flatten();
        accounts
            .filter_map(|account| self.book.accounts.get(account))
            .any(|account| days(self.period).any(|day| account.share_on(day).is_some()))
    }

    fn check_flat_account(&mut self, parting: &Parting<'a, '_>) {
        if self.has_account(parting.id) {
            let text = "счёт открыт и на квартиру, и на её комнаты: плата разделена по комнатам, \
                        счёт квартиры остаётся без начислений";
            self.flag_flat(parting, ProblemKind::RoomNotSettled, text.to_owned());
        }
    }

    /// A room of which nobody is recorded has no part by persons, which somebody should know.
    fn check_persons(&mut self, rooms: &[Room<'a>], resource: Resource) {
        let day = self.last_day();
        let silent = rooms
            .iter()
            .filter(|room| room.facts.persons_on(day).is_none());
        for room in silent {
            let place = Place {
                resource: Some(resource),
                premises: Some((room.id, room.facts)),
            };
            let text = "не записано, сколько человек проживает в комнате или сколько собственников: \
                        её доля по числу проживающих принята за ноль";
            let event = room.facts.registered.event;
            self.flag(ProblemKind::NoPersons, place, text, vec![event]);
        }
    }

    fn not_parted(&mut self, parting: &Parting<'a, '_>, why: NoShares) {
        let (kind, what) = match why {
            NoShares::Persons => (ProblemKind::NoPersons, "числа проживающих в комнатах"),
            NoShares::Area => (ProblemKind::NoArea, "жилой площади комнат"),
        };
        let text = format!(
            "плата коммунальной квартиры не разделена: нет {what}, счета комнат остаются без \
             начислений"
        );
        self.flag_flat(parting, kind, text);
    }

    fn flag_flat(&mut self, parting: &Parting<'a, '_>, kind: ProblemKind, text: String) {
        let place = Place {
            resource: Some(parting.resource),
            premises: Some((parting.id, parting.facts)),
        };
        let event = parting.facts.registered.event;
        self.flag(kind, place, text, vec![event]);
    }

    fn room_settlement(
        &self,
        flat: &PremisesSettlement,
        room: Room<'a>,
        charges: Vec<Charge>,
    ) -> Result<PremisesSettlement, SettlementError> {
        let day = self.last_day();
        let separate = charges.first().map(|charge| charge.key.resource);
        let separate = separate.and_then(|resource| room.facts.separate.get(&resource));
        let billed_by = separate
            .and_then(|rows| rows.on(day))
            .map(|fact| fact.value);
        Ok(PremisesSettlement {
            premises: room.id,
            number: number_of(&flat.number, &room.facts.number)?,
            kind: room.facts.kind_on(day).value,
            billed_by: flat.billed_by.or(billed_by),
            volume: own_volume(&charges, flat.volume.as_ref()),
            method: flat.method,
            charges,
            rooms: Vec::new(),
        })
    }
}

/// Whether an absence was recorded of the rooms themselves.
fn of_rooms(relief: &Relief, rooms: &[Room<'_>]) -> bool {
    let known = relief.by_premises.keys();
    let mut known = known.filter(|id| rooms.iter().any(|room| room.id == **id));
    known.next().is_some()
}

/// The room's part of the flat's own volume.
fn own_volume(charges: &[Charge], flat: Option<&ExactVolume>) -> Option<ExactVolume> {
    let unit = flat?.unit;
    let own = charges
        .iter()
        .filter(|charge| charge.key.part == ChargePart::Individual);
    let volumes = own.filter_map(|charge| charge.volume.as_ref());
    let volumes = volumes.filter(|volume| volume.unit == unit);
    Some(ExactVolume::new(
        volumes.map(|volume| &volume.value).sum(),
        unit,
    ))
}

fn number_of(flat: &Label, room: &Label) -> Result<Label, SettlementError> {
    label(&format!("{flat}/{room}"))
}

/// The clause that a room's line follows.
fn clause_of(charge: &Charge, by_meters: bool) -> Result<Label, SettlementError> {
    use aggregates::tariff_book::event::TariffComponent::Single;
    let is_water = charge.key.resource == Resource::HotWater;
    let two_components = is_water && charge.key.component != Single;
    label(match charge.key.part {
        ChargePart::MultiplierExcess => return Ok(charge.clause.clone()),
        ChargePart::CommonProperty | ChargePart::CommonNeeds if two_components => {
            "ПП 354 прил. 2 ф. 26"
        }
        ChargePart::CommonProperty | ChargePart::CommonNeeds => "ПП 354 прил. 2 ф. 16, 17",
        ChargePart::Absence => "ПП 354 п. 50, 86, 90",
        _ if charge.key.resource == Resource::Heat => "ПП 354 п. 50, прил. 2 ф. 8",
        _ if by_meters => "ПП 354 п. 50, прил. 2 ф. 9",
        _ if two_components => "ПП 354 п. 50, прил. 2 ф. 25",
        _ => "ПП 354 п. 50, прил. 2 ф. 7",
    })
}

/// A room's part of a charge of its flat.
fn parted(charge: &Charge, part: &Part, clause: &Label) -> Charge {
    let amount = &charge.amount * &part.factor;
    let formula = format!(
        "{} · {} = {} ₽",
        shown(&charge.amount),
        shown(&part.factor),
        shown(&amount)
    );
    let because = Explanation::new("settlement.room", "часть комнаты в плате квартиры")
        .formula(formula)
        .clause(clause.as_str())
        .parts([part.because.clone(), charge.because.clone()]);
    Charge {
        volume: charge.volume.as_ref().map(|volume| {
            let value = &volume.value * &part.factor;
            ExactVolume::new(value, volume.unit)
        }),
        amount,
        clause: clause.clone(),
        because,
        ..charge.clone()
    }
}
