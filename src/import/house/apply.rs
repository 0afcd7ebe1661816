//! A house file recorded in one unit of work, entry by entry.

use std::collections::BTreeMap;

use aggregates::account::Account;
use aggregates::building::Building;
use aggregates::ids::{AccountId, BookId, OrganisationId, TariffBookId};
use aggregates::ledger::LedgerAggregate;
use aggregates::meter::Meter;
use aggregates::metering_point::MeteringPoint;
use aggregates::organisation::command::OrganisationCommand;
use aggregates::premises::Premises;
use aggregates::tariff_book::TariffBook;
use aggregates::tariff_book::command::TariffBookCommand;
use serde::Serialize;
use uuid::Uuid;

use crate::import::house::commands::{
    Asked, EntryError, Organisations, account, building, full_number, norm, premises, premises_id,
    tariff,
};
use crate::import::house::file::{HouseFile, OrganisationEntry, PremisesEntry};
use crate::import::house::metering::{attach, meter, meter_id, point, point_id, scope};
use crate::store::error::{ExecuteError, StoreError};
use crate::store::execute::Execute;

/// What became of one entry of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryOutcome {
    /// Where it stands: `premises[12] (кв. 13).areas[0]`.
    pub path: String,
    /// What became of it.
    #[serde(flatten)]
    pub status: EntryStatus,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum EntryStatus {
    /// It became events.
    Taken {
        /// How many.
        events: usize,
    },
    /// The book knew it already.
    Known,
    /// It was refused; the others are not concerned.
    Refused {
        /// What is wrong and how to mend it.
        reason: String,
    },
}

/// What became of a whole file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct HouseImport {
    /// One an entry, in the file's order.
    pub entries: Vec<EntryOutcome>,
}

impl HouseImport {
    /// How many entries were taken, known and refused.
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for entry in &self.entries {
            match entry.status {
                EntryStatus::Taken { .. } => counts.0 += 1,
                EntryStatus::Known => counts.1 += 1,
                EntryStatus::Refused { .. } => counts.2 += 1,
            }
        }
        counts
    }

    /// How many events were made.
    pub fn events(&self) -> usize {
        let events = |entry: &EntryOutcome| match entry.status {
            EntryStatus::Taken { events } => events,
            _ => 0,
        };
        self.entries.iter().map(events).sum()
    }

    /// The refused entries with their reasons.
    pub fn refused(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().filter_map(|entry| match &entry.status {
            EntryStatus::Refused { reason } => Some((entry.path.as_str(), reason.as_str())),
            _ => None,
        })
    }
}

/// A file says how a house stands, not how it came there.
const SECOND_METER: &str = "у точки учёта стоит один прибор; замену оформите отдельной записью \
    (docs/recipes/replace-a-meter.md)";

/// The companies of a file with the command that registers each in its own book.
pub fn organisations(file: &HouseFile) -> Vec<(OrganisationId, OrganisationCommand)> {
    let command = |entry: &OrganisationEntry| {
        let kpp = entry.kpp.as_ref().map(|kpp| kpp.as_str());
        let register = OrganisationCommand::RegisterOrganisation {
            name: entry.name.clone(),
            inn: entry.inn.clone(),
            kpp: entry.kpp.clone(),
            ogrn: entry.ogrn.clone(),
        };
        (OrganisationId::of(entry.inn.as_str(), kpp), register)
    };
    file.organisations.iter().map(command).collect()
}

/// Records what `file` says in `unit`, whose book is the house's. Entries that are refused leave
/// no trace in the unit; the others do not depend on them, except where they name them.
///
/// # Errors
/// [`StoreError`] when the book cannot be read; refusals are part of the answer.
pub async fn apply(
    unit: &mut impl Execute,
    book: BookId,
    file: &HouseFile,
) -> Result<HouseImport, StoreError> {
    let companies = Organisations::of(&file.organisations);
    let mut import = Importer {
        unit,
        book,
        report: HouseImport::default(),
    };
    import.preload(file).await?;
    import
        .all::<Building>(book.0, building(file, &companies))
        .await?;
    import.premises(file, &companies).await?;
    import.points(file).await?;
    import.scopes(file).await?;
    import.prices(file, &companies).await?;
    Ok(import.report)
}

struct Importer<'u, U> {
    unit: &'u mut U,
    book: BookId,
    report: HouseImport,
}

impl<U: Execute> Importer<'_, U> {
    /// Loads all streams that the file may touch in one query a type.
    async fn preload(&mut self, file: &HouseFile) -> Result<(), StoreError> {
        let book = self.book;
        let premises = file
            .premises
            .iter()
            .map(|entry| premises_id(book, &full_number(entry)).0);
        let accounts = file.premises.iter().flat_map(|entry| &entry.accounts);
        let accounts = accounts.map(|entry| AccountId::named(book, entry.number.as_str()).0);
        let points = file
            .points
            .iter()
            .map(|entry| point_id(book, &entry.name).0);
        let mut meters = Vec::new();
        for entry in &file.points {
            let ids = entry
                .meters
                .iter()
                .map(|meter| meter_id(book, entry.resource, &meter.serial).0);
            meters.extend(ids);
        }
        self.unit.preload::<Building>(&[book.0]).await?;
        self.unit
            .preload::<Premises>(&premises.collect::<Vec<_>>())
            .await?;
        self.unit
            .preload::<Account>(&accounts.collect::<Vec<_>>())
            .await?;
        self.unit
            .preload::<MeteringPoint>(&points.collect::<Vec<_>>())
            .await?;
        self.unit.preload::<Meter>(&meters).await?;
        self.unit.preload::<TariffBook>(&[self.tariff_book()]).await
    }

    fn tariff_book(&self) -> Uuid {
        TariffBookId::named(self.book, "house").0
    }

    async fn premises(
        &mut self,
        file: &HouseFile,
        companies: &Organisations,
    ) -> Result<(), StoreError> {
        for (index, entry) in file.premises.iter().enumerate() {
            let path = format!("premises[{index}] («{}»)", full_number(entry));
            let id = premises_id(self.book, &full_number(entry));
            let asked = premises(self.book, &path, entry, companies);
            self.all::<Premises>(id.0, asked).await?;
            self.accounts(id, &path, entry, companies).await?;
        }
        Ok(())
    }

    async fn accounts(
        &mut self,
        premises: aggregates::ids::PremisesId,
        path: &str,
        entry: &PremisesEntry,
        companies: &Organisations,
    ) -> Result<(), StoreError> {
        for (index, entry) in entry.accounts.iter().enumerate() {
            let path = format!("{path}.accounts[{index}]");
            let id = AccountId::named(self.book, entry.number.as_str());
            let asked = account(premises, &path, entry, companies);
            self.all::<Account>(id.0, asked).await?;
        }
        Ok(())
    }

    async fn points(&mut self, file: &HouseFile) -> Result<(), StoreError> {
        let numbers = file.premises.iter().map(|entry| (full_number(entry), ()));
        let known: BTreeMap<String, ()> = numbers.collect();
        for (index, entry) in file.points.iter().enumerate() {
            let path = format!("points[{index}] («{}»)", entry.name);
            let id = point_id(self.book, &entry.name);
            let asked = point(self.book, &path, entry, &known);
            self.all::<MeteringPoint>(id.0, asked).await?;
            for (number, row) in entry.meters.iter().enumerate() {
                let path = format!("{path}.meters[{number}] (№ {})", row.serial);
                let meter_id = meter_id(self.book, entry.resource, &row.serial);
                if number > 0 {
                    self.refuse(path, SECOND_METER);
                    continue;
                }
                let mut refused = false;
                for (path, command) in meter(id, entry.resource, &path, row) {
                    refused |= !self.one::<Meter>(meter_id.0, path, Ok(command)).await?;
                }
                if !refused {
                    let attach = Ok(attach(meter_id, row));
                    self.one::<MeteringPoint>(id.0, format!("{path}.point"), attach)
                        .await?;
                }
            }
        }
        Ok(())
    }

    async fn scopes(&mut self, file: &HouseFile) -> Result<(), StoreError> {
        for (index, entry) in file.scopes.iter().enumerate() {
            let path = format!("scopes[{index}] ({} {})", entry.resource.code(), entry.name);
            let command = scope(self.book, file, entry);
            self.one::<Building>(self.book.0, path, command).await?;
        }
        Ok(())
    }

    async fn prices(
        &mut self,
        file: &HouseFile,
        companies: &Organisations,
    ) -> Result<(), StoreError> {
        if file.tariffs.is_empty() && file.norms.is_empty() {
            return Ok(());
        }
        let title = file.building.address.street.clone();
        let open = Ok(TariffBookCommand::OpenTariffBook { title });
        let id = self.tariff_book();
        self.one::<TariffBook>(id, "tariffs".to_owned(), open)
            .await?;
        for (index, entry) in file.tariffs.iter().enumerate() {
            let path = format!("tariffs[{index}] ({})", entry.resource.code());
            self.one::<TariffBook>(id, path, tariff(entry, companies))
                .await?;
        }
        for (index, entry) in file.norms.iter().enumerate() {
            let path = format!("norms[{index}] ({})", entry.resource.code());
            self.one::<TariffBook>(id, path, norm(entry)).await?;
        }
        Ok(())
    }

    fn refuse(&mut self, path: String, reason: &str) {
        let status = EntryStatus::Refused {
            reason: reason.to_owned(),
        };
        self.report.entries.push(EntryOutcome { path, status });
    }

    async fn all<A: LedgerAggregate>(
        &mut self,
        id: Uuid,
        asked: Vec<Asked<A::Command>>,
    ) -> Result<(), StoreError> {
        for (path, command) in asked {
            self.one::<A>(id, path, command).await?;
        }
        Ok(())
    }

    /// Carries out one command and notes what became of it; answers whether it was not refused.
    async fn one<A: LedgerAggregate>(
        &mut self,
        id: Uuid,
        path: String,
        command: Result<A::Command, EntryError>,
    ) -> Result<bool, StoreError> {
        let status = match command {
            Err(error) => EntryStatus::Refused {
                reason: error.to_string(),
            },
            Ok(command) => match self.unit.execute::<A>(id, command).await {
                Ok(events) if events.is_empty() => EntryStatus::Known,
                Ok(events) => EntryStatus::Taken {
                    events: events.len(),
                },
                Err(ExecuteError::Store(error)) => return Err(error),
                Err(refusal) => EntryStatus::Refused {
                    reason: refusal.to_string(),
                },
            },
        };
        let refused = matches!(status, EntryStatus::Refused { .. });
        self.report.entries.push(EntryOutcome { path, status });
        Ok(!refused)
    }
}
