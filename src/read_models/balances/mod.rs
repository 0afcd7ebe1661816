//! Balances of the house by month.

pub mod query;
pub(super) mod store;
