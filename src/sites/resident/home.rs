//! One's own premises: what every page of them begins with.

use std::sync::Arc;

use aggregates::access_grant::event::{AccessRole, AccessScope};
use aggregates::ids::{AccountId, BookId, MeteringPointId, PremisesId};
use aggregates::time::ZoneName;
use axum::extract::State;
use chrono::{NaiveDate, Utc};
use projections::directory::fold::Directory;
use uuid::Uuid;

use crate::access::policy::HomePermit;
use crate::figures::{self, FoundAccount};
use crate::sites::answer::{Answer, page, see};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::house::found_account;
use crate::sites::resident::shell::{NoHomePage, Shell};
use crate::sites::{Front, format};

/// Premises of one's own.
#[derive(Clone)]
pub(super) struct Home {
    pub(super) book: BookId,
    pub(super) premises: PremisesId,
    /// Number as on the door.
    pub(super) number: String,
    pub(super) address: String,
    /// Accounts that may be seen: number and id.
    pub(super) accounts: Vec<(String, AccountId)>,
    pub(super) zone: ZoneName,
    pub(super) role: AccessRole,
    /// Since when it is one's own.
    pub(super) since: NaiveDate,
    /// Position of the book's last event.
    pub(super) head: i64,
    pub(super) directory: Arc<Directory>,
}

impl Home {
    /// All premises of the person, each once.
    pub(super) async fn all(front: &Front, signed: &Signed) -> Result<Vec<Self>, SiteError> {
        let mut homes: Vec<Self> = Vec::new();
        for permit in signed.viewer.homes() {
            let Some(home) = Self::of(front, &permit).await? else {
                continue;
            };
            let known = homes
                .iter_mut()
                .find(|known| known.book == home.book && known.premises == home.premises);
            match known {
                Some(known) => known.add(home),
                None => homes.push(home),
            }
        }
        homes.sort_by(|one, other| {
            let key = |home: &Self| (home.address.clone(), home.number.clone());
            key(one).cmp(&key(other))
        });
        Ok(homes)
    }

    /// The one that the address names, among all: what is not one's own is not there.
    pub(super) async fn open(
        front: &Front,
        signed: &Signed,
        premises: Uuid,
    ) -> Result<(Self, Vec<Self>), SiteError> {
        let all = Self::all(front, signed).await?;
        let found = all.iter().find(|home| home.premises.0 == premises).cloned();
        found.map(|home| (home, all)).ok_or(SiteError::NotFound)
    }

    async fn of(front: &Front, permit: &HomePermit) -> Result<Option<Self>, SiteError> {
        let book = permit.book();
        let head = front.ledger().head(book.0).await?;
        let directory = front.houses.directory(book, head.position).await?;
        let accounts = || directory.accounts();
        let own = match permit.scope() {
            AccessScope::Premises(premises) => Some((
                premises,
                accounts()
                    .filter(|(_, card)| card.premises == premises)
                    .map(|(number, card)| (number.to_owned(), card.account))
                    .collect::<Vec<_>>(),
            )),
            AccessScope::Account(account) => accounts()
                .find(|(_, card)| card.account == account)
                .map(|(number, card)| (card.premises, vec![(number.to_owned(), account)])),
            AccessScope::Book => None,
        };
        let Some((premises, accounts)) = own else {
            return Ok(None);
        };
        let Some(card) = directory.premises(premises) else {
            return Ok(None);
        };
        Ok(Some(Self {
            book,
            premises,
            number: directory.full_number(card),
            address: format::address(&figures::house_of(front.ledger(), &head).await?.address),
            accounts,
            zone: permit.zone(),
            role: permit.role(),
            since: permit.since(),
            head: head.position,
            directory: Arc::clone(&directory),
        }))
    }

    /// A second right to the same premises: it may bring further accounts and an earlier beginning.
    fn add(&mut self, other: Self) {
        for account in other.accounts {
            if !self.accounts.contains(&account) {
                self.accounts.push(account);
            }
        }
        if other.since < self.since {
            self.since = other.since;
        }
    }

    /// Today by the clock of the house.
    pub(super) fn today(&self) -> NaiveDate {
        self.zone.local_date(Utc::now())
    }

    /// Points whose meters are read here: those of the premises, and of the flat for a room.
    pub(super) fn points(&self) -> Vec<MeteringPointId> {
        let card = self.directory.premises(self.premises);
        let flat = card.and_then(|card| card.part_of);
        let is_here = |premises: PremisesId| premises == self.premises || Some(premises) == flat;
        self.directory
            .points()
            .filter(|(_, point)| point.premises.is_some_and(is_here))
            .map(|(id, _)| id)
            .collect()
    }

    /// The first account, as bills are asked of it.
    pub(super) fn found_account(&self, account: AccountId) -> Option<FoundAccount> {
        let house = figures::House {
            book: self.book,
            address: self.address.clone(),
            fias: None,
            position: self.head,
        };
        found_account(house, &self.directory, account)
    }

    /// Where its pages stand.
    pub(super) fn path(&self) -> String {
        format!("/home/{}", self.premises)
    }
}

/// `GET /`: the first of one's premises.
pub(super) async fn first(State(front): State<Front>, signed: Signed) -> Answer {
    let homes = Home::all(&front, &signed).await?;
    match homes.first() {
        Some(home) => see(&home.path()),
        None => page(&NoHomePage {
            shell: Shell::new(&signed, None, &homes, "", "Нет помещений"),
        }),
    }
}
