//! Takes in the events of one book and remembers what a settlement depends on.

use std::collections::BTreeMap;

use aggregates::account::bill::ProviderNotice;
use aggregates::account::event::{AccountEvent, ClosingReason};
use aggregates::book_event::BookEvent;
use aggregates::ids::{AccountId, BookId, MeteringPointId, PremisesId};
use aggregates::meter::event::MeterEvent;
use aggregates::metering_point::event::MeteringPointEvent;
use aggregates::tariff_book::event::TariffBookEvent;
use aggregates::text::Label;
use aggregates::time::{Period, ZoneName};
use aggregates::vocabulary::Resource;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::balance::Balance;
use crate::consumption::EventTypes;
use crate::recorded::{EventAt, FoldError, Recorded};
use crate::settlement::facts::{
    About, AccountFacts, Change, Dated, Fact, HouseFacts, MeterLife, PeriodFacts, PremisesFacts,
    RadiatorFactors, RateFacts, TariffFact,
};
use crate::settlement::model::FilledGap;
use crate::settlement::since::Since;

/// The state of a book from which its periods are settled.
///
/// Feed it the events of one book in order ([`HouseBook::apply`]), then ask
/// ([`settle()`](crate::settlement::settle())). Fed with a prefix of the book it settles as of that
/// position.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HouseBook {
    pub(crate) id: Option<BookId>,
    pub(crate) balance: Balance,
    pub(crate) house: HouseFacts,
    pub(crate) premises: BTreeMap<PremisesId, PremisesFacts>,
    /// What lies in other premises, by them: rooms by their communal flat.
    pub(crate) parts: BTreeMap<PremisesId, Vec<PremisesId>>,
    pub(crate) accounts: BTreeMap<AccountId, AccountFacts>,
    pub(crate) accounts_of: BTreeMap<PremisesId, Vec<AccountId>>,
    pub(crate) rates: RateFacts,
    pub(crate) meters: BTreeMap<Uuid, MeterLife>,
    pub(crate) points: BTreeMap<(PremisesId, Resource), Vec<MeteringPointId>>,
    pub(crate) radiators: BTreeMap<MeteringPointId, RadiatorFactors>,
    pub(crate) periods: PeriodFacts,
    /// Events since the position that the last closing was computed at.
    pub(crate) changes: Vec<Change>,
    /// The book before the first of them that reaches back into closed periods, and what came
    /// since.
    pub(crate) since: Option<Since>,
}

impl HouseBook {
    /// The events that a settlement depends on; a reader may leave out all others.
    pub const EVENT_TYPES: EventTypes = &[
        (
            "account",
            &[
                "AccountOpened",
                "AccountShareChanged",
                "AccountClosed",
                "BillIssued",
                "ProviderNoticed",
            ],
        ),
        (
            "building",
            &[
                "BuildingRegistered",
                "ArrangementSet",
                "BuildingAreaRecorded",
                "BalanceScopeDefined",
                "RelationSet",
                "HeatingSeasonStarted",
                "HeatingSeasonEnded",
                "HeatingPaymentChosen",
                "ValueAdopted",
                "MeetingDecisionRecorded",
                "RuleOverridden",
                "RuleOverrideWithdrawn",
                "RuleConfirmationAdopted",
                "PeriodOpened",
                "PeriodClosed",
                "PeriodStagePassed",
                "FlagAccepted",
                "GapDecided",
                "GapPolicySet",
                "HeldBillsReleased",
                "PeriodReopened",
                "ImbalanceExplained",
            ],
        ),
        (
            "premises",
            &[
                "PremisesRegistered",
                "PremisesAreaRecorded",
                "ResidentsRecorded",
                "OwnersRecorded",
                "AbsenceRecorded",
                "MeteringImpossible",
                "HeatSourceRecorded",
                "SeparateBillingSet",
                "AmenitiesRecorded",
                "UseChanged",
            ],
        ),
        (
            "tariff_book",
            &[
                "TariffBookOpened",
                "TariffSet",
                "TariffWithdrawn",
                "NormSet",
            ],
        ),
        // All of them: a filled gap is named by the place it will take in the meter's stream.
        ("meter", MeterEvent::NAMES),
        (
            "metering_point",
            &["PointRegistered", "RadiatorFactorSet", "PointClosed"],
        ),
    ];

    /// A fold that has read nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Position of the last event taken in; 0 before the first.
    pub fn position(&self) -> u64 {
        self.balance.position()
    }

    /// As [`crate::consumption::Consumption::read_to`].
    pub fn read_to(&mut self, position: u64) {
        self.balance.read_to(position);
    }

    /// Time zone of the house, once it is registered.
    pub fn zone(&self) -> Option<ZoneName> {
        self.balance.zone()
    }

    /// The balance of the house, from the same events.
    pub fn balance(&self) -> &Balance {
        &self.balance
    }

    /// The last closed period.
    pub fn closed_through(&self) -> Option<Period> {
        self.periods
            .closed
            .last_key_value()
            .map(|(period, _)| *period)
    }

    /// First and last period that were opened, be they closed since.
    pub fn opened(&self) -> Option<(Period, Period)> {
        self.periods.opened
    }

    /// Position of the book that a closed period was computed at.
    pub fn computed_at(&self, period: Period) -> Option<u64> {
        self.periods
            .closed
            .get(&period)
            .map(|closed| closed.computed_at)
    }

    /// The closed period whose bills are held back.
    pub fn bills_held(&self) -> Option<Period> {
        let (period, closed) = self.periods.closed.last_key_value()?;
        closed.bills_held.then_some(*period)
    }

    /// Notices that went to former providers about an account, in the order of the book.
    pub fn notices_of(
        &self,
        account: AccountId,
    ) -> impl Iterator<Item = (EventAt, &ProviderNotice)> {
        let account = self.accounts.get(&account);
        let notices = account.into_iter().flat_map(|account| &account.notices);
        notices.map(|fact| (fact.event, &fact.value))
    }

    /// The account with this number, be it closed.
    pub fn account_by_number(&self, number: &str) -> Option<AccountId> {
        let mut found = self
            .accounts
            .iter()
            .filter(|(_, account)| account.number.as_str() == number);
        found.next().map(|(id, _)| *id)
    }

    /// Takes in the next event of the book.
    ///
    /// # Errors
    /// [`FoldError`]: another book, a position that does not rise, or an event whose stream's
    /// beginning was left out. The state is then that before the event.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let base = self.base_before(recorded);
        self.take_in(recorded)?;
        self.keep_since(base, recorded);
        Ok(())
    }

    /// As [`Self::apply`], without a history.
    pub(crate) fn take_in(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        self.balance.apply(recorded)?;
        self.id = Some(recorded.book);
        let (at, id) = (recorded.at(), recorded.aggregate_id);
        match &recorded.event {
            BookEvent::Building(event) => self.apply_building(event, at),
            BookEvent::Premises(event) => self.apply_premises(PremisesId(id), event, at),
            BookEvent::Account(event) => self.apply_account(AccountId(id), event, at),
            BookEvent::TariffBook(event) => self.apply_rates(event, at),
            BookEvent::MeteringPoint(event) => self.apply_point(event, at),
            BookEvent::Meter(event) => self.apply_meter(event, at),
            BookEvent::AccessGrant(_)
            | BookEvent::ClosingBatch(_)
            | BookEvent::Correction(_)
            | BookEvent::Dispute(_)
            | BookEvent::Organisation(_)
            | BookEvent::RuleBook(_) => {}
        }
        Ok(())
    }

    /// Takes in a filled gap as the event that closing will record next.
    pub(crate) fn impute(&mut self, gap: &FilledGap, edition: Label) -> Result<(), FoldError> {
        let Some(book) = self.id else {
            return Ok(());
        };
        let sequence = self.meters.get(&gap.meter.0).map(|life| life.sequence);
        let imputation = gap.imputation(edition);
        let event = MeterEvent::ValueImputed {
            volumes: imputation.volumes,
            period: imputation.period,
            interval: imputation.interval,
            method: imputation.method,
            clause: imputation.clause,
            edition: imputation.edition,
            inputs: imputation.inputs,
        };
        self.take_in(&Recorded {
            book,
            position: self.position() + 1,
            recorded_at: gap.interval.until(),
            effective_at: gap.interval.until(),
            aggregate_id: gap.meter.0,
            sequence: sequence.unwrap_or_default() + 1,
            event: BookEvent::Meter(event),
        })
    }

    fn apply_account(&mut self, id: AccountId, event: &AccountEvent, at: EventAt) {
        if let AccountEvent::AccountOpened {
            number,
            premises,
            share,
            from,
            ..
        } = event
        {
            let account = AccountFacts {
                number: number.clone(),
                premises: *premises,
                opened: Fact::new((*from, *share), at),
                shares: Dated::default(),
                closed: None,
                bills: Vec::new(),
                notices: Vec::new(),
            };
            self.accounts.insert(id, account);
            self.accounts_of.entry(*premises).or_default().push(id);
            self.note_day(*from, at, About::Account(id.0));
            return;
        }
        let Some(account) = self.accounts.get_mut(&id) else {
            return;
        };
        match event {
            AccountEvent::AccountShareChanged { share, from, .. } => {
                account.shares.record_from(*from, Fact::new(*share, at));
                self.note_day(*from, at, About::Account(id.0));
            }
            AccountEvent::AccountClosed { from, reason, .. } => {
                let opened = account.opened.value.0;
                account.closed = Some(Fact::new((*from, *reason), at));
                // An account opened by mistake counts as never opened.
                let changes = match reason {
                    ClosingReason::OpenedByMistake => opened.min(*from),
                    _ => *from,
                };
                self.note_day(changes, at, About::Account(id.0));
            }
            AccountEvent::BillIssued { bill } => account.bills.push(Fact::new(bill.clone(), at)),
            AccountEvent::ProviderNoticed { notice } => {
                account.notices.push(Fact::new(notice.clone(), at));
            }
            AccountEvent::AccountOpened { .. }
            | AccountEvent::AccountIdentified { .. }
            | AccountEvent::AccountTransferred { .. }
            | AccountEvent::BalanceReceived { .. }
            | AccountEvent::InstalmentsAgreed { .. }
            | AccountEvent::InstalmentsEnded { .. }
            | AccountEvent::BillReceived { .. } => {}
        }
    }

    fn apply_rates(&mut self, event: &TariffBookEvent, at: EventAt) {
        match event {
            TariffBookEvent::TariffSet {
                key,
                price,
                validity,
                ..
            } => {
                self.note_day(validity.from(), at, About::House(Some(key.resource)));
                self.rates.tariffs.push(TariffFact {
                    key: key.clone(),
                    price: price.clone(),
                    validity: *validity,
                    event: at,
                });
            }
            TariffBookEvent::TariffWithdrawn { tariff, .. } => {
                let named = |known: &TariffFact| {
                    known.event.sequence == tariff.sequence
                        && known.event.aggregate_id == at.aggregate_id
                };
                let known = self.rates.tariffs.iter().position(named);
                if let Some(withdrawn) = known.map(|index| self.rates.tariffs.remove(index)) {
                    let about = About::House(Some(withdrawn.key.resource));
                    self.note_day(withdrawn.validity.from(), at, about);
                }
            }
            TariffBookEvent::NormSet {
                key,
                rate,
                validity,
                ..
            } => {
                let norms = &mut self.rates.norms;
                let place = norms.iter().position(|(known, _)| known == key);
                let place = place.unwrap_or_else(|| {
                    norms.push((key.clone(), Dated::default()));
                    norms.len() - 1
                });
                norms[place].1.record(*validity, Fact::new(*rate, at));
                self.note_day(validity.from(), at, About::House(Some(key.resource)));
            }
            TariffBookEvent::TariffBookOpened { .. } => {}
        }
    }

    fn apply_point(&mut self, event: &MeteringPointEvent, at: EventAt) {
        let point = MeteringPointId(at.aggregate_id);
        match event {
            MeteringPointEvent::PointRegistered {
                resource,
                premises: Some(premises),
                ..
            } => {
                self.points
                    .entry((*premises, *resource))
                    .or_default()
                    .push(point);
            }
            MeteringPointEvent::RadiatorFactorSet { factor, from, .. } => {
                let rows = self.radiators.entry(point).or_default();
                rows.record_from(*from, Fact::new(*factor, at));
                self.note_day(*from, at, self.about_point(point));
            }
            MeteringPointEvent::PointClosed { on, .. } => {
                self.note_day(*on, at, self.about_point(point));
            }
            _ => {}
        }
    }

    fn about_point(&self, point: MeteringPointId) -> About {
        let facts = self.balance.consumption.points.get(&point);
        match facts.and_then(|facts| facts.premises) {
            Some(premises) => About::Premises(premises),
            None => About::House(facts.map(|facts| facts.resource)),
        }
    }
}
