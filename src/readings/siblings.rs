//! V18: a meter of the premises was read and its sibling was not.

use std::collections::BTreeMap;

use aggregates::ids::{MeterId, PremisesId};
use aggregates::ledger::EventId;
use aggregates::meter::Meter;
use aggregates::meter::command::MeterCommand;
use aggregates::time::Period;
use projections::directory::fold::Directory;

use crate::readings::{Answer, Entry};
use crate::store::error::{ExecuteError, StoreError};
use crate::store::execute::Execute;

/// Notes on each meter that was left out that a sibling of the same premises was read for the
/// period; at most once a period and meter. Only what people send is looked at.
///
/// # Errors
/// [`StoreError`] when the book cannot be read.
pub async fn note_missing(
    unit: &mut impl Execute,
    directory: &Directory,
    recorded: &[(Entry, Answer)],
) -> Result<Vec<EventId>, StoreError> {
    let sent = sent_by_people(directory, recorded);
    let siblings: Vec<_> = sent
        .values()
        .flat_map(|(meter, _)| directory.siblings(*meter))
        .map(|meter| meter.0)
        .collect();
    unit.preload::<Meter>(&siblings).await?;
    let mut noted = Vec::new();
    for ((_, period), (meter, event)) in sent {
        for sibling in directory.siblings(meter) {
            if !sends_with(directory, meter, sibling) {
                continue;
            }
            if unit.read::<Meter>(sibling.0).await?.is_heard_for(period) {
                continue;
            }
            let command = MeterCommand::NoteSiblingMissed {
                period,
                sent: event.clone(),
            };
            match unit.execute::<Meter>(sibling.0, command).await {
                Ok(events) => noted.extend(events),
                Err(ExecuteError::Store(error)) => return Err(error),
                Err(refusal) => tracing::warn!(meter.id = %sibling, %refusal, "reminder refused"),
            }
        }
    }
    Ok(noted)
}

/// One accepted reading a premises and period.
fn sent_by_people(
    directory: &Directory,
    recorded: &[(Entry, Answer)],
) -> BTreeMap<(PremisesId, Period), (MeterId, EventId)> {
    let mut sent = BTreeMap::new();
    for (entry, answer) in recorded {
        let premises = directory.premises_of_meter(entry.meter);
        if let (true, true, Some(premises), Some(period)) = (
            entry.source.is_submitted(),
            answer.status.is_taken(),
            premises,
            answer.period,
        ) {
            sent.insert((premises, period), (entry.meter, answer.event.clone()));
        }
    }
    sent
}

/// Meters of one kind of unit are read by the same hand; electricity is often read by the supplier.
fn sends_with(directory: &Directory, one: MeterId, other: MeterId) -> bool {
    let unit = |meter| {
        directory
            .meter(meter)
            .and_then(|card| card.registers.first())
            .map(|r| r.unit)
    };
    unit(one) == unit(other)
}
