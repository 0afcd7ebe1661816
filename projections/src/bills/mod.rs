//! Bills as people read them: what was issued, what is known now, and what lies between.

pub mod document;
pub mod foreign;
mod model;
pub mod text;

pub use model::{BillView, IssuedBill, PostedLine, Preliminary, Recomputed};
