//! The norm by those who live in the premises, day by day; absences; gas by what it is used for.

use aggregates::account::bill::ChargePart;
use aggregates::premises::event::{AbsenceRefusal, PremisesEvent};
use aggregates::quantity::{NormBasis, Unit};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::time::DateSpan;
use aggregates::vocabulary::FactSource;
use aggregates::vocabulary::Resource::{self, ColdWater, Gas, HotWater, Sewage};
use projections::settlement::ProblemKind;

use crate::support::{BEGIN, Flat, House, act, day, price, since};
use crate::telling::{problems, told};

/// A house with one flat of two residents; the norm is a tenth of m³ a day of March.
fn house(resources: &[Resource]) -> (House, Flat) {
    let mut house = House::new(resources);
    for resource in resources {
        house.price(*resource, "100");
        house.water_norm(*resource, "3.1");
    }
    let flat = house.flat("1", "50");
    house.residents(flat, 2);
    (house, flat)
}

/// No meter can be put in for the resource.
fn impossible(house: &mut House, flat: Flat, resource: Resource) {
    house.tell(
        flat.id,
        PremisesEvent::MeteringImpossible {
            resource,
            validity: since(BEGIN),
            act: act(),
        },
    );
}

/// One was away from 5 to 16 March: ten full days.
fn absent(
    house: &mut House,
    flat: Flat,
    returned: &str,
    applied: &str,
    no: Option<AbsenceRefusal>,
) {
    house.tell(
        flat.id,
        PremisesEvent::AbsenceRecorded {
            persons: 1,
            departed: day("2026-03-05"),
            returned: day(returned),
            applied_on: day(applied),
            act: act(),
            refused: no,
        },
    );
}

fn lines(house: &House, flat: Flat) -> Vec<String> {
    let settlement = house.settle("2026-03");
    told(&settlement.account(flat.account).expect("an account").lines)
}

fn reasons(house: &House) -> Vec<String> {
    let settlement = house.settle("2026-03");
    let found = settlement.problems.iter();
    let found = found.filter(|problem| problem.kind == ProblemKind::AbsenceNotCounted);
    found.map(|problem| problem.text.clone()).collect()
}

/// 2 persons for 10 days and 3 for 21, each day at its own price: 2.0 · 100 + 6.3 · 200.
#[test]
fn a_change_of_residents_inside_the_month_counts_by_days_and_so_does_the_price() {
    let (mut house, flat) = house(&[ColdWater]);
    impossible(&mut house, flat, ColdWater);
    let key = price(ColdWater, TariffComponent::Single);
    house.price_of(key, "200", Unit::CubicMetre, "2026-03-11");
    house.residents_from(flat, 3, "2026-03-11");
    assert_eq!(
        lines(&house, flat),
        [
            "cold_water individual 2 norm 200.00",
            "cold_water individual 2026-03-11 6.3 norm 1260.00",
        ]
    );
    let settlement = house.settle("2026-03");
    let line = &settlement.account(flat.account).expect("an account").lines[0];
    let because = line.because.to_text();
    for part in [
        "(2 чел. · 3,1",
        "· 10/31 = 2",
        "(3 чел. · 3,1",
        "· 21/31 = 6,3",
    ] {
        assert!(because.contains(part), "{part}\n{because}");
    }
}

/// Residents leave on 11 March, owners are three: 2 · 10 days + 3 · 21 days.
#[test]
fn owners_count_on_the_days_on_which_nobody_is_registered() {
    let (mut house, flat) = house(&[ColdWater]);
    impossible(&mut house, flat, ColdWater);
    house.tell(
        flat.id,
        PremisesEvent::OwnersRecorded {
            shares: Vec::new(),
            count: 3,
            from: day(BEGIN),
            source: FactSource::Egrn,
        },
    );
    house.residents_from(flat, 0, "2026-03-11");
    assert_eq!(
        lines(&house, flat),
        ["cold_water individual 8.3 norm 830.00"]
    );
}

/// The norm for the days before the meter is that of those days, whoever lives there later.
#[test]
fn days_without_a_meter_have_the_residents_of_those_days() {
    let (mut house, flat) = house(&[ColdWater]);
    impossible(&mut house, flat, ColdWater);
    house.residents_from(flat, 5, "2026-03-11");
    let meter = house.meter(Some(flat.id), ColdWater, "2026-03-11T00:00", "0");
    house.read(meter, "2026-03-25", "1");
    assert_eq!(
        lines(&house, flat),
        ["cold_water individual 3 mixed 300.00"]
    );
}

#[test]
fn full_days_of_absence_are_taken_off_the_norm_of_all_waters_and_the_sewage() {
    let (mut house, flat) = house(&[ColdWater, HotWater, Sewage]);
    for resource in [ColdWater, HotWater] {
        impossible(&mut house, flat, resource);
    }
    absent(&mut house, flat, "2026-03-16", "2026-03-20", None);
    assert_eq!(
        lines(&house, flat),
        [
            "cold_water individual 6.2 norm 620.00",
            "cold_water absence -1 norm -100.00",
            "hot_water individual 6.2 norm 620.00",
            "hot_water absence -1 norm -100.00",
            "sewage individual 12.4 sum 1240.00",
            "sewage absence -2 norm -200.00",
        ]
    );
    // The balance takes the norm as it is (п. 88).
    let settlement = house.settle("2026-03");
    let water = settlement.service(ColdWater).expect("a service");
    let consumed = water.consumed.as_ref().expect("known").stored();
    assert_eq!(consumed.expect("a number").value().to_string(), "6.2");
}

#[test]
fn never_more_are_away_than_live_there() {
    let (mut house, flat) = house(&[ColdWater]);
    impossible(&mut house, flat, ColdWater);
    house.tell(
        flat.id,
        PremisesEvent::AbsenceRecorded {
            persons: 7,
            departed: day("2026-02-20"),
            returned: day("2026-04-10"),
            applied_on: day("2026-02-20"),
            act: act(),
            refused: None,
        },
    );
    assert_eq!(
        lines(&house, flat),
        [
            "cold_water individual 6.2 norm 620.00",
            "cold_water absence -6.2 norm -620.00"
        ]
    );
}

#[test]
fn what_does_not_count_is_told_with_the_reason() {
    let whole = ["cold_water individual 6.2 norm 620.00"];
    let (mut fresh, flat) = house(&[ColdWater]);
    impossible(&mut fresh, flat, ColdWater);
    // Five full days.
    absent(&mut fresh, flat, "2026-03-11", "2026-03-20", None);
    assert_eq!(lines(&fresh, flat), whole);
    assert!(
        reasons(&fresh)[0].contains("полных дней 5"),
        "{:?}",
        reasons(&fresh)
    );
    // Applied for after thirty days.
    let (mut late, flat) = house(&[ColdWater]);
    impossible(&mut late, flat, ColdWater);
    absent(&mut late, flat, "2026-03-16", "2026-04-16", None);
    assert_eq!(lines(&late, flat), whole);
    assert!(
        reasons(&late)[0].contains("срок истёк 15.04.2026"),
        "{:?}",
        reasons(&late)
    );
    // Refused by the provider.
    let no = Some(AbsenceRefusal::NotProved);
    absent(&mut late, flat, "2026-03-16", "2026-04-10", no);
    assert_eq!(lines(&late, flat), whole);
    assert!(reasons(&late)[0].contains("отказано: отсутствие не подтверждено"));
    // No act: a meter could have been put in.
    let (mut without, flat) = house(&[ColdWater]);
    absent(&mut without, flat, "2026-03-16", "2026-03-20", None);
    assert_eq!(
        lines(&without, flat),
        [
            "cold_water individual 6.2 norm 620.00",
            "cold_water multiplier_excess norm 1240.00"
        ]
    );
    assert!(
        reasons(&without)[0].contains("нет акта"),
        "{:?}",
        reasons(&without)
    );
    // A meter counts.
    let meter = without.meter(Some(flat.id), ColdWater, "2026-02-28", "0");
    without.read(meter, "2026-03-25", "4");
    assert_eq!(
        lines(&without, flat),
        ["cold_water individual 4 meter 400.00"]
    );
    assert!(
        reasons(&without)[0].contains("по прибору"),
        "{:?}",
        reasons(&without)
    );
}

#[test]
fn an_absence_told_after_closing_is_an_adjustment_that_names_it() {
    let (mut house, flat) = house(&[ColdWater]);
    impossible(&mut house, flat, ColdWater);
    house.close("2026-03");
    absent(&mut house, flat, "2026-03-16", "2026-04-10", None);
    let absence = house.events.last().expect("an event").event_id();
    let closing = house.close("2026-04");
    let bill = &closing.bills[0];
    assert_eq!(
        told(&bill.lines),
        [
            "cold_water individual 6.2 norm 620.00",
            "2026-03 cold_water absence -1 norm -100.00",
        ]
    );
    let mended = &bill.lines[1].line;
    assert_eq!(mended.charge.part, ChargePart::Absence);
    assert_eq!(mended.caused_by, [absence]);
    // Taken back by the provider's check it is charged again.
    let no = Some(AbsenceRefusal::Disproved);
    absent(&mut house, flat, "2026-03-16", "2026-04-10", no);
    let closing = house.close("2026-05");
    let last = told(&closing.bills[0].lines).pop();
    let expected = "2026-03 cold_water absence 1 norm 100.00";
    assert_eq!(last.as_deref(), Some(expected));
}

/// ф. 5: 2 · 10 + 2 · 5 in every month, + 50 · 8 while the house is heated.
#[test]
fn gas_by_the_norm_is_the_sum_of_what_it_is_used_for() {
    let mut house = House::new(&[Gas]);
    house.price(Gas, "7");
    let (unit, person) = (Unit::CubicMetre, NormBasis::PersonMonth);
    house.norm(Gas, "cooking", "10", unit, person);
    house.norm(Gas, "water_heating", "5", unit, person);
    house.norm(Gas, "heating", "8", unit, NormBasis::SquareMetreMonth);
    let flat = house.flat("1", "50");
    house.residents(flat, 2);
    impossible(&mut house, flat, Gas);
    house.heating_from("2026-02-15");
    assert_eq!(lines(&house, flat), ["gas individual 430 norm 3010.00"]);
    let settlement = house.settle("2026-01");
    let charges = settlement.account(flat.account).expect("an account");
    // Before the first season on record nobody knows: the norm is charged as it stands.
    assert_eq!(told(&charges.lines), ["gas individual 430 norm 3010.00"]);
    let line = &house.settle("2026-03").accounts[0].lines[0];
    assert_eq!(line.line.clause.as_str(), "ПП 354 прил. 2 ф. 5");
    // Those who are away do not cook; the flat is heated all the same.
    absent(&mut house, flat, "2026-03-16", "2026-03-20", None);
    let relief = &lines(&house, flat)[1];
    assert!(
        relief.starts_with("gas absence -4.838709677419"),
        "{relief}"
    );
}

/// К never reaches the sewage, be it by its own norm.
#[test]
fn sewage_where_no_water_is_supplied_goes_by_its_own_norm() {
    let mut house = House::new(&[Sewage]);
    house.price(Sewage, "30");
    house.water_norm(Sewage, "4");
    let flat = house.flat("1", "50");
    house.residents(flat, 2);
    assert_eq!(lines(&house, flat), ["sewage individual 8 norm 240.00"]);
    let none = problems(&house.settle("2026-03"));
    assert!(!none.contains(&ProblemKind::NoNorm), "{none:?}");
}

/// The norm of a gap has the persons of its days: 5 from 17 March on, 15 days of 0.1 each.
#[test]
fn a_gap_by_the_norm_has_the_residents_of_its_days() {
    let (mut house, flat) = house(&[ColdWater]);
    let meter = house.meter(Some(flat.id), ColdWater, "2026-02-28T00:00", "0");
    house.read(meter, "2026-03-16", "1");
    house.fail(meter, "2026-03-17T00:00");
    house.residents_from(flat, 5, "2026-03-17");
    let told = &lines(&house, flat)[0];
    assert_eq!(told, "cold_water individual 8.5 mixed 850.00");
}

/// A term that ends shows the row below it again.
#[test]
fn people_staying_for_a_time_count_for_that_time() {
    let (mut house, flat) = house(&[ColdWater]);
    impossible(&mut house, flat, ColdWater);
    house.tell(
        flat.id,
        PremisesEvent::ResidentsRecorded {
            registered: 2,
            temporary: 3,
            validity: DateSpan::new(day("2026-03-02"), Some(day("2026-03-12"))).expect("a term"),
            source: FactSource::OwnerStatement,
        },
    );
    assert_eq!(
        lines(&house, flat),
        ["cold_water individual 9.2 norm 920.00"]
    );
}
