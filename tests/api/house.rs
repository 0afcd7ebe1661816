//! A small house: one input of cold water, two flats with three meters.

use aggregates::ids::BookId;
use energokabinet::import::house::file::HouseFile;
use energokabinet::import::house::record_house;
use energokabinet::store::{Actor, Ledger};
use serde_json::{Value, json};
use uuid::Uuid;

/// When the meters were put in: long before every test.
pub const INSTALLED: &str = "2025-01-10T10:00:00+05:00";

/// Serial numbers of the house's meters.
pub const HOUSE_COLD: &str = "500001";
pub const FLAT_1_COLD: &str = "100001";
pub const FLAT_1_HOT: &str = "100002";
pub const FLAT_2_COLD: &str = "200001";

/// Records the house with this ФИАС GUID.
pub async fn record(ledger: &Ledger, fias: Uuid) -> BookId {
    record_file(ledger, fias, file(fias)).await
}

/// Records the house with a price of cold water: 40 roubles, whenever the test runs.
pub async fn record_priced(ledger: &Ledger, fias: Uuid) -> BookId {
    let mut priced = file(fias);
    priced["arrangements"] = json!([arrangement("cold_water")]);
    priced["points"] = json!([
        point("input-cold", "cold_water", "house", None, HOUSE_COLD),
        point("1-cold", "cold_water", "individual", Some("1"), FLAT_1_COLD),
        point("2-cold", "cold_water", "individual", Some("2"), FLAT_2_COLD),
    ]);
    priced["tariffs"] = json!([{
        "resource": "cold_water", "component": "single", "payers": "population",
        "rate": {"price": "40", "per": "m3"}, "vat": "22", "vat_included": true, "from": "2025-01-01",
        "supplier": "uk", "basis": {"publication": {"source": "проверка"}}
    }]);
    record_file(ledger, fias, priced).await
}

async fn record_file(ledger: &Ledger, fias: Uuid, file: Value) -> BookId {
    let book = BookId::of_building(fias);
    let file: HouseFile = serde_json::from_value(file).expect("the file is well-formed");
    let actor = Actor::new("staff:test").expect("a good name");
    let import = record_house(ledger, &actor, book, file, None)
        .await
        .expect("the house is recorded");
    let refused: Vec<_> = import.refused().collect();
    assert!(refused.is_empty(), "{refused:?}");
    book
}

fn file(fias: Uuid) -> Value {
    json!({
        "format": "energokabinet/house/v1",
        "building": {
            "address": {
                "region": "Свердловская область", "settlement": "Екатеринбург",
                "street": "улица Тестовая", "house": "1", "fias": fias
            },
            "kind": "apartment_building",
            "zone": "Asia/Yekaterinburg"
        },
        "organisations": [{"key": "uk", "name": "УК Тест", "inn": "7707083893"}],
        "arrangements": [arrangement("cold_water"), arrangement("hot_water")],
        "windows": [window("cold_water"), window("hot_water")],
        "premises": [flat("1"), flat("2")],
        "points": [
            point("input-cold", "cold_water", "house", None, HOUSE_COLD),
            point("1-cold", "cold_water", "individual", Some("1"), FLAT_1_COLD),
            point("1-hot", "hot_water", "individual", Some("1"), FLAT_1_HOT),
            point("2-cold", "cold_water", "individual", Some("2"), FLAT_2_COLD),
        ],
        "scopes": [{
            "resource": "cold_water", "name": "house", "from": "2025-01-01",
            "house": [{"point": "input-cold"}], "members": "all_of_resource"
        }]
    })
}

fn arrangement(resource: &str) -> Value {
    json!({
        "resource": resource, "from": "2025-01-01", "management": "managing_company",
        "provider": "uk", "provider_role": "manager", "readings_owner": "provider",
        "biller": "uk", "readings_owed_to": "uk", "readings_owed_by_day": 26
    })
}

/// The whole month, so that no test depends on the day it runs on.
fn window(resource: &str) -> Value {
    json!({
        "resource": resource, "from": "2025-01-01", "opens_on_day": 1, "closes_on_day": 31,
        "late_policy": "by_receipt", "basis": "решение собрания"
    })
}

fn flat(number: &str) -> Value {
    json!({
        "number": number, "kind": "flat",
        "accounts": [{"number": format!("ЛС-{number}"), "holder": "owner", "from": "2025-01-01"}]
    })
}

fn point(name: &str, resource: &str, kind: &str, premises: Option<&str>, serial: &str) -> Value {
    json!({
        "name": name, "resource": resource, "kind": kind, "label": name, "premises": premises,
        "meters": [{
            "serial": serial,
            "registers": [register()],
            "installed_at": INSTALLED,
            "initial": [value("0.012")],
            "commissioned": {"number": "ВЭ-1", "date": "2025-01-10"},
            "verifications": [{"performed_on": "2024-12-01", "valid_until": "2060-11-30"}]
        }]
    })
}

/// A register of cold water with five digits and three decimals.
pub fn register() -> Value {
    json!({"name": "total", "unit": "m3", "kind": "cumulative", "digits": 5, "decimals": 3})
}

/// A value of the register `total`.
pub fn value(cubic_metres: &str) -> Value {
    json!({"register": "total", "value": {"value": cubic_metres, "unit": "m3"}})
}
