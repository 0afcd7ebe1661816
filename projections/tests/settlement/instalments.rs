//! A payment document of charges that are paid by instalments (ПП 354 п. 72): what it asks for
//! moves, its lines do not.

use aggregates::account::event::{AccountEvent, Holder, HolderKind};
use aggregates::account::instalments::{
    Deferral, InstalmentPart, InstalmentTerms, Instalments, InstalmentsEnd, InstalmentsEndReason,
};
use aggregates::book_event::BookEvent;
use aggregates::ids::MeterId;
use aggregates::quantity::{Money, Percent};
use aggregates::vocabulary::Resource::ColdWater;
use projections::bills::document::{BillDocument, text};
use rust_decimal::Decimal;

use crate::papers::{flat_of_january, paper, pay_here, state};
use crate::support::{Flat, House, act, company, day, period, zone};

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

fn percent(value: i64) -> Percent {
    Percent::new(Decimal::from(value)).expect("a percentage")
}

fn charge() -> Deferral {
    Deferral {
        period: period("2026-01"),
        resource: ColdWater,
        provider: company(),
    }
}

/// January's 30.00 in four parts of 7.50, from January on.
fn schedule(house: &mut House, flat: Flat) {
    let parts = (0..4).map(|month| InstalmentPart {
        period: period("2026-01").plus_months(month),
        amount: money("7.50"),
    });
    let instalments = Instalments {
        of: charge(),
        charged: money("30.00"),
        year_before: money("20.00"),
        deferred: money("30.00"),
        parts: parts.collect(),
        terms: InstalmentTerms {
            threshold: percent(25),
            parts_max: 12,
            interest_over_key_rate: percent(3),
        },
        act: act(),
    };
    let agreed = AccountEvent::InstalmentsAgreed { instalments };
    house.record(flat.account.0, BookEvent::Account(agreed));
}

/// January with its schedule, then February's 25.00 and March's 20.00.
fn told(change: impl FnOnce(&mut House, Flat)) -> [BillDocument; 3] {
    let (mut house, flat, meter) = flat_of_january();
    pay_here(&mut house);
    let mut papers = Vec::new();
    for (month, reading) in [
        ("2026-01", None),
        ("2026-02", Some("23.5")),
        ("2026-03", Some("25.5")),
    ] {
        read(&mut house, meter, month, reading);
        let before = house.folded();
        papers.push((before, house.close(month)));
    }
    schedule(&mut house, flat);
    change(&mut house, flat);
    let papers = papers
        .iter()
        .map(|(before, closing)| paper(&house, before, closing, flat.account));
    let papers: Vec<BillDocument> = papers.collect();
    papers.try_into().expect("three papers")
}

fn read(house: &mut House, meter: MeterId, month: &str, reading: Option<&str>) {
    if let Some(reading) = reading {
        house.read(meter, &format!("{month}-25"), reading);
    }
}

fn asked(papers: &[BillDocument; 3]) -> [String; 3] {
    papers.each_ref().map(|paper| String::from(paper.to_pay))
}

#[test]
fn the_charge_is_taken_out_and_each_part_asked_for_in_its_month() {
    let papers = told(|_, _| {});
    assert_eq!(asked(&papers), ["7.50", "32.50", "27.50"]);
    let [january, february, _] = &papers;
    assert_eq!(String::from(january.total), "30.00", "lines never change");
    let now = january.providers[0].instalments.expect("instalments");
    let told = [now.deferred, now.due, now.outstanding].map(String::from);
    assert_eq!(told, ["30.00", "7.50", "22.50"]);
    let order = january.providers[0].payment.as_ref().expect("a code");
    assert!(order.payload.contains("Sum=750|"), "{}", order.payload);
    let text = text::render(february, zone());
    assert!(text.contains("Рассрочка (ПП 354 п. 72)"), "{text}");
    assert!(
        text.contains("В этом счёте 7,50\u{a0}₽, останется 15,00\u{a0}₽"),
        "{text}"
    );
}

#[test]
fn a_stated_debt_holds_what_is_not_due_yet() {
    let papers = told(|house, flat| {
        // The billing centre states the whole charge of January as a debt, 7.50 being paid since.
        state(house, flat, "debt", "30.00", "2026-01-31");
        state(house, flat, "payment", "7.50", "2026-02-20");
    });
    let [_, february, _] = &papers;
    let balance = february.providers[0].balance.expect("a balance");
    assert_eq!(String::from(balance), "47.50");
    assert_eq!(String::from(february.to_pay), "32.50");
}

#[test]
fn an_early_end_makes_the_rest_due_and_a_mistake_leaves_nothing() {
    let end = |from: &'static str, reason| {
        told(move |house, flat| {
            let ending = InstalmentsEnd {
                of: charge(),
                from: period(from),
                reason,
                act: act(),
            };
            let ended = AccountEvent::InstalmentsEnded { ending };
            house.record(flat.account.0, BookEvent::Account(ended));
        })
    };
    let papers = end("2026-02", InstalmentsEndReason::ByConsumer);
    assert_eq!(asked(&papers), ["7.50", "47.50", "20.00"]);
    assert!(papers[2].schedules.is_empty(), "paid up before March");
    let papers = end("2026-01", InstalmentsEndReason::Mistaken);
    assert_eq!(asked(&papers), ["30.00", "25.00", "20.00"]);
    assert!(papers.iter().all(|paper| paper.schedules.is_empty()));
}

#[test]
fn who_leaves_the_account_owes_the_rest_for_the_last_month() {
    let papers = told(|house, flat| {
        let holder = Holder {
            kind: HolderKind::Owner,
            person: None,
            organisation: None,
        };
        let transferred = AccountEvent::AccountTransferred {
            holder,
            from: day("2026-03-01"),
            act: act(),
        };
        house.record(flat.account.0, BookEvent::Account(transferred));
    });
    assert_eq!(asked(&papers), ["7.50", "47.50", "20.00"]);
    let end = papers[1].schedules[0].ended.as_ref().expect("an end");
    assert!(end.why.contains("передан"), "{}", end.why);
    let papers = told(|house, flat| house.close_account(flat.account, "2026-02-15"));
    assert_eq!(asked(&papers)[1], "47.50");
}
