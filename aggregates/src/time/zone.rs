//! The time zone of a house.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// IANA name of a time zone, for example `Asia/Yekaterinburg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ZoneName(Tz);

/// A name that is no time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no IANA time zone such as Asia/Yekaterinburg")]
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

    /// The first instant of `date` here: midnight, or the end of the gap where clocks skip it.
    pub fn start_of(self, date: NaiveDate) -> Option<DateTime<Utc>> {
        let midnight = date.and_hms_opt(0, 0, 0)?;
        self.first_instant(midnight)
    }

    /// Clocks skip at most a few hours: the first quarter of an hour that exists is the one.
    fn first_instant(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        (0..=24 * 4)
            .filter_map(|quarters| {
                local.checked_add_signed(chrono::TimeDelta::minutes(quarters * 15))
            })
            .find_map(|later| later.and_local_timezone(self.0).earliest())
            .map(|instant| instant.to_utc())
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
