//! The bytes of an entry: the vectors, our code and the database say the same.

use chrono::{DateTime, Duration, Utc};
use energokabinet::store::books::BookKind;
use energokabinet::store::entry::{Entry, Label, canonical_json, commitment};
use serde::Deserialize;
use serde_json::Value;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::support::TestDatabase;

/// One vector of `docs/formats/entry-vectors.json`.
#[derive(Deserialize)]
struct Vector {
    name: String,
    book: Uuid,
    position: i64,
    recorded_at: DateTime<Utc>,
    effective_at: DateTime<Utc>,
    aggregate_type: String,
    aggregate_id: String,
    sequence: i64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
    salt: String,
    payload_commitment: String,
    metadata_commitment: String,
    entry: String,
    leaf_hash: String,
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../docs/formats/entry-vectors.json");
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn bytes<const N: usize>(hexadecimal: &str) -> [u8; N] {
    let bytes = hex::decode(hexadecimal).expect("hexadecimal");
    bytes.try_into().expect("of the right length")
}

#[test]
fn our_code_agrees_with_the_vectors() {
    for vector in vectors() {
        let seed = bytes::<16>(&vector.salt);
        let payload_commitment = commitment(Label::Payload, &seed, &vector.payload);
        let metadata_commitment = commitment(Label::Metadata, &seed, &vector.metadata);
        assert_eq!(
            hex::encode(payload_commitment),
            vector.payload_commitment,
            "{}",
            vector.name
        );
        assert_eq!(
            hex::encode(metadata_commitment),
            vector.metadata_commitment,
            "{}",
            vector.name
        );
        let entry = Entry {
            book: vector.book,
            position: vector.position,
            recorded_at: vector.recorded_at,
            effective_at: vector.effective_at,
            aggregate_type: &vector.aggregate_type,
            aggregate_id: &vector.aggregate_id,
            sequence: vector.sequence,
            event_type: &vector.event_type,
            event_version: &vector.event_version,
            payload_commitment,
            metadata_commitment,
        };
        assert_eq!(entry.to_text(), vector.entry, "{}", vector.name);
        assert_eq!(
            hex::encode(entry.leaf()),
            vector.leaf_hash,
            "{}",
            vector.name
        );
        // The stored text is the canonical one.
        for text in [&vector.payload, &vector.metadata] {
            let value: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(canonical_json(&value).as_ref(), Ok(text), "{}", vector.name);
        }
    }
}

#[tokio::test]
async fn the_database_agrees_with_the_vectors() {
    let database = TestDatabase::new().await;
    let ledger = database.ledger().await;
    let superuser = database.superuser_pool().await;
    for vector in vectors() {
        ledger
            .open_book(vector.book, BookKind::Building)
            .await
            .expect("opens");
        // One event and several are written by different statements of the append.
        let mut undone = superuser.begin().await.expect("begins");
        append_vector(&mut undone, &vector, 2).await;
        assert_stored(&mut undone, &vector).await;
        undone.rollback().await.expect("rolls back");
        let mut connection = superuser.acquire().await.expect("connects");
        append_vector(&mut connection, &vector, 1).await;
        assert_stored(&mut connection, &vector).await;
    }
}

/// The hashes that stand at the vector's position are the vector's.
async fn assert_stored(connection: &mut PgConnection, vector: &Vector) {
    let row = sqlx::query(
        "select recorded_at, payload_commitment, metadata_commitment, leaf_hash \
         from ledger.events where book_id = $1 and position = $2",
    )
    .bind(vector.book)
    .bind(vector.position)
    .fetch_one(connection)
    .await
    .expect("read");
    let name = &vector.name;
    assert_eq!(row.get::<DateTime<Utc>, _>(0), vector.recorded_at, "{name}");
    let hexadecimal = |column| hex::encode(row.get::<Vec<u8>, _>(column));
    assert_eq!(hexadecimal(1), vector.payload_commitment, "{name}");
    assert_eq!(hexadecimal(2), vector.metadata_commitment, "{name}");
    assert_eq!(hexadecimal(3), vector.leaf_hash, "{name}");
}

/// Appends the vector's event, as the first of one or two.
async fn append_vector(connection: &mut PgConnection, vector: &Vector, events: i32) {
    // The append gives the next position and, after a head that is ahead of the clock, the next
    // microsecond.
    sqlx::query("update ledger.books set position = $2, recorded_at = $3 where book_id = $1")
        .bind(vector.book)
        .bind(vector.position - 1)
        .bind(vector.recorded_at - Duration::microseconds(1))
        .execute(&mut *connection)
        .await
        .expect("set");
    let effective = (vector.effective_at != vector.recorded_at).then_some(vector.effective_at);
    sqlx::query(
        "select * from ledger.ledger_append($1, gen_random_uuid(), 'staff:1', null, null, \
         (array[$2, 'other'])[:$11], (array[$3, 'another'])[:$11], (array[$4, 1::bigint])[:$11], \
         (array[$5, 'Added'])[:$11], (array[$6, '1.0.0'])[:$11], (array[$7, '{}'])[:$11], \
         (array[$8, '{}'])[:$11], (array[$9, now()])[:$11], (array[null, null]::text[])[:$11], \
         (array[$10, '\\x00112233445566778899aabbccddeeff'::bytea])[:$11], \
         '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
    )
    .bind(vector.book)
    .bind(&vector.aggregate_type)
    .bind(&vector.aggregate_id)
    .bind(vector.sequence)
    .bind(&vector.event_type)
    .bind(&vector.event_version)
    .bind(&vector.payload)
    .bind(&vector.metadata)
    .bind(effective)
    .bind(bytes::<16>(&vector.salt).as_slice())
    .bind(events)
    .execute(connection)
    .await
    .expect("appended");
}
