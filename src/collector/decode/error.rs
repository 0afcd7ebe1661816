//! Why registers hold no value that the profile describes.

use aggregates::quantity::QuantityError;

/// Registers that cannot be read as the profile says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Another number of registers than asked for.
    #[error("запрошено регистров: {asked}, получено: {got}")]
    Length {
        /// How many the profile says.
        asked: u16,
        /// How many there were.
        got: usize,
    },
    /// A byte before the number is neither zero nor its sign.
    #[error("старший байт занят чем-то другим: в профиле нужен bits")]
    Filling,
    /// A digit above 9 in a decimal number.
    #[error("в двоично-десятичном числе цифра больше 9")]
    NotDecimal,
    /// Infinity.
    #[error("бесконечность вместо числа")]
    Infinite,
    /// Bytes that are no printable text.
    #[error("в тексте непечатаемые символы")]
    NotText,
    /// A day or hour that does not exist.
    #[error("такой даты или времени не бывает")]
    NoSuchMoment,
    /// More digits than can be kept exactly.
    #[error("число не помещается в 28 цифр")]
    Unkeepable(#[from] QuantityError),
}
