//! Where providers are paid.

use aggregates::building::payee::Payee;
use aggregates::organisation::registration::{BankAccount, Bic, Inn, Kpp};

use super::*;

/// Numbers that pass their check digits and belong to nobody.
fn payee() -> Payee {
    Payee {
        name: label("УК «Демонстрационная»"),
        inn: Inn::new("6600000010").expect("an ИНН"),
        kpp: Some(Kpp::new("667001001").expect("a КПП")),
        account: account("40702810600000000001"),
        bank: label("Банк «Демонстрационный»"),
        bic: Bic::new("046599999").expect("a БИК"),
        corr_account: Some(account("30101810300000000999")),
        phone: None,
        site: None,
    }
}

fn account(digits: &str) -> BankAccount {
    BankAccount::new(digits).expect("twenty digits")
}

fn record(payee: Payee) -> Command {
    Command::RecordPayee {
        organisation: OrganisationId(id(2)),
        payee,
        from: date("2026-01-01"),
    }
}

fn recorded(payee: Payee) -> Event {
    Event::PayeeRecorded {
        organisation: OrganisationId(id(2)),
        payee,
        from: date("2026-01-01"),
    }
}

#[tokio::test]
async fn details_are_recorded_once_and_replaced_by_better_ones() {
    accepts(record(payee()), recorded(payee())).await;
    repeats::<Building>(house(&[recorded(payee())]), record(payee())).await;
    let better = Payee {
        site: Some(label("uk.example")),
        ..payee()
    };
    let given = house(&[recorded(payee())]);
    emits::<Building>(given, record(better.clone()), vec![recorded(better)]).await;
}

#[tokio::test]
async fn details_that_do_not_fit_together_are_refused() {
    let wrong = [
        Payee {
            account: account("40702810700000000001"),
            ..payee()
        },
        Payee {
            corr_account: Some(account("30101810400000000225")),
            ..payee()
        },
        Payee {
            inn: Inn::new("500100732259").expect("an ИНН of a person"),
            ..payee()
        },
        Payee {
            bank: label(&"б".repeat(46)),
            ..payee()
        },
        Payee {
            name: label(&"н".repeat(161)),
            ..payee()
        },
    ];
    let because = [
        "контрольная цифра расчётного счёта не подходит к этому БИК",
        "корреспондентский счёт не подходит к этому БИК",
        "у ИП (ИНН из 12 цифр) КПП не бывает",
        "наименование банка длиннее 45 знаков",
        "наименование получателя длиннее 160 знаков",
    ];
    for (payee, what) in wrong.into_iter().zip(because) {
        rejects(record(payee), Error::BadPayee { what }).await;
    }
}
