//! Adjustments by cause and to whom they belong; what a fact would change; what closing asks for.

use aggregates::account::bill::BillKind;
use aggregates::building::closing::{ClosingStage, Flagged};
use aggregates::building::event::BuildingEvent;
use aggregates::ids::{MeterId, OrganisationId};
use aggregates::vocabulary::Resource::{ColdWater, HotWater};
use projections::settlement::{Closing, Severity, checklist, close, impact};
use uuid::Uuid;

use crate::support::{Flat, House, code, period, since};
use crate::telling::told;

/// A flat with a meter read through February, which is closed: 3 m³ in January, 8 in February.
fn house() -> (House, Flat, MeterId, u64) {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    house.water_norm(ColdWater, "4");
    let flat = house.flat("1", "50");
    house.residents(flat, 1);
    let meter = house.meter(Some(flat.id), ColdWater, "2025-06-25", "0");
    house.read(meter, "2025-12-25", "18");
    house.read(meter, "2026-01-25", "21");
    house.close("2026-01");
    let wrong = house.read(meter, "2026-02-25", "29");
    house.close("2026-02");
    (house, flat, meter, wrong)
}

fn lines(closing: &Closing, flat: Flat) -> Vec<String> {
    told(&closing.bill(flat.account).expect("a bill").lines)
}

/// Both corrections move February; each is told what it did, and the lines add up to the whole.
#[test]
fn each_cause_has_its_own_line_and_they_add_up() {
    let (mut house, flat, meter, wrong) = house();
    house.correct(meter, wrong, "25");
    let first = house.events.last().expect("an event").event_id();
    house.correct(meter, wrong, "26.5");
    let second = house.events.last().expect("an event").event_id();
    house.read(meter, "2026-03-25", "30");
    let closing = house.close("2026-03");
    assert_eq!(
        lines(&closing, flat),
        [
            "cold_water individual 3.5 meter 35.00",
            "2026-02 cold_water individual -4 meter -40.00",
            "2026-02 cold_water individual 1.5 meter 15.00",
        ]
    );
    let bill = closing.bill(flat.account).expect("a bill");
    let causes = bill.lines[1..]
        .iter()
        .map(|line| line.line.caused_by.clone());
    assert_eq!(causes.collect::<Vec<_>>(), [vec![first], vec![second]]);
    // Told once: nothing is left for the next month.
    house.read(meter, "2026-04-25", "33");
    let closing = house.close("2026-04");
    assert_eq!(
        lines(&closing, flat),
        ["cold_water individual 3 meter 30.00"]
    );
}

/// The closing is reproduced from its own prefix, split and all.
#[test]
fn the_split_is_reproduced_at_the_position_of_the_closing() {
    let (mut house, _, meter, wrong) = house();
    house.correct(meter, wrong, "25");
    house.correct(meter, wrong, "26.5");
    house.read(meter, "2026-03-25", "30");
    let closing = house.close("2026-03");
    let then = house.folded_until(closing.computed_at);
    assert_eq!(close(&then, period("2026-03")), Ok(closing));
}

/// The service went to another company: what its predecessor owes stands in a notice, in no bill.
#[test]
fn a_former_provider_is_told_and_the_new_ones_bill_stays_clean() {
    let (mut house, flat, meter, wrong) = house();
    let old = house.arrangement();
    let successor = OrganisationId(Uuid::from_u128(8));
    let mut new = old.clone();
    (new.provider, new.biller) = (successor, successor);
    house.building(BuildingEvent::ArrangementSet {
        resource: ColdWater,
        validity: since("2026-03-01"),
        arrangement: new,
    });
    house.correct(meter, wrong, "25");
    house.read(meter, "2026-03-25", "30");
    let closing = house.close("2026-03");
    assert_eq!(
        lines(&closing, flat),
        ["cold_water individual 5 meter 50.00"]
    );
    let [notice] = closing.notices.as_slice() else {
        unreachable!("one notice: {:?}", closing.notices)
    };
    assert_eq!(
        (notice.account, notice.provider),
        (flat.account, old.provider)
    );
    assert_eq!(
        told(&notice.lines),
        ["2026-02 cold_water individual -4 meter -40.00"]
    );
    // What was told is not told again.
    house.read(meter, "2026-04-25", "33");
    assert!(house.close("2026-04").notices.is_empty());
}

#[test]
fn a_former_holder_is_told_by_a_final_statement_by_cause() {
    let (mut house, flat, meter, wrong) = house();
    house.close_account(flat.account, "2026-03-01");
    house.account(flat.id, "2", "1/1", "2026-03-01");
    house.correct(meter, wrong, "25");
    house.correct(meter, wrong, "26");
    house.read(meter, "2026-03-25", "30");
    let closing = house.close("2026-03");
    let seller = closing.bill(flat.account).expect("a statement");
    assert_eq!(seller.kind, BillKind::FinalStatement);
    assert_eq!(
        told(&seller.lines),
        [
            "2026-02 cold_water individual -4 meter -40.00",
            "2026-02 cold_water individual 1 meter 10.00"
        ]
    );
}

/// What a correction would change is what it changes.
#[test]
fn the_blast_radius_is_what_the_correction_does() {
    let (mut house, flat, meter, wrong) = house();
    house.read(meter, "2026-03-25", "30");
    let before = house.folded();
    house.correct(meter, wrong, "25");
    let told = impact(&before, &house.folded()).expect("both are settled");
    let sums: Vec<(String, bool, String)> = told
        .accounts
        .iter()
        .map(|row| {
            assert_eq!(row.account, flat.account);
            let difference = String::from(row.difference);
            (row.period.to_string(), row.is_closed, difference)
        })
        .collect();
    let expected = [("2026-02", true, "-40.00"), ("2026-03", false, "40.00")];
    let expected = expected.map(|(of, closed, sum)| (of.to_owned(), closed, sum.to_owned()));
    assert_eq!(sums, expected);
    assert_eq!(told.services.len(), 2);
    // And a fact of later months changes nothing that is closed.
    let before = house.folded();
    house.residents_from(flat, 3, "2026-10-01");
    let told = impact(&before, &house.folded()).expect("both are settled");
    assert!(
        told.accounts.is_empty() && told.services.is_empty(),
        "{told:?}"
    );
}

/// A metered resource without an arrangement blocks; a common part that nothing gives asks.
#[test]
fn the_checklist_parts_what_blocks_from_what_asks_for_a_cause() {
    let mut house = House::new(&[ColdWater]);
    house.price(ColdWater, "10");
    let flat = house.flat("1", "50");
    house.meter(Some(flat.id), HotWater, "2025-06-25", "0");
    let meter = house.meter(Some(flat.id), ColdWater, "2025-06-25", "50");
    house.read(meter, "2026-01-25", "40");
    let book = house.folded();
    let closing = close(&book, period("2026-01")).expect("a closing");
    let checked = checklist(&book, &closing).expect("a checklist");
    let severities: Vec<Severity> = checked.blocking.iter().map(|one| one.severity).collect();
    assert_eq!(severities, [Severity::Blocking]);
    let asking = |checked: &projections::settlement::Checklist| {
        let kinds = checked.uncaused().map(|problem| problem.kind.code());
        kinds
            .filter_map(Result::ok)
            .map(String::from)
            .collect::<Vec<_>>()
    };
    assert!(asking(&checked).contains(&"volume_unknown".to_owned()));
    let gaps = checked.stage(ClosingStage::GapsDecided).expect("a stage");
    assert_eq!(gaps.open, 1, "an unknown volume is a matter of gaps");
    assert!(!checked.is_clear());

    house.building(BuildingEvent::FlagAccepted {
        period: period("2026-01"),
        flagged: Flagged {
            kind: code("volume_unknown"),
            resource: None,
            premises: None,
        },
        cause: code("being_mended"),
        note: None,
    });
    let book = house.folded();
    let checked = checklist(&book, &closing).expect("a checklist");
    assert!(!asking(&checked).contains(&"volume_unknown".to_owned()));
    let accepted = checked.accepted().expect("codes");
    assert_eq!(accepted[0].cause, code("being_mended"));
}
