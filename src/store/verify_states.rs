//! Stored states are a cache that commands are judged by: each must be the fold of its events.

use aggregates::ledger::LedgerAggregate;
use cqrs_es::EventStore;
use serde_json::Value;
use sqlx::Row;
use uuid::Uuid;

use crate::store::Ledger;
use crate::store::error::StoreError;
use crate::store::repository::LedgerRepository;
use crate::store::unit::load_error;
use crate::store::verify::{Finding, Problem};

impl Ledger {
    /// Folds every aggregate of type `A` in `book` that has a stored state of this program's
    /// version,
    /// from its first event to the one the state stands at, and tells the states that differ.
    ///
    /// # Errors
    /// When the book cannot be read. A state that differs is in the answer.
    pub async fn verify_states<A: LedgerAggregate>(
        &self,
        book: Uuid,
    ) -> Result<Vec<Finding>, StoreError> {
        let rows = sqlx::query(
            "select s.aggregate_id, s.sequence, s.state::text, e.position \
             from ledger.aggregate_states s left join ledger.events e \
               on e.book_id = s.book_id and e.aggregate_type = s.aggregate_type \
              and e.aggregate_id = s.aggregate_id and e.sequence = s.sequence \
             where s.book_id = $1 and s.aggregate_type = $2 and s.state_version = $3 \
             order by s.aggregate_id",
        )
        .bind(book)
        .bind(A::TYPE)
        .bind(i32::try_from(A::STATE_VERSION).unwrap_or(i32::MAX))
        .fetch_all(self.pool())
        .await
        .map_err(StoreError::read)?;
        let mut findings = Vec::new();
        for row in rows {
            let id: String = row.try_get(0).map_err(StoreError::read)?;
            let sequence: i64 = row.try_get(1).map_err(StoreError::read)?;
            let state: String = row.try_get(2).map_err(StoreError::read)?;
            let position: Option<i64> = row.try_get(3).map_err(StoreError::read)?;
            let folded = match position {
                Some(position) => self.folded_at::<A>(book, &id, position).await?,
                None => None,
            };
            if folded.is_none() || serde_json::from_str::<Value>(&state).ok() != folded {
                findings.push(Finding {
                    position,
                    stream: Some(format!("{}/{id}/{sequence}", A::TYPE)),
                    problem: Problem::StateChanged,
                });
            }
        }
        Ok(findings)
    }

    /// The aggregate as JSON, folded from its events up to `position`.
    async fn folded_at<A: LedgerAggregate>(
        &self,
        book: Uuid,
        id: &str,
        position: i64,
    ) -> Result<Option<Value>, StoreError> {
        let repository = LedgerRepository::as_of(self, book, position);
        let context = repository
            .into_store::<A>(self.upcasters)
            .load_aggregate(id)
            .await
            .map_err(|error| load_error::<A>(id, error))?;
        Ok(serde_json::to_value(&context.aggregate).ok())
    }
}
