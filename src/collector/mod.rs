//! Collection: from the wire of a meter to a value that can be believed.
//!
//! A device is data ([`profile`]): which registers hold what, in which form. [`decode`] turns the
//! registers of an answer into exact values and never guesses: what cannot be read is an error or
//! absent, and neither is ever zero.

pub mod decode;
pub mod profile;
