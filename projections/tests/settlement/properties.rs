//! What holds for every history: months with readings that come, come twice, come late or not at
//! all, corrections and withdrawals of closed months, replacements, outages recorded late.

use std::collections::BTreeMap;

use aggregates::account::bill::{BillLine, ChargePart, LineKind};
use aggregates::account::event::AccountEvent;
use aggregates::book_event::BookEvent;
use aggregates::ids::{AccountId, MeterId, MeteringPointId};
use aggregates::quantity::{Money, Unit};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::time::Period;
use aggregates::vocabulary::Resource::ColdWater;
use projections::recorded::Recorded;
use projections::settlement::ratio::Ratio;
use projections::settlement::{Closing, HouseBook, close};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::kept::kept;
use crate::support::{Flat, House, period, price};

const MONTHS: usize = 7;
const FLATS: usize = 2;

/// What becomes of a flat in a month, before it is closed.
#[derive(Clone, Debug)]
struct Month {
    /// Litres consumed before each of the two days of reading.
    used: [u32; 2],
    /// Which of the two days are read.
    read: [bool; 2],
    replaced: bool,
    /// Read on the last day, for the next month.
    late: bool,
    /// Day from which the meter is out of order, or again in order if it was not.
    turns: Option<u32>,
    /// Whether the turn is recorded after the closing only.
    told_late: bool,
    deed: Deed,
}

/// What is done to an earlier reading of the flat.
#[derive(Clone, Debug)]
enum Deed {
    Nothing,
    Correct { which: usize, permille: u64 },
    Withdraw { which: usize },
}

fn month() -> impl Strategy<Value = Month> {
    let deed = prop_oneof![
        3 => Just(Deed::Nothing),
        2 => (0_usize..20, 0_u64..=1000)
            .prop_map(|(which, permille)| Deed::Correct { which, permille }),
        1 => (0_usize..20).prop_map(|which| Deed::Withdraw { which }),
    ];
    (
        [0_u32..6000, 0_u32..6000],
        [prop::bool::weighted(0.3), prop::bool::weighted(0.6)],
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.15),
        deed,
    )
        .prop_map(|(used, read, replaced, late, deed)| Month {
            used,
            read,
            replaced,
            late,
            turns: None,
            told_late: false,
            deed,
        })
}

/// Months in which meters may go out of order too.
fn month_with_outage() -> impl Strategy<Value = Month> {
    let turns = prop::option::weighted(0.3, 1_u32..28);
    (month(), turns, any::<bool>()).prop_map(|(month, turns, told_late)| Month {
        turns,
        told_late,
        ..month
    })
}

fn history_with_outages() -> impl Strategy<Value = Vec<[Month; FLATS]>> {
    prop::collection::vec([month_with_outage(), month_with_outage()], MONTHS)
}

fn history() -> impl Strategy<Value = Vec<[Month; FLATS]>> {
    prop::collection::vec([month(), month()], MONTHS)
}

/// A reading on record.
struct Entry {
    meter: MeterId,
    sequence: u64,
    litres: u64,
    stands: bool,
}

/// A flat as it really is.
struct Followed {
    flat: Flat,
    point: MeteringPointId,
    meter: MeterId,
    register: u64,
    is_failed: bool,
    /// What replaced meters counted.
    before: u64,
    entries: Vec<Entry>,
}

fn cubic_metres(litres: u64) -> String {
    Decimal::new(i64::try_from(litres).expect("a small number"), 3).to_string()
}

impl Followed {
    fn read(&mut self, house: &mut House, when: &str, of: Period) {
        let shows = cubic_metres(self.register);
        let sequence = house.read_for(self.meter, when, &shows, of);
        self.entries.push(Entry {
            meter: self.meter,
            sequence,
            litres: self.register,
            stands: true,
        });
    }

    fn replace(&mut self, house: &mut House, month: Period) {
        let shows = cubic_metres(self.register);
        house.remove(self.meter, &format!("{month}-22T12:00"), &shows);
        self.before += self.register;
        self.register = 0;
        self.is_failed = false;
        let at = format!("{month}-22T13:00");
        self.meter = house.install(self.point, ColdWater, &["total"], &at, "0");
    }

    fn turn(&mut self, house: &mut House, when: &str) {
        match self.is_failed {
            true => house.restore(self.meter, when),
            false => house.fail(self.meter, when),
        }
        self.is_failed = !self.is_failed;
    }

    fn mend(&mut self, house: &mut House, deed: &Deed) {
        let count = self.entries.len();
        match deed {
            Deed::Correct { which, permille } if count > 0 => {
                let index = which % count;
                let meter = self.entries[index].meter;
                let stands = |entry: &&Entry| entry.meter == meter && entry.stands;
                let below = self.entries[..index].iter().rev().find(stands);
                let above = self.entries[index + 1..].iter().find(stands);
                let lowest = below.map_or(0, |entry| entry.litres);
                let highest = above.map_or(self.entries[index].litres, |entry| entry.litres);
                let litres = lowest + (highest.max(lowest) - lowest) * permille / 1000;
                let entry = &mut self.entries[index];
                if entry.stands {
                    entry.litres = litres;
                    house.correct(meter, entry.sequence, &cubic_metres(litres));
                }
            }
            Deed::Withdraw { which } if count > 0 => {
                let entry = &mut self.entries[which % count];
                if entry.stands {
                    entry.stands = false;
                    house.withdraw(entry.meter, entry.sequence);
                }
            }
            Deed::Nothing | Deed::Correct { .. } | Deed::Withdraw { .. } => {}
        }
    }
}

/// A house with an input and flats, in the making, with a fold that follows it event by event.
struct Lived {
    house: House,
    flats: Vec<Followed>,
    input: MeterId,
    came_in: u64,
    following: HouseBook,
    followed: usize,
    closings: Vec<Closing>,
}

impl Lived {
    fn new() -> Self {
        let mut house = House::new(&[ColdWater]);
        house.price(ColdWater, "44.86");
        house.water_norm(ColdWater, "4.29");
        house.decide("soi_by_fact", ColdWater);
        let flats = (1..=FLATS).map(|number| {
            let flat = house.flat(&number.to_string(), "50");
            house.residents(flat, 1);
            let point = house.point(Some(flat.id), ColdWater);
            let meter = house.install(point, ColdWater, &["total"], "2025-12-31", "0");
            Followed {
                flat,
                point,
                meter,
                register: 0,
                is_failed: false,
                before: 0,
                entries: vec![],
            }
        });
        let flats = flats.collect();
        let input = house.meter(None, ColdWater, "2025-12-31", "0");
        Self {
            house,
            flats,
            input,
            came_in: 0,
            following: HouseBook::new(),
            followed: 0,
            closings: vec![],
        }
    }

    fn live(&mut self, month: Period, lived: &[Month; FLATS]) {
        for (followed, what) in self.flats.iter_mut().zip(lived) {
            for (index, day) in [20, 24].into_iter().enumerate() {
                followed.register += u64::from(what.used[index]);
                self.came_in += u64::from(what.used[index]);
                if what.read[index] {
                    let when = format!("{month}-{day}");
                    followed.read(&mut self.house, &when, month);
                }
                if index == 0 && what.replaced {
                    followed.replace(&mut self.house, month);
                }
            }
            followed.mend(&mut self.house, &what.deed);
            if let Some(day) = what.turns.filter(|_| !what.told_late && !what.replaced) {
                followed.turn(&mut self.house, &format!("{month}-{day:02}"));
            }
        }
        self.close(month);
        for (followed, what) in self.flats.iter_mut().zip(lived) {
            if what.late {
                let when = format!("{month}-27");
                followed.read(&mut self.house, &when, month.next());
            }
            if let Some(day) = what.turns.filter(|_| what.told_late && !what.replaced) {
                followed.turn(&mut self.house, &format!("{month}-{day:02}"));
            }
        }
    }

    fn close(&mut self, month: Period) {
        // A quarter more comes in than the flats know of.
        let shows = cubic_metres(self.came_in * 5 / 4);
        self.house.read(self.input, &format!("{month}-25"), &shows);
        let closing = self.house.close(&month.to_string());
        self.closings.push(closing);
        for event in &self.house.events[self.followed..] {
            self.following.apply(event).expect("an event in its order");
        }
        self.followed = self.house.events.len();
    }

    /// A month in which everybody is read.
    fn conclude(&mut self, month: Period) {
        for followed in &mut self.flats {
            followed.read(&mut self.house, &format!("{month}-24"), month);
        }
        self.close(month);
    }

    /// Own volumes of an account over all its bills.
    fn billed(&self) -> BTreeMap<AccountId, Ratio> {
        let mut billed: BTreeMap<AccountId, Ratio> = BTreeMap::new();
        for recorded in &self.house.events {
            let BookEvent::Account(AccountEvent::BillIssued { bill }) = &recorded.event else {
                continue;
            };
            let sum = own_volume(&bill.lines);
            let account = AccountId(recorded.aggregate_id);
            let so_far = billed.entry(account).or_default();
            *so_far = &*so_far + sum;
        }
        billed
    }
}

fn own_volume<'a>(lines: impl IntoIterator<Item = &'a BillLine>) -> Ratio {
    let own = lines
        .into_iter()
        .filter(|line| line.charge.part == ChargePart::Individual);
    own.filter_map(|line| line.volume).map(Ratio::from).sum()
}

fn lived(history: &[[Month; FLATS]]) -> (Lived, Period) {
    lived_on(Lived::new(), history)
}

fn lived_on(mut lived: Lived, history: &[[Month; FLATS]]) -> (Lived, Period) {
    let mut month = period("2026-01");
    for what in history {
        lived.live(month, what);
        month = month.next();
    }
    (lived, month)
}

/// Whether the fold says that it needs the event.
fn is_asked_for(event: &Recorded) -> bool {
    let of_kind = HouseBook::EVENT_TYPES
        .iter()
        .find(|(kind, _)| *kind == event.event.aggregate_type());
    of_kind.is_some_and(|(_, names)| names.contains(&event.event.name()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// A state that was kept anywhere goes on as the fold that was never broken off.
    #[test]
    fn a_kept_state_goes_on(
        history in history_with_outages(),
        cut in any::<prop::sample::Index>(),
    ) {
        let (lived, _) = lived(&history);
        let (before, after) = lived.house.events.split_at(cut.index(lived.house.events.len()));
        let mut house = HouseBook::new();
        for event in before {
            house.apply(event).expect("an event in its order");
        }
        let mut again = kept(&house);
        for event in after {
            house.apply(event).expect("an event in its order");
            again.apply(event).expect("an event in its order");
        }
        prop_assert!(again == house, "broken off after {} events", before.len());
    }

    /// Each unit is charged exactly once over all bills, whatever was averaged, corrected,
    /// withdrawn or replaced on the way; and then nothing is left to mend.
    #[test]
    fn each_unit_is_charged_once(history in history()) {
        let (mut lived, month) = lived(&history);
        lived.conclude(month);
        let billed = lived.billed();
        for followed in &lived.flats {
            let consumed = followed.before + followed.register;
            let consumed = Ratio::new(i64::try_from(consumed).expect("small"), 1000);
            prop_assert_eq!(billed.get(&followed.flat.account).cloned(), consumed.ok());
        }
        lived.conclude(month.next());
        let last = lived.closings.last().expect("a closing");
        let lines = last.bills.iter().flat_map(|bill| &bill.lines);
        prop_assert!(lines.clone().all(|line| line.line.kind == LineKind::Charge));
        prop_assert!(last.imputations.is_empty());
    }

    /// Whatever is out of order, and whenever that is told: what is billed is what is settled, and
    /// then nothing is left to mend.
    #[test]
    fn outages_are_mended_to_the_end(history in history_with_outages()) {
        let (mut lived, month) = lived(&history);
        lived.conclude(month);
        lived.conclude(month.next());
        let last = lived.closings.last().expect("a closing");
        let lines = last.bills.iter().flat_map(|bill| &bill.lines);
        prop_assert!(lines.clone().all(|line| line.line.kind == LineKind::Charge));
        let book = lived.house.folded();
        let mut settled: BTreeMap<AccountId, Ratio> = BTreeMap::new();
        for closing in &lived.closings {
            let settlement = crate::telling::settled(&book, closing.period);
            prop_assert!(settlement.gaps.is_empty(), "a gap is left in {}", closing.period);
            for account in &settlement.accounts {
                let sum = own_volume(account.lines.iter().map(|line| &line.line));
                let so_far = settled.entry(account.account).or_default();
                *so_far = &*so_far + sum;
            }
        }
        prop_assert_eq!(lived.billed(), settled);
    }

    /// What is folded event by event is what is folded anew; a prefix of the book tells what was
    /// told when it was all there was; and events that are not asked for change nothing.
    #[test]
    fn the_past_is_the_fold_of_the_prefix(history in history(), which in 0..MONTHS) {
        let (lived, _) = lived(&history);
        prop_assert!(lived.following == lived.house.folded_until(lived.followed as u64));
        let told = &lived.closings[which];
        let then = lived.house.folded_until(told.computed_at);
        let again = close(&then, told.period).expect("a closing");
        prop_assert!(again == *told, "{} is told otherwise now", told.period);
        let mut asked = HouseBook::new();
        let prefix = lived.house.events.iter().take_while(|one| one.position <= told.computed_at);
        for event in prefix.filter(|event| is_asked_for(event)) {
            asked.apply(event).expect("an event in its order");
        }
        asked.read_to(told.computed_at);
        prop_assert!(close(&asked, told.period).as_ref() == Ok(told), "an event was not asked for");
    }

    /// A charge that gives money back names the readings or calculated volumes it trues up.
    #[test]
    fn no_charge_gives_back_without_its_readings(history in history_with_outages()) {
        let (mut lived, month) = lived(&history);
        lived.conclude(month);
        let bills = lived.closings.iter().flat_map(|closing| &closing.bills);
        let charges = bills
            .flat_map(|bill| &bill.lines)
            .filter(|line| line.line.kind == LineKind::Charge);
        for line in charges.filter(|line| line.line.amount < Money::ZERO) {
            let events = line.because.all_events();
            let is_named = events.iter().any(|event| event.aggregate_type == "meter");
            prop_assert!(is_named, "{}", line.because.to_text());
        }
    }

    /// An adjustment names what caused it.
    #[test]
    fn every_adjustment_has_a_cause(history in history_with_outages()) {
        let (mut lived, month) = lived(&history);
        lived.conclude(month);
        let bills = lived.closings.iter().flat_map(|closing| &closing.bills);
        let lines = bills.flat_map(|bill| &bill.lines);
        for line in lines.filter(|line| line.line.kind == LineKind::Adjustment) {
            prop_assert!(!line.line.caused_by.is_empty(), "{}", line.because.to_text());
        }
    }

    /// Bills add up, also where a price begins inside a month, and no bill has two lines for one
    /// thing: the aggregate would refuse it.
    #[test]
    fn what_is_billed_is_what_is_settled(history in history()) {
        let mut lived = Lived::new();
        let key = price(ColdWater, TariffComponent::Single);
        lived.house.price_of(key, "51.20", Unit::CubicMetre, "2026-03-12");
        let (mut lived, month) = lived_on(lived, &history);
        lived.conclude(month);
        let mut sums: BTreeMap<(AccountId, Period, String), i64> = BTreeMap::new();
        for recorded in &lived.house.events {
            let BookEvent::Account(AccountEvent::BillIssued { bill }) = &recorded.event else {
                continue;
            };
            for line in &bill.lines {
                let key = serde_json::to_string(&line.charge).expect("a key");
                let account = AccountId(recorded.aggregate_id);
                *sums.entry((account, line.period, key)).or_default() += line.amount.kopecks();
            }
        }
        let book = lived.house.folded();
        for closing in &lived.closings {
            let settlement = crate::telling::settled(&book, closing.period);
            for account in &settlement.accounts {
                for line in &account.lines {
                    let key = serde_json::to_string(&line.line.charge).expect("a key");
                    let billed = sums.remove(&(account.account, closing.period, key));
                    prop_assert_eq!(billed.unwrap_or_default(), line.line.amount.kopecks());
                }
            }
        }
        prop_assert!(sums.values().all(|left| *left == 0), "billed and not settled: {:?}", sums);
    }
}
