//! Bills of an account: issued once, in order, with lines that add up and belong there.

use aggregates::account::Account;
use aggregates::account::bill::{
    Bill, BillKind, BillLine, ChargeKey, ChargePart, LineKind, Multiplier, ProviderNotice,
    VolumeMethod,
};
use aggregates::account::command::AccountCommand as Command;
use aggregates::account::error::AccountError as Error;
use aggregates::account::event::{AccountEvent as Event, ClosingReason, Holder, HolderKind};
use aggregates::account::received::{ReceivedBill, ReceivedLine};
use aggregates::ids::{OrganisationId, PremisesId};
use aggregates::ledger::EventId;
use aggregates::quantity::{Fraction, Money};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use rust_decimal::Decimal;

use crate::support::{code, date, emits, id, label, period, refuses, repeats};

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
        from: date("2026-01-15"),
    }
}

fn closed() -> Event {
    Event::AccountClosed {
        from: date("2026-03-10"),
        reason: ClosingReason::Rearranged,
        act: None,
    }
}

fn money(amount: &str) -> Money {
    amount.parse().expect("an amount")
}

fn line(of: &str, kind: LineKind, amount: &str) -> BillLine {
    let period: Period = period(of);
    BillLine {
        kind,
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
    }
}

fn bill(of: &str, kind: BillKind, lines: Vec<BillLine>, total: &str) -> Bill {
    Bill {
        period: period(of),
        kind,
        computed_at: 7,
        edition_hash: code(&"0123456789abcdef".repeat(4)),
        engine: label("0.1.0"),
        lines,
        total: money(total),
    }
}

fn of_march() -> Bill {
    let lines = vec![
        line("2026-03", LineKind::Charge, "100.10"),
        line("2026-02", LineKind::Adjustment, "-0.20"),
    ];
    bill("2026-03", BillKind::Monthly, lines, "99.90")
}

fn issue(bill: Bill) -> Command {
    Command::IssueBill { bill }
}

fn issued(bill: Bill) -> Event {
    Event::BillIssued { bill }
}

#[tokio::test]
async fn a_bill_is_issued_once() {
    let then = vec![issued(of_march())];
    emits::<Account>(vec![opened()], issue(of_march()), then).await;
}

#[tokio::test]
async fn an_issued_bill_never_changes() {
    let other = bill("2026-03", BillKind::Monthly, Vec::new(), "0.00");
    let period = period("2026-03");
    let given = vec![opened(), issued(of_march())];
    refuses::<Account>(given, issue(other), Error::BilledDifferently { period }).await;
}

#[tokio::test]
async fn bills_follow_each_other() {
    let earlier = bill("2026-02", BillKind::Monthly, Vec::new(), "0.00");
    let error = Error::BillOutOfOrder {
        period: period("2026-02"),
        last: period("2026-03"),
    };
    refuses::<Account>(vec![opened(), issued(of_march())], issue(earlier), error).await;
}

#[tokio::test]
async fn a_closed_account_gets_a_last_month_and_then_final_statements() {
    emits::<Account>(
        vec![opened(), closed()],
        issue(of_march()),
        vec![issued(of_march())],
    )
    .await;
    let lines = vec![line("2026-03", LineKind::Adjustment, "-1.00")];
    let last = bill("2026-04", BillKind::FinalStatement, lines, "-1.00");
    let given = vec![opened(), closed(), issued(of_march())];
    emits::<Account>(
        given.clone(),
        issue(last.clone()),
        vec![issued(last.clone())],
    )
    .await;
    repeats::<Account>([given, vec![issued(last.clone())]].concat(), issue(last)).await;
}

#[tokio::test]
async fn an_account_is_billed_for_the_months_it_was_open_in() {
    let of_april = bill("2026-04", BillKind::Monthly, Vec::new(), "0.00");
    let error = Error::NotOpenInPeriod {
        period: period("2026-04"),
    };
    refuses::<Account>(vec![opened(), closed()], issue(of_april), error).await;
    let of_december = bill("2025-12", BillKind::Monthly, Vec::new(), "0.00");
    let error = Error::NotOpenInPeriod {
        period: period("2025-12"),
    };
    refuses::<Account>(vec![opened()], issue(of_december), error).await;
    refuses::<Account>(vec![], issue(of_march()), Error::NotOpened).await;
    let statement = bill("2026-03", BillKind::FinalStatement, Vec::new(), "0.00");
    let error = Error::NotClosedBefore {
        period: period("2026-03"),
    };
    refuses::<Account>(vec![opened(), closed()], issue(statement), error).await;
}

#[tokio::test]
async fn the_total_is_the_sum_of_the_lines() {
    let wrong = Bill {
        total: money("100.00"),
        ..of_march()
    };
    let error = Error::TotalDiffers {
        total: money("100.00"),
        sum: money("99.90"),
    };
    refuses::<Account>(vec![opened()], issue(wrong), error).await;
}

#[tokio::test]
async fn a_line_that_does_not_belong_is_named() {
    let charge = line("2026-03", LineKind::Charge, "1.00");
    let excess = BillLine {
        multiplier: Some(Multiplier::new(Decimal::TWO)),
        ..charge.clone()
    };
    let elsewhere = BillLine {
        charge: ChargeKey {
            from: date("2026-04-01"),
            ..charge.charge.clone()
        },
        ..charge.clone()
    };
    let twice = vec![charge.clone(), charge.clone()];
    let cases = [
        (twice, 2, "такая строка уже есть"),
        (
            vec![line("2026-02", LineKind::Charge, "1.00")],
            1,
            "начисление относится к другому периоду",
        ),
        (
            vec![line("2026-03", LineKind::Adjustment, "1.00")],
            1,
            "перерасчёт возможен только за прежний период",
        ),
        (
            vec![excess],
            1,
            "повышающий коэффициент указывается у строки превышения, и только у неё",
        ),
        (vec![elsewhere], 1, "день начала цены лежит вне периода"),
    ];
    for (lines, number, what) in cases {
        let wrong = bill("2026-03", BillKind::Monthly, lines, "1.00");
        let error = Error::BadLine {
            line: number,
            period: period("2026-03"),
            what,
        };
        refuses::<Account>(vec![opened()], issue(wrong), error).await;
    }
}

fn notice(lines: Vec<BillLine>, total: &str) -> ProviderNotice {
    ProviderNotice {
        period: period("2026-03"),
        provider: OrganisationId(id(5)),
        computed_at: 7,
        edition_hash: code(&"0123456789abcdef".repeat(4)),
        engine: label("0.1.0"),
        lines,
        total: money(total),
    }
}

#[tokio::test]
async fn a_former_provider_is_told_of_its_adjustments_once() {
    let told = notice(
        vec![line("2026-02", LineKind::Adjustment, "-5.00")],
        "-5.00",
    );
    let command = Command::NoticeProvider {
        notice: told.clone(),
    };
    let event = Event::ProviderNoticed { notice: told };
    emits::<Account>(vec![opened()], command.clone(), vec![event.clone()]).await;
    repeats::<Account>(vec![opened(), event], command).await;
    let charge = notice(vec![line("2026-02", LineKind::Charge, "5.00")], "5.00");
    let command = Command::NoticeProvider { notice: charge };
    let error = Error::BadLine {
        line: 1,
        period: period("2026-03"),
        what: "в извещении бывают только перерасчёты прежних периодов по этому исполнителю",
    };
    refuses::<Account>(vec![opened()], command, error).await;
}

#[tokio::test]
async fn adjustments_of_one_charge_stand_apart_by_their_cause() {
    let with = |sequence| {
        let mut line = line("2026-02", LineKind::Adjustment, "1.00");
        line.caused_by = vec![EventId::of::<Account>(id(9), sequence)];
        line
    };
    let two = bill("2026-03", BillKind::Monthly, vec![with(1), with(2)], "2.00");
    emits::<Account>(vec![opened()], issue(two.clone()), vec![issued(two)]).await;
    let same = bill("2026-03", BillKind::Monthly, vec![with(1), with(1)], "2.00");
    let error = Error::BadLine {
        line: 2,
        period: period("2026-03"),
        what: "такая строка уже есть",
    };
    refuses::<Account>(vec![opened()], issue(same), error).await;
}

fn foreign(of: &str, lines: usize) -> ReceivedBill {
    let line = ReceivedLine {
        resource: Resource::ColdWater,
        part: ChargePart::Individual,
        component: TariffComponent::Single,
        zone: None,
        recalculated: None,
        provider: None,
        volume: None,
        method: None,
        price: None,
        multiplier: None,
        previous: None,
        current: None,
        norm: None,
        persons: None,
        area: None,
        amount: money("100.00"),
    };
    ReceivedBill {
        period: period(of),
        biller: None,
        lines: vec![line; lines],
        total: None,
    }
}

#[tokio::test]
async fn a_foreign_bill_is_taken_in_once_a_content() {
    let sha256 = code(&"0123456789abcdef".repeat(4));
    let receive = |bill: ReceivedBill| Command::ReceiveBill {
        bill,
        sha256: sha256.clone(),
    };
    let received = Event::BillReceived {
        bill: foreign("2026-03", 1),
        sha256: sha256.clone(),
    };
    let then = vec![received.clone()];
    emits::<Account>(vec![opened()], receive(foreign("2026-03", 1)), then).await;
    let given = vec![opened(), received];
    repeats::<Account>(given, receive(foreign("2026-03", 1))).await;
    let mut of_the_future = foreign("2026-03", 1);
    of_the_future.lines[0].recalculated = Some(period("2026-03"));
    let mut coded = foreign("2026-03", 1);
    coded.lines[0].method = Some(9);
    let wrong = [
        (foreign("2026-03", 0), "в нём нет ни одной строки"),
        (foreign("2026-03", 201), "в нём больше 200 строк"),
        (of_the_future, "перерасчёт бывает только за прежний период"),
        (
            coded,
            "способы расчёта объёма обозначаются числами от 0 до 8",
        ),
    ];
    for (bill, what) in wrong {
        let because = Error::BadReceivedBill { what };
        refuses::<Account>(vec![opened()], receive(bill), because).await;
    }
}
