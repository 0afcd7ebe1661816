//! Лицевой счёт: who is billed for premises.

pub mod bill;
mod billing;
pub mod command;
pub mod error;
pub mod event;
pub mod instalments;
pub mod received;
mod rules;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::account::bill::{Bill, BillKind, ProviderNotice};
use crate::account::command::AccountCommand;
use crate::account::error::AccountError;
use crate::account::event::{AccountEvent, ClosingReason, Holder};
use crate::account::instalments::{Billed, KnownSchedule};
use crate::dated::DatedRows;
use crate::ids::{OrganisationId, PremisesId};
use crate::ledger::LedgerAggregate;
use crate::quantity::{Fraction, Money};
use crate::text::{Code, Label};
use crate::time::Period;
use crate::vocabulary::{ActRef, Resource};

/// A personal account: one holder at a time, one share of the premises at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    opening: Option<Opening>,
    unified_number: Option<Label>,
    service_number: Option<Label>,
    transfers: DatedRows<(Holder, ActRef)>,
    share_changes: DatedRows<(Fraction, ActRef)>,
    closing: Option<Closing>,
    /// One a key of [`Balance::key`]: a corrected statement takes the place of the earlier one.
    balances: Vec<Balance>,
    /// Bills of others, by their period and content.
    received: BTreeSet<(Period, Code)>,
    /// The last bill of each kind: what a repeated command is compared with.
    monthly_bill: Option<Bill>,
    final_statement: Option<Bill>,
    /// The last notice to each provider.
    notices: Vec<ProviderNotice>,
    /// What monthly bills of the last two years charged.
    billed: Vec<Billed>,
    /// Charges that are paid in parts.
    schedules: Vec<KnownSchedule>,
}

/// What the account was opened with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Opening {
    number: Label,
    premises: PremisesId,
    holder: Holder,
    share: Fraction,
    from: NaiveDate,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Closing {
    from: NaiveDate,
    reason: ClosingReason,
    act: Option<ActRef>,
}

/// A balance stated by a billing centre or a former company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// From whom.
    pub from: OrganisationId,
    /// End of which day it states.
    pub as_of: NaiveDate,
    /// To whom it is owed; `None` where the statement does not say.
    pub provider: Option<OrganisationId>,
    /// For which resource; `None` for the whole account.
    pub resource: Option<Resource>,
    /// What: `debt`, `advance`, `penalty` …
    pub kind: Code,
    /// How much the holder owes; negative when overpaid.
    pub amount: Money,
    /// In which document.
    pub act: ActRef,
}

/// What a balance states, whatever the amount.
type BalanceKey<'b> = (
    OrganisationId,
    NaiveDate,
    Option<OrganisationId>,
    Option<Resource>,
    &'b Code,
);

impl Balance {
    fn key(&self) -> BalanceKey<'_> {
        let Self {
            from,
            as_of,
            provider,
            resource,
            kind,
            ..
        } = self;
        (*from, *as_of, *provider, *resource, kind)
    }
}

impl Account {
    /// Number, once opened.
    pub fn number(&self) -> Option<&Label> {
        self.opening.as_ref().map(|opening| &opening.number)
    }

    /// The premises, once opened.
    pub fn premises(&self) -> Option<PremisesId> {
        self.opening.as_ref().map(|opening| opening.premises)
    }

    /// Whether the premises are billed here on `date`.
    pub fn is_open_on(&self, date: NaiveDate) -> bool {
        let opened = self
            .opening
            .as_ref()
            .is_some_and(|opening| opening.from <= date);
        opened
            && self
                .closing
                .as_ref()
                .is_none_or(|closing| date < closing.from)
    }

    /// First day that is not billed here any more, once closed.
    pub fn closed_from(&self) -> Option<NaiveDate> {
        self.closing.as_ref().map(|closing| closing.from)
    }

    /// Who is billed on `date`; `None` while the account is not open.
    pub fn holder_on(&self, date: NaiveDate) -> Option<&Holder> {
        let opening = self.opening.as_ref().filter(|_| self.is_open_on(date))?;
        Some(
            self.transfers
                .on(date)
                .map_or(&opening.holder, |(holder, _)| holder),
        )
    }

    /// Share of the premises billed here on `date`; `None` while the account is not open.
    pub fn share_on(&self, date: NaiveDate) -> Option<Fraction> {
        let opening = self.opening.as_ref().filter(|_| self.is_open_on(date))?;
        Some(
            self.share_changes
                .on(date)
                .map_or(opening.share, |(share, _)| *share),
        )
    }

    /// ЕЛС, once known.
    pub fn unified_number(&self) -> Option<&Label> {
        self.unified_number.as_ref()
    }

    /// ИЖКУ, once known.
    pub fn service_number(&self) -> Option<&Label> {
        self.service_number.as_ref()
    }

    /// Balances received, in the order of their arrival.
    pub fn balances(&self) -> &[Balance] {
        &self.balances
    }

    fn decide(&self, command: AccountCommand) -> Result<Vec<AccountEvent>, AccountError> {
        use AccountCommand as Command;
        match command {
            Command::OpenAccount {
                number,
                premises,
                holder,
                share,
                from,
            } => self.open(Opening {
                number,
                premises,
                holder,
                share,
                from,
            }),
            Command::IdentifyAccount {
                unified_number,
                service_number,
            } => self.identify(unified_number, service_number),
            Command::TransferAccount { holder, from, act } => self.transfer(holder, from, act),
            Command::ChangeAccountShare { share, from, act } => self.change_share(share, from, act),
            Command::CloseAccount { from, reason, act } => {
                self.close(Closing { from, reason, act })
            }
            Command::ReceiveBalance {
                from,
                as_of,
                provider,
                resource,
                kind,
                amount,
                act,
            } => self.receive_balance(Balance {
                from,
                as_of,
                provider,
                resource,
                kind,
                amount,
                act,
            }),
            Command::ReceiveBill { bill, sha256 } => self.receive_bill(bill, sha256),
            Command::IssueBill { bill } => self.issue_bill(bill),
            Command::NoticeProvider { notice } => self.notice_provider(notice),
            Command::AgreeInstalments { asked } => self.agree_instalments(asked),
            Command::EndInstalments { ending } => self.end_instalments(ending),
        }
    }

    fn bill_issued(&mut self, bill: Bill) {
        match bill.kind {
            BillKind::Monthly => {
                self.remember_charges(&bill);
                self.monthly_bill = Some(bill);
            }
            BillKind::FinalStatement => self.final_statement = Some(bill),
        }
    }

    fn take_balance(&mut self, balance: Balance) {
        match self
            .balances
            .iter()
            .position(|known| known.key() == balance.key())
        {
            Some(place) => self.balances[place] = balance,
            None => self.balances.push(balance),
        }
    }
}

impl Aggregate for Account {
    const TYPE: &'static str = "account";
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = AccountError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        use AccountEvent as Event;
        match event {
            Event::AccountOpened {
                number,
                premises,
                holder,
                share,
                from,
            } => {
                self.opening = Some(Opening {
                    number,
                    premises,
                    holder,
                    share,
                    from,
                });
            }
            Event::AccountIdentified {
                unified_number,
                service_number,
            } => {
                self.unified_number = unified_number.or(self.unified_number.take());
                self.service_number = service_number.or(self.service_number.take());
            }
            Event::AccountTransferred { holder, from, act } => {
                self.transfers.record_from(from, (holder, act));
            }
            Event::AccountShareChanged { share, from, act } => {
                self.share_changes.record_from(from, (share, act));
            }
            Event::AccountClosed { from, reason, act } => {
                self.closing = Some(Closing { from, reason, act });
            }
            Event::BalanceReceived {
                from,
                as_of,
                provider,
                resource,
                kind,
                amount,
                act,
            } => {
                self.take_balance(Balance {
                    from,
                    as_of,
                    provider,
                    resource,
                    kind,
                    amount,
                    act,
                });
            }
            Event::BillReceived { bill, sha256 } => {
                self.received.insert((bill.period, sha256));
            }
            Event::BillIssued { bill } => self.bill_issued(bill),
            Event::ProviderNoticed { notice } => {
                self.notices
                    .retain(|known| known.provider != notice.provider);
                self.notices.push(notice);
            }
            Event::InstalmentsAgreed { instalments } => self.instalments_agreed(instalments),
            Event::InstalmentsEnded { ending } => self.instalments_ended(ending),
        }
    }
}

impl LedgerAggregate for Account {
    const STATE_VERSION: u32 = 4;
    /// Its events are few and large: a year of bills is decoded for each new one otherwise.
    const STATE_EVERY: u64 = 1;
}
