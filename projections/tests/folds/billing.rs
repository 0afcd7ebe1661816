//! Periods, accounts and bills as lists show them.

use aggregates::account::event::{AccountEvent, HolderKind};
use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingEvent;
use projections::billing_cards::{BillingCards, BillingChanges, PeriodState};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Book, day, period};

const ACCOUNT: Uuid = Uuid::from_u128(70);

fn building(book: &mut Book, event: Value) {
    let event: BuildingEvent = serde_json::from_value(event).expect("its stored form");
    let stream = book.events[0].aggregate_id;
    book.record(stream, BookEvent::Building(event));
}

fn account(book: &mut Book, event: Value) {
    let event: AccountEvent = serde_json::from_value(event).expect("its stored form");
    book.record(ACCOUNT, BookEvent::Account(event));
}

fn told(book: &Book) -> BillingChanges {
    let mut cards = BillingCards::default();
    book.events.iter().for_each(|event| cards.apply(event));
    let told = cards.take_changes();
    assert_eq!(cards.take_changes(), BillingChanges::default());
    told
}

#[test]
fn a_period_keeps_how_it_was_closed_when_it_is_opened_again() {
    let mut book = Book::new();
    building(&mut book, json!({"PeriodOpened": {"period": "2026-01"}}));
    building(
        &mut book,
        json!({"PeriodClosed": {"period": "2026-01", "computed_at": 2, "totals": []}}),
    );
    building(&mut book, json!({"PeriodOpened": {"period": "2026-02"}}));
    let periods = told(&book).periods;
    let states: Vec<_> = periods
        .iter()
        .map(|card| (card.period, card.state))
        .collect();
    let (january, february) = (period("2026-01"), period("2026-02"));
    assert_eq!(
        states,
        [
            (january, PeriodState::Closed),
            (february, PeriodState::Open)
        ]
    );
    building(
        &mut book,
        json!({"PeriodReopened": {"period": "2026-01", "reason": "closed_by_mistake"}}),
    );
    let reopened = told(&book).periods.remove(0);
    assert_eq!(
        (reopened.state, reopened.reopenings),
        (PeriodState::Open, 1)
    );
    assert_eq!(reopened.closed.map(|closed| closed.computed_at), Some(2));
    assert_eq!(reopened.event.position, book.position());
}

#[test]
fn an_account_shows_what_was_recorded_last() {
    let mut book = Book::new();
    account(
        &mut book,
        json!({"AccountOpened": {
            "number": "7710118", "premises": Uuid::from_u128(71), "holder": {"kind": "owner"},
            "share": "1/1", "from": "2026-01-01",
        }}),
    );
    let act = json!({"number": "1", "date": "2026-02-01"});
    account(
        &mut book,
        json!({"AccountTransferred": {
            "holder": {"kind": "lessee"}, "from": "2026-02-01", "act": act
        }}),
    );
    account(
        &mut book,
        json!({"AccountClosed": {"from": "2026-03-01", "reason": "rearranged"}}),
    );
    let card = told(&book).accounts.remove(0);
    assert_eq!(card.holder.kind, HolderKind::Lessee);
    assert_eq!(card.closed_from, Some(day("2026-03-01")));
}

#[test]
fn bills_are_told_once_in_the_order_of_the_book() {
    let mut book = Book::new();
    let mut cards = BillingCards::default();
    for month in ["2026-01", "2026-02"] {
        account(
            &mut book,
            json!({"BillIssued": {"bill": {
                "period": month, "kind": "monthly", "computed_at": 1, "edition_hash": "00",
                "engine": "test", "lines": [], "total": "0.00",
            }}}),
        );
    }
    book.events.iter().for_each(|event| cards.apply(event));
    assert_eq!(cards.issued(), 2);
    let bills = cards.take_changes().bills;
    let periods: Vec<_> = bills.iter().map(|one| one.bill.period).collect();
    assert_eq!(periods, ["2026-01", "2026-02"].map(period));
    assert_eq!(cards.issued(), 0);
}
