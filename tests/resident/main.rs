//! The residents' site over real connections, against a real PostgreSQL.
#![allow(
    clippy::panic,
    dead_code,
    unreachable_pub,
    reason = "a test may panic; helpers are shared by several binaries"
)]

#[path = "../api/house.rs"]
mod house;
#[path = "../support/sites.rs"]
mod sites;
#[path = "../support/mod.rs"]
mod support;

mod access;
mod bills;
mod disputes;
mod meters;
mod receipts;
mod submitting;
