//! Прибор учёта.

pub mod event;
pub mod model;
pub mod reading;
