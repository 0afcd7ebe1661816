//! Право доступа.

pub mod event;
