//! Lines, leases and the way into the ledger, on a real PostgreSQL with simulated meters.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use aggregates::ids::BookId;
use chrono::Utc;
use energokabinet::collector::collect::{CollectError, Collector};
use energokabinet::collector::driver::Protocol;
use energokabinet::collector::profile;
use energokabinet::collector::registry::{Registry, RegistryError};
use energokabinet::collector::simulator::{Bus, Meter, SimulatedFault};
use energokabinet::store::{Actor, Ledger};
use sqlx::PgPool;
use uuid::Uuid;

use crate::house::{self, FLAT_1_COLD, FLAT_2_COLD, HOUSE_COLD};
use crate::support::{LATE, serial_of};
use crate::test_database::TestDatabase;

/// Volumes of the simulated ML-DHM of the test house: one device a meter.
const METERS: [(u8, &str); 3] = [(1, HOUSE_COLD), (2, FLAT_1_COLD), (3, FLAT_2_COLD)];

/// A house of three meters on one line, and a database that knows both.
struct Street {
    database: TestDatabase,
    ledger: Ledger,
    pool: PgPool,
    book: BookId,
    bus: Bus,
}

impl Street {
    async fn new(protocol: Protocol) -> Self {
        let database = TestDatabase::new().await;
        let ledger = database.ledger().await;
        let book = house::record(&ledger, Uuid::new_v4()).await;
        let profile = profile::find("ml-dhm").expect("the profile exists");
        let meters: BTreeMap<u8, Meter> = METERS
            .iter()
            .map(|(unit, _)| {
                let serial = serial_of(*unit);
                (*unit, Meter::new(profile.clone(), serial, Utc::now()))
            })
            .collect();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let bus = Bus::open(protocol, address, meters, Duration::ZERO, 3)
            .await
            .expect("the bus opens");
        // Volumes of some cubic metres: what the simulation begins with is less than a litre.
        bus.each_meter(|meter| meter.live(3600, Utc::now()));
        let street = Self {
            pool: database.superuser_pool().await,
            database,
            ledger,
            book,
            bus,
        };
        street.install(None).await.expect("the line is installed");
        street
    }

    /// The file of the line; the serial number of the first device may be another one.
    fn file(&self, first_serial: Option<u32>) -> String {
        let mut text = format!(
            "name = \"подвал\"\nendpoint = \"{}\"\nzone = \"Asia/Yekaterinburg\"\n\
             period_s = 3600\nresponse_ms = 150\nlate_ms = 300\nretries = 2\n",
            self.bus.endpoint()
        );
        for (unit, meter) in METERS {
            let serial = match unit {
                1 => first_serial.unwrap_or_else(|| serial_of(1)),
                other => serial_of(other),
            };
            text.push_str(&format!(
                "\n[[devices]]\nunit = {unit}\nprofile = \"ml-dhm\"\nserial = \"{serial}\"\n\
                 [[devices.meters]]\nhouse = \"{}\"\nmeter = \"{meter}\"\n\
                 [devices.meters.registers]\ntotal = {{ quantity = \"volume\" }}\n",
                self.book
            ));
        }
        text
    }

    async fn install(&self, first_serial: Option<u32>) -> Result<(), RegistryError> {
        let registry = Registry::new(self.ledger.pool().clone());
        let installed = registry
            .install(&self.ledger, &self.file(first_serial))
            .await?;
        assert_eq!((installed.devices, installed.registers), (3, 3));
        Ok(())
    }

    async fn collector(&self) -> Collector {
        let actor = Actor::new("collector").expect("a good name");
        Collector::new(self.database.ledger().await, actor)
    }

    /// Readings of the book that a device gave: serial number and value.
    async fn readings(&self) -> Vec<(String, String)> {
        sqlx::query_as(
            "select aggregate_id::text, payload->'ReadingRecorded'->'reading'->'values'->0->'value'->>'value'
             from ledger.events
             where event_type = 'ReadingRecorded' and payload::text like '%modbus-%'
             order by position",
        )
        .fetch_all(&self.pool)
        .await
        .expect("the ledger answers")
    }

    /// How often each outcome of a poll was written down.
    async fn outcomes(&self) -> BTreeMap<String, i64> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select outcome, count(*) from collector.polls group by 1")
                .fetch_all(&self.pool)
                .await
                .expect("the collector's tables answer");
        rows.into_iter().collect()
    }

    async fn execute(&self, statement: &str) -> u64 {
        let done = sqlx::query(statement).execute(&self.pool).await;
        done.expect("the statement is sound").rows_affected()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cycle_brings_every_meter_into_the_ledger() {
    let street = Street::new(Protocol::RtuOverTcp).await;
    let collector = street.collector().await;
    let told = collector.once("подвал").await.expect("a sound line");
    assert_eq!((told.read, told.failed.len(), told.appended), (3, 0, 3));
    let readings = street.readings().await;
    assert_eq!(readings.len(), 3);
    // What the device says, digit by digit: volumes of 1e-12 m³.
    let volume = profile::find("ml-dhm").expect("the profile exists");
    let volume = volume
        .registers
        .iter()
        .position(|register| register.quantity == "volume");
    for ((unit, _), (_, value)) in METERS.iter().zip(&readings) {
        let truth = street
            .bus
            .with_meter(*unit, |meter| meter.truth(volume.expect("it has one")));
        let truth = format!("{:?}", truth.flatten().expect("it says so"));
        assert!(truth.contains(value.as_str()), "{truth} {value}");
    }
    // Not due, but asked for: the same meters, a later moment. Nothing has flowed.
    let again = collector.once("подвал").await.expect("a sound line");
    assert_eq!((again.read, again.appended), (3, 3));
    assert_eq!(
        street.outcomes().await,
        BTreeMap::from([("ok".to_owned(), 6)])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_before_a_kill_is_appended_once_by_whoever_comes_next() {
    let street = Street::new(Protocol::Tcp).await;
    street
        .collector()
        .await
        .once("подвал")
        .await
        .expect("a sound line");
    let before = street.readings().await;
    // Killed after the append and before it was written down: the samples wait again.
    let waiting = street
        .execute("update collector.samples set appended_at = null, answer = null")
        .await;
    assert_eq!(waiting, 3);
    // Killed before the append: read, kept, and gone.
    let lost = "insert into collector.samples (device_id, kind, stamped_at, meter_id, book_id,
                  read_at, channel, \"values\")
                select device_id, kind, stamped_at + interval '1 second', meter_id, book_id,
                  read_at + interval '1 second', channel, \"values\" from collector.samples
                limit 1";
    assert_eq!(street.execute(lost).await, 1);
    street
        .execute("update collector.devices set paused = true")
        .await;
    let told = street
        .collector()
        .await
        .once("подвал")
        .await
        .expect("nothing to poll");
    assert_eq!((told.read, told.appended), (0, 4));
    let after = street.readings().await;
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after[..before.len()], before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_collectors_never_speak_on_one_line_and_a_killed_one_is_followed() {
    let street = Street::new(Protocol::RtuOverTcp).await;
    let first = street.collector().await;
    street
        .bus
        .faults(|faults| faults.order([Some(SimulatedFault::Silence)]));
    let killed = tokio::spawn(async move { first.once("подвал").await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let second = street.collector().await;
    let refused = second.once("подвал").await;
    assert!(
        matches!(refused, Err(CollectError::NoLine(_))),
        "{refused:?}"
    );
    killed.abort();
    assert!(killed.await.is_err(), "it was in the middle of its cycle");
    // Its lease runs out.
    street
        .execute("update collector.lines set held_until = now()")
        .await;
    let told = second.once("подвал").await.expect("the line is free");
    assert_eq!((told.read, told.appended), (3, 3));
    assert_eq!(street.readings().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_meter_in_its_place_becomes_a_question() {
    let street = Street::new(Protocol::Tcp).await;
    let collector = street.collector().await;
    street.bus.with_meter(1, |meter| meter.replace(77));
    let told = collector.once("подвал").await.expect("a sound line");
    assert_eq!((told.read, told.appended), (2, 2));
    assert!(told.failed[0].1.contains("прибор № 77"), "{told:?}");
    let registry = Registry::new(street.ledger.pool().clone());
    let questions = registry.questions().await.expect("the tables answer");
    let [(_, expected, found)] = &questions[..] else {
        panic!("one question: {questions:?}");
    };
    assert_eq!((expected.as_str(), found.as_str()), ("4000001", "77"));
    // Somebody says that this is the meter now.
    street
        .install(Some(77))
        .await
        .expect("the line is installed");
    assert!(
        registry
            .questions()
            .await
            .expect("the tables answer")
            .is_empty()
    );
    let told = collector.once("подвал").await.expect("a sound line");
    assert_eq!(told.read, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_leave_their_cause_and_no_wrong_reading() {
    let street = Street::new(Protocol::RtuOverTcp).await;
    let collector = street.collector().await;
    street.bus.faults(|faults| faults.by_lot(250, LATE));
    for _ in 0..3 {
        collector
            .once("подвал")
            .await
            .expect("the database is there");
        street
            .execute("update collector.devices set due_at = now()")
            .await;
    }
    let mut values: Vec<String> = street
        .readings()
        .await
        .into_iter()
        .map(|(_, v)| v)
        .collect();
    street.bus.faults(|faults| faults.by_lot(0, LATE));
    collector.once("подвал").await.expect("a sound line");
    let calm = collector.once("подвал").await.expect("a sound line");
    assert_eq!(calm.read, 3);
    let truth: Vec<String> = street
        .readings()
        .await
        .into_iter()
        .map(|(_, v)| v)
        .collect();
    values.retain(|value| !truth[truth.len() - 3..].contains(value));
    assert!(values.is_empty(), "wrong values: {values:?}");
    let unexplained = "select count(*) from collector.polls
                       where outcome <> 'ok' and (cause is null or frames is null)";
    let (unexplained,): (i64,) = sqlx::query_as(unexplained)
        .fetch_one(&street.pool)
        .await
        .expect("the collector's tables answer");
    assert_eq!(unexplained, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_does_not_fit_installs_nothing() {
    let street = Street::new(Protocol::Tcp).await;
    let registry = Registry::new(street.ledger.pool().clone());
    for (from, to, expected) in [
        (
            "quantity = \"volume\"",
            "quantity = \"heat\"",
            "считает в м³, а профиль ml-dhm",
        ),
        (
            "quantity = \"volume\"",
            "quantity = \"tide\"",
            "нет итога tide",
        ),
        ("total = {", "t1 = {", "нет регистра t1"),
        ("meter = \"100001\"", "meter = \"999\"", "нет прибора № 999"),
        ("unit = 2", "unit = 1", "два прибора с адресом 1"),
        ("profile = \"ml-dhm\"", "profile = \"tv8\"", "tv8"),
        ("rtu://", "x://", "не адрес линии"),
    ] {
        let text = street
            .file(None)
            .replace("tcp://", "rtu://")
            .replace(from, to);
        let refused = registry.install(&street.ledger, &text).await;
        let told = refused.expect_err("it does not fit").to_string();
        assert!(told.contains(expected), "{told}");
    }
    let states = registry.states().await.expect("the tables answer");
    assert_eq!(states.len(), 1);
    assert!(
        states[0].endpoint.starts_with("tcp://"),
        "nothing was written"
    );
    assert_eq!((states[0].devices, states[0].title_ru()), (3, "исправна"));
}
