//! Two collectors as processes of their own over one database; one of them is killed.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use energokabinet::collector::profile;
use energokabinet::collector::registry::Registry;
use energokabinet::collector::simulator::Street;
use energokabinet::store::Ledger;
use uuid::Uuid;

use crate::house::{self, FLAT_1_COLD, FLAT_2_COLD, HOUSE_COLD};
use crate::test_database::TestDatabase;

/// A process that is killed with the value.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn collector(database: &TestDatabase) -> Killed {
    let mut program = Command::new(env!("CARGO_BIN_EXE_energokabinet"));
    program
        .arg("collect")
        .env("DATABASE_URL", database.app_url());
    let child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    Killed(child.expect("the program starts"))
}

/// Three lines of four devices, the first of each bound to a meter of the house; answers go wrong
/// now and then.
async fn installed(database: &TestDatabase) -> impl Sized {
    let ledger = Ledger::new(database.app_pool().await, aggregates::upcast::upcasters);
    let book = house::record(&ledger, Uuid::new_v4()).await;
    let street = Street {
        lines: 3,
        meters: 4,
        profiles: vec![profile::find("ml-dhm").expect("the profile exists")],
        port: 0,
        latency: Duration::from_millis(5),
        faults_per_thousand: 20,
        late: Duration::from_millis(250),
    };
    let lines = street.open().await.expect("the street opens");
    let registry = Registry::new(ledger.pool().clone());
    for (line, meter) in lines.iter().zip([HOUSE_COLD, FLAT_1_COLD, FLAT_2_COLD]) {
        line.bus
            .each_meter(|device| device.live(1000, chrono::Utc::now()));
        let mut file = format!(
            "name = \"{meter}\"\nendpoint = \"{}\"\nzone = \"Asia/Yekaterinburg\"\n\
             period_s = 10\nresponse_ms = 150\nlate_ms = 300\nretries = 2\n",
            line.endpoint()
        );
        for unit in 1..=4 {
            file.push_str(&format!(
                "\n[[devices]]\nunit = {unit}\nprofile = \"ml-dhm\"\n"
            ));
            if unit == 1 {
                file.push_str(&format!(
                    "[[devices.meters]]\nhouse = \"{book}\"\nmeter = \"{meter}\"\n\
                     [devices.meters.registers]\ntotal = {{ quantity = \"volume\" }}\n"
                ));
            }
        }
        registry
            .install(&ledger, &file)
            .await
            .expect("the line is installed");
    }
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_collector_loses_nothing_and_doubles_nothing() {
    let database = TestDatabase::new().await;
    let _street = installed(&database).await;
    let pool = database.superuser_pool().await;
    let run = async |statement: &str| {
        let done = sqlx::query(statement).execute(&pool).await;
        done.expect("the statement is sound").rows_affected()
    };
    let count = async |statement: &str| -> i64 {
        let row: (i64,) = sqlx::query_as(statement)
            .fetch_one(&pool)
            .await
            .expect("the tables answer");
        row.0
    };
    let first = collector(&database);
    let _second = collector(&database);
    // Somewhere in the middle of a cycle, whichever it is.
    while count("select count(*) from collector.polls").await < 5 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(first);
    // Its leases run out at once, and lines are due all the time.
    let hurry = "update collector.lines set due_at = now(),
                   held_until = case when lease is not null
                     then least(held_until, now() + interval '1 second') end";
    for _ in 0..3 {
        run(hurry).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let busy = "select count(*) from collector.lines where lease is not null";
    while count(busy).await > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let waiting = count("select count(*) from collector.samples where appended_at is null").await;
    assert_eq!(waiting, 0, "everything read is in the ledger");
    let samples = count("select count(*) from collector.samples").await;
    let recorded = "select count(*) from ledger.events
                    where event_type = 'ReadingRecorded' and payload::text like '%/live/%'";
    assert_eq!(count(recorded).await, samples, "and once");
    let silent = "select count(*) from collector.devices
                  where not exists (select 1 from collector.polls p
                    where p.device_id = devices.device_id and p.outcome = 'ok')";
    assert_eq!(count(silent).await, 0, "every device was read");
    let origins: Vec<(String,)> =
        sqlx::query_as("select stamped_at::text || device_id::text from collector.samples")
            .fetch_all(&pool)
            .await
            .expect("the tables answer");
    assert_eq!(origins.iter().collect::<BTreeSet<_>>().len(), origins.len());
}
