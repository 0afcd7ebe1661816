//! Точка учёта.

pub mod event;
