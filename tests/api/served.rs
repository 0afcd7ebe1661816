//! A served ledger with a house in it.

use aggregates::ids::BookId;
use chrono::{SecondsFormat, TimeDelta, Utc};
use energokabinet::api::{Endpoint, Listen, Server, Token};
use energokabinet::store::{Ledger, pool};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::client::{Answer, Client};
use crate::house;
use crate::support::{TestDatabase, confirm_rules};

/// A running server over a database of its own.
pub struct Served {
    pub database: TestDatabase,
    pub ledger: Ledger,
    pub client: Client,
    pub token: Token,
    /// The house.
    pub book: BookId,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

/// A ledger over `database` that reads older events too.
pub async fn ledger(database: &TestDatabase) -> Ledger {
    let pool = pool::connect(&database.app_url(), "energokabinet api tests", 20)
        .await
        .expect("the application connects");
    Ledger::new(pool, aggregates::upcast::upcasters)
}

impl Served {
    pub async fn start() -> Self {
        let database = TestDatabase::new().await;
        let ledger = ledger(&database).await;
        confirm_rules(&ledger).await;
        let book = house::record(&ledger, Uuid::new_v4()).await;
        let token = Token::generate().expect("there is randomness");
        let server = Server::bind(ledger.clone(), Listen::Loopback(0), Some(token.clone()))
            .await
            .expect("a port is free");
        let Endpoint::Loopback(address) = server.endpoint().clone() else {
            panic!("asked for loopback");
        };
        assert!(address.ip().is_loopback());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            let until_told = async {
                stopped.await.ok();
            };
            server.run(until_told).await.expect("the server runs");
        });
        let client = Client::new(format!("http://{address}"), Some(token.as_str()));
        Self {
            database,
            ledger,
            client,
            token,
            book,
            stop,
            running,
        }
    }

    /// Stops the server and waits until it has ended.
    pub async fn stop(self) -> TestDatabase {
        self.stop.send(()).ok();
        self.running.await.expect("the server ends well");
        self.database
    }

    /// An address under the house's book.
    pub fn at(&self, rest: &str) -> String {
        format!("/api/v1/books/{}/{rest}", self.book)
    }

    /// Id of the meter with this serial number.
    pub async fn meter(&self, serial: &str) -> String {
        let found = self.find(serial).await;
        found["id"].as_str().expect("an id").to_owned()
    }

    /// The meter with this serial number, as the API tells it.
    pub async fn find(&self, serial: &str) -> Value {
        let path = self.at(&format!("meters?serial={serial}"));
        let answer = self.client.get(&path).await.expect_status(200);
        let meters = answer.body["meters"].as_array().expect("a list").clone();
        assert_eq!(meters.len(), 1, "{meters:?}");
        meters.into_iter().next().unwrap_or_default()
    }

    /// Sends one reading by staff, taken just now.
    pub async fn read(&self, serial: &str, cubic_metres: &str) -> Value {
        let body = json!({"readings": [reading(serial, cubic_metres)]});
        let answer = self.client.post(&self.at("readings"), &body).await;
        answer.expect_status(200).body["readings"][0].clone()
    }

    /// The history of a meter.
    pub async fn history(&self, meter: &str, query: &str) -> Answer {
        let path = self.at(&format!("meters/{meter}/history{query}"));
        self.client.get(&path).await
    }

    /// How many events of this type the book holds.
    pub async fn count(&self, event_type: &str) -> i64 {
        sqlx::query_scalar(
            "select count(*) from ledger.events where book_id = $1 and event_type = $2",
        )
        .bind(self.book.0)
        .bind(event_type)
        .fetch_one(self.ledger.pool())
        .await
        .expect("the table is readable")
    }
}

/// A moment in the near past, so that the reading belongs to the present.
pub fn just_now() -> String {
    let moment = Utc::now() - TimeDelta::seconds(1);
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// One reading of a request.
pub fn reading(meter: &str, cubic_metres: &str) -> Value {
    json!({
        "meter": meter,
        "values": [house::value(cubic_metres)],
        "taken_at": just_now(),
        "source": "staff"
    })
}

/// A house's member of an answer, told without a test's own moments.
pub fn status(answer: &Value) -> &str {
    answer["status"].as_str().unwrap_or("no status")
}
