//! What the tests say in one word.

use std::fmt::Debug;

use aggregates::ids::NoteId;
use aggregates::ledger::LedgerAggregate;
use aggregates::quantity::{Fraction, Measure, Quantity, SquareMetre, Unit};
use aggregates::text::{Code, Label};
use aggregates::time::{DateSpan, Interval, Period};
use aggregates::vocabulary::{ActRef, NoteRef};
use chrono::{DateTime, NaiveDate, Utc};
use cqrs_es::test::TestFramework;
use uuid::Uuid;

/// The command leads to these events. Beyond that, the state they lead to survives its own JSON
/// form, and the same command once more leads to nothing.
pub(crate) async fn emits<A>(given: Vec<A::Event>, when: A::Command, then: Vec<A::Event>)
where
    A: LedgerAggregate<Command: Clone> + PartialEq + Debug,
{
    let framework = TestFramework::<A>::with(());
    framework
        .given(given.clone())
        .when_async(when.clone())
        .await
        .then_expect_events(then.clone());
    let events: Vec<_> = given.into_iter().chain(then).collect();
    folded::<A>(events.clone());
    let framework = TestFramework::<A>::with(());
    framework
        .given(events)
        .when_async(when)
        .await
        .then_expect_events(Vec::new());
}

/// The command tells nothing new.
pub(crate) async fn repeats<A>(given: Vec<A::Event>, when: A::Command)
where
    A: LedgerAggregate,
{
    TestFramework::<A>::with(())
        .given(given)
        .when_async(when)
        .await
        .then_expect_events(Vec::new());
}

/// The command is refused for this reason, and the reason is told in Russian.
pub(crate) async fn refuses<A>(given: Vec<A::Event>, when: A::Command, because: A::Error)
where
    A: LedgerAggregate<Error: PartialEq>,
{
    let told = because.to_string();
    assert!(
        told.chars().any(|c| ('а'..='я').contains(&c)),
        "not in Russian: {told}"
    );
    TestFramework::<A>::with(())
        .given(given)
        .when_async(when)
        .await
        .then_expect_error(because);
}

/// The state after these events, read back from the JSON form in which it is stored.
pub(crate) fn folded<A>(events: Vec<A::Event>) -> A
where
    A: LedgerAggregate + PartialEq + Debug,
{
    let mut state = A::default();
    for event in events {
        state.apply(event);
    }
    let stored = serde_json::to_string(&state).expect("a state is JSON");
    let read: A = serde_json::from_str(&stored).expect("a stored state is read back");
    assert_eq!(read, state, "the state differs after storing: {stored}");
    read
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

pub(crate) fn since(from: &str) -> DateSpan {
    DateSpan::since(date(from))
}

pub(crate) fn between(from: &str, until: &str) -> DateSpan {
    DateSpan::new(date(from), Some(date(until))).expect("a span")
}

pub(crate) fn interval(from: &str, until: &str) -> Interval {
    Interval::new(at(from), at(until)).expect("an interval")
}

pub(crate) fn period(text: &str) -> Period {
    text.parse().expect("a period")
}

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).expect("a label")
}

pub(crate) fn code(text: &str) -> Code {
    Code::new(text).expect("a code")
}

pub(crate) fn act(number: &str) -> ActRef {
    ActRef {
        number: label(number),
        date: date("2026-01-15"),
        document: None,
    }
}

pub(crate) fn note(commitment: &str) -> NoteRef {
    NoteRef {
        id: NoteId(id(900)),
        commitment: code(commitment),
    }
}

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn area(text: &str) -> Quantity<SquareMetre> {
    Quantity::parse(text).expect("an area")
}

pub(crate) fn share(text: &str) -> Fraction {
    text.parse().expect("a share")
}

pub(crate) fn measure(text: &str, unit: Unit) -> Measure {
    Measure::new(text.parse().expect("a number"), unit)
}
