//! The fold behind the lists of periods, accounts and bills.

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::event::AccountEvent;
use aggregates::book_event::BookEvent;
use aggregates::building::event::BuildingEvent;
use aggregates::ids::AccountId;
use aggregates::time::Period;

use crate::billing_cards::model::{AccountCard, IssuedBill, PeriodCard, PeriodState, Settled};
use crate::consumption::EventTypes;
use crate::recorded::Recorded;

/// Periods and accounts of a book, and the bills that were issued since the last taking: a bill
/// never changes, so none is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BillingCards {
    periods: BTreeMap<Period, PeriodCard>,
    accounts: BTreeMap<AccountId, AccountCard>,
    changed_periods: BTreeSet<Period>,
    changed_accounts: BTreeSet<AccountId>,
    issued: Vec<IssuedBill>,
}

/// What is new since the last taking.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BillingChanges {
    /// Periods, as they stand.
    pub periods: Vec<PeriodCard>,
    /// Accounts, as they stand.
    pub accounts: Vec<AccountCard>,
    /// Bills issued, in the order of the book.
    pub bills: Vec<IssuedBill>,
}

impl BillingCards {
    /// The events that the lists depend on.
    pub const EVENT_TYPES: EventTypes = &[
        (
            "building",
            &["PeriodOpened", "PeriodClosed", "PeriodReopened"],
        ),
        (
            "account",
            &[
                "AccountOpened",
                "AccountIdentified",
                "AccountTransferred",
                "AccountShareChanged",
                "AccountClosed",
                "BillIssued",
            ],
        ),
    ];

    /// Takes in the next event of the book.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            BookEvent::Building(event) => self.apply_building(event, recorded),
            BookEvent::Account(event) => {
                self.apply_account(AccountId(recorded.aggregate_id), event, recorded);
            }
            _ => {}
        }
    }

    fn apply_building(&mut self, event: &BuildingEvent, recorded: &Recorded) {
        let (period, state) = match event {
            BuildingEvent::PeriodOpened { period }
            | BuildingEvent::PeriodReopened { period, .. } => (*period, PeriodState::Open),
            BuildingEvent::PeriodClosed { period, .. } => (*period, PeriodState::Closed),
            _ => return,
        };
        let event_at = recorded.at();
        let card = self.periods.entry(period).or_insert(PeriodCard {
            period,
            state,
            closed: None,
            reopenings: 0,
            event: event_at,
        });
        (card.state, card.event) = (state, event_at);
        match event {
            BuildingEvent::PeriodReopened { .. } => card.reopenings += 1,
            BuildingEvent::PeriodClosed {
                computed_at,
                edition_hash,
                engine,
                totals,
                ..
            } => {
                card.closed = Some(Settled {
                    computed_at: *computed_at,
                    edition_hash: edition_hash.clone(),
                    engine: engine.clone(),
                    totals: totals.clone(),
                    recorded_at: recorded.recorded_at,
                    event: event_at,
                });
            }
            _ => {}
        }
        self.changed_periods.insert(period);
    }

    fn apply_account(&mut self, id: AccountId, event: &AccountEvent, recorded: &Recorded) {
        if let AccountEvent::BillIssued { bill } = event {
            self.issued.push(IssuedBill {
                account: id,
                issued_at: recorded.recorded_at,
                event: recorded.at(),
                bill: bill.clone(),
            });
            return;
        }
        if let AccountEvent::AccountOpened {
            number,
            premises,
            holder,
            share,
            from,
        } = event
        {
            let card = AccountCard {
                account: id,
                number: number.clone(),
                premises: *premises,
                holder: holder.clone(),
                share: *share,
                from: *from,
                closed_from: None,
                unified_number: None,
            };
            self.accounts.insert(id, card);
        }
        let Some(card) = self.accounts.get_mut(&id) else {
            return;
        };
        match event {
            AccountEvent::AccountIdentified { unified_number, .. } => {
                card.unified_number.clone_from(unified_number);
            }
            AccountEvent::AccountTransferred { holder, .. } => card.holder = holder.clone(),
            AccountEvent::AccountShareChanged { share, .. } => card.share = *share,
            AccountEvent::AccountClosed { from, .. } => card.closed_from = Some(*from),
            _ => {}
        }
        self.changed_accounts.insert(id);
    }

    /// How many bills are new since the last taking.
    pub fn issued(&self) -> usize {
        self.issued.len()
    }

    /// What is new since the last taking.
    pub fn take_changes(&mut self) -> BillingChanges {
        let periods = std::mem::take(&mut self.changed_periods);
        let accounts = std::mem::take(&mut self.changed_accounts);
        BillingChanges {
            periods: periods
                .iter()
                .filter_map(|period| self.periods.get(period).cloned())
                .collect(),
            accounts: accounts
                .iter()
                .filter_map(|account| self.accounts.get(account).cloned())
                .collect(),
            bills: std::mem::take(&mut self.issued),
        }
    }

    /// Leaves out what is new so far: somebody has taken it already.
    pub fn forget_changes(&mut self) {
        self.changed_periods.clear();
        self.changed_accounts.clear();
        self.issued.clear();
    }
}
