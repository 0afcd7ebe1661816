//! What may happen: quantities, ids, commands, events and aggregates.
//!
//! Nothing here reads a clock, a file, a socket or a database: time, facts and ids come in as
//! arguments, so every decision can be repeated by anyone who holds the events.

pub mod ledger;
