//! Collection: from the wire of a meter to a value that can be believed.
//!
//! A device is data ([`profile`]): which registers hold what, in which form. [`decode`] turns the
//! registers of an answer into exact values and never guesses: what cannot be read is an error or
//! absent, and neither is ever zero. [`driver`] asks devices over a line and gives values only
//! where no late answer can be among them. [`simulator`] is a street of meters to try it on.
//! [`registry`] keeps lines and devices in the database, and [`collect`] polls them and brings the
//! values to the ledger.

pub mod collect;
pub mod decode;
pub mod driver;
pub mod profile;
pub mod registry;
pub mod simulator;
