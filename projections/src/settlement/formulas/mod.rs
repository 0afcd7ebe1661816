//! The formulas of ПП 354, приложение 2, and the calculations of its clauses 42–60, one pure
//! function a formula, named after it.
//!
//! All numbers are exact [`Ratio`](crate::settlement::ratio::Ratio)s and none is rounded here: a
//! line's amount is rounded once, by whoever makes the line. Units: volumes in the unit of the
//! price (м³, Гкал, кВт·ч), areas in м², prices in roubles a unit, amounts in roubles. Ranges are
//! the caller's to hold: areas and prices above zero, norms and persons not below. A volume may be
//! negative (перерасчёт by a reading below the virtual one), and so is its amount then.
//!
//! Which clause is confirmed and which is not is told by the rows of [`crate::rules`] and by
//! `docs/rules.md`, where each function stands with the worked examples that test it.

pub mod common;
pub mod gaps;
pub mod heating;
pub mod hot_water;
pub mod individual;
pub mod norms;
pub mod production;
pub mod rooms;
