//! The time zone of a house.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const SECONDS_PER_DAY: i64 = 86_400;

/// IANA name of a time zone, for example `Asia/Yekaterinburg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ZoneName(Tz);

/// A name that is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("«{0}» — не часовой пояс: нужно имя из базы IANA, например Asia/Yekaterinburg")]
pub struct UnknownZone(String);

impl ZoneName {
    /// The zone called `name`.
    ///
    /// # Errors
    /// [`UnknownZone`].
    pub fn new(name: &str) -> Result<Self, UnknownZone> {
        name.parse()
            .map(Self)
            .map_err(|_| UnknownZone(name.to_owned()))
    }

    /// The zone itself.
    pub fn tz(self) -> Tz {
        self.0
    }

    /// Date on the wall at `instant`.
    pub fn local_date(self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.0).date_naive()
    }

    /// The first instant of `date` here: midnight; the first of two where clocks go back over it;
    /// the end of the gap where they skip it. `None` only beyond the calendar's ends.
    pub fn start_of(self, date: NaiveDate) -> Option<DateTime<Utc>> {
        let midnight = date.and_time(NaiveTime::MIN);
        match midnight.and_local_timezone(self.0).earliest() {
            Some(instant) => Some(instant.to_utc()),
            None => self.end_of_gap(midnight),
        }
    }

    /// The instant of the jump over `midnight`: the first second whose local time lies after it.
    fn end_of_gap(self, midnight: NaiveDateTime) -> Option<DateTime<Utc>> {
        // Local time is less than a day from UTC and no jump is longer than a day.
        let (mut before, mut after) = (-2 * SECONDS_PER_DAY, 2 * SECONDS_PER_DAY);
        let moved = |seconds| {
            midnight
                .and_utc()
                .checked_add_signed(TimeDelta::seconds(seconds))
        };
        while after - before > 1 {
            let middle = i64::midpoint(before, after);
            match moved(middle)?.with_timezone(&self.0).naive_local() < midnight {
                true => before = middle,
                false => after = middle,
            }
        }
        moved(after)
    }
}

impl TryFrom<String> for ZoneName {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(&name)
    }
}

impl From<ZoneName> for String {
    fn from(zone: ZoneName) -> Self {
        zone.0.name().to_owned()
    }
}

impl std::fmt::Display for ZoneName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}
