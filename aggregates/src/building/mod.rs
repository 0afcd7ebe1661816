//! Дом.

pub mod address;
pub mod arrangement;
pub mod command;
pub mod event;
pub mod terms;
