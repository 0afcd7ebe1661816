//! What may happen: quantities, ids, commands, events and aggregates.
//!
//! Nothing here reads a clock, a file, a socket or a database: time, facts and ids come in as
//! arguments, so every decision can be repeated by anyone who holds the events.

#[macro_use]
pub mod ledger;

pub mod access_grant;
pub mod account;
pub mod book_event;
pub mod building;
pub mod closing_batch;
pub mod correction;
pub mod dated;
pub mod dispute;
pub mod ids;
pub mod meter;
pub mod metering_point;
pub mod organisation;
pub mod premises;
pub mod quantity;
pub mod rule;
pub mod rule_book;
pub mod tariff_book;
pub mod text;
pub mod time;
pub mod upcast;
pub mod vocabulary;
