//! Published bills, published calculations and worked cases, by the formulas and rules of the
//! crate. Each test bears the id of its example; [`coverage`] holds the list of all of them.
//!
//! Kinds, as each test says where it matters: sample bills of suppliers (2017–2023), figures of
//! published texts, tests of other public programs, and derived examples where nothing numeric is
//! published. Where a published figure is off, the test asserts the exact value and by how much
//! the published one differs from it.

mod common;
mod coverage;
mod dates;
mod documented;
mod gaps;
mod heating;
mod hot_water;
mod metered;
mod properties;
mod rounding;
mod support;
