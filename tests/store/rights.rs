//! Who may do what to the ledger's tables, verb by verb.

use energokabinet::store::error::StoreError;
use energokabinet::store::guard;
use sqlx::{Executor, PgPool};
use uuid::Uuid;

use crate::counter::Command;
use crate::support::OWNER;
use crate::{append, open_book};

const TABLES: [&str; 5] = ["books", "events", "commits", "erasures", "aggregate_states"];

/// What the application may throw away and build again.
const READ_MODELS: [&str; 9] = [
    "checkpoints",
    "current",
    "parked_streams",
    "meters",
    "consumption",
    "balances",
    "periods",
    "accounts",
    "bills",
];

/// The SQLSTATE with which a statement is refused, or nothing.
async fn refusal(pool: &PgPool, sql: &str) -> Option<String> {
    let error = pool.execute(sql).await.err()?;
    let code = error.as_database_error().and_then(|error| error.code());
    Some(code.map_or_else(|| error.to_string(), |code| code.into_owned()))
}

fn writes(table: &str) -> [String; 4] {
    [
        format!("insert into ledger.{table} select * from ledger.{table}"),
        format!("update ledger.{table} set book_id = book_id"),
        format!("delete from ledger.{table}"),
        format!("truncate ledger.{table}"),
    ]
}

#[tokio::test]
async fn application_reads_and_calls_and_nothing_else() {
    let (database, ledger, book) = open_book().await;
    append(&ledger, book, Uuid::new_v4(), Command::AddMany(70)).await;
    let app = database.app_pool().await;
    for table in TABLES {
        assert_eq!(
            refusal(&app, &format!("select * from ledger.{table}")).await,
            None
        );
        for write in writes(table) {
            assert_eq!(
                refusal(&app, &write).await.as_deref(),
                Some("42501"),
                "{write}"
            );
        }
    }
    for table in READ_MODELS {
        for write in &writes(table)[..3] {
            let write = write.replace("ledger.", "read_models.");
            assert_eq!(refusal(&app, &write).await, None, "{write}");
        }
    }
    for call in [
        "create table read_models.mine (a int)",
        "truncate read_models.bills",
        "select ledger.ledger_seal_book(gen_random_uuid())",
        "select ledger.ledger_erase(gen_random_uuid(), 1, 2)",
        "set role ek_append",
        "set role ek_erase",
        "create table ledger.mine (a int)",
        "alter table ledger.events disable trigger all",
        "set session_replication_role = replica",
    ] {
        assert_eq!(
            refusal(&app, call).await.as_deref(),
            Some("42501"),
            "{call}"
        );
    }
}

#[tokio::test]
async fn owner_cannot_write_by_mistake() {
    let (database, ledger, book) = open_book().await;
    append(&ledger, book, Uuid::new_v4(), Command::AddMany(70)).await;
    let owner = database.owner_pool().await;
    for table in ["books", "events", "commits", "erasures"] {
        for write in writes(table) {
            assert_eq!(
                refusal(&owner, &write).await.as_deref(),
                Some("42501"),
                "{write}"
            );
        }
    }
    // The trigger stands behind the right, should somebody give it back.
    for table in TABLES {
        owner
            .execute(&*format!(
                "grant update, delete, truncate on ledger.{table} to {OWNER}"
            ))
            .await
            .expect("the owner may");
    }
    for table in ["events", "commits"] {
        for write in &writes(table)[1..] {
            assert_eq!(
                refusal(&owner, write).await.as_deref(),
                Some("LG403"),
                "{write}"
            );
        }
    }
    for write in &writes("books")[2..] {
        assert_eq!(
            refusal(&owner, write).await.as_deref(),
            Some("LG403"),
            "{write}"
        );
    }
    assert_eq!(
        refusal(&owner, "set role ek_append").await.as_deref(),
        Some("42501")
    );
    assert_eq!(
        refusal(&owner, "set role ek_erase").await.as_deref(),
        Some("42501")
    );
}

#[tokio::test]
async fn triggers_hold_for_a_superuser_and_for_a_replica() {
    let (database, ledger, book) = open_book().await;
    append(&ledger, book, Uuid::new_v4(), Command::AddMany(70)).await;
    let superuser = database.superuser_pool().await;
    for replica in ["", "set session_replication_role = replica; "] {
        for table in ["events", "commits"] {
            for write in &writes(table)[1..] {
                let refused = refusal(&superuser, &format!("{replica}{write}")).await;
                assert_eq!(refused.as_deref(), Some("LG403"), "{replica}{write}");
            }
        }
        for write in &writes("books")[2..] {
            let refused = refusal(&superuser, &format!("{replica}{write}")).await;
            assert_eq!(refused.as_deref(), Some("LG403"), "{replica}{write}");
        }
        let erasing = "update ledger.events set salt = null, payload = '{\"erased\":true}', \
                       metadata = '{\"erased\":\"true\"}'";
        let refused = refusal(&superuser, &format!("{replica}{erasing}")).await;
        assert_eq!(
            refused.as_deref(),
            Some("LG403"),
            "erasure is its role's alone"
        );
    }
    // The role itself may erase, and nothing but erase.
    for changing in [
        "update ledger.events set salt = null",
        "update ledger.events set payload = '{\"erased\":true}', metadata = '{\"erased\":\"true\"}'",
        "update ledger.events set salt = null, payload = '{}', metadata = '{\"erased\":\"true\"}'",
    ] {
        let refused = refusal(&superuser, &format!("set role ek_erase; {changing}")).await;
        assert_eq!(refused.as_deref(), Some("LG403"), "{changing}");
    }
    let leaf = "set role ek_erase; update ledger.events set leaf_hash = leaf_hash";
    assert_eq!(refusal(&superuser, leaf).await.as_deref(), Some("42501"));
}

#[tokio::test]
async fn stranger_can_do_nothing() {
    let (database, _, _) = open_book().await;
    let superuser = database.superuser_pool().await;
    let stranger = format!("ek_stranger_{}", Uuid::new_v4().simple());
    superuser
        .execute(&*format!("create role {stranger}"))
        .await
        .expect("created");
    let lists = READ_MODELS.map(|table| format!("select * from read_models.{table}"));
    let calls = TABLES.map(|table| format!("select * from ledger.{table}"));
    let functions: Vec<String> = sqlx::query_scalar(
        "select p.oid::regprocedure::text from pg_proc p \
         where pronamespace = 'ledger'::regnamespace and has_function_privilege($1, p.oid, 'execute')",
    )
    .bind(&stranger)
    .fetch_all(&superuser)
    .await
    .expect("asked");
    assert_eq!(functions, Vec::<String>::new());
    for call in calls.into_iter().chain(lists) {
        let refused = refusal(&superuser, &format!("set role {stranger}; {call}")).await;
        assert_eq!(refused.as_deref(), Some("42501"), "{call}");
    }
    superuser.execute("reset role").await.expect("reset");
    superuser
        .execute(&*format!("drop role {stranger}"))
        .await
        .expect("dropped");
}

#[tokio::test]
async fn security_definers_have_a_fixed_search_path() {
    let (database, _, _) = open_book().await;
    let open: Vec<String> = sqlx::query_scalar(
        "select proname::text from pg_proc where pronamespace = 'ledger'::regnamespace \
         and prosecdef and not coalesce(proconfig, '{}') @> array['search_path=ledger, pg_temp']",
    )
    .fetch_all(&database.app_pool().await)
    .await
    .expect("asked");
    assert_eq!(open, Vec::<String>::new());
}

#[tokio::test]
async fn server_refuses_to_run_with_more_rights_than_it_needs() {
    let (database, _, _) = open_book().await;
    guard::assert_not_privileged(&database.app_pool().await)
        .await
        .expect("the app may serve");
    for pool in [database.owner_pool().await, database.superuser_pool().await] {
        let refused = guard::assert_not_privileged(&pool).await;
        assert!(matches!(refused, Err(StoreError::Privileged { .. })));
    }
}
