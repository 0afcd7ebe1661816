//! What holds for every history.

use aggregates::ids::MeteringPointId;
use aggregates::meter::reading::ImputationMethod::Average;
use aggregates::metering_point::event::PointKind;
use aggregates::vocabulary::Resource;
use projections::balance::Balance;
use projections::consumption::{Consumption, EventTypes, VolumePart};
use projections::meter_history::MeterHistoryFold;
use projections::recorded::Recorded;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::difference::since;
use crate::histories::{books, litres, months};
use crate::support::{Book, period};

/// Whether the fold says that it needs the event.
fn is_asked_for(types: EventTypes, event: &Recorded) -> bool {
    let of_kind = types
        .iter()
        .find(|(kind, _)| *kind == event.event.aggregate_type());
    of_kind.is_some_and(|(_, names)| names.contains(&event.event.name()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn continued_equals_rebuilt_and_a_prefix_is_the_past(house in books(), cut in 0_u64..200) {
        let cut = cut.min(house.book.position());
        let past = house.book.balance_until(cut);
        let mut continued = past.clone();
        prop_assert_eq!(past.position(), cut);
        for event in house.book.events.iter().filter(|event| event.position > cut) {
            continued.apply(event).expect("in order");
        }
        prop_assert_eq!(continued, house.book.balance_fold());
    }

    #[test]
    fn a_fold_of_one_period_answers_like_the_whole_one(house in books()) {
        let whole = house.book.balance_fold();
        for month in months() {
            let mut narrow = Balance::for_period(month, Resource::ColdWater);
            for event in &house.book.events {
                if is_asked_for(Balance::EVENT_TYPES, event) {
                    narrow.apply(event).expect("in order");
                }
            }
            let (narrow, whole) = (
                narrow.of_house(month, Resource::ColdWater).expect("told").value.scopes,
                whole.of_house(month, Resource::ColdWater).expect("told").value.scopes,
            );
            prop_assert_eq!(narrow, whole);
        }
    }

    #[test]
    fn events_that_are_not_asked_for_change_nothing(house in books()) {
        let whole = house.book.consumption();
        let mut asked = Consumption::new();
        for event in &house.book.events {
            if is_asked_for(Consumption::EVENT_TYPES, event) {
                asked.apply(event).expect("in order");
            }
        }
        for followed in &house.points {
            for month in months() {
                let told = |fold: &Consumption| fold.of_point(followed.point, month);
                prop_assert_eq!(told(&asked), told(&whole));
            }
        }
    }

    #[test]
    fn the_effects_add_up_to_the_difference(house in books(), cut in 0_u64..200) {
        let cut = cut.min(house.book.position());
        for month in months() {
            let difference = since(&house.book, cut, &month.to_string());
            for scope in &difference.scopes {
                let zero = Decimal::ZERO;
                let known = |balance: &Option<projections::balance::HouseBalance>, house: bool| {
                    let scopes = balance.as_ref().map(|balance| &balance.scopes);
                    let found = scopes.and_then(|all| all.iter().find(|s| s.name == scope.name));
                    let side = found.map(|found| if house { &found.house } else { &found.members });
                    side.and_then(|side| side.known).map_or(zero, |known| known.value())
                };
                let gained = |house| {
                    known(&difference.after, house) - known(&difference.before, house)
                };
                let told = |effect: projections::difference::Effect| {
                    effect.0.map_or(zero, |effect| effect.value())
                };
                prop_assert_eq!(told(scope.house), gained(true));
                prop_assert_eq!(told(scope.members), gained(false));
                prop_assert_eq!(told(scope.difference), gained(true) - gained(false));
            }
        }
    }

    #[test]
    fn parts_add_up_to_the_sums(house in books()) {
        let fold = house.book.balance_fold();
        for month in months() {
            let balance = fold.of_house(month, Resource::ColdWater).expect("told").value;
            for scope in &balance.scopes {
                let parts: Decimal = scope.parts.iter().map(|part| part.volume.value()).sum();
                let known = scope.members.known.map_or(Decimal::ZERO, |known| known.value());
                prop_assert_eq!(parts, known);
            }
            for followed in &house.points {
                let told = fold.consumption().of_point(followed.point, month).expect("told").value;
                if let Some(volume) = told.volume.known() {
                    let of = |part: &VolumePart| part.volume().known().map(|known| known.value());
                    let parts: Option<Decimal> = told.parts.iter().map(of).sum();
                    prop_assert_eq!(parts, Some(volume.value()));
                }
            }
        }
    }

    #[test]
    fn a_history_continued_equals_one_rebuilt(house in books(), cut in 0_usize..200) {
        let cut = cut.min(house.book.events.len());
        let meter = house.points[1].meter;
        let mut continued = MeterHistoryFold::new(meter);
        let mut rebuilt = MeterHistoryFold::new(meter);
        house.book.events[..cut].iter().for_each(|e| continued.apply(e).expect("in order"));
        let past = continued.history();
        house.book.events[cut..].iter().for_each(|e| continued.apply(e).expect("in order"));
        house.book.events.iter().for_each(|e| rebuilt.apply(e).expect("in order"));
        prop_assert_eq!(continued.history(), rebuilt.history());
        prop_assert!(past.is_none_or(|past| past.position <= cut as u64));
    }

    /// Each unit that went through one meter is counted once, whatever months went unread, were
    /// calculated, read twice or withdrawn, and however often the register turned.
    #[test]
    fn what_one_meter_counted_is_counted_once(
        months in prop::collection::vec(monthly(), 2..10),
    ) {
        let (book, point, counted) = one_meter(&months);
        let fold = book.consumption();
        let mut sum = Decimal::ZERO;
        let mut month = period("2026-01");
        for _ in &months {
            let told = fold.of_point(point, month).expect("told").value;
            sum += told.volume.known().map_or(Decimal::ZERO, |known| known.value());
            month = month.next();
        }
        prop_assert_eq!(sum, Decimal::new(i64::from(counted), 3));
    }
}

/// A month of one meter: how much goes through, and what is known of it.
#[derive(Clone, Debug)]
struct Month {
    more: u32,
    read: bool,
    earlier: bool,
    withdrawn: bool,
    corrected: bool,
    calculated: Option<u32>,
}

fn monthly() -> impl Strategy<Value = Month> {
    let facts = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (0_u32..400_000, facts, prop::option::of(0_u32..400_000)).prop_map(|(more, facts, volume)| {
        let (read, earlier, withdrawn, corrected) = facts;
        Month {
            more,
            read,
            earlier,
            withdrawn,
            corrected,
            calculated: volume,
        }
    })
}

/// A meter that turns at 1000 м³, with a last reading that closes its history. Returns what it
/// counted, in litres.
fn one_meter(months: &[Month]) -> (Book, MeteringPointId, u32) {
    const TURN: u32 = 1_000_000;
    let mut book = Book::new();
    let (point, meter) = book.water("кухня", PointKind::Individual, "2025-12-20");
    let (mut counted, mut standing) = (0_u32, 0_u32);
    let mut of = period("2025-12");
    for (index, month) in months.iter().enumerate() {
        of = of.next();
        let is_last = index + 1 == months.len();
        counted += month.more;
        let declare = |book: &mut Book, reading: u64, standing: u32| {
            for _ in standing / TURN..counted / TURN {
                book.rollover(meter, "total", reading, "1000");
            }
        };
        let shows = litres(counted % TURN);
        if month.earlier && month.read {
            let extra = book.read(meter, &format!("{of}-05"), &shows);
            if month.withdrawn {
                book.withdraw(meter, extra);
            } else {
                declare(&mut book, extra, standing);
                standing = counted;
            }
        }
        if month.read || is_last {
            let typed = if month.corrected { "999" } else { &shows };
            let reading = book.read(meter, &format!("{of}-24"), typed);
            declare(&mut book, reading, standing);
            standing = counted;
            if month.corrected {
                book.correct(meter, reading, &shows);
            }
        }
        if let Some(volume) = month.calculated.filter(|_| !is_last) {
            book.impute(meter, &of.to_string(), &litres(volume), Average);
        }
    }
    (book, point, counted)
}
