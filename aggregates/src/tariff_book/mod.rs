//! Тарифы и нормативы.

pub mod event;
