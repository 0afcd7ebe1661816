//! The text of the payment code (ГОСТ Р 56042).

use aggregates::building::payee::Payee;
use aggregates::organisation::registration::{BankAccount, Bic, Inn, Kpp};
use aggregates::quantity::Money;
use aggregates::text::Label;
use aggregates::time::Period;
use projections::bills::document::{PaymentError, payload};
use proptest::prelude::*;

fn account(digits: &str) -> BankAccount {
    BankAccount::new(digits).expect("twenty digits")
}

fn payee(name: &str) -> Payee {
    Payee {
        name: Label::new(name).expect("a label"),
        inn: Inn::new("6600000010").expect("an ИНН"),
        kpp: Some(Kpp::new("667001001").expect("a КПП")),
        account: account("40702810600000000001"),
        bank: Label::new("Банк «Демонстрационный»").expect("a label"),
        bic: Bic::new("046599999").expect("a БИК"),
        corr_account: Some(account("30101810300000000999")),
        phone: None,
        site: None,
    }
}

fn october() -> Period {
    "2026-10".parse().expect("a period")
}

/// What a reader of the standard takes from the text.
fn read(text: &str) -> Vec<(String, String)> {
    let rest = text.strip_prefix("ST00012").expect("the header");
    let separator = rest.chars().next().expect("a separator");
    let fields = rest.split(separator).skip(1);
    fields
        .map(|field| {
            let (name, value) = field.split_once('=').expect("a name and a value");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

#[test]
fn the_code_carries_the_details_and_kopecks() {
    let sum = Money::from_kopecks(434_459);
    let text = payload(&payee("УК «Дом»"), "7100021", october(), sum, "Оплата");
    let expected = "ST00012|Name=УК «Дом»|PersonalAcc=40702810600000000001\
        |BankName=Банк «Демонстрационный»|BIC=046599999|CorrespAcc=30101810300000000999\
        |PayeeINN=6600000010|KPP=667001001|Sum=434459|Purpose=Оплата|PersAcc=7100021\
        |PaymPeriod=102026";
    assert_eq!(text.as_deref(), Ok(expected));
}

#[test]
fn without_something_to_pay_there_is_no_code() {
    for kopecks in [0, -1] {
        let sum = Money::from_kopecks(kopecks);
        let text = payload(&payee("УК"), "1", october(), sum, "Оплата");
        assert_eq!(text, Err(PaymentError::NothingToPay));
    }
}

#[test]
fn a_separator_that_a_value_holds_gives_way_to_the_next() {
    let sum = Money::from_kopecks(100);
    let text = payload(&payee("УК | Дом"), "1", october(), sum, "a=b").expect("a text");
    assert!(text.starts_with("ST00012~Name=УК | Дом~"), "{text}");
    let all = payee("|~^#@$");
    let none = payload(&all, "1", october(), sum, "Оплата");
    assert_eq!(none, Err(PaymentError::NoSeparator));
}

proptest! {
    /// Whatever signs a name and a purpose hold, a reader gets them back as they were.
    #[test]
    fn every_field_is_read_back(name in "[а-яA-Z|~=«» 0-9]{1,40}", purpose in "[а-я|=~,. ]{0,60}") {
        let Ok(label) = Label::new(&name) else { return Ok(()) };
        let payee = Payee { name: label.clone(), ..payee("УК") };
        let sum = Money::from_kopecks(12_345);
        let text = payload(&payee, "л-1", october(), sum, &purpose).expect("a free separator");
        let fields = read(&text);
        let of = |name: &str| fields.iter().find(|(known, _)| known == name).cloned();
        let (_, named) = of("Name").expect("a name");
        prop_assert_eq!(named.as_str(), label.as_str());
        let (_, told) = of("Purpose").expect("a purpose");
        prop_assert_eq!(told, purpose);
        prop_assert_eq!(fields.len(), 11);
    }
}
