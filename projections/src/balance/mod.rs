//! Баланс дома: ОДПУ − ΣИПУ over its dated scopes, with what is missing named.

mod explain;
mod fold;
mod model;
mod query;
pub mod text;

pub use fold::Balance;
pub use model::{
    Difference, HouseBalance, MissingPoint, Origin, OriginPart, PointFigure, PointName,
    ScopeBalance, Side,
};
pub use query::BalanceError;

pub(crate) use explain::point_name;
pub(crate) use fold::ScopeFact;
pub(crate) use query::{Told, origin_of};
