//! What closing a period appends: gaps, bills with the mending of earlier periods, totals.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aggregates::account::bill::{BillKind, BillLine, LineKind};
use aggregates::building::event::PeriodTotal;
use aggregates::ids::{AccountId, MeterId, OrganisationId};
use aggregates::quantity::{Measure, Money};
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;

use crate::recorded::EventAt;
use crate::rules::{Edition, Parameter};
use crate::settlement::adjustment::adjustments;
use crate::settlement::fold::HouseBook;
use crate::settlement::heat_correction::is_heating;
use crate::settlement::model::{
    AccountBill, AccountNotice, Closing, ExactVolume, ExplainedLine, FilledGap, GapToRecord,
    HouseService, Problem, ProblemKind, Settlement, SettlementError,
};
use crate::settlement::settle::settle;
use crate::settlement::settling::label;
use crate::settlement::since::steps;
use crate::waterfall::unexplained;

/// Version of the engine, as bills name it.
pub const ENGINE: &str = concat!("energokabinet ", env!("CARGO_PKG_VERSION"));

/// Lines by account.
type Lines = BTreeMap<AccountId, Vec<ExplainedLine>>;

/// What closing a period appends, whether or not it may be closed: see [`Closing::blocking`].
///
/// Periods that were settled and closed before are settled again where something recorded since
/// may change them, oldest first; a gap that has opened there is filled before later periods are
/// settled, and the difference to what was billed goes into this period's bills.
///
/// # Errors
/// [`SettlementError`]: nothing can be told of the period, or it is closed already.
pub fn close(book: &HouseBook, period: Period) -> Result<Closing, SettlementError> {
    if book.computed_at(period).is_some() {
        return Err(SettlementError::AlreadyClosed { period });
    }
    // What stands there once the gaps of earlier periods are recorded.
    let mut now = Cow::Borrowed(book);
    let mut imputations = Vec::new();
    let mut lines = Lines::new();
    let mut problems = Vec::new();
    let mut unconfirmed = Vec::new();
    let mut revisions = Vec::new();
    let to_mend = to_mend(book, period);
    let steps = steps(book, &to_mend)?;
    for mended in to_mend {
        let edition = now.edition(mended)?;
        let settlement = settle(&now, mended, &edition)?;
        let is_corrected = now.is_even_corrected(&settlement, period)?;
        for (account, mut mending) in adjustments(book, &settlement, &steps)? {
            mending.retain(|line| !is_corrected || !is_heating(&line.line));
            if !mending.is_empty() {
                lines.entry(account).or_default().extend(mending);
            }
        }
        for given in to_record(&settlement, &edition)? {
            now.to_mut().impute(&given.gap, given.edition.clone())?;
            imputations.push(given);
        }
        add_unconfirmed(&mut unconfirmed, &settlement);
        revisions.extend(revise(&mut now, &settlement)?);
        let hindering = settlement
            .problems
            .iter()
            .filter(|problem| problem.hinders());
        problems.extend(hindering.map(|problem| earlier(problem, mended)));
    }
    let edition = now.edition(period)?;
    let mut settlement = settle(&now, period, &edition)?;
    settlement.position = book.position();
    imputations.extend(to_record(&settlement, &edition)?);
    problems.extend(settlement.problems.iter().cloned());
    problems.extend(held_readings(book, period));
    problems.extend(unexplained(&now, &settlement, &edition)?);
    let notices = notices(book, period, &mut lines)?;
    add_unconfirmed(&mut unconfirmed, &settlement);
    let bills = bills(book, &settlement, lines)?;
    Ok(Closing {
        period,
        computed_at: book.position(),
        engine: label(ENGINE)?,
        edition_hash: code(edition.hash())?,
        totals: [totals(&settlement, &bills)?, revisions].concat(),
        settlement,
        imputations,
        bills,
        notices,
        problems,
        unconfirmed,
    })
}

/// Adds the uncertain rows that a settlement used and nobody answers for, each once.
fn add_unconfirmed(unconfirmed: &mut Vec<Parameter>, settlement: &Settlement) {
    let open = |row: &&Parameter| row.is_uncertain() && row.confirmed.is_none();
    for row in settlement.rules.iter().filter(open) {
        if !unconfirmed.iter().any(|known| known.id == row.id) {
            unconfirmed.push(row.clone());
        }
    }
}

/// Closed and settled periods that something recorded since may have changed, oldest first.
fn to_mend(book: &HouseBook, period: Period) -> Vec<Period> {
    let Some(from) = book.changes.iter().map(|change| change.from).min() else {
        return Vec::new();
    };
    // What was recorded since may be about later periods only.
    let closed = book.periods.closed.range(from.min(period)..period);
    closed
        .filter(|(_, closed)| closed.settled)
        .map(|(period, _)| *period)
        .collect()
}

/// The gaps of a settlement as closing records them.
fn to_record(
    settlement: &Settlement,
    edition: &Edition,
) -> Result<Vec<GapToRecord>, SettlementError> {
    let edition = label(&edition.name())?;
    let given = |gap: &FilledGap| GapToRecord {
        gap: gap.clone(),
        edition: edition.clone(),
    };
    Ok(settlement.gaps.iter().map(given).collect())
}

/// Readings of the period that nobody has decided on, where it has no other of the meter.
fn held_readings(book: &HouseBook, period: Period) -> Vec<Problem> {
    let consumption = &book.balance.consumption;
    let mut found = Vec::new();
    for (id, life) in &book.meters {
        let Some(facts) = consumption.meter(*id) else {
            continue;
        };
        let has_reading = facts
            .readings
            .iter()
            .any(|reading| reading.period == period && !reading.withdrawn);
        let held = life.held.values().filter(|held| held.value == period);
        let events: Vec<EventAt> = held.map(|held| held.event).collect();
        if has_reading || events.is_empty() {
            continue;
        }
        let points = consumption.points_of(MeterId(*id));
        let point = points
            .filter_map(|point| consumption.points.get(&point))
            .last();
        found.push(Problem {
            kind: ProblemKind::ReadingHeld,
            severity: ProblemKind::ReadingHeld.severity(),
            resource: point.map(|point| point.resource),
            premises: point.and_then(|point| point.premises),
            text: format!(
                "прибор № {}: показание ждёт решения, другого за месяц нет; примите его или \
                 отклоните",
                facts.serial
            ),
            events,
        });
    }
    found
}

/// Takes out of `mending` what belongs to providers who have been succeeded: it stands in no bill
/// of the house, they are told of it.
fn notices(
    book: &HouseBook,
    period: Period,
    mending: &mut Lines,
) -> Result<Vec<AccountNotice>, SettlementError> {
    let mut notices = Vec::new();
    for (account, lines) in mending.iter_mut() {
        let Some(facts) = book.accounts.get(account) else {
            continue;
        };
        let (kept, foreign): (Vec<ExplainedLine>, Vec<ExplainedLine>) = std::mem::take(lines)
            .into_iter()
            .partition(|line| is_served(book, &line.line, period));
        *lines = kept;
        let mut by_provider: BTreeMap<OrganisationId, Vec<ExplainedLine>> = BTreeMap::new();
        for line in foreign {
            by_provider
                .entry(line.line.provider)
                .or_default()
                .push(line);
        }
        for (provider, lines) in by_provider {
            notices.push(AccountNotice {
                account: *account,
                number: facts.number.clone(),
                provider,
                total: total(period, &lines)?,
                lines,
            });
        }
    }
    mending.retain(|_, lines| !lines.is_empty());
    Ok(notices)
}

/// Whether the provider of a line still provides the resource in the period; where nobody provides
/// it any more, whether it still provides anything in the house.
fn is_served(book: &HouseBook, line: &BillLine, period: Period) -> bool {
    let day = period.last_day();
    let provides = |resource| {
        let arrangement = book.house.arrangement_on(resource, day);
        arrangement.map(|arrangement| arrangement.value.provider == line.provider)
    };
    match provides(line.charge.resource) {
        Some(is_same) => is_same,
        None => Resource::ALL
            .into_iter()
            .filter_map(provides)
            .any(|same| same),
    }
}

fn total(period: Period, lines: &[ExplainedLine]) -> Result<Money, SettlementError> {
    lines
        .iter()
        .try_fold(Money::ZERO, |sum, line| sum.checked_add(line.line.amount))
        .map_err(|_| SettlementError::TooLarge { period })
}

/// A problem of an earlier period as the closing of this one names it.
fn earlier(problem: &Problem, period: Period) -> Problem {
    Problem {
        text: format!("перерасчёт за {}: {}", period.title_ru(), problem.text),
        ..problem.clone()
    }
}

/// One bill an open account, then final statements of closed ones.
fn bills(
    book: &HouseBook,
    settlement: &Settlement,
    mut mending: Lines,
) -> Result<Vec<AccountBill>, SettlementError> {
    let mut bills = Vec::with_capacity(settlement.accounts.len());
    for charges in &settlement.accounts {
        let mended = mending.remove(&charges.account).unwrap_or_default();
        let mut lines = charges.lines.clone();
        lines.extend(mended);
        bills.extend(bill(book, settlement.period, charges.account, lines)?);
    }
    for (account, lines) in mending {
        bills.extend(bill(book, settlement.period, account, lines)?);
    }
    Ok(bills)
}

fn bill(
    book: &HouseBook,
    period: Period,
    account: AccountId,
    lines: Vec<ExplainedLine>,
) -> Result<Option<AccountBill>, SettlementError> {
    let Some(facts) = book.accounts.get(&account) else {
        return Ok(None);
    };
    let kind = match facts.is_closed_by(period.first_day()) {
        true => BillKind::FinalStatement,
        false => BillKind::Monthly,
    };
    let total = total(period, &lines)?;
    Ok(Some(AccountBill {
        account,
        number: facts.number.clone(),
        premises: facts.premises,
        kind,
        lines,
        total,
    }))
}

/// Totals of the house: what came in, what the premises consumed, what was shared out, the money
/// of the period and that of earlier ones.
fn totals(
    settlement: &Settlement,
    bills: &[AccountBill],
) -> Result<Vec<PeriodTotal>, SettlementError> {
    let mut totals = Vec::new();
    for service in &settlement.services {
        let resource = service.resource;
        let volume = |kind, volume| {
            Ok::<_, SettlementError>(PeriodTotal {
                resource,
                kind: code(kind)?,
                period: None,
                volume,
                amount: None,
            })
        };
        totals.push(volume("house", service.house.known().copied())?);
        let stored = |exact: Option<&ExactVolume>| stored(settlement.period, exact);
        totals.push(volume("premises", stored(service.consumed.as_ref())?)?);
        for (kind, exact) in shared_volumes(service) {
            if let Some(known) = stored(exact)? {
                totals.push(volume(kind, Some(known))?);
            }
        }
        totals.extend(money(service, bills, LineKind::Charge, "charged")?);
        totals.extend(money(service, bills, LineKind::Adjustment, "adjusted")?);
    }
    Ok(totals)
}

/// The common part and the account of КР на СОИ by the names that a closing records them under.
fn shared_volumes(service: &HouseService) -> Vec<(&'static str, Option<&ExactVolume>)> {
    let mut volumes = vec![("common", service.common.volume.as_ref())];
    if let Some(account) = &service.account {
        volumes.extend([
            ("difference", account.difference.as_ref()),
            ("soi_due", account.due.as_ref()),
            ("carried_over", Some(&account.carried_over)),
            ("owed_to_supplier", account.owed_to_supplier.as_ref()),
        ]);
    }
    volumes
}

/// Puts the totals of a mended month that are no longer those on record into the book that later
/// months are settled by; which those are.
pub(super) fn revise(
    now: &mut Cow<'_, HouseBook>,
    settlement: &Settlement,
) -> Result<Vec<PeriodTotal>, SettlementError> {
    let totals = revised(now, settlement)?;
    if let Some(first) = settlement.services.first() {
        for total in &totals {
            now.to_mut()
                .take_total(settlement.period, total, first.arrangement);
        }
    }
    Ok(totals)
}

/// Totals of a mended month that later months rest on and that are no longer those on record.
fn revised(now: &HouseBook, settlement: &Settlement) -> Result<Vec<PeriodTotal>, SettlementError> {
    let period = settlement.period;
    let mut revised = Vec::new();
    for service in &settlement.services {
        let consumed = ("premises", service.consumed.as_ref());
        for (kind, exact) in [consumed].into_iter().chain(shared_volumes(service)) {
            let volume = stored(period, exact)?;
            let before = now.periods.volume(service.resource, period, kind);
            if before.map(|before| before.value.1) != volume {
                revised.push(PeriodTotal {
                    resource: service.resource,
                    kind: code(kind)?,
                    period: Some(period),
                    volume,
                    amount: None,
                });
            }
        }
    }
    Ok(revised)
}

fn stored(period: Period, exact: Option<&ExactVolume>) -> Result<Option<Measure>, SettlementError> {
    let stored = exact.map(ExactVolume::stored).transpose();
    stored.map_err(|_| SettlementError::TooLarge { period })
}

/// The money of one kind of line; `None` where there is no such line.
fn money(
    service: &HouseService,
    bills: &[AccountBill],
    kind: LineKind,
    name: &str,
) -> Result<Option<PeriodTotal>, SettlementError> {
    let resource = service.resource;
    let of_kind = lines_of(bills, resource, kind);
    let mut sum: Option<Money> = None;
    for (period, amount) in of_kind {
        let so_far = sum.unwrap_or_default().checked_add(amount);
        sum = Some(so_far.map_err(|_| SettlementError::TooLarge { period })?);
    }
    let Some(amount) = sum else {
        return Ok(None);
    };
    Ok(Some(PeriodTotal {
        resource,
        kind: code(name)?,
        period: None,
        volume: None,
        amount: Some(amount),
    }))
}

fn lines_of(
    bills: &[AccountBill],
    resource: Resource,
    kind: LineKind,
) -> impl Iterator<Item = (Period, Money)> {
    let lines = bills.iter().flat_map(|bill| &bill.lines);
    lines
        .map(|line| &line.line)
        .filter(move |line| line.kind == kind && line.charge.resource == resource)
        .map(|line| (line.period, line.amount))
}

fn code(text: &str) -> Result<Code, SettlementError> {
    Code::new(text).map_err(|_| SettlementError::Rules(text.to_owned()))
}
