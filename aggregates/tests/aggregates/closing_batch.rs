use aggregates::closing_batch::ClosingBatch;
use aggregates::closing_batch::command::ClosingBatchCommand as Command;
use aggregates::closing_batch::error::ClosingBatchError as Error;
use aggregates::closing_batch::event::{ClosingBatchEvent as Event, HouseOutcome, HouseProposal};
use aggregates::ids::BookId;
use aggregates::quantity::Money;

use crate::support::*;

fn proposal(bills: u32, charged: i64) -> HouseProposal {
    HouseProposal {
        computed_at: 10,
        bills,
        charged: Money::from_kopecks(charged),
        adjusted: Money::from_kopecks(-100),
        lines_root: code(&"a1".repeat(32)),
        blocking: 0,
        asking: 0,
    }
}

fn house(number: u128) -> BookId {
    BookId(id(number))
}

fn propose() -> Command {
    Command::ProposeBatch {
        period: period("2026-01"),
        by: code("staff:1"),
        houses: vec![(house(1), proposal(2, 500)), (house(2), proposal(3, 700))],
        totals_hash: code(&"b2".repeat(32)),
    }
}

fn proposed() -> Vec<Event> {
    let house = |number, proposal| Event::BatchHouseProposed {
        house: house(number),
        proposal,
    };
    vec![
        Event::BatchProposed {
            period: period("2026-01"),
            by: code("staff:1"),
            houses: 2,
            bills: 5,
            charged: Money::from_kopecks(1200),
            adjusted: Money::from_kopecks(-200),
            totals_hash: code(&"b2".repeat(32)),
        },
        house(1, proposal(2, 500)),
        house(2, proposal(3, 700)),
    ]
}

fn approve(by: &str, hash: &str) -> Command {
    Command::ApproveBatch {
        by: code(by),
        totals_hash: code(&hash.repeat(32)),
    }
}

fn approved() -> Vec<Event> {
    let mut events = proposed();
    events.push(Event::BatchApproved {
        by: code("staff:2"),
        totals_hash: code(&"b2".repeat(32)),
    });
    events
}

fn finish(number: u128, outcome: HouseOutcome) -> Command {
    Command::FinishBatchHouse {
        house: house(number),
        outcome,
    }
}

#[tokio::test]
async fn a_batch_states_its_houses_and_their_sum() {
    emits::<ClosingBatch>(vec![], propose(), proposed()).await;
    repeats::<ClosingBatch>(proposed(), propose()).await;
    let empty = Command::ProposeBatch {
        period: period("2026-01"),
        by: code("staff:1"),
        houses: vec![],
        totals_hash: code(&"b2".repeat(32)),
    };
    refuses::<ClosingBatch>(vec![], empty, Error::Empty).await;
    let mut twice = propose();
    if let Command::ProposeBatch { houses, .. } = &mut twice {
        houses.push((house(1), proposal(1, 1)));
    }
    refuses::<ClosingBatch>(vec![], twice, Error::HouseRepeated(house(1))).await;
}

#[tokio::test]
async fn another_actor_agrees_to_the_totals_that_were_proposed() {
    let error = Error::NotProposed;
    refuses::<ClosingBatch>(vec![], approve("staff:2", "b2"), error).await;
    refuses::<ClosingBatch>(proposed(), approve("staff:1", "b2"), Error::SameActor).await;
    refuses::<ClosingBatch>(proposed(), approve("staff:2", "c3"), Error::OtherTotals).await;
    let event = approved().pop().expect("an event");
    emits::<ClosingBatch>(proposed(), approve("staff:2", "b2"), vec![event]).await;
    repeats::<ClosingBatch>(approved(), approve("staff:2", "b2")).await;
}

#[tokio::test]
async fn what_became_of_a_house_is_said_once_until_it_changes() {
    let early = finish(1, HouseOutcome::Closed);
    refuses::<ClosingBatch>(proposed(), early, Error::NotApproved).await;
    let stranger = finish(9, HouseOutcome::Closed);
    refuses::<ClosingBatch>(approved(), stranger, Error::NotInBatch(house(9))).await;
    let finished = |outcome| Event::BatchHouseFinished {
        house: house(1),
        outcome,
    };
    let mut events = approved();
    let moved = finish(1, HouseOutcome::Moved);
    let event = finished(HouseOutcome::Moved);
    emits::<ClosingBatch>(events.clone(), moved.clone(), vec![event.clone()]).await;
    events.push(event);
    repeats::<ClosingBatch>(events.clone(), moved).await;
    let closed = finish(1, HouseOutcome::Closed);
    emits::<ClosingBatch>(events.clone(), closed, vec![finished(HouseOutcome::Closed)]).await;
    let state = folded::<ClosingBatch>(events);
    assert_eq!(state.houses()[&house(1)].outcome, Some(HouseOutcome::Moved));
    assert_eq!(state.houses()[&house(2)].outcome, None);
}
