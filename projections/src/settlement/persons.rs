//! Who is counted in premises on a day (ПП 354 п. 56, 56(2)), rooms of communal flats together.

use aggregates::ids::PremisesId;
use chrono::NaiveDate;

use crate::recorded::EventAt;
use crate::settlement::facts::PremisesFacts;
use crate::settlement::settling::Settling;

/// The persons that a norm is for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Persons {
    pub(crate) count: u32,
    /// `3 чел.`, and whose they are where they do not live here.
    pub(crate) said: String,
    pub(crate) events: Vec<EventAt>,
}

/// Who is counted in premises by themselves; `None` where nobody is recorded.
fn persons_in(premises: &PremisesFacts, day: NaiveDate) -> Option<Persons> {
    let counted = premises.persons_on(day)?;
    let said = match premises.residents_on(day) {
        Some(_) => format!("{} чел.", counted.value),
        None => format!(
            "{} чел. (собственники: никто не зарегистрирован, п. 56(2))",
            counted.value
        ),
    };
    Some(Persons {
        count: counted.value,
        said,
        events: vec![counted.event],
    })
}

impl<'a> Settling<'a> {
    /// The rooms of a communal flat, by id; none of any other premises.
    pub(crate) fn rooms_of(&self, flat: PremisesId) -> Vec<(PremisesId, &'a PremisesFacts)> {
        let book = self.book;
        let parts = book.parts.get(&flat).into_iter().flatten();
        let known = parts.filter_map(|id| Some((*id, book.premises.get(id)?)));
        known
            .filter(|(_, facts)| self.is_residential(facts))
            .collect()
    }

    /// Who is counted in premises on a day: in a communal flat, those of all its rooms together,
    /// or its own where nothing is recorded of any room.
    pub(crate) fn persons_on(
        &self,
        id: PremisesId,
        premises: &PremisesFacts,
        day: NaiveDate,
    ) -> Option<Persons> {
        let rooms = self.rooms_of(id);
        let mut counted = rooms.iter().filter_map(|(_, room)| persons_in(room, day));
        let Some(first) = counted.next() else {
            return persons_in(premises, day);
        };
        let together = counted.fold(first, |mut sum, room| {
            sum.count += room.count;
            sum.events.extend(room.events);
            sum
        });
        Some(Persons {
            said: format!("{} чел. в комнатах", together.count),
            ..together
        })
    }
}
