//! КР на СОИ: by norm with the yearly correction, by the average, by the fact with what is carried
//! over, and what the УК owes.

use aggregates::building::arrangement::{
    Arrangement, ContractScope, Management, ProviderRole, ReadingsOwner, SupplyContract,
};
use aggregates::building::event::{BuildingAreaPurpose, BuildingEvent};
use aggregates::ids::{MeterId, OrganisationId};
use aggregates::quantity::{NormBasis, Unit};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::vocabulary::Resource::ColdWater;
use projections::settlement::Closing;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::support::{BEGIN, Flat, House, act, company, price, since};
use crate::telling::told;

/// What the house meter tells of the common part in 2025 (case DC-11).
const FACT: [u32; 12] = [31, 12, 0, 0, 15, 10, 0, 0, 0, 13, 16, 0];

/// The house of case DC-11: 18 m³ a month by the norm.
struct Soi {
    house: House,
    flat: Flat,
    own: MeterId,
    input: MeterId,
    shown: (u32, Decimal),
}

impl Soi {
    fn new(decisions: &[&str]) -> Self {
        let mut house = House::new(&[]);
        house.arrange(ColdWater, Management::ManagingCompany);
        for (rate, from) in [("40.12", BEGIN), ("44.11", "2025-07-01")] {
            let key = price(ColdWater, TariffComponent::Single);
            house.price_of(key, rate, Unit::CubicMetre, from);
        }
        house.house_area(BuildingAreaPurpose::AllPremises, "5120.4");
        house.house_area(BuildingAreaPurpose::CommonWater, "200");
        let (unit, per) = (Unit::CubicMetre, NormBasis::SquareMetreMonth);
        house.norm(ColdWater, "common_property", "0.09", unit, per);
        for decision in decisions {
            house.decide(decision, ColdWater);
        }
        let flat = house.flat("1", "54.3");
        let own = house.meter(Some(flat.id), ColdWater, "2024-12-25", "0");
        let input = house.meter(None, ColdWater, "2024-12-25", "0");
        Self {
            house,
            flat,
            own,
            input,
            shown: (0, Decimal::ZERO),
        }
    }

    /// Reads everything so that the common part is `fact`, and closes the month.
    fn close(&mut self, month: &str, fact: i64) -> Closing {
        self.read(month, fact);
        self.house.close(month)
    }

    fn read(&mut self, month: &str, fact: i64) {
        self.shown.0 += 10;
        self.shown.1 += Decimal::from(10 + fact);
        let day = format!("{month}-25");
        self.house.read(self.own, &day, &self.shown.0.to_string());
        self.house.read(self.input, &day, &self.shown.1.to_string());
    }

    fn year(&mut self) -> Vec<Closing> {
        let months = FACT.iter().enumerate();
        let closed = months
            .map(|(index, fact)| self.close(&format!("2025-{:02}", index + 1), i64::from(*fact)));
        closed.collect()
    }

    fn lines(&self, closing: &Closing, part: &str) -> Vec<String> {
        let bill = closing.bill(self.flat.account).expect("a bill");
        let start = format!("cold_water {part} ");
        let lines = told(&bill.lines);
        let of_part = lines.iter().filter_map(|line| line.strip_prefix(&start));
        of_part.map(str::to_owned).collect()
    }
}

fn total(closing: &Closing, kind: &str) -> Option<String> {
    let found = closing
        .totals
        .iter()
        .find(|total| total.kind.as_str() == kind)?;
    Some(found.volume?.value().normalize().to_string())
}

/// Rules DC-11-SOI-YEAR-RECALC-SPREAD.
#[test]
fn dc_11_soi_year_recalc_spread() {
    let mut soi = Soi::new(&[]);
    let year = soi.year();
    let charged: Vec<String> = year
        .iter()
        .flat_map(|closing| soi.lines(closing, "common_property"))
        .map(|line| line.rsplit(' ').next().expect("an amount").to_owned())
        .collect();
    assert_eq!(charged[..6], ["7.66"; 6]);
    assert_eq!(charged[6..], ["8.42"; 6]);
    let january = soi.close("2026-01", 0);
    assert!(soi.lines(&january, "common_property_correction").is_empty());
    for month in 2..=12 {
        let closing = soi.close(&format!("2026-{month:02}"), 0);
        let expected = match month {
            12 => "house_meter -4.98",
            _ => "house_meter -4.90",
        };
        let found = soi.lines(&closing, "common_property_correction");
        assert_eq!(found, [expected], "{month}");
    }
}

#[test]
fn the_owners_may_have_the_correction_in_one_bill() {
    let mut soi = Soi::new(&["soi_correction_at_once"]);
    soi.year();
    soi.close("2026-01", 0);
    let february = soi.close("2026-02", 0);
    let found = soi.lines(&february, "common_property_correction");
    assert_eq!(found, ["house_meter -53.98"]);
    let march = soi.close("2026-03", 0);
    assert!(soi.lines(&march, "common_property_correction").is_empty());
}

/// The same case: a company that leaves corrects its own months in its last bill.
#[test]
fn dc_11_a_provider_that_leaves_corrects_its_half_year_in_its_last_bill() {
    let mut soi = Soi::new(&[]);
    let mut arrangement = managed(None);
    arrangement.provider = OrganisationId(Uuid::from_u128(8));
    soi.house.building(BuildingEvent::ArrangementSet {
        resource: ColdWater,
        validity: since("2025-07-01"),
        arrangement,
    });
    let mut june = Vec::new();
    for (index, fact) in FACT.iter().enumerate().take(6) {
        let closing = soi.close(&format!("2025-{:02}", index + 1), i64::from(*fact));
        june = soi.lines(&closing, "common_property_correction");
    }
    assert_eq!(june, ["house_meter -17.03"]);
}

/// Parts that are not billed yet stay with the account.
#[test]
fn an_account_that_is_closed_gets_the_rest_at_once() {
    let mut soi = Soi::new(&[]);
    soi.year();
    soi.close("2026-01", 0);
    soi.close("2026-02", 0);
    soi.house.close_account(soi.flat.account, "2026-04-01");
    let march = soi.close("2026-03", 0);
    let found = soi.lines(&march, "common_property_correction");
    assert_eq!(found, ["house_meter -49.08"]);
    let april = soi.close("2026-04", 0);
    assert!(april.bill(soi.flat.account).is_none());
}

#[test]
fn the_average_of_the_year_before_is_charged_where_the_owners_decided_so() {
    let mut soi = Soi::new(&["soi_by_average"]);
    let year = soi.year();
    // Nothing is on record of 2024: the norm.
    let january = soi.lines(&year[0], "common_property");
    assert_eq!(january, ["0.190883524725 common_norm 7.66"]);
    // 97 / 12 · 54.3 / 5120.4.
    let january = soi.close("2026-01", 0);
    let found = soi.lines(&january, "common_property");
    assert_eq!(found, ["0.085720842122 average 3.78"]);
}

/// ПП 124 п. 21(1): 5, −3, 8 make 5, 0 and 5.
#[test]
fn a_negative_month_lowers_the_next_ones() {
    let mut soi = Soi::new(&["soi_by_fact"]);
    let closed = [("2025-01", 5), ("2025-02", -3), ("2025-03", 8)];
    let closed = closed.map(|(month, fact)| soi.close(month, fact));
    let of = |kind| closed.each_ref().map(|closing| total(closing, kind));
    let some = |values: [&str; 3]| values.map(|value| Some(value.to_owned()));
    assert_eq!(of("difference"), some(["5", "-3", "8"]));
    assert_eq!(of("soi_due"), some(["5", "0", "5"]));
    assert_eq!(of("carried_over"), some(["0", "3", "0"]));
    let common = of("common").map(|common| common.unwrap_or_else(|| "0".to_owned()));
    assert_eq!(common, ["5", "0", "5"]);
    // The whole utility is bought: what came in.
    assert_eq!(of("owed_to_supplier"), some(["15", "7", "18"]));
}

#[test]
fn under_a_contract_for_common_property_only_the_due_part_is_owed() {
    let mut soi = Soi::new(&["soi_by_fact"]);
    soi.house.building(BuildingEvent::ArrangementSet {
        resource: ColdWater,
        validity: since(BEGIN),
        arrangement: managed(Some(ContractScope::CommonPropertyOnly)),
    });
    let closed = [("2025-01", 5), ("2025-02", -3), ("2025-03", 8)];
    let owed = closed.map(|(month, fact)| total(&soi.close(month, fact), "owed_to_supplier"));
    assert_eq!(owed, ["5", "0", "5"].map(|value| Some(value.to_owned())));
    // Not read: between УК and РСО the norm.
    soi.house.read(soi.own, "2025-04-25", "40");
    let april = soi.house.close("2025-04");
    assert_eq!(total(&april, "owed_to_supplier").as_deref(), Some("18"));
}

/// The difference of two months, less what both consumed and what the first was charged.
#[test]
fn a_difference_over_two_months_is_shared_out_less_what_was_charged() {
    let mut soi = Soi::new(&["soi_by_fact"]);
    // No history: January goes by the norm, 18 m³.
    soi.house.read(soi.own, "2025-01-25", "10");
    let january = soi.house.close("2025-01");
    assert_eq!(total(&january, "common").as_deref(), Some("18"));
    soi.house.read(soi.own, "2025-02-25", "20");
    soi.house.read(soi.input, "2025-02-25", "50");
    let february = soi.house.close("2025-02");
    assert_eq!(total(&february, "common").as_deref(), Some("12"));
}

fn managed(covers: Option<ContractScope>) -> Arrangement {
    let supplier = covers.map(|_| OrganisationId(Uuid::from_u128(9)));
    Arrangement {
        management: Management::ManagingCompany,
        provider: company(),
        provider_role: match covers {
            Some(_) => ProviderRole::SupplierByDirectContracts,
            None => ProviderRole::Manager,
        },
        supplier,
        contract: covers.map(|covers| SupplyContract { covers, act: act() }),
        readings_owner: ReadingsOwner::Provider,
        biller: company(),
        readings_owed_to: company(),
        readings_owed_by_day: 25,
        report: None,
    }
}
