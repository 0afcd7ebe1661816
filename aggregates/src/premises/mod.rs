//! Помещение.

pub mod event;
