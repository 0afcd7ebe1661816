//! Instalments (ПП 354 п. 72): who may have them, how a charge is parted, how a schedule ends.

use aggregates::account::Account;
use aggregates::account::bill::{
    Bill, BillKind, BillLine, ChargeKey, ChargePart, LineKind, VolumeMethod,
};
use aggregates::account::command::AccountCommand as Command;
use aggregates::account::error::AccountError as Error;
use aggregates::account::event::{AccountEvent as Event, ClosingReason, Holder, HolderKind};
use aggregates::account::instalments::{
    Deferral, InstalmentPart, InstalmentTerms, Instalments, InstalmentsAsked, InstalmentsEnd,
    InstalmentsEndReason,
};
use aggregates::ids::{OrganisationId, PremisesId};
use aggregates::quantity::{Fraction, Money, Percent};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::support::{act, code, date, emits, id, label, period, refuses};

fn money(amount: &str) -> Money {
    amount.parse().expect("an amount")
}

fn percent(value: i64) -> Percent {
    Percent::new(Decimal::from(value)).expect("a percentage")
}

fn opened() -> Event {
    Event::AccountOpened {
        number: label("4501"),
        premises: PremisesId(id(0x30)),
        holder: Holder {
            kind: HolderKind::Owner,
            person: None,
            organisation: None,
        },
        share: Fraction::ONE,
        from: date("2024-01-01"),
    }
}

/// The bill of a month with one charge for cold water.
fn billed(of: &str, amount: &str) -> Event {
    let period: Period = period(of);
    let line = BillLine {
        kind: LineKind::Charge,
        period,
        charge: ChargeKey {
            resource: Resource::ColdWater,
            part: ChargePart::Individual,
            component: TariffComponent::Single,
            zone: None,
            from: period.first_day(),
        },
        provider: OrganisationId(id(5)),
        volume: None,
        method: VolumeMethod::Meter,
        price: None,
        vat: None,
        multiplier: None,
        amount: money(amount),
        clause: label("ПП 354 прил. 2 ф. 1"),
        caused_by: Vec::new(),
    };
    Event::BillIssued {
        bill: Bill {
            period,
            kind: BillKind::Monthly,
            computed_at: 7,
            edition_hash: code(&"0123456789abcdef".repeat(4)),
            engine: label("0.1.0"),
            lines: vec![line],
            total: money(amount),
        },
    }
}

/// January 2026 costs 125.01 after 100.00 a year before: a kopeck more than a quarter.
fn grown() -> Vec<Event> {
    vec![
        opened(),
        billed("2025-01", "100.00"),
        billed("2026-01", "125.01"),
    ]
}

fn charge() -> Deferral {
    Deferral {
        period: period("2026-01"),
        resource: Resource::ColdWater,
        provider: OrganisationId(id(5)),
    }
}

fn asked() -> InstalmentsAsked {
    InstalmentsAsked {
        of: charge(),
        deferred: money("125.01"),
        parts: 12,
        first: period("2026-01"),
        terms: InstalmentTerms {
            threshold: percent(25),
            parts_max: 12,
            interest_over_key_rate: percent(3),
        },
        act: act("1-Р"),
    }
}

fn agree(asked: InstalmentsAsked) -> Command {
    Command::AgreeInstalments { asked }
}

/// 125.01 in twelve parts: 10.41 with nine kopecks left, which the first nine parts take.
fn agreed() -> Instalments {
    let amount = |month: i32| match month < 9 {
        true => money("10.42"),
        false => money("10.41"),
    };
    let parts = (0..12).map(|month| InstalmentPart {
        period: period("2026-01").plus_months(month),
        amount: amount(month),
    });
    Instalments {
        of: charge(),
        charged: money("125.01"),
        year_before: money("100.00"),
        deferred: money("125.01"),
        parts: parts.collect(),
        terms: asked().terms,
        act: act("1-Р"),
    }
}

fn scheduled() -> Event {
    Event::InstalmentsAgreed {
        instalments: agreed(),
    }
}

fn ending(from: &str, reason: InstalmentsEndReason) -> InstalmentsEnd {
    InstalmentsEnd {
        of: charge(),
        from: period(from),
        reason,
        act: act("2-Р"),
    }
}

#[tokio::test]
async fn a_charge_a_quarter_above_last_years_is_paid_in_twelve_parts() {
    emits::<Account>(grown(), agree(asked()), vec![scheduled()]).await;
}

#[tokio::test]
async fn without_the_right_or_the_bill_there_is_no_schedule() {
    let quarter = vec![
        opened(),
        billed("2025-01", "100.00"),
        billed("2026-01", "125.00"),
    ];
    let refused = |charged: &str, year_before: &str| Error::NoInstalmentRight {
        resource: Resource::ColdWater,
        period: period("2026-01"),
        charged: money(charged),
        year_before: money(year_before),
    };
    refuses::<Account>(quarter, agree(asked()), refused("125.00", "100.00")).await;
    let new = vec![opened(), billed("2026-01", "125.01")];
    refuses::<Account>(new, agree(asked()), refused("125.01", "0.00")).await;
    let other = InstalmentsAsked {
        of: Deferral {
            period: period("2026-02"),
            ..charge()
        },
        ..asked()
    };
    let because = Error::NotBilledForInstalments {
        resource: Resource::ColdWater,
        period: period("2026-02"),
    };
    refuses::<Account>(grown(), agree(other), because).await;
}

#[tokio::test]
async fn parts_amounts_and_the_first_month_have_bounds() {
    for parts in [0, 1, 13] {
        let asked = InstalmentsAsked { parts, ..asked() };
        let because = Error::InstalmentPartsOutside { most: 12 };
        refuses::<Account>(grown(), agree(asked), because).await;
    }
    for deferred in ["125.02", "0.11", "0.00", "-1.00"] {
        let asked = InstalmentsAsked {
            deferred: money(deferred),
            ..asked()
        };
        let because = Error::DeferredOutside {
            charged: money("125.01"),
        };
        refuses::<Account>(grown(), agree(asked), because).await;
    }
    for first in ["2025-12", "2027-02"] {
        let asked = InstalmentsAsked {
            first: period(first),
            ..asked()
        };
        let from = period("2026-01");
        refuses::<Account>(grown(), agree(asked), Error::FirstPartOutside { from }).await;
    }
    let mut gone = grown();
    gone.push(Event::AccountClosed {
        from: date("2026-02-01"),
        reason: ClosingReason::Rearranged,
        act: None,
    });
    let late = InstalmentsAsked {
        first: period("2026-02"),
        ..asked()
    };
    let because = Error::AfterClosing {
        from: date("2026-02-01"),
        closed: date("2026-02-01"),
    };
    refuses::<Account>(gone, agree(late), because).await;
}

#[tokio::test]
async fn a_charge_has_one_schedule() {
    let given = [grown(), vec![scheduled()]].concat();
    let other = InstalmentsAsked {
        parts: 6,
        ..asked()
    };
    let because = Error::InstalmentsStand {
        resource: Resource::ColdWater,
        period: period("2026-01"),
    };
    refuses::<Account>(given.clone(), agree(other.clone()), because.clone()).await;
    // Ended later it has deferred something; taken back for its own month it has not.
    let later = ending("2026-04", InstalmentsEndReason::ByConsumer);
    let ended = [
        given.clone(),
        vec![Event::InstalmentsEnded { ending: later }],
    ]
    .concat();
    refuses::<Account>(ended, agree(other), because).await;
    let void = ending("2026-01", InstalmentsEndReason::Mistaken);
    let taken_back = [given, vec![Event::InstalmentsEnded { ending: void }]].concat();
    emits::<Account>(taken_back, agree(asked()), vec![scheduled()]).await;
}

#[tokio::test]
async fn a_schedule_ends_once_within_its_months() {
    let given = [grown(), vec![scheduled()]].concat();
    let end = |ending: InstalmentsEnd| Command::EndInstalments { ending };
    let by_wish = ending("2026-04", InstalmentsEndReason::ByConsumer);
    let event = Event::InstalmentsEnded {
        ending: by_wish.clone(),
    };
    emits::<Account>(given.clone(), end(by_wish), vec![event.clone()]).await;
    let again = ending("2026-05", InstalmentsEndReason::ByConsumer);
    let from = period("2026-04");
    let ended = [given.clone(), vec![event]].concat();
    refuses::<Account>(ended, end(again), Error::InstalmentsEnded { from }).await;
    for outside in ["2025-12", "2027-01"] {
        let because = Error::InstalmentsEndOutside {
            first: period("2026-01"),
            last: period("2026-12"),
        };
        let outside = ending(outside, InstalmentsEndReason::ByConsumer);
        refuses::<Account>(given.clone(), end(outside), because).await;
    }
    let because = Error::NoInstalments {
        resource: Resource::ColdWater,
        period: period("2026-01"),
    };
    let none = ending("2026-04", InstalmentsEndReason::ByConsumer);
    refuses::<Account>(grown(), end(none), because).await;
}

fn sum(parts: &[InstalmentPart]) -> Money {
    let mut amounts = parts.iter().map(|part| part.amount);
    amounts
        .try_fold(Money::ZERO, Money::checked_add)
        .expect("a sum")
}

fn parted(kopecks: i64, parts: u32) -> Instalments {
    use cqrs_es::Aggregate;
    use cqrs_es::event_sink::EventSink;
    let mut account = Account::default();
    let charged = Money::from_kopecks(kopecks);
    for event in [
        opened(),
        billed("2025-01", "0.01"),
        billed("2026-01", &String::from(charged)),
    ] {
        account.apply(event);
    }
    let asked = InstalmentsAsked {
        deferred: charged,
        parts,
        ..asked()
    };
    let sink = EventSink::default();
    let handled = account.handle(agree(asked), &(), &sink);
    waited(handled).expect("an agreement");
    let events = waited(sink.collect());
    match events.into_iter().next() {
        Some(Event::InstalmentsAgreed { instalments }) => instalments,
        other => unreachable!("{other:?}"),
    }
}

/// Waits for what never waits for anything.
fn waited<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(future)
}

proptest! {
    #[test]
    fn parts_add_up_to_the_charge_and_differ_by_a_kopeck(
        kopecks in 12_i64..10_000_000, parts in 2_u32..=12, cut in 0_i32..14
    ) {
        let told = parted(kopecks, parts);
        let charged = Money::from_kopecks(kopecks);
        prop_assert_eq!(sum(&told.parts), charged);
        let most = told.parts.iter().map(|part| part.amount).max().unwrap_or_default();
        let least = told.parts.iter().map(|part| part.amount).min().unwrap_or_default();
        prop_assert!(most.kopecks() - least.kopecks() <= 1);
        prop_assert!(told.parts.is_sorted_by(|one, next| one.amount >= next.amount));
        let cut = period("2026-01").plus_months(cut);
        let at_once = told.parts_until(Some(cut)).expect("a sum");
        prop_assert_eq!(sum(&at_once), charged);
        prop_assert!(at_once.iter().all(|part| part.period <= cut) || told.last() <= Some(cut));
    }
}
