//! Archives: from the last record known to the last period closed, some at a time.

use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta, Utc};
use tokio::time::Instant;

use crate::collector::collect::reading::clock;
use crate::collector::collect::{CollectError, Collector};
use crate::collector::driver::{Fault, Line, Poll, Readout};
use crate::collector::profile::RecordKind;
use crate::collector::registry::{HeldLine, Installation, Outcome, Recorded};

/// Records of one errand: the line is given to the other devices after them.
const AT_ONCE: usize = 48;
/// How far back the first errand begins.
const DEPTH: TimeDelta = TimeDelta::days(45);

impl Collector {
    /// Reads what is missing of the archive of a device that has just told its values. A fault
    /// leaves what was read before; the next cycle goes on from there.
    pub(super) async fn read_archive(
        &self,
        held: &HeldLine,
        line: &mut Line,
        installed: &Installation,
        readout: &Readout,
    ) -> Result<(u64, Option<Fault>), CollectError> {
        let profile = &installed.device.profile;
        let (Some(archive), Some(shown)) = (&profile.archive, clock(profile, held.zone, readout))
        else {
            return Ok((0, None));
        };
        let now = shown.with_timezone(&held.zone.tz()).naive_local();
        let mut new = 0;
        for kind in archive.kinds.keys().copied() {
            let last = self.registry.last_record(installed.id, kind).await?;
            let last = last.map(|last| last.with_timezone(&held.zone.tz()).naive_local());
            let ends = missing(kind, last, now);
            if ends.is_empty() {
                continue;
            }
            self.registry.renew(held).await?;
            let asked = (kind, ends.as_slice());
            let (started_at, began) = (Utc::now(), Instant::now());
            let (attempt, records) = line.read_records(&installed.device, archive, asked).await;
            match records {
                Ok(records) => {
                    let device = (installed.id, archive);
                    new += self
                        .registry
                        .keep_records(held, device, kind, &records)
                        .await?;
                }
                Err(fault) => {
                    let poll = Poll {
                        started_at,
                        attempts: vec![attempt],
                        outcome: Err(fault.clone()),
                        took: began.elapsed(),
                    };
                    self.record_fault(held, installed, &poll).await?;
                    return Ok((new, Some(fault)));
                }
            }
        }
        Ok((new, None))
    }

    /// An errand that failed leaves its cause and its frames; the device has just answered, so its
    /// breaker stays as it is.
    async fn record_fault(
        &self,
        held: &HeldLine,
        installed: &Installation,
        poll: &Poll,
    ) -> Result<(), CollectError> {
        let recorded = Recorded {
            device: installed.id,
            outcome: Outcome::Polled(poll),
            samples: &[],
            drift_s: None,
            failures: 0,
            pause: Duration::ZERO,
        };
        Ok(self.registry.record(held, &recorded).await?)
    }
}

/// The ends of the periods after `last` that are closed `now`, the oldest first.
fn missing(
    kind: RecordKind,
    last: Option<NaiveDateTime>,
    now: NaiveDateTime,
) -> Vec<NaiveDateTime> {
    let Some(closed) = kind.last_closed(now) else {
        return Vec::new();
    };
    let first = match last {
        Some(last) => last + kind.period(),
        None => closed - DEPTH,
    };
    let ends = std::iter::successors(Some(first), |end| Some(*end + kind.period()));
    ends.take_while(|end| *end <= closed)
        .take(AT_ONCE)
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn at(day: u32, hour: u32, minute: u32) -> NaiveDateTime {
        let day = NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
        day.and_hms_opt(hour, minute, 0).expect("a time")
    }

    #[test]
    fn only_closed_periods_are_asked_for() {
        let hours = missing(RecordKind::Hour, Some(at(27, 10, 0)), at(27, 13, 5));
        assert_eq!(hours, [at(27, 11, 0), at(27, 12, 0), at(27, 13, 0)]);
        assert!(missing(RecordKind::Hour, Some(at(27, 13, 0)), at(27, 13, 59)).is_empty());
        let days = missing(RecordKind::Day, Some(at(25, 0, 0)), at(27, 23, 59));
        assert_eq!(days, [at(26, 0, 0), at(27, 0, 0)]);
        let first = missing(RecordKind::Hour, None, at(27, 13, 5));
        assert_eq!(first.len(), AT_ONCE);
        assert_eq!(missing(RecordKind::Day, None, at(27, 13, 5)).len(), 46);
    }

    /// A clock that was set back does not make records of the future be asked for.
    #[test]
    fn a_clock_set_back_waits() {
        assert!(missing(RecordKind::Hour, Some(at(27, 15, 0)), at(27, 13, 5)).is_empty());
    }
}
