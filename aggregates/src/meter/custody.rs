//! A device that moves between books, and readings taken over from elsewhere.

use chrono::{DateTime, Utc};

use crate::ids::{BookId, MeterId};
use crate::meter::Meter;
use crate::meter::error::MeterError;
use crate::meter::event::{AdoptedReading, MeterEvent};
use crate::meter::state::Registered;
use crate::vocabulary::AdoptionSource;

type Decision = Result<Vec<MeterEvent>, MeterError>;

impl Meter {
    /// Lets the device go to another book; its stay at a point must have ended.
    pub fn leave_book(&self, to: BookId, successor: MeterId, at: DateTime<Utc>) -> Decision {
        self.registered()?;
        match self.left_at {
            Some(left_at) if left_at == at => Ok(vec![]),
            Some(since) => Err(MeterError::LeftBook { since }),
            None => match self.current_placement() {
                Some(current) => Err(MeterError::AlreadyInstalled {
                    since: current.installed_at,
                }),
                None => Ok(vec![MeterEvent::MeterLeftBook { to, successor, at }]),
            },
        }
    }

    /// Takes the device in from another book, before it is installed here.
    pub fn enter_book(
        &self,
        from: AdoptionSource,
        predecessor: MeterId,
        at: DateTime<Utc>,
    ) -> Decision {
        self.in_book()?;
        match self.entered || !self.placements.is_empty() {
            true => Err(MeterError::AlreadyHere),
            false => Ok(vec![MeterEvent::MeterEnteredBook {
                from,
                predecessor,
                at,
            }]),
        }
    }

    /// Takes over a series of readings. A series that is known already is nothing new.
    pub fn adopt_series(&self, from: AdoptionSource, readings: Vec<AdoptedReading>) -> Decision {
        let registered = self.in_book()?;
        if readings.is_empty() {
            return Err(MeterError::Empty {
                what: "принимаемые показания",
            });
        }
        for pair in readings.windows(2) {
            if pair[1].taken_at <= pair[0].taken_at {
                return Err(MeterError::SeriesOutOfOrder {
                    at: pair[1].taken_at,
                });
            }
        }
        let readings = readings
            .into_iter()
            .map(|reading| in_registers(registered, reading))
            .collect::<Result<Vec<_>, _>>()?;
        match readings
            .iter()
            .all(|reading| self.is_adopted(registered, reading))
        {
            true => Ok(vec![]),
            false => Ok(vec![MeterEvent::SeriesAdopted { from, readings }]),
        }
    }

    fn is_adopted(&self, registered: &Registered, reading: &AdoptedReading) -> bool {
        let values = registered.recall(&reading.values);
        self.readings.iter().any(|known| {
            known.source.is_none() && known.taken_at == reading.taken_at && known.values == values
        })
    }
}

fn in_registers(
    registered: &Registered,
    reading: AdoptedReading,
) -> Result<AdoptedReading, MeterError> {
    let values = registered
        .arrange(&reading.values)
        .map_err(|fault| registered.refuse(fault))?;
    if values.iter().all(Option::is_none) {
        return Err(MeterError::Empty {
            what: "значения принимаемого показания",
        });
    }
    Ok(AdoptedReading {
        values: registered.spell(&values),
        ..reading
    })
}
