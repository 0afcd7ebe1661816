//! Опрос of a house: what stands on its lines and how well it is read.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use aggregates::access_grant::event::AccessRole;
use chrono::Utc;
use energokabinet::collector::collect::Collector;
use energokabinet::collector::driver::Protocol;
use energokabinet::collector::profile;
use energokabinet::collector::registry::Registry;
use energokabinet::collector::simulator::{Bus, Meter, SimulatedFault};
use energokabinet::store::Actor;

use crate::house::FLAT_1_COLD;
use crate::sites::Town;

/// A bus with one meter, installed as the cold water of flat 1.
async fn bus_of(town: &Town) -> Bus {
    let profile = profile::find("ml-dhm").expect("the profile exists");
    let mut meter = Meter::new(profile, 4_000_001, Utc::now());
    // A cubic metre or so: the simulation begins with less than a litre.
    meter.live(1000, Utc::now());
    let meters = BTreeMap::from([(1, meter)]);
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let bus = Bus::open(Protocol::RtuOverTcp, address, meters, Duration::ZERO, 1)
        .await
        .expect("the bus opens");
    let file = format!(
        "name = \"подвал\"\nendpoint = \"{}\"\nzone = \"Asia/Yekaterinburg\"\nperiod_s = 3600\n\
         response_ms = 150\nlate_ms = 200\nretries = 0\n\n\
         [[devices]]\nunit = 1\nprofile = \"ml-dhm\"\n\
         [[devices.meters]]\nhouse = \"{}\"\nmeter = \"{FLAT_1_COLD}\"\n\
         [devices.meters.registers]\ntotal = {{ quantity = \"volume\" }}\n",
        bus.endpoint(),
        town.house
    );
    let registry = Registry::new(town.ledger.pool().clone());
    registry
        .install(&town.ledger, &file)
        .await
        .expect("the line is installed");
    bus
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engineer_sees_why_a_device_was_not_read() {
    let mut town = Town::start().await;
    let mut engineer = town.staff(AccessRole::Engineer).await;
    let path = format!("/houses/{}/lines", town.house);
    let empty = engineer.get(&path).await.expect(200);
    assert!(
        empty.text.contains("Приборов на линиях нет"),
        "{}",
        empty.text
    );

    let bus = bus_of(&town).await;
    let actor = Actor::new("collector").expect("a good name");
    let collector = Collector::new(town.ledger.clone(), actor);
    let told = collector.once("подвал").await.expect("a sound line");
    assert_eq!((told.read, told.appended), (1, 1));
    let sound = engineer.get(&path).await.expect(200);
    for expected in [
        "подвал",
        "исправен",
        "4000001",
        FLAT_1_COLD,
        "1 из 1 опросов",
    ] {
        assert!(sound.text.contains(expected), "{expected}: {}", sound.text);
    }

    bus.faults(|faults| faults.order([Some(SimulatedFault::Silence)]));
    let told = collector
        .once("подвал")
        .await
        .expect("the database is there");
    assert_eq!(told.failed.len(), 1);
    let failed = engineer.get(&path).await.expect(200);
    for expected in [
        "под сомнением",
        "прибор не ответил за 150 мс",
        "1 из 2 опросов",
        "→ 0104",
    ] {
        assert!(
            failed.text.contains(expected),
            "{expected}: {}",
            failed.text
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engineer_has_a_device_polled_now_paused_and_resumed() {
    let mut town = Town::start().await;
    let mut engineer = town.staff(AccessRole::Engineer).await;
    let path = format!("/houses/{}/lines", town.house);
    let _bus = bus_of(&town).await;
    let (device,): (uuid::Uuid,) = sqlx::query_as("select device_id from collector.devices")
        .fetch_one(town.ledger.pool())
        .await
        .expect("the device");
    let device = device.to_string();
    for (action, expected) in [("pause", "приостановлен"), ("resume", "исправен")]
    {
        let done = engineer
            .post(&path, &[("device", &device), ("action", action)])
            .await;
        done.expect(303);
        let page = engineer.get(&path).await.expect(200);
        assert!(page.text.contains(expected), "{expected}: {}", page.text);
    }
    sqlx::query("update collector.lines set due_at = now() + interval '1 hour'")
        .execute(town.ledger.pool())
        .await
        .expect("the line is not due");
    let done = engineer
        .post(&path, &[("device", &device), ("action", "now")])
        .await;
    done.expect(303);
    let due = "select count(*) from collector.lines where due_at <= now()";
    let (due,): (i64,) = sqlx::query_as(due)
        .fetch_one(town.ledger.pool())
        .await
        .expect("the line");
    assert_eq!(due, 1);
    let foreign = uuid::Uuid::new_v4().to_string();
    let unknown = engineer
        .post(&path, &[("device", &foreign), ("action", "now")])
        .await;
    unknown.expect(404);
}
