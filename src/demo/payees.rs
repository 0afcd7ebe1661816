//! Where the companies of the demonstration are paid.

use aggregates::building::payee::Payee;
use aggregates::organisation::registration::{BankAccount, Bic, Inn};

use super::error::DemoDataError;
use super::house_file::{code, label};
use super::plan::TAKEN_OVER;
use crate::import::house::file::PayeeEntry;

/// The bank is invented: its numbers pass their check digits and belong to nobody.
const BIC: &str = "046599999";
const CORR_ACCOUNT: &str = "30101810300000000999";

/// Details of the providers: УК, and the supplier of electricity by direct contracts.
pub(super) fn payees() -> Result<Vec<PayeeEntry>, DemoDataError> {
    let rows = [
        (
            "uk",
            "УК «Демонстрационная»",
            "6600000010",
            "40702810600000000001",
        ),
        (
            "power",
            "Энергосбыт (демонстрация)",
            "6600000042",
            "40702810900000000002",
        ),
    ];
    rows.into_iter()
        .map(|(key, name, inn, account)| {
            Ok(PayeeEntry {
                organisation: code(key)?,
                from: TAKEN_OVER,
                details: Payee {
                    name: label(name)?,
                    inn: Inn::new(inn).map_err(|error| DemoDataError::plan(inn, error))?,
                    kpp: None,
                    account: number(account)?,
                    bank: label("Банк «Демонстрационный»")?,
                    bic: Bic::new(BIC).map_err(|error| DemoDataError::plan(BIC, error))?,
                    corr_account: Some(number(CORR_ACCOUNT)?),
                    phone: None,
                    site: None,
                },
            })
        })
        .collect()
}

fn number(text: &str) -> Result<BankAccount, DemoDataError> {
    BankAccount::new(text).map_err(|error| DemoDataError::plan(text, error))
}
