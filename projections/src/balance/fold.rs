//! Takes in the events of one book and remembers what a house balance depends on.

use std::collections::BTreeMap;

use aggregates::book_event::BookEvent;
use aggregates::building::event::{BuildingEvent, ScopeMember};
use aggregates::ids::PremisesId;
use aggregates::premises::event::{PremisesEvent, PremisesKind};
use aggregates::text::{Code, Label};
use aggregates::time::{Period, ZoneName};
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::consumption::{Consumption, EventTypes, Touched};
use crate::recorded::{EventAt, FoldError, Recorded};

/// The state of a book from which the balances of its house are told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    pub(crate) consumption: Consumption,
    pub(crate) premises: BTreeMap<PremisesId, PremisesFacts>,
    scopes: Vec<ScopeFact>,
}

/// Premises as a balance sees them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PremisesFacts {
    pub(crate) number: Label,
    kind: PremisesKind,
    /// Changes of use, in the order of recording.
    uses: Vec<(NaiveDate, PremisesKind)>,
}

impl PremisesFacts {
    /// What the premises are on that day.
    pub(crate) fn kind_on(&self, day: NaiveDate) -> PremisesKind {
        let before = self.uses.iter().filter(|(from, _)| *from <= day);
        // Of several from the same day the one recorded last holds: `max_by_key` keeps the last.
        before
            .max_by_key(|(from, _)| *from)
            .map_or(self.kind, |(_, kind)| *kind)
    }
}

/// One version of a scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScopeFact {
    pub(crate) resource: Resource,
    pub(crate) name: Code,
    pub(crate) from: NaiveDate,
    pub(crate) house: Vec<ScopeMember>,
    pub(crate) members: Vec<ScopeMember>,
    pub(crate) event: EventAt,
}

impl Balance {
    /// The events that a balance depends on.
    pub const EVENT_TYPES: EventTypes = &[
        ("building", &["BuildingRegistered", "BalanceScopeDefined"]),
        Consumption::EVENT_TYPES[1],
        Consumption::EVENT_TYPES[2],
        ("premises", &["PremisesRegistered", "UseChanged"]),
    ];

    /// A fold that can tell the balance of every period and resource.
    pub fn new() -> Self {
        Self::default()
    }

    /// A fold that keeps only what the balance of one period and resource needs.
    pub fn for_period(period: Period, resource: Resource) -> Self {
        Self {
            consumption: Consumption::for_period(period, resource),
            ..Self::default()
        }
    }

    /// Position of the last event taken in; 0 before the first.
    pub fn position(&self) -> u64 {
        self.consumption.position()
    }

    /// Time zone of the house, once it is registered.
    pub fn zone(&self) -> Option<ZoneName> {
        self.consumption.zone
    }

    /// The consumption of the points, from the same events.
    pub fn consumption(&self) -> &Consumption {
        &self.consumption
    }

    /// As [`Consumption::read_to`].
    pub fn read_to(&mut self, position: u64) {
        self.consumption.read_to(position);
    }

    /// Takes in the next event of the book.
    ///
    /// # Errors
    /// [`FoldError`], as [`Consumption::apply`].
    pub fn apply(&mut self, recorded: &Recorded) -> Result<Touched, FoldError> {
        let touched = self.consumption.apply(recorded)?;
        Ok(match &recorded.event {
            BookEvent::Building(BuildingEvent::BalanceScopeDefined {
                resource,
                name,
                from,
                house,
                members,
            }) => {
                self.scopes.push(ScopeFact {
                    resource: *resource,
                    name: name.clone(),
                    from: *from,
                    house: house.clone(),
                    members: members.clone(),
                    event: recorded.at(),
                });
                Touched::House
            }
            BookEvent::Premises(event) => self.apply_premises(event, recorded),
            _ => touched,
        })
    }

    fn apply_premises(&mut self, event: &PremisesEvent, recorded: &Recorded) -> Touched {
        let id = PremisesId(recorded.aggregate_id);
        match event {
            PremisesEvent::PremisesRegistered { number, kind, .. } => {
                let facts = PremisesFacts {
                    number: number.clone(),
                    kind: *kind,
                    uses: Vec::new(),
                };
                self.premises.insert(id, facts);
            }
            PremisesEvent::UseChanged { kind, from, .. } => {
                if let Some(premises) = self.premises.get_mut(&id) {
                    premises.uses.push((*from, *kind));
                }
            }
            _ => {}
        }
        // The kind of premises moves a volume from one origin to another, never its amount.
        Touched::Nothing
    }

    /// Resources that a scope was ever defined for.
    pub(crate) fn resources(&self) -> impl Iterator<Item = Resource> + '_ {
        self.scopes.iter().map(|scope| scope.resource)
    }

    /// Scopes of the resource in force on that day, by name.
    pub(crate) fn scopes_on(&self, day: NaiveDate, resource: Resource) -> Vec<&ScopeFact> {
        let mut in_force: BTreeMap<&Code, &ScopeFact> = BTreeMap::new();
        for scope in &self.scopes {
            let earlier = in_force
                .get(&scope.name)
                .is_none_or(|held| held.from <= scope.from);
            if scope.resource == resource && scope.from <= day && earlier {
                in_force.insert(&scope.name, scope);
            }
        }
        // A version without points ends the scope.
        let ended = |scope: &&ScopeFact| scope.house.is_empty() && scope.members.is_empty();
        in_force
            .into_values()
            .filter(|scope| !ended(scope))
            .collect()
    }
}
