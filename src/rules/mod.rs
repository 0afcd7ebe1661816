//! The rules as they are asked for and changed from outside: overrides of a house.

mod overrides;

pub use overrides::{Override, override_command};
