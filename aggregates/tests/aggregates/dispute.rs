//! A dispute: opened once, both sides speak while it is open, answered by somebody else.

use aggregates::account::bill::{ChargeKey, ChargePart};
use aggregates::dispute::Dispute;
use aggregates::dispute::command::{DisputeCommand as Command, DisputeRequest};
use aggregates::dispute::error::DisputeError as Error;
use aggregates::dispute::event::{
    DisputeClaim, DisputeEvent as Event, DisputeOutcome as Outcome, DisputeRemedy as Remedy,
    DisputeSide as Side, DisputeSubject,
};
use aggregates::ids::{AccountId, CorrectionId, OrganisationId};
use aggregates::quantity::Money;
use aggregates::tariff_book::event::TariffComponent;
use aggregates::vocabulary::{NoteRef, Resource};

use crate::support::*;

/// Different words for different numbers.
fn words(number: u8) -> NoteRef {
    note(&format!("{number:02x}").repeat(32))
}

fn request() -> DisputeRequest {
    DisputeRequest {
        subject: DisputeSubject {
            account: AccountId(id(41)),
            period: period("2026-10"),
            charge: Some(ChargeKey {
                resource: Resource::ColdWater,
                part: ChargePart::Individual,
                component: TariffComponent::Single,
                zone: None,
                from: date("2026-10-01"),
            }),
            amount: Money::from_kopecks(160_000),
            frozen_at: 1204,
        },
        claim: DisputeClaim::Volume,
        provider: OrganisationId(id(3)),
        on: date("2026-11-10"),
        answer_due: date("2026-11-24"),
        by: code("resident:1"),
        note: Some(words(91)),
    }
}

fn opened() -> Event {
    let request = request();
    Event::DisputeOpened {
        subject: request.subject,
        claim: request.claim,
        provider: request.provider,
        on: request.on,
        answer_due: request.answer_due,
        by: request.by,
        note: request.note,
    }
}

fn say(number: u8) -> Command {
    Command::AddStatement {
        side: Side::Provider,
        by: code("staff:1"),
        note: words(number),
    }
}

fn said(number: u8) -> Event {
    Event::StatementAdded {
        side: Side::Provider,
        by: code("staff:1"),
        note: words(number),
    }
}

fn answer(outcome: Outcome, remedy: Option<Remedy>, by: &str) -> Command {
    Command::DecideDispute {
        outcome,
        remedy,
        on: date("2026-11-20"),
        by: code(by),
        note: words(95),
    }
}

fn answered(outcome: Outcome, remedy: Option<Remedy>) -> Event {
    Event::DisputeDecided {
        outcome,
        remedy,
        on: date("2026-11-20"),
        by: code("staff:1"),
        note: words(95),
    }
}

fn withdraw(by: &str) -> Command {
    Command::WithdrawDispute { by: code(by) }
}

#[tokio::test]
async fn a_figure_is_contested_once() {
    let open = || Command::OpenDispute(request());
    emits::<Dispute>(vec![], open(), vec![opened()]).await;
    emits::<Dispute>(vec![opened()], open(), vec![]).await;
    let mut other = request();
    other.claim = DisputeClaim::Price;
    let other = Command::OpenDispute(other);
    refuses::<Dispute>(vec![opened()], other, Error::OpenedDifferently).await;
    let mut early = request();
    early.answer_due = date("2026-11-09");
    let error = Error::DueBeforeRequest {
        on: date("2026-11-10"),
        due: date("2026-11-09"),
    };
    refuses::<Dispute>(vec![], Command::OpenDispute(early), error).await;
}

#[tokio::test]
async fn both_sides_speak_while_it_is_open() {
    emits::<Dispute>(vec![opened()], say(92), vec![said(92)]).await;
    emits::<Dispute>(vec![opened(), said(92)], say(92), vec![]).await;
    emits::<Dispute>(vec![opened(), said(92)], say(93), vec![said(93)]).await;
    refuses::<Dispute>(vec![], say(92), Error::NotOpened).await;
    let decided = vec![opened(), answered(Outcome::Rejected, None)];
    refuses::<Dispute>(decided, say(92), Error::Decided).await;
    let by = code("resident:1");
    let withdrawn = vec![opened(), Event::DisputeWithdrawn { by }];
    refuses::<Dispute>(withdrawn, say(92), Error::Withdrawn).await;
}

#[tokio::test]
async fn what_was_wrong_is_put_right_and_nothing_else() {
    let correction = Some(Remedy::Correction(CorrectionId(id(61))));
    for (outcome, remedy) in [
        (Outcome::Upheld, correction),
        (Outcome::PartlyUpheld, Some(Remedy::Recorded)),
        (Outcome::Rejected, None),
    ] {
        let then = vec![answered(outcome, remedy)];
        let command = answer(outcome, remedy, "staff:1");
        emits::<Dispute>(vec![opened()], command.clone(), then.clone()).await;
        emits::<Dispute>([vec![opened()], then].concat(), command, vec![]).await;
    }
    let missing = answer(Outcome::Upheld, None, "staff:1");
    refuses::<Dispute>(vec![opened()], missing, Error::RemedyMissing).await;
    let needless = answer(Outcome::Rejected, correction, "staff:1");
    refuses::<Dispute>(vec![opened()], needless, Error::RemedyNeedless).await;
    let own = answer(Outcome::Rejected, None, "resident:1");
    refuses::<Dispute>(vec![opened()], own, Error::OwnDispute).await;
    let again = answer(Outcome::Upheld, correction, "staff:1");
    let decided = vec![opened(), answered(Outcome::Rejected, None)];
    refuses::<Dispute>(decided, again, Error::Decided).await;
}

#[tokio::test]
async fn only_who_contested_takes_it_back() {
    let by = code("resident:1");
    let then = vec![Event::DisputeWithdrawn { by }];
    emits::<Dispute>(vec![opened()], withdraw("resident:1"), then.clone()).await;
    emits::<Dispute>(
        [vec![opened()], then].concat(),
        withdraw("resident:1"),
        vec![],
    )
    .await;
    refuses::<Dispute>(vec![opened()], withdraw("staff:1"), Error::NotTheirs).await;
    refuses::<Dispute>(vec![], withdraw("resident:1"), Error::NotOpened).await;
}
