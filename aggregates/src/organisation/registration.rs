//! Registration numbers of organisations with their check digits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number that cannot be what it is called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// Wrong length or a character that is no digit.
    #[error("{name} has {expected} digits, “{text}” has not")]
    Form {
        /// Name of the number.
        name: &'static str,
        /// Lengths allowed.
        expected: &'static str,
        /// What was given.
        text: String,
    },
    /// The check digit does not fit: a digit is wrong or swapped.
    #[error("{name} “{text}” does not pass its check digit: a digit is wrong or swapped")]
    CheckDigit {
        /// Name of the number.
        name: &'static str,
        /// What was given.
        text: String,
    },
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident, $check:path;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the digits.
            ///
            /// # Errors
            /// [`RegistrationError`] says whether the form or the check digit is wrong.
            pub fn new(text: &str) -> Result<Self, RegistrationError> {
                $check(text).map(|()| Self(text.to_owned()))
            }

            /// The digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = RegistrationError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> Self {
                number.0
            }
        }
    )*};
}

numbers! {
    /// ИНН: 10 digits for a legal person, 12 for a natural one, the last one or two being checks.
    Inn, check_inn;
    /// КПП: nine characters, without a check digit.
    Kpp, check_kpp;
    /// ОГРН: 13 digits, 15 for ИП, the last one being a check.
    Ogrn, check_ogrn;
    /// БИК: nine digits.
    Bic, check_bic;
    /// Расчётный or корреспондентский счёт: twenty digits; its check digit goes with a БИК.
    BankAccount, check_account;
}

/// Weights of the check of a bank account (порядок Банка России № 515 of 08.09.1997).
const ACCOUNT_WEIGHTS: [u64; 3] = [7, 1, 3];

impl Bic {
    /// Whether the check digit of a settlement account fits this bank. Accounts of the treasury
    /// (БИК 01…) have no check of this kind and always fit.
    pub fn fits_account(&self, account: &BankAccount) -> bool {
        let held_by_central_bank = ["000", "001", "002"].contains(&&self.0[6..]);
        match held_by_central_bank {
            true => self.fits(&format!("0{}{}", &self.0[4..6], account.0)),
            false => self.fits(&format!("{}{}", &self.0[6..], account.0)),
        }
    }

    /// Whether a correspondent account fits this bank: by its check digit and its last three
    /// digits, which are those of the БИК.
    pub fn fits_corr_account(&self, account: &BankAccount) -> bool {
        let of_treasury = self.is_of_treasury();
        let same_end = account.0[17..] == self.0[6..];
        of_treasury || same_end && self.fits(&format!("0{}{}", &self.0[4..6], account.0))
    }

    fn is_of_treasury(&self) -> bool {
        self.0.starts_with("01")
    }

    fn fits(&self, text: &str) -> bool {
        let all = digits(text).unwrap_or_default();
        let weighted = all.iter().zip(ACCOUNT_WEIGHTS.iter().cycle());
        let sum: u64 = weighted.map(|(digit, weight)| digit * weight % 10).sum();
        self.is_of_treasury() || sum.is_multiple_of(10)
    }
}

fn digits(text: &str) -> Option<Vec<u64>> {
    text.chars()
        .map(|c| c.to_digit(10).map(u64::from))
        .collect()
}

/// Weighted sum modulo 11 modulo 10 (приказ ФНС о порядке присвоения ИНН).
fn inn_digit(digits: &[u64], weights: &[u64]) -> u64 {
    let sum: u64 = digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum();
    sum % 11 % 10
}

fn check_inn(text: &str) -> Result<(), RegistrationError> {
    const TEN: [u64; 9] = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    const ELEVEN: [u64; 10] = [7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    const TWELVE: [u64; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let form = || RegistrationError::Form {
        name: "ИНН",
        expected: "10 or 12",
        text: text.to_owned(),
    };
    let all = digits(text).ok_or_else(form)?;
    let fits = match all.len() {
        10 => inn_digit(&all, &TEN) == all[9],
        12 => inn_digit(&all, &ELEVEN) == all[10] && inn_digit(&all, &TWELVE) == all[11],
        _ => return Err(form()),
    };
    check(fits, "ИНН", text)
}

fn check_kpp(text: &str) -> Result<(), RegistrationError> {
    let (head, reason, tail) = match (text.get(0..4), text.get(4..6), text.get(6..)) {
        (Some(head), Some(reason), Some(tail)) if text.len() == 9 => (head, reason, tail),
        _ => ("", "", ""),
    };
    let numeric = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let reason_fits = reason
        .chars()
        .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    match numeric(head) && numeric(tail) && reason_fits {
        true => Ok(()),
        false => Err(RegistrationError::Form {
            name: "КПП",
            expected: "9",
            text: text.to_owned(),
        }),
    }
}

fn check_length(
    name: &'static str,
    expected: &'static str,
    length: usize,
    text: &str,
) -> Result<(), RegistrationError> {
    match text.len() == length && text.chars().all(|c| c.is_ascii_digit()) {
        true => Ok(()),
        false => Err(RegistrationError::Form {
            name,
            expected,
            text: text.to_owned(),
        }),
    }
}

fn check_bic(text: &str) -> Result<(), RegistrationError> {
    check_length("БИК", "9", 9, text)
}

fn check_account(text: &str) -> Result<(), RegistrationError> {
    check_length("account", "20", 20, text)
}

fn check_ogrn(text: &str) -> Result<(), RegistrationError> {
    let form = || RegistrationError::Form {
        name: "ОГРН",
        expected: "13 or 15",
        text: text.to_owned(),
    };
    let all = digits(text).ok_or_else(form)?;
    let modulus = match all.len() {
        13 => 11,
        15 => 13,
        _ => return Err(form()),
    };
    let (body, last) = all.split_at(all.len() - 1);
    let number = body.iter().fold(0, |number, digit| number * 10 + digit);
    check(number % modulus % 10 == last[0], "ОГРН", text)
}

fn check(fits: bool, name: &'static str, text: &str) -> Result<(), RegistrationError> {
    match fits {
        true => Ok(()),
        false => Err(RegistrationError::CheckDigit {
            name,
            text: text.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_pass() {
        // Sberbank and Gazprom, as printed on their sites.
        for inn in ["7707083893", "7736050003"] {
            assert!(Inn::new(inn).is_ok(), "{inn}");
        }
        for ogrn in ["1027700132195", "1027700070518"] {
            assert!(Ogrn::new(ogrn).is_ok(), "{ogrn}");
        }
        assert!(Kpp::new("773601001").is_ok());
    }

    #[test]
    fn accounts_are_checked_against_their_bank() {
        // Sberbank's own: БИК and correspondent account as the Bank of Russia publishes them.
        let bank = Bic::new("044525225").expect("a БИК");
        let corr = BankAccount::new("30101810400000000225").expect("twenty digits");
        assert!(bank.fits_corr_account(&corr));
        let other = Bic::new("046577674").expect("a БИК");
        assert!(!other.fits_corr_account(&corr), "it ends otherwise");
        let fits =
            |account: &str| bank.fits_account(&BankAccount::new(account).expect("twenty digits"));
        let fitting = (0..10)
            .map(|digit| format!("40702810{digit}00000000001"))
            .filter(|account| fits(account));
        assert_eq!(fitting.count(), 1, "one check digit of ten");
    }

    #[test]
    fn a_swapped_digit_is_found() {
        assert!(matches!(
            Inn::new("7707083839"),
            Err(RegistrationError::CheckDigit { .. })
        ));
        assert!(matches!(
            Ogrn::new("1027700132159"),
            Err(RegistrationError::CheckDigit { .. })
        ));
    }

    #[test]
    fn a_wrong_form_is_named() {
        assert!(matches!(
            Inn::new("77070838"),
            Err(RegistrationError::Form { .. })
        ));
        assert!(matches!(
            Kpp::new("77360100"),
            Err(RegistrationError::Form { .. })
        ));
        assert!(matches!(
            Ogrn::new("10277001321950"),
            Err(RegistrationError::Form { .. })
        ));
    }
}
