use aggregates::account::Account;
use aggregates::account::command::AccountCommand as Command;
use aggregates::account::error::AccountError as Error;
use aggregates::account::event::{AccountEvent as Event, ClosingReason, Holder, HolderKind};
use aggregates::ids::{OrganisationId, PersonId, PremisesId};
use aggregates::quantity::Money;
use aggregates::vocabulary::{ActRef, Resource};

use crate::support::*;

fn holder(kind: HolderKind, person: Option<u128>, organisation: Option<u128>) -> Holder {
    Holder {
        kind,
        person: person.map(|number| PersonId(id(number))),
        organisation: organisation.map(|number| OrganisationId(id(number))),
    }
}

fn owner(person: u128) -> Holder {
    holder(HolderKind::Owner, Some(person), None)
}

fn open(holder: Holder) -> Command {
    Command::OpenAccount {
        number: label("4501"),
        premises: PremisesId(id(10)),
        holder,
        share: share("1/2"),
        from: date("2026-01-01"),
    }
}

fn opened() -> Event {
    Event::AccountOpened {
        number: label("4501"),
        premises: PremisesId(id(10)),
        holder: owner(1),
        share: share("1/2"),
        from: date("2026-01-01"),
    }
}

fn transfer(person: u128, from: &str) -> Command {
    Command::TransferAccount {
        holder: owner(person),
        from: date(from),
        act: act("т"),
    }
}

fn transferred(person: u128, from: &str) -> Event {
    Event::AccountTransferred {
        holder: owner(person),
        from: date(from),
        act: act("т"),
    }
}

fn change_share(to: &str, from: &str) -> Command {
    Command::ChangeAccountShare {
        share: share(to),
        from: date(from),
        act: act("д"),
    }
}

fn share_changed(to: &str, from: &str) -> Event {
    Event::AccountShareChanged {
        share: share(to),
        from: date(from),
        act: act("д"),
    }
}

fn close(from: &str, reason: ClosingReason) -> Command {
    Command::CloseAccount {
        from: date(from),
        reason,
        act: None,
    }
}

fn closed(from: &str, reason: ClosingReason) -> Event {
    Event::AccountClosed {
        from: date(from),
        reason,
        act: None,
    }
}

fn identify(unified: Option<&str>, service: Option<&str>) -> Command {
    Command::IdentifyAccount {
        unified_number: unified.map(label),
        service_number: service.map(label),
    }
}

fn identified(unified: Option<&str>, service: Option<&str>) -> Event {
    Event::AccountIdentified {
        unified_number: unified.map(label),
        service_number: service.map(label),
    }
}

#[tokio::test]
async fn it_is_opened_once() {
    emits::<Account>(vec![], open(owner(1)), vec![opened()]).await;
    let other = open(owner(2));
    let error = Error::OpenedDifferently {
        field: "держатель"
    };
    refuses::<Account>(vec![opened()], other, error).await;
}

#[tokio::test]
async fn opening_repeated_after_a_transfer_or_a_closing_is_the_same_fact() {
    let reason = ClosingReason::Rearranged;
    let given = vec![
        opened(),
        transferred(2, "2026-03-01"),
        closed("2026-06-01", reason),
    ];
    repeats::<Account>(given, open(owner(1))).await;
}

#[tokio::test]
async fn everything_else_needs_an_open_account() {
    for command in [
        identify(Some("75да533315"), None),
        transfer(2, "2026-03-01"),
        change_share("1/1", "2026-03-01"),
        close("2026-03-01", ClosingReason::Rearranged),
        balance("100.00", act("с")),
    ] {
        refuses::<Account>(vec![], command, Error::NotOpened).await;
    }
}

#[tokio::test]
async fn the_kind_of_holder_agrees_with_who_it_is() {
    use HolderKind as Kind;
    let accepted = [
        holder(Kind::Owner, None, None),
        holder(Kind::SocialTenant, Some(1), None),
        holder(Kind::Lessee, Some(1), None),
        holder(Kind::Lessee, None, Some(2)),
        holder(Kind::Company, None, Some(2)),
        holder(Kind::Municipality, None, None),
        holder(Kind::Developer, None, Some(2)),
    ];
    for holder in accepted {
        let event = Event::AccountOpened {
            number: label("4501"),
            premises: PremisesId(id(10)),
            holder: holder.clone(),
            share: share("1/2"),
            from: date("2026-01-01"),
        };
        emits::<Account>(vec![], open(holder), vec![event]).await;
    }
    let refused = [
        (holder(Kind::Lessee, Some(1), Some(2)), Error::HolderIsBoth),
        (
            holder(Kind::Owner, None, Some(2)),
            Error::HolderIsNoOrganisation { kind: Kind::Owner },
        ),
        (
            holder(Kind::SocialTenant, None, Some(2)),
            Error::HolderIsNoOrganisation {
                kind: Kind::SocialTenant,
            },
        ),
        (
            holder(Kind::Company, Some(1), None),
            Error::HolderIsNoPerson {
                kind: Kind::Company,
            },
        ),
        (
            holder(Kind::Municipality, Some(1), None),
            Error::HolderIsNoPerson {
                kind: Kind::Municipality,
            },
        ),
        (
            holder(Kind::Developer, Some(1), None),
            Error::HolderIsNoPerson {
                kind: Kind::Developer,
            },
        ),
        (holder(Kind::Company, None, None), Error::CompanyUnnamed),
    ];
    for (holder, error) in refused {
        refuses::<Account>(vec![], open(holder.clone()), error.clone()).await;
        let command = Command::TransferAccount {
            holder,
            from: date("2026-03-01"),
            act: act("т"),
        };
        refuses::<Account>(vec![opened()], command, error).await;
    }
}

#[tokio::test]
async fn it_goes_to_another_holder_from_a_day_on() {
    let then = vec![transferred(2, "2026-03-01")];
    emits::<Account>(vec![opened()], transfer(2, "2026-03-01"), then).await;
    let state = folded::<Account>(vec![opened(), transferred(2, "2026-03-01")]);
    assert_eq!(state.holder_on(date("2025-12-31")), None);
    assert_eq!(state.holder_on(date("2026-02-28")), Some(&owner(1)));
    assert_eq!(state.holder_on(date("2026-03-01")), Some(&owner(2)));
}

#[tokio::test]
async fn transfers_lie_between_opening_and_closing_in_order() {
    let from = date("2026-01-01");
    let error = Error::NotAfterOpening { from, opened: from };
    refuses::<Account>(vec![opened()], transfer(2, "2026-01-01"), error).await;

    let given = vec![opened(), transferred(2, "2026-03-01")];
    for (day, person) in [("2026-03-01", 3), ("2026-02-01", 3)] {
        let error = Error::NotInOrder {
            from: date(day),
            last: date("2026-03-01"),
        };
        refuses::<Account>(given.clone(), transfer(person, day), error).await;
    }
    refuses::<Account>(given, transfer(2, "2026-04-01"), Error::SameHolder).await;

    let given = vec![opened(), closed("2026-06-01", ClosingReason::Rearranged)];
    let error = Error::AfterClosing {
        from: date("2026-06-01"),
        closed: date("2026-06-01"),
    };
    refuses::<Account>(given.clone(), transfer(2, "2026-06-01"), error).await;
    let late = vec![transferred(2, "2026-05-31")];
    emits::<Account>(given, transfer(2, "2026-05-31"), late).await;
}

#[tokio::test]
async fn the_share_changes_from_a_day_on() {
    let then = vec![share_changed("1/1", "2026-03-01")];
    emits::<Account>(vec![opened()], change_share("1/1", "2026-03-01"), then).await;
    let state = folded::<Account>(vec![opened(), share_changed("1/1", "2026-03-01")]);
    assert_eq!(state.share_on(date("2026-02-28")), Some(share("1/2")));
    assert_eq!(state.share_on(date("2026-03-01")), Some(share("1/1")));
}

#[tokio::test]
async fn a_change_of_share_must_change_it_in_order() {
    let error = Error::SameShare {
        share: "1/2".into(),
    };
    refuses::<Account>(vec![opened()], change_share("2/4", "2026-03-01"), error).await;
    let given = vec![opened(), share_changed("1/1", "2026-03-01")];
    let error = Error::NotInOrder {
        from: date("2026-02-01"),
        last: date("2026-03-01"),
    };
    refuses::<Account>(given, change_share("1/3", "2026-02-01"), error).await;
    let from = date("2025-12-01");
    let error = Error::NotAfterOpening {
        from,
        opened: date("2026-01-01"),
    };
    refuses::<Account>(vec![opened()], change_share("1/3", "2025-12-01"), error).await;
    let given = vec![opened(), closed("2026-06-01", ClosingReason::Rearranged)];
    let error = Error::AfterClosing {
        from: date("2026-07-01"),
        closed: date("2026-06-01"),
    };
    refuses::<Account>(given, change_share("1/3", "2026-07-01"), error).await;
}

#[tokio::test]
async fn it_is_closed_once() {
    let reason = ClosingReason::ProviderChanged;
    let then = vec![closed("2026-06-01", reason)];
    emits::<Account>(vec![opened()], close("2026-06-01", reason), then.clone()).await;
    let given = vec![opened(), closed("2026-06-01", reason)];
    let error = Error::ClosedDifferently {
        closed: date("2026-06-01"),
    };
    refuses::<Account>(given.clone(), close("2026-07-01", reason), error).await;
    let state = folded::<Account>(given);
    assert!(state.is_open_on(date("2026-05-31")));
    assert!(!state.is_open_on(date("2026-06-01")));
    assert_eq!(state.closed_from(), Some(date("2026-06-01")));
}

#[tokio::test]
async fn it_is_not_closed_before_what_happened_on_it() {
    let reason = ClosingReason::Rearranged;
    let from = date("2026-01-01");
    let error = Error::NotAfterOpening { from, opened: from };
    refuses::<Account>(vec![opened()], close("2026-01-01", reason), error).await;
    let given = vec![
        opened(),
        transferred(2, "2026-03-01"),
        share_changed("1/1", "2026-04-01"),
    ];
    for day in ["2026-03-15", "2026-04-01"] {
        let error = Error::ClosedBeforeChange {
            from: date(day),
            last: date("2026-04-01"),
        };
        refuses::<Account>(given.clone(), close(day, reason), error).await;
    }
}

#[tokio::test]
async fn an_account_opened_by_mistake_is_closed_from_its_first_day() {
    let mistake = ClosingReason::OpenedByMistake;
    let given = vec![opened(), transferred(2, "2026-03-01")];
    let then = vec![closed("2026-01-01", mistake)];
    emits::<Account>(given, close("2026-01-01", mistake), then).await;
    let from = date("2025-12-31");
    let error = Error::NotAfterOpening {
        from,
        opened: date("2026-01-01"),
    };
    refuses::<Account>(vec![opened()], close("2025-12-31", mistake), error).await;
}

#[tokio::test]
async fn its_numbers_in_gis_may_come_one_at_a_time() {
    let command = identify(Some("75да533315"), None);
    let first = identified(Some("75да533315"), None);
    emits::<Account>(vec![opened()], command, vec![first.clone()]).await;
    let command = identify(None, Some("75да533315-01"));
    let second = identified(None, Some("75да533315-01"));
    emits::<Account>(vec![opened(), first.clone()], command, vec![second.clone()]).await;
    let state = folded::<Account>(vec![opened(), first, second]);
    assert_eq!(state.unified_number(), Some(&label("75да533315")));
    assert_eq!(state.service_number(), Some(&label("75да533315-01")));
}

#[tokio::test]
async fn its_numbers_have_their_forms_and_belong_together() {
    let unified = |given: &str| Error::NotAUnifiedNumber {
        given: given.into(),
    };
    let service = |given: &str| Error::NotAServiceNumber {
        given: given.into(),
    };
    let cases = [
        (identify(None, None), Error::NothingIdentified),
        (identify(Some("75да53331"), None), unified("75да53331")),
        (identify(Some("75да5333151"), None), unified("75да5333151")),
        (identify(Some("75да-33315"), None), unified("75да-33315")),
        (identify(None, Some("75да533315")), service("75да533315")),
        (
            identify(None, Some("75да533315-1")),
            service("75да533315-1"),
        ),
        (
            identify(None, Some("75да53331-01")),
            service("75да53331-01"),
        ),
        (
            identify(Some("75да533315"), Some("75да533316-01")),
            Error::NumbersDisagree {
                unified: "75да533315".into(),
                service: "75да533316-01".into(),
            },
        ),
    ];
    for (command, error) in cases {
        refuses::<Account>(vec![opened()], command, error).await;
    }
}

fn balance(amount: &str, act: ActRef) -> Command {
    Command::ReceiveBalance {
        from: OrganisationId(id(5)),
        as_of: date("2025-12-31"),
        provider: None,
        resource: Some(Resource::ColdWater),
        kind: code("debt"),
        amount: amount.parse::<Money>().expect("an amount"),
        act,
    }
}

fn balance_received(amount: &str, act: ActRef) -> Event {
    Event::BalanceReceived {
        from: OrganisationId(id(5)),
        as_of: date("2025-12-31"),
        provider: None,
        resource: Some(Resource::ColdWater),
        kind: code("debt"),
        amount: amount.parse::<Money>().expect("an amount"),
        act,
    }
}

#[tokio::test]
async fn a_balance_is_received_once() {
    let then = vec![balance_received("100.00", act("с"))];
    emits::<Account>(vec![opened()], balance("100.00", act("с")), then).await;
}

#[tokio::test]
async fn the_same_document_cannot_state_two_amounts() {
    let given = vec![opened(), balance_received("100.00", act("с"))];
    let recorded = "100.00".parse::<Money>().expect("an amount").to_string();
    let error = Error::BalanceDiffers {
        as_of: date("2025-12-31"),
        recorded,
    };
    refuses::<Account>(given, balance("120.00", act("с")), error).await;
}

#[tokio::test]
async fn a_corrected_document_takes_the_place_of_the_first() {
    let given = vec![opened(), balance_received("100.00", act("с"))];
    let then = vec![balance_received("120.00", act("с испр."))];
    emits::<Account>(
        given.clone(),
        balance("120.00", act("с испр.")),
        then.clone(),
    )
    .await;
    let state = folded::<Account>(given.into_iter().chain(then).collect());
    assert_eq!(state.balances().len(), 1);
    assert_eq!(state.balances()[0].act, act("с испр."));
}
