//! What a payment document needs beside the settlement: whose account it is, where providers are
//! paid, what others stated of debts and payments.

use std::collections::BTreeMap;

use aggregates::account::event::{AccountEvent, HolderKind};
use aggregates::account::instalments::{Instalments, InstalmentsEnd};
use aggregates::account::received::ReceivedBill;
use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingEvent;
use aggregates::building::payee::Payee;
use aggregates::dated::DatedRows;
use aggregates::ids::{AccountId, OrganisationId};
use aggregates::quantity::Money;
use aggregates::text::{Code, Label};
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use serde::Serialize;

use crate::recorded::{EventAt, Recorded};

/// What a statement of a billing centre speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BalanceKind {
    /// Долг: owed by the holder.
    Debt,
    /// Аванс: paid in advance; stored as a negative amount.
    Advance,
    /// Оплата: paid by the holder.
    Payment,
    /// Пени.
    Penalty,
    /// Субсидия.
    Subsidy,
    /// Льгота, компенсация.
    Benefit,
}

impl BalanceKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Debt,
        Self::Advance,
        Self::Payment,
        Self::Penalty,
        Self::Subsidy,
        Self::Benefit,
    ];

    /// As an event names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Debt => "debt",
            Self::Advance => "advance",
            Self::Payment => "payment",
            Self::Penalty => "penalty",
            Self::Subsidy => "subsidy",
            Self::Benefit => "benefit",
        }
    }

    /// The word a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Debt => "долг",
            Self::Advance => "аванс",
            Self::Payment => "оплата",
            Self::Penalty => "пени",
            Self::Subsidy => "субсидия",
            Self::Benefit => "льгота",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A company as its own book knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Company {
    /// Its name on the period's last day.
    pub name: Option<String>,
    /// Its ИНН.
    pub inn: Option<String>,
}

/// An event that caused a recalculation, with the name of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The event.
    pub at: EventAt,
    /// Its type, as stored.
    pub name: &'static str,
}

/// A statement of somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) from: OrganisationId,
    pub(crate) as_of: NaiveDate,
    pub(crate) provider: Option<OrganisationId>,
    pub(crate) resource: Option<Resource>,
    pub(crate) kind: BalanceKind,
    pub(crate) amount: Money,
    pub(crate) event: EventAt,
}

impl Statement {
    /// Whether `other` states the same thing: the later recorded one replaces it.
    fn is_about_same(&self, other: &Self) -> bool {
        let key = |of: &Self| (of.from, of.as_of, of.provider, of.resource, of.kind);
        key(self) == key(other)
    }
}

/// The fold of one account and its house. Feed it both streams in the order of the book.
#[derive(Clone, Debug, PartialEq)]
pub struct PaperFacts {
    account: AccountId,
    pub(crate) unified_number: Option<Label>,
    pub(crate) service_number: Option<Label>,
    pub(crate) holders: DatedRows<HolderKind>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) payees: BTreeMap<OrganisationId, DatedRows<Payee>>,
    received: Vec<(EventAt, Code, ReceivedBill)>,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) leavings: Vec<Leaving>,
}

/// A schedule of instalments as it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) agreed: Instalments,
    pub(crate) event: EventAt,
    pub(crate) ended: Option<(InstalmentsEnd, EventAt)>,
}

/// A day from which the one who was billed is billed here no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaving {
    pub(crate) from: NaiveDate,
    /// Whether the account was closed; else it went to another holder.
    pub(crate) closed: bool,
    pub(crate) event: EventAt,
}

impl PaperFacts {
    /// The fold of an account; nothing is known yet.
    pub fn new(account: AccountId) -> Self {
        Self {
            account,
            unified_number: None,
            service_number: None,
            holders: DatedRows::default(),
            statements: Vec::new(),
            payees: BTreeMap::new(),
            received: Vec::new(),
            schedules: Vec::new(),
            leavings: Vec::new(),
        }
    }

    /// Takes in an event; those of other accounts and things are passed over.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            BookEvent::Account(event) if recorded.aggregate_id == self.account.0 => {
                self.apply_account(event, recorded.at());
            }
            BookEvent::Building(BuildingEvent::PayeeRecorded {
                organisation,
                payee,
                from,
            }) => {
                let rows = self.payees.entry(*organisation).or_default();
                rows.record_from(*from, payee.clone());
            }
            _ => {}
        }
    }

    fn apply_account(&mut self, event: &AccountEvent, at: EventAt) {
        self.note_leaving(event, at);
        match event {
            AccountEvent::AccountOpened { holder, from, .. }
            | AccountEvent::AccountTransferred { holder, from, .. } => {
                self.holders.record_from(*from, holder.kind);
            }
            AccountEvent::AccountIdentified {
                unified_number,
                service_number,
            } => {
                self.unified_number = unified_number.clone().or(self.unified_number.take());
                self.service_number = service_number.clone().or(self.service_number.take());
            }
            AccountEvent::BalanceReceived {
                from,
                as_of,
                provider,
                resource,
                kind,
                amount,
                ..
            } => {
                let Some(kind) = BalanceKind::from_code(kind.as_str()) else {
                    return;
                };
                self.take_statement(Statement {
                    from: *from,
                    as_of: *as_of,
                    provider: *provider,
                    resource: *resource,
                    kind,
                    amount: *amount,
                    event: at,
                });
            }
            AccountEvent::BillReceived { bill, sha256 } => {
                self.received.push((at, sha256.clone(), bill.clone()));
            }
            AccountEvent::InstalmentsAgreed { instalments } => self.schedules.push(Schedule {
                agreed: instalments.clone(),
                event: at,
                ended: None,
            }),
            AccountEvent::InstalmentsEnded { ending } => {
                let mut known = self.schedules.iter_mut().rev();
                if let Some(known) = known.find(|known| known.agreed.of == ending.of) {
                    known.ended = Some((ending.clone(), at));
                }
            }
            AccountEvent::AccountShareChanged { .. }
            | AccountEvent::AccountClosed { .. }
            | AccountEvent::BillIssued { .. }
            | AccountEvent::ProviderNoticed { .. } => {}
        }
    }

    fn note_leaving(&mut self, event: &AccountEvent, at: EventAt) {
        let (from, closed) = match event {
            AccountEvent::AccountTransferred { from, .. } => (*from, false),
            AccountEvent::AccountClosed { from, .. } => (*from, true),
            _ => return,
        };
        self.leavings.push(Leaving {
            from,
            closed,
            event: at,
        });
    }

    fn take_statement(&mut self, statement: Statement) {
        let same = |known: &Statement| known.is_about_same(&statement);
        match self.statements.iter().position(same) {
            Some(place) => self.statements[place] = statement,
            None => self.statements.push(statement),
        }
    }

    /// Providers that statements name.
    pub fn stated_providers(&self) -> impl Iterator<Item = OrganisationId> {
        self.statements.iter().filter_map(|row| row.provider)
    }

    /// Bills of others that were taken in for a period, oldest first, with their content's hash.
    pub fn received(
        &self,
        period: aggregates::time::Period,
    ) -> impl Iterator<Item = (EventAt, &Code, &ReceivedBill)> {
        let of_period = self
            .received
            .iter()
            .filter(move |(_, _, bill)| bill.period == period);
        of_period.map(|(at, sha256, bill)| (*at, sha256, bill))
    }
}
