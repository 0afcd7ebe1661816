//! The rules as they are asked for and changed from outside: who answers for uncertain ones,
//! overrides of a house.

pub mod book;
mod overrides;

pub use overrides::{Override, override_command, record_override};
