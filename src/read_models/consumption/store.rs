//! Figures of points into their table.

use projections::house_figures::{FigureChanges, PointMonth};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::read_models::{Build, ROWS_PER_STATEMENT, ReadModelError};

/// Earlier than every period.
const EVER: &str = "0000-00";

/// Rows on their way to the table, and from when on they replace those that are there.
#[derive(Default)]
struct Rows {
    void_points: Vec<Uuid>,
    void_from: Vec<String>,
    points: Vec<Uuid>,
    periods: Vec<String>,
    resources: Vec<&'static str>,
    volumes: Vec<Option<String>>,
    units: Vec<Option<&'static str>>,
    figures: Vec<String>,
}

/// Puts the figures of points in the place of those before, as they are told.
pub(in crate::read_models) async fn write(
    transaction: &mut PgConnection,
    build: Build,
    changes: &mut FigureChanges<'_>,
) -> Result<(), ReadModelError> {
    let mut rows = Rows::default();
    while let Some(change) = changes.next_point() {
        let from = change.from.map(|period| period.to_string());
        rows.void_points.push(change.point.0);
        rows.void_from.push(from.unwrap_or_else(|| EVER.to_owned()));
        for month in &change.months {
            rows.add(month)?;
        }
        if rows.points.len() >= ROWS_PER_STATEMENT {
            rows.send(transaction, build).await?;
        }
    }
    rows.send(transaction, build).await
}

impl Rows {
    fn add(&mut self, month: &PointMonth) -> Result<(), ReadModelError> {
        let known = month.volume.as_ref().and_then(|volume| volume.known());
        self.points.push(month.point.0);
        self.periods.push(month.period.to_string());
        self.resources.push(month.resource.code());
        self.volumes
            .push(known.map(|known| known.value().to_string()));
        self.units.push(known.map(|known| known.unit().code()));
        self.figures.push(serde_json::to_string(month)?);
        Ok(())
    }

    async fn send(
        &mut self,
        transaction: &mut PgConnection,
        build: Build,
    ) -> Result<(), ReadModelError> {
        let rows = std::mem::take(self);
        sqlx::query(
            "delete from read_models.consumption c \
             using unnest($3::uuid[], $4::text[]) v(point_id, since) \
             where c.book_id = $1 and c.version = $2 and c.point_id = v.point_id \
               and c.period >= v.since",
        )
        .bind(build.book)
        .bind(build.version)
        .bind(rows.void_points)
        .bind(rows.void_from)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "insert into read_models.consumption \
             select $1, $2, u.* from unnest($3::uuid[], $4::text[], $5::text[], \
                                            $6::text[]::numeric[], $7::text[], \
                                            $8::text[]::jsonb[]) u",
        )
        .bind(build.book)
        .bind(build.version)
        .bind(rows.points)
        .bind(rows.periods)
        .bind(rows.resources)
        .bind(rows.volumes)
        .bind(rows.units)
        .bind(rows.figures)
        .execute(transaction)
        .await?;
        Ok(())
    }
}
