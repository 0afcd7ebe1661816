//! The three houses: address, state identifiers, coordinates, and which flats are on which floor.

use serde::Deserialize;

use super::error::DemoDataError;

const FILE: &str = "houses.json";
const TEXT: &str = include_str!("data/houses.json");

/// A house as public registers describe it. Nothing here is about a person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct House {
    /// The address in one line, as FIAS writes it.
    pub address: String,
    /// Six digits.
    pub postal_code: String,
    /// Region with its type, e.g. `Свердловская обл`.
    pub region: String,
    /// City with its type.
    pub city: String,
    /// Street with its type.
    pub street: String,
    /// Number of the house.
    pub house: String,
    /// Корпус, where the address has one.
    pub block: Option<String>,
    /// GUID of the house in FIAS.
    pub fias_guid: String,
    /// Code of the house in FIAS, 23 digits.
    pub fias_code: String,
    /// GUID of the street in FIAS.
    pub street_fias_guid: String,
    /// GUID of the city in FIAS.
    pub city_fias_guid: String,
    /// KLADR code of the house, 19 digits.
    pub kladr: String,
    /// OKTMO code, 11 digits.
    pub oktmo: String,
    /// OKATO code, 11 digits.
    pub okato: String,
    /// Degrees north, decimal string as published.
    pub latitude: String,
    /// Degrees east, decimal string as published.
    pub longitude: String,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// Sections (entrances) in order.
    pub sections: Vec<Section>,
}

/// A section (подъезд) of a house.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Number of the section, from 1.
    pub section: u8,
    /// Floors with flats, from the lowest; a floor without flats is absent.
    pub floors: Vec<Floor>,
}

/// A floor and its flats, which are numbered without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "(u8, u16, u16)")]
pub struct Floor {
    /// Number of the floor, from 1.
    pub floor: u8,
    /// Lowest flat number.
    pub first_flat: u16,
    /// Highest flat number, included.
    pub last_flat: u16,
}

impl From<(u8, u16, u16)> for Floor {
    fn from((floor, first_flat, last_flat): (u8, u16, u16)) -> Self {
        Self {
            floor,
            first_flat,
            last_flat,
        }
    }
}

impl House {
    /// Every flat as (section, floor, number), in the order of numbers.
    pub fn flats(&self) -> impl Iterator<Item = (u8, u8, u16)> + '_ {
        self.sections.iter().flat_map(|section| {
            section.floors.iter().flat_map(|floor| {
                (floor.first_flat..=floor.last_flat)
                    .map(|flat| (section.section, floor.floor, flat))
            })
        })
    }
}

/// Reads the houses; their order is the `house` index of the series.
///
/// # Errors
/// The carried file is damaged: not the expected JSON, or flats that are not 1, 2, 3 … in order.
pub fn load() -> Result<Vec<House>, DemoDataError> {
    let houses: Vec<House> =
        serde_json::from_str(TEXT).map_err(|source| DemoDataError::Json { file: FILE, source })?;
    for house in &houses {
        if let Some((expected, (_, _, found))) = (1..)
            .zip(house.flats())
            .find(|(expected, (_, _, flat))| expected != flat)
        {
            let problem = format!(
                "{}: вместо квартиры {expected} стоит {found}",
                house.address
            );
            return Err(DemoDataError::content(FILE, problem));
        }
    }
    Ok(houses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_houses_with_the_flats_of_the_register() {
        let houses = load().expect("the carried file is whole");
        let found: Vec<_> = houses
            .iter()
            .map(|house| {
                (
                    house.fias_guid.as_str(),
                    house.sections.len(),
                    house.flats().count(),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("30135497-2dcc-4f13-a484-324471d26f05", 1, 144),
                ("c2341fbb-23c3-40ec-a946-a4e67a9f13a2", 4, 384),
                ("dca0619b-31bf-4d52-95bb-db7cb3ebadb6", 6, 100),
            ]
        );
    }

    #[test]
    fn identifiers_have_their_lengths() {
        for house in load().expect("the carried file is whole") {
            assert_eq!(house.postal_code.len(), 6, "{}", house.address);
            assert_eq!(house.oktmo.len(), 11, "{}", house.address);
            assert_eq!(house.kladr.len(), 19, "{}", house.address);
            assert!(house.latitude.parse::<rust_decimal::Decimal>().is_ok());
            assert!(house.longitude.parse::<rust_decimal::Decimal>().is_ok());
            assert!(house.time_zone.parse::<chrono_tz::Tz>().is_ok());
        }
    }
}
