//! V09: a flat uses far more than its neighbours.

use std::collections::BTreeMap;

use aggregates::book_event::BookEvent;
use aggregates::ledger::EventId;
use aggregates::meter::Meter;
use aggregates::meter::command::MeterCommand;
use aggregates::meter::reading::{Finding, ValidationRule};
use aggregates::meter::submission::TargetReading;
use aggregates::metering_point::event::PointKind;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use projections::directory::fold::Directory;
use rust_decimal::Decimal;

use crate::readings::{Answer, AnswerStatus, Entry};
use crate::store::error::{ExecuteError, StoreError};
use crate::store::execute::Execute;

/// Fewer neighbours than this say nothing about one flat.
const PEERS_MIN: usize = 20;
/// Somebody is always the highest: only a use this many times the median is worth a mark.
const TIMES_MEDIAN: Decimal = Decimal::from_parts(3, 0, 0, false, 0);

/// Daily use of one reading.
struct Use {
    event: EventId,
    daily: Decimal,
}

/// Marks readings whose daily use lies above the 99th percentile of the individual meters of the
/// same house, resource and period, and above three times their median. For the company only: the
/// reading stays accepted.
///
/// # Errors
/// [`StoreError`] when the book cannot be read.
pub async fn flag_outliers(
    unit: &mut impl Execute,
    directory: &Directory,
    recorded: &[(Entry, Answer)],
) -> Result<Vec<EventId>, StoreError> {
    let mut flagged = Vec::new();
    for peers in uses(unit, directory, recorded).await?.into_values() {
        let Some(limits) = Limits::of(&peers) else {
            continue;
        };
        for high in peers.iter().filter(|peer| limits.exceeded_by(peer.daily)) {
            flagged.extend(flag(unit, high, &limits).await?);
        }
    }
    Ok(flagged)
}

async fn uses(
    unit: &mut impl Execute,
    directory: &Directory,
    recorded: &[(Entry, Answer)],
) -> Result<BTreeMap<(Resource, Period), Vec<Use>>, StoreError> {
    let fresh = recorded.iter().filter(|(entry, answer)| {
        let new = matches!(
            answer.status,
            AnswerStatus::Accepted | AnswerStatus::Flagged
        );
        let card = directory.meter(entry.meter);
        let point = card.and_then(|card| directory.point(card.point?));
        new && point.is_some_and(|point| point.kind == PointKind::Individual)
    });
    let fresh: Vec<&(Entry, Answer)> = fresh.collect();
    let meters: Vec<_> = fresh.iter().map(|(entry, _)| entry.meter.0).collect();
    unit.preload::<Meter>(&meters).await?;
    let mut uses: BTreeMap<(Resource, Period), Vec<Use>> = BTreeMap::new();
    for (entry, answer) in fresh {
        let meter = unit.read::<Meter>(entry.meter.0).await?;
        let daily = meter.daily_use(answer.event.sequence);
        if let (Some(resource), Some(period), Some(daily)) =
            (meter.resource(), answer.period, daily)
        {
            let event = answer.event.clone();
            uses.entry((resource, period))
                .or_default()
                .push(Use { event, daily });
        }
    }
    Ok(uses)
}

/// What is usual among neighbours.
struct Limits {
    percentile: Decimal,
    median: Decimal,
}

impl Limits {
    fn of(peers: &[Use]) -> Option<Self> {
        let mut sorted: Vec<Decimal> = peers.iter().map(|peer| peer.daily).collect();
        sorted.sort_unstable();
        (sorted.len() >= PEERS_MIN).then(|| Self {
            percentile: sorted[(sorted.len() - 1) * 99 / 100],
            median: sorted[sorted.len() / 2],
        })
    }

    fn exceeded_by(&self, daily: Decimal) -> bool {
        let usual = self.median.checked_mul(TIMES_MEDIAN);
        daily > self.percentile && usual.is_some_and(|usual| daily > usual)
    }
}

async fn flag(
    unit: &mut impl Execute,
    high: &Use,
    limits: &Limits,
) -> Result<Vec<EventId>, StoreError> {
    let target = match unit.recorded_event(&high.event).await? {
        Some(BookEvent::Meter(event)) => TargetReading::of(high.event.sequence, &event),
        _ => None,
    };
    let Some(target) = target else {
        return Ok(Vec::new());
    };
    let finding = Finding::new(ValidationRule::V09)
        .with("daily", high.daily.round_dp(3).normalize())
        .with("p99", limits.percentile.round_dp(3).normalize())
        .with("median", limits.median.round_dp(3).normalize());
    let command = MeterCommand::FlagReading {
        target: Box::new(target),
        finding,
    };
    match unit
        .execute::<Meter>(high.event.aggregate_id, command)
        .await
    {
        Ok(events) => Ok(events),
        Err(ExecuteError::Store(error)) => Err(error),
        Err(refusal) => {
            tracing::warn!(event.id = %high.event, %refusal, "mark refused");
            Ok(Vec::new())
        }
    }
}
