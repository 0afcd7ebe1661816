//! A database of its own for each test, on a real PostgreSQL.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::time::Duration;

use aggregates::ids::PersonId;
use aggregates::rule::RuleConfirmation;
use aggregates::text::Label;
use energokabinet::store::{Actor, Ledger, migrations, pool};
use energokabinet::{embedded, rules};
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool};
use uuid::Uuid;

/// Owns the schema and runs the migrations: no superuser, but with CREATEROLE and CREATEDB.
pub const OWNER: &str = "ek_owner";
/// The application's login role, a member of `ek_app`.
pub const APPLICATION: &str = "ek_app_login";

/// The address of a server's superuser: a server of one's own choice, or the private one that tests
/// share. The one place that knows where the server comes from.
async fn superuser_options() -> PgConnectOptions {
    let url = match std::env::var("ENERGOKABINET_TEST_URL") {
        Ok(url) => url,
        Err(_) => {
            let target = std::env::current_exe().expect("a test knows its own path");
            let target = target
                .ancestors()
                .nth(3)
                .expect("a test lies in target/profile/deps");
            let home = embedded::test_home(target).expect("the test server has a home");
            embedded::PrivateServer::start(&home)
                .await
                .expect("the server starts")
                .superuser_url()
        }
    };
    url.parse().expect("the address is one of a PostgreSQL")
}

/// A migrated database that is dropped with the value.
pub struct TestDatabase {
    options: PgConnectOptions,
    name: String,
}

impl TestDatabase {
    /// A fresh copy of the migrated template.
    pub async fn new() -> Self {
        let options = superuser_options().await;
        let template = template(&options).await;
        let name = format!("ek_test_{}", Uuid::new_v4().simple());
        let mut connection = connect(&options).await;
        run(
            &mut connection,
            &format!("create database {name} template {template} owner {OWNER}"),
        )
        .await;
        connection.close().await.expect("the connection closes");
        Self { options, name }
    }

    /// A database of this server without the schema, dropped with the value.
    pub async fn empty() -> Self {
        let options = superuser_options().await;
        let mut connection = connect(&options).await;
        ensure_logins(&mut connection).await;
        let name = format!("ek_test_{}", Uuid::new_v4().simple());
        run(
            &mut connection,
            &format!("create database {name} owner {OWNER}"),
        )
        .await;
        Self { options, name }
    }

    /// Where the superuser finds the database.
    pub fn options(&self) -> PgConnectOptions {
        self.options.clone().database(&self.name)
    }

    /// Address for the owner of the schema.
    pub fn owner_url(&self) -> String {
        self.url(OWNER)
    }

    /// Address for the application.
    pub fn app_url(&self) -> String {
        self.url(APPLICATION)
    }

    /// Address for the superuser.
    pub fn superuser_url(&self) -> String {
        self.url(self.options.get_username())
    }

    fn url(&self, user: &str) -> String {
        self.options
            .clone()
            .username(user)
            .database(&self.name)
            .to_url_lossy()
            .to_string()
    }

    /// A ledger over connections of the application.
    pub async fn ledger(&self) -> Ledger {
        Ledger::new(self.app_pool().await, Vec::new)
    }

    /// Connections of the application, as the product opens them.
    pub async fn app_pool(&self) -> PgPool {
        pool::connect(&self.app_url(), "energokabinet tests", 20)
            .await
            .expect("the app connects")
    }

    /// Connections of the owner.
    pub async fn owner_pool(&self) -> PgPool {
        pool::connect(&self.owner_url(), "energokabinet tests", 4)
            .await
            .expect("the owner connects")
    }

    /// Connections of the superuser.
    pub async fn superuser_pool(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(4)
            .connect(&self.superuser_url())
            .await
            .expect("the superuser connects")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (options, name) = (self.options.clone(), self.name.clone());
        // A destructor cannot wait for a future of the test's own runtime.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime starts");
            runtime.block_on(async {
                let mut connection = connect(&options).await;
                run(
                    &mut connection,
                    &format!("drop database if exists {name} with (force)"),
                )
                .await;
            });
        });
        if dropped.join().is_err() && !std::thread::panicking() {
            panic!("the test database {} was not dropped", self.name);
        }
    }
}

async fn connect(options: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(options)
        .await
        .expect("the superuser connects")
}

async fn run(connection: &mut PgConnection, sql: &str) {
    connection
        .execute(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The name of the migrated template, made once for these migrations.
async fn template(options: &PgConnectOptions) -> String {
    let mut hash = Sha256::new();
    for (_, _, text) in migrations::MIGRATIONS {
        hash.update(text);
    }
    let name = format!("ek_template_{}", &hex::encode(hash.finalize())[..16]);
    let mut connection = connect(options).await;
    // Test binaries run at the same time; one of them makes the template.
    run(&mut connection, "select pg_advisory_lock(7301)").await;
    let ready: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&name)
            .fetch_one(&mut connection)
            .await
            .expect("the catalogue answers");
    if !ready {
        ensure_logins(&mut connection).await;
        make_template(options, &mut connection, &name).await;
    }
    connection.close().await.expect("the connection closes");
    name
}

/// Under another name until it is complete, so that a run that was killed leaves nothing half-made.
async fn make_template(options: &PgConnectOptions, connection: &mut PgConnection, name: &str) {
    run(
        connection,
        &format!("drop database if exists {name}_new with (force)"),
    )
    .await;
    run(
        connection,
        &format!("create database {name}_new owner {OWNER}"),
    )
    .await;
    let url = options
        .clone()
        .username(OWNER)
        .database(&format!("{name}_new"))
        .to_url_lossy()
        .to_string();
    let owner = pool::connect(&url, "energokabinet tests", 1)
        .await
        .expect("the owner connects");
    migrations::migrate(&owner)
        .await
        .expect("the migrations run");
    owner.close().await;
    run(connection, &format!("grant ek_app to {APPLICATION}")).await;
    // The pool may leave a connection open that was on its way back when it closed, and the server
    // may take a moment to notice that the others have gone.
    let leave = format!(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}_new'"
    );
    for _ in 0..50 {
        run(connection, &leave).await;
        let renamed = connection
            .execute(&*format!("alter database {name}_new rename to {name}"))
            .await;
        if renamed.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the template {name} stays in use");
}

async fn ensure_logins(connection: &mut PgConnection) {
    for (role, rights) in [(OWNER, "login createrole createdb"), (APPLICATION, "login")] {
        let create = format!(
            "do $$ begin create role {role} {rights}; \
             exception when duplicate_object or unique_violation then null; end $$"
        );
        run(connection, &create).await;
    }
}

/// Somebody answers for every uncertain rule, so that months can be closed.
pub async fn confirm_rules(ledger: &Ledger) {
    let answering = RuleConfirmation {
        person: PersonId(Uuid::from_u128(1)),
        office: Label::new("бухгалтер теста").expect("a label"),
        source: Label::new("тест").expect("a label"),
        on: "2026-01-01".parse().expect("a date"),
    };
    let actor = Actor::new("test").expect("an actor");
    let confirmed = rules::book::confirm_all(ledger, &actor, answering).await;
    confirmed.expect("the rules are confirmed");
}
