//! Лицевой счёт: who is billed for premises.

pub mod event;
