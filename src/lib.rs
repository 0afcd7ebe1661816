//! ЭнергоКабинет: an event-sourced ledger of the metering of utilities in apartment buildings.
//!
//! `docs/architecture.md` is the map of this crate.

pub mod access;
pub mod api;
pub mod bench;
pub mod bills;
pub mod case;
pub mod cli;
pub mod closing;
pub mod collector;
pub mod corrections;
pub mod demo;
pub mod embedded;
pub mod engines;
pub mod figures;
pub mod import;
pub mod operations;
pub mod proof;
pub mod read_models;
pub mod readings;
pub mod rules;
pub mod sites;
pub mod store;
