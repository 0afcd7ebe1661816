//! Тарифы и нормативы.

pub mod command;
pub mod event;
