//! The schema's history, embedded in the program and applied by the owner of the database.

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Executor, PgPool};

use crate::store::append::sqlstate;
use crate::store::error::StoreError;

/// Every file of `migrations/`, in order: version, name, text. A test compares it with the folder.
pub const MIGRATIONS: &[(i64, &str, &str)] = &[
    (
        1,
        "create_roles",
        include_str!("../../migrations/0001_create_roles.sql"),
    ),
    (
        2,
        "create_ledger",
        include_str!("../../migrations/0002_create_ledger.sql"),
    ),
    (
        3,
        "create_append",
        include_str!("../../migrations/0003_create_append.sql"),
    ),
    (
        4,
        "create_reading_functions",
        include_str!("../../migrations/0004_create_reading_functions.sql"),
    ),
    (
        5,
        "create_erasure",
        include_str!("../../migrations/0005_create_erasure.sql"),
    ),
    (
        6,
        "guard_ledger",
        include_str!("../../migrations/0006_guard_ledger.sql"),
    ),
    (
        7,
        "show_migrations",
        include_str!("../../migrations/0007_show_migrations.sql"),
    ),
    (
        8,
        "speed_up_append",
        include_str!("../../migrations/0008_speed_up_append.sql"),
    ),
    (
        9,
        "create_read_models",
        include_str!("../../migrations/0009_create_read_models.sql"),
    ),
    (
        10,
        "keep_house_states",
        include_str!("../../migrations/0010_keep_house_states.sql"),
    ),
    (
        11,
        "create_checkpoints",
        include_str!("../../migrations/0011_create_checkpoints.sql"),
    ),
    (
        13,
        "create_people",
        include_str!("../../migrations/0013_create_people.sql"),
    ),
    (
        14,
        "create_sessions",
        include_str!("../../migrations/0014_create_sessions.sql"),
    ),
    (
        15,
        "create_collector",
        include_str!("../../migrations/0015_create_collector.sql"),
    ),
    (
        16,
        "create_records",
        include_str!("../../migrations/0016_create_records.sql"),
    ),
    (
        21,
        "create_notes",
        include_str!("../../migrations/0021_create_notes.sql"),
    ),
];

/// Brings the database behind `owner_pool` to this program's schema; repeating it changes nothing.
///
/// The owner is a superuser, or a role with CREATEROLE that owns the database.
///
/// # Errors
/// [`StoreError::Migrate`] when a statement fails, or an applied migration is not the one embedded.
pub async fn migrate(owner_pool: &PgPool) -> Result<(), StoreError> {
    let failed = |error| StoreError::Migrate(MigrateError::Execute(error));
    let mut connection = owner_pool.acquire().await.map_err(failed)?;
    // The list of applied migrations must exist before the schema that our connections look in.
    connection
        .execute("set search_path to public")
        .await
        .map_err(failed)?;
    let migrated = migrator().run_direct(&mut *connection).await;
    connection
        .execute("reset search_path")
        .await
        .map_err(failed)?;
    migrated.map_err(StoreError::Migrate)
}

/// Whether the database behind `pool`, the application's, has exactly this program's schema.
///
/// # Errors
/// [`StoreError::Read`] when the database does not answer.
pub async fn is_complete(pool: &PgPool) -> Result<bool, StoreError> {
    let applied = sqlx::query_as::<_, (i64, Vec<u8>)>(
        "select version, checksum from public._sqlx_migrations where success order by version",
    )
    .fetch_all(pool)
    .await;
    let applied = match applied {
        Ok(applied) => applied,
        // No such table, or not yet readable: the schema is older than this question.
        Err(error) if matches!(sqlstate(&error).as_deref(), Some("42P01" | "42501")) => {
            return Ok(false);
        }
        Err(error) => return Err(StoreError::Read(error)),
    };
    let migrator = migrator();
    let wanted = migrator.iter().map(|one| (one.version, &*one.checksum));
    Ok(wanted.eq(applied.iter().map(|(version, sum)| (*version, &**sum))))
}

/// Creates the roles alone: what a fresh cluster needs before a dump is restored into it, because a
/// dump of one database holds no roles.
pub async fn ensure_roles(owner_pool: &PgPool) -> Result<(), StoreError> {
    sqlx::raw_sql(MIGRATIONS[0].2)
        .execute(owner_pool)
        .await
        .map_err(|error| StoreError::Migrate(MigrateError::Execute(error)))?;
    Ok(())
}

fn migrator() -> Migrator {
    let migrations: Vec<Migration> = MIGRATIONS
        .iter()
        .map(|(version, name, text)| {
            Migration::new(
                *version,
                Cow::Borrowed(name),
                MigrationType::Simple,
                Cow::Borrowed(text),
                false,
            )
        })
        .collect();
    Migrator {
        migrations: Cow::Owned(migrations),
        ..Migrator::DEFAULT
    }
}
