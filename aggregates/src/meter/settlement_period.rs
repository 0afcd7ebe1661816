//! To which settlement period a reading belongs (ПП 354 п. 31, 37; rules ).

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::building::arrangement::LatePolicy;
use crate::building::terms::ReadingTerms;
use crate::meter::reading::{Finding, ValidationRule};
use crate::text::Code;
use crate::time::{Interval, Period, PeriodError};
use crate::vocabulary::ReadingSource;

/// Channel of entries made offline and sent later.
const OFFLINE_CHANNEL: &str = "app";

/// The period of a reading and what is to be said of the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodChoice {
    /// The settlement period, never a closed one.
    pub period: Period,
    /// V04 (outside the window, or moved past a closing) and V29 (taken and received disagree).
    pub findings: Vec<Finding>,
}

/// The settlement period of a reading.
///
/// What people and other systems send belongs to the period in whose window it was *received*:
/// until 24:00 of the closing day by the clock of the house; later belongs to the next one, earlier
/// days of the month count. The provider's policy may let delayed entries count by the time of
/// taking. What a device or an inspector dated belongs to the period it was *taken* in, by the same
/// boundary. A closed period takes nothing in any more: the reading moves to the first open one.
///
/// # Errors
/// [`PeriodError`] when `received_at` lies outside the calendar (1901–2199).
pub fn settlement_period(
    source: ReadingSource,
    channel: &Code,
    taken_at: DateTime<Utc>,
    received_at: DateTime<Utc>,
    terms: &ReadingTerms,
) -> Result<PeriodChoice, PeriodError> {
    let received = period_by_window(received_at, terms)?;
    let taken = period_by_window(taken_at, terms).unwrap_or(received);
    let mut findings = vec![];
    let period = if is_dated_by_device(source) {
        taken
    } else if counts_by_taking(source, channel, taken_at, taken, terms) {
        findings.extend(note_disagreement(taken, received, "taken"));
        taken
    } else {
        findings.extend(note_disagreement(taken, received, "received"));
        findings.extend(note_window(received_at, received, terms));
        received
    };
    let (period, moved) = past_closing(period, terms);
    findings.extend(moved);
    Ok(PeriodChoice { period, findings })
}

/// Whether the time of taking is not the sender's word: it stands in the device or in an act.
pub fn is_dated_by_device(source: ReadingSource) -> bool {
    use ReadingSource as S;
    matches!(
        source,
        S::Polled | S::Archive | S::Isu | S::Inspector | S::Control
    )
}

/// `period`, or the first open one with a note (V04) when it is closed.
pub(super) fn past_closing(period: Period, terms: &ReadingTerms) -> (Period, Option<Finding>) {
    match terms.closed_through {
        Some(closed) if period <= closed => {
            let moved = Finding::new(ValidationRule::V04)
                .with("problem", "closed")
                .with("closed_period", period)
                .with("period", closed.next());
            (closed.next(), Some(moved))
        }
        _ => (period, None),
    }
}

fn period_by_window(instant: DateTime<Utc>, terms: &ReadingTerms) -> Result<Period, PeriodError> {
    let date = terms.zone.local_date(instant);
    let month = Period::of_date(date)?;
    Ok(match date.day() <= closing_day(month, terms) {
        true => month,
        false => month.next(),
    })
}

/// The closing day of `month`: its last one where the month is shorter.
fn closing_day(month: Period, terms: &ReadingTerms) -> u32 {
    u32::from(terms.window.closes_on_day).min(month.days())
}

fn counts_by_taking(
    source: ReadingSource,
    channel: &Code,
    taken_at: DateTime<Utc>,
    taken: Period,
    terms: &ReadingTerms,
) -> bool {
    use ReadingSource as S;
    match terms.window.late_policy {
        LatePolicy::ByReceipt => false,
        LatePolicy::ByTaking => match source {
            S::Phone | S::Paper | S::SeniorsRound | S::Staff => true,
            S::Resident => channel.as_str() == OFFLINE_CHANNEL,
            _ => false,
        },
        LatePolicy::ByTakingDuringIntakeOutage => {
            let waiting =
                deadline(taken, terms).and_then(|deadline| Interval::new(taken_at, deadline).ok());
            waiting.is_some_and(|waiting| {
                terms
                    .intake_outages
                    .iter()
                    .any(|outage| outage.overlaps(waiting))
            })
        }
    }
}

/// The instant after the window of `period`: midnight that ends its closing day.
fn deadline(period: Period, terms: &ReadingTerms) -> Option<DateTime<Utc>> {
    let closing = period.first_day().with_day(closing_day(period, terms))?;
    terms.zone.start_of(closing.succ_opt()?)
}

fn note_disagreement(taken: Period, received: Period, counted_by: &str) -> Option<Finding> {
    (taken != received).then(|| {
        Finding::new(ValidationRule::V29)
            .with("taken_period", taken)
            .with("received_period", received)
            .with("counted_by", counted_by)
    })
}

fn note_window(
    received_at: DateTime<Utc>,
    period: Period,
    terms: &ReadingTerms,
) -> Option<Finding> {
    let date = terms.zone.local_date(received_at);
    let closes = closing_day(Period::of_date(date).ok()?, terms);
    let opens = terms.window.opens_on_day.map(u32::from);
    let problem = match opens {
        // The window runs over the end of the month: 26 to 5.
        Some(opens) if opens > closes => {
            (date.day() > closes && date.day() < opens).then_some("early")
        }
        Some(opens) if date.day() < opens => Some("early"),
        _ => (date.day() > closes).then_some("late"),
    }?;
    let note = Finding::new(ValidationRule::V04)
        .with("problem", problem)
        .with("received_on", iso(date))
        .with("closes_on_day", terms.window.closes_on_day)
        .with("period", period);
    Some(match opens {
        Some(opens) => note.with("opens_on_day", opens),
        None => note,
    })
}

fn iso(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}
