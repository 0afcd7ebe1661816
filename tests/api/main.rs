//! The JSON API over real connections, against a real PostgreSQL.
#![allow(
    clippy::panic,
    unreachable_pub,
    reason = "a test may panic; helpers are shared by its modules"
)]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod client;
mod closing;
mod disconnecting;
mod figures;
mod house;
mod idempotency;
mod lists;
mod operations;
mod readings;
mod served;
mod serving;
mod socket;
