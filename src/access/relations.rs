//! Relations of people to houses: rights of access, read from the books at every request.
//!
//! A table says in which streams to look; what a right allows and whether it is still in force is
//! told by its events. So a right that was taken away in the ledger is gone at the next request,
//! and a row in the table alone gives nothing.

use std::collections::BTreeMap;

use aggregates::access_grant::AccessGrant;
use aggregates::access_grant::command::AccessGrantCommand;
use aggregates::access_grant::event::{AccessRole, AccessScope, Grantee};
use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingEvent;
use aggregates::ids::{AccessGrantId, BookId, PersonId};
use aggregates::time::ZoneName;
use aggregates::vocabulary::Resource;
use chrono::{NaiveDate, Utc};
use cqrs_es::Aggregate;
use futures_util::FutureExt;
use sqlx::Row;
use uuid::Uuid;

use crate::access::policy::Viewer;
use crate::access::{AccessError, People};
use crate::store::error::{ExecuteError, StoreError};
use crate::store::read::{Filter, decode};
use crate::store::{Actor, Receipt, Request, RunError};

/// A right in force today, by the clock of its house.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// The house.
    pub book: BookId,
    /// As what.
    pub role: AccessRole,
    /// To what in the house.
    pub scope: AccessScope,
    /// Which resources; empty means all.
    pub resources: Vec<Resource>,
    /// Since when; what was before belongs to somebody else.
    pub since: NaiveDate,
    /// By whose clock.
    pub zone: ZoneName,
}

/// A right to give.
#[derive(Clone, Debug)]
pub struct Gift {
    /// In which book.
    pub book: BookId,
    /// Under which id.
    pub grant: AccessGrantId,
    /// What.
    pub command: AccessGrantCommand,
}

fn id_of(grantee: Grantee) -> Uuid {
    match grantee {
        Grantee::Person(person) => person.0,
        Grantee::Organisation(organisation) => organisation.0,
    }
}

impl People {
    /// What `person` may see and do today.
    ///
    /// # Errors
    /// [`AccessError`] when the rights cannot be read.
    pub async fn viewer(&self, person: PersonId) -> Result<Viewer, AccessError> {
        let mut relations = Vec::new();
        for ((book, _), grant) in self.grants_of(person.0).await? {
            let Some(zone) = self.zone(book).await? else {
                continue;
            };
            let today = zone.local_date(Utc::now());
            let given = (grant.role(), grant.scope(), grant.since());
            if let ((Some(role), Some(scope), Some(since)), Some(resources)) =
                (given, grant.resources_on(today))
            {
                relations.push(Relation {
                    book,
                    role,
                    scope,
                    resources: resources.to_vec(),
                    since,
                    zone,
                });
            }
        }
        Ok(Viewer::new(person, relations))
    }

    /// The rights of a grantee, folded from their streams.
    async fn grants_of(
        &self,
        grantee: Uuid,
    ) -> Result<BTreeMap<(BookId, String), AccessGrant>, AccessError> {
        let rows = sqlx::query(
            "select e.book_id, e.aggregate_id::text, e.event_type::text, e.event_version::text, \
                    e.payload::text \
             from people.grants g \
             join ledger.events e on e.book_id = g.book_id \
              and e.aggregate_type = 'access_grant' and e.aggregate_id = g.grant_id::text \
             where g.grantee_id = $1 and e.salt is not null \
             order by e.book_id, e.aggregate_id, e.sequence",
        )
        .bind(grantee)
        .fetch_all(self.ledger.pool())
        .await?;
        let mut grants: BTreeMap<(BookId, String), AccessGrant> = BTreeMap::new();
        for row in rows {
            let (book, stream): (Uuid, String) = (row.try_get(0)?, row.try_get(1)?);
            let event = BookEvent::decode(
                AccessGrant::TYPE,
                row.try_get(2)?,
                row.try_get(3)?,
                row.try_get(4)?,
            );
            let event = event.map_err(|error| StoreError::Undecodable {
                place: format!("access_grant/{stream}"),
                reason: error.to_string(),
            })?;
            if let BookEvent::AccessGrant(event) = event {
                let grant = grants.entry((BookId(book), stream)).or_default();
                grant.apply(event);
            }
        }
        // A row may name somebody else's right: only the right itself says whose it is.
        grants.retain(|_, grant| grant.grantee().map(id_of) == Some(grantee));
        Ok(grants)
    }

    /// The zone of a house; `None` while it is not registered.
    async fn zone(&self, book: BookId) -> Result<Option<ZoneName>, AccessError> {
        let known = self.zones.lock();
        if let Some(zone) = known.ok().and_then(|known| known.get(&book).copied()) {
            return Ok(Some(zone));
        }
        let filter = Filter {
            aggregate_types: vec!["building".to_owned()],
            event_types: vec!["BuildingRegistered".to_owned()],
            ..Filter::default()
        };
        let head = self.ledger.head(book.0).await?;
        let rows = self.ledger.rows(book.0, head.position, &filter);
        for row in rows.collect().await? {
            if let BookEvent::Building(BuildingEvent::BuildingRegistered { zone, .. }) =
                decode(&row)?
            {
                if let Ok(mut known) = self.zones.lock() {
                    known.insert(book, zone);
                }
                return Ok(Some(zone));
            }
        }
        Ok(None)
    }

    /// Gives a right: where to look first, then the right itself. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`AccessError`] when it is refused or cannot be appended.
    pub async fn grant(
        &self,
        actor: &Actor,
        gift: Gift,
        request: Option<&Request>,
    ) -> Result<Receipt, AccessError> {
        let Gift {
            book,
            grant,
            command,
        } = gift;
        if let AccessGrantCommand::GrantAccess { grantee, .. } = &command {
            sqlx::query(
                "insert into people.grants (grantee_id, book_id, grant_id) values ($1, $2, $3) \
                 on conflict do nothing",
            )
            .bind(id_of(*grantee))
            .bind(book.0)
            .bind(grant.0)
            .execute(self.ledger.pool())
            .await?;
        }
        let done = self
            .ledger
            .run(book.0, actor, request, move |unit| {
                let command = command.clone();
                async move {
                    unit.describe("command", "grant_access");
                    unit.execute::<AccessGrant>(grant.0, command).await
                }
                .boxed()
            })
            .await;
        match done {
            Ok(done) => Ok(done.receipt),
            Err(RunError::Refused(ExecuteError::Refused(refused))) => Err(refused.into()),
            Err(RunError::Refused(ExecuteError::Store(error))) => Err(error.into()),
            Err(RunError::Refused(ExecuteError::Unrecordable { .. }) | RunError::Interrupted) => {
                Err(AccessError::Interrupted)
            }
            Err(RunError::Commit(error)) => Err(error.into()),
        }
    }
}
