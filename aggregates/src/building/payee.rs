//! Получатель платежа: where money of the house's bills is to be paid (ПП 354 п. 69(б)).

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::building::Building;
use crate::building::error::BuildingError;
use crate::building::event::BuildingEvent;
use crate::dated::DatedRows;
use crate::ids::OrganisationId;
use crate::organisation::registration::{BankAccount, Bic, Inn, Kpp};
use crate::text::Label;

/// Longest name that the payment code takes (ГОСТ Р 56042, `Name`).
const NAME_MAX: usize = 160;
/// Longest name of a bank that it takes (`BankName`).
const BANK_MAX: usize = 45;

/// Details by which a provider is paid, as its bank contract gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// Name of the organisation as the bank knows it: at most 160 characters.
    pub name: Label,
    /// ИНН.
    pub inn: Inn,
    /// КПП; none for ИП.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kpp: Option<Kpp>,
    /// Расчётный счёт, with the check digit for this БИК.
    pub account: BankAccount,
    /// Name of the bank: at most 45 characters.
    pub bank: Label,
    /// БИК of the bank.
    pub bic: Bic,
    /// Корреспондентский счёт of the bank; none where the bank has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corr_account: Option<BankAccount>,
    /// Telephone for residents, where it is to be printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Label>,
    /// Site, where it is to be printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Label>,
}

impl Payee {
    /// What is wrong with the details, in Russian; `None` where they fit together.
    fn fault(&self) -> Option<&'static str> {
        let longer = |text: &Label, most| most < text.as_str().chars().count();
        let legal_person = self.inn.as_str().len() == 10;
        if longer(&self.name, NAME_MAX) {
            return Some("наименование получателя длиннее 160 знаков");
        }
        if longer(&self.bank, BANK_MAX) {
            return Some("наименование банка длиннее 45 знаков");
        }
        if self.kpp.is_some() && !legal_person {
            return Some("у ИП (ИНН из 12 цифр) КПП не бывает");
        }
        if !self.bic.fits_account(&self.account) {
            return Some("контрольная цифра расчётного счёта не подходит к этому БИК");
        }
        let corr = self.corr_account.as_ref();
        corr.is_some_and(|corr| !self.bic.fits_corr_account(corr))
            .then_some("корреспондентский счёт не подходит к этому БИК")
    }
}

/// Details of one provider by date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Payees {
    pub(super) organisation: OrganisationId,
    pub(super) rows: DatedRows<Payee>,
}

impl Building {
    /// Records where a provider is paid from a day on.
    pub(super) fn record_payee(
        &self,
        organisation: OrganisationId,
        payee: Payee,
        from: NaiveDate,
    ) -> Result<Vec<BuildingEvent>, BuildingError> {
        if let Some(what) = payee.fault() {
            return Err(BuildingError::BadPayee { what });
        }
        let of_same = |known: &&Payees| known.organisation == organisation;
        let known = self.payees.iter().find(of_same);
        match known.is_some_and(|known| known.rows.has_from(from, &payee)) {
            true => Ok(Vec::new()),
            false => Ok(vec![BuildingEvent::PayeeRecorded {
                organisation,
                payee,
                from,
            }]),
        }
    }

    pub(super) fn take_payee(
        &mut self,
        organisation: OrganisationId,
        payee: Payee,
        from: NaiveDate,
    ) {
        let known = self
            .payees
            .iter()
            .position(|known| known.organisation == organisation);
        let place = known.unwrap_or_else(|| {
            self.payees.push(Payees {
                organisation,
                rows: DatedRows::default(),
            });
            self.payees.len() - 1
        });
        self.payees[place].rows.record_from(from, payee);
    }
}
