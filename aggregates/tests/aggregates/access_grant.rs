use aggregates::access_grant::AccessGrant;
use aggregates::access_grant::command::AccessGrantCommand as Command;
use aggregates::access_grant::error::AccessGrantError as Error;
use aggregates::access_grant::event::{
    AccessGrantEvent as Event, AccessRole, AccessScope, Grantee, RevocationReason,
};
use aggregates::ids::{AccountId, OrganisationId, PersonId, PremisesId};
use aggregates::time::DateSpan;
use aggregates::vocabulary::Resource;

use crate::support::*;

const COMPANY: Grantee = Grantee::Organisation(OrganisationId(uuid::Uuid::from_u128(1)));
const PERSON: Grantee = Grantee::Person(PersonId(uuid::Uuid::from_u128(2)));

fn grant(
    grantee: Grantee,
    role: AccessRole,
    scope: AccessScope,
    resources: &[Resource],
    validity: DateSpan,
) -> Command {
    let resources = resources.to_vec();
    Command::GrantAccess {
        grantee,
        role,
        scope,
        resources,
        validity,
        basis: Some(act("7")),
    }
}

fn granted(role: AccessRole, resources: &[Resource], validity: DateSpan) -> Event {
    Event::AccessGranted {
        grantee: COMPANY,
        role,
        scope: AccessScope::Book,
        resources: resources.to_vec(),
        validity,
        basis: Some(act("7")),
    }
}

fn supplier(resources: &[Resource]) -> Command {
    grant(
        COMPANY,
        AccessRole::Supplier,
        AccessScope::Book,
        resources,
        since("2026-01-01"),
    )
}

fn supplier_granted() -> Event {
    let resources = [Resource::ColdWater, Resource::HotWater];
    granted(AccessRole::Supplier, &resources, since("2026-01-01"))
}

fn limit(resources: &[Resource], validity: DateSpan) -> Command {
    Command::LimitAccess {
        resources: resources.to_vec(),
        validity,
    }
}

fn limited(resources: &[Resource], validity: DateSpan) -> Event {
    Event::AccessLimited {
        resources: resources.to_vec(),
        validity,
    }
}

fn revoke(on: &str) -> Command {
    Command::RevokeAccess {
        on: date(on),
        reason: RevocationReason::ContractEnded,
    }
}

fn revoked(on: &str) -> Event {
    Event::AccessRevoked {
        on: date(on),
        reason: RevocationReason::ContractEnded,
    }
}

#[tokio::test]
async fn a_right_is_given_once_with_its_resources_in_one_order() {
    let command = supplier(&[Resource::HotWater, Resource::ColdWater]);
    emits::<AccessGrant>(vec![], command, vec![supplier_granted()]).await;
    let other = supplier(&[Resource::Heat]);
    refuses::<AccessGrant>(vec![supplier_granted()], other, Error::GrantedDifferently).await;
}

#[tokio::test]
async fn a_right_taken_away_is_not_given_again_by_repeating_it() {
    let given = vec![supplier_granted(), revoked("2026-05-01")];
    let command = supplier(&[Resource::ColdWater, Resource::HotWater]);
    refuses::<AccessGrant>(
        given,
        command,
        Error::Revoked {
            on: date("2026-05-01"),
        },
    )
    .await;
}

#[tokio::test]
async fn residents_see_their_own_and_staff_see_the_book() {
    let flat = AccessScope::Premises(PremisesId(id(10)));
    let account = AccessScope::Account(AccountId(id(11)));
    use AccessRole as Role;
    for role in [Role::Owner, Role::Tenant, Role::Family] {
        for scope in [flat, account] {
            let command = grant(PERSON, role, scope, &[], since("2026-01-01"));
            let event = Event::AccessGranted {
                grantee: PERSON,
                role,
                scope,
                resources: vec![],
                validity: since("2026-01-01"),
                basis: Some(act("7")),
            };
            emits::<AccessGrant>(vec![], command, vec![event]).await;
        }
        let scope = AccessScope::Book;
        let command = grant(PERSON, role, scope, &[], since("2026-01-01"));
        refuses::<AccessGrant>(vec![], command, Error::RoleOutOfScope { role, scope }).await;
    }
    for role in [
        Role::Dispatcher,
        Role::Accountant,
        Role::ChiefAccountant,
        Role::Engineer,
        Role::Administrator,
        Role::Service,
        Role::Auditor,
        Role::Supplier,
    ] {
        let command = grant(COMPANY, role, flat, &[Resource::Heat], since("2026-01-01"));
        let error = Error::RoleOutOfScope { role, scope: flat };
        refuses::<AccessGrant>(vec![], command, error).await;
        let command = grant(
            COMPANY,
            role,
            AccessScope::Book,
            &[Resource::Heat],
            since("2026-01-01"),
        );
        let event = granted(role, &[Resource::Heat], since("2026-01-01"));
        emits::<AccessGrant>(vec![], command, vec![event]).await;
    }
}

#[tokio::test]
async fn a_senior_and_a_relative_are_people() {
    let cases = [
        (AccessRole::Senior, AccessScope::Book),
        (
            AccessRole::Family,
            AccessScope::Premises(PremisesId(id(10))),
        ),
    ];
    for (role, scope) in cases {
        let command = grant(COMPANY, role, scope, &[], since("2026-01-01"));
        let error = Error::RoleOfAPerson {
            role,
            grantee: COMPANY,
        };
        refuses::<AccessGrant>(vec![], command, error).await;
    }
}

#[tokio::test]
async fn a_supplier_names_its_resources_each_once() {
    refuses::<AccessGrant>(vec![], supplier(&[]), Error::SupplierWithoutResources).await;
    let twice = supplier(&[Resource::Heat, Resource::Heat]);
    refuses::<AccessGrant>(vec![], twice, Error::ResourceRepeated).await;
}

#[tokio::test]
async fn a_right_is_narrowed_from_a_day_on() {
    let command = limit(&[Resource::ColdWater], between("2026-03-01", "2026-06-01"));
    let event = limited(&[Resource::ColdWater], between("2026-03-01", "2026-06-01"));
    emits::<AccessGrant>(vec![supplier_granted()], command, vec![event.clone()]).await;
    let state = folded::<AccessGrant>(vec![supplier_granted(), event]);
    assert!(state.covers(Resource::HotWater, date("2026-02-28")));
    assert!(!state.covers(Resource::HotWater, date("2026-03-01")));
    assert!(state.covers(Resource::ColdWater, date("2026-05-31")));
    assert!(
        !state.is_in_force(date("2026-06-01")),
        "it ends by itself with its term"
    );
}

#[tokio::test]
async fn the_term_alone_may_change() {
    let both = [Resource::ColdWater, Resource::HotWater];
    let command = limit(&both, between("2026-01-01", "2027-01-01"));
    let event = limited(&both, between("2026-01-01", "2027-01-01"));
    emits::<AccessGrant>(vec![supplier_granted()], command, vec![event]).await;
}

#[tokio::test]
async fn a_limitation_never_widens() {
    let wider = limit(&[Resource::Heat], since("2026-03-01"));
    refuses::<AccessGrant>(vec![supplier_granted()], wider, Error::WouldWiden).await;
    let all = limit(&[], since("2026-03-01"));
    refuses::<AccessGrant>(vec![supplier_granted()], all, Error::WouldWiden).await;
    let narrowed = vec![
        supplier_granted(),
        limited(&[Resource::ColdWater], since("2026-03-01")),
    ];
    let back = limit(
        &[Resource::ColdWater, Resource::HotWater],
        since("2026-04-01"),
    );
    refuses::<AccessGrant>(narrowed, back, Error::WouldWiden).await;
    let of_all = granted(AccessRole::Auditor, &[], since("2026-01-01"));
    let command = limit(&[Resource::Heat], since("2026-03-01"));
    let event = limited(&[Resource::Heat], since("2026-03-01"));
    emits::<AccessGrant>(vec![of_all], command, vec![event]).await;
}

#[tokio::test]
async fn a_limitation_needs_a_right_in_time() {
    let command = || limit(&[Resource::ColdWater], since("2025-12-31"));
    refuses::<AccessGrant>(vec![], command(), Error::NotGranted).await;
    let error = Error::BeforeGrant {
        from: date("2025-12-31"),
        granted_from: date("2026-01-01"),
    };
    refuses::<AccessGrant>(vec![supplier_granted()], command(), error).await;
    let given = vec![supplier_granted(), revoked("2026-05-01")];
    let command = limit(&[Resource::ColdWater], since("2026-06-01"));
    refuses::<AccessGrant>(
        given,
        command,
        Error::Revoked {
            on: date("2026-05-01"),
        },
    )
    .await;
}

#[tokio::test]
async fn a_right_is_taken_away_once() {
    let then = vec![revoked("2026-05-01")];
    emits::<AccessGrant>(vec![supplier_granted()], revoke("2026-05-01"), then).await;
    refuses::<AccessGrant>(vec![], revoke("2026-05-01"), Error::NotGranted).await;
    let given = vec![supplier_granted(), revoked("2026-05-01")];
    let error = Error::Revoked {
        on: date("2026-05-01"),
    };
    refuses::<AccessGrant>(given, revoke("2026-06-01"), error).await;
    let error = Error::BeforeGrant {
        from: date("2025-12-01"),
        granted_from: date("2026-01-01"),
    };
    refuses::<AccessGrant>(vec![supplier_granted()], revoke("2025-12-01"), error).await;
}

#[test]
fn a_right_is_in_force_from_its_first_day_to_the_day_it_is_taken_away() {
    let state = folded::<AccessGrant>(vec![supplier_granted(), revoked("2026-05-01")]);
    assert!(!state.is_in_force(date("2025-12-31")));
    assert!(state.is_in_force(date("2026-01-01")));
    assert!(state.is_in_force(date("2026-04-30")));
    assert!(!state.is_in_force(date("2026-05-01")));
    assert_eq!(state.role(), Some(AccessRole::Supplier));
    assert_eq!(state.grantee(), Some(COMPANY));
    assert_eq!(state.scope(), Some(AccessScope::Book));
}
