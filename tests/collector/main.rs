//! The collector on real sockets, against a street of simulated meters whose truth is known.
#![allow(
    clippy::panic,
    unreachable_pub,
    reason = "a test may panic; helpers are shared by its modules"
)]

mod device;
mod faults;
mod program;
mod support;
