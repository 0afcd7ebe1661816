//! Given these events, these are the charges, the bills and their mending: worked examples of the
//! rules, houses written by hand, and random histories.

mod causes;
mod checks;
mod closing;
mod common;
mod days;
mod distributors;
mod gap_list;
mod gaps;
mod gas;
mod handover;
mod heat;
mod heat_contract;
mod heat_even;
mod heat_weather;
mod house_meter;
mod instalments;
mod kept;
mod laws;
mod marks;
mod meters;
mod outages;
mod overrides;
mod papers;
mod people;
mod production;
mod properties;
mod refusals;
mod rooms;
mod soi;
mod support;
mod taken_away;
mod tampering;
mod telling;
mod water;
mod waterfall;
