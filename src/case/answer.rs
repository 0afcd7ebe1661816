//! A case settled: what is printed of it.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::ids::{BookId, OrganisationId, PremisesId};
use aggregates::ledger::EventId;
use aggregates::text::Label;
use aggregates::time::{Period, ZoneName};
use chrono::{DateTime, Utc};
use projections::recorded::Recorded;
use projections::settlement::{Closing, close};
use serde::Serialize;

use crate::case::file::CaseFile;
use crate::case::house_book;
use crate::case::outcome::{CaseEntry, CaseStatus};
use crate::case::play::{PlayedCase, play};
use crate::case::{CaseError, text};
use crate::import::house::organisations;

/// A settled case. Field names are part of the JSON output (docs/formats/case.md).
#[derive(Debug, Serialize)]
pub struct SettledCase {
    /// What the file says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Label>,
    /// Address of the house.
    pub house: String,
    /// Its book.
    pub book: BookId,
    /// Its time zone.
    pub zone: ZoneName,
    /// The period settled.
    pub period: Period,
    /// What became of the file's entries.
    pub entries: EntriesTold,
    /// What closing the period would record: the settlement, bills with adjustments, totals.
    pub closing: Closing,
    /// Names of the companies, by id.
    pub organisations: BTreeMap<OrganisationId, Label>,
    /// Every event of the book, so that each position of an explanation can be looked up.
    pub events: Vec<EventTold>,
    /// Numbers of all premises, for choosing among them.
    #[serde(skip)]
    numbers: BTreeMap<PremisesId, String>,
}

/// The entries of the file.
#[derive(Debug, Serialize)]
pub struct EntriesTold {
    /// How many became of each status.
    pub counts: BTreeMap<CaseStatus, usize>,
    /// How many lie after the closing of the period asked for and are left out.
    pub later: usize,
    /// Those of which there is something to say.
    pub told: Vec<CaseEntry>,
}

/// An event of the book in memory.
#[derive(Debug, Serialize)]
pub struct EventTold {
    /// Its place in the book.
    pub position: u64,
    /// Its name.
    pub event: EventId,
    /// What kind of event.
    pub r#type: &'static str,
    /// When the book took it in.
    pub recorded_at: DateTime<Utc>,
    /// When it was true.
    pub effective_at: DateTime<Utc>,
    /// The entry of the file that made it.
    pub entry: String,
}

/// What of a settled case is shown as text.
#[derive(Clone, Debug, Default)]
pub struct Narrow {
    /// Only this account, by number.
    pub account: Option<String>,
    /// Only these premises, by number.
    pub premises: Option<String>,
    /// The reasons of each figure too.
    pub explain: bool,
}

/// Settles `period` of a case.
///
/// # Errors
/// [`CaseError`] when the file makes no case, or the period cannot be settled at all.
pub async fn settle_case(file: &CaseFile, period: Period) -> Result<SettledCase, CaseError> {
    let PlayedCase {
        book,
        directory,
        origins,
        entries,
        later,
    } = play(file, period).await?;
    let closing = close(&house_book(book.events())?, period)?;
    let told = |(recorded, entry): (&Recorded, String)| EventTold {
        position: recorded.position,
        event: recorded.event_id(),
        r#type: recorded.event.name(),
        recorded_at: recorded.recorded_at,
        effective_at: recorded.effective_at,
        entry,
    };
    let building = &file.house.building;
    let companies = organisations(&file.house).into_iter().map(|(id, _)| id);
    let names = file
        .house
        .organisations
        .iter()
        .map(|entry| entry.name.clone());
    let premises = closing
        .settlement
        .accounts
        .iter()
        .map(|account| account.premises);
    let services = &closing.settlement.services;
    let served = services.iter().flat_map(|service| &service.premises);
    let premises: BTreeSet<PremisesId> = premises.chain(served.map(|one| one.premises)).collect();
    let number = |id: PremisesId| Some((id, directory.full_number(directory.premises(id)?)));
    Ok(SettledCase {
        title: file.title.clone(),
        house: building.address.to_string(),
        book: book.id(),
        zone: building.zone,
        period,
        entries: EntriesTold::of(entries, later),
        organisations: companies.zip(names).collect(),
        events: book.events().iter().zip(origins).map(told).collect(),
        numbers: premises.into_iter().filter_map(number).collect(),
        closing,
    })
}

impl EntriesTold {
    fn of(entries: Vec<CaseEntry>, later: usize) -> Self {
        let mut counts = BTreeMap::new();
        for entry in &entries {
            *counts.entry(entry.status).or_default() += 1;
        }
        let silent = |entry: &CaseEntry| entry.reason.is_empty();
        Self {
            counts,
            later,
            told: entries.into_iter().filter(|entry| !silent(entry)).collect(),
        }
    }
}

impl SettledCase {
    /// Whether every entry counts and nothing stands in the way of closing the period.
    pub fn is_clean(&self) -> bool {
        let mend = |entry: &CaseEntry| entry.status.needs_mending();
        !self.entries.told.iter().any(mend) && self.closing.blocking().next().is_none()
    }

    /// Whether there is an account of this number.
    pub fn has_account(&self, number: &str) -> bool {
        let mut bills = self.closing.bills.iter();
        bills.any(|bill| bill.number.as_str() == number)
    }

    /// Whether there are premises of this number.
    pub fn has_premises(&self, number: &str) -> bool {
        self.numbers.values().any(|known| known == number)
    }

    /// Number of premises as people write it.
    pub(super) fn premises_number(&self, id: PremisesId) -> &str {
        self.numbers.get(&id).map_or("?", String::as_str)
    }

    /// Name of a company.
    pub(super) fn company(&self, id: OrganisationId) -> String {
        let name = self.organisations.get(&id);
        name.map_or_else(|| id.to_string(), ToString::to_string)
    }

    /// As Russian text for a terminal.
    pub fn to_text(&self, narrow: &Narrow) -> String {
        text::render(self, narrow)
    }
}
