//! What can go wrong with a number.

use crate::quantity::Unit;

/// An operation on quantities that is refused. The texts reach the person who typed the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// The exact result has more digits than can be kept (28 significant ones).
    #[error(
        "число нельзя записать точно: хранится не более 28 значащих цифр и не более 28 знаков \
         после запятой; округлите исходное значение явно"
    )]
    PrecisionLoss,
    /// The result is too large.
    #[error("число слишком велико: проверьте, не лишние ли в нём цифры")]
    Overflow,
    /// Division by zero.
    #[error("деление на ноль")]
    DivisionByZero,
    /// The text is no plain decimal number.
    #[error(
        "«{0}» — не десятичное число: нужны цифры и, если есть дробная часть, точка, например \
         12.345; без пробелов, знака «+» и показателя степени"
    )]
    NotANumber(String),
    /// Two units that cannot be added or converted.
    #[error("{left} и {right} — разные единицы: приведите значения к одной")]
    UnitMismatch {
        /// Unit of the first value.
        left: Unit,
        /// Unit of the second value.
        right: Unit,
    },
    /// The value lies outside what the type may hold.
    #[error("«{value}» не подходит: допустимо {allowed}")]
    OutOfRange {
        /// The value.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
}
