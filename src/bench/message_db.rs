//! message-db's `write_message`, where a database of it stands on the same server.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use uuid::Uuid;

use crate::bench::append::PlainRow;
use crate::bench::batch::all;
use crate::bench::error::BenchError;
use crate::bench::stage::{Stage, connect, with_database};

/// What is said where it is not installed.
pub(super) const NOT_AT_HAND: &str =
    "message-db нет под рукой: на сервере нет базы message_store (docs/performance.md)";

/// The name that message-db's own installation gives its database and schema.
const NAME: &str = "message_store";

/// The address of message-db's database, if there is one on the server that the owner may use.
pub(super) async fn find(stage: &Stage) -> Result<Option<String>, BenchError> {
    let failed = BenchError::database("поиск message-db");
    let mut owner = stage.owner().await?;
    let is_there: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(NAME)
            .fetch_one(&mut owner)
            .await
            .map_err(&failed)?;
    if !is_there {
        return Ok(None);
    }
    let url = with_database(&stage.owner_url()?, NAME)?;
    let mut connection = connect(&url).await?;
    let is_usable: Option<bool> = sqlx::query_scalar(
        "select has_function_privilege(to_regproc('message_store.write_message'), 'execute') \
         and has_schema_privilege('message_store', 'usage')",
    )
    .fetch_one(&mut connection)
    .await
    .map_err(&failed)?;
    Ok(is_usable.unwrap_or(false).then_some(url))
}

/// How long it takes to write the same events, a connection and a stream for each client.
pub(super) async fn write(url: &str, clients: &[Vec<PlainRow>]) -> Result<Duration, BenchError> {
    let mut ready = Vec::new();
    for rows in clients {
        let messages = rows.iter().map(|row| {
            let (payload, metadata) = (row.payload.clone(), row.metadata.clone());
            (row.event_type.clone(), payload, metadata)
        });
        let mut connection = connect(url).await?;
        sqlx::query("set search_path = message_store, public")
            .execute(&mut connection)
            .await
            .map_err(BenchError::database("message-db"))?;
        // A category of its own: message-db serialises the writers of one category.
        let category = Uuid::new_v4().simple();
        let stream = rows
            .first()
            .map(|row| format!("meter{category}-{}", row.aggregate_id));
        ready.push((connection, stream, messages.collect::<Vec<_>>()));
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (mut connection, stream, messages) in ready {
        tasks.spawn(async move {
            for (event_type, payload, metadata) in &messages {
                sqlx::query("select write_message($1, $2, $3, $4::jsonb, $5::jsonb)")
                    .bind(Uuid::new_v4().to_string())
                    .bind(&stream)
                    .bind(event_type)
                    .bind(payload)
                    .bind(metadata)
                    .execute(&mut connection)
                    .await
                    .map_err(BenchError::database("message-db"))?;
            }
            Ok(())
        });
    }
    all(tasks).await?;
    Ok(started.elapsed())
}
