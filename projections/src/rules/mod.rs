//! The rules in force, as dated data.
//!
//! What the law fixes as a number, a day or a choice between conventions stands in
//! `parameters.json`, one row a value and a span of days; the code asks an [`Edition`], which is
//! what holds on the days of one settlement period. Nothing asks for the rule of today: a bill of
//! December is settled by the rules of December whenever it is settled (rules 0). Why:
//! `docs/decisions/0023-rules-are-dated-data.md`; how a row is added: `docs/rules.md`.
//!
//! # The file
//!
//! ```json
//! {
//!   "checked_until": "2025-12-19",
//!   "parameters": [
//!     {
//!       "name": "multiplier",
//!       "scope": { "resources": ["cold_water"] },
//!       "value": "3",
//!       "from": "2025-12-06",
//!       "clause": "ПП 354 п. 42, 60, прил. 2 ф. 4(1), ред. ПП 1871",
//!       "status": "in_force",
//!       "source": "uktk59.ru 01.12.2025"
//!     }
//!   ]
//! }
//! ```
//!
//! `checked_until` is the last day up to which amendments were looked for. `until` is the first
//! day on which the row no longer holds; absent while it does. A scope names what the row is
//! limited to; what it does not name it does not limit. Two rows of one name whose scopes and days
//! meet are refused, so at most one row answers.

mod edition;
mod error;
mod parameter;
mod registry;
mod words;

pub(crate) use edition::name_of;
pub use edition::{Edition, InForce};
pub use error::RulesError;
pub use parameter::{Confirmed, Given, Name, Overriding, Parameter, Scope, Status, Value};
pub use registry::Rules;
pub use words::{GapReason, MultiplierChange, NegativeVolume, RunStart};

#[cfg(test)]
mod tests;
