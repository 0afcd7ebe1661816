//! Proofs: trees against an implementation by others, checkpoints and paths as a user gets them.
#![allow(
    clippy::panic,
    unreachable_pub,
    reason = "a test may panic; helpers are shared by its modules"
)]

#[path = "../support/mod.rs"]
mod support;

mod checkpoints;
mod desk;
mod exports;
mod trees;
