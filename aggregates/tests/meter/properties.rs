//! Over any history: nothing is lost, the state is the fold of the events, and it stays small.

use aggregates::meter::command::MeterCommand;
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::WithdrawalReason;
use aggregates::meter::submission::{Outcome, Submission, TargetReading};
use aggregates::meter::{Answer, Meter, is_of_origin};
use aggregates::quantity::{Measure, Unit};
use aggregates::vocabulary::ReadingSource;
use chrono::TimeDelta;
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::support::*;

/// The state of any meter fits into this many bytes.
const STATE_BYTES_MAX: usize = 48 * 1024;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// `hours` after the installation, with so many thousandths of a cubic metre above 100.
    Send {
        hours: i64,
        thousandths: i64,
        source: ReadingSource,
        origin: Option<u8>,
    },
    /// One of the readings so far is withdrawn.
    Withdraw(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    let sources = prop::sample::select(vec![
        ReadingSource::Resident,
        ReadingSource::Polled,
        ReadingSource::Import,
        ReadingSource::Phone,
    ]);
    let send = (
        0..12_000_i64,
        -2_000..120_000_i64,
        sources,
        prop::option::of(0..20_u8),
    );
    prop_oneof![
        8 => send.prop_map(|(hours, thousandths, source, origin)| Step::Send {
            hours,
            thousandths,
            source,
            origin,
        }),
        1 => any::<prop::sample::Index>().prop_map(Step::Withdraw),
    ]
}

/// The unit of work: looks an origin up that the state does not remember.
fn look_up(meter: &Meter, stream: &[MeterEvent], submission: &mut Submission) {
    let Some(origin) = submission
        .origin
        .clone()
        .filter(|origin| !meter.recalls_origin(origin))
    else {
        return;
    };
    let is_of = |target: &TargetReading| {
        target
            .reading
            .origin
            .as_ref()
            .is_some_and(|stated| is_of_origin(stated, &origin))
    };
    let known: Vec<TargetReading> = (1..)
        .zip(stream)
        .filter_map(|(sequence, event)| TargetReading::of(sequence, event))
        .filter(is_of)
        .collect();
    let accepted = known
        .iter()
        .rev()
        .find(|target| target.outcome.is_accepted());
    submission.facts.earlier = accepted.or(known.last()).cloned().map(Box::new);
}

fn submission(
    hours: i64,
    thousandths: i64,
    source: ReadingSource,
    origin: Option<u8>,
) -> Submission {
    let value = Decimal::new(100_000 + thousandths, 3);
    let mut submission = sent_by(source, "2026-01-01 00:00", "0");
    submission.taken_at += TimeDelta::hours(hours);
    submission.received_at = submission.taken_at + TimeDelta::minutes(1);
    submission.values[0].value = Measure::new(value, Unit::CubicMetre);
    submission.origin = origin.map(|row| label(&format!("file:row-{row}")));
    submission
}

fn run(meter: &mut Meter, stream: &mut Vec<MeterEvent>, command: MeterCommand) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let sink = EventSink::default();
        let taken = meter.handle(command, &(), &sink).await.is_ok();
        stream.extend(sink.collect().await);
        taken
    })
}

/// Sends one reading: it is answered by an event that carries it, or by the name of one.
fn send(meter: &mut Meter, stream: &mut Vec<MeterEvent>, mut submission: Submission) {
    look_up(meter, stream, &mut submission);
    let before = stream.len();
    let answer = meter
        .answer(&submission)
        .expect("a registered meter answers every reading");
    assert!(run(meter, stream, record(submission.clone())));
    match answer {
        Answer::Repeated(sequence) => {
            assert_eq!(stream.len(), before);
            let index = usize::try_from(sequence).expect("streams of tests are short") - 1;
            assert_eq!(
                stream[index].reading().map(|r| &r.values),
                Some(&submission.values)
            );
        }
        Answer::New(events) => {
            assert_eq!(stream[before..], events[..]);
            let carried = match &events[0] {
                MeterEvent::ReadingCorrected { values, .. } => values,
                event => {
                    &event
                        .reading()
                        .expect("the first event carries the reading")
                        .values
                }
            };
            assert_eq!(carried, &submission.values);
        }
    }
    let repeated = meter.repeats(&submission).is_some();
    assert!(
        repeated,
        "what was just taken in is recognised: {submission:?}"
    );
}

fn withdraw(meter: &mut Meter, stream: &mut Vec<MeterEvent>, index: prop::sample::Index) {
    let targets: Vec<TargetReading> = (1..)
        .zip(stream.iter())
        .filter_map(|(sequence, event)| TargetReading::of(sequence, event))
        .filter(|target| target.outcome != Outcome::Rejected)
        .collect();
    if targets.is_empty() {
        return;
    }
    let target = Box::new(index.get(&targets).clone());
    let reason = WithdrawalReason::SendersMistake;
    run(
        meter,
        stream,
        MeterCommand::WithdrawReading {
            target,
            reason,
            note: None,
        },
    );
}

fn natural_keys(stream: &[MeterEvent]) -> Vec<String> {
    use aggregates::ledger::LedgerFact;
    stream.iter().filter_map(LedgerFact::natural_key).collect()
}

/// Histories are long, so few of them say much already.
fn few_cases() -> ProptestConfig {
    ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn any_history_is_kept_whole_in_a_small_state(steps in prop::collection::vec(step(), 1..120)) {
        let mut stream = standing();
        let mut meter = fold(&stream);
        for step in steps {
            match step {
                Step::Send { hours, thousandths, source, origin } => {
                    send(&mut meter, &mut stream, submission(hours, thousandths, source, origin));
                }
                Step::Withdraw(index) => withdraw(&mut meter, &mut stream, index),
            }
        }
        prop_assert_eq!(&meter, &fold(&stream), "the state is the fold of the events");
        let state = serde_json::to_string(&meter).expect("the state is serialisable");
        prop_assert!(state.len() < STATE_BYTES_MAX, "{} bytes", state.len());
        let back: Meter = serde_json::from_str(&state).expect("the state is readable");
        prop_assert_eq!(&back, &meter);
        let mut keys = natural_keys(&stream);
        let count = keys.len();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), count, "natural keys are unique within a stream");
    }

    /// Whatever the register counts between two readings, the declared turn gives it back.
    #[test]
    fn a_turn_gives_back_what_was_counted(
        before in 99_991_000..100_000_000_i64,
        counted in 1..10_000_i64,
    ) {
        let (before, counted) = (Decimal::new(before, 3), Decimal::new(counted, 3));
        let whole = decimal("100000");
        let shown = (before + counted) % whole;
        let mut stream = standing_since("2026-01-01 00:00", &before.to_string());
        let mut meter = fold(&stream);
        let command = record(sent_water("2026-01-20 10:00", &shown.to_string()));
        prop_assert!(run(&mut meter, &mut stream, command));
        prop_assert!(is_recorded(&stream[3]));
        let declared = stream.iter().find_map(|event| match event {
            MeterEvent::RolloverDeclared { capacity, .. } => Some(capacity.value()),
            _ => None,
        });
        prop_assert_eq!(shown - before + declared.unwrap_or_default(), counted);
    }
}

#[test]
fn the_state_does_not_grow_with_the_readings() {
    let size = |count: i64| {
        let hourly = (0..count).map(|hour| {
            let sent = submission(hour, hour * 10, ReadingSource::Polled, None);
            recorded(&sent, "2026-01")
        });
        let meter = fold(&with(standing(), hourly));
        serde_json::to_string(&meter)
            .expect("the state is serialisable")
            .len()
    };
    let (small, large) = (size(200), size(20_000));
    assert!(
        large < small + 4_096,
        "{small} bytes after 200 readings, {large} after 20,000"
    );
}
