//! The meter: given its past, when a command comes, then these events or this refusal.

mod amendment;
mod control;
mod custody;
mod device;
mod heard;
mod imputation;
mod inspection;
mod lifecycle;
mod order;
mod periods;
mod properties;
mod repetition;
mod sender_and_moment;
mod support;
mod typing;
mod volume;
mod words;
mod zones;
