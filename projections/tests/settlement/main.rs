//! Given these events, these are the charges, the bills and their mending: worked examples of the
//! rules, houses written by hand, and random histories.

mod closing;
mod common;
mod gaps;
mod heat;
mod marks;
mod meters;
mod properties;
mod support;
mod telling;
mod water;
