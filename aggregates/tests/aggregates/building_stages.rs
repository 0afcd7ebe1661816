//! The way from an open period to a closed one and, before bills go out, back.

use aggregates::building::Building;
use aggregates::building::closing::{AcceptedFlags, ClosingStage, Flagged, StageCount};
use aggregates::building::command::BuildingCommand as Command;
use aggregates::building::error::BuildingError as Error;
use aggregates::building::event::BuildingEvent as Event;
use aggregates::text::Code;

use crate::building_periods::{after, closed, hash, opened, reopen, reopened, request, requested};
use crate::support::*;

fn counts(count: u32) -> Vec<StageCount> {
    vec![StageCount {
        what: code("missing"),
        resource: None,
        count,
    }]
}

fn pass(stage: ClosingStage, count: u32, root: Option<Code>) -> Command {
    Command::PassStage {
        period: period("2026-01"),
        stage,
        computed_at: 7,
        counts: counts(count),
        totals: vec![],
        lines_root: root,
    }
}

fn passed(stage: ClosingStage, count: u32, root: Option<Code>) -> Event {
    Event::PeriodStagePassed {
        period: period("2026-01"),
        stage,
        computed_at: 7,
        counts: counts(count),
        totals: vec![],
        lines_root: root,
    }
}

/// All stages passed, the lines with `root` approved.
fn approved(root: &Code) -> Vec<Event> {
    let mut events = vec![opened("2026-01")];
    for stage in ClosingStage::ALL {
        let root = (stage == ClosingStage::Approved).then(|| root.clone());
        events.push(passed(stage, 1, root));
    }
    after(&events)
}

fn settled(root: Option<Code>, held: bool) -> Command {
    Command::ClosePeriod {
        period: period("2026-01"),
        computed_at: 7,
        edition_hash: Some(hash()),
        engine: Some(label("0.1.0")),
        totals: vec![],
        stream_heads_root: Some(hash()),
        lines_root: root,
        accepted: vec![],
        batch: None,
        bills_held: held,
    }
}

fn settled_event(root: Option<Code>, held: bool) -> Event {
    Event::PeriodClosed {
        period: period("2026-01"),
        computed_at: 7,
        edition_hash: Some(hash()),
        engine: Some(label("0.1.0")),
        totals: vec![],
        stream_heads_root: Some(hash()),
        lines_root: root,
        accepted: vec![],
        batch: None,
        bills_held: held,
    }
}

#[tokio::test]
async fn stages_are_passed_in_their_order() {
    let given = after(&[opened("2026-01")]);
    let error = Error::StageTooEarly {
        stage: ClosingStage::Validated,
        previous: ClosingStage::Collected,
    };
    refuses::<Building>(given.clone(), pass(ClosingStage::Validated, 1, None), error).await;
    let first = passed(ClosingStage::Collected, 1, None);
    emits::<Building>(
        given,
        pass(ClosingStage::Collected, 1, None),
        vec![first.clone()],
    )
    .await;
    let given = after(&[opened("2026-01"), first]);
    repeats::<Building>(given.clone(), pass(ClosingStage::Collected, 1, None)).await;
    let second = passed(ClosingStage::Validated, 1, None);
    emits::<Building>(given, pass(ClosingStage::Validated, 1, None), vec![second]).await;
}

#[tokio::test]
async fn a_stage_that_is_counted_anew_takes_those_after_it_back() {
    let given = after(&[
        opened("2026-01"),
        passed(ClosingStage::Collected, 2, None),
        passed(ClosingStage::Validated, 1, None),
        passed(ClosingStage::Collected, 1, None),
    ]);
    let state = folded::<Building>(given);
    let stages: Vec<ClosingStage> = state.stages().iter().map(|passed| passed.stage).collect();
    assert_eq!(stages, [ClosingStage::Collected]);
}

#[tokio::test]
async fn what_is_closed_is_what_was_approved() {
    let (root, other) = (code(&"c3".repeat(32)), code(&"d4".repeat(32)));
    let period = period("2026-01");
    let bare = after(&[opened("2026-01")]);
    let error = Error::NotApproved { period };
    refuses::<Building>(bare, settled(Some(root.clone()), false), error).await;
    let error = Error::ApprovedOtherwise { period };
    refuses::<Building>(approved(&root), settled(Some(other), false), error).await;
    let event = settled_event(Some(root.clone()), false);
    emits::<Building>(approved(&root), settled(Some(root), false), vec![event]).await;
}

#[tokio::test]
async fn a_period_is_closed_with_causes_that_were_given() {
    let given = after(&[opened("2026-01")]);
    let flagged = Flagged {
        kind: code("no_norm"),
        resource: None,
        premises: None,
    };
    let accept = Command::AcceptFlag {
        period: period("2026-01"),
        flagged: flagged.clone(),
        cause: code("checked"),
        note: None,
    };
    let accepted = Event::FlagAccepted {
        period: period("2026-01"),
        flagged,
        cause: code("checked"),
        note: None,
    };
    emits::<Building>(given.clone(), accept.clone(), vec![accepted.clone()]).await;
    let with = |cause: &str| {
        let mut command = settled(None, false);
        if let Command::ClosePeriod { accepted, .. } = &mut command {
            accepted.push(AcceptedFlags {
                kind: code("no_norm"),
                resource: None,
                cause: code(cause),
                count: 3,
            });
        }
        command
    };
    let given: Vec<Event> = given.into_iter().chain([accepted]).collect();
    repeats::<Building>(given.clone(), accept).await;
    let error = Error::CauseNotGiven {
        kind: code("no_norm"),
        cause: code("guessed"),
    };
    refuses::<Building>(given.clone(), with("guessed"), error).await;
    let state = folded::<Building>(given);
    assert_eq!(state.accepted_flags().len(), 1);
}

#[tokio::test]
async fn a_closed_period_takes_no_causes_and_no_stages() {
    let given = after(&[opened("2026-01"), closed("2026-01", 5)]);
    let error = Error::PeriodClosed {
        period: period("2026-01"),
    };
    refuses::<Building>(given, pass(ClosingStage::Collected, 1, None), error).await;
}

#[tokio::test]
async fn two_people_open_a_period_again() {
    let given = after(&[opened("2026-01"), closed("2026-01", 5)]);
    let period = period("2026-01");
    let error = Error::ReopeningNotRequested { period };
    refuses::<Building>(given.clone(), reopen("2026-01"), error).await;
    emits::<Building>(
        given.clone(),
        request("2026-01", None),
        vec![requested("2026-01")],
    )
    .await;
    let given: Vec<Event> = given.into_iter().chain([requested("2026-01")]).collect();
    repeats::<Building>(given.clone(), request("2026-01", None)).await;
    let alone = Command::ReopenPeriod {
        period,
        by: code("staff:1"),
    };
    refuses::<Building>(given.clone(), alone, Error::SameActor).await;
    emits::<Building>(given, reopen("2026-01"), vec![reopened("2026-01")]).await;
}

#[tokio::test]
async fn until_its_bills_go_out_a_period_may_be_opened_again_and_nothing_else_is_closed() {
    let held = settled_event(None, true);
    let given = after(&[opened("2026-01"), opened("2026-02"), held]);
    emits::<Building>(
        given.clone(),
        request("2026-01", None),
        vec![requested("2026-01")],
    )
    .await;
    let period = period("2026-01");
    let next = crate::building_periods::close("2026-02", 9);
    refuses::<Building>(given.clone(), next, Error::BillsHeld { period }).await;
    let release = Command::ReleaseHeldBills { period };
    let released = Event::HeldBillsReleased { period };
    emits::<Building>(given.clone(), release.clone(), vec![released.clone()]).await;
    let out: Vec<Event> = given.into_iter().chain([released]).collect();
    repeats::<Building>(out.clone(), release).await;
    let error = Error::BillsIssued { period };
    refuses::<Building>(out, request("2026-01", None), error).await;
}
