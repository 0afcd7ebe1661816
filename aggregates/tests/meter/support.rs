//! Builders of what the tests need. One house in Ekaterinburg (UTC+5), window until the 25th.

use std::collections::BTreeSet;

use aggregates::building::arrangement::{LatePolicy, SubmissionWindow};
use aggregates::building::terms::ReadingTerms;
use aggregates::ids::{AccountId, MeterId, MeteringPointId, OrganisationId, PremisesId};
use aggregates::meter::Meter;
use aggregates::meter::command::{MeterCommand, Registration};
use aggregates::meter::error::MeterError;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::model::{RegisterKind, RegisterSpec};
use aggregates::meter::reading::{Finding, Proposal, Reading, RegisterValue, ValidationRule};
use aggregates::meter::submission::{
    Choice, Confirmation, ReadingFacts, Submission, TargetReading,
};
use aggregates::quantity::{Measure, Unit};
use aggregates::text::{Code, Label};
use aggregates::time::{Period, ZoneName};
use aggregates::vocabulary::{ActRef, ReadingSource, Resource};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use rust_decimal::Decimal;
use uuid::Uuid;

pub(crate) const POINT: MeteringPointId = MeteringPointId(Uuid::from_u128(1));
pub(crate) const FLAT: PremisesId = PremisesId(Uuid::from_u128(2));
pub(crate) const OTHER_FLAT: PremisesId = PremisesId(Uuid::from_u128(3));
pub(crate) const ACCOUNT: AccountId = AccountId(Uuid::from_u128(4));
pub(crate) const PROVIDER: OrganisationId = OrganisationId(Uuid::from_u128(5));
pub(crate) const PAIR: MeterId = MeterId(Uuid::from_u128(6));

/// An instant by the clock of the house: `2026-03-24 10:00`.
pub(crate) fn local(text: &str) -> DateTime<Utc> {
    let stamp = format!("{text}:00+05:00").replacen(' ', "T", 1);
    stamp
        .parse()
        .expect("a test's instant is written YYYY-MM-DD HH:MM")
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a test's date is written YYYY-MM-DD")
}

pub(crate) fn period(text: &str) -> Period {
    text.parse().expect("a test's period is written YYYY-MM")
}

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).expect("a test's label is valid")
}

pub(crate) fn code(text: &str) -> Code {
    Code::new(text).expect("a test's code is valid")
}

pub(crate) fn decimal(text: &str) -> Decimal {
    text.parse().expect("a test's number is a decimal")
}

pub(crate) fn act(number: &str) -> ActRef {
    ActRef {
        number: label(number),
        date: day("2026-01-10"),
        document: None,
    }
}

pub(crate) fn value_in(register: &str, number: &str, unit: Unit) -> RegisterValue {
    RegisterValue {
        register: code(register),
        value: Measure::new(decimal(number), unit),
    }
}

pub(crate) fn cubic_metres(number: &str) -> Vec<RegisterValue> {
    vec![value_in("total", number, Unit::CubicMetre)]
}

pub(crate) fn register(name: &str, unit: Unit) -> RegisterSpec {
    RegisterSpec {
        name: code(name),
        unit,
        kind: RegisterKind::Cumulative,
        digits: Some(5),
        decimals: Some(3),
    }
}

pub(crate) fn registration(resource: Resource, registers: Vec<RegisterSpec>) -> Registration {
    Registration {
        resource,
        serial: label("12345678"),
        model: None,
        registers,
        verification_interval_months: Some(72),
        made_in: Some(2024),
    }
}

pub(crate) fn water() -> Registration {
    registration(
        Resource::ColdWater,
        vec![register("total", Unit::CubicMetre)],
    )
}

pub(crate) fn registered(registration: Registration) -> MeterEvent {
    MeterEvent::MeterRegistered {
        resource: registration.resource,
        serial: registration.serial,
        model: registration.model,
        registers: registration.registers,
        verification_interval_months: registration.verification_interval_months,
        made_in: registration.made_in,
    }
}

pub(crate) fn installed(at: &str, initial: Vec<RegisterValue>) -> MeterEvent {
    MeterEvent::MeterInstalled {
        point: POINT,
        at: local(at),
        initial,
        act: None,
        transformer_ratio: None,
    }
}

pub(crate) fn commissioned(at: &str) -> MeterEvent {
    MeterEvent::MeterCommissioned {
        act: act("В-1"),
        at: local(at),
    }
}

/// A cold water meter that stands since 2026-01-01 at 100 m³ and was admitted the same day.
pub(crate) fn standing() -> Vec<MeterEvent> {
    standing_since("2026-01-01 00:00", "100")
}

pub(crate) fn standing_since(at: &str, initial: &str) -> Vec<MeterEvent> {
    vec![
        registered(water()),
        installed(at, cubic_metres(initial)),
        commissioned(at),
    ]
}

pub(crate) fn terms() -> ReadingTerms {
    ReadingTerms {
        zone: ZoneName::new("Asia/Yekaterinburg").expect("the zone exists"),
        window: SubmissionWindow {
            opens_on_day: None,
            closes_on_day: 25,
            late_policy: LatePolicy::ByReceipt,
        },
        provider: Some(PROVIDER),
        closed_through: None,
        intake_outages: vec![],
    }
}

pub(crate) fn facts() -> ReadingFacts {
    ReadingFacts {
        premises_of_meter: Some(FLAT),
        premises_of_sender: Some(FLAT),
        ..ReadingFacts::of_house(terms())
    }
}

/// A resident's reading by the web cabinet, received a minute after it was taken.
pub(crate) fn sent(at: &str, values: Vec<RegisterValue>) -> Submission {
    Submission {
        values,
        taken_at: local(at),
        received_at: local(at) + TimeDelta::minutes(1),
        source: ReadingSource::Resident,
        channel: code("web"),
        account: Some(ACCOUNT),
        evidence: None,
        origin: None,
        confirms: None,
        facts: facts(),
    }
}

pub(crate) fn sent_water(at: &str, number: &str) -> Submission {
    sent(at, cubic_metres(number))
}

pub(crate) fn sent_by(source: ReadingSource, at: &str, number: &str) -> Submission {
    Submission {
        source,
        channel: code("modbus-tcp"),
        account: None,
        facts: ReadingFacts {
            premises_of_sender: None,
            ..facts()
        },
        ..sent_water(at, number)
    }
}

pub(crate) fn from_file(at: &str, number: &str, origin: &str) -> Submission {
    Submission {
        channel: code("csv"),
        origin: Some(label(origin)),
        ..sent_by(ReadingSource::Import, at, number)
    }
}

pub(crate) fn answering(submission: Submission, held: u64, choice: Choice) -> Submission {
    Submission {
        confirms: Some(Confirmation { held, choice }),
        ..submission
    }
}

pub(crate) fn record(submission: Submission) -> MeterCommand {
    MeterCommand::RecordReading(Box::new(submission))
}

/// The reading that an event made of `submission` carries.
pub(crate) fn reading_of(submission: &Submission, in_period: &str) -> Reading {
    Reading {
        values: submission.values.clone(),
        taken_at: submission.taken_at,
        received_at: submission.received_at,
        period: period(in_period),
        source: submission.source,
        channel: submission.channel.clone(),
        accepted_for: Some(PROVIDER),
        account: submission.account,
        evidence: submission.evidence.clone(),
        origin: submission.origin.clone(),
    }
}

pub(crate) fn recorded(submission: &Submission, in_period: &str) -> MeterEvent {
    MeterEvent::ReadingRecorded {
        reading: reading_of(submission, in_period),
        flags: vec![],
        confirms: None,
    }
}

/// An accepted reading of the past, by the same sender.
pub(crate) fn accepted(at: &str, number: &str, in_period: &str) -> MeterEvent {
    recorded(&sent_water(at, number), in_period)
}

/// What a command comes to.
pub(crate) async fn outcome(
    given: Vec<MeterEvent>,
    command: MeterCommand,
) -> Result<Vec<MeterEvent>, MeterError> {
    TestFramework::<Meter>::with(())
        .given(given)
        .when_async(command)
        .await
        .inspect_result()
}

pub(crate) async fn expect_events(
    given: Vec<MeterEvent>,
    command: MeterCommand,
    then: Vec<MeterEvent>,
) {
    TestFramework::<Meter>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_events(then);
}

pub(crate) async fn expect_error(given: Vec<MeterEvent>, command: MeterCommand, then: MeterError) {
    TestFramework::<Meter>::with(())
        .given(given)
        .when_async(command)
        .await
        .then_expect_error(then);
}

pub(crate) async fn expect_nothing(given: Vec<MeterEvent>, command: MeterCommand) {
    expect_events(given, command, vec![]).await;
}

/// The events of a command that must be taken.
pub(crate) async fn events(given: Vec<MeterEvent>, command: MeterCommand) -> Vec<MeterEvent> {
    outcome(given, command).await.expect("the command is taken")
}

/// The first event that a submission comes to.
pub(crate) async fn answer(given: Vec<MeterEvent>, submission: Submission) -> MeterEvent {
    let events = events(given, record(submission)).await;
    events
        .into_iter()
        .next()
        .expect("a new submission gives an event")
}

pub(crate) fn fold(events: &[MeterEvent]) -> Meter {
    let mut meter = Meter::default();
    for event in events {
        meter.apply(event.clone());
    }
    meter
}

pub(crate) fn with(
    mut given: Vec<MeterEvent>,
    more: impl IntoIterator<Item = MeterEvent>,
) -> Vec<MeterEvent> {
    given.extend(more);
    given
}

/// The event with the sequence `sequence` of a stream, as a unit loads it for a command.
pub(crate) fn target(stream: &[MeterEvent], sequence: usize) -> Box<TargetReading> {
    let number = u64::try_from(sequence).expect("streams of tests are short");
    let target = TargetReading::of(number, &stream[sequence - 1]);
    Box::new(target.expect("the event carries a reading"))
}

pub(crate) fn rules(event: &MeterEvent) -> BTreeSet<ValidationRule> {
    event
        .findings()
        .iter()
        .map(|finding| finding.rule)
        .collect()
}

pub(crate) fn finding(event: &MeterEvent, rule: ValidationRule) -> &Finding {
    let found = event.findings().iter().find(|finding| finding.rule == rule);
    found.unwrap_or_else(|| panic_without(event, rule))
}

#[allow(clippy::panic, reason = "a test's failure names what it found")]
fn panic_without(event: &MeterEvent, rule: ValidationRule) -> ! {
    panic!("no finding {rule:?} in {event:?}")
}

pub(crate) fn proposals(event: &MeterEvent) -> &[Proposal] {
    match event {
        MeterEvent::ReadingHeld { proposals, .. } => proposals,
        _ => &[],
    }
}

pub(crate) fn is_recorded(event: &MeterEvent) -> bool {
    matches!(event, MeterEvent::ReadingRecorded { .. })
}

pub(crate) fn is_held(event: &MeterEvent) -> bool {
    matches!(event, MeterEvent::ReadingHeld { .. })
}

pub(crate) fn is_rejected(event: &MeterEvent) -> bool {
    matches!(event, MeterEvent::ReadingRejected { .. })
}

/// A year of readings on the 20th of each month of 2025, `step` m³ a month, from 0 at installation
/// on 2024-12-20.
pub(crate) fn year_of_use(step: u32) -> Vec<MeterEvent> {
    let months = (1..=12_u32).map(|month| {
        let at = format!("2025-{month:02}-20 10:00");
        accepted(
            &at,
            &(month * step).to_string(),
            &format!("2025-{month:02}"),
        )
    });
    with(standing_since("2024-12-20 10:00", "0"), months)
}
