//! Read models against a real PostgreSQL: what the tables hold is what the folds tell, whoever
//! runs, breaks off or builds anew.
#![allow(
    clippy::panic,
    clippy::cast_possible_wrap,
    unreachable_pub,
    dead_code,
    reason = "a test may panic; its numbers are small; the histories are shared with the folds' tests"
)]

#[path = "../../projections/tests/folds/histories.rs"]
mod histories;
#[path = "../../projections/tests/folds/support.rs"]
mod support;

#[path = "../support/mod.rs"]
mod database;

mod aborting;
mod equality;
mod parking;
mod rebuilding;
mod states;
mod tables;
mod waiting;
mod writing;
