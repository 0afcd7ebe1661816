//! Archives: record by record, each checked by its own date, missing ones kept as facts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use aggregates::time::ZoneName;
use chrono::{NaiveDateTime, SubsecRound as _, TimeDelta, Timelike as _, Utc};
use energokabinet::collector::collect::Collector;
use energokabinet::collector::driver::{NoRecord, Protocol, RecordRead};
use energokabinet::collector::profile::{self, Archive, RecordKind};
use energokabinet::collector::registry::Registry;
use energokabinet::collector::simulator::{Bus, Meter, SimulatedFault};
use energokabinet::store::{Actor, Ledger};
use serde_json::Value as Json;
use tokio::task::JoinSet;

use crate::support::{LATE, bus, device, line, serial_of};
use crate::test_database::TestDatabase;

/// The last full hour on the clocks of the simulation.
fn last_hour() -> NaiveDateTime {
    let zone = ZoneName::new("Asia/Yekaterinburg").expect("a zone");
    let now = Utc::now()
        .with_timezone(&zone.tz())
        .naive_local()
        .trunc_subsecs(0);
    now - TimeDelta::seconds(i64::from(now.minute() * 60 + now.second()))
}

/// The ends of the last `count` hours, the oldest first.
fn hours(count: i32) -> Vec<NaiveDateTime> {
    (0..count)
        .rev()
        .map(|back| last_hour() - TimeDelta::hours(back.into()))
        .collect()
}

/// Read once: parsing a profile for every value would keep the machine from answering in time.
static ARCHIVE: LazyLock<Archive> = LazyLock::new(|| {
    let tv7 = profile::find("tv7").expect("the profile exists");
    tv7.archive.expect("it keeps one")
});

/// A bus with one ТВ7 that keeps these hours.
async fn with_hours(protocol: Protocol, ends: &[NaiveDateTime]) -> Bus {
    let bus = bus(protocol, "tv7", 1).await;
    bus.with_meter(1, |meter| {
        ends.iter()
            .for_each(|end| meter.record(RecordKind::Hour, *end))
    });
    bus
}

/// Every record is what the meter keeps of that hour.
fn assert_true(bus: &Bus, records: &[RecordRead], told: &str) {
    for record in records {
        let values = record
            .content
            .as_ref()
            .unwrap_or_else(|why| panic!("{told}: {why}"));
        assert_eq!(values.len(), ARCHIVE.registers.len());
        for value in values {
            let asked = (RecordKind::Hour, record.end);
            let truth = bus.with_meter(1, |meter| {
                meter.records().truth(&ARCHIVE, asked, value.register)
            });
            assert_eq!(
                value.observed.as_ref().ok(),
                truth.flatten().as_ref(),
                "{told}"
            );
        }
    }
}

#[tokio::test]
async fn a_missing_record_is_told_and_another_is_not_taken_for_it() {
    for protocol in [Protocol::Tcp, Protocol::RtuOverTcp] {
        let ends = hours(4);
        let bus = with_hours(protocol, &ends).await;
        bus.with_meter(1, |meter| meter.records().lose(RecordKind::Hour, ends[1]));
        let (mut line, device) = (line(&bus), device("tv7", 1));
        let asked = (RecordKind::Hour, ends.as_slice());
        let (_, records) = line.read_records(&device, &ARCHIVE, asked).await;
        let mut records = records.expect("a sound line");
        assert_eq!(records.remove(1).content, Err(NoRecord::Refused(2)));
        assert_eq!(records.len(), 3);
        assert_true(&bus, &records, "a gap");
        // Some models give the nearest record instead.
        bus.with_meter(1, |meter| meter.records().give_another());
        let (_, records) = line.read_records(&device, &ARCHIVE, asked).await;
        let gap = records.expect("a sound line").remove(1);
        let nearest = ARCHIVE.named_by(RecordKind::Hour, ends[3]);
        assert_eq!(gap.content, Err(NoRecord::Another(nearest)));
    }
}

async fn one_fault(protocol: Protocol, fault: SimulatedFault, at: usize) {
    let told = format!("{fault:?} with request {at} by {protocol:?}");
    let ends = hours(3);
    let bus = with_hours(protocol, &ends).await;
    let (mut line, device) = (line(&bus), device("tv7", 1));
    for errand in 0..3 {
        if errand == 1 {
            bus.faults(|faults| faults.order((0..at).map(|_| None).chain([Some(fault)])));
        }
        // An errand has no retries of its own: the next cycle is one. A busy machine may need it
        // without any fault.
        let tries = if errand == 1 { 1 } else { 4 };
        let mut read = None;
        for _ in 0..tries {
            let asked = (RecordKind::Hour, ends.as_slice());
            let (_, records) = line.read_records(&device, &ARCHIVE, asked).await;
            if let Ok(records) = records {
                assert_true(&bus, &records, &told);
                read = Some(records);
                break;
            }
        }
        assert!(
            errand == 1 || read.is_some(),
            "{told}: the line is not back"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_makes_a_wrong_record() {
    let mut cases = JoinSet::new();
    for protocol in [Protocol::Tcp, Protocol::RtuOverTcp] {
        for fault in SimulatedFault::all(LATE) {
            // The fence, the selection, the record, the next selection.
            for at in 0..4 {
                cases.spawn(one_fault(protocol, fault, at));
            }
        }
    }
    cases.join_all().await;
}

/// A line with one ТВ7 that is no meter of any house yet.
async fn installed(ledger: &Ledger, ends: &[NaiveDateTime]) -> Bus {
    let profile = profile::find("tv7").expect("the profile exists");
    let mut meter = Meter::new(profile, serial_of(1), Utc::now());
    ends.iter()
        .for_each(|end| meter.record(RecordKind::Hour, *end));
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let meters = BTreeMap::from([(1, meter)]);
    let bus = Bus::open(Protocol::RtuOverTcp, address, meters, Duration::ZERO, 5)
        .await
        .expect("the bus opens");
    let file = format!(
        "name = \"узел\"\nendpoint = \"{}\"\nzone = \"Asia/Yekaterinburg\"\nperiod_s = 3600\n\
         response_ms = 150\nlate_ms = 200\n\n[[devices]]\nunit = 1\nprofile = \"tv7\"\n",
        bus.endpoint()
    );
    let registry = Registry::new(ledger.pool().clone());
    registry
        .install(ledger, &file)
        .await
        .expect("the line is installed");
    bus
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_walks_from_the_last_record_to_the_last_closed_hour() {
    let database = TestDatabase::new().await;
    let ledger = database.ledger().await;
    let pool = database.superuser_pool().await;
    let ends = hours(5);
    let bus = installed(&ledger, &ends).await;
    bus.with_meter(1, |meter| meter.records().lose(RecordKind::Hour, ends[2]));
    // What is known already: the hour before them, and all days.
    sqlx::query(
        "insert into collector.records (device_id, kind, ended_at, version, content)
         select device_id, kind, ended_at, 1, '{}' from collector.devices
         cross join (values ('hour', $1::timestamp at time zone 'Asia/Yekaterinburg'),
                            ('day', now() + interval '1 day')) as known (kind, ended_at)",
    )
    .bind(ends[0] - TimeDelta::hours(1))
    .execute(&pool)
    .await
    .expect("known records");
    let actor = Actor::new("collector").expect("a good name");
    let collector = Collector::new(ledger.clone(), actor);
    let told = collector.once("узел").await.expect("a sound line");
    assert_eq!((told.read, told.records), (1, 5));
    let again = collector.once("узел").await.expect("a sound line");
    // The clock may have struck meanwhile.
    assert!(again.records <= 1, "{again:?}");
    let kept: Vec<(Option<Json>, Option<String>)> = sqlx::query_as(
        "select content, missing from collector.records where kind = 'hour' order by ended_at",
    )
    .fetch_all(&pool)
    .await
    .expect("the tables answer");
    assert_eq!(kept[3].1.as_deref(), Some("записи нет: исключение 2"));
    let heat = kept[1].0.as_ref().expect("a record")["heat tv1"]["value"].clone();
    assert!(
        heat.as_str()
            .is_some_and(|heat| heat.parse::<f64>().is_ok()),
        "{heat}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_reads_differently_is_kept_beside_the_first() {
    let database = TestDatabase::new().await;
    let ledger = database.ledger().await;
    let _bus = installed(&ledger, &[]).await;
    let registry = Registry::new(ledger.pool().clone());
    let held = registry
        .claim(Some("узел"))
        .await
        .expect("the tables answer");
    let held = held.expect("the line is free");
    let devices = registry.devices(held.id).await.expect("the tables answer");
    let device = (devices[0].id, &*ARCHIVE);
    let no_record = |content| {
        let end = last_hour();
        [RecordRead { end, content }]
    };
    for (content, new) in [
        (Err(NoRecord::Refused(2)), 1),
        (Err(NoRecord::Refused(3)), 0),
        (Ok(Vec::new()), 1),
        (Ok(Vec::new()), 0),
    ] {
        let records = no_record(content);
        let kept = registry
            .keep_records(&held, device, RecordKind::Hour, &records)
            .await;
        assert_eq!(kept.expect("the tables answer"), new);
    }
}
