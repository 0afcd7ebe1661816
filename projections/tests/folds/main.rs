//! Given these events, these are the figures: histories written by hand, and random ones.

mod balance;
mod consumption;
mod difference;
mod history;
mod properties;
mod support;
