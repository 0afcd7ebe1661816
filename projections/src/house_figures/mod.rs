//! Present figures of a house: consumption of its points and balances of its scopes by month, and
//! which of them an event may have changed.

mod changes;
mod fold;
mod model;
mod stale;

pub use changes::{FigureChanges, PointChange, ResourceChange};
pub use fold::HouseFigures;
pub use model::{PointMonth, ScopeMonth, ScopeSide, ScopeSums};
