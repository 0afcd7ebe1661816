//! A meter as people see it: where it is, what it showed last, where that came from.

use aggregates::ids::{BookId, MeterId, MeteringPointId};
use aggregates::meter::event::MeterEvent;
use aggregates::meter::model::RegisterSpec;
use aggregates::meter::reading::RegisterValue;
use aggregates::time::Period;
use aggregates::vocabulary::{ReadingSource, Resource};
use chrono::{DateTime, NaiveDate, Utc};
use projections::directory::fold::Directory;
use projections::meter_history::{Entry, Fact, MeterHistory, Outcome, ReadingEntry};

use crate::figures;
use crate::sites::error::SiteError;
use crate::sites::parts::{Badge, Drum};
use crate::store::Ledger;

/// A meter with its history.
pub(super) struct Meter {
    pub(super) id: MeterId,
    pub(super) point: MeteringPointId,
    pub(super) label: String,
    pub(super) resource: Resource,
    pub(super) history: MeterHistory,
}

/// What a meter showed last.
#[derive(Clone, Debug)]
pub(super) struct Last {
    /// Values by register.
    pub(super) values: Vec<RegisterValue>,
    /// When the display showed them.
    pub(super) at: DateTime<Utc>,
    /// For which period they count; absent for the initial values.
    pub(super) period: Option<Period>,
    /// Where they come from.
    pub(super) badge: Badge,
    /// The same in words.
    pub(super) origin: String,
}

/// The meters that stand at `points`, with their histories as of `until`.
pub(super) async fn meters_at(
    ledger: &Ledger,
    book: BookId,
    directory: &Directory,
    points: &[MeteringPointId],
    until: i64,
) -> Result<Vec<Meter>, SiteError> {
    let mut meters = Vec::new();
    for point in points {
        let Some(card) = directory.point(*point) else {
            continue;
        };
        let Some(id) = card.meter else { continue };
        meters.push(Meter {
            id,
            point: *point,
            label: projections::text::capital(&card.label),
            resource: card.resource,
            history: figures::history(ledger, book, id, until).await?,
        });
    }
    meters.sort_by_key(|meter| (meter.resource, meter.label.clone()));
    Ok(meters)
}

impl Meter {
    /// Заводской номер.
    pub(super) fn serial(&self) -> String {
        self.history.serial.to_string()
    }

    /// Registers that count up: those that are read.
    pub(super) fn registers(&self) -> &[RegisterSpec] {
        &self.history.registers
    }

    /// What it showed last, as far as it counts; the initial values where nothing was read since.
    pub(super) fn last(&self) -> Option<Last> {
        let entries = self.history.entries.iter().rev();
        let mut told = entries.filter_map(last_of);
        told.next()
    }

    /// The drums of the last values.
    pub(super) fn drums(&self, last: Option<&Last>) -> Vec<Drum> {
        let values = last.map_or(&[][..], |last| &last.values);
        values
            .iter()
            .map(|value| Drum::new(value, self.registers()))
            .collect()
    }

    /// Last day of the verification that was recorded last.
    pub(super) fn verified_until(&self) -> Option<NaiveDate> {
        let entries = self.history.entries.iter().rev();
        let mut told = entries.filter_map(|entry| match &entry.fact {
            Fact::Event { happened } => match happened.as_ref() {
                MeterEvent::VerificationRecorded { valid_until, .. } => Some(*valid_until),
                _ => None,
            },
            _ => None,
        });
        told.next().flatten()
    }
}

fn last_of(entry: &Entry) -> Option<Last> {
    match &entry.fact {
        Fact::Reading(reading) if counts(reading) => Some(Last {
            values: reading.values.clone(),
            at: reading.taken_at,
            period: Some(reading.period),
            badge: Badge::of_source(reading.source),
            origin: origin(reading),
        }),
        Fact::Event { happened } => match happened.as_ref() {
            MeterEvent::MeterInstalled { initial, .. } => Some(Last {
                values: initial.clone(),
                at: entry.at,
                period: None,
                badge: Badge::of_source(Some(ReadingSource::Control)),
                origin: "при установке".to_owned(),
            }),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a reading counts.
pub(super) fn counts(reading: &ReadingEntry) -> bool {
    let is_taken = matches!(
        reading.outcome,
        Outcome::Accepted | Outcome::Flagged | Outcome::Control | Outcome::Adopted
    );
    is_taken && reading.withdrawn.is_none()
}

fn origin(reading: &ReadingEntry) -> String {
    match reading.source {
        Some(ReadingSource::Resident) => "передано жителем".to_owned(),
        Some(source) => source.title_ru().to_owned(),
        None => "от прежней организации".to_owned(),
    }
}

/// The settlement period that a reading sent now counts for.
pub(super) async fn period_now(
    ledger: &Ledger,
    book: BookId,
    resource: Resource,
) -> Result<Option<Terms>, SiteError> {
    use aggregates::building::Building;
    use aggregates::meter::settlement_period::settlement_period;
    use aggregates::text::Code;

    let actor = crate::store::Actor::new("site:reader")?;
    let mut unit = ledger.unit(book.0, &actor, None);
    let now = Utc::now();
    let building = unit.read::<Building>(book.0).await?;
    let Ok(terms) = building.reading_terms(resource, now) else {
        return Ok(None);
    };
    let channel = Code::new("web").map_err(SiteError::internal)?;
    let chosen = settlement_period(ReadingSource::Resident, &channel, now, now, &terms);
    Ok(Some(Terms {
        period: chosen.map_err(SiteError::internal)?.period,
        closes_on_day: u32::from(terms.window.closes_on_day),
    }))
}

/// What a reading sent now is taken in under.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// For which period.
    pub(super) period: Period,
    /// Last day of the window.
    pub(super) closes_on_day: u32,
}

impl Terms {
    /// The last day on which readings count for the period.
    pub(super) fn last_day(&self) -> NaiveDate {
        let day = self.closes_on_day.min(self.period.days());
        let first = self.period.first_day();
        chrono::Datelike::with_day(&first, day).unwrap_or(first)
    }
}
