//! Cards of meters into their table.

use projections::meter_cards::MeterCard;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::read_models::{Build, ROWS_PER_STATEMENT, ReadModelError};

/// Puts cards in the place of those before.
pub(in crate::read_models) async fn write(
    transaction: &mut PgConnection,
    build: Build,
    cards: &[MeterCard],
) -> Result<(), ReadModelError> {
    for cards in cards.chunks(ROWS_PER_STATEMENT) {
        let ids: Vec<Uuid> = cards.iter().map(|card| card.meter.0).collect();
        let serials: Vec<&str> = cards.iter().map(|card| card.serial.as_str()).collect();
        let resources: Vec<&str> = cards.iter().map(|card| card.resource.code()).collect();
        let states: Vec<&str> = cards.iter().map(|card| card.state.code()).collect();
        let premises = cards
            .iter()
            .map(|card| Some(card.place.as_ref()?.premises?.0));
        let verified: Vec<_> = cards.iter().map(|card| card.verified_until).collect();
        let texts: Vec<String> = cards
            .iter()
            .map(serde_json::to_string)
            .collect::<Result<_, _>>()?;
        sqlx::query(
            "insert into read_models.meters \
             select $1, $2, u.* from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], \
                                            $7::uuid[], $8::date[], $9::text[]::jsonb[]) u \
             on conflict on constraint meters_pkey do update \
             set serial = excluded.serial, resource = excluded.resource, state = excluded.state, \
                 premises_id = excluded.premises_id, verified_until = excluded.verified_until, \
                 card = excluded.card",
        )
        .bind(build.book)
        .bind(build.version)
        .bind(ids)
        .bind(serials)
        .bind(resources)
        .bind(states)
        .bind(premises.collect::<Vec<Option<Uuid>>>())
        .bind(verified)
        .bind(texts)
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}
