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
