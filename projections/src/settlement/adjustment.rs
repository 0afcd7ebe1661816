//! Перерасчёт: what a closed period costs as the book stands now, less what was billed for it; one
//! line a cause.
//!
//! Causes follow one another in the order of the book: each is credited with what the period costs
//! with it, less what it costs (was billed) without it. So the lines of a charge add up to the
//! whole difference, whatever the order.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::bill::{BillLine, ChargeKey, ChargePart, LineKind};
use aggregates::ids::{AccountId, PremisesId};
use aggregates::ledger::EventId;
use aggregates::quantity::{Measure, Money};
use aggregates::time::Period;
use aggregates::vocabulary::Resource;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::facts::{About, AccountFacts, Change};
use crate::settlement::fold::HouseBook;
use crate::settlement::model::{ExplainedLine, Settlement, SettlementError};
use crate::settlement::since::Step;

/// What one key of a period came to before a cause: billed, or calculated with the causes before.
#[derive(Clone, Debug)]
struct Before<'a> {
    amount: Money,
    volume: Option<Measure>,
    /// The last line of the key.
    last: &'a BillLine,
    /// The bills; empty where it was calculated.
    events: Vec<EventAt>,
}

/// Where a difference belongs.
#[derive(Clone, Copy)]
struct Where {
    account: AccountId,
    premises: PremisesId,
    period: Period,
}

/// The differences of a closed period to what its accounts were billed, by account. `steps` are the
/// causes; the last of them leads to `settlement`.
pub(crate) fn adjustments(
    book: &HouseBook,
    settlement: &Settlement,
    steps: &[Step],
) -> Result<BTreeMap<AccountId, Vec<ExplainedLine>>, SettlementError> {
    let period = settlement.period;
    let mut found = BTreeMap::new();
    for (account, facts) in &book.accounts {
        let place = Where {
            account: *account,
            premises: facts.premises,
            period,
        };
        let last = by_key(settlement, *account);
        let mut before = billed(facts, period)?;
        let mut lines = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let told = match index + 1 == steps.len() {
                true => Some(settlement),
                false => step.settlements.get(&period),
            };
            let Some(told) = told else {
                continue;
            };
            let now = by_key(told, *account);
            let mut of_step = of_step(book, place, step, (&now, &before))?;
            // How the volume is found is told as of the end, not on the way there.
            for told in &mut of_step {
                if let Some(last) = last.get(&told.line.charge) {
                    told.line.method = last.line.method;
                    told.line.clause = last.line.clause.clone();
                }
            }
            lines.append(&mut of_step);
            let calculated = now.iter().map(|(key, line)| (*key, calculated(line)));
            before = calculated.collect();
        }
        // Lines of one charge stand together, in the order of their causes.
        lines.sort_by(|one, other| one.line.charge.cmp(&other.line.charge));
        if !lines.is_empty() {
            found.insert(*account, lines);
        }
    }
    Ok(found)
}

type Now<'a> = BTreeMap<&'a ChargeKey, &'a ExplainedLine>;
type Then<'a> = BTreeMap<&'a ChargeKey, Before<'a>>;

fn by_key(settlement: &Settlement, account: AccountId) -> Now<'_> {
    let charged = settlement.account(account);
    let lines = charged.map(|charged| charged.lines.as_slice());
    let lines = lines.unwrap_or_default().iter();
    lines.map(|line| (&line.line.charge, line)).collect()
}

fn calculated(line: &ExplainedLine) -> Before<'_> {
    Before {
        amount: line.line.amount,
        volume: line.line.volume,
        last: &line.line,
        events: Vec::new(),
    }
}

fn of_step(
    book: &HouseBook,
    place: Where,
    step: &Step,
    (now, before): (&Now<'_>, &Then<'_>),
) -> Result<Vec<ExplainedLine>, SettlementError> {
    let keys: BTreeSet<&ChargeKey> = now.keys().copied().chain(before.keys().copied()).collect();
    let mut lines = Vec::new();
    for key in keys {
        let (now, before) = (now.get(key).copied(), before.get(key));
        lines.extend(difference(book, place, &step.changes, (now, before))?);
    }
    Ok(lines)
}

/// Everything billed to an account for a period, charges and adjustments, by key.
fn billed(account: &AccountFacts, period: Period) -> Result<Then<'_>, SettlementError> {
    let mut billed = Then::new();
    let sent = account.sent_since(period);
    for (event, line) in sent.filter(|(_, line)| line.period == period) {
        let so_far = billed.entry(&line.charge).or_insert_with(|| Before {
            amount: Money::ZERO,
            volume: None,
            last: line,
            events: Vec::new(),
        });
        let sum = so_far.amount.checked_add(line.amount);
        so_far.amount = sum.map_err(|_| SettlementError::TooLarge { period })?;
        so_far.volume = plus(so_far.volume, line.volume, period)?;
        so_far.last = line;
        if so_far.events.last() != Some(&event) {
            so_far.events.push(event);
        }
    }
    Ok(billed)
}

fn plus(
    one: Option<Measure>,
    other: Option<Measure>,
    period: Period,
) -> Result<Option<Measure>, SettlementError> {
    match (one, other) {
        (Some(one), Some(other)) => one
            .checked_add(other)
            .map(Some)
            .map_err(|_| SettlementError::TooLarge { period }),
        (one, other) => Ok(one.or(other)),
    }
}

fn difference(
    book: &HouseBook,
    place: Where,
    changes: &[Change],
    (now, before): (Option<&ExplainedLine>, Option<&Before<'_>>),
) -> Result<Option<ExplainedLine>, SettlementError> {
    let period = place.period;
    let too_large = |_| SettlementError::TooLarge { period };
    let Some(shown) = now
        .map(|now| &now.line)
        .or(before.map(|before| before.last))
    else {
        return Ok(None);
    };
    let charged = now.map_or(Money::ZERO, |now| now.line.amount);
    let billed = before.map_or(Money::ZERO, |before| before.amount);
    let amount = charged.checked_sub(billed).map_err(too_large)?;
    let taken = before.and_then(|before| before.volume).map(negated);
    let volume = plus(now.and_then(|now| now.line.volume), taken, period)?;
    // A common part moves by a hair whenever somebody's volume does: without money that is nothing.
    let own_volume = matches!(
        shown.charge.part,
        ChargePart::Individual | ChargePart::CheckRecalculation | ChargePart::Interference
    ) && shown.charge.resource != Resource::Heat;
    let moved = volume.is_some_and(|volume| !volume.value().is_zero()) && own_volume;
    if amount == Money::ZERO && !moved {
        return Ok(None);
    }
    let causes = causes(book, place, changes, (&shown.charge, now));
    let same_price = match (now, before) {
        (Some(now), Some(before)) => now.line.price == before.last.price,
        _ => true,
    };
    let line = BillLine {
        kind: LineKind::Adjustment,
        volume,
        price: shown.price.filter(|_| same_price),
        amount,
        caused_by: names(&causes),
        ..shown.clone()
    };
    let was_billed = before.is_none_or(|before| !before.events.is_empty());
    let text = match was_billed {
        true => "рассчитано теперь − начислено",
        false => "рассчитано с этой записью − без неё",
    };
    let title = format!("перерасчёт за {}: {text}", period.title_ru());
    let mut because = Explanation::new("bill.adjustment", title)
        .formula(format!("{charged} − {billed} = {amount}"))
        .amount(amount)
        .parts([cause_step(&causes)]);
    if let Some(before) = before.filter(|_| was_billed) {
        because = because.parts([Explanation::new("bill.issued", "начислено в счетах")
            .amount(billed)
            .events(before.events.iter().copied())]);
    }
    because = because.parts(now.map(|now| now.because.clone()));
    Ok(Some(ExplainedLine { line, because }))
}

fn negated(measure: Measure) -> Measure {
    Measure::new(-measure.value(), measure.unit())
}

fn cause_step(causes: &[EventAt]) -> Explanation {
    let text = "записано после закрытия периода";
    Explanation::new("bill.caused_by", text).events(causes.iter().copied())
}

fn names(events: &[EventAt]) -> Vec<EventId> {
    events.iter().map(EventAt::event_id).collect()
}

/// What of `changes`, recorded since the last closing, has moved the line: what it rests on now,
/// what is
/// about its own premises or the whole house. A common part depends on everybody, so whatever is
/// about its resource has moved it; and so has a line that nothing of its own explains.
fn causes(
    book: &HouseBook,
    place: Where,
    changes: &[Change],
    (charge, now): (&ChargeKey, Option<&ExplainedLine>),
) -> Vec<EventAt> {
    let resource = charge.resource;
    let reaching: Vec<&Change> = changes
        .iter()
        .filter(|change| change.from <= place.period)
        .collect();
    let rests_on = now.map(|now| now.because.all_events()).unwrap_or_default();
    let is_common = matches!(
        charge.part,
        ChargePart::CommonProperty | ChargePart::CommonPropertyCorrection | ChargePart::CommonNeeds
    );
    let own = |change: &&&Change| {
        !is_common && (rests_on.contains(&change.event) || is_about(book, change, place, resource))
    };
    let mut found: Vec<EventAt> = reaching
        .iter()
        .filter(own)
        .map(|change| change.event)
        .collect();
    if found.is_empty() {
        let of_resource = |change: &&&Change| moves(book, change, resource);
        found = reaching
            .iter()
            .filter(of_resource)
            .map(|change| change.event)
            .collect();
    }
    found.sort_unstable_by_key(|event| event.position);
    found.dedup();
    found
}

fn is_about(book: &HouseBook, change: &Change, place: Where, resource: Resource) -> bool {
    match change.about {
        About::House(None) => true,
        About::House(Some(of)) => feeds(of, resource),
        About::Premises(premises) => is_one_flat(book, premises, place.premises),
        About::Account(account) => account == place.account.0,
        About::Meter(meter) | About::Imputed(meter) => {
            points_of(book, meter).any(|(premises, of)| {
                feeds(of, resource)
                    && premises.is_none_or(|one| is_one_flat(book, one, place.premises))
            })
        }
    }
}

/// Whether two premises are one, or rooms of one flat: what is about one of them moves all.
fn is_one_flat(book: &HouseBook, one: PremisesId, other: PremisesId) -> bool {
    let whole = |id: PremisesId| {
        let facts = book.premises.get(&id);
        facts.and_then(|facts| facts.part_of).unwrap_or(id)
    };
    whole(one) == whole(other)
}

/// Whether a change may move figures of a resource anywhere in the house.
fn moves(book: &HouseBook, change: &Change, resource: Resource) -> bool {
    match change.about {
        About::House(of) => of.is_none_or(|of| feeds(of, resource)),
        About::Premises(_) => true,
        About::Account(_) => false,
        About::Meter(meter) | About::Imputed(meter) => {
            points_of(book, meter).any(|(_, of)| feeds(of, resource))
        }
    }
}

fn points_of(
    book: &HouseBook,
    meter: uuid::Uuid,
) -> impl Iterator<Item = (Option<PremisesId>, Resource)> + '_ {
    let consumption = &book.balance.consumption;
    let points = consumption.points_of(aggregates::ids::MeterId(meter));
    points.filter_map(|point| {
        let facts = consumption.points.get(&point)?;
        Some((facts.premises, facts.resource))
    })
}

/// Whether a volume of one resource enters the figures of another.
fn feeds(one: Resource, another: Resource) -> bool {
    one == another
        || matches!(
            (one, another),
            (Resource::ColdWater | Resource::HotWater, Resource::Sewage)
                | (Resource::HotWater, Resource::Heat)
        )
}
