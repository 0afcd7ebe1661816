//! What the entries of a case name, found in its book.

use std::collections::BTreeMap;

use aggregates::ids::{BookId, MeterId, PremisesId};
use aggregates::meter::model::RegisterSpec;
use aggregates::meter::reading::RegisterValue;
use aggregates::quantity::Measure;
use aggregates::text::{Code, Label};
use projections::directory::fold::Directory;

use crate::case::file::Shown;
use crate::import::house::{Organisations, point_id};
use crate::operations::OperationError;

/// What the entries of a case may name.
#[derive(Debug)]
pub(super) struct Names<'f> {
    pub(super) book: BookId,
    pub(super) companies: &'f Organisations,
    /// What stands in the book so far.
    pub(super) directory: Directory,
    /// Readings taken in so far by their key: the meter and the sequence in its stream.
    pub(super) readings: BTreeMap<Code, (MeterId, u64)>,
}

impl Names<'_> {
    /// The meter that stands at a point now.
    pub(super) fn meter_at(&self, point: &Code) -> Result<MeterId, OperationError> {
        let id = point_id(self.book, point);
        let card = self.directory.point(id).ok_or_else(|| {
            OperationError::Refused(format!(
                "точки учёта «{point}» в доме нет; проверьте имя по разделу house.points"
            ))
        })?;
        card.meter.ok_or_else(|| {
            OperationError::Refused(format!(
                "в точке учёта «{point}» к этому времени нет прибора; проверьте время и порядок \
                 записей"
            ))
        })
    }

    /// Premises by their number.
    pub(super) fn premises(&self, number: &Label) -> Result<PremisesId, OperationError> {
        let known = self.directory.premises_by_number(number.as_str());
        known.ok_or_else(|| {
            OperationError::Refused(format!(
                "помещения «{number}» в доме нет; проверьте номер по разделу house.premises"
            ))
        })
    }

    /// A reading by its key.
    pub(super) fn reading(&self, key: &Code) -> Result<(MeterId, u64), OperationError> {
        let known = self.readings.get(key).copied();
        known.ok_or_else(|| {
            OperationError::Refused(format!(
                "показания «{key}» к этому времени нет; проверьте key показания и время записей"
            ))
        })
    }

    /// Values as the file writes them, in the units of the meter's registers.
    pub(super) fn values(
        &self,
        meter: MeterId,
        shown: &BTreeMap<Code, Shown>,
    ) -> Result<Vec<RegisterValue>, OperationError> {
        let card = self.directory.meter(meter);
        let registers: &[RegisterSpec] = card.map_or(&[], |card| &card.registers);
        let value = |(name, shown): (&Code, &Shown)| {
            let register = registers.iter().find(|register| register.name == *name);
            let register = register.ok_or_else(|| {
                let known: Vec<&str> = registers.iter().map(|r| r.name.as_str()).collect();
                OperationError::Refused(format!(
                    "у прибора нет регистра «{name}»; есть: {}",
                    known.join(", ")
                ))
            })?;
            Ok(RegisterValue {
                register: name.clone(),
                value: Measure::new(shown.0, register.unit),
            })
        };
        shown.iter().map(value).collect()
    }
}
