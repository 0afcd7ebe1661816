//! Periods, accounts and issued bills.

pub mod query;
pub(super) mod store;
