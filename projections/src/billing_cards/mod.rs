//! Расчётные периоды, лицевые счета and issued bills of a house as lists show them.

mod fold;
mod model;

pub use fold::{BillingCards, BillingChanges};
pub use model::{AccountCard, IssuedBill, PeriodCard, PeriodState, Settled};
