//! Право доступа.

pub mod command;
pub mod error;
pub mod event;

use chrono::NaiveDate;
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::access_grant::command::AccessGrantCommand;
use crate::access_grant::error::AccessGrantError;
use crate::access_grant::event::{
    AccessGrantEvent, AccessRole, AccessScope, Grantee, RevocationReason,
};
use crate::dated::DatedRows;
use crate::ledger::LedgerAggregate;
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, Resource};

/// The right of one person or organisation to one thing, with dates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccessGrant {
    grant: Option<Grant>,
    /// Resources by date: a limitation ends the terms before it.
    terms: DatedRows<Vec<Resource>>,
    revoked: Option<Revocation>,
}

/// What was given at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Grant {
    grantee: Grantee,
    role: AccessRole,
    scope: AccessScope,
    resources: Vec<Resource>,
    validity: DateSpan,
    basis: Option<ActRef>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Revocation {
    on: NaiveDate,
    reason: RevocationReason,
}

type Outcome = Result<Vec<AccessGrantEvent>, AccessGrantError>;

impl AccessGrant {
    /// To whom, once given.
    pub fn grantee(&self) -> Option<Grantee> {
        self.grant.as_ref().map(|grant| grant.grantee)
    }

    /// As what, once given.
    pub fn role(&self) -> Option<AccessRole> {
        self.grant.as_ref().map(|grant| grant.role)
    }

    /// To what, once given.
    pub fn scope(&self) -> Option<AccessScope> {
        self.grant.as_ref().map(|grant| grant.scope)
    }

    /// From which day, once given.
    pub fn since(&self) -> Option<NaiveDate> {
        self.grant.as_ref().map(|grant| grant.validity.from())
    }

    /// Whether the right is in force on `date` (a day of the house): it ends by itself with its
    /// term.
    pub fn is_in_force(&self, date: NaiveDate) -> bool {
        self.resources_on(date).is_some()
    }

    /// Resources that may be seen on `date`; empty means all, `None` means no right at all.
    pub fn resources_on(&self, date: NaiveDate) -> Option<&[Resource]> {
        match self.revoked {
            Some(revoked) if revoked.on <= date => None,
            _ => self.terms.on(date).map(Vec::as_slice),
        }
    }

    /// Whether `resource` may be seen on `date`.
    pub fn covers(&self, resource: Resource, date: NaiveDate) -> bool {
        let covers = |of: &[Resource]| of.is_empty() || of.contains(&resource);
        self.resources_on(date).is_some_and(covers)
    }

    fn give(&self, mut given: Grant) -> Outcome {
        check_consistency(&given)?;
        given.resources = in_order(given.resources)?;
        match (&self.grant, self.revoked) {
            // Nobody should take a right that was taken away for one just given.
            (Some(_), Some(revoked)) => Err(AccessGrantError::Revoked { on: revoked.on }),
            (Some(known), None) if *known == given => Ok(Vec::new()),
            (Some(_), None) => Err(AccessGrantError::GrantedDifferently),
            (None, _) => {
                let Grant {
                    grantee,
                    role,
                    scope,
                    resources,
                    validity,
                    basis,
                } = given;
                let event = AccessGrantEvent::AccessGranted {
                    grantee,
                    role,
                    scope,
                    resources,
                    validity,
                    basis,
                };
                Ok(vec![event])
            }
        }
    }

    fn limit(&self, resources: Vec<Resource>, validity: DateSpan) -> Outcome {
        let grant = self.grant.as_ref().ok_or(AccessGrantError::NotGranted)?;
        let resources = in_order(resources)?;
        if self.terms.has(validity, &resources) {
            return Ok(Vec::new());
        }
        if let Some(revoked) = self.revoked {
            return Err(AccessGrantError::Revoked { on: revoked.on });
        }
        if validity.from() < grant.validity.from() {
            return Err(AccessGrantError::BeforeGrant {
                from: validity.from(),
                granted_from: grant.validity.from(),
            });
        }
        let narrowest = self.terms.last().map_or(&grant.resources, |row| &row.value);
        match is_within(&resources, narrowest) {
            true => Ok(vec![AccessGrantEvent::AccessLimited {
                resources,
                validity,
            }]),
            false => Err(AccessGrantError::WouldWiden),
        }
    }

    fn revoke(&self, on: NaiveDate, reason: RevocationReason) -> Outcome {
        let grant = self.grant.as_ref().ok_or(AccessGrantError::NotGranted)?;
        match self.revoked {
            Some(known) if known == (Revocation { on, reason }) => Ok(Vec::new()),
            Some(known) => Err(AccessGrantError::Revoked { on: known.on }),
            None if on < grant.validity.from() => Err(AccessGrantError::BeforeGrant {
                from: on,
                granted_from: grant.validity.from(),
            }),
            None => Ok(vec![AccessGrantEvent::AccessRevoked { on, reason }]),
        }
    }

    fn decide(&self, command: AccessGrantCommand) -> Outcome {
        match command {
            AccessGrantCommand::GrantAccess {
                grantee,
                role,
                scope,
                resources,
                validity,
                basis,
            } => self.give(Grant {
                grantee,
                role,
                scope,
                resources,
                validity,
                basis,
            }),
            AccessGrantCommand::LimitAccess {
                resources,
                validity,
            } => self.limit(resources, validity),
            AccessGrantCommand::RevokeAccess { on, reason } => self.revoke(on, reason),
        }
    }
}

fn check_consistency(given: &Grant) -> Result<(), AccessGrantError> {
    let Grant {
        grantee,
        role,
        scope,
        ..
    } = *given;
    let whole_book = matches!(scope, AccessScope::Book);
    if role.is_resident() == whole_book {
        return Err(AccessGrantError::RoleOutOfScope { role, scope });
    }
    let personal = matches!(role, AccessRole::Senior | AccessRole::Family);
    if personal && matches!(grantee, Grantee::Organisation(_)) {
        return Err(AccessGrantError::RoleOfAPerson { role, grantee });
    }
    match role == AccessRole::Supplier && given.resources.is_empty() {
        true => Err(AccessGrantError::SupplierWithoutResources),
        false => Ok(()),
    }
}

/// The resources in one order, so that the same set is the same fact.
fn in_order(mut resources: Vec<Resource>) -> Result<Vec<Resource>, AccessGrantError> {
    resources.sort_unstable();
    match resources.windows(2).any(|pair| pair[0] == pair[1]) {
        true => Err(AccessGrantError::ResourceRepeated),
        false => Ok(resources),
    }
}

/// Whether `inner` is no wider than `outer`, where an empty list means all.
fn is_within(inner: &[Resource], outer: &[Resource]) -> bool {
    let named = |resource: &Resource| outer.contains(resource);
    outer.is_empty() || (!inner.is_empty() && inner.iter().all(named))
}

impl Aggregate for AccessGrant {
    const TYPE: &'static str = "access_grant";
    type Command = AccessGrantCommand;
    type Event = AccessGrantEvent;
    type Error = AccessGrantError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            AccessGrantEvent::AccessGranted {
                grantee,
                role,
                scope,
                resources,
                validity,
                basis,
            } => {
                self.terms.record(validity, resources.clone());
                self.grant = Some(Grant {
                    grantee,
                    role,
                    scope,
                    resources,
                    validity,
                    basis,
                });
            }
            AccessGrantEvent::AccessLimited {
                resources,
                validity,
            } => {
                self.terms.record(validity, resources);
            }
            AccessGrantEvent::AccessRevoked { on, reason } => {
                self.revoked = Some(Revocation { on, reason });
            }
        }
    }
}

impl LedgerAggregate for AccessGrant {
    const STATE_VERSION: u32 = 1;
}
