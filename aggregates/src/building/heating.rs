//! Heating seasons: begun and ended by acts, by turns.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::building::error::BuildingError;
use crate::vocabulary::ActRef;

/// The beginning or the end of a heating season.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SeasonMark {
    pub(super) on: NaiveDate,
    pub(super) starts: bool,
    pub(super) act: ActRef,
}

impl SeasonMark {
    pub(super) fn start(on: NaiveDate, act: ActRef) -> Self {
        let starts = true;
        Self { on, starts, act }
    }

    pub(super) fn end(on: NaiveDate, act: ActRef) -> Self {
        let starts = false;
        Self { on, starts, act }
    }
}

/// Whether `given` says something new. The first mark of a house may be an end: what was before it
/// is not known.
pub(super) fn check_mark(season: &[SeasonMark], given: &SeasonMark) -> Result<bool, BuildingError> {
    if season.contains(given) {
        return Ok(false);
    }
    let Some(last) = season.last() else {
        return Ok(true);
    };
    match (last.starts, given.starts) {
        _ if given.on <= last.on => Err(BuildingError::SeasonNotInOrder {
            on: given.on,
            last: last.on,
        }),
        (true, true) => Err(BuildingError::SeasonStarted { since: last.on }),
        (false, false) => Err(BuildingError::SeasonEnded { since: last.on }),
        _ => Ok(true),
    }
}

/// Whether there is heating on `date`; `None` before the first mark.
pub(super) fn is_heated_on(season: &[SeasonMark], date: NaiveDate) -> Option<bool> {
    let passed = season.partition_point(|mark| mark.on <= date);
    season[..passed].last().map(|mark| mark.starts)
}
