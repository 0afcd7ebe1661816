//! Random histories: late readings, corrections, withdrawals, replacements, turns, outages and
//! calculated volumes.

use aggregates::building::event::Sign::Plus;
use aggregates::ids::{MeterId, MeteringPointId};
use aggregates::meter::event::MeterEvent;
use aggregates::meter::reading::ImputationMethod::{Average, Norm};
use aggregates::metering_point::event::PointKind;
use aggregates::time::Period;
use aggregates::vocabulary::{ReadingSource, Resource};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::support::{Book, WATER, at, period};

const MONTHS: i32 = 8;

/// One thing that happens to one of the points.
#[derive(Clone, Debug)]
enum Step {
    Read {
        point: usize,
        day: u32,
        more: u32,
        source: bool,
    },
    ReadLate {
        point: usize,
        day: u32,
        more: u32,
    },
    Control {
        point: usize,
        day: u32,
        more: u32,
    },
    Correct {
        point: usize,
        which: usize,
        by: i32,
    },
    Withdraw {
        point: usize,
        which: usize,
    },
    Replace {
        point: usize,
        day: u32,
        shown: bool,
    },
    Turn {
        point: usize,
        which: usize,
    },
    Impute {
        point: usize,
        month: i32,
        volume: u32,
    },
    Supersede {
        point: usize,
        which: usize,
    },
    Fail {
        point: usize,
        day: u32,
    },
    Restore {
        point: usize,
        day: u32,
    },
    Hold {
        point: usize,
        day: u32,
    },
    Scope {
        without: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let point = || 0_usize..4;
    let day = || 1_u32..28;
    prop_oneof![
        8 => (point(), day(), 0_u32..9000, any::<bool>())
            .prop_map(|(point, day, more, source)| Step::Read { point, day, more, source }),
        2 => (point(), day(), 0_u32..9000)
            .prop_map(|(point, day, more)| Step::ReadLate { point, day, more }),
        1 => (point(), day(), 0_u32..9000)
            .prop_map(|(point, day, more)| Step::Control { point, day, more }),
        2 => (point(), 0_usize..9, -9000_i32..9000)
            .prop_map(|(point, which, by)| Step::Correct { point, which, by }),
        2 => (point(), 0_usize..9).prop_map(|(point, which)| Step::Withdraw { point, which }),
        1 => (point(), day(), any::<bool>())
            .prop_map(|(point, day, shown)| Step::Replace { point, day, shown }),
        1 => (point(), 0_usize..9).prop_map(|(point, which)| Step::Turn { point, which }),
        2 => (point(), 0..MONTHS, 0_u32..9000)
            .prop_map(|(point, month, volume)| Step::Impute { point, month, volume }),
        1 => (point(), 0_usize..9).prop_map(|(point, which)| Step::Supersede { point, which }),
        1 => (point(), day()).prop_map(|(point, day)| Step::Fail { point, day }),
        1 => (point(), day()).prop_map(|(point, day)| Step::Restore { point, day }),
        1 => (point(), day()).prop_map(|(point, day)| Step::Hold { point, day }),
        1 => (0_usize..4).prop_map(|without| Step::Scope { without }),
    ]
}

/// A house with an input and three flats, in the making.
pub(crate) struct House {
    pub(crate) book: Book,
    pub(crate) points: Vec<Followed>,
    month: Period,
    steps: u32,
}

/// A point and the meter that stands there now.
pub(crate) struct Followed {
    pub(crate) point: MeteringPointId,
    pub(crate) meter: MeterId,
    register: u32,
    readings: Vec<u64>,
    imputed: Vec<u64>,
}

/// Litres as cubic metres.
pub(crate) fn litres(value: u32) -> String {
    Decimal::new(i64::from(value), 3).to_string()
}

/// Every month that anything of a history may concern.
pub(crate) fn months() -> impl Iterator<Item = Period> {
    (-1..=MONTHS).map(|after| period("2026-01").plus_months(after))
}

impl House {
    fn new() -> Self {
        let mut book = Book::new();
        let points = (0..4).map(|index| {
            let kind = if index == 0 {
                PointKind::House
            } else {
                PointKind::Individual
            };
            let (point, meter) = book.water(&format!("точка {index}"), kind, "2025-12-20");
            Followed {
                point,
                meter,
                register: 0,
                readings: vec![],
                imputed: vec![],
            }
        });
        let points = points.collect();
        let mut house = Self {
            book,
            points,
            month: period("2026-01"),
            steps: 0,
        };
        house.scope(4);
        house
    }

    fn of(steps: &[Step]) -> Self {
        let mut house = Self::new();
        for step in steps {
            house.take(step);
            house.steps += 1;
            if house.steps.is_multiple_of(5) && house.month < period("2026-08") {
                house.month = house.month.next();
            }
        }
        house
    }

    fn scope(&mut self, without: usize) {
        let inside = self.points.iter().enumerate().skip(1);
        let members: Vec<_> = inside
            .filter(|(index, _)| *index != without)
            .map(|(_, followed)| (followed.point, Plus))
            .collect();
        self.book.scope(
            "house",
            "2025-01-01",
            &[(self.points[0].point, Plus)],
            &members,
        );
    }

    fn when(&self, day: u32) -> String {
        format!("{}-{day:02}", self.month)
    }

    fn advance(&mut self, point: usize, more: u32) -> (MeterId, String) {
        let followed = &mut self.points[point];
        followed.register += more;
        (followed.meter, litres(followed.register))
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Read {
                point,
                day,
                more,
                source,
            } => {
                let (meter, shows) = self.advance(point, more);
                let by = if source {
                    ReadingSource::Polled
                } else {
                    ReadingSource::Phone
                };
                let reading = self.book.read_by(meter, &self.when(day), &shows, by);
                self.points[point].readings.push(reading);
            }
            Step::ReadLate { point, day, more } => {
                let (meter, shows) = self.advance(point, more);
                let of = self.month.next().to_string();
                let reading = self.book.read_for(meter, &self.when(day), &shows, &of);
                self.points[point].readings.push(reading);
            }
            Step::Control { point, day, more } => {
                let (meter, shows) = self.advance(point, more);
                let reading = self.book.control(meter, &self.when(day), &shows);
                self.points[point].readings.push(reading);
            }
            Step::Replace { point, day, shown } => self.replace(point, day, shown),
            Step::Fail { point, day } => {
                self.book.fail(self.points[point].meter, &self.when(day));
            }
            Step::Restore { point, day } => {
                let at = at(&self.when(day));
                let restored = MeterEvent::MeterRestored { at, act: None };
                self.book.on(self.points[point].meter, restored);
            }
            Step::Hold { point, day } => {
                self.book
                    .hold(self.points[point].meter, &self.when(day), "1");
            }
            Step::Impute {
                point,
                month,
                volume,
            } => {
                let of = period("2026-01").plus_months(month).to_string();
                let method = if volume % 2 == 0 { Average } else { Norm };
                let meter = self.points[point].meter;
                let imputed = self.book.impute(meter, &of, &litres(volume), method);
                self.points[point].imputed.push(imputed);
            }
            Step::Scope { without } => self.scope(without),
            _ => self.amend(step),
        }
    }

    fn replace(&mut self, point: usize, day: u32, shown: bool) {
        let (place, old) = (self.points[point].point, self.points[point].meter);
        let last = litres(self.points[point].register);
        self.book
            .remove(old, &self.when(day), shown.then_some(last.as_str()));
        let serial = format!("{point}-{}", self.steps);
        let new = self.book.meter(&serial, Resource::ColdWater, &WATER);
        self.book.install(new, place, &self.when(day + 1), "0.5");
        self.points[point] = Followed {
            point: place,
            meter: new,
            register: 500,
            readings: vec![],
            imputed: vec![],
        };
    }

    /// What acts on an earlier event; nothing happens where there is none.
    fn amend(&mut self, step: &Step) {
        let one_of = |all: &[u64], which: usize| all.get(which % all.len().max(1)).copied();
        match *step {
            Step::Correct { point, which, by } => {
                let followed = &self.points[point];
                let Some(reading) = one_of(&followed.readings, which) else {
                    return;
                };
                let value = followed.register.saturating_add_signed(by);
                self.book.correct(followed.meter, reading, &litres(value));
            }
            Step::Withdraw { point, which } => {
                let followed = &self.points[point];
                let Some(reading) = one_of(&followed.readings, which) else {
                    return;
                };
                self.book.withdraw(followed.meter, reading);
            }
            Step::Turn { point, which } => {
                let followed = &self.points[point];
                let Some(reading) = one_of(&followed.readings, which) else {
                    return;
                };
                self.book
                    .rollover(followed.meter, "total", reading, "100000");
            }
            Step::Supersede { point, which } => {
                let followed = &self.points[point];
                let Some(imputed) = one_of(&followed.imputed, which) else {
                    return;
                };
                self.book.supersede(followed.meter, imputed, 1);
            }
            _ => {}
        }
    }
}

/// Random histories.
pub(crate) fn books() -> impl Strategy<Value = House> {
    prop::collection::vec(step(), 1..60).prop_map(|steps| House::of(&steps))
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.book.events.iter().map(|recorded| &recorded.event))
            .finish()
    }
}
