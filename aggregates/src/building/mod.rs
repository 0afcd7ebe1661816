//! Дом.

pub mod address;
pub mod arrangement;
pub mod event;
pub mod terms;
