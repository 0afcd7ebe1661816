//! Heating corrected by distributors of heat (ф. 6): figures by hand, no published ones are known.

use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingEvent;
use aggregates::ids::MeterId;
use aggregates::metering_point::event::{MeteringPointEvent, PointKind, RadiatorFactor};
use aggregates::rule::{BasisKind, RuleBasis, RuleScope, RuleValue};
use aggregates::vocabulary::Resource::Heat;
use projections::settlement::{Closing, ProblemKind};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::support::{BEGIN, Flat, House, act, code, day, since};
use crate::telling::told;

/// A house of three flats of 100 m² with 30 Гкал a month at 2000 ₽: 20 000 ₽ a flat and month.
struct Allocated {
    house: House,
    flats: [Flat; 3],
    input: MeterId,
}

impl Allocated {
    fn new() -> Self {
        let mut house = House::new(&[Heat]);
        house.price(Heat, "2000");
        house.heating_from("2020-09-15");
        let flats = ["1", "2", "3"].map(|number| house.flat(number, "100"));
        let input = house.meter(None, Heat, "2024-12-25", "0");
        Self {
            house,
            flats,
            input,
        }
    }

    /// A distributor on a radiator of the flat, at zero at the beginning of the year.
    fn distributor(&mut self, flat: usize, factor: &str) -> MeterId {
        let premises = Some(self.flats[flat].id);
        let point = self
            .house
            .point_of_kind(premises, Heat, PointKind::Distributor);
        let factor: Decimal = factor.parse().expect("a decimal");
        let set = MeteringPointEvent::RadiatorFactorSet {
            factor: RadiatorFactor::try_from(factor).expect("a factor"),
            from: day(BEGIN),
            act: act(),
        };
        self.house.record(point.0, BookEvent::MeteringPoint(set));
        self.house
            .install(point, Heat, &["allocated"], "2024-12-25", "0")
    }

    fn read(&mut self, meter: MeterId, when: &str, units: &str) {
        self.house.read(meter, when, units);
    }

    /// Reads the input, as far as it was not, and closes the months through the given one.
    fn close_through(&mut self, from: u32, through: u32) -> Vec<Closing> {
        let close = |month: u32| {
            let (year, month_of) = (2025 + (month - 1) / 12, (month - 1) % 12 + 1);
            let shown = (month * 30).to_string();
            let when = format!("{year}-{month_of:02}-25");
            self.house.read(self.input, &when, &shown);
            self.house.close(&format!("{year}-{month_of:02}"))
        };
        (from..=through).map(close).collect()
    }

    fn decide(&mut self, rule: &str, value: u32) {
        self.house.building(BuildingEvent::RuleOverridden {
            parameter: code(rule),
            scope: RuleScope::default(),
            value: RuleValue::Integer(value),
            validity: since(BEGIN),
            basis: RuleBasis {
                kind: BasisKind::MeetingDecision,
                act: act(),
                issued_by: None,
            },
        });
    }

    fn corrected(&self, closing: &Closing, flat: usize) -> Vec<String> {
        let bill = closing.bill(self.flats[flat].account);
        let lines = bill.map(|bill| told(&bill.lines)).unwrap_or_default();
        let of_part = lines
            .iter()
            .filter_map(|line| line.strip_prefix("heat distributor_correction house_meter "));
        of_part.map(str::to_owned).collect()
    }
}

fn problems(closing: &Closing) -> Vec<&str> {
    let told = closing.settlement.problems.iter();
    let told = told.filter(|problem| problem.kind == ProblemKind::DistributorNotCounted);
    told.map(|problem| problem.text.as_str()).collect()
}

/// 480 000 ₽ of two flats by 500 to 300 units; the third one pays what it paid.
#[test]
fn a_year_is_shared_anew_by_what_distributors_counted() {
    let mut case = Allocated::new();
    let one = [case.distributor(0, "1"), case.distributor(0, "2")];
    let two = case.distributor(1, "1.5");
    let months = case.close_through(1, 11);
    // Nobody waits for a distributor before the year is over.
    for month in &months {
        assert!(problems(month).is_empty());
        assert_eq!(month.settlement.gaps, []);
    }
    case.read(one[0], "2025-12-24", "300");
    case.read(one[1], "2025-12-24", "100");
    case.read(two, "2025-12-24", "200");
    let closings = case.close_through(12, 14);
    assert_eq!(case.corrected(&closings[0], 0), Vec::<String>::new());
    let january = &closings[1];
    assert_eq!(case.corrected(january, 0), ["60000.00"]);
    assert_eq!(case.corrected(january, 1), ["-60000.00"]);
    assert_eq!(case.corrected(january, 2), Vec::<String>::new());
    assert_eq!(case.corrected(&closings[2], 0), Vec::<String>::new());
}

/// One of two is silent: the other one stands for it, and somebody is told.
#[test]
fn the_mean_of_the_others_stands_for_one_silent_distributor() {
    let mut case = Allocated::new();
    let one = [case.distributor(0, "1"), case.distributor(0, "2")];
    let two = case.distributor(1, "1");
    case.close_through(1, 11);
    case.read(one[0], "2025-12-24", "300");
    case.read(two, "2025-12-24", "200");
    let closings = case.close_through(12, 13);
    assert_eq!(case.corrected(&closings[1], 0), ["120000.00"]);
    assert_eq!(case.corrected(&closings[1], 1), ["-120000.00"]);
    let said = problems(&closings[1]);
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("пом. 1"), "{said:?}");
}

/// Without a reading the flat counts as without distributors, and a third of the area is too
/// little for the rest.
#[test]
fn too_few_distributors_correct_nothing() {
    let mut case = Allocated::new();
    let one = case.distributor(0, "1");
    case.distributor(1, "1");
    case.close_through(1, 11);
    case.read(one, "2025-12-24", "300");
    let closings = case.close_through(12, 13);
    for flat in 0..3 {
        assert_eq!(case.corrected(&closings[1], flat), Vec::<String>::new());
    }
    let said = problems(&closings[1]);
    assert!(said.iter().any(|text| text.contains("пом. 2")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("50 %")), "{said:?}");
}

/// By a decision of the meeting the half years are corrected apart: from the first month on.
#[test]
fn a_meeting_may_ask_for_more_corrections_a_year() {
    let mut case = Allocated::new();
    case.decide("distributor_corrections_a_year", 2);
    let (one, two) = (case.distributor(0, "1"), case.distributor(1, "1"));
    case.close_through(1, 5);
    case.read(one, "2025-06-24", "30");
    case.read(two, "2025-06-24", "10");
    let closings = case.close_through(6, 7);
    assert_eq!(case.corrected(&closings[1], 0), ["60000.00"]);
    case.close_through(8, 11);
    case.read(one, "2025-12-24", "40");
    case.read(two, "2025-12-24", "20");
    let closings = case.close_through(12, 13);
    assert_eq!(case.corrected(&closings[1], 0), Vec::<String>::new());
}

/// Who moved out in June pays, or gets back, by what was charged to them.
#[test]
fn holders_of_the_year_share_the_correction_by_what_they_were_charged() {
    let mut case = Allocated::new();
    let (one, two) = (case.distributor(0, "1"), case.distributor(1, "1"));
    let old = case.flats[0].account;
    case.house.close_account(old, "2025-04-01");
    let new = case
        .house
        .account(case.flats[0].id, "1-2", "1/1", "2025-04-01");
    case.close_through(1, 11);
    case.read(one, "2025-12-24", "300");
    case.read(two, "2025-12-24", "100");
    let closings = case.close_through(12, 13);
    // 480 000 by 3 to 1 is 120 000 more; three months of twelve were the old account's.
    assert_eq!(case.corrected(&closings[1], 0), ["30000.00"]);
    let bill = closings[1].bill(new).expect("a bill");
    let line = told(&bill.lines);
    assert!(
        line.contains(&"heat distributor_correction house_meter 90000.00".to_owned()),
        "{line:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// What some pay more the others pay less, to half a kopeck a line.
    #[test]
    fn a_correction_moves_money_and_makes_none(units in [1_u32..5000, 1_u32..5000, 0_u32..5000]) {
        let mut case = Allocated::new();
        let meters = [0, 1, 2].map(|flat| case.distributor(flat, "1.25"));
        case.close_through(1, 11);
        for (meter, units) in meters.into_iter().zip(units) {
            case.read(meter, "2025-12-24", &units.to_string());
        }
        let closings = case.close_through(12, 13);
        let sum: Decimal = (0..3)
            .flat_map(|flat| case.corrected(&closings[1], flat))
            .map(|amount| amount.parse::<Decimal>().expect("an amount"))
            .sum();
        prop_assert!(sum.abs() <= Decimal::new(15, 3), "{sum}");
    }
}
