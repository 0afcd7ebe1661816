//! КР на СОИ and ОДН.

use aggregates::building::arrangement::{Management, ProviderRole};
use aggregates::building::event::BuildingAreaPurpose;
use aggregates::ids::MeterId;
use aggregates::quantity::{NormBasis, Unit};
use aggregates::vocabulary::Resource::{self, ColdWater, Electricity};
use projections::settlement::{CommonBasis, ProblemKind, Settlement};

use crate::support::{BEGIN, Flat, House};
use crate::telling::{problems, told};

/// A house without an arrangement yet.
fn house(total: &str, resource: Resource, rate: &str) -> House {
    let mut house = House::new(&[]);
    house.price(resource, rate);
    house.house_area(BuildingAreaPurpose::AllPremises, total);
    house
}

/// A meter that counts this much in March 2026.
fn counts(house: &mut House, flat: Option<Flat>, resource: Resource, volume: &str) -> MeterId {
    let meter = house.meter(flat.map(|flat| flat.id), resource, "2026-02-28", "0");
    house.read(meter, "2026-03-25", volume);
    meter
}

fn common_lines(settlement: &Settlement, flat: Flat) -> Vec<String> {
    let charges = settlement.account(flat.account).expect("an open account");
    let lines = told(&charges.lines);
    lines
        .into_iter()
        .filter(|line| line.contains("common"))
        .collect()
}

/// Rules ODN-F12-DEK: 12 000 − 1 000 − 4 000 − 5 000 by area.
#[test]
fn common_needs_by_the_house_meter() {
    let mut house = house("2400", Electricity, "1.936");
    house.arrange_with(
        Electricity,
        Management::Direct,
        ProviderRole::SupplierUnderDirectManagement,
    );
    let flat = house.flat("1", "60");
    counts(&mut house, Some(flat), Electricity, "150");
    let rest = house.flat("2", "2340");
    counts(&mut house, Some(rest), Electricity, "9850");
    counts(&mut house, None, Electricity, "12000");
    let settlement = house.settle("2026-03");
    let charges = settlement.account(flat.account).expect("an open account");
    assert_eq!(
        told(&charges.lines),
        [
            "electricity individual 150 meter 290.40",
            "electricity common_needs 50 house_meter 96.80",
        ]
    );
    assert_eq!(String::from(charges.total), "387.20");
}

/// Rules ODN-F15-DEK: 3.94 · 1 426 · 60 / 2 400.
#[test]
fn common_property_by_the_norm() {
    let mut house = house("2400", Electricity, "1.936");
    house.arrange(Electricity, Management::ManagingCompany);
    house.house_area(BuildingAreaPurpose::CommonElectricity, "1000");
    house.house_area(BuildingAreaPurpose::CommonElectricityExtra, "426");
    let (unit, per) = (Unit::KilowattHour, NormBasis::SquareMetreMonth);
    house.norm(Electricity, "common_property", "3.94", unit, per);
    let flat = house.flat("1", "60");
    counts(&mut house, Some(flat), Electricity, "150");
    assert_eq!(
        common_lines(&house.settle("2026-03"), flat),
        ["electricity common_property 140.461 common_norm 271.93"]
    );
}

/// Rules G-ODN-CAP: 70 m³ above the premises, of which the norm lets 24 be shared out.
fn capped(management: Management, role: ProviderRole) -> (House, Flat) {
    let mut house = house("5000", ColdWater, "45.10");
    house.arrange_with(ColdWater, management, role);
    house.house_area(BuildingAreaPurpose::CommonWater, "800");
    let (unit, per) = (Unit::CubicMetre, NormBasis::SquareMetreMonth);
    house.norm(ColdWater, "common_property", "0.03", unit, per);
    let flat = house.flat("1", "54.3");
    counts(&mut house, Some(flat), ColdWater, "5");
    let rest = house.flat("2", "4945.7");
    counts(&mut house, Some(rest), ColdWater, "925");
    counts(&mut house, None, ColdWater, "1000");
    (house, flat)
}

#[test]
fn common_needs_are_capped_by_the_norm() {
    let (mut house, flat) = capped(Management::NotChosen, ProviderRole::Manager);
    let settlement = house.settle("2026-03");
    assert_eq!(
        common_lines(&settlement, flat),
        ["cold_water common_needs 0.26064 house_meter 11.75"]
    );
    let common = &settlement.service(ColdWater).expect("a service").common;
    let borne = common.borne_by_provider.as_ref().expect("a volume");
    assert_eq!(borne.value.to_string(), "46/1");
    assert!(problems(&settlement).contains(&ProblemKind::AboveCap));
    // The owners may decide to pay it all.
    house.decide("odn_excess_by_area", ColdWater);
    assert_eq!(
        common_lines(&house.settle("2026-03"), flat),
        ["cold_water common_needs 0.7602 house_meter 34.29"]
    );
}

#[test]
fn there_is_no_cap_where_the_supplier_provides() {
    let role = ProviderRole::SupplierUnderDirectManagement;
    let (house, flat) = capped(Management::Direct, role);
    assert_eq!(
        common_lines(&house.settle("2026-03"), flat),
        ["cold_water common_needs 0.7602 house_meter 34.29"]
    );
}

#[test]
fn common_property_follows_the_house_meter_by_the_owners_decision_only() {
    let (mut house, flat) = capped(Management::ManagingCompany, ProviderRole::Manager);
    assert_eq!(
        common_lines(&house.settle("2026-03"), flat),
        ["cold_water common_property 0.26064 common_norm 11.75"]
    );
    house.decide("soi_by_fact", ColdWater);
    assert_eq!(
        common_lines(&house.settle("2026-03"), flat),
        ["cold_water common_property 0.7602 house_meter 34.29"]
    );
}

#[test]
fn what_premises_consume_above_the_house_meter_is_not_shared_out() {
    let mut house = house("100", ColdWater, "10");
    house.arrange(ColdWater, Management::ManagingCompany);
    house.decide("soi_by_fact", ColdWater);
    let flat = house.flat("1", "100");
    counts(&mut house, Some(flat), ColdWater, "12");
    counts(&mut house, None, ColdWater, "10");
    let settlement = house.settle("2026-03");
    assert!(common_lines(&settlement, flat).is_empty());
    assert!(problems(&settlement).contains(&ProblemKind::NegativeCommonPart));
}

#[test]
fn without_a_decision_and_without_a_norm_nothing_is_shared_out() {
    let mut house = house("100", ColdWater, "10");
    house.arrange(ColdWater, Management::ManagingCompany);
    let flat = house.flat("1", "100");
    counts(&mut house, Some(flat), ColdWater, "8");
    counts(&mut house, None, ColdWater, "10");
    let settlement = house.settle("2026-03");
    assert!(common_lines(&settlement, flat).is_empty());
    let common = &settlement.service(ColdWater).expect("a service").common;
    assert_eq!(common.basis, CommonBasis::None);
    assert!(problems(&settlement).contains(&ProblemKind::NoCommonPart));
}

/// A premises whose volume nobody knows would be paid for by all others.
#[test]
fn the_house_meter_is_not_shared_out_while_a_volume_is_unknown() {
    let mut house = house("100", ColdWater, "10");
    house.arrange(ColdWater, Management::ManagingCompany);
    house.decide("soi_by_fact", ColdWater);
    let flat = house.flat("1", "50");
    counts(&mut house, Some(flat), ColdWater, "4");
    let other = house.flat("2", "50");
    house.meter(Some(other.id), ColdWater, BEGIN, "0");
    counts(&mut house, None, ColdWater, "10");
    let settlement = house.settle("2026-03");
    assert!(common_lines(&settlement, flat).is_empty());
    assert!(problems(&settlement).contains(&ProblemKind::NoBasis));
}

/// The difference over two months against the premises' one would charge the first month again.
#[test]
fn the_house_meter_is_not_shared_out_where_its_difference_covers_another_month() {
    let mut house = house("100", ColdWater, "40");
    house.arrange(ColdWater, Management::ManagingCompany);
    house.decide("soi_by_fact", ColdWater);
    let flat = house.flat("1", "100");
    let own = house.meter(Some(flat.id), ColdWater, "2026-01-31", "0");
    let input = house.meter(None, ColdWater, "2026-01-31", "0");
    house.read(own, "2026-02-25", "10");
    house.read(own, "2026-03-25", "20");
    house.read(input, "2026-03-25", "24");
    let settlement = house.settle("2026-03");
    assert_eq!(common_lines(&settlement, flat), [""; 0]);
    assert!(problems(&settlement).contains(&ProblemKind::NoBasis));
}
