//! Given these events, these are the figures: histories written by hand, and random ones.

mod balance;
mod billing;
mod cards;
mod consumption;
mod difference;
mod figures;
mod histories;
mod history;
mod properties;
mod support;
