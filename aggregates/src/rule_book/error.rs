//! Why the book of rules refuses a command. The texts reach users, so they are Russian.

use crate::text::Code;

/// Refusals of the book of rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleBookError {
    /// Not 64 hexadecimal digits.
    #[error("строка правил «{rule}»: ожидается SHA-256 из 64 шестнадцатеричных цифр")]
    NotASha256 {
        /// What was given.
        rule: Code,
    },
    /// The row stands confirmed by somebody else or by another source.
    #[error("правило уже подтверждено ({by}): сначала отзовите то подтверждение")]
    ConfirmedAlready {
        /// Who confirmed it.
        by: String,
    },
    /// There is nothing to take back.
    #[error("правило не подтверждено: отзывать нечего")]
    NotConfirmed,
}
