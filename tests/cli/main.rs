//! The command line as a user types it: the compiled program against a real private PostgreSQL.
#![allow(
    clippy::panic,
    unreachable_pub,
    reason = "a test may panic; helpers are shared by its modules"
)]

mod premises;
mod program;

mod audit;
mod balance;
mod books;
mod closing;
mod closing_batches;
mod closing_steps;
mod corrections;
mod demo;
mod draft;
mod foreign_bill;
mod gaps;
mod heating;
mod house;
mod instalments;
mod projections;
mod readings;
mod rules;
mod serve;
mod settle;
mod shadow;
mod soi;
mod worked;
mod worked_bills;
mod worked_norms;

#[path = "../support/mod.rs"]
mod support;
