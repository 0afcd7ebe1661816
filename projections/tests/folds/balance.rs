//! The house balance: the worked cases.

use aggregates::building::event::Sign::{Minus, Plus};
use aggregates::meter::reading::ImputationMethod::{Average, Norm};
use aggregates::metering_point::event::PointKind;
use aggregates::premises::event::PremisesKind;
use aggregates::vocabulary::{ReadingSource, Resource};
use projections::balance::{Balance, BalanceError, Difference, Origin, ScopeBalance, text};
use projections::recorded::FoldError;
use projections::volume::Reason;

use crate::support::{Book, WATER, known, measure, period, zone};

fn only_scope(book: &Book, of: &str) -> ScopeBalance {
    let mut scopes = book.balance(of).value.scopes;
    assert_eq!(scopes.len(), 1);
    scopes.remove(0)
}

fn parts(scope: &ScopeBalance) -> Vec<(Origin, String, usize)> {
    let part = |part: &projections::balance::OriginPart| {
        (part.origin, part.volume.value().to_string(), part.points)
    };
    scope.parts.iter().map(part).collect()
}

#[test]
fn the_difference_is_known_when_every_point_is() {
    let mut book = Book::new();
    let (input, house) = book.water("ввод", PointKind::House, "2026-03-23");
    let (a, flat_a) = book.water("кв. 1", PointKind::Individual, "2026-03-23");
    let (b, flat_b) = book.water("кв. 2", PointKind::Individual, "2026-03-23");
    book.scope(
        "house",
        "2026-01-01",
        &[(input, Plus)],
        &[(a, Plus), (b, Plus)],
    );
    book.read_by(house, "2026-04-24", "20", ReadingSource::Archive);
    book.read_by(flat_a, "2026-04-24", "6.25", ReadingSource::Polled);
    book.read(flat_b, "2026-04-24", "8.5");
    let scope = only_scope(&book, "2026-04");
    assert_eq!(
        scope.difference,
        Difference::Known {
            volume: measure("5.25 m3")
        }
    );
    assert_eq!(
        parts(&scope),
        [
            (Origin::Automatic, "6.25".to_owned(), 1),
            (Origin::Submitted, "8.5".to_owned(), 1)
        ]
    );
}

#[test]
fn missing_members_are_named_and_the_difference_typed_as_such() {
    let mut book = Book::new();
    let (input, house) = book.water("ввод", PointKind::House, "2026-03-23");
    let twelve = book.premises("12", PremisesKind::Flat);
    let a = book.point_in(
        "кухня",
        Resource::ColdWater,
        PointKind::Individual,
        Some(twelve),
    );
    let meter = book.meter("7", Resource::ColdWater, &WATER);
    book.install(meter, a, "2026-03-23", "0");
    let (b, flat_b) = book.water("кв. 2", PointKind::Individual, "2026-03-23");
    book.scope(
        "house",
        "2026-01-01",
        &[(input, Plus)],
        &[(a, Plus), (b, Plus)],
    );
    book.read(house, "2026-04-24", "20");
    book.read(flat_b, "2026-04-24", "8.5");

    let scope = only_scope(&book, "2026-04");
    let volume = measure("11.5 m3");
    assert_eq!(
        scope.difference,
        Difference::WithoutMissing { volume, missing: 1 }
    );
    let missing = &scope.members.missing[0];
    assert_eq!(
        missing
            .point
            .premises
            .as_ref()
            .map(|number| number.as_str()),
        Some("12")
    );
    assert!(matches!(
        missing.reasons.as_slice(),
        [Reason::NoReading { .. }]
    ));
    assert!(
        scope.members.total.known().is_none(),
        "the sum of all is unknown"
    );
    assert_eq!(
        (scope.members.known_points, scope.members.all_points),
        (1, 2)
    );

    let shown = text::render(&book.balance("2026-04").value, zone());
    assert!(
        shown.contains("Разность без вычета неизвестных точек"),
        "{shown}"
    );
    assert!(
        shown.contains("пом. 12, ИПУ «кухня»: показаний за период нет"),
        "{shown}"
    );
}

#[test]
fn without_the_house_meter_the_difference_is_unknown() {
    let mut book = Book::new();
    let (input, _) = book.water("ввод", PointKind::House, "2026-03-23");
    let (a, flat) = book.water("кв. 1", PointKind::Individual, "2026-03-23");
    book.scope("house", "2026-01-01", &[(input, Plus)], &[(a, Plus)]);
    book.read(flat, "2026-04-24", "8.5");
    let scope = only_scope(&book, "2026-04");
    assert!(matches!(scope.difference, Difference::Unknown { .. }));
    assert_eq!(scope.house.known, None);
    assert_eq!(scope.members.known, Some(measure("8.5 m3")));
}

#[test]
fn two_inputs_add_up_and_transit_is_taken_away() {
    let mut book = Book::new();
    let (first, one) = book.water("ввод 1", PointKind::House, "2026-03-23");
    let (second, two) = book.water("ввод 2", PointKind::House, "2026-03-23");
    let (transit, through) = book.water("соседний дом", PointKind::Transit, "2026-03-23");
    let (a, flat) = book.water("кв. 1", PointKind::Individual, "2026-03-23");
    let house = [(first, Plus), (second, Plus), (transit, Minus)];
    book.scope("house", "2026-01-01", &house, &[(a, Plus)]);
    book.read(one, "2026-04-24", "30");
    book.read(two, "2026-04-24", "25");
    book.read(through, "2026-04-24", "40");
    book.read(flat, "2026-04-24", "12");
    let scope = only_scope(&book, "2026-04");
    assert_eq!(known(&scope.house.total), "15");
    assert_eq!(
        scope.difference,
        Difference::Known {
            volume: measure("3 m3")
        }
    );
}

#[test]
fn a_communal_flat_counts_by_its_common_meter_and_has_a_balance_of_its_own() {
    let mut book = Book::new();
    let (input, house) = book.water("ввод", PointKind::House, "2026-03-23");
    let (flat, common) = book.water("кв. 7", PointKind::CommunalFlat, "2026-03-23");
    let (room_1, one) = book.water("к. 1", PointKind::Room, "2026-03-23");
    let (room_2, two) = book.water("к. 2", PointKind::Room, "2026-03-23");
    book.scope("house", "2026-01-01", &[(input, Plus)], &[(flat, Plus)]);
    book.scope(
        "flat-7",
        "2026-01-01",
        &[(flat, Plus)],
        &[(room_1, Plus), (room_2, Plus)],
    );
    book.read(house, "2026-04-24", "20");
    book.read(common, "2026-04-24", "15");
    book.read(one, "2026-04-24", "6");
    book.read(two, "2026-04-24", "7");
    let scopes = book.balance("2026-04").value.scopes;
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name.as_str()).collect();
    assert_eq!(names, ["flat-7", "house"]);
    assert_eq!(
        scopes[0].difference,
        Difference::Known {
            volume: measure("2 m3")
        }
    );
    assert_eq!(
        scopes[1].difference,
        Difference::Known {
            volume: measure("5 m3")
        }
    );
}

#[test]
fn the_waterfall_names_every_origin_and_adds_up() {
    let mut book = Book::new();
    let (input, house) = book.water("ввод", PointKind::House, "2026-03-23");
    let shop = book.premises("1Н", PremisesKind::Store);
    let store = book.point_in(
        "магазин",
        Resource::ColdWater,
        PointKind::Individual,
        Some(shop),
    );
    let store_meter = book.meter("70", Resource::ColdWater, &WATER);
    book.install(store_meter, store, "2026-03-23", "0");
    let (a, average) = book.water("кв. 1", PointKind::Individual, "2026-03-23");
    let (n, norm) = book.water("кв. 2", PointKind::Individual, "2026-03-23");
    let (t, trued) = book.water("кв. 3", PointKind::Individual, "2026-02-23");
    let members = [(store, Plus), (a, Plus), (n, Plus), (t, Plus)];
    book.scope("house", "2026-01-01", &[(input, Plus)], &members);
    book.read(house, "2026-04-24", "100");
    book.read(store_meter, "2026-04-24", "30");
    book.impute(average, "2026-04", "4.2", Average);
    book.impute(norm, "2026-04", "8.58", Norm);
    book.impute(trued, "2026-03", "5", Average);
    book.read(trued, "2026-04-24", "11");

    let scope = only_scope(&book, "2026-04");
    let expected = [
        (Origin::Submitted, "11".to_owned(), 1),
        (Origin::Average, "4.2".to_owned(), 1),
        (Origin::Norm, "8.58".to_owned(), 1),
        (Origin::TrueUp, "-5".to_owned(), 1),
        (Origin::NonResidential, "30".to_owned(), 1),
    ];
    assert_eq!(parts(&scope), expected);
    let sum: rust_decimal::Decimal = scope.parts.iter().map(|part| part.volume.value()).sum();
    assert_eq!(scope.members.known.map(|known| known.value()), Some(sum));
}

#[test]
fn the_scope_in_force_on_the_last_day_of_the_period_counts() {
    let mut book = Book::new();
    let (input, house) = book.water("ввод", PointKind::House, "2026-03-23");
    let (a, flat_a) = book.water("кв. 1", PointKind::Individual, "2026-03-23");
    let (b, flat_b) = book.water("кв. 2", PointKind::Individual, "2026-03-23");
    book.scope(
        "house",
        "2026-05-31",
        &[(input, Plus)],
        &[(a, Plus), (b, Plus)],
    );
    book.scope("house", "2026-01-01", &[(input, Plus)], &[(a, Plus)]);
    for (month, shows) in [("2026-04-24", "10"), ("2026-05-24", "20")] {
        book.read(house, month, shows);
        book.read(flat_a, month, shows);
        book.read(flat_b, month, shows);
    }
    assert_eq!(only_scope(&book, "2026-04").members.all_points, 1);
    let may = only_scope(&book, "2026-05");
    assert_eq!(may.members.all_points, 2);
    assert_eq!(
        may.difference,
        Difference::Known {
            volume: measure("-10 m3")
        }
    );
}

#[test]
fn a_scope_may_name_a_point_that_the_book_does_not_know() {
    let mut book = Book::new();
    let (input, house) = book.water("ввод", PointKind::House, "2026-03-23");
    let nowhere = aggregates::ids::MeteringPointId(uuid::Uuid::from_u128(9));
    book.scope("house", "2026-01-01", &[(input, Plus)], &[(nowhere, Plus)]);
    book.read(house, "2026-04-24", "20");
    let scope = only_scope(&book, "2026-04");
    assert_eq!(
        scope.members.missing[0].reasons,
        [Reason::PointNotRegistered]
    );
}

#[test]
fn without_a_scope_there_is_an_error_that_says_what_to_do() {
    let mut book = Book::new();
    let (input, _) = book.water("ввод", PointKind::House, "2026-03-23");
    book.scope("house", "2026-05-01", &[(input, Plus)], &[]);
    let asked = book
        .balance_fold()
        .of_house(period("2026-04"), Resource::ColdWater);
    let Err(error) = asked else {
        unreachable!("{asked:?}")
    };
    assert!(matches!(error, BalanceError::NoScope { .. }));
    assert!(
        error.to_string().contains("добавьте его в файл дома"),
        "{error}"
    );
}

#[test]
fn events_of_another_book_or_order_are_refused() {
    let mut book = Book::new();
    book.water("ввод", PointKind::House, "2026-03-23");
    let mut fold = Balance::new();
    fold.apply(&book.events[1])
        .expect("positions may be left out");
    let before = fold.clone();
    let refused = fold.apply(&book.events[0]);
    assert_eq!(refused, Err(FoldError::OutOfOrder { last: 2, found: 1 }));
    let mut foreign = book.events[2].clone();
    foreign.book = aggregates::ids::BookId(uuid::Uuid::from_u128(3));
    assert!(matches!(
        fold.apply(&foreign),
        Err(FoldError::AnotherBook { .. })
    ));
    let mut orphan = Balance::new();
    let installed = orphan.apply(&book.events[3]);
    assert!(matches!(
        installed,
        Err(FoldError::MeterNotRegistered { .. })
    ));
    assert_eq!(fold, before, "a refused event leaves no trace");
}

#[test]
fn a_balance_is_text_with_aligned_numbers_and_a_decimal_comma() {
    let mut book = Book::new();
    let (input, house) = book.water("ввод", PointKind::House, "2026-03-23");
    let (a, flat) = book.water("кв. 1", PointKind::Individual, "2026-03-23");
    book.scope("house", "2026-01-01", &[(input, Plus)], &[(a, Plus)]);
    book.read(house, "2026-04-24", "1234.5");
    book.read(flat, "2026-04-24", "34.125");
    let balance = book.balance("2026-04");
    let expected = "\
Баланс: холодная вода, расчётный период апрель 2026, по журналу до № 10

Дом, состав с 01.01.2026        Объём, м³  Точек
──────────────────────────────  ─────────  ─────
Общедомовые приборы             1\u{a0}234,500      1
  − переданные и снятые людьми     34,125      1
Всего внутри                       34,125      1
Разность                        1\u{a0}200,375
";
    let shown = text::render(&balance.value, zone());
    assert_eq!(shown, expected, "\n{shown}");
    let why = balance.because.to_text();
    assert!(
        why.contains("Дом, состав с 01.01.2026: 1\u{a0}234,500 − 34,125 = 1\u{a0}200,375"),
        "{why}"
    );
    assert_eq!(balance.because.all_events().len(), 7);
}
