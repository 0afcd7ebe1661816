//! Платёжный документ: everything that ПП 354 п. 69 asks of a bill, as one model. Text, JSON and
//! the printable page are told from it and from nothing else.

mod build;
mod dues;
mod facts;
mod instalments;
mod metering;
mod model;
mod payment;
mod rows;
pub mod text;
pub mod words;

pub use build::{DocumentError, Sources, causes_of, document};
pub use dues::{owed, to_pay};
pub use facts::{BalanceKind, Cause, Company, PaperFacts};
pub use model::{
    BillDocument, Deferred, DocumentLine, Due, HouseAreas, HouseTotals, Instalment,
    InstalmentSchedule, MeterRow, MethodCode, Persons, ProviderPart, ReadingShown, Recalculation,
    RecalculationCode, RegisterShown, RoundingNote, ScheduleEnd, ServiceTotal, Standing,
};
pub use payment::{PaymentError, PaymentOrder, payload};
