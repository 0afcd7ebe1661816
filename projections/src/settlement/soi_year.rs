//! The account of КР на СОИ of a year, as the closings recorded it, and what was charged by it.

use aggregates::account::bill::ChargePart;
use aggregates::quantity::{Measure, Money, QuantityError};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use serde::Serialize;

use crate::recorded::EventAt;
use crate::settlement::fold::HouseBook;
use crate::settlement::soi::months_of;

/// The account of one resource and year. Field names are part of the JSON output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SoiYear {
    /// Of which resource.
    pub resource: Resource,
    /// Which year.
    pub year: i32,
    /// Its closed months, in their order.
    pub months: Vec<SoiMonth>,
    /// What was charged for the months, of all accounts.
    pub charged: Money,
    /// Corrections of the year that bills carry so far, of all accounts.
    pub corrected: Money,
}

/// A closed month of the account; what is absent is not known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SoiMonth {
    /// The month.
    pub period: Period,
    /// What the house meter shows more than the premises, with its sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Measure>,
    /// What is due of it after what was carried over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Measure>,
    /// What was shared out among the accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<Measure>,
    /// What lowers the next month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried_over: Option<Measure>,
    /// What the УК owes the РСО.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owed_to_supplier: Option<Measure>,
    /// What accounts were charged, adjustments in later bills among it.
    pub charged: Money,
    /// The closing that recorded it last.
    pub event: EventAt,
}

/// The account of КР на СОИ of a year; without months where none was closed with it.
///
/// # Errors
/// [`QuantityError::Overflow`] when a sum does not fit.
pub fn soi_year(book: &HouseBook, resource: Resource, year: i32) -> Result<SoiYear, QuantityError> {
    let mut months = Vec::new();
    for period in months_of(year) {
        let known = |kind| book.periods.volume(resource, period, kind);
        let volume = |kind| known(kind).map(|fact| fact.value.1);
        let Some(carried) = known("carried_over") else {
            continue;
        };
        months.push(SoiMonth {
            period,
            difference: volume("difference"),
            due: volume("soi_due"),
            shared: volume("common"),
            carried_over: volume("carried_over"),
            owed_to_supplier: volume("owed_to_supplier"),
            charged: charged(book, (resource, ChargePart::CommonProperty), |of| {
                of == period
            })?,
            event: carried.event,
        });
    }
    let mut charges = months.iter().map(|month| month.charged);
    let correction = (resource, ChargePart::CommonPropertyCorrection);
    let next = months_of(year + 1);
    Ok(SoiYear {
        resource,
        year,
        charged: charges.try_fold(Money::ZERO, Money::checked_add)?,
        corrected: charged(book, correction, |of| next.contains(&of))?,
        months,
    })
}

/// What all bills charge of a part for the months.
fn charged(
    book: &HouseBook,
    of: (Resource, ChargePart),
    is_of: impl Fn(Period) -> bool,
) -> Result<Money, QuantityError> {
    let bills = book.accounts.values().flat_map(|facts| &facts.bills);
    let lines = bills.flat_map(|bill| &bill.value.lines);
    let mut amounts = lines
        .filter(|line| (line.charge.resource, line.charge.part) == of && is_of(line.period))
        .map(|line| line.amount);
    amounts.try_fold(Money::ZERO, Money::checked_add)
}
