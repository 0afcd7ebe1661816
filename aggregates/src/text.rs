//! Short texts that may stand in an event: checked once, at the edge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that may not stand in an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but spaces.
    #[error("the text is empty")]
    Empty,
    /// Longer than the field holds.
    #[error("the text has {length} characters, at most {limit} are kept")]
    TooLong {
        /// Characters found.
        length: usize,
        /// Characters that fit.
        limit: usize,
    },
    /// A line break, a tab or another control character.
    #[error("the text holds a control character")]
    ControlCharacter,
    /// A character outside the alphabet of a code.
    #[error("“{0}” may not stand in a code: use a–z, 0–9, “.”, “_”, “:” and “-”")]
    NotInCode(char),
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $check:path;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and trims `text`.
            ///
            /// # Errors
            /// [`TextError`] names what may not stand here.
            pub fn new(text: impl AsRef<str>) -> Result<Self, TextError> {
                $check(text.as_ref().trim()).map(|checked| Self(checked.to_owned()))
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

texts! {
    /// A name or number as printed on a device or a document: 1–200 characters on one line.
    /// Never a person's name, phone or address of a person.
    Label, check_label;
    /// A machine's word, such as a channel (`web`, `csv`) or a register (`t1`): 1–64 characters
    /// of a–z, 0–9, `.`, `_`, `:`, `-`.
    Code, check_code;
}

const LABEL_LIMIT: usize = 200;
const CODE_LIMIT: usize = 64;

fn check_label(text: &str) -> Result<&str, TextError> {
    check_length(text, LABEL_LIMIT)?;
    match text.chars().any(char::is_control) {
        true => Err(TextError::ControlCharacter),
        false => Ok(text),
    }
}

fn check_code(text: &str) -> Result<&str, TextError> {
    check_length(text, CODE_LIMIT)?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._:-".contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        Some(strange) => Err(TextError::NotInCode(strange)),
        None => Ok(text),
    }
}

fn check_length(text: &str, limit: usize) -> Result<(), TextError> {
    match text.chars().count() {
        0 => Err(TextError::Empty),
        length if length > limit => Err(TextError::TooLong { length, limit }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_trimmed_and_kept() {
        assert_eq!(
            Label::new("  № 12а/3 ").map(String::from),
            Ok("№ 12а/3".to_owned())
        );
    }

    #[test]
    fn a_label_is_one_line_and_not_empty() {
        assert_eq!(Label::new("a\nb"), Err(TextError::ControlCharacter));
        assert_eq!(Label::new("   "), Err(TextError::Empty));
        assert!(matches!(
            Label::new("x".repeat(201)),
            Err(TextError::TooLong { .. })
        ));
    }

    #[test]
    fn a_code_is_lower_case_ascii() {
        assert!(Code::new("modbus-tcp:3").is_ok());
        assert_eq!(Code::new("T1"), Err(TextError::NotInCode('T')));
    }
}
