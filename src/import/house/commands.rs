//! The entries of a house file about the building, its premises and accounts, as commands.

use std::collections::BTreeMap;

use aggregates::account::command::AccountCommand;
use aggregates::account::event::Holder;
use aggregates::building::arrangement::{Arrangement, SubmissionWindow};
use aggregates::building::command::BuildingCommand;
use aggregates::ids::{BookId, OrganisationId, PremisesId};
use aggregates::premises::command::PremisesCommand;
use aggregates::quantity::Fraction;
use aggregates::tariff_book::command::TariffBookCommand;
use aggregates::tariff_book::event::{NormKey, TariffKey, TariffPrice};
use aggregates::text::Code;
use aggregates::time::{DateSpan, Interval, TimeError, ZoneName};
use aggregates::vocabulary::{AdoptionSource, Resource};
use chrono::{Datelike, NaiveDate};
use projections::settlement::{HEATING_OF_YEAR, OUTDOOR_TEMPERATURE};

use crate::import::house::file::{
    AbsenceEntry, AccountEntry, ArrangementEntry, BuildingEntry, HeatingEntry, HeatingSeasonEntry,
    HeatingYearEntry, HouseFile, NormEntry, OrganisationEntry, PremisesEntry, TariffEntry,
    TemperatureEntry,
};

/// An entry that cannot become a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EntryError {
    /// A `key` that no organisation of the file has.
    #[error("в разделе organisations нет ключа «{0}»; добавьте организацию или исправьте ключ")]
    UnknownOrganisation(Code),
    /// Premises that the file does not name.
    #[error("в разделе premises нет помещения «{0}»; добавьте его или исправьте номер")]
    UnknownPremises(String),
    /// A point that the file does not name.
    #[error("в разделе points нет точки «{0}»; добавьте её или исправьте имя")]
    UnknownPoint(Code),
    /// A year of no calendar.
    #[error("года {0} нет: исправьте year")]
    NoSuchYear(i32),
    /// Dates in the wrong order.
    #[error("срок задан неверно: {0}; проверьте from и until")]
    Dates(#[from] TimeError),
}

/// Companies of a file by their key.
#[derive(Debug)]
pub(crate) struct Organisations(BTreeMap<Code, OrganisationId>);

impl Organisations {
    pub(crate) fn of(entries: &[OrganisationEntry]) -> Self {
        let id = |entry: &OrganisationEntry| {
            let kpp = entry.kpp.as_ref().map(|kpp| kpp.as_str());
            OrganisationId::of(entry.inn.as_str(), kpp)
        };
        Self(
            entries
                .iter()
                .map(|entry| (entry.key.clone(), id(entry)))
                .collect(),
        )
    }

    pub(crate) fn get(&self, key: &Code) -> Result<OrganisationId, EntryError> {
        self.0
            .get(key)
            .copied()
            .ok_or_else(|| EntryError::UnknownOrganisation(key.clone()))
    }

    fn find(&self, key: Option<&Code>) -> Result<Option<OrganisationId>, EntryError> {
        key.map(|key| self.get(key)).transpose()
    }
}

/// Id of premises by the number as other entries write it: `12`, a room as `12/1`.
pub(super) fn premises_id(book: BookId, number: &str) -> PremisesId {
    PremisesId::named(book, number)
}

/// The number as other entries write it.
pub(super) fn full_number(entry: &PremisesEntry) -> String {
    match &entry.part_of {
        Some(flat) => format!("{flat}/{}", entry.number),
        None => entry.number.to_string(),
    }
}

fn span(from: NaiveDate, until: Option<NaiveDate>) -> Result<DateSpan, EntryError> {
    Ok(DateSpan::new(from, until)?)
}

/// A path within the file and what it asks for.
pub(super) type Asked<C> = (String, Result<C, EntryError>);

/// Everything that concerns the building itself, but its balance scopes.
pub(super) fn building(file: &HouseFile, companies: &Organisations) -> Vec<Asked<BuildingCommand>> {
    let mut asked = registration(&file.building);
    for (index, entry) in file.relations.iter().enumerate() {
        let command = || {
            Ok(BuildingCommand::SetRelation {
                organisation: companies.get(&entry.organisation)?,
                role: entry.role,
                resources: entry.resources.clone(),
                validity: span(entry.from, entry.until)?,
                act: entry.act.clone(),
            })
        };
        asked.push((format!("relations[{index}]"), command()));
    }
    for (index, entry) in file.payees.iter().enumerate() {
        let record =
            companies
                .get(&entry.organisation)
                .map(|organisation| BuildingCommand::RecordPayee {
                    organisation,
                    payee: entry.details.clone(),
                    from: entry.from,
                });
        asked.push((format!("payees[{index}]"), record));
    }
    for (index, entry) in file.arrangements.iter().enumerate() {
        asked.push((
            format!("arrangements[{index}]"),
            arrangement(entry, companies),
        ));
    }
    for (index, entry) in file.windows.iter().enumerate() {
        let command = BuildingCommand::SetSubmissionWindow {
            resource: entry.resource,
            from: entry.from,
            window: SubmissionWindow {
                opens_on_day: entry.opens_on_day,
                closes_on_day: entry.closes_on_day,
                late_policy: entry.late_policy,
            },
            basis: entry.basis.clone(),
        };
        asked.push((format!("windows[{index}]"), Ok(command)));
    }
    for (index, entry) in file.areas.iter().enumerate() {
        let command = BuildingCommand::RecordBuildingArea {
            purpose: entry.purpose,
            area: entry.area,
            from: entry.from,
            source: entry.source,
        };
        asked.push((format!("areas[{index}]"), Ok(command)));
    }
    asked.extend(heating(&file.heating));
    for (index, entry) in file.heating.years.iter().enumerate() {
        let command = year_of_heating(entry, file.building.zone, companies);
        asked.push((format!("heating.years[{index}]"), command));
    }
    for (index, entry) in file.heating.temperatures.iter().enumerate() {
        let command = temperature(entry, file.building.zone, companies);
        asked.push((format!("heating.temperatures[{index}]"), command));
    }
    asked
}

fn registration(entry: &BuildingEntry) -> Vec<Asked<BuildingCommand>> {
    let register = BuildingCommand::RegisterBuilding {
        address: entry.address.clone(),
        kind: entry.kind,
        zone: entry.zone,
        floors: entry.floors,
        entrances: entry.entrances,
        built_in: entry.built_in,
    };
    let mut asked = vec![("building".to_owned(), Ok(register))];
    if let Some(location) = &entry.location {
        let locate = BuildingCommand::LocateBuilding {
            location: location.clone(),
        };
        asked.push(("building.location".to_owned(), Ok(locate)));
    }
    if let Some(station) = &entry.weather_station {
        let link = BuildingCommand::LinkWeatherStation {
            station: station.station.clone(),
            from: station.from,
        };
        asked.push(("building.weather_station".to_owned(), Ok(link)));
    }
    asked
}

fn arrangement(
    entry: &ArrangementEntry,
    companies: &Organisations,
) -> Result<BuildingCommand, EntryError> {
    Ok(BuildingCommand::SetArrangement {
        resource: entry.resource,
        validity: span(entry.from, entry.until)?,
        arrangement: Arrangement {
            management: entry.management,
            provider: companies.get(&entry.provider)?,
            provider_role: entry.provider_role,
            supplier: companies.find(entry.supplier.as_ref())?,
            contract: entry.contract.clone(),
            readings_owner: entry.readings_owner,
            biller: companies.get(&entry.biller)?,
            readings_owed_to: companies.get(&entry.readings_owed_to)?,
            readings_owed_by_day: entry.readings_owed_by_day,
            report: entry.report.clone(),
        },
    })
}

fn year_of_heating(
    entry: &HeatingYearEntry,
    zone: ZoneName,
    companies: &Organisations,
) -> Result<BuildingCommand, EntryError> {
    let first = |year| NaiveDate::from_ymd_opt(year, 1, 1).and_then(|day| zone.start_of(day));
    let bounds = first(entry.year).zip(first(entry.year + 1));
    let (from, until) = bounds.ok_or(EntryError::NoSuchYear(entry.year))?;
    Ok(BuildingCommand::AdoptValue {
        purpose: Code::new(HEATING_OF_YEAR).map_err(|_| EntryError::NoSuchYear(entry.year))?,
        resource: Some(Resource::Heat),
        interval: Interval::new(from, until)?,
        value: entry.heat,
        from: AdoptionSource::Organisation {
            organisation: companies.get(&entry.organisation)?,
            act: entry.act.clone(),
        },
    })
}

fn temperature(
    entry: &TemperatureEntry,
    zone: ZoneName,
    companies: &Organisations,
) -> Result<BuildingCommand, EntryError> {
    let until = entry.until.or_else(|| entry.from.succ_opt());
    let bounds = zone
        .start_of(entry.from)
        .zip(until.and_then(|day| zone.start_of(day)));
    let (from, until) = bounds.ok_or(EntryError::NoSuchYear(entry.from.year()))?;
    let no_name = |_| EntryError::NoSuchYear(entry.from.year());
    Ok(BuildingCommand::AdoptValue {
        purpose: Code::new(OUTDOOR_TEMPERATURE).map_err(no_name)?,
        resource: None,
        interval: Interval::new(from, until)?,
        value: entry.mean,
        from: AdoptionSource::Organisation {
            organisation: companies.get(&entry.organisation)?,
            act: entry.act.clone(),
        },
    })
}

fn heating(entry: &HeatingEntry) -> Vec<Asked<BuildingCommand>> {
    let mut asked = Vec::new();
    if let Some(layout) = &entry.layout {
        let record = BuildingCommand::RecordHeatDistribution {
            layout: layout.layout,
            source: layout.source,
            from: layout.from,
        };
        asked.push(("heating.layout".to_owned(), Ok(record)));
    }
    for (index, payment) in entry.payment.iter().enumerate() {
        let choose = BuildingCommand::ChooseHeatingPayment {
            mode: payment.mode,
            from: payment.from,
            act: payment.act.clone(),
        };
        asked.push((format!("heating.payment[{index}]"), Ok(choose)));
    }
    for (index, season) in entry.seasons.iter().enumerate() {
        let command = match season.clone() {
            HeatingSeasonEntry::Started { on, act } => {
                BuildingCommand::StartHeatingSeason { on, act }
            }
            HeatingSeasonEntry::Ended { on, act } => BuildingCommand::EndHeatingSeason { on, act },
        };
        asked.push((format!("heating.seasons[{index}]"), Ok(command)));
    }
    asked
}

/// What one entry of `premises` asks for, its accounts apart.
pub(super) fn premises(
    book: BookId,
    path: &str,
    entry: &PremisesEntry,
    companies: &Organisations,
) -> Vec<Asked<PremisesCommand>> {
    let part_of = entry
        .part_of
        .as_ref()
        .map(|flat| premises_id(book, flat.as_str()));
    let register = PremisesCommand::RegisterPremises {
        number: entry.number.clone(),
        kind: entry.kind,
        part_of,
        entrance: entry.entrance.clone(),
        floor: entry.floor,
        gis_number: entry.gis_number.clone(),
    };
    let mut asked = vec![(path.to_owned(), Ok(register))];
    let mut ask = |field: &str, index: usize, command| {
        asked.push((format!("{path}.{field}[{index}]"), command));
    };
    for (index, area) in entry.areas.iter().enumerate() {
        let command = PremisesCommand::RecordPremisesArea {
            purpose: area.purpose,
            area: area.area,
            from: area.from,
            source: area.source,
        };
        ask("areas", index, Ok(command));
    }
    for (index, row) in entry.residents.iter().enumerate() {
        let command = span(row.from, row.until).map(|validity| PremisesCommand::RecordResidents {
            registered: row.registered,
            temporary: row.temporary,
            validity,
            source: row.source,
        });
        ask("residents", index, command);
    }
    for (index, row) in entry.owners.iter().enumerate() {
        let command = PremisesCommand::RecordOwners {
            shares: row.shares.clone(),
            count: row.count.get(),
            from: row.from,
            source: row.source,
        };
        ask("owners", index, Ok(command));
    }
    for (index, row) in entry.absences.iter().enumerate() {
        ask("absences", index, Ok(absence(row)));
    }
    for (index, row) in entry.heat_sources.iter().enumerate() {
        let command = PremisesCommand::RecordHeatSource {
            heating: row.heating,
            from: row.from,
            act: row.act.clone(),
            source: row.source,
        };
        ask("heat_sources", index, Ok(command));
    }
    for (index, row) in entry.amenities.iter().enumerate() {
        let command = PremisesCommand::RecordAmenities {
            category: row.category.clone(),
            rooms: row.rooms,
            from: row.from,
            source: row.source,
        };
        ask("amenities", index, Ok(command));
    }
    asked.extend(premises_by_resource(path, entry, companies));
    asked
}

/// What one entry of `absences` asks for.
pub(crate) fn absence(entry: &AbsenceEntry) -> PremisesCommand {
    PremisesCommand::RecordAbsence {
        persons: entry.persons.get(),
        departed: entry.departed,
        returned: entry.returned,
        applied_on: entry.applied_on,
        act: entry.act.clone(),
        refused: entry.refused,
    }
}

fn premises_by_resource(
    path: &str,
    entry: &PremisesEntry,
    companies: &Organisations,
) -> Vec<Asked<PremisesCommand>> {
    let mut asked = Vec::new();
    for (index, row) in entry.metering_impossible.iter().enumerate() {
        let command =
            span(row.from, row.until).map(|validity| PremisesCommand::RecordMeteringImpossible {
                resource: row.resource,
                validity,
                act: row.act.clone(),
            });
        asked.push((format!("{path}.metering_impossible[{index}]"), command));
    }
    for (index, row) in entry.separate_billing.iter().enumerate() {
        let command = || {
            Ok(PremisesCommand::SetSeparateBilling {
                resource: row.resource,
                biller: companies.get(&row.biller)?,
                validity: span(row.from, row.until)?,
                act: row.act.clone(),
            })
        };
        asked.push((format!("{path}.separate_billing[{index}]"), command()));
    }
    asked
}

/// What one account asks for.
pub(super) fn account(
    premises: PremisesId,
    path: &str,
    entry: &AccountEntry,
    companies: &Organisations,
) -> Vec<Asked<AccountCommand>> {
    let open = || {
        Ok(AccountCommand::OpenAccount {
            number: entry.number.clone(),
            premises,
            holder: Holder {
                kind: entry.holder,
                person: None,
                organisation: companies.find(entry.organisation.as_ref())?,
            },
            share: entry.share.unwrap_or(Fraction::ONE),
            from: entry.from,
        })
    };
    let mut asked = vec![(path.to_owned(), open())];
    if entry.unified_number.is_some() || entry.service_number.is_some() {
        let identify = AccountCommand::IdentifyAccount {
            unified_number: entry.unified_number.clone(),
            service_number: entry.service_number.clone(),
        };
        asked.push((format!("{path}.unified_number"), Ok(identify)));
    }
    for (index, row) in entry.balances.iter().enumerate() {
        let receive = || {
            Ok(AccountCommand::ReceiveBalance {
                from: companies.get(&row.from)?,
                as_of: row.as_of,
                provider: companies.find(row.provider.as_ref())?,
                resource: row.resource,
                kind: row.kind.clone(),
                amount: row.amount,
                act: row.act.clone(),
            })
        };
        asked.push((format!("{path}.balances[{index}]"), receive()));
    }
    asked
}

/// What a tariff asks for.
pub(super) fn tariff(
    entry: &TariffEntry,
    companies: &Organisations,
) -> Result<TariffBookCommand, EntryError> {
    Ok(TariffBookCommand::SetTariff {
        key: TariffKey {
            resource: entry.resource,
            component: entry.component,
            zone: entry.zone.clone(),
            range: entry.range.clone(),
            payers: entry.payers.clone(),
        },
        price: TariffPrice {
            rate: entry.rate,
            vat: entry.vat,
            vat_included: entry.vat_included,
        },
        validity: span(entry.from, entry.until)?,
        supplier: companies.get(&entry.supplier)?,
        basis: entry.basis.clone(),
        adopted: None,
    })
}

/// What a norm asks for.
pub(super) fn norm(entry: &NormEntry) -> Result<TariffBookCommand, EntryError> {
    Ok(TariffBookCommand::SetNorm {
        key: NormKey {
            resource: entry.resource,
            purpose: entry.purpose.clone(),
            category: entry.category.clone(),
            rooms: entry.rooms,
            persons: entry.persons,
        },
        rate: entry.rate,
        validity: span(entry.from, entry.until)?,
        basis: entry.basis.clone(),
    })
}
