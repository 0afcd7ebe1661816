//! The JSON API over real connections, against a real PostgreSQL.
#![allow(
    clippy::panic,
    unreachable_pub,
    reason = "a test may panic; helpers are shared by its modules"
)]

#[path = "../support/mod.rs"]
mod support;

#[tokio::test]
async fn probe() {
    let database = support::TestDatabase::new().await;
    let pool = database.superuser_pool().await;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select schemaname::text, tablename::text from pg_tables where tablename like '%sqlx%'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    panic!("{rows:?}");
}
