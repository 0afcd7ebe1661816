//! The collector on real sockets, against a street of simulated meters whose truth is known.
#![allow(
    clippy::panic,
    dead_code,
    unreachable_pub,
    reason = "a test may panic; helpers are shared by several binaries"
)]

#[path = "../api/house.rs"]
mod house;
#[path = "../support/mod.rs"]
mod test_database;

mod archives;
mod collecting;
mod device;
mod faults;
mod program;
mod pymodbus;
mod sharing;
mod support;
