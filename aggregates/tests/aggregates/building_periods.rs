use aggregates::building::Building;
use aggregates::building::closing::FourEyes;
use aggregates::building::command::BuildingCommand as Command;
use aggregates::building::error::BuildingError as Error;
use aggregates::building::event::{BuildingEvent as Event, PeriodTotal, ReopeningReason};
use aggregates::ledger::EventId;
use aggregates::quantity::{Measure, Unit};
use aggregates::text::Code;
use aggregates::vocabulary::{NoteRef, Resource};
use proptest::prelude::*;

use crate::building::registered;
use crate::support::*;

pub(crate) fn open(month: &str) -> Command {
    Command::OpenPeriod {
        period: period(month),
    }
}

pub(crate) fn opened(month: &str) -> Event {
    Event::PeriodOpened {
        period: period(month),
    }
}

fn totals(value: &str) -> Vec<PeriodTotal> {
    vec![PeriodTotal {
        resource: Resource::ColdWater,
        kind: code("house"),
        period: None,
        volume: Some(measure(value, Unit::CubicMetre)),
        amount: None,
    }]
}

pub(crate) fn close(month: &str, computed_at: u64) -> Command {
    Command::ClosePeriod {
        period: period(month),
        computed_at,
        edition_hash: None,
        engine: None,
        totals: totals("120.5"),
        stream_heads_root: None,
        lines_root: None,
        accepted: Vec::new(),
        batch: None,
        bills_held: false,
    }
}

pub(crate) fn closed(month: &str, computed_at: u64) -> Event {
    Event::PeriodClosed {
        period: period(month),
        computed_at,
        edition_hash: None,
        engine: None,
        totals: totals("120.5"),
        stream_heads_root: None,
        lines_root: None,
        accepted: Vec::new(),
        batch: None,
        bills_held: false,
    }
}

/// Another actor than [`requested`] agrees.
pub(crate) fn reopen(month: &str) -> Command {
    Command::ReopenPeriod {
        period: period(month),
        by: code("staff:2"),
    }
}

pub(crate) fn request(month: &str, note: Option<NoteRef>) -> Command {
    Command::RequestReopening {
        period: period(month),
        reason: ReopeningReason::ClosedByMistake,
        note,
        by: code("staff:1"),
    }
}

pub(crate) fn requested(month: &str) -> Event {
    Event::ReopeningRequested {
        period: period(month),
        reason: ReopeningReason::ClosedByMistake,
        note: None,
        by: code("staff:1"),
    }
}

pub(crate) fn reopened(month: &str) -> Event {
    Event::PeriodReopened {
        period: period(month),
        reason: ReopeningReason::ClosedByMistake,
        note: None,
        approval: Some(FourEyes {
            requested_by: code("staff:1"),
            approved_by: code("staff:2"),
        }),
    }
}

pub(crate) fn after(events: &[Event]) -> Vec<Event> {
    [registered()]
        .into_iter()
        .chain(events.iter().cloned())
        .collect()
}

pub(crate) fn hash() -> Code {
    code(&"ab".repeat(32))
}

#[tokio::test]
async fn periods_are_opened_one_after_another() {
    emits::<Building>(after(&[]), open("2026-01"), vec![opened("2026-01")]).await;
    let given = after(&[opened("2026-01")]);
    emits::<Building>(given.clone(), open("2026-02"), vec![opened("2026-02")]).await;
    for month in ["2026-03", "2025-12"] {
        let error = Error::PeriodOutOfOrder {
            period: period(month),
            expected: period("2026-02"),
        };
        refuses::<Building>(given.clone(), open(month), error).await;
    }
    let given = after(&[opened("2026-01"), opened("2026-02"), closed("2026-01", 5)]);
    repeats::<Building>(given, open("2026-01")).await;
}

#[tokio::test]
async fn periods_are_closed_in_order() {
    let given = after(&[opened("2026-01"), opened("2026-02")]);
    emits::<Building>(
        given.clone(),
        close("2026-01", 5),
        vec![closed("2026-01", 5)],
    )
    .await;
    let error = Error::EarlierPeriodOpen {
        period: period("2026-02"),
        previous: period("2026-01"),
    };
    refuses::<Building>(given.clone(), close("2026-02", 5), error).await;
    for month in ["2026-03", "2025-12"] {
        let error = Error::PeriodNotOpened {
            period: period(month),
        };
        refuses::<Building>(given.clone(), close(month, 5), error).await;
    }
    let state = folded::<Building>(after(&[opened("2026-01"), closed("2026-01", 5)]));
    assert_eq!(state.closed_through(), Some(period("2026-01")));
}

#[tokio::test]
async fn closing_again_must_say_the_same() {
    let given = after(&[opened("2026-01"), closed("2026-01", 5)]);
    repeats::<Building>(given.clone(), close("2026-01", 5)).await;
    let error = Error::PeriodClosed {
        period: period("2026-01"),
    };
    refuses::<Building>(given.clone(), close("2026-01", 6), error.clone()).await;
    let mut other = close("2026-01", 5);
    if let Command::ClosePeriod {
        totals: figures, ..
    } = &mut other
    {
        *figures = totals("120.6");
    }
    refuses::<Building>(given, other, error).await;
}

#[tokio::test]
async fn a_closing_is_computed_after_the_one_before() {
    let given = after(&[opened("2026-01"), opened("2026-02"), closed("2026-01", 50)]);
    let error = Error::ComputedTooEarly {
        computed_at: 49,
        last: 50,
    };
    refuses::<Building>(given, close("2026-02", 49), error.clone()).await;
    let given = after(&[
        opened("2026-01"),
        closed("2026-01", 50),
        reopened("2026-01"),
    ]);
    refuses::<Building>(given, close("2026-01", 49), error).await;
    let given = after(&[opened("2026-01")]);
    refuses::<Building>(given, close("2026-01", 0), Error::ComputedNowhere).await;
}

#[tokio::test]
async fn a_settlement_names_its_rules_its_engine_and_its_inputs() {
    let with = |edition: Option<Code>, engine: bool, root: Option<Code>| Command::ClosePeriod {
        period: period("2026-01"),
        computed_at: 5,
        edition_hash: edition,
        engine: engine.then(|| label("0.1.0")),
        totals: totals("120.5"),
        stream_heads_root: root,
        lines_root: None,
        accepted: Vec::new(),
        batch: None,
        bills_held: false,
    };
    let given = after(&[opened("2026-01")]);
    for incomplete in [
        with(Some(hash()), false, None),
        with(None, true, None),
        with(None, false, Some(hash())),
    ] {
        refuses::<Building>(given.clone(), incomplete, Error::SettlementIncomplete).await;
    }
    let short = code("abc");
    let error = Error::NotASha256 {
        field: "корень потоков",
        given: short.clone(),
    };
    let command = with(Some(hash()), true, Some(short));
    refuses::<Building>(given.clone(), command, error).await;
    let event = Event::PeriodClosed {
        period: period("2026-01"),
        computed_at: 5,
        edition_hash: Some(hash()),
        engine: Some(label("0.1.0")),
        totals: totals("120.5"),
        stream_heads_root: Some(hash()),
        lines_root: None,
        accepted: Vec::new(),
        batch: None,
        bills_held: false,
    };
    emits::<Building>(given, with(Some(hash()), true, Some(hash())), vec![event]).await;
}

#[tokio::test]
async fn a_total_stands_once() {
    let mut twice = close("2026-01", 5);
    if let Command::ClosePeriod {
        totals: figures, ..
    } = &mut twice
    {
        figures.extend(totals("7"));
    }
    let error = Error::Repeated {
        what: "итог house по ресурсу «холодная вода»".into(),
    };
    refuses::<Building>(after(&[opened("2026-01")]), twice, error).await;
}

#[tokio::test]
async fn only_the_last_closed_period_is_opened_again() {
    let given = after(&[
        opened("2026-01"),
        opened("2026-02"),
        closed("2026-01", 5),
        closed("2026-02", 9),
    ]);
    let command = request("2026-02", None);
    emits::<Building>(given.clone(), command, vec![requested("2026-02")]).await;
    let error = Error::NotLastClosed {
        last: Some(period("2026-02")),
    };
    refuses::<Building>(given.clone(), request("2026-01", None), error).await;
    let open = after(&[opened("2026-01")]);
    refuses::<Building>(
        open,
        request("2026-01", None),
        Error::NotLastClosed { last: None },
    )
    .await;

    let reopened: Vec<_> = given.iter().cloned().chain([reopened("2026-02")]).collect();
    let state = folded::<Building>(reopened.clone());
    assert_eq!(state.closed_through(), Some(period("2026-01")));
    emits::<Building>(reopened, close("2026-02", 12), vec![closed("2026-02", 12)]).await;
}

#[tokio::test]
async fn a_period_closed_anew_may_be_opened_anew() {
    let given = after(&[
        opened("2026-01"),
        closed("2026-01", 5),
        reopened("2026-01"),
        closed("2026-01", 9),
        requested("2026-01"),
    ]);
    emits::<Building>(given, reopen("2026-01"), vec![reopened("2026-01")]).await;
}

#[tokio::test]
async fn a_note_is_named_by_its_hash() {
    let given = after(&[opened("2026-01"), closed("2026-01", 5)]);
    let error = Error::NotASha256 {
        field: "хеш примечания",
        given: code("abc"),
    };
    refuses::<Building>(given, request("2026-01", Some(note("abc"))), error).await;
}

fn explain(month: &str, amount: Measure, evidence: Vec<EventId>) -> Command {
    Command::ExplainImbalance {
        period: period(month),
        resource: Resource::ColdWater,
        cause: code("leak"),
        amount,
        evidence,
    }
}

#[tokio::test]
async fn a_period_with_bills_is_not_opened_again() {
    let settled = Event::PeriodClosed {
        period: period("2026-01"),
        computed_at: 10,
        edition_hash: Some(code(&"a1".repeat(32))),
        engine: Some(label("0.1.0")),
        totals: totals("120.5"),
        stream_heads_root: Some(code(&"b2".repeat(32))),
        lines_root: None,
        accepted: Vec::new(),
        batch: None,
        bills_held: false,
    };
    let given = vec![registered(), opened("2026-01"), settled];
    let error = Error::BillsIssued {
        period: period("2026-01"),
    };
    refuses::<Building>(given, request("2026-01", None), error).await;
}

#[tokio::test]
async fn a_part_of_an_imbalance_finds_its_cause() {
    let evidence = vec![EventId::of::<Building>(id(1), 3)];
    let amount = measure("12.5", Unit::CubicMetre);
    let given = after(&[opened("2026-01"), closed("2026-01", 5)]);
    let event = Event::ImbalanceExplained {
        period: period("2026-01"),
        resource: Resource::ColdWater,
        cause: code("leak"),
        amount,
        evidence: evidence.clone(),
    };
    let command = explain("2026-01", amount, evidence.clone());
    emits::<Building>(given.clone(), command, vec![event]).await;

    let error = Error::PeriodNotOpened {
        period: period("2026-02"),
    };
    refuses::<Building>(given.clone(), explain("2026-02", amount, vec![]), error).await;
    let unit = Unit::Gigacalorie;
    let error = Error::ForeignUnit {
        resource: Resource::ColdWater,
        unit,
    };
    let command = explain("2026-01", measure("1", unit), vec![]);
    refuses::<Building>(given.clone(), command, error).await;
    let command = explain("2026-01", measure("0", Unit::CubicMetre), vec![]);
    refuses::<Building>(given.clone(), command, Error::NothingExplained).await;
    let twice = [evidence.clone(), evidence.clone()].concat();
    let error = Error::Repeated {
        what: format!("событие {}", evidence[0]),
    };
    refuses::<Building>(given, explain("2026-01", amount, twice), error).await;
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Open,
    Close,
    Reopen,
}

proptest! {
    /// Whatever is tried, the closed periods are an unbroken beginning of the opened ones.
    #[test]
    fn closed_periods_are_a_beginning_of_the_opened_ones(
        steps in proptest::collection::vec(
            (prop_oneof![Just(Step::Open), Just(Step::Close), Just(Step::Reopen)], 0_i32..4),
            1..30,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let first = period("2026-01");
        let mut events = after(&[]);
        for (step, months) in steps {
            let month = first.plus_months(months).to_string();
            let position = u64::try_from(events.len()).expect("a small number");
            let command = match step {
                Step::Open => open(&month),
                Step::Close => close(&month, position),
                Step::Reopen => request(&month, None),
            };
            let framework = cqrs_es::test::TestFramework::<Building>::with(());
            let outcome = runtime.block_on(framework.given(events.clone()).when_async(command));
            events.extend(outcome.inspect_result().unwrap_or_default());
            if matches!(step, Step::Reopen) {
                let framework = cqrs_es::test::TestFramework::<Building>::with(());
                let agreed = framework.given(events.clone()).when_async(reopen(&month));
                let agreed = runtime.block_on(agreed);
                events.extend(agreed.inspect_result().unwrap_or_default());
            }
            let state = folded::<Building>(events.clone());
            let is_opened: Vec<_> =
                (0..4).map(|months| state.is_period_opened(first.plus_months(months))).collect();
            let opened = is_opened.iter().filter(|opened| **opened).count();
            let runs = is_opened.windows(2).filter(|pair| pair[0] != pair[1]).count();
            prop_assert!(opened == 0 || runs <= 2, "the opened periods have a gap");
            if let Some(closed) = state.closed_through() {
                prop_assert!(state.is_period_opened(closed));
            }
        }
    }
}
