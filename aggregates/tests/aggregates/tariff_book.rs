use aggregates::ids::{OrganisationId, TariffBookId};
use aggregates::ledger::EventId;
use aggregates::quantity::{NormBasis, NormRate, Percent, TariffRate, Unit};
use aggregates::tariff_book::TariffBook;
use aggregates::tariff_book::command::TariffBookCommand as Command;
use aggregates::tariff_book::error::TariffBookError as Error;
use aggregates::tariff_book::event::{
    NormKey, RateBasis, TariffBookEvent as Event, TariffComponent as Component, TariffKey,
    TariffPrice, VolumeRange,
};
use aggregates::time::DateSpan;
use aggregates::vocabulary::Resource;
use proptest::prelude::*;

use crate::support::*;

use norms::set_norm;

mod norms;

fn basis(number: &str) -> RateBasis {
    RateBasis::Act { act: act(number) }
}

fn opened() -> Event {
    Event::TariffBookOpened {
        title: label("Екатеринбург"),
    }
}

fn water() -> TariffKey {
    TariffKey {
        resource: Resource::ColdWater,
        component: Component::Single,
        zone: None,
        range: None,
        payers: code("population"),
    }
}

fn electricity(above: &str, up_to: Option<&str>) -> TariffKey {
    let range = VolumeRange {
        above: measure(above, Unit::KilowattHour),
        up_to: up_to.map(|up_to| measure(up_to, Unit::KilowattHour)),
    };
    TariffKey {
        resource: Resource::Electricity,
        range: Some(range),
        ..water()
    }
}

fn price(roubles: &str, per: Unit) -> TariffPrice {
    let rate = TariffRate::new(roubles.parse().expect("a number"), per).expect("a price");
    let vat = Percent::new(22.into()).expect("per cent");
    TariffPrice {
        rate,
        vat: Some(vat),
        vat_included: true,
    }
}

fn set(key: TariffKey, price: TariffPrice, validity: DateSpan) -> Command {
    let supplier = OrganisationId(id(1));
    Command::SetTariff {
        key,
        price,
        validity,
        supplier,
        basis: basis("123-ПК"),
        adopted: None,
    }
}

fn was_set(key: TariffKey, price: TariffPrice, validity: DateSpan) -> Event {
    let supplier = OrganisationId(id(1));
    Event::TariffSet {
        key,
        price,
        validity,
        supplier,
        basis: basis("123-ПК"),
        adopted: None,
    }
}

fn set_water(roubles: &str, validity: DateSpan) -> Command {
    set(water(), price(roubles, Unit::CubicMetre), validity)
}

fn water_set(roubles: &str, validity: DateSpan) -> Event {
    was_set(water(), price(roubles, Unit::CubicMetre), validity)
}

fn tariff(sequence: u64) -> EventId {
    EventId::of::<TariffBook>(TariffBookId(id(77)).0, sequence)
}

fn withdraw(sequence: u64, reason: &str) -> Command {
    Command::WithdrawTariff {
        tariff: tariff(sequence),
        reason: code(reason),
    }
}

fn withdrawn(sequence: u64, reason: &str) -> Event {
    Event::TariffWithdrawn {
        tariff: tariff(sequence),
        reason: code(reason),
    }
}

fn roubles_on(state: &TariffBook, key: &TariffKey, day: &str) -> Option<String> {
    state
        .tariff_on(key, date(day))
        .map(|tariff| tariff.price.rate.price().to_string())
}

#[tokio::test]
async fn a_book_is_opened_once() {
    let open = |title: &str| Command::OpenTariffBook {
        title: label(title),
    };
    emits::<TariffBook>(vec![], open("Екатеринбург"), vec![opened()]).await;
    let error = Error::OpenedDifferently {
        title: "Екатеринбург".into(),
    };
    refuses::<TariffBook>(vec![opened()], open("Пермь"), error).await;
    for command in [
        set_water("44.86", since("2026-01-01")),
        withdraw(2, "typing_mistake"),
        set_norm("4.29", since("2026-01-01")),
    ] {
        refuses::<TariffBook>(vec![], command, Error::NotOpened).await;
    }
}

#[tokio::test]
async fn a_tariff_holds_until_the_next_one_begins() {
    let first = water_set("44.86", since("2025-07-01"));
    emits::<TariffBook>(
        vec![opened()],
        set_water("44.86", since("2025-07-01")),
        vec![first],
    )
    .await;
    let given = vec![opened(), water_set("44.86", since("2025-07-01"))];
    let second = water_set("45.62", since("2026-01-01"));
    let command = set_water("45.62", since("2026-01-01"));
    emits::<TariffBook>(given.clone(), command, vec![second.clone()]).await;
    let state = folded::<TariffBook>(given.into_iter().chain([second]).collect());
    assert_eq!(roubles_on(&state, &water(), "2025-06-30"), None);
    assert_eq!(
        roubles_on(&state, &water(), "2025-12-31").as_deref(),
        Some("44.86")
    );
    assert_eq!(
        roubles_on(&state, &water(), "2026-01-01").as_deref(),
        Some("45.62")
    );
}

#[tokio::test]
async fn an_older_tariff_may_be_entered_later() {
    let given = vec![opened(), water_set("45.62", since("2026-01-01"))];
    let older = water_set("44.86", since("2025-07-01"));
    let command = set_water("44.86", since("2025-07-01"));
    emits::<TariffBook>(given.clone(), command, vec![older.clone()]).await;
    let state = folded::<TariffBook>(given.into_iter().chain([older]).collect());
    assert_eq!(
        roubles_on(&state, &water(), "2025-12-31").as_deref(),
        Some("44.86")
    );
    assert_eq!(
        roubles_on(&state, &water(), "2026-01-01").as_deref(),
        Some("45.62")
    );
}

#[tokio::test]
async fn a_tariff_with_an_end_leaves_nothing_behind_it() {
    let given = vec![
        opened(),
        water_set("44.86", since("2025-01-01")),
        water_set("40", between("2025-07-01", "2025-10-01")),
    ];
    let state = folded::<TariffBook>(given);
    assert_eq!(
        roubles_on(&state, &water(), "2025-09-30").as_deref(),
        Some("40")
    );
    assert_eq!(
        roubles_on(&state, &water(), "2025-10-01"),
        None,
        "unknown is not guessed"
    );
}

#[tokio::test]
async fn two_tariffs_never_hold_for_the_same_on_one_day() {
    let given = vec![
        opened(),
        water_set("44.86", between("2025-07-01", "2026-01-01")),
    ];
    let overlaps = |on: &str| Error::TariffOverlaps {
        on: date(on),
        recorded_from: date("2025-07-01"),
    };
    let cases = [
        (set_water("45", since("2025-12-31")), overlaps("2025-12-31")),
        (set_water("45", since("2025-07-01")), overlaps("2025-07-01")),
        (
            set_water("45", between("2025-01-01", "2025-07-02")),
            overlaps("2025-07-01"),
        ),
        (
            set_water("44.87", between("2025-07-01", "2026-01-01")),
            overlaps("2025-07-01"),
        ),
    ];
    for (command, error) in cases {
        refuses::<TariffBook>(given.clone(), command, error).await;
    }
    for validity in [since("2026-01-01"), between("2025-01-01", "2025-07-01")] {
        let then = vec![water_set("45", validity)];
        emits::<TariffBook>(given.clone(), set_water("45", validity), then).await;
    }
}

#[tokio::test]
async fn different_things_have_their_own_tariffs() {
    let given = vec![opened(), water_set("44.86", since("2025-07-01"))];
    let others = TariffKey {
        payers: code("others"),
        ..water()
    };
    let unit_price = price("50", Unit::CubicMetre);
    let then = vec![was_set(
        others.clone(),
        unit_price.clone(),
        since("2025-07-01"),
    )];
    emits::<TariffBook>(given, set(others, unit_price, since("2025-07-01")), then).await;
}

#[tokio::test]
async fn ranges_stand_side_by_side_and_new_bounds_end_the_old() {
    let kwh = |roubles| price(roubles, Unit::KilowattHour);
    let old = since("2025-01-01");
    let given = vec![
        opened(),
        was_set(electricity("0", Some("100")), kwh("5"), old),
        was_set(electricity("100", None), kwh("7"), old),
    ];
    let new = since("2026-01-01");
    let command = set(electricity("0", Some("150")), kwh("6"), new);
    let event = was_set(electricity("0", Some("150")), kwh("6"), new);
    emits::<TariffBook>(given.clone(), command, vec![event.clone()]).await;
    let state = folded::<TariffBook>(given.clone().into_iter().chain([event]).collect());
    for ended in [electricity("0", Some("100")), electricity("100", None)] {
        assert!(state.tariff_on(&ended, date("2025-12-31")).is_some());
        assert!(state.tariff_on(&ended, date("2026-01-01")).is_none());
    }
    let command = set(electricity("50", Some("200")), kwh("6"), old);
    let error = Error::RangesOverlap {
        on: date("2025-01-01"),
        range: "от 50\u{a0}кВт·ч до 200\u{a0}кВт·ч".into(),
        recorded: "от 0\u{a0}кВт·ч до 100\u{a0}кВт·ч".into(),
    };
    refuses::<TariffBook>(given.clone(), command, error).await;
    let whole = TariffKey {
        range: None,
        ..electricity("0", None)
    };
    let error = Error::RangesOverlap {
        on: date("2025-01-01"),
        range: "весь объём".into(),
        recorded: "от 0\u{a0}кВт·ч до 100\u{a0}кВт·ч".into(),
    };
    refuses::<TariffBook>(given, set(whole, kwh("6"), old), error).await;
}

#[tokio::test]
async fn a_range_is_in_order_and_in_the_unit_of_the_price() {
    let kwh = price("5", Unit::KilowattHour);
    let reversed = |range: &str| Error::RangeReversed {
        range: range.into(),
    };
    let cases = [
        (
            electricity("100", Some("100")),
            reversed("от 100\u{a0}кВт·ч до 100\u{a0}кВт·ч"),
        ),
        (
            electricity("-1", Some("100")),
            reversed("от -1\u{a0}кВт·ч до 100\u{a0}кВт·ч"),
        ),
    ];
    for (key, error) in cases {
        refuses::<TariffBook>(
            vec![opened()],
            set(key, kwh.clone(), since("2026-01-01")),
            error,
        )
        .await;
    }
    let megawatts = price("5000", Unit::MegawattHour);
    let command = set(electricity("0", None), megawatts, since("2026-01-01"));
    refuses::<TariffBook>(vec![opened()], command, reversed("от 0\u{a0}кВт·ч")).await;
}

#[tokio::test]
async fn a_price_is_of_something_that_is_sold_so() {
    let on = since("2026-01-01");
    let zone = TariffKey {
        zone: Some(code("t1")),
        ..water()
    };
    let error = Error::ZoneOfForeignResource {
        resource: Resource::ColdWater,
    };
    let command = set(zone, price("5", Unit::CubicMetre), on);
    refuses::<TariffBook>(vec![opened()], command, error).await;

    let carrier = TariffKey {
        component: Component::HeatCarrier,
        ..water()
    };
    let error = Error::ForeignComponent {
        resource: Resource::ColdWater,
        component: Component::HeatCarrier,
    };
    let command = set(carrier, price("5", Unit::CubicMetre), on);
    refuses::<TariffBook>(vec![opened()], command, error).await;

    let error = Error::ForeignUnit {
        resource: Resource::ColdWater,
        unit: Unit::Gigacalorie,
        allowed: "м³".into(),
    };
    let command = set(water(), price("5", Unit::Gigacalorie), on);
    refuses::<TariffBook>(vec![opened()], command, error).await;

    let hot = |component| TariffKey {
        resource: Resource::HotWater,
        component,
        ..water()
    };
    for (component, per) in [
        (Component::ColdWater, Unit::CubicMetre),
        (Component::HeatEnergy, Unit::Gigacalorie),
        (Component::Single, Unit::CubicMetre),
    ] {
        let then = vec![was_set(hot(component), price("5", per), on)];
        emits::<TariffBook>(
            vec![opened()],
            set(hot(component), price("5", per), on),
            then,
        )
        .await;
    }
}

#[tokio::test]
async fn a_tax_that_is_included_has_a_rate() {
    let untaxed = TariffPrice {
        vat: None,
        ..price("1", Unit::CubicMetre)
    };
    let command = set(water(), untaxed, since("2026-01-01"));
    refuses::<TariffBook>(vec![opened()], command, Error::VatIncludedWithoutRate).await;
}

/// What a price, a tax or a norm may not be is refused before it reaches the book.
#[test]
fn figures_out_of_range_do_not_come_in() {
    let rate = |price: &str| {
        serde_json::from_str::<TariffRate>(&format!(r#"{{"price":"{price}","per":"m3"}}"#))
    };
    assert!(rate("0.01").is_ok());
    assert!(rate("0").is_err() && rate("-1").is_err());
    let norm = |value: &str| {
        let text = format!(r#"{{"value":"{value}","unit":"m3","per":"person_month"}}"#);
        serde_json::from_str::<NormRate>(&text)
    };
    assert!(norm("0").is_ok());
    assert!(norm("-1").is_err());
    let vat = |value: &str| serde_json::from_str::<Percent>(&format!("\"{value}\""));
    assert!(vat("0").is_ok() && vat("100").is_ok());
    assert!(vat("-1").is_err() && vat("100.01").is_err());
}

#[tokio::test]
async fn a_tariff_set_by_mistake_is_withdrawn_and_the_one_before_holds_on() {
    let given = vec![
        opened(),
        water_set("44.86", since("2025-07-01")),
        water_set("456.2", since("2026-01-01")),
    ];
    let event = withdrawn(3, "typing_mistake");
    emits::<TariffBook>(
        given.clone(),
        withdraw(3, "typing_mistake"),
        vec![event.clone()],
    )
    .await;
    let given: Vec<_> = given.into_iter().chain([event]).collect();
    let state = folded::<TariffBook>(given.clone());
    assert_eq!(
        roubles_on(&state, &water(), "2026-02-01").as_deref(),
        Some("44.86")
    );
    assert_eq!(state.tariffs().len(), 1);
    let then = vec![water_set("45.62", since("2026-01-01"))];
    emits::<TariffBook>(given, set_water("45.62", since("2026-01-01")), then).await;
}

#[tokio::test]
async fn only_a_tariff_of_this_book_is_withdrawn() {
    let given = vec![opened(), water_set("44.86", since("2025-07-01"))];
    for sequence in [1, 3] {
        let error = Error::NoSuchTariff {
            tariff: tariff(sequence),
        };
        refuses::<TariffBook>(given.clone(), withdraw(sequence, "typing_mistake"), error).await;
    }
    let foreign = EventId {
        aggregate_type: "meter".into(),
        ..tariff(2)
    };
    let command = Command::WithdrawTariff {
        tariff: foreign.clone(),
        reason: code("other"),
    };
    refuses::<TariffBook>(
        given.clone(),
        command,
        Error::NoSuchTariff { tariff: foreign },
    )
    .await;
    let given: Vec<_> = given
        .into_iter()
        .chain([withdrawn(2, "typing_mistake")])
        .collect();
    let error = Error::WithdrawnDifferently {
        tariff: tariff(2),
        reason: "typing_mistake".into(),
    };
    refuses::<TariffBook>(given, withdraw(2, "act_annulled"), error).await;
}

proptest! {
    /// Whatever is entered in whatever order, on no day do two tariffs hold for one thing, and the
    /// order of entering does not matter.
    #[test]
    fn one_day_one_tariff(
        rows in proptest::collection::vec((0_u64..40, 1_u64..30, any::<bool>()), 1..8),
    ) {
        let first = date("2026-01-01");
        let day = |number: u64| first + chrono::Days::new(number);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut events = vec![opened()];
        for (number, (from, lasts, open)) in rows.iter().enumerate() {
            let until = (!open).then(|| day(from + lasts));
            let validity = DateSpan::new(day(*from), until).expect("a span");
            let command = set_water(&(number + 1).to_string(), validity);
            let framework = cqrs_es::test::TestFramework::<TariffBook>::with(());
            let outcome = runtime.block_on(framework.given(events.clone()).when_async(command));
            events.extend(outcome.inspect_result().unwrap_or_default());
        }
        let state = folded::<TariffBook>(events.clone());
        let mut reversed = events.clone();
        reversed[1..].reverse();
        let other = folded::<TariffBook>(reversed);
        for number in 0..80 {
            let on = day(number).to_string();
            let holding = roubles_on(&state, &water(), &on);
            prop_assert_eq!(&holding, &roubles_on(&other, &water(), &on));
            // By the definition: the row that began last, if its own term holds the day.
            let begun = state.tariffs().iter().filter(|row| row.validity.from() <= day(number));
            let last = begun.max_by_key(|row| row.validity.from());
            let expected = last.filter(|row| row.validity.contains(day(number)));
            let expected = expected.map(|row| row.price.rate.price().to_string());
            prop_assert_eq!(holding, expected);
        }
    }
}
