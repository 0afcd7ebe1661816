//! The waterfall of a house balance: what came in, step by step less what was consumed inside, the
//! norm of the common part, and the excess split by cause. Every sum is exact: the causes and what
//! nobody explains make up what is split.

mod build;
mod causes;
mod course;
mod coverage;
mod model;
pub mod text;
mod unexplained;

pub use build::{WaterfallError, house_waterfall};
pub use model::{
    Cause, CausePart, Coverage, HouseWaterfall, PremisesOutside, Proposal, SplitOf, Step, Waterfall,
};
pub(crate) use unexplained::unexplained;
