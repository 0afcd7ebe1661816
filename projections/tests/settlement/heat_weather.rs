//! A house's heat meter that was not read: its own consumption brought to the outdoor temperature
//! since 01.03.2025 (ПП 1176), the plain average before, the norm where there is neither.

use aggregates::building::event::{BuildingAreaPurpose, BuildingEvent};
use aggregates::ids::MeterId;
use aggregates::meter::reading::ImputationMethod;
use aggregates::quantity::{Measure, NormBasis, Unit};
use aggregates::time::Interval;
use aggregates::vocabulary::AdoptionSource;
use aggregates::vocabulary::Resource::Heat;
use projections::settlement::{ProblemKind, Settlement};
use rust_decimal::Decimal;

use crate::support::{Flat, House, act, at, code, company};
use crate::telling::told;

/// A house of 100 m² whose meter counted 30 Гкал a month from September to December of a year.
fn read_until_december(year: i32) -> (House, Flat, MeterId) {
    let mut house = House::new(&[Heat]);
    house.price(Heat, "1000");
    house.house_area(BuildingAreaPurpose::AllPremises, "100");
    house.heating_from(&format!("{}-09-01", year - 1));
    let flat = house.flat("1", "100");
    let input = house.meter(None, Heat, &format!("{year}-08-31"), "0");
    for (index, month) in (9..=12).enumerate() {
        let shown = 30 * (index + 1);
        house.read(input, &format!("{year}-{month:02}-30"), &shown.to_string());
        house.close(&format!("{year}-{month:02}"));
    }
    (house, flat, input)
}

/// The same temperature on all days of a time.
pub(crate) fn weather(house: &mut House, (from, until): (&str, &str), degrees: i64) {
    house.building(BuildingEvent::ValueAdopted {
        purpose: code("outdoor_temperature"),
        resource: None,
        interval: Interval::new(at(&format!("{from}T00:00")), at(&format!("{until}T00:00")))
            .expect("days"),
        value: Measure::new(Decimal::from(degrees), Unit::Celsius),
        from: AdoptionSource::Organisation {
            organisation: company(),
            act: act(),
        },
    });
}

fn lines(settlement: &Settlement, flat: Flat) -> Vec<String> {
    told(&settlement.account(flat.account).expect("an account").lines)
}

#[test]
fn the_average_is_brought_to_the_weather_of_the_month() {
    let (mut house, flat, input) = read_until_december(2025);
    weather(&mut house, ("2025-08-31", "2025-12-31"), 0);
    weather(&mut house, ("2026-01-01", "2026-02-01"), -20);
    let settlement = house.settle("2026-01");
    // 120 Гкал in the 121 days from 31.08 at 20 degrees of difference; January has 31 days at 40.
    let heat = Decimal::from(120 * 31 * 40) / Decimal::from(121 * 20);
    let expected = format!("heat individual {}", heat.round_dp(6));
    assert!(
        lines(&settlement, flat)[0].starts_with(&expected),
        "{:?}",
        lines(&settlement, flat)
    );
    let gap = &settlement.gaps[0];
    assert_eq!(
        (gap.method, gap.run, gap.premises),
        (ImputationMethod::Average, 1, None)
    );
    // The next reading is trued up by what was recorded.
    house.close("2026-01");
    weather(&mut house, ("2026-02-01", "2026-03-01"), 0);
    house.read(input, "2026-02-25", "220");
    let february = house.settle("2026-02");
    let service = february.service(Heat).expect("heat");
    let rest = Decimal::from(100) - heat;
    let known = service.house.known().expect("known").value();
    assert_eq!(known.round_dp(6), rest.round_dp(6));
}

#[test]
fn before_march_2025_the_average_goes_by_days() {
    let (house, flat, _) = read_until_december(2023);
    let settlement = house.settle("2024-01");
    assert_eq!(
        lines(&settlement, flat),
        ["heat individual 30 house_meter 30000.00"]
    );
}

#[test]
fn without_temperatures_the_norm_is_charged_and_somebody_is_asked() {
    let (mut house, flat, _) = read_until_december(2025);
    let blocked = house.settle("2026-01");
    assert!(
        blocked
            .blocking()
            .any(|problem| problem.kind == ProblemKind::NoBasis)
    );
    let (unit, per) = (Unit::Gigacalorie, NormBasis::SquareMetreMonth);
    house.norm(Heat, "individual", "0.2", unit, per);
    let settlement = house.settle("2026-01");
    assert!(settlement.blocking().next().is_none());
    assert_eq!(
        lines(&settlement, flat),
        ["heat individual 20 norm 20000.00"]
    );
    let asked = settlement
        .problems
        .iter()
        .find(|problem| problem.asks_cause());
    let asked = asked.expect("a person looks at it");
    assert!(
        asked.text.contains("температур наружного воздуха"),
        "{}",
        asked.text
    );
}
