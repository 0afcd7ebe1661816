//! The list of meters.

pub mod query;
pub(super) mod store;
