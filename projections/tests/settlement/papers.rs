//! The payment document of a closed month: everything of п. 69, and what is not known said so.

use std::collections::BTreeMap;

use aggregates::account::bill::Bill;
use aggregates::account::event::AccountEvent;
use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingEvent;
use aggregates::building::payee::Payee;
use aggregates::ids::AccountId;
use aggregates::organisation::registration::{BankAccount, Bic, Inn};
use aggregates::vocabulary::Resource::ColdWater;
use projections::bills::document::{
    BillDocument, Cause, MethodCode, PaperFacts, RecalculationCode, Sources, Standing, document,
    text,
};
use projections::settlement::{Closing, HouseBook};

use crate::support::{BEGIN, Flat, House, act, code, company, day, label, period, zone};

/// The document of an account's bill in a closing, as issued.
pub(crate) fn paper(
    house: &House,
    before: &HouseBook,
    closing: &Closing,
    account: AccountId,
) -> BillDocument {
    paper_beside(house, before, closing, (account, None, &BTreeMap::new()))
}

type Beside<'b> = (
    AccountId,
    Option<&'b Bill>,
    &'b BTreeMap<aggregates::ledger::EventId, Cause>,
);

fn paper_beside(
    house: &House,
    before: &HouseBook,
    closing: &Closing,
    (account, year_before, causes): Beside<'_>,
) -> BillDocument {
    let mut facts = PaperFacts::new(account);
    for recorded in &house.events {
        facts.apply(recorded);
    }
    let bill = closing.bill(account).expect("a bill");
    let event = house.events.last().expect("an event");
    let told = document(&Sources {
        account: (account, &bill.number),
        premises: "1",
        address: "ул Малышева, д. 51",
        standing: Standing::Issued {
            event: event.at(),
            at: event.recorded_at,
        },
        bill: &closing.issued(bill),
        year_before,
        house: before,
        services: &closing.settlement.services,
        facts: &facts,
        position: event.position,
        companies: &BTreeMap::new(),
        causes,
    });
    told.expect("a document")
}

/// A flat with a cold water meter at 10 roubles; January is closed with 3 m³.
pub(crate) fn flat_of_january() -> (House, Flat, aggregates::ids::MeterId) {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    house.water_norm(ColdWater, "4");
    let flat = house.flat("1", "50");
    house.residents(flat, 2);
    let meter = house.meter(Some(flat.id), ColdWater, "2025-06-25", "0");
    house.read(meter, "2025-12-25", "18");
    house.read(meter, "2026-01-25", "21");
    (house, flat, meter)
}

fn payee() -> Payee {
    let account = |digits| BankAccount::new(digits).expect("twenty digits");
    Payee {
        name: label("УК «Демонстрационная»"),
        inn: Inn::new("6600000010").expect("an ИНН"),
        kpp: None,
        account: account("40702810600000000001"),
        bank: label("Банк «Демонстрационный»"),
        bic: Bic::new("046599999").expect("a БИК"),
        corr_account: Some(account("30101810300000000999")),
        phone: None,
        site: None,
    }
}

pub(crate) fn pay_here(house: &mut House) {
    house.building(BuildingEvent::PayeeRecorded {
        organisation: company(),
        payee: payee(),
        from: day(BEGIN),
    });
}

pub(crate) fn state(house: &mut House, flat: Flat, kind: &str, amount: &str, as_of: &str) {
    let stated = AccountEvent::BalanceReceived {
        from: company(),
        as_of: day(as_of),
        provider: Some(company()),
        resource: None,
        kind: code(kind),
        amount: amount.parse().expect("an amount"),
        act: act(),
    };
    house.record(flat.account.0, BookEvent::Account(stated));
}

#[test]
fn a_document_tells_the_flat_its_meter_and_its_terms() {
    let (mut house, flat, _) = flat_of_january();
    let before = house.folded();
    let closing = house.close("2026-01");
    let told = paper(&house, &before, &closing, flat.account);
    assert_eq!(
        told.area.map(|area| area.value().to_string()).as_deref(),
        Some("50")
    );
    assert_eq!(told.persons.map(|persons| persons.count), Some(2));
    assert_eq!(told.deliver_by, Some(day("2026-02-01")));
    assert_eq!(told.pay_by, Some(day("2026-02-10")));
    let [line] = told.lines.as_slice() else {
        unreachable!("one line")
    };
    assert_eq!(line.method_code, MethodCode::Meter);
    let [meter] = told.meters.as_slice() else {
        unreachable!("one meter")
    };
    let shown = meter.registers.first().expect("a register");
    let value = |measure: Option<aggregates::quantity::Measure>| {
        measure.map(|measure| measure.value().to_string())
    };
    assert_eq!(value(shown.previous).as_deref(), Some("18"));
    assert_eq!(value(shown.current).as_deref(), Some("21"));
    assert_eq!(value(meter.consumption).as_deref(), Some("3"));
}

#[test]
fn what_nobody_told_is_no_data_and_never_nought() {
    let (mut house, flat, _) = flat_of_january();
    pay_here(&mut house);
    let before = house.folded();
    let closing = house.close("2026-01");
    let told = paper(&house, &before, &closing, flat.account);
    let [part] = told.providers.as_slice() else {
        unreachable!("one provider")
    };
    let unknown = (
        &part.opening,
        &part.paid,
        &part.help,
        &part.penalty,
        &part.balance,
    );
    assert_eq!(unknown, (&None, &None, &None, &None, &None));
    // The charge alone is asked for.
    assert_eq!(String::from(told.to_pay), "30.00");
    let order = part.payment.as_ref().expect("a payment");
    assert!(order.payload.contains("|Sum=3000|"), "{}", order.payload);
    let text = text::render(&told, zone());
    assert!(text.contains("ЕЛС: нет данных"), "{text}");
}

#[test]
fn debt_and_payments_enter_the_sum_and_penalties_do_not() {
    let (mut house, flat, _) = flat_of_january();
    pay_here(&mut house);
    state(&mut house, flat, "debt", "100.00", "2025-12-31");
    state(&mut house, flat, "penalty", "7.77", "2026-01-31");
    let before = house.folded();
    let closing = house.close("2026-01");
    // Payments are not known yet: the debt is told, and not asked for.
    let early = paper(&house, &before, &closing, flat.account);
    assert_eq!(String::from(early.to_pay), "30.00");
    state(&mut house, flat, "payment", "60.00", "2026-01-31");
    let told = paper(&house, &before, &closing, flat.account);
    assert_eq!(String::from(told.to_pay), "70.00");
    let part = told.providers.first().expect("a provider");
    let penalty = part.penalty.as_ref().expect("a penalty");
    assert_eq!(String::from(penalty.amount), "7.77");
    // A debt that is older than the month before leaves out the bills since.
    let (mut old, flat, _) = flat_of_january();
    state(&mut old, flat, "debt", "100.00", "2025-11-30");
    state(&mut old, flat, "payment", "60.00", "2026-01-31");
    let before = old.folded();
    let closing = old.close("2026-01");
    let told = paper(&old, &before, &closing, flat.account);
    assert_eq!(told.providers.first().and_then(|part| part.balance), None);
}

#[test]
fn an_advance_is_taken_off_and_never_paid_out() {
    let (mut house, flat, _) = flat_of_january();
    pay_here(&mut house);
    state(&mut house, flat, "advance", "-500.00", "2026-01-31");
    let before = house.folded();
    let closing = house.close("2026-01");
    let told = paper(&house, &before, &closing, flat.account);
    assert_eq!(String::from(told.to_pay), "0.00");
    let part = told.providers.first().expect("a provider");
    assert_eq!(part.balance.map(String::from).as_deref(), Some("-470.00"));
    assert_eq!(part.payment, None);
}

#[test]
fn a_recalculation_names_its_code_and_its_event() {
    let (mut house, flat, meter) = flat_of_january();
    house.close("2026-01");
    house.residents_from(flat, 3, "2026-01-10");
    house.read(meter, "2026-02-25", "24");
    let before = house.folded();
    let mut closing = house.close("2026-02");
    // Residents change nothing here: the line is made by hand from the charge.
    let cause = house
        .events
        .iter()
        .find(|recorded| recorded.event.name() == "ResidentsRecorded" && recorded.sequence > 3);
    let cause = cause.expect("the event").at();
    let bill = closing
        .bills
        .iter_mut()
        .find(|bill| bill.account == flat.account)
        .expect("a bill");
    let mut line = bill.lines[0].clone();
    line.line.kind = aggregates::account::bill::LineKind::Adjustment;
    line.line.period = period("2026-01");
    line.line.caused_by = vec![cause.event_id()];
    bill.lines.push(line);
    let causes = BTreeMap::from([(
        cause.event_id(),
        Cause {
            at: cause,
            name: "ResidentsRecorded",
        },
    )]);
    let beside = (flat.account, None, &causes);
    let told = paper_beside(&house, &before, &closing, beside);
    let [row] = told.recalculations.as_slice() else {
        unreachable!("one recalculation")
    };
    assert_eq!(row.code, RecalculationCode::ResidentsOrArea);
    assert!(
        row.basis.starts_with("изменение числа проживающих"),
        "{}",
        row.basis
    );
}

#[test]
fn a_charge_more_than_a_quarter_above_last_years_gives_a_right_to_instalments() {
    let (mut house, flat, meter) = flat_of_january();
    let closing = house.close("2026-01");
    let mut last_year = closing.issued(closing.bill(flat.account).expect("a bill"));
    house.read(meter, "2026-02-25", "24.75");
    let before = house.folded();
    let closing = house.close("2026-02");
    last_year.period = period("2025-02");
    // 37.50 is exactly a quarter above 30.00, and no more.
    let none = BTreeMap::new();
    let beside = (flat.account, Some(&last_year), &none);
    let told = paper_beside(&house, &before, &closing, beside);
    assert_eq!(told.instalments, []);
    last_year.lines[0].amount = "29.99".parse().expect("an amount");
    let beside = (flat.account, Some(&last_year), &none);
    let told = paper_beside(&house, &before, &closing, beside);
    assert_eq!(told.instalments.len(), 1);
    let text = text::render(&told, zone());
    assert!(text.contains("п. 72"), "{text}");
}

#[test]
fn a_printed_product_that_differs_by_a_kopeck_is_explained() {
    let (mut house, flat, _) = flat_of_january();
    let before = house.folded();
    let mut closing = house.close("2026-01");
    let bill = closing
        .bills
        .iter_mut()
        .find(|bill| bill.account == flat.account)
        .expect("a bill");
    // 2.0005 m³ is printed 2.001: 20.01 by what is printed, 20.00 or 20.01 by what is exact.
    let line = &mut bill.lines[0].line;
    let volume = "2.00049".parse().expect("a number");
    line.volume = Some(aggregates::quantity::Measure::new(
        volume,
        aggregates::quantity::Unit::CubicMetre,
    ));
    line.amount = "20.01".parse().expect("an amount");
    bill.total = line.amount;
    let told = paper(&house, &before, &closing, flat.account);
    let note = told.lines[0].rounding.expect("a note");
    assert_eq!(String::from(note.product), "20.00");
}
