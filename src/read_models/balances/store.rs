//! Balances into their table.

use projections::balance::Difference;
use projections::house_figures::{FigureChanges, ResourceChange, ScopeMonth};
use sqlx::PgConnection;

use crate::read_models::{Build, ReadModelError};

/// Puts balances in the place of those before, resource by resource.
pub(in crate::read_models) async fn write(
    transaction: &mut PgConnection,
    build: Build,
    changes: &mut FigureChanges<'_>,
) -> Result<(), ReadModelError> {
    while let Some(change) = changes.next_resource() {
        replace(transaction, build, &change).await?;
    }
    Ok(())
}

async fn replace(
    transaction: &mut PgConnection,
    build: Build,
    change: &ResourceChange,
) -> Result<(), ReadModelError> {
    sqlx::query(
        "delete from read_models.balances \
         where book_id = $1 and version = $2 and resource = $3 \
           and ($4::text is null or period >= $4)",
    )
    .bind(build.book)
    .bind(build.version)
    .bind(change.resource.code())
    .bind(change.from.map(|period| period.to_string()))
    .execute(&mut *transaction)
    .await?;
    let months = &change.months;
    let periods: Vec<String> = months
        .iter()
        .map(|month| month.period.to_string())
        .collect();
    let scopes: Vec<&str> = months.iter().map(|month| month.scope.as_str()).collect();
    let differences = months.iter().map(difference);
    let (differences, units): (Vec<_>, Vec<_>) = differences
        .map(|known| {
            (
                known.as_ref().map(|(value, _)| value.clone()),
                known.map(|(_, unit)| unit),
            )
        })
        .unzip();
    let texts: Vec<String> = months
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<_, _>>()?;
    sqlx::query(
        "insert into read_models.balances \
         select $1, $2, $3, u.* from unnest($4::text[], $5::text[], $6::text[]::numeric[], \
                                            $7::text[], $8::text[]::jsonb[]) u",
    )
    .bind(build.book)
    .bind(build.version)
    .bind(change.resource.code())
    .bind(periods)
    .bind(scopes)
    .bind(differences)
    .bind(units)
    .bind(texts)
    .execute(transaction)
    .await?;
    Ok(())
}

/// The difference of which every point is known, with its unit.
fn difference(month: &ScopeMonth) -> Option<(String, &'static str)> {
    match &month.sums.as_ref()?.difference {
        Difference::Known { volume } => Some((volume.value().to_string(), volume.unit().code())),
        Difference::WithoutMissing { .. } | Difference::Unknown { .. } => None,
    }
}
