//! The demonstration: three real houses of Ekaterinburg with readings shaped by real series.
//!
//! Everything here is deterministic: the same flat and dates give the same quantities on every
//! machine, so a second run of the demonstration has nothing new to say. Where each figure comes
//! from, and which are invented, is written in `src/demo/data/SOURCE.md`.

mod climate;
mod deeds;
mod dispute;
pub(crate) mod draw;
pub mod error;
mod feed;
pub mod house_file;
pub mod houses;
mod metering;
mod payees;
pub mod people;
mod plan;
mod prices;
pub mod schedule;
pub mod series;
pub mod story;
pub mod tariffs;
