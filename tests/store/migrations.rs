//! The schema's history.

use std::collections::BTreeSet;

use energokabinet::store::migrations::{MIGRATIONS, ensure_roles, migrate};
use sqlx::Executor;

use crate::support::TestDatabase;

#[test]
fn every_file_is_embedded_and_numbered_without_a_gap() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|file| {
            file.expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let embedded: BTreeSet<String> = MIGRATIONS
        .iter()
        .map(|(version, name, _)| format!("{version:04}_{name}.sql"))
        .collect();
    assert_eq!(files, embedded);
    let versions: Vec<i64> = MIGRATIONS.iter().map(|(version, ..)| *version).collect();
    assert!(
        versions.is_sorted_by(|one, next| one < next),
        "{versions:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn databases_of_one_cluster_migrate_at_the_same_time_and_again() {
    let migrated: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn(async {
                let database = TestDatabase::empty().await;
                let owner = database.owner_pool().await;
                migrate(&owner).await.expect("migrates");
                migrate(&owner).await.expect("changes nothing");
                ensure_roles(&owner).await.expect("changes nothing");
                owner.close().await;
            })
        })
        .collect();
    for one in migrated {
        one.await.expect("migrated");
    }
}

#[tokio::test]
async fn superuser_may_migrate_too() {
    let database = TestDatabase::empty().await;
    migrate(&database.superuser_pool().await)
        .await
        .expect("migrates");
}

#[tokio::test]
async fn every_key_allows_partitions_by_book() {
    let database = TestDatabase::new().await;
    let superuser = database.superuser_pool().await;
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select schemaname::text, tablename::text from pg_tables \
         where schemaname in ('ledger', 'read_models') order by 1, 2",
    )
    .fetch_all(&superuser)
    .await
    .expect("the catalogue answers");
    assert_eq!(tables.len(), 17, "{tables:?}");
    for (schema, table) in tables {
        let spread = format!("spread.{schema}_{table}");
        // PostgreSQL refuses a unique key without the partition key.
        superuser
            .execute(&*format!(
                "create schema if not exists spread; \
                 create table {spread} (like {schema}.{table} including indexes) \
                   partition by hash (book_id); \
                 create table {spread}_0 partition of {spread} \
                   for values with (modulus 2, remainder 0); \
                 create table {spread}_1 partition of {spread} \
                   for values with (modulus 2, remainder 1);"
            ))
            .await
            .unwrap_or_else(|error| panic!("{table}: {error}"));
    }
}
