//! Consumption of the points by month.

pub mod query;
pub(super) mod store;
