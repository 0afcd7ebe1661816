//! Heating paid evenly: the mean month of the year before, the norm, the correction of the year.

use aggregates::account::bill::ChargePart;
use aggregates::account::event::AccountEvent;
use aggregates::book_event::BookEvent;
use aggregates::building::event::{BuildingAreaPurpose, BuildingEvent, HeatingPayment};
use aggregates::ids::{AccountId, MeterId, OrganisationId};
use aggregates::premises::event::{HeatSource, PremisesEvent};
use aggregates::quantity::{Measure, NormBasis, Unit};
use aggregates::rule::{BasisKind, RuleBasis, RuleScope, RuleValue};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::time::Interval;
use aggregates::vocabulary::Resource::Heat;
use aggregates::vocabulary::{AdoptionSource, FactSource};
use chrono::Datelike;
use projections::settlement::{Closing, ProblemKind};
use rust_decimal::Decimal;

use crate::support::{Flat, House, act, at, code, company, day, price, since};
use crate::telling::told;

/// What the house used month by month (cases DC-06 and DC-13); the year before 98 a month.
const FACT: [u32; 12] = [210, 185, 160, 95, 12, 0, 0, 0, 18, 98, 150, 205];

/// A house of 6240.5 m² with a flat of 54.3 m² that pays evenly in `year`.
struct Even {
    house: House,
    flat: Flat,
    input: MeterId,
    shown: Decimal,
    year: i32,
    /// Sequence of the last reading.
    last: u64,
}

impl Even {
    fn new(year: i32, prices: &[(&str, &str)]) -> Self {
        let mut house = House::new(&[Heat]);
        for (rate, from) in prices {
            let key = price(Heat, TariffComponent::Single);
            house.price_of(key, rate, Unit::Gigacalorie, from);
        }
        house.house_area(BuildingAreaPurpose::AllPremises, "6240.5");
        house.heating_from("2020-09-15");
        house.building(BuildingEvent::HeatingPaymentChosen {
            mode: HeatingPayment::Evenly,
            from: day(&format!("{year}-01-01")),
            act: act(),
        });
        let flat = house.flat("1", "54.3");
        let input = house.meter(None, Heat, &format!("{}-12-25", year - 2), "0");
        let mut even = Self {
            house,
            flat,
            input,
            shown: Decimal::ZERO,
            year,
            last: 0,
        };
        for month in 1..=12 {
            even.read(year - 1, month, 98);
        }
        even
    }

    fn read(&mut self, year: i32, month: u32, used: u32) {
        self.shown += Decimal::from(used);
        let when = format!("{year}-{month:02}-25");
        let shown = self.shown.to_string();
        self.last = self.house.read(self.input, &when, &shown);
    }

    /// What all bills have for heating of the months of a year, and for its correction.
    fn paid_for(&self, year: i32) -> Decimal {
        let bills = self
            .house
            .events
            .iter()
            .filter_map(|recorded| match &recorded.event {
                BookEvent::Account(AccountEvent::BillIssued { bill }) => Some(bill),
                _ => None,
            });
        let lines = bills.flat_map(|bill| &bill.lines).filter(|line| {
            let of_year = line.period.first_day().year() == year;
            of_year || line.charge.part == ChargePart::HeatingCorrection
        });
        let kopecks: i64 = lines.map(|line| line.amount.kopecks()).sum();
        Decimal::new(kopecks, 2)
    }

    /// Reads and closes the months of the year, and the three after it.
    fn live(&mut self) -> Vec<Closing> {
        let mut closings = Vec::new();
        for (month, used) in (1..).zip(FACT) {
            self.read(self.year, month, used);
            closings.push(self.house.close(&format!("{}-{month:02}", self.year)));
        }
        for month in 1..=3 {
            self.read(self.year + 1, month, 98);
            closings.push(self.house.close(&format!("{}-{month:02}", self.year + 1)));
        }
        closings
    }
}

fn lines(closing: &Closing, account: AccountId, part: &str) -> Vec<String> {
    let Some(bill) = closing.bill(account) else {
        return Vec::new();
    };
    let start = format!("heat {part} ");
    let lines = told(&bill.lines);
    let of_part = lines.iter().filter_map(|line| line.strip_prefix(&start));
    of_part.map(str::to_owned).collect()
}

fn amounts(closings: &[Closing], account: AccountId, part: &str) -> Vec<String> {
    let lines = closings.iter().flat_map(|one| lines(one, account, part));
    let amount = |line: String| line.rsplit(' ').next().expect("an amount").to_owned();
    lines.map(amount).collect()
}

/// Rules DC-06-HEAT-34-THREE-TARIFFS.
#[test]
fn dc_06_heat_34_three_tariffs() {
    let prices = [
        ("1890.12", "2020-01-01"),
        ("2050.78", "2022-07-01"),
        ("2235.35", "2022-12-01"),
    ];
    let mut even = Even::new(2022, &prices);
    let closings = even.live();
    let account = even.flat.account;
    let charged = amounts(&closings[..12], account, "individual");
    assert_eq!(charged[..6], ["1611.74"; 6]);
    assert_eq!(charged[6..11], ["1748.74"; 5]);
    assert_eq!(charged[11..], ["1906.13"]);
    assert!(lines(&closings[0], account, "individual")[0].starts_with("0.8527201346"));
    let corrected = amounts(&closings, account, "heating_correction");
    assert_eq!(corrected, ["-698.89"]);
    let march = lines(&closings[14], account, "heating_correction");
    assert_eq!(march, ["house_meter -698.89"]);
    let bill = closings[14].bill(account).expect("a bill");
    let correction = bill.lines.iter().find(|line| line.line.volume.is_none());
    let because = &correction.expect("the correction").because;
    // Every bill of the year and every reading of the house meter stands behind the figure.
    assert!(because.all_events().len() > 24);
}

/// Rules DC-13-OWNER-CHANGE: the flat is sold on 10 April.
#[test]
fn dc_13_owner_change() {
    let prices = [("2278.30", "2020-01-01"), ("2565.40", "2026-10-01")];
    let mut even = Even::new(2026, &prices);
    let (seller, premises) = (even.flat.account, even.flat.id);
    even.house.close_account(seller, "2026-04-10");
    let buyer = even.house.account(premises, "2", "1/1", "2026-04-10");
    let closings = even.live();
    let april = &closings[3];
    assert_eq!(
        amounts(std::slice::from_ref(april), seller, "individual"),
        ["582.83"]
    );
    assert_eq!(
        amounts(std::slice::from_ref(april), buyer, "individual"),
        ["1359.93"]
    );
    let last = std::slice::from_ref(&closings[14]);
    // The seller's account is closed: its part is a final statement, no line of the buyer.
    assert_eq!(amounts(last, seller, "heating_correction"), ["5156.23"]);
    assert_eq!(amounts(last, buyer, "heating_correction"), ["-5611.45"]);
}

/// The sum of what was paid evenly and of the correction is the fact, for all accounts together.
#[test]
fn payments_and_correction_make_the_fact() {
    let mut even = Even::new(2022, &[("2000", "2020-01-01")]);
    let account = even.flat.account;
    let closings = even.live();
    let paid = amounts(&closings[..12], account, "individual");
    let corrected = amounts(&closings[14..], account, "heating_correction");
    let money = paid.iter().chain(&corrected);
    let sum: Decimal = money
        .map(|text| text.parse::<Decimal>().expect("money"))
        .sum();
    // 1133 · 54.3 / 6240.5 · 2000 = 19716.978.
    assert_eq!(sum.to_string(), "19716.98");
}

/// A reading of the year before that is corrected late moves the mean month; whenever that is
/// recorded, payments, adjustments and the correction make the fact, once.
#[test]
fn what_comes_late_is_paid_once() {
    for recorded_after in [1, 13, 14, 15] {
        let mut even = Even::new(2022, &[("2000", "2020-01-01")]);
        let december = even.last;
        let months = (1..=12)
            .map(|month| (2022, month))
            .chain((1..=4).map(|month| (2023, month)));
        for (closed, ((year, month), used)) in
            months.zip(FACT.into_iter().chain([98; 4])).enumerate()
        {
            if closed == recorded_after {
                // 12 Гкал of January were December's.
                even.house.correct(even.input, december, "1188");
            }
            even.read(year, month, used);
            even.house.close(&format!("{year}-{month:02}"));
        }
        // The year before by the corrected reading, 99 a month; 1133 − 12 in the year itself.
        let paid = even.paid_for(2022);
        assert_eq!(
            paid.to_string(),
            "19508.15",
            "recorded after {recorded_after} closings"
        );
    }
}

/// Half a year was paid evenly to another provider: that half is that one's to correct, which is
/// said, and what comes late of it goes to that one as a notice.
#[test]
fn months_of_another_provider_are_not_corrected_here() {
    let mut even = Even::new(2022, &[("2000", "2020-01-01")]);
    let successor = OrganisationId(uuid::Uuid::from_u128(8));
    let mut new = even.house.arrangement();
    (new.provider, new.biller) = (successor, successor);
    even.house.building(BuildingEvent::ArrangementSet {
        resource: Heat,
        validity: since("2022-07-01"),
        arrangement: new,
    });
    let december = even.last;
    let closings = even.live();
    let march = closings.last().expect("March");
    let corrected = lines(march, even.flat.account, "heating_correction");
    assert_eq!(corrected.len(), 1, "{corrected:?}");
    let said = march.settlement.problems.iter();
    let said = said.filter(|problem| problem.kind == ProblemKind::EvenHeating);
    assert_eq!(said.count(), 6);
    even.house.correct(even.input, december, "1188");
    even.read(2023, 4, 98);
    let april = even.house.close("2023-04");
    let noticed = april
        .notices
        .iter()
        .filter(|notice| notice.provider == company());
    let told: Vec<String> = noticed.flat_map(|notice| told(&notice.lines)).collect();
    assert_eq!(told.len(), 6, "{told:?}");
}

/// A book that begins later is told the year by somebody else's books.
#[test]
fn a_year_told_from_outside_is_shared_by_area() {
    let mut house = House::new(&[Heat]);
    house.price(Heat, "1890.12");
    house.house_area(BuildingAreaPurpose::AllPremises, "6240.5");
    house.building(BuildingEvent::HeatingPaymentChosen {
        mode: HeatingPayment::Evenly,
        from: day("2022-01-01"),
        act: act(),
    });
    let flat = house.flat("1", "54.3");
    house.meter(None, Heat, "2021-12-31", "0");
    let kinds = |house: &House| -> Vec<ProblemKind> {
        let settlement = house.settle("2022-01");
        settlement.blocking().map(|problem| problem.kind).collect()
    };
    assert_eq!(
        kinds(&house),
        [ProblemKind::NoBasis],
        "neither a year nor a norm"
    );
    house.building(BuildingEvent::ValueAdopted {
        purpose: code("heating_of_year"),
        resource: Some(Heat),
        interval: Interval::new(at("2021-01-01T00:00"), at("2022-01-01T00:00")).expect("a year"),
        value: Measure::new(Decimal::from(1176), Unit::Gigacalorie),
        from: AdoptionSource::Organisation {
            organisation: company(),
            act: act(),
        },
    });
    assert_eq!(kinds(&house), Vec::new());
    let settlement = house.settle("2022-01");
    let charges = settlement.account(flat.account).expect("an account");
    assert_eq!(
        told(&charges.lines),
        ["heat individual 0.852720134605 average 1611.74"]
    );
}

/// A house without a heat meter.
fn normed(norm: &str, rate: &str) -> House {
    let mut house = House::new(&[Heat]);
    house.price(Heat, rate);
    house.heating_from("2020-09-15");
    let (unit, per) = (Unit::Gigacalorie, NormBasis::SquareMetreMonth);
    house.norm(Heat, "individual", norm, unit, per);
    house
}

fn charged(house: &House, flat: Flat, month: &str) -> Vec<String> {
    let settlement = house.settle(month);
    told(&settlement.account(flat.account).expect("an account").lines)
}

/// Rules HEAT-NORM-TSIOLK-2021-03, as a house.
#[test]
fn the_norm_of_a_house_without_a_meter() {
    let mut house = normed("0.0220", "3068.91");
    house.house_area(BuildingAreaPurpose::AllPremises, "29.50");
    let flat = house.flat("1", "29.50");
    assert_eq!(
        charged(&house, flat, "2021-03"),
        ["heat individual 0.649 norm 1991.72"]
    );
}

/// Rules HEAT-UNIFORM-TEST-C9 and G-F23-NORM, as houses: seven months of heating are paid in
/// twelve parts, by the number of months that the region fixed.
#[test]
fn the_norm_is_paid_evenly_by_the_months_of_the_region() {
    let mut house = normed("0.0195", "2371.72");
    house.house_area(BuildingAreaPurpose::AllPremises, "55.44");
    let flat = house.flat("1", "55.44");
    house.building(BuildingEvent::HeatingPaymentChosen {
        mode: HeatingPayment::Evenly,
        from: day("2026-01-01"),
        act: act(),
    });
    house.building(BuildingEvent::RuleOverridden {
        parameter: code("heating_months"),
        scope: RuleScope::default(),
        value: RuleValue::Integer(7),
        validity: since("2020-01-01"),
        basis: RuleBasis {
            kind: BasisKind::RegionalAct,
            act: act(),
            issued_by: None,
        },
    });
    assert_eq!(
        charged(&house, flat, "2026-07"),
        ["heat individual 0.63063 norm 1495.68"]
    );
}

#[test]
fn the_norm_is_shared_with_the_common_premises_and_without_own_boilers() {
    let mut house = normed("0.025", "2000");
    house.house_area(BuildingAreaPurpose::AllPremises, "5000");
    house.house_area(BuildingAreaPurpose::CommonHeated, "400");
    let flat = house.flat("1", "50");
    let boilers = house.flat("2", "250");
    house.tell(
        boilers.id,
        PremisesEvent::HeatSourceRecorded {
            heating: HeatSource::OwnBoiler,
            from: day("2020-01-01"),
            act: Some(act()),
            source: FactSource::Act,
        },
    );
    let line = charged(&house, flat, "2026-01");
    assert_eq!(line, ["heat individual 1.245145631068 norm 2490.29"]);
    let line = charged(&house, boilers, "2026-01");
    // Of the common part only: 250 · 400 · 0.025 · 4750 / (5000 · 5150) = 0.46116505.
    assert_eq!(line, ["heat individual 0.461165048544 norm 922.33"]);
}
