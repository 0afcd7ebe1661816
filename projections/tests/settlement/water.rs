//! Own consumption of water, sewage and electricity, and what it costs.

use aggregates::building::event::CompanyRole;
use aggregates::premises::event::PremisesEvent;
use aggregates::quantity::{NormBasis, Unit};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::vocabulary::Resource::{ColdWater, Electricity, HotWater, Sewage};
use projections::settlement::{ProblemKind, Severity};

use crate::support::{BEGIN, Flat, House, act, code, company, price, since};
use crate::telling::{problems, told};

/// Lines of the flat's account for a period.
fn lines(house: &House, flat: Flat, of: &str) -> Vec<String> {
    let settlement = house.settle(of);
    let charges = settlement.account(flat.account).expect("an open account");
    told(&charges.lines)
}

#[test]
fn a_metered_volume_is_the_difference_at_the_price() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "44.86");
    let flat = house.flat("1", "54.3");
    let meter = house.meter(Some(flat.id), ColdWater, "2025-11-10", "100");
    house.read(meter, "2026-01-25", "104.2");
    house.read(meter, "2026-02-25", "108.4");
    assert_eq!(
        lines(&house, flat, "2026-02"),
        ["cold_water individual 4.2 meter 188.41"]
    );
}

/// Cold water's K rises from 1.5 to 3 on 6 December 2025 (ПП 1871): 5 and 26 days of one month.
#[test]
fn a_multiplier_that_changes_inside_a_month_counts_by_days() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "44.86");
    house.water_norm(ColdWater, "4.29");
    let flat = house.flat("1", "54.3");
    house.residents(flat, 3);
    assert_eq!(
        lines(&house, flat, "2025-12"),
        [
            // 12.87 · 44.86 = 577.3482
            "cold_water individual 12.87 norm 577.35",
            // 577.3482 · 0.5 · 5/31 and 577.3482 · 2 · 26/31
            "cold_water multiplier_excess norm 46.56",
            "cold_water multiplier_excess 2025-12-06 norm 968.46",
        ]
    );
}

#[test]
fn an_act_of_impossibility_takes_the_multiplier_away() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "44.86");
    house.water_norm(ColdWater, "4.29");
    let flat = house.flat("1", "54.3");
    house.residents(flat, 3);
    house.tell(
        flat.id,
        PremisesEvent::MeteringImpossible {
            resource: ColdWater,
            validity: since("2026-03-20"),
            act: act(),
        },
    );
    assert_eq!(
        lines(&house, flat, "2026-03"),
        ["cold_water individual 12.87 norm 577.35"]
    );
    assert_eq!(lines(&house, flat, "2026-02").len(), 2);
}

/// Rules DC-09-HW-TWO-COMPONENT-NO-METER.
#[test]
fn hot_water_of_two_components_without_a_meter() {
    let mut house = House::new(&[ColdWater, HotWater, Sewage]);
    house.price(ColdWater, "44.86");
    house.price(Sewage, "32.14");
    let component = |component| price(HotWater, component);
    let water = component(TariffComponent::ColdWater);
    house.price_of(water, "44.86", Unit::CubicMetre, BEGIN);
    let heat = component(TariffComponent::HeatEnergy);
    house.price_of(heat, "2371.72", Unit::Gigacalorie, BEGIN);
    house.water_norm(ColdWater, "4.29");
    house.water_norm(HotWater, "3.16");
    let (unit, per) = (Unit::Gigacalorie, NormBasis::CubicMetre);
    house.norm(HotWater, "heating_of_water", "0.0611", unit, per);
    let flat = house.flat("1", "54.3");
    house.residents(flat, 3);
    let settlement = house.settle("2026-03");
    let charges = settlement.account(flat.account).expect("an open account");
    assert_eq!(
        told(&charges.lines),
        [
            "cold_water individual 12.87 norm 577.35",
            "cold_water multiplier_excess norm 1154.70",
            "hot_water individual cold_water 9.48 norm 425.27",
            "hot_water individual heat_energy 0.579228 norm 1373.77",
            "hot_water multiplier_excess cold_water norm 212.64",
            "sewage individual 22.35 sum 718.33",
        ]
    );
    assert_eq!(String::from(charges.total), "4462.06");
    // K is money and never volume: the balance takes n · N.
    let service = settlement.service(HotWater).expect("a service");
    let consumed = service.consumed.as_ref().expect("a volume");
    assert_eq!(consumed.value.to_string(), "237/25");
}

#[test]
fn owners_count_where_nobody_is_registered_and_days_count_where_people_come() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    house.water_norm(ColdWater, "3");
    let flat = house.flat("1", "54.3");
    assert_eq!(
        problems(&house.settle("2026-04")),
        [ProblemKind::NoPersons, ProblemKind::NoCommonPart]
    );
    house.tell(
        flat.id,
        PremisesEvent::OwnersRecorded {
            shares: vec![],
            count: 2,
            from: crate::support::day(BEGIN),
            source: aggregates::vocabulary::FactSource::Egrn,
        },
    );
    assert_eq!(
        lines(&house, flat, "2026-04")[0],
        "cold_water individual 6 norm 60.00"
    );
    // Three people from the 16th of a month of thirty days: 15 days of 2 and 15 of 3 persons.
    house.residents_from(flat, 3, "2026-04-16");
    assert_eq!(
        lines(&house, flat, "2026-04")[0],
        "cold_water individual 7.5 norm 75.00"
    );
}

#[test]
fn sewage_is_the_sum_of_the_waters_each_by_its_own_method() {
    let mut house = House::new(&[ColdWater, HotWater, Sewage]);
    house.price(ColdWater, "40");
    house.price(HotWater, "200");
    house.price(Sewage, "30");
    house.water_norm(HotWater, "3.16");
    let flat = house.flat("1", "54.3");
    house.residents(flat, 1);
    let cold = house.meter(Some(flat.id), ColdWater, "2026-02-01", "0");
    house.read(cold, "2026-03-25", "5.5");
    let found = lines(&house, flat, "2026-03");
    assert!(
        found.contains(&"sewage individual 8.66 sum 259.80".to_owned()),
        "{found:?}"
    );
}

#[test]
fn electricity_has_a_line_a_zone() {
    let mut house = House::new(&[Electricity]);
    for (zone, rate) in [("t1", "5.03"), ("t2", "2.77")] {
        let mut key = price(Electricity, TariffComponent::Single);
        key.zone = Some(code(zone));
        house.price_of(key, rate, Unit::KilowattHour, BEGIN);
    }
    let flat = house.flat("1", "54.3");
    let point = house.point(Some(flat.id), Electricity);
    let meter = house.install(point, Electricity, &["t1", "t2"], "2026-01-31", "100/50");
    house.read(meter, "2026-02-25", "200/81");
    assert_eq!(
        lines(&house, flat, "2026-02"),
        [
            "electricity individual t1 100 meter 503.00",
            "electricity individual t2 31 meter 85.87",
        ]
    );
}

/// Ranges of the monthly volume over all zones: 1 000 kWh of 4 900 lie above the first 3 900.
#[test]
fn a_volume_that_falls_into_two_ranges_has_no_single_price() {
    use aggregates::quantity::Measure;
    use aggregates::tariff_book::event::VolumeRange;

    let mut house = House::new(&[Electricity]);
    let limit = |value: i64| Measure::new(value.into(), Unit::KilowattHour);
    for (above, up_to, rate) in [(0, Some(3900), "5"), (3900, None, "7")] {
        let mut key = price(Electricity, TariffComponent::Single);
        key.range = Some(VolumeRange {
            above: limit(above),
            up_to: up_to.map(limit),
        });
        house.price_of(key, rate, Unit::KilowattHour, BEGIN);
    }
    let flat = house.flat("1", "54.3");
    let meter = house.meter(Some(flat.id), Electricity, "2026-01-31", "0");
    house.read(meter, "2026-02-25", "4900");
    let settlement = house.settle("2026-02");
    let line = &settlement.account(flat.account).expect("an account").lines[0].line;
    assert_eq!(String::from(line.amount), "26500.00");
    assert_eq!(line.price, None);
}

#[test]
fn a_price_that_begins_inside_a_month_splits_the_line_by_days() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "40");
    let key = price(ColdWater, TariffComponent::Single);
    house.price_of(key, "50", Unit::CubicMetre, "2026-04-11");
    let flat = house.flat("1", "54.3");
    let meter = house.meter(Some(flat.id), ColdWater, "2026-03-31", "0");
    house.read(meter, "2026-04-25", "6");
    assert_eq!(
        lines(&house, flat, "2026-04"),
        [
            "cold_water individual 2 meter 80.00",
            "cold_water individual 2026-04-11 4 meter 200.00",
        ]
    );
}

/// Rules 13.4: the tax on top is reckoned from the rounded net.
#[test]
fn a_net_price_has_a_line_for_the_tax() {
    let mut house = House::new(&[ColdWater]);
    let mut key = price(ColdWater, TariffComponent::Single);
    key.payers = code("others");
    house.price_with(key, "43.14", Unit::CubicMetre, BEGIN, Some("22"));
    let kind = aggregates::premises::event::PremisesKind::Office;
    let id = house.premises("1Н", kind, "120");
    let account = house.account(id, "О-1", "1/1", BEGIN);
    let meter = house.meter(Some(id), ColdWater, "2026-01-31", "0");
    house.read(meter, "2026-02-25", "1.333");
    assert_eq!(
        lines(&house, Flat { id, account }, "2026-02"),
        [
            // 57.50562 → 57.51, of which 22 % are 12.6522
            "cold_water individual 1.333 meter 57.51",
            "cold_water vat meter 12.65",
        ]
    );
}

#[test]
fn accounts_pay_their_shares_of_the_days_they_are_open() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    let kind = aggregates::premises::event::PremisesKind::Flat;
    let id = house.premises("1", kind, "60");
    let third = house.account(id, "а", "1/3", BEGIN);
    let other = house.account(id, "б", "2/3", BEGIN);
    house.close_account(other, "2026-04-16");
    let heir = house.account(id, "в", "2/3", "2026-04-16");
    let meter = house.meter(Some(id), ColdWater, "2026-03-31", "0");
    house.read(meter, "2026-04-25", "10");
    let paid = |account| lines(&house, Flat { id, account }, "2026-04");
    assert_eq!(
        paid(third),
        ["cold_water individual 3.333333333333 meter 33.33"]
    );
    assert_eq!(
        paid(other),
        ["cold_water individual 3.333333333333 meter 33.33"]
    );
    assert_eq!(
        paid(heir),
        ["cold_water individual 3.333333333333 meter 33.33"]
    );
    assert!(!problems(&house.settle("2026-04")).contains(&ProblemKind::SharesIncomplete));
    // The next month nobody bills the third that account «б» left, had nobody taken it over.
    house.close_account(heir, "2026-05-01");
    house.read(meter, "2026-05-25", "20");
    assert!(problems(&house.settle("2026-05")).contains(&ProblemKind::SharesIncomplete));
}

#[test]
fn premises_billed_by_somebody_else_are_settled_and_not_billed() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    let flat = house.flat("1", "60");
    let meter = house.meter(Some(flat.id), ColdWater, "2026-03-31", "0");
    house.read(meter, "2026-04-25", "10");
    house.tell(
        flat.id,
        PremisesEvent::SeparateBillingSet {
            resource: ColdWater,
            biller: company(),
            validity: since("2026-04-01"),
            act: act(),
        },
    );
    let settlement = house.settle("2026-04");
    let service = settlement.service(ColdWater).expect("a service");
    assert_eq!(service.premises[0].charges.len(), 1);
    assert_eq!(service.premises[0].billed_by, Some(company()));
    assert!(lines(&house, flat, "2026-04").is_empty());
}

#[test]
fn a_service_that_a_supplier_bills_itself_is_not_on_the_bill() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    let manager = aggregates::ids::OrganisationId(uuid::Uuid::from_u128(8));
    house.building(aggregates::building::event::BuildingEvent::RelationSet {
        organisation: manager,
        role: CompanyRole::Manager,
        resources: vec![],
        validity: since(BEGIN),
        act: None,
    });
    let flat = house.flat("1", "60");
    let meter = house.meter(Some(flat.id), ColdWater, "2026-03-31", "0");
    house.read(meter, "2026-04-25", "10");
    let settlement = house.settle("2026-04");
    assert!(
        !settlement
            .service(ColdWater)
            .expect("a service")
            .billed_here
    );
    assert!(lines(&house, flat, "2026-04").is_empty());
}

#[test]
fn what_is_missing_blocks_or_is_flagged() {
    let mut house = House::new(&[ColdWater]);
    let flat = house.flat("1", "60");
    let cold = house.meter(Some(flat.id), ColdWater, "2026-03-31", "0");
    house.read(cold, "2026-04-25", "10");
    house.meter(Some(flat.id), HotWater, "2026-03-31", "0");
    let settlement = house.settle("2026-04");
    let blocking: Vec<ProblemKind> = settlement.blocking().map(|one| one.kind).collect();
    assert_eq!(blocking, [ProblemKind::NoArrangement, ProblemKind::NoPrice]);
    for problem in &settlement.problems {
        let blocks = problem.severity == Severity::Blocking;
        assert_eq!(blocks, blocking.contains(&problem.kind), "{problem}");
    }
}

/// A meter is put in on 16 April: 15 of 30 days by the norm, with the multiplier, the rest by it.
#[test]
fn days_without_a_meter_are_normed() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    house.water_norm(ColdWater, "4");
    let flat = house.flat("1", "60");
    house.residents(flat, 1);
    let meter = house.meter(Some(flat.id), ColdWater, "2026-04-16", "0");
    house.read(meter, "2026-04-25", "1");
    assert_eq!(
        lines(&house, flat, "2026-04"),
        [
            "cold_water individual 3 mixed 30.00",
            "cold_water multiplier_excess mixed 40.00",
        ]
    );
    // Taken away on the 11th of a month of 31 days: 21 days, the day of removal among them.
    house.remove(meter, "2026-05-11", "3");
    assert_eq!(
        lines(&house, flat, "2026-05")[0],
        "cold_water individual 4.709677419355 mixed 47.10"
    );
}

/// Every figure leads down to the events that it rests on.
#[test]
fn a_line_explains_itself_down_to_the_events() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "44.86");
    let flat = house.flat("1", "54.3");
    let meter = house.meter(Some(flat.id), ColdWater, "2025-11-10", "100");
    house.read(meter, "2026-01-25", "104.2");
    house.read(meter, "2026-02-25", "108.4");
    let settlement = house.settle("2026-02");
    let line = &settlement.account(flat.account).expect("an account").lines[0];
    let types: Vec<(&str, u64)> = line
        .because
        .all_events()
        .iter()
        .map(|event| (event.aggregate_type, event.sequence))
        .collect();
    assert_eq!(
        types,
        [
            ("building", 2),
            ("tariff_book", 1),
            ("account", 1),
            ("metering_point", 1),
            ("meter", 3),
            ("meter", 4),
        ]
    );
    let text = line.because.to_text();
    assert!(text.contains("4,2\u{a0}м³ · 44,86 = 188,412 ₽"), "{text}");
    assert!(text.contains("ПП 354 прил. 2 ф. 1"), "{text}");
}
