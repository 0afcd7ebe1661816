use aggregates::correction::Correction;
use aggregates::correction::command::CorrectionCommand as Command;
use aggregates::correction::error::CorrectionError as Error;
use aggregates::correction::event::{
    CorrectionEffect, CorrectionEvent as Event, CorrectionOperation,
};
use aggregates::ids::MeterId;
use aggregates::meter::reading::WithdrawalReason;
use aggregates::quantity::Money;

use crate::support::*;

fn operation(reading: u64) -> CorrectionOperation {
    CorrectionOperation::WithdrawReading {
        meter: MeterId(id(5)),
        reading,
        reason: WithdrawalReason::WrongMeter,
        note: None,
    }
}

fn effect() -> CorrectionEffect {
    CorrectionEffect {
        computed_at: 12,
        accounts: 1,
        bills: 2,
        difference: Money::from_kopecks(-8000),
        effect_hash: code(&"e5".repeat(32)),
    }
}

fn request(reading: u64) -> Command {
    Command::RequestCorrection {
        operation: Box::new(operation(reading)),
        by: code("staff:1"),
        effect: effect(),
    }
}

fn requested() -> Vec<Event> {
    vec![Event::CorrectionRequested {
        operation: Box::new(operation(4)),
        by: code("staff:1"),
        effect: effect(),
    }]
}

fn approve(by: &str, hash: &str) -> Command {
    Command::ApproveCorrection {
        by: code(by),
        effect_hash: code(&hash.repeat(32)),
    }
}

fn decline() -> Command {
    Command::DeclineCorrection {
        by: code("staff:2"),
        note: None,
    }
}

#[tokio::test]
async fn a_correction_is_asked_for_once() {
    emits::<Correction>(vec![], request(4), requested()).await;
    repeats::<Correction>(requested(), request(4)).await;
    refuses::<Correction>(requested(), request(5), Error::RequestedDifferently).await;
}

#[tokio::test]
async fn another_actor_agrees_to_what_it_changes() {
    refuses::<Correction>(vec![], approve("staff:2", "e5"), Error::NotRequested).await;
    refuses::<Correction>(requested(), approve("staff:1", "e5"), Error::SameActor).await;
    refuses::<Correction>(requested(), approve("staff:2", "f6"), Error::EffectMoved).await;
    let approved = Event::CorrectionApproved {
        by: code("staff:2"),
    };
    let command = approve("staff:2", "e5");
    emits::<Correction>(requested(), command.clone(), vec![approved.clone()]).await;
    let done: Vec<Event> = requested().into_iter().chain([approved]).collect();
    repeats::<Correction>(done.clone(), command).await;
    refuses::<Correction>(done.clone(), approve("staff:3", "e5"), Error::Approved).await;
    refuses::<Correction>(done.clone(), decline(), Error::Approved).await;
    assert!(folded::<Correction>(done).is_approved());
}

#[tokio::test]
async fn a_declined_correction_is_not_carried_out() {
    refuses::<Correction>(vec![], decline(), Error::NotRequested).await;
    let declined = Event::CorrectionDeclined {
        by: code("staff:2"),
        note: None,
    };
    emits::<Correction>(requested(), decline(), vec![declined.clone()]).await;
    let events: Vec<Event> = requested().into_iter().chain([declined]).collect();
    repeats::<Correction>(events.clone(), decline()).await;
    refuses::<Correction>(events, approve("staff:2", "e5"), Error::Declined).await;
}
