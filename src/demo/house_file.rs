//! The house files of the demonstration, made from public facts and the plan.

use aggregates::account::event::HolderKind;
use aggregates::building::address::{Address, BuildingKind, Degrees, Location};
use aggregates::building::arrangement::{
    ContractScope, LatePolicy, Management, ProviderRole, ReadingsOwner, ReportTerms, SupplyContract,
};
use aggregates::building::event::{
    BuildingAreaPurpose, CompanyRole, HeatLayout, HeatingPayment, Sign,
};
use aggregates::organisation::registration::Inn;
use aggregates::premises::event::{HeatSource, PremisesAreaPurpose, PremisesKind};
use aggregates::quantity::{Quantity, SquareMetre};
use aggregates::text::{Code, Label};
use aggregates::time::ZoneName;
use aggregates::vocabulary::{ActRef, FactSource, Resource};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::error::DemoDataError;
use super::houses::House;
use super::metering;
use super::payees;
use super::plan::{
    AMENITIES, BOILER_FLAT, COMMUNAL_FLAT, COMMUNAL_ROOMS, FIVE_STOREYS, OFFICE, SECTIONS,
    TAKEN_OVER, TOWER, UNMETERED_FLAT, account_number, day, flat_area_tenths,
};
use super::prices;
use super::series::{FlatShape, Shapes};
use crate::import::house::file::{
    AccountEntry, AmenitiesEntry, ArrangementEntry, BuildingAreaEntry, BuildingEntry, FileFormat,
    HeatLayoutEntry, HeatSourceEntry, HeatingEntry, HeatingPaymentEntry, HeatingSeasonEntry,
    HouseFile, ImpossibilityEntry, OrganisationEntry, OwnersEntry, PremisesAreaEntry,
    PremisesEntry, RelationEntry, ResidentsEntry, ScopeEntry, ScopeMemberEntry, ScopeMembers,
    SeparateBillingEntry, WeatherStationEntry, WindowEntry,
};

/// A label written in this folder.
pub(super) fn label(text: &str) -> Result<Label, DemoDataError> {
    Label::new(text).map_err(|error| DemoDataError::plan(text, error))
}

/// A code written in this folder.
pub(super) fn code(text: &str) -> Result<Code, DemoDataError> {
    Code::new(text).map_err(|error| DemoDataError::plan(text, error))
}

/// An act of the demonstration.
pub(super) fn act(number: &str, date: NaiveDate) -> Result<ActRef, DemoDataError> {
    Ok(ActRef {
        number: label(number)?,
        date,
        document: None,
    })
}

/// The file of house `index`.
///
/// # Errors
/// [`DemoDataError`] when a carried fact is not of its form.
pub fn house_file(index: u8, house: &House, shapes: &Shapes) -> Result<HouseFile, DemoDataError> {
    let mut premises = Vec::new();
    for (section, floor, flat) in house.flats() {
        premises.extend(flat_entries(index, section, floor, flat)?);
    }
    if index == SECTIONS {
        premises.push(office()?);
    }
    Ok(HouseFile {
        format: FileFormat::HouseV1,
        building: building(house)?,
        organisations: organisations()?,
        relations: relations(index)?,
        payees: payees::payees()?,
        arrangements: arrangements(index)?,
        windows: windows(index)?,
        areas: areas(index, &premises)?,
        heating: heating(index, shapes)?,
        points: metering::points(index, house)?,
        premises,
        scopes: scopes(index)?,
        tariffs: prices::tariffs()?,
        norms: prices::norms(index)?,
    })
}

fn building(house: &House) -> Result<BuildingEntry, DemoDataError> {
    let degrees = |text: &str| {
        Degrees::try_from(text.to_owned()).map_err(|error| DemoDataError::plan(text, error))
    };
    let fias = uuid::Uuid::parse_str(&house.fias_guid)
        .map_err(|error| DemoDataError::plan(&house.fias_guid, error))?;
    let floors = house.sections.iter().flat_map(|section| &section.floors);
    Ok(BuildingEntry {
        address: Address {
            region: label(&house.region)?,
            settlement: label(&house.city)?,
            street: label(&house.street)?,
            house: label(&house.house)?,
            block: house.block.as_deref().map(label).transpose()?,
            postal_code: Some(code(&house.postal_code)?),
            fias: Some(fias),
            kladr: Some(code(&house.kladr)?),
            oktmo: Some(code(&house.oktmo)?),
        },
        kind: BuildingKind::ApartmentBuilding,
        zone: ZoneName::new(&house.time_zone)
            .map_err(|error| DemoDataError::plan(&house.time_zone, error))?,
        location: Some(Location {
            latitude: degrees(&house.latitude)?,
            longitude: degrees(&house.longitude)?,
        }),
        floors: floors.map(|floor| u16::from(floor.floor)).max(),
        entrances: u16::try_from(house.sections.len()).ok(),
        built_in: None,
        // Екатеринбург, WMO 28440.
        weather_station: Some(WeatherStationEntry {
            station: code("28440")?,
            from: TAKEN_OVER,
        }),
    })
}

/// The companies are invented: their ИНН pass the check digits and belong to nobody.
fn organisations() -> Result<Vec<OrganisationEntry>, DemoDataError> {
    let rows = [
        ("uk", "УК «Демонстрационная»", "6600000010"),
        ("water", "Водоканал (демонстрация)", "6600000028"),
        ("heat", "Теплосети (демонстрация)", "6600000035"),
        ("power", "Энергосбыт (демонстрация)", "6600000042"),
        ("erc", "Расчётный центр (демонстрация)", "6600000050"),
    ];
    let entry = |(key, name, inn): (&str, &str, &str)| {
        Ok(OrganisationEntry {
            key: code(key)?,
            name: label(name)?,
            inn: Inn::new(inn).map_err(|error| DemoDataError::plan(inn, error))?,
            kpp: None,
            ogrn: None,
        })
    };
    rows.into_iter().map(entry).collect()
}

fn relations(index: u8) -> Result<Vec<RelationEntry>, DemoDataError> {
    let rows = [
        ("uk", CompanyRole::Manager, vec![]),
        (
            "water",
            CompanyRole::Supplier,
            vec![Resource::ColdWater, Resource::Sewage],
        ),
        (
            "heat",
            CompanyRole::Supplier,
            vec![Resource::Heat, Resource::HotWater],
        ),
        ("power", CompanyRole::Supplier, vec![Resource::Electricity]),
        ("erc", CompanyRole::BillingCentre, vec![]),
    ];
    let entry = |(key, role, resources): (&str, CompanyRole, Vec<Resource>)| {
        Ok(RelationEntry {
            organisation: code(key)?,
            role,
            resources,
            from: TAKEN_OVER,
            until: None,
            act: Some(act(&format!("{}-{}", index + 1, key), TAKEN_OVER)?),
        })
    };
    rows.into_iter().map(entry).collect()
}

/// УК provides water and heat; electricity goes by direct contracts, read by the supplier's ИСУ.
fn arrangements(index: u8) -> Result<Vec<ArrangementEntry>, DemoDataError> {
    let through_company = |resource, supplier: &str| {
        Ok(ArrangementEntry {
            resource,
            from: TAKEN_OVER,
            until: None,
            management: match index {
                TOWER => Management::Association,
                _ => Management::ManagingCompany,
            },
            provider: code("uk")?,
            provider_role: ProviderRole::Manager,
            supplier: Some(code(supplier)?),
            contract: Some(SupplyContract {
                covers: ContractScope::Utility,
                act: act(&format!("РС-{}/{supplier}", index + 1), TAKEN_OVER)?,
            }),
            readings_owner: ReadingsOwner::Provider,
            biller: code("erc")?,
            readings_owed_to: code("uk")?,
            readings_owed_by_day: 25,
            report: Some(ReportTerms {
                day: 26,
                form: label("Отчёт ОДПУ")?,
            }),
        })
    };
    Ok(vec![
        through_company(Resource::ColdWater, "water")?,
        through_company(Resource::HotWater, "heat")?,
        through_company(Resource::Heat, "heat")?,
        through_company(Resource::Sewage, "water")?,
        direct_electricity()?,
    ])
}

fn direct_electricity() -> Result<ArrangementEntry, DemoDataError> {
    Ok(ArrangementEntry {
        resource: Resource::Electricity,
        from: TAKEN_OVER,
        until: None,
        management: Management::ManagingCompany,
        provider: code("power")?,
        provider_role: ProviderRole::SupplierByDirectContracts,
        supplier: None,
        contract: Some(SupplyContract {
            covers: ContractScope::CommonPropertyOnly,
            act: act("СОИ-1", TAKEN_OVER)?,
        }),
        readings_owner: ReadingsOwner::SupplierIsu,
        biller: code("power")?,
        readings_owed_to: code("power")?,
        readings_owed_by_day: 25,
        report: None,
    })
}

/// In [`SECTIONS`] the provider has decided to count paper forms by the time of taking.
fn windows(index: u8) -> Result<Vec<WindowEntry>, DemoDataError> {
    let late_policy = match index {
        SECTIONS => LatePolicy::ByTaking,
        TOWER => LatePolicy::ByTakingDuringIntakeOutage,
        _ => LatePolicy::ByReceipt,
    };
    let entry = |resource| {
        Ok(WindowEntry {
            resource,
            from: TAKEN_OVER,
            opens_on_day: Some(15),
            closes_on_day: 25,
            late_policy,
            basis: label("договор управления, приложение 4")?,
        })
    };
    [Resource::ColdWater, Resource::HotWater]
        .into_iter()
        .map(entry)
        .collect()
}

fn square_metres(tenths: i64) -> Quantity<SquareMetre> {
    Quantity::new(Decimal::new(tenths, 1))
}

fn areas(index: u8, premises: &[PremisesEntry]) -> Result<Vec<BuildingAreaEntry>, DemoDataError> {
    let all = premises
        .iter()
        .filter(|entry| entry.part_of.is_none())
        .flat_map(|entry| &entry.areas)
        .try_fold(square_metres(0), |sum, area| sum.checked_add(area.area))
        .map_err(|error| DemoDataError::plan("areas", error))?;
    let entry = |purpose, area| BuildingAreaEntry {
        purpose,
        area,
        from: TAKEN_OVER,
        source: FactSource::TechnicalPassport,
    };
    let common = [9_802, 31_504, 6_127][usize::from(index)];
    Ok(vec![
        entry(BuildingAreaPurpose::AllPremises, all),
        entry(BuildingAreaPurpose::CommonWater, square_metres(common)),
        entry(
            BuildingAreaPurpose::CommonElectricity,
            square_metres(common),
        ),
        entry(BuildingAreaPurpose::CommonHeated, square_metres(common / 2)),
    ])
}

fn heating(index: u8, shapes: &Shapes) -> Result<HeatingEntry, DemoDataError> {
    let mut seasons = Vec::new();
    for season in shapes.heating_seasons() {
        let started = act(&format!("отопление-{}", season.started), season.started)?;
        seasons.push(HeatingSeasonEntry::Started {
            on: season.started,
            act: started,
        });
        if let Some(until) = season.ended {
            let ended = act(&format!("отопление-{until}"), until)?;
            seasons.push(HeatingSeasonEntry::Ended {
                on: until,
                act: ended,
            });
        }
    }
    Ok(HeatingEntry {
        layout: Some(HeatLayoutEntry {
            layout: if index == TOWER {
                HeatLayout::Horizontal
            } else {
                HeatLayout::Vertical
            },
            from: TAKEN_OVER,
            source: FactSource::Project,
        }),
        payment: vec![HeatingPaymentEntry {
            mode: HeatingPayment::InSeason,
            from: TAKEN_OVER,
            act: act("способ-оплаты-1", day(2025, 9, 1))?,
        }],
        seasons,
        years: Vec::new(),
        temperatures: Vec::new(),
    })
}

fn flat_entries(
    house: u8,
    section: u8,
    floor: u8,
    flat: u16,
) -> Result<Vec<PremisesEntry>, DemoDataError> {
    let communal = house == FIVE_STOREYS && flat == COMMUNAL_FLAT;
    let kind = if communal {
        PremisesKind::CommunalFlat
    } else {
        PremisesKind::Flat
    };
    let mut entry = bare(&flat.to_string(), kind, flat_area_tenths(house, flat))?;
    entry.entrance = Some(label(&section.to_string())?);
    entry.floor = Some(i16::from(floor));
    if communal {
        let mut entries = vec![entry];
        for (number, residents) in COMMUNAL_ROOMS {
            entries.push(room(flat, number, residents)?);
        }
        return Ok(entries);
    }
    let residents = u16::from(FlatShape::typical(house, flat).residents);
    entry.residents.push(residents_of(residents));
    entry.owners.push(owners(1 + flat % 2)?);
    entry
        .accounts
        .push(account(&account_number(house, flat), HolderKind::Owner)?);
    if house == FIVE_STOREYS && flat == BOILER_FLAT {
        entry.heat_sources.push(own_boiler()?);
    }
    if house == FIVE_STOREYS && flat == UNMETERED_FLAT {
        entry.metering_impossible = impossibility()?;
    }
    Ok(vec![entry])
}

fn bare(number: &str, kind: PremisesKind, tenths: i64) -> Result<PremisesEntry, DemoDataError> {
    Ok(PremisesEntry {
        number: label(number)?,
        kind,
        part_of: None,
        entrance: None,
        floor: None,
        gis_number: None,
        areas: vec![PremisesAreaEntry {
            purpose: PremisesAreaPurpose::Total,
            area: square_metres(tenths),
            from: TAKEN_OVER,
            source: FactSource::Egrn,
        }],
        residents: Vec::new(),
        owners: Vec::new(),
        absences: Vec::new(),
        metering_impossible: Vec::new(),
        heat_sources: Vec::new(),
        separate_billing: Vec::new(),
        amenities: vec![AmenitiesEntry {
            category: code(AMENITIES)?,
            rooms: None,
            from: TAKEN_OVER,
            source: FactSource::TechnicalPassport,
        }],
        accounts: Vec::new(),
    })
}

fn room(flat: u16, number: &str, residents: u16) -> Result<PremisesEntry, DemoDataError> {
    let mut entry = bare(number, PremisesKind::Room, 142)?;
    entry.part_of = Some(label(&flat.to_string())?);
    entry.residents.push(residents_of(residents));
    entry.accounts.push(account(
        &format!("72{flat:05}-{number}"),
        HolderKind::SocialTenant,
    )?);
    Ok(entry)
}

fn office() -> Result<PremisesEntry, DemoDataError> {
    let mut entry = bare(OFFICE, PremisesKind::Office, 1_236)?;
    entry.entrance = Some(label("1")?);
    entry.floor = Some(1);
    entry.amenities.clear();
    entry.separate_billing.push(SeparateBillingEntry {
        resource: Resource::ColdWater,
        biller: code("water")?,
        from: TAKEN_OVER,
        until: None,
        act: act("В-2211", day(2024, 3, 1))?,
    });
    let mut account = account("7190001", HolderKind::Company)?;
    account.organisation = Some(code("erc")?);
    entry.accounts.push(account);
    Ok(entry)
}

fn residents_of(registered: u16) -> ResidentsEntry {
    ResidentsEntry {
        registered,
        temporary: 0,
        from: TAKEN_OVER,
        until: None,
        source: FactSource::RegistrationOffice,
    }
}

fn owners(count: u16) -> Result<OwnersEntry, DemoDataError> {
    Ok(OwnersEntry {
        count: std::num::NonZeroU16::new(count).unwrap_or(std::num::NonZeroU16::MIN),
        shares: Vec::new(),
        from: TAKEN_OVER,
        source: FactSource::Egrn,
    })
}

fn account(number: &str, holder: HolderKind) -> Result<AccountEntry, DemoDataError> {
    Ok(AccountEntry {
        number: label(number)?,
        holder,
        organisation: None,
        share: None,
        from: TAKEN_OVER,
        unified_number: None,
        service_number: None,
        balances: Vec::new(),
    })
}

fn own_boiler() -> Result<HeatSourceEntry, DemoDataError> {
    Ok(HeatSourceEntry {
        heating: HeatSource::OwnBoiler,
        from: TAKEN_OVER,
        act: Some(act("ПЕРЕПЛ-33", day(2019, 6, 14))?),
        source: FactSource::Act,
    })
}

fn impossibility() -> Result<Vec<ImpossibilityEntry>, DemoDataError> {
    let entry = |resource| {
        Ok(ImpossibilityEntry {
            resource,
            from: TAKEN_OVER,
            until: None,
            act: act("ТВ-57", day(2023, 4, 11))?,
        })
    };
    [Resource::ColdWater, Resource::HotWater]
        .into_iter()
        .map(entry)
        .collect()
}

/// Water of [`SECTIONS`] comes by two inputs, each with the entrances behind it.
fn scopes(index: u8) -> Result<Vec<ScopeEntry>, DemoDataError> {
    let house = |point: &str| -> Result<Vec<ScopeMemberEntry>, DemoDataError> {
        Ok(vec![ScopeMemberEntry {
            point: code(point)?,
            sign: Sign::Plus,
        }])
    };
    let scope = |resource, name: &str, house, members| {
        Ok(ScopeEntry {
            resource,
            name: code(name)?,
            from: TAKEN_OVER,
            house,
            members,
        })
    };
    let all = || ScopeMembers::AllOfResource;
    let mut scopes = vec![
        scope(Resource::Heat, "house", house("input-heat")?, all())?,
        scope(
            Resource::Electricity,
            "house",
            house("input-electricity")?,
            all(),
        )?,
    ];
    for (resource, word) in [(Resource::ColdWater, "cold"), (Resource::HotWater, "hot")] {
        if index == SECTIONS {
            // The inputs feed one ring of pipes: only together do they balance.
            let inputs = [
                house(&format!("input-1-{word}"))?,
                house(&format!("input-2-{word}"))?,
            ];
            scopes.push(scope(resource, "house", inputs.concat(), all())?);
        } else {
            scopes.push(scope(
                resource,
                "house",
                house(&format!("input-{word}"))?,
                all(),
            )?);
        }
    }
    Ok(scopes)
}
