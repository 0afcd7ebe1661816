//! Tariffs and norms of the demonstration, each with its act and an honest mark.
//!
//! A row with `demonstration: true` is not a price of Ekaterinburg: it was derived or invented so
//! that every resource can be priced. The mark must travel with the figure wherever it is shown.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::DemoDataError;

const TARIFFS_FILE: &str = "tariffs.json";
const TARIFFS_TEXT: &str = include_str!("data/tariffs.json");
const NORMS_FILE: &str = "norms.json";
const NORMS_TEXT: &str = include_str!("data/norms.json");

/// What is paid for or normed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Холодная вода.
    ColdWater,
    /// Горячая вода.
    HotWater,
    /// Cold water for common property; norms only.
    ColdWaterCommon,
    /// Hot water for common property; norms only.
    HotWaterCommon,
    /// Sewage of common property; norms only.
    SewageCommon,
    /// Electricity for common property; norms only.
    ElectricityCommon,
    /// Heat spent on a cubic metre of hot water; norms only.
    HotWaterHeating,
    /// Отопление.
    Heat,
    /// Водоотведение.
    Sewage,
    /// Электроэнергия.
    Electricity,
}

/// One part of a two-component tariff of hot water.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// Компонент на холодную воду (теплоноситель), roubles per м³.
    ColdWater,
    /// Компонент на тепловую энергию, roubles per Гкал.
    Heat,
}

/// Zone of the day of a two-zone electricity tariff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// 07:00–23:00 (T1).
    Day,
    /// 23:00–07:00 (T2).
    Night,
}

/// The document a figure was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Number, where it is known.
    pub number: Option<String>,
    /// Date of the act, where it is known.
    pub date: Option<NaiveDate>,
    /// Where the figure was read, or how it was derived.
    pub source: String,
}

/// A price of one range, zone and component for one payer group over a half-open span of dates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TariffRow {
    /// What is paid for.
    pub resource: Resource,
    /// Part of a two-component tariff; none for a plain one.
    pub component: Option<Component>,
    /// Zone of the day; none for a single-rate price.
    pub zone: Option<Zone>,
    /// Lower end of the range of a month's volume, included, in the unit of the volume.
    pub range_from: Option<Decimal>,
    /// Upper end of the range, excluded; none is without limit.
    pub range_until: Option<Decimal>,
    /// Who pays this price.
    pub payer_group: String,
    /// Roubles per unit.
    pub price: Decimal,
    /// Unit of the price, e.g. `руб/м³`.
    pub unit: String,
    /// Rate of VAT in percent.
    pub vat_percent: Decimal,
    /// Whether the price holds the VAT already.
    pub vat_included: bool,
    /// First day of the price.
    pub from: NaiveDate,
    /// First day the price no longer holds.
    pub until: NaiveDate,
    /// Where the price comes from.
    pub act: Act,
    /// True where the price is not a published one of Ekaterinburg.
    pub demonstration: bool,
}

/// A norm of consumption.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormRow {
    /// What is normed.
    pub resource: Resource,
    /// Category of dwelling the norm is for.
    pub category: String,
    /// Rooms of the flat, where the norm depends on them; the greatest stands for it and more.
    pub rooms: Option<u8>,
    /// Residents of the flat, where the norm depends on them; the greatest stands for it and more.
    pub persons: Option<u8>,
    /// The norm.
    pub value: Decimal,
    /// Its unit, e.g. `м³ на человека в месяц`.
    pub unit: String,
    /// Where the norm comes from.
    pub act: Act,
    /// True where the norm is not one of Ekaterinburg.
    pub demonstration: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TariffFile {
    #[serde(rename = "city")]
    _city: String,
    tariffs: Vec<TariffRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NormFile {
    #[serde(rename = "city")]
    _city: String,
    norms: Vec<NormRow>,
}

/// Reads the tariffs of 2025-07-01 … 2026-12-31.
///
/// # Errors
/// The carried file is damaged: not the expected JSON, or a price that is not positive, or dates
/// or ranges in the wrong order.
pub fn load_tariffs() -> Result<Vec<TariffRow>, DemoDataError> {
    let tariffs = parse::<TariffFile>(TARIFFS_FILE, TARIFFS_TEXT)?.tariffs;
    for (index, row) in tariffs.iter().enumerate() {
        let ranged = match (row.range_from, row.range_until) {
            (Some(from), Some(until)) => from < until,
            (None, Some(_)) => false,
            (_, None) => true,
        };
        if row.price <= Decimal::ZERO || row.from >= row.until || !ranged {
            let problem = format!(
                "строка тарифа {}: цена, даты или диапазон неверны",
                index + 1
            );
            return Err(DemoDataError::content(TARIFFS_FILE, problem));
        }
    }
    Ok(tariffs)
}

/// Reads the norms.
///
/// # Errors
/// The carried file is damaged: not the expected JSON, or a norm that is not positive.
pub fn load_norms() -> Result<Vec<NormRow>, DemoDataError> {
    let norms = parse::<NormFile>(NORMS_FILE, NORMS_TEXT)?.norms;
    match norms.iter().position(|norm| norm.value <= Decimal::ZERO) {
        Some(index) => {
            let problem = format!("норматив {} не положителен", index + 1);
            Err(DemoDataError::content(NORMS_FILE, problem))
        }
        None => Ok(norms),
    }
}

fn parse<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, DemoDataError> {
    serde_json::from_str(text).map_err(|source| DemoDataError::Json { file, source })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn tariffs() -> Vec<TariffRow> {
        load_tariffs().expect("the carried file is whole")
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date of the test")
    }

    #[test]
    fn the_steps_of_a_price_follow_each_other_without_gap() {
        let mut spans: BTreeMap<String, Vec<(NaiveDate, NaiveDate)>> = BTreeMap::new();
        for row in tariffs() {
            let key = format!(
                "{:?} {:?} {:?} {:?} {}",
                row.resource, row.component, row.zone, row.range_from, row.payer_group
            );
            spans.entry(key).or_default().push((row.from, row.until));
        }
        let steps = [
            (date("2025-07-01"), date("2026-01-01")),
            (date("2026-01-01"), date("2026-10-01")),
            (date("2026-10-01"), date("2027-01-01")),
        ];
        assert_eq!(spans.len(), 27);
        for (key, found) in spans {
            assert_eq!(found, steps, "{key}");
        }
    }

    #[test]
    fn the_january_step_of_cold_water_is_the_change_of_vat() {
        // 51.77 of 2025 with VAT 20 % becomes 52.63 with VAT 22 %: two sources agree.
        let published: Vec<String> = tariffs()
            .into_iter()
            .filter(|row| row.resource == Resource::ColdWater && !row.demonstration)
            .map(|row| row.price.to_string())
            .collect();
        assert_eq!(published, ["51.77", "52.63", "59.41"]);
        let after = Decimal::new(5177, 2) * Decimal::from(122) / Decimal::from(120);
        assert_eq!(after.round_dp(2), Decimal::new(5263, 2));
    }

    #[test]
    fn a_published_price_names_where_it_was_read() {
        for row in tariffs().iter().filter(|row| !row.demonstration) {
            assert!(row.act.source.contains("http"), "{row:?}");
        }
    }

    #[test]
    fn norms_cover_every_resource_and_are_marked() {
        let norms = load_norms().expect("the carried file is whole");
        assert_eq!(norms.len(), 49);
        assert!(norms.iter().all(|norm| norm.demonstration));
    }
}
