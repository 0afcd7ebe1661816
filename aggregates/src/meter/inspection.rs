//! Inspections of the meter: refusals of access, and tampering that was found (ПП 354 п. 81–85).

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::meter::Meter;
use crate::meter::error::MeterError;
use crate::meter::event::MeterEvent;
use crate::meter::lifecycle::not_before;
use crate::meter::state::DatedAct;
use crate::quantity::Measure;
use crate::vocabulary::ActRef;

type Decision = Result<Vec<MeterEvent>, MeterError>;

impl Meter {
    /// Notes a refusal of access and counts it in the row since the last inspection.
    pub fn refuse_access(&self, act: ActRef, at: DateTime<Utc>) -> Decision {
        self.in_book()?;
        let known = DatedAct { act, at };
        if self.refusals.acts.contains(&known) {
            return Ok(vec![]);
        }
        let ordinal = self.refusals.in_row + 1;
        Ok(vec![MeterEvent::AccessRefused {
            act: known.act,
            at,
            ordinal,
        }])
    }

    /// Notes an inspection; it ends the row of refusals.
    pub fn inspect(&self, act: ActRef, at: DateTime<Utc>) -> Decision {
        self.in_book()?;
        let known = DatedAct { act, at };
        match self.inspections.contains(&known) {
            true => Ok(vec![]),
            false => Ok(vec![MeterEvent::MeterInspected { act: known.act, at }]),
        }
    }

    /// Notes tampering.
    ///
    /// # Errors
    /// It began after it was found, or what goes through in an hour is nothing or measured in a
    /// unit that the resource is not.
    pub fn find_tampering(
        &self,
        act: ActRef,
        at: DateTime<Utc>,
        since: Option<DateTime<Utc>>,
        hourly: Option<Measure>,
    ) -> Decision {
        let registered = self.in_book()?;
        if let Some(since) = since.filter(|since| *since > at) {
            return Err(MeterError::TamperingReversed { since, at });
        }
        let measures = |hourly: &Measure| {
            let units = registered.resource.amount_units();
            hourly.value() > Decimal::ZERO && units.contains(&hourly.unit())
        };
        if let Some(hourly) = hourly.filter(|hourly| !measures(hourly)) {
            return Err(MeterError::NotAnHourlyVolume { hourly });
        }
        let known = DatedAct { act, at };
        match self.tamperings.found.contains(&known) {
            true => Ok(vec![]),
            false => Ok(vec![MeterEvent::TamperingFound {
                act: known.act,
                at,
                since,
                hourly,
            }]),
        }
    }

    /// Notes that the tampering was done away with.
    ///
    /// # Errors
    /// None was found, or `at` lies before it was.
    pub fn end_tampering(&self, act: ActRef, at: DateTime<Utc>) -> Decision {
        self.in_book()?;
        let known = DatedAct { act, at };
        match self.tamperings.open {
            Some(found) => {
                not_before(at, found)?;
                Ok(vec![MeterEvent::TamperingEnded { act: known.act, at }])
            }
            None if self.tamperings.ended.contains(&known) => Ok(vec![]),
            None => Err(MeterError::NoTampering),
        }
    }
}
