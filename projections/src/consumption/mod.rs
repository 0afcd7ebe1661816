//! Потребление: what was consumed at a metering point, per settlement period.

mod acts;
mod course;
mod cut;
mod explain;
mod facts;
mod fold;
mod imputed;
mod model;
mod path;
mod query;
mod sum;
mod timeline;
mod turns;

pub use fold::{Consumption, EventTypes, Touched};
pub use model::{
    CalculatedPart, LastReading, MarkName, MarkView, MeasuredInterval, MeteredPart, PeriodOfSpan,
    PointConsumption, PointSpan, RegisterVolume, Turn, Uncounted, Unmetered, VolumePart,
};
pub use query::QueryError;

pub(crate) use acts::{Barred, BarredBy, Tampering};
pub(crate) use course::Courses;
pub(crate) use explain::result;
pub(crate) use facts::{MeterFacts, ReadingFact, Removal, Stay};
pub(crate) use imputed::ImputedRole;
pub(crate) use path::segments;
pub(crate) use sum::{Tally, signed};
pub(crate) use timeline::{Mark, MarkKind, Timeline, initial_mark};
