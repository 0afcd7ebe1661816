//! The fold of disputes.

use std::collections::BTreeMap;

use aggregates::book_event::BookEvent;
use aggregates::dispute::command::DisputeRequest;
use aggregates::dispute::event::{DisputeEvent, DisputeSubject};
use aggregates::ids::DisputeId;

use crate::consumption::EventTypes;
use crate::disputes::model::{DisputeCard, DisputeEnd, Statement};
use crate::recorded::Recorded;

/// All disputes of one book up to a position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disputes {
    cards: BTreeMap<DisputeId, DisputeCard>,
}

impl Disputes {
    /// The aggregate whose events it reads; a reader may leave out all others.
    pub const AGGREGATE: &'static str = "dispute";

    /// The events that it depends on.
    pub const EVENT_TYPES: EventTypes = &[(
        Self::AGGREGATE,
        &[
            "DisputeOpened",
            "StatementAdded",
            "DisputeDecided",
            "DisputeWithdrawn",
        ],
    )];

    /// Takes in the next event of the book; those of other aggregates are passed over.
    pub fn apply(&mut self, recorded: &Recorded) {
        let BookEvent::Dispute(event) = &recorded.event else {
            return;
        };
        let id = DisputeId(recorded.aggregate_id);
        let (at, recorded_at) = (recorded.at(), recorded.recorded_at);
        if let Some(opened) = request(event) {
            let card = DisputeCard {
                id,
                opened,
                event: at,
                recorded_at,
                statements: Vec::new(),
                end: None,
            };
            self.cards.insert(id, card);
            return;
        }
        let Some(card) = self.cards.get_mut(&id) else {
            return;
        };
        match event {
            DisputeEvent::StatementAdded { side, by, note } => card.statements.push(Statement {
                side: *side,
                by: by.clone(),
                note: note.clone(),
                event: at,
                recorded_at,
            }),
            DisputeEvent::DisputeDecided {
                outcome,
                remedy,
                on,
                note,
                ..
            } => {
                card.end = Some(DisputeEnd::Decided {
                    outcome: *outcome,
                    remedy: *remedy,
                    on: *on,
                    note: note.clone(),
                    event: at,
                    recorded_at,
                });
            }
            DisputeEvent::DisputeWithdrawn { .. } => {
                card.end = Some(DisputeEnd::Withdrawn {
                    event: at,
                    recorded_at,
                });
            }
            DisputeEvent::DisputeOpened { .. } => {}
        }
    }

    /// One of them.
    pub fn get(&self, id: DisputeId) -> Option<&DisputeCard> {
        self.cards.get(&id)
    }

    /// All, those that wait for an answer first, by its term; then the others, latest first.
    pub fn in_order(&self) -> Vec<&DisputeCard> {
        let mut cards: Vec<&DisputeCard> = self.cards.values().collect();
        cards.sort_by_key(|card| {
            let due = card.is_open().then_some(card.opened.answer_due);
            let latest = std::cmp::Reverse(card.event.position);
            (due.is_none(), due, latest)
        });
        cards
    }

    /// The open dispute about this very figure, if there is one.
    pub fn open_about(&self, subject: &DisputeSubject) -> Option<&DisputeCard> {
        let same = |card: &&DisputeCard| {
            let known = &card.opened.subject;
            let figure = (known.account, known.period, &known.charge);
            card.is_open() && figure == (subject.account, subject.period, &subject.charge)
        };
        self.cards.values().find(same)
    }
}

fn request(event: &DisputeEvent) -> Option<DisputeRequest> {
    let DisputeEvent::DisputeOpened {
        subject,
        claim,
        provider,
        on,
        answer_due,
        by,
        note,
    } = event
    else {
        return None;
    };
    Some(DisputeRequest {
        subject: subject.clone(),
        claim: *claim,
        provider: *provider,
        on: *on,
        answer_due: *answer_due,
        by: by.clone(),
        note: note.clone(),
    })
}
