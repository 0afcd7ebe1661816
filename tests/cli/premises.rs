//! `settle` of communal flats and of absences.

use serde_json::json;

use crate::draft::Draft;

/// Two rooms of three persons and one, 8 м³ at 50 ₽ by the meter of their flat.
fn communal() -> Draft {
    Draft::new("2026-03-01")
        .managed(&["cold_water"])
        .premises("12", "communal_flat", "70")
        .with("accounts", json!([]))
        .premises("1", "room", "15")
        .with("part_of", json!("12"))
        .persons(3)
        .premises("2", "room", "10")
        .with("part_of", json!("12"))
        .persons(1)
        .meter("12", "cold_water", "m3", "0")
        .price("cold_water", "single", "50", "m3")
        .reading("12-cold_water", "2026-03-20", "8")
}

#[test]
fn rooms_of_a_communal_flat_have_their_part_of_its_bill() {
    let case = communal();
    let settled = case.settled("2026-03");
    assert_eq!(settled.total("1"), "300.00");
    assert_eq!(settled.total("2"), "100.00");
    let rooms = &settled.service("cold_water")["premises"][0]["rooms"];
    assert_eq!(rooms[0]["number"], "12/1");
    let text = case.run("2026-03", &["--explain"]).expect(0);
    for told in ["12/1", "проживающих в комнате / в квартире", "3 / 4"]
    {
        assert!(text.contains(told), "{told}\n{text}");
    }
}

/// Ten full days of one of two persons, told in April of closed March: 3.1 · 10/31 · 100 ₽.
#[test]
fn an_absence_of_a_closed_month_is_given_back_in_the_next_bill() {
    let act = json!({"number": "1", "date": "2026-04-05"});
    let absence = |refused: serde_json::Value| {
        json!({
            "premises": "1",
            "absence": {
                "persons": 1,
                "departed": "2026-03-05",
                "returned": "2026-03-16",
                "applied_on": "2026-04-05",
                "act": act,
                "refused": refused
            }
        })
    };
    let impossible = json!([{"resource": "cold_water", "from": "2016-01-01", "act": act}]);
    let case = Draft::new("2026-03-01")
        .managed(&["cold_water"])
        .flat("1", "50")
        .persons(2)
        .with("metering_impossible", impossible)
        .price("cold_water", "single", "100", "m3")
        .norm("cold_water", "individual", ("3.1", "m3", "person_month"))
        .closed(&["2026-03"]);
    let counted = case.clone().fact("absence_recorded", absence(json!(null)));
    let settled = counted.settled("2026-04");
    assert_eq!(settled.amounts("1", "cold_water", "absence"), ["-100.00"]);
    assert_eq!(settled.total("1"), "520.00");
    let text = counted.run("2026-04", &["--explain"]).expect(0);
    assert!(text.contains("отсутствует 1 чел., с 06.03.2026"), "{text}");
    assert!(text.contains("facts[0]"), "{text}");
    // A refused one is kept and told, and gives nothing back.
    let refused = case.fact("absence_recorded", absence(json!("not_proved")));
    assert_eq!(refused.settled("2026-04").total("1"), "620.00");
    let march = refused.closed(&[]).run("2026-03", &[]).expect(0);
    assert!(
        march.contains("отказано: отсутствие не подтверждено"),
        "{march}"
    );
}
