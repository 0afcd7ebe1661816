//! What can go wrong with a number.

use crate::quantity::Unit;

/// An operation on quantities that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// The exact result has more digits than can be kept (28 significant ones).
    #[error("the exact result has more digits than can be kept: it would have to be rounded")]
    PrecisionLoss,
    /// The result is too large.
    #[error("the result is too large to be kept")]
    Overflow,
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// The text is no plain decimal number.
    #[error("“{0}” is no plain decimal number such as 12.345")]
    NotANumber(String),
    /// Two units that cannot be added or converted.
    #[error("{left} and {right} are different units")]
    UnitMismatch {
        /// Unit of the first value.
        left: Unit,
        /// Unit of the second value.
        right: Unit,
    },
    /// The value lies outside what the type may hold.
    #[error("{value} is out of range: {allowed}")]
    OutOfRange {
        /// The value.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
}
