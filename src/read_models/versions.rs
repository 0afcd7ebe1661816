//! Versions of a book's read models: begun, switched to, removed.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::read_models::set::{FORM, ParkedStream};
use crate::read_models::{Build, ReadModelError};

/// The tables whose rows carry a version, `checkpoints` aside.
pub(super) const TABLES: [&str; 7] = [
    "meters",
    "consumption",
    "balances",
    "periods",
    "accounts",
    "bills",
    "parked_streams",
];

/// Rows of a version that is no longer read that go in one statement.
const ROWS_PER_REMOVAL: i64 = 20_000;

/// Begins another version of the book's read models beside the one that is read, and answers with
/// its number. One that is being built already is continued, unless it is parked: then it starts
/// over. The runner does the work.
///
/// # Errors
/// [`ReadModelError`] when the tables cannot be written.
pub async fn begin_rebuild(pool: &PgPool, book: Uuid) -> Result<i64, ReadModelError> {
    let mut transaction = pool.begin().await?;
    let current = current(&mut transaction, book).await?;
    let Some(current) = current else {
        transaction.commit().await?;
        return Ok(1);
    };
    let newest: Option<(i64, i32, Option<i64>)> = sqlx::query_as(
        "select version, form, parked_position from read_models.checkpoints \
         where book_id = $1 and version > $2 order by version desc limit 1",
    )
    .bind(book)
    .bind(current)
    .fetch_optional(&mut *transaction)
    .await?;
    let version = match newest {
        Some((version, FORM, None)) => version,
        newest => {
            let version = newest.map_or(current, |(version, ..)| version) + 1;
            insert(&mut transaction, Build { book, version }).await?;
            // A build that nobody continues gives its place up.
            retire_between(&mut transaction, book, (current, version)).await?;
            version
        }
    };
    transaction.commit().await?;
    Ok(version)
}

/// The version that readers see, its row held. Where there is none yet the first version is begun
/// and shown at once, and the answer is `None`: it is built before the eyes of readers, from
/// nothing.
async fn current(
    transaction: &mut PgConnection,
    book: Uuid,
) -> Result<Option<i64>, ReadModelError> {
    let begun = sqlx::query(
        "insert into read_models.current (book_id, version) values ($1, 1) on conflict do nothing",
    )
    .bind(book)
    .execute(&mut *transaction)
    .await?;
    if begun.rows_affected() == 1 {
        insert(transaction, Build { book, version: 1 }).await?;
        return Ok(None);
    }
    let version =
        sqlx::query_scalar("select version from read_models.current where book_id = $1 for update")
            .bind(book)
            .fetch_one(transaction)
            .await?;
    Ok(Some(version))
}

async fn insert(transaction: &mut PgConnection, build: Build) -> Result<(), ReadModelError> {
    sqlx::query(
        "insert into read_models.checkpoints (book_id, version, form, erasures) \
         select $1, $2, $3, count(*) from ledger.erasures where book_id = $1",
    )
    .bind(build.book)
    .bind(build.version)
    .bind(FORM)
    .execute(transaction)
    .await?;
    Ok(())
}

/// Builds that never came to be read go at once. Their checkpoints go first: whoever still holds
/// one is waited for.
async fn retire_between(
    transaction: &mut PgConnection,
    book: Uuid,
    (current, next): (i64, i64),
) -> Result<(), ReadModelError> {
    for table in ["checkpoints"].iter().chain(&TABLES) {
        let statement = format!(
            "delete from read_models.{table} where book_id = $1 and version > $2 and version < $3"
        );
        sqlx::query(&statement)
            .bind(book)
            .bind(current)
            .bind(next)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(())
}

/// Lets readers see `build` instead of the version before, if it has come at least as far and does
/// not stand still. Both checkpoints are held, so that neither moves meanwhile and no reader sees
/// time go back.
pub(super) async fn switch_to(pool: &PgPool, build: Build) -> Result<bool, ReadModelError> {
    let mut transaction = pool.begin().await?;
    let current: i64 =
        sqlx::query_scalar("select version from read_models.current where book_id = $1 for update")
            .bind(build.book)
            .fetch_one(&mut *transaction)
            .await?;
    let stands: Vec<(i64, i64, bool)> = sqlx::query_as(
        "select version, position, parked_position is not null from read_models.checkpoints \
         where book_id = $1 and version in ($2, $3) order by version for update",
    )
    .bind(build.book)
    .bind(current)
    .bind(build.version)
    .fetch_all(&mut *transaction)
    .await?;
    let stand = |version| stands.iter().find(|(of, ..)| *of == version);
    let has_come_as_far = match (stand(current), stand(build.version)) {
        (_, None | Some((_, _, true))) => false,
        (Some((_, shown, _)), Some((_, built, _))) => shown <= built,
        (None, Some(_)) => true,
    };
    if current >= build.version || !has_come_as_far {
        return Ok(false);
    }
    sqlx::query(
        "update read_models.checkpoints set retired = true where book_id = $1 and version < $2",
    )
    .bind(build.book)
    .bind(build.version)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("update read_models.current set version = $2 where book_id = $1")
        .bind(build.book)
        .bind(build.version)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(true)
}

/// Removes the rows of a version that was left behind, some at a time; its checkpoint goes last, so
/// that a removal that was cut off is found again.
pub(super) async fn remove(pool: &PgPool, build: Build) -> Result<(), ReadModelError> {
    for table in TABLES {
        let statement = format!(
            "delete from read_models.{table} where ctid = any(array( \
               select ctid from read_models.{table} where book_id = $1 and version = $2 limit $3))"
        );
        loop {
            let removed = sqlx::query(&statement)
                .bind(build.book)
                .bind(build.version)
                .bind(ROWS_PER_REMOVAL)
                .execute(pool)
                .await?;
            if removed.rows_affected() == 0 {
                break;
            }
        }
    }
    sqlx::query("delete from read_models.checkpoints where book_id = $1 and version = $2")
        .bind(build.book)
        .bind(build.version)
        .execute(pool)
        .await?;
    Ok(())
}

/// Notes streams whose rows stay as they were.
pub(super) async fn park_streams(
    transaction: &mut PgConnection,
    build: Build,
    parked: &[ParkedStream],
) -> Result<(), ReadModelError> {
    for stream in parked {
        sqlx::query(
            "insert into read_models.parked_streams \
               (book_id, version, aggregate_type, aggregate_id, position, reason) \
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(build.book)
        .bind(build.version)
        .bind(stream.aggregate_type)
        .bind(stream.aggregate_id)
        .bind(stream.position)
        .bind(&stream.reason)
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}
