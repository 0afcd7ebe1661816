//! Организация.

pub mod event;
pub mod registration;
