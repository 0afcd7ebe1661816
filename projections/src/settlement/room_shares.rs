//! Which part of what a communal flat is charged falls on each of its rooms.

use aggregates::ids::PremisesId;
use aggregates::quantity::{QuantityError, Unit};
use aggregates::text::Code;
use chrono::NaiveDate;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::facts::PremisesFacts;
use crate::settlement::formulas::rooms::{
    RoomMeters, RoomShare, formula_7, formula_8, formula_9, formula_17,
};
use crate::settlement::individual::Individual;
use crate::settlement::rates::days;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::Settling;
use crate::settlement::units::{shown, shown_in};
use crate::text;

/// A room of a communal flat.
#[derive(Clone, Copy)]
pub(crate) struct Room<'a> {
    pub(crate) id: PremisesId,
    pub(crate) facts: &'a PremisesFacts,
}

/// The part of a room: together those of all rooms are one.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) factor: Ratio,
    pub(crate) because: Explanation,
}

/// Why a flat's charges cannot be parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoShares {
    /// Nobody is recorded in any room.
    Persons,
    /// No area is recorded of a room.
    Area,
}

/// The meters of all rooms and of their flat.
pub(crate) struct AllMetered<'m> {
    pub(crate) flat: &'m Individual,
    /// In the order of the rooms.
    pub(crate) rooms: &'m [Individual],
}

impl Settling<'_> {
    /// Ф. 7: by persons, each of so many days from `from` on with those of that day.
    pub(crate) fn parts_by_persons(
        &self,
        rooms: &[Room<'_>],
        from: NaiveDate,
        count: u32,
    ) -> Result<Vec<Part>, NoShares> {
        let span = usize::try_from(count).unwrap_or(usize::MAX);
        let within: Vec<NaiveDate> = days(self.period)
            .filter(|day| from <= *day)
            .take(span)
            .collect();
        let mut sums = vec![Ratio::zero(); rooms.len()];
        let mut told: Vec<Vec<Counted>> = vec![Vec::new(); rooms.len()];
        for day in within {
            let counted: Vec<_> = rooms
                .iter()
                .map(|room| room.facts.persons_on(day))
                .collect();
            let all: u32 = counted.iter().flatten().map(|fact| fact.value).sum();
            for (index, fact) in counted.iter().enumerate() {
                let own = fact.map_or(0, |fact| fact.value);
                let share = RoomShare {
                    room: &Ratio::from(own),
                    all: &Ratio::from(all),
                };
                let part = formula_7(&Ratio::from(1_u32), share);
                sums[index] = &sums[index] + part.map_err(|_| NoShares::Persons)?;
                let events = counted.iter().flatten().map(|fact| fact.event).collect();
                Counted::note(&mut told[index], Counted::new(day, own, all, events));
            }
        }
        let parts = sums.into_iter().zip(told).map(|(sum, told)| {
            let factor = sum.checked_div(&Ratio::from(count));
            Ok(Part {
                factor: factor.map_err(|_| NoShares::Persons)?,
                because: explain_persons(told, count),
            })
        });
        parts.collect()
    }

    /// Ф. 8 of heating, else ф. 17: by living area on the period's last day; a room without one has
    /// its whole area.
    pub(crate) fn parts_by_area(
        &self,
        rooms: &[Room<'_>],
        is_heating: bool,
    ) -> Result<Vec<Part>, NoShares> {
        let day = self.last_day();
        let mut areas = Vec::with_capacity(rooms.len());
        for room in rooms {
            let living = room.facts.living.on(day);
            let area = living.or_else(|| room.facts.area.on(day));
            areas.push(area.ok_or(NoShares::Area)?);
        }
        let all: Ratio = areas.iter().map(|area| Ratio::from(area.value)).sum();
        let parts = areas.iter().map(|area| {
            let own = Ratio::from(area.value);
            let share = RoomShare {
                room: &own,
                all: &all,
            };
            let whole = Ratio::from(1_u32);
            let factor = match is_heating {
                true => formula_8(&whole, share),
                false => formula_17(&whole, share),
            };
            let formula = format!("{} / {}", shown(&own), shown_in(&all, Unit::SquareMetre));
            Ok(Part {
                factor: factor.map_err(|_| NoShares::Area)?,
                because: Explanation::new(
                    "settlement.room_area",
                    "жилая площадь комнаты / всех комнат",
                )
                .formula(formula)
                .events(areas.iter().map(|area| area.event)),
            })
        });
        parts.collect()
    }

    /// Ф. 9: by the meters of the rooms, the rest by persons; of one zone where all meters have it.
    pub(crate) fn parts_by_meters(
        &self,
        rooms: &[Room<'_>],
        metered: &AllMetered<'_>,
        zone: Option<&Code>,
    ) -> Result<Vec<Part>, NoShares> {
        let persons = self.parts_by_persons(rooms, self.period.first_day(), self.period.days())?;
        let of_zone = zone.and_then(|zone| {
            let flat = metered.flat.registers.get(zone)?;
            let own = metered.rooms.iter().map(|room| room.registers.get(zone));
            Some((flat, own.collect::<Option<Vec<_>>>()?))
        });
        let whole = || {
            let own = metered.rooms.iter().map(|room| &room.volume);
            (&metered.flat.volume, own.collect())
        };
        let (flat, own) = of_zone.unwrap_or_else(whole);
        if flat.is_zero() {
            return Ok(persons);
        }
        let sum: Ratio = own.iter().copied().sum();
        let parts = own.iter().zip(persons).zip(metered.rooms);
        let parts = parts.map(|((room, persons), because)| {
            let meters = RoomMeters {
                room,
                rooms: &sum,
                flat,
            };
            let share = RoomShare {
                room: &persons.factor,
                all: &Ratio::from(1_u32),
            };
            let volume = formula_9(&meters, share).map_err(|_| NoShares::Persons)?;
            let unit = metered.flat.unit;
            let formula = format!(
                "{} + ({} − {}) · {} = {}",
                shown(room),
                shown(flat),
                shown(&sum),
                shown(&persons.factor),
                shown_in(&volume, unit)
            );
            Ok(Part {
                factor: volume.checked_div(flat).map_err(|_| NoShares::Persons)?,
                because: Explanation::new("settlement.room_meter", "по комнатному прибору")
                    .formula(formula)
                    .parts([persons.because, because.because.clone()]),
            })
        });
        parts.collect()
    }
}

/// Days on which as many are counted in a room and in its flat.
#[derive(Clone, Debug)]
struct Counted {
    from: NaiveDate,
    days: u32,
    own: u32,
    all: u32,
    events: Vec<EventAt>,
}

impl Counted {
    fn new(from: NaiveDate, own: u32, all: u32, events: Vec<EventAt>) -> Self {
        Self {
            from,
            days: 1,
            own,
            all,
            events,
        }
    }

    fn note(told: &mut Vec<Self>, next: Self) {
        let same = |last: &&mut Self| (last.own, last.all) == (next.own, next.all);
        match told.last_mut().filter(same) {
            Some(last) => last.days += 1,
            None => told.push(next),
        }
    }
}

fn explain_persons(told: Vec<Counted>, days: u32) -> Explanation {
    let steps = told.into_iter().map(|counted| {
        let mut said = "проживающих в комнате / в квартире".to_owned();
        if counted.days < days {
            said.push_str(&format!(
                ", с {}: {} из {days} дней",
                text::day(counted.from),
                counted.days
            ));
        }
        Explanation::new("settlement.room_persons", said)
            .formula(format!("{} / {}", counted.own, counted.all))
            .events(counted.events)
    });
    Explanation::new("settlement.room_share", "доля комнаты по числу проживающих").parts(steps)
}

/// The parts of rooms in something that is known of each.
pub(crate) fn parts_of(
    own: &[Ratio],
    because: impl Fn(&Ratio) -> Explanation,
) -> Result<Vec<Part>, QuantityError> {
    let all: Ratio = own.iter().sum();
    let parts = own.iter().map(|own| {
        Ok(Part {
            factor: own.checked_div(&all)?,
            because: because(own),
        })
    });
    parts.collect()
}
