//! Missing volumes that were calculated, and readings that a sibling sent and this meter did not.

use crate::ledger::EventId;
use crate::meter::Meter;
use crate::meter::command::Imputation;
use crate::meter::error::MeterError;
use crate::meter::event::MeterEvent;
use crate::meter::state::StandingImputation;
use crate::time::Period;

type Decision = Result<Vec<MeterEvent>, MeterError>;

impl Meter {
    /// Fills in a missing volume. It never becomes a reading: later readings are not judged by it.
    ///
    /// # Errors
    /// Volumes or inputs are missing or do not fit the registers, or another imputation stands for
    /// a part of the interval.
    pub fn impute_value(&self, imputation: Imputation) -> Decision {
        let registered = self.registered()?;
        if imputation.volumes.is_empty() {
            return Err(MeterError::Empty {
                what: "рассчитанные объёмы",
            });
        }
        if imputation.inputs.is_empty() {
            return Err(MeterError::Empty {
                what: "события, по которым рассчитан объём",
            });
        }
        let arranged = registered.arrange(&imputation.volumes);
        let volumes = registered.spell(&arranged.map_err(|fault| registered.refuse(fault))?);
        let interval = imputation.interval;
        let standing = self
            .imputations
            .iter()
            .find(|known| known.interval.overlaps(interval));
        match standing {
            Some(known) if is_same(known, &imputation, &volumes) => return Ok(vec![]),
            Some(known) => {
                return Err(MeterError::AlreadyImputed {
                    standing: known.sequence,
                });
            }
            None => {}
        }
        Ok(vec![MeterEvent::ValueImputed {
            volumes,
            period: imputation.period,
            interval,
            method: imputation.method,
            clause: imputation.clause,
            edition: imputation.edition,
            inputs: imputation.inputs,
        }])
    }

    /// Lets a real value take an imputed one's place.
    ///
    /// # Errors
    /// No imputation stands under that number.
    pub fn supersede_imputation(&self, imputed: u64, by: EventId) -> Decision {
        self.registered()?;
        let stands = self
            .imputations
            .iter()
            .any(|standing| standing.sequence == imputed);
        // Of imputations older than the state remembers the unit knows by the event itself.
        let is_forgotten = (1..=self.imputations_forgotten).contains(&imputed);
        match stands || is_forgotten {
            true => Ok(vec![MeterEvent::ImputationSuperseded { imputed, by }]),
            false => Err(MeterError::NotImputed { sequence: imputed }),
        }
    }

    /// Notes that a sibling was read for `period` and this meter was not (V18), once a period.
    pub fn note_sibling_missed(&self, period: Period, sent: EventId) -> Decision {
        self.in_book()?;
        let accepted = |known: &super::KnownReading| !known.withdrawn && known.period == period;
        let is_read = self.readings.iter().any(accepted)
            || self
                .unaccepted
                .iter()
                .any(|known| known.waits() && known.period == period);
        match is_read || self.siblings_missed.contains(&period) {
            true => Ok(vec![]),
            false => Ok(vec![MeterEvent::SiblingReadingMissed { period, sent }]),
        }
    }
}

fn is_same(
    known: &StandingImputation,
    imputation: &Imputation,
    volumes: &[crate::meter::reading::RegisterValue],
) -> bool {
    known.interval == imputation.interval
        && known.period == imputation.period
        && known.method == imputation.method
        && known.volumes == volumes
}
