//! The payment document put together from a bill, the book that it was computed at, and what
//! others stated.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::bill::{Bill, BillLine, LineKind};
use aggregates::ids::{AccountId, OrganisationId, PremisesId};
use aggregates::ledger::EventId;
use aggregates::quantity::{Money, Quantity, QuantityError, SquareMetre};
use aggregates::text::Label;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::bills::document::dues::{self, Stated};
use crate::bills::document::facts::{Cause, Company, PaperFacts};
use crate::bills::document::instalments;
use crate::bills::document::metering;
use crate::bills::document::model::{
    BillDocument, Deferred, Due, InstalmentSchedule, Persons, ProviderPart, Standing,
};
use crate::bills::document::payment;
use crate::bills::document::rows;
use crate::consumption::QueryError;
use crate::rules::{Edition, RulesError};
use crate::settlement::{HouseBook, HouseService};

/// Why a document cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// A sum does not fit.
    #[error(transparent)]
    Sum(#[from] QuantityError),
    /// The consumption of a point cannot be told.
    #[error(transparent)]
    Consumption(#[from] QueryError),
    /// No rules are on record.
    #[error(transparent)]
    Rules(#[from] RulesError),
}

/// What a document is made from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'s> {
    /// The account with its number.
    pub account: (AccountId, &'s Label),
    /// Number of the premises as on the door.
    pub premises: &'s str,
    /// Address of the house.
    pub address: &'s str,
    /// Whether the bill went out.
    pub standing: Standing,
    /// The bill.
    pub bill: &'s Bill,
    /// The account's bill of the same month of the year before.
    pub year_before: Option<&'s Bill>,
    /// The book as of the position that the bill was computed at.
    pub house: &'s HouseBook,
    /// The services of the house, settled there; empty where they cannot be settled any more.
    pub services: &'s [HouseService],
    /// The account and its house as of the vantage.
    pub facts: &'s PaperFacts,
    /// Position of the vantage.
    pub position: u64,
    /// Companies by what their own books say.
    pub companies: &'s BTreeMap<OrganisationId, Company>,
    /// Events that caused recalculations.
    pub causes: &'s BTreeMap<EventId, Cause>,
}

/// The payment document.
///
/// # Errors
/// [`DocumentError`]: a sum does not fit, or the edition of the period has no rows.
pub fn document(of: &Sources<'_>) -> Result<BillDocument, DocumentError> {
    let bill = of.bill;
    let period = bill.period;
    let day = period.last_day();
    let edition = Edition::of(period)?;
    let deliver_by = edition.bill_due().ok().map(|due| due.value);
    let premises = of.house.accounts.get(&of.account.0);
    let premises = premises.map(|account| account.premises);
    let name_of = |provider| named(of, provider, deliver_by.unwrap_or(day));
    let schedules = of.facts.schedules(period, name_of)?;
    let providers = providers(of, deliver_by.unwrap_or(day), &schedules)?;
    let charged = rows::sum(&bill.lines, LineKind::Charge)?;
    let recalculated = rows::sum(&bill.lines, LineKind::Adjustment)?;
    Ok(BillDocument {
        account: of.account.0,
        number: of.account.1.clone(),
        unified_number: of.facts.unified_number.clone(),
        service_number: of.facts.service_number.clone(),
        holder: of.facts.holders.on(day).copied(),
        address: of.address.to_owned(),
        premises: of.premises.to_owned(),
        area: premises.and_then(|id| area(of.house, id, day)),
        persons: premises.and_then(|id| persons(of.house, id, day)),
        period,
        kind: bill.kind,
        standing: of.standing,
        edition: edition.name(),
        computed_at: bill.computed_at,
        position: of.position,
        deliver_by,
        pay_by: edition.payment_due().ok().map(|due| due.value),
        lines: rows::lines(bill),
        services: rows::services(bill)?,
        charged,
        recalculated,
        total: bill.total,
        to_pay: dues::to_pay(providers.iter().map(|part| part.to_pay))?,
        providers,
        house: metering::of_house(of.house, of.services, period)?,
        areas: metering::areas(of.house, day)?,
        meters: match premises {
            Some(premises) => metering::of_premises(of.house, premises, period)?,
            None => Vec::new(),
        },
        recalculations: rows::recalculations(bill, of.causes),
        instalments: rows::instalments(
            bill,
            of.year_before,
            edition.instalment_threshold()?.value,
        )?,
        schedules,
    })
}

fn area(house: &HouseBook, id: PremisesId, day: NaiveDate) -> Option<Quantity<SquareMetre>> {
    let facts = house.premises.get(&id)?;
    facts.area.on(day).map(|area| area.value)
}

fn persons(house: &HouseBook, id: PremisesId, day: NaiveDate) -> Option<Persons> {
    let facts = house.premises.get(&id)?;
    let living = facts.residents.covering(day).map(|fact| fact.value);
    let counted = facts.persons_on(day)?;
    Some(Persons {
        count: counted.value,
        owners: living.is_none_or(|living| living == 0),
    })
}

/// Each provider of the bill's lines, and those that only debts are stated for, in the order of
/// the lines.
fn providers(
    of: &Sources<'_>,
    until: NaiveDate,
    schedules: &[InstalmentSchedule],
) -> Result<Vec<ProviderPart>, QuantityError> {
    let mut order: Vec<OrganisationId> = Vec::new();
    let billed = of.bill.lines.iter().map(|line| line.provider);
    let stated = of.facts.statements.iter().filter(|row| {
        let period = of.bill.period;
        period.previous().last_day() <= row.as_of && row.as_of <= until
    });
    let stated = stated.filter_map(|row| row.provider);
    let scheduled = schedules.iter().map(|schedule| schedule.of.provider);
    for provider in billed.chain(stated).chain(scheduled) {
        if !order.contains(&provider) {
            order.push(provider);
        }
    }
    let provider_of = provider_of(of);
    let is_only = order.len() == 1;
    order
        .into_iter()
        .map(|provider| {
            let of_period = (of.bill.period, until);
            let rows = &of.facts.statements;
            let stated = Stated::of(rows, provider, &provider_of, is_only, of_period);
            let scheduled = instalments::of_provider(schedules, provider)?;
            part(of, (provider, until), &stated, scheduled)
        })
        .collect()
}

/// Who provides each resource: by the lines of the bill, else by the services of the house.
fn provider_of(of: &Sources<'_>) -> BTreeMap<Resource, OrganisationId> {
    let services = of.services.iter();
    let mut found: BTreeMap<Resource, OrganisationId> = services
        .map(|service| (service.resource, service.provider))
        .collect();
    let lines = of.bill.lines.iter();
    found.extend(lines.map(|line| (line.charge.resource, line.provider)));
    found
}

fn part(
    of: &Sources<'_>,
    (organisation, until): (OrganisationId, NaiveDate),
    stated: &Stated<'_>,
    scheduled: Option<Deferred>,
) -> Result<ProviderPart, QuantityError> {
    let own = |line: &&BillLine| line.provider == organisation;
    let lines: Vec<&BillLine> = of.bill.lines.iter().filter(own).collect();
    let charged = rows::sum(lines.iter().copied(), LineKind::Charge)?;
    let recalculated = rows::sum(lines.iter().copied(), LineKind::Adjustment)?;
    let opening = stated.opening()?;
    let paid = stated.paid(opening.as_ref())?;
    let help = stated.help()?;
    let amount = |due: &Option<Due>| due.as_ref().map_or(Money::ZERO, |due| due.amount);
    let balance = match stated.is_complete(opening.as_ref(), paid.as_ref()) {
        true => Some(dues::owed(
            amount(&opening),
            charged,
            recalculated,
            amount(&paid),
            amount(&help),
        )?),
        false => None,
    };
    // Without debt and payments the charges alone are asked for, never a guess of the balance.
    let charges = charged.checked_add(recalculated)?;
    let asked = instalments::asked(balance, charges, scheduled.unwrap_or_default())?;
    let to_pay = asked.max(Money::ZERO);
    let company = of.companies.get(&organisation);
    let details = of.facts.payees.get(&organisation);
    let payee = details.and_then(|rows| rows.on(until));
    let inn = payee.map(|payee| payee.inn.as_str().to_owned());
    let bill = (of.account.1.as_str(), of.bill.period, of.bill.kind);
    Ok(ProviderPart {
        organisation,
        name: named(of, organisation, until),
        inn: inn.or_else(|| company.and_then(|company| company.inn.clone())),
        // A paper that asks for nothing carries no code.
        payment: match of.standing {
            Standing::Issued { .. } => {
                payee.and_then(|payee| payment::order(payee, bill, to_pay).ok())
            }
            Standing::Preliminary => None,
        },
        payee: payee.cloned(),
        charged,
        recalculated,
        penalty: stated.penalty()?,
        opening,
        paid,
        help,
        balance,
        instalments: scheduled,
        to_pay,
    })
}

/// The name of a provider on a day: as its payment details say, else as its own book does.
fn named(of: &Sources<'_>, organisation: OrganisationId, day: NaiveDate) -> Option<String> {
    let details = of.facts.payees.get(&organisation);
    let payee = details.and_then(|rows| rows.on(day));
    let company = of.companies.get(&organisation);
    let named = payee.map(|payee| payee.name.to_string());
    named.or_else(|| company.and_then(|company| company.name.clone()))
}

/// The events that recalculations of a bill name, without repeats.
pub fn causes_of(bill: &Bill) -> BTreeSet<&EventId> {
    bill.lines.iter().flat_map(|line| &line.caused_by).collect()
}
