//! Norms.

use super::*;

fn norm(rate: NormRate, validity: DateSpan) -> Command {
    Command::SetNorm {
        key: NormKey {
            resource: Resource::ColdWater,
            purpose: code("individual"),
            category: code("bath-1500"),
            rooms: None,
            persons: None,
        },
        rate,
        validity,
        basis: basis("131-ПК"),
    }
}

pub(super) fn per_person(value: &str) -> NormRate {
    let value = value.parse().expect("a number");
    NormRate::new(value, Unit::CubicMetre, NormBasis::PersonMonth).expect("a norm")
}

pub(super) fn set_norm(value: &str, validity: DateSpan) -> Command {
    norm(per_person(value), validity)
}

pub(super) fn norm_set(value: &str, validity: DateSpan) -> Event {
    Event::NormSet {
        key: NormKey {
            resource: Resource::ColdWater,
            purpose: code("individual"),
            category: code("bath-1500"),
            rooms: None,
            persons: None,
        },
        rate: per_person(value),
        validity,
        basis: basis("131-ПК"),
    }
}

pub(super) fn norm_on(state: &TariffBook, day: &str) -> Option<String> {
    let (purpose, category) = (code("individual"), code("bath-1500"));
    let key = NormKey {
        resource: Resource::ColdWater,
        purpose,
        category,
        rooms: None,
        persons: None,
    };
    let found = state.norm_on(&key, date(day));
    found.map(|norm| norm.rate.value().to_string())
}

#[tokio::test]
async fn a_norm_holds_until_the_next_one_and_is_corrected_from_the_same_day() {
    let given = vec![opened(), norm_set("4.29", since("2020-01-01"))];
    let later = norm_set("4.1", since("2026-01-01"));
    let command = set_norm("4.1", since("2026-01-01"));
    emits::<TariffBook>(given.clone(), command, vec![later.clone()]).await;
    let given: Vec<_> = given.into_iter().chain([later]).collect();
    let state = folded::<TariffBook>(given.clone());
    assert_eq!(norm_on(&state, "2019-12-31"), None);
    assert_eq!(norm_on(&state, "2025-12-31").as_deref(), Some("4.29"));
    assert_eq!(norm_on(&state, "2026-01-01").as_deref(), Some("4.1"));
    let corrected = norm_set("4.01", since("2026-01-01"));
    let command = set_norm("4.01", since("2026-01-01"));
    emits::<TariffBook>(given.clone(), command, vec![corrected.clone()]).await;
    let state = folded::<TariffBook>(given.into_iter().chain([corrected]).collect());
    assert_eq!(norm_on(&state, "2026-01-01").as_deref(), Some("4.01"));
}

#[tokio::test]
async fn two_norms_never_hold_for_the_same_on_one_day() {
    let given = vec![
        opened(),
        norm_set("4.29", between("2025-01-01", "2026-01-01")),
    ];
    for (validity, on) in [
        (since("2025-12-01"), "2025-12-01"),
        (between("2024-01-01", "2025-01-02"), "2025-01-01"),
    ] {
        let error = Error::NormOverlaps {
            on: date(on),
            recorded_from: date("2025-01-01"),
        };
        refuses::<TariffBook>(given.clone(), set_norm("4.1", validity), error).await;
    }
}

#[tokio::test]
async fn a_norm_is_for_somebody_in_some_room() {
    for (field, rooms, persons) in [
        ("число комнат", Some(0), None),
        ("число проживающих", Some(2), Some(0)),
    ] {
        let mut command = set_norm("4.29", since("2026-01-01"));
        if let Command::SetNorm { key, .. } = &mut command {
            (key.rooms, key.persons) = (rooms, persons);
        }
        refuses::<TariffBook>(vec![opened()], command, Error::NormForNone { field }).await;
    }
}

#[tokio::test]
async fn a_norm_is_in_a_unit_of_its_resource() {
    let heat = NormRate::new(1.into(), Unit::Gigacalorie, NormBasis::PersonMonth).expect("a norm");
    let error = Error::ForeignUnit {
        resource: Resource::ColdWater,
        unit: Unit::Gigacalorie,
        allowed: "м³".into(),
    };
    refuses::<TariffBook>(vec![opened()], norm(heat, since("2026-01-01")), error).await;
    let heating_of_water = Command::SetNorm {
        key: NormKey {
            resource: Resource::HotWater,
            purpose: code("heating_of_water"),
            category: code("all"),
            rooms: None,
            persons: None,
        },
        rate: NormRate::new(1.into(), Unit::Gigacalorie, NormBasis::CubicMetre).expect("a norm"),
        validity: since("2026-01-01"),
        basis: basis("131-ПК"),
    };
    let framework = cqrs_es::test::TestFramework::<TariffBook>::with(());
    let result = framework
        .given(vec![opened()])
        .when_async(heating_of_water)
        .await;
    assert_eq!(result.inspect_result().map(|events| events.len()), Ok(1));
}
