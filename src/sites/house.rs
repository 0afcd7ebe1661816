//! Folded states of houses, kept while their books stand still, and the moment a page shows.

use std::sync::{Arc, Mutex};

use aggregates::ids::{AccountId, BookId};
use aggregates::time::{Period, ZoneName};
use aggregates::vocabulary::Resource;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use projections::balance::BalanceError;
use projections::directory::fold::Directory;
use projections::settlement::{Closing, GapList, HouseBook, close, gaps};
use projections::waterfall::{HouseWaterfall, WaterfallError, house_waterfall};

use crate::figures;
use crate::sites::error::SiteError;
use crate::sites::format;
use crate::store::Ledger;
use crate::store::books::Vantage;

/// How many states of one kind are kept.
const KEPT: usize = 12;

/// States by book and position: what was folded once is not folded again while nothing happens. A
/// state of a position never changes, so nothing here can be out of date.
#[derive(Debug)]
pub(super) struct Houses {
    ledger: Ledger,
    directories: Kept<(BookId, i64), Directory>,
    books: Kept<(BookId, i64), HouseBook>,
    closings: Kept<(BookId, i64, Period), Closing>,
    gaps: Kept<(BookId, i64, Period), GapList>,
    waterfalls: Kept<(BookId, i64, Period, Resource), Option<HouseWaterfall>>,
}

/// The last few values by their keys.
#[derive(Debug)]
struct Kept<K, V>(Mutex<Vec<(K, Arc<V>)>>);

impl<K: PartialEq, V> Kept<K, V> {
    fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn get(&self, key: &K) -> Option<Arc<V>> {
        let mut kept = self.0.lock().ok()?;
        let place = kept.iter().position(|(known, _)| known == key)?;
        let found = kept.remove(place);
        let value = Arc::clone(&found.1);
        kept.insert(0, found);
        Some(value)
    }

    fn keep(&self, key: K, value: V) -> Arc<V> {
        let value = Arc::new(value);
        if let Ok(mut kept) = self.0.lock() {
            kept.insert(0, (key, Arc::clone(&value)));
            kept.truncate(KEPT);
        }
        value
    }
}

impl Houses {
    pub(super) fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            directories: Kept::new(),
            books: Kept::new(),
            closings: Kept::new(),
            gaps: Kept::new(),
            waterfalls: Kept::new(),
        }
    }

    /// Names of the house as of `until`.
    pub(super) async fn directory(
        &self,
        book: BookId,
        until: i64,
    ) -> Result<Arc<Directory>, SiteError> {
        if let Some(known) = self.directories.get(&(book, until)) {
            return Ok(known);
        }
        let directory = figures::directory(&self.ledger, book, until).await?;
        Ok(self.directories.keep((book, until), directory))
    }

    /// All that a settlement knows of the house as of `until`.
    pub(super) async fn book(&self, book: BookId, until: i64) -> Result<Arc<HouseBook>, SiteError> {
        if let Some(known) = self.books.get(&(book, until)) {
            return Ok(known);
        }
        let house = figures::house_book(&self.ledger, book, until).await?;
        Ok(self.books.keep((book, until), house))
    }

    /// What closing `period` would append as of `until`.
    pub(super) async fn closing(
        &self,
        book: BookId,
        until: i64,
        period: Period,
    ) -> Result<Arc<Closing>, SiteError> {
        if let Some(known) = self.closings.get(&(book, until, period)) {
            return Ok(known);
        }
        let house = self.book(book, until).await?;
        let closing = reckoned(move || close(&house, period)).await??;
        Ok(self.closings.keep((book, until, period), closing))
    }
}

impl Houses {
    /// What is missing of `period`, with every method's money.
    pub(super) async fn gaps(
        &self,
        book: BookId,
        until: i64,
        period: Period,
    ) -> Result<Arc<GapList>, SiteError> {
        if let Some(known) = self.gaps.get(&(book, until, period)) {
            return Ok(known);
        }
        let house = self.book(book, until).await?;
        let closed_at = house.computed_at(period);
        let mut list = reckoned(move || gaps(&house, period)).await??;
        if let Some(then) = closed_at.and_then(|at| i64::try_from(at).ok()) {
            let house = self.book(book, then).await?;
            list.recall(&reckoned(move || gaps(&house, period)).await??);
        }
        Ok(self.gaps.keep((book, until, period), list))
    }

    /// The waterfall of a resource; nothing where it has no balance.
    pub(super) async fn waterfall(
        &self,
        book: BookId,
        until: i64,
        (period, resource): (Period, Resource),
    ) -> Result<Arc<Option<HouseWaterfall>>, SiteError> {
        let key = (book, until, period, resource);
        if let Some(known) = self.waterfalls.get(&key) {
            return Ok(known);
        }
        let house = self.book(book, until).await?;
        let told = reckoned(move || house_waterfall(&house, period, resource)).await?;
        let told = match told {
            Ok(told) => Some(told),
            Err(WaterfallError::Balance(BalanceError::NoScope { .. })) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(self.waterfalls.keep(key, told))
    }
}

/// Long arithmetic on a thread of its own: pages of others go on meanwhile.
pub(super) async fn reckoned<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SiteError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(SiteError::internal)
}

/// The moment that a page shows.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Up to which event of the book.
    pub(super) until: i64,
    /// Where the book stands now.
    pub(super) head: i64,
    /// What was asked for; empty for now.
    pub(super) asked: String,
}

impl Seen {
    /// The moment that `asked` names: a position, a day (its end by the clock of the house), an
    /// instant; now where nothing is asked.
    pub(super) async fn resolve(
        ledger: &Ledger,
        book: BookId,
        zone: ZoneName,
        asked: &str,
    ) -> Result<Self, SiteError> {
        let head = ledger.head(book.0).await?.position;
        let asked = asked.trim();
        let vantage = vantage(asked, zone)?;
        let until = match vantage {
            Vantage::Now => head,
            vantage => ledger.resolve(book.0, vantage).await?,
        };
        Ok(Self {
            until,
            head,
            asked: asked.to_owned(),
        })
    }

    /// Whether something has happened since.
    pub(super) fn is_past(&self) -> bool {
        !self.asked.is_empty()
    }

    /// `?known_at=…` for links that stay in the same moment, with `separator` before it.
    pub(super) fn query(&self, separator: char) -> String {
        match self.is_past() {
            true => format!("{separator}known_at={}", self.until),
            false => String::new(),
        }
    }

    /// What the banner says of the moment.
    pub(super) fn title(&self) -> String {
        let later = u64::try_from(self.head - self.until).unwrap_or_default();
        let since = match later {
            0 => "с тех пор ничего не записано".to_owned(),
            later => format!(
                "с тех пор {} {}",
                format::plural(later, ["записана", "записаны", "записано"]),
                format::counted(later, ["запись", "записи", "записей"])
            ),
        };
        format!(
            "как журнал стоял на записи №{}{}; {since}",
            format::NBSP,
            format::count(self.until)
        )
    }
}

fn vantage(asked: &str, zone: ZoneName) -> Result<Vantage, SiteError> {
    if asked.is_empty() {
        return Ok(Vantage::Now);
    }
    if let Ok(position) = asked.parse::<i64>() {
        return Ok(Vantage::Position(position));
    }
    if let Ok(day) = asked.parse::<NaiveDate>() {
        let now = Utc::now();
        let end = day.succ_opt().and_then(|next| zone.start_of(next));
        return match end {
            Some(end) if end <= now => Ok(Vantage::Instant(end - TimeDelta::microseconds(1))),
            Some(_) if zone.local_date(now) == day => Ok(Vantage::Now),
            _ => Err(SiteError::BadRequest(format!("день {asked} ещё не настал"))),
        };
    }
    match DateTime::parse_from_rfc3339(asked) {
        Ok(instant) => Ok(Vantage::Instant(instant.to_utc())),
        Err(_) => Err(SiteError::BadRequest(format!(
            "«{asked}» — не дата и не номер записи журнала"
        ))),
    }
}

/// An account of a house, by what a bill is asked of.
pub(super) fn found_account(
    house: figures::House,
    directory: &Directory,
    account: AccountId,
) -> Option<figures::FoundAccount> {
    let (number, card) = directory
        .accounts()
        .find(|(_, card)| card.account == account)?;
    let premises = directory.premises(card.premises);
    Some(figures::FoundAccount {
        house,
        account,
        number: number.to_owned(),
        premises: premises.map_or_else(String::new, |card| directory.full_number(card)),
    })
}
