//! Quantities: numbers with their unit in the type, money, prices and norms.
//!
//! All arithmetic is exact. An operation that cannot be carried out exactly is refused: nothing
//! here ever rounds.

mod error;
pub mod exact;
mod measure;
mod money;
mod rate;
mod typed;
mod unit;

pub use error::QuantityError;
pub use measure::Measure;
pub use money::Money;
pub use rate::{Fraction, NormBasis, NormRate, Percent, TariffRate};
pub use typed::{
    Celsius, CubicMetre, Gigacalorie, Gigajoule, Hour, KilowattHour, Megapascal, MegawattHour,
    Quantity, SquareMetre, Tonne, UnitOf,
};
pub use unit::Unit;

#[cfg(test)]
mod tests;
