//! The demonstration told to a ledger: houses, months, deeds, each under a key of its own, so that
//! a second telling finds everything done.

use std::collections::BTreeMap;
use std::sync::Arc;

use aggregates::ids::{BookId, PersonId};
use aggregates::rule::RuleConfirmation;
use aggregates::text::{Code, Label, TextError};
use aggregates::time::Period;
use chrono::NaiveDateTime;
use futures_util::FutureExt;
use projections::directory::fold::Directory;
use uuid::Uuid;

use super::deeds::{Deed, DeedError, act_out, deeds, is_month};
use super::error::DemoDataError;
use super::feed::{Feed, first_period};
use super::house_file::house_file;
use super::houses::{self, House};
use super::plan::{FIVE_STOREYS, SECTIONS, day};
use super::series::Shapes;
use crate::closing::{CloseError, Order, close_period};
use crate::figures::{self, FigureError};
use crate::import::house::{RecordHouseError, record_house};
use crate::readings::{Answer, Entry, note_missing, record};
use crate::rules::book::{RuleError, confirm_all};
use crate::store::error::{CommitError, StoreError};
use crate::store::{Actor, Ledger, Receipt, Request, RunError};

/// Version of the plan: another plan gets other keys.
const PLAN: &str = "demo/1";

/// The demonstration as it stands in the ledger.
#[derive(Debug)]
pub struct Story {
    /// The houses, in the order of the plan.
    pub houses: Vec<ToldHouse>,
    /// How many events this telling added; 0 on a repetition.
    pub added: u64,
}

/// A house of the demonstration.
#[derive(Debug)]
pub struct ToldHouse {
    /// Its book.
    pub book: BookId,
    /// Its address.
    pub address: String,
    /// Position of its book when a month was closed, before anything that came later. Of the first
    /// month, which only hands the readings over, and of the open one: when its readings were in.
    pub months: BTreeMap<Period, i64>,
}

impl Story {
    /// The house whose October changed in November.
    pub fn changed_house(&self) -> Option<&ToldHouse> {
        self.houses.get(usize::from(SECTIONS))
    }

    /// The house with the flat that pays by the norm with the multiplier.
    pub fn multiplied_house(&self) -> Option<&ToldHouse> {
        self.houses.get(usize::from(FIVE_STOREYS))
    }
}

/// Why the demonstration was not told to its end. Telling it again goes on where it stopped.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// The carried facts are not of their form.
    #[error(transparent)]
    Data(#[from] DemoDataError),
    /// A house was not recorded.
    #[error(transparent)]
    House(#[from] RecordHouseError),
    /// A house file of the demonstration was not taken whole.
    #[error("демонстрация пошла не по плану: {0}; сообщите разработчикам")]
    Unexpected(String),
    /// The ledger could not be read.
    #[error(transparent)]
    Figures(#[from] FigureError),
    /// The ledger could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The events could not be appended.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// A month was not closed.
    #[error(transparent)]
    Closing(#[from] CloseError),
    /// Nobody answers for the rules.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// A deed was not done.
    #[error("{0}")]
    Deed(String),
    /// The task was shut down.
    #[error("демонстрация прервалась; запустите её снова: записанное не удвоится")]
    Interrupted,
}

/// Tells the demonstration to `ledger`; `progress` hears what is being done, how much and of how
/// much.
///
/// # Errors
/// [`StoryError`].
pub async fn tell(
    ledger: &Ledger,
    mut progress: impl FnMut(&str, u64, u64),
) -> Result<Story, StoryError> {
    let houses = Arc::new(houses::load()?);
    let shapes = Arc::new(Shapes::load()?);
    let actor = Actor::new("demo")?;
    let before = total_events(ledger).await?;
    confirm_all(ledger, &actor, answering()?).await?;
    let months = months()?;
    let steps = u64::try_from(houses.len() * (months.len() + 1)).unwrap_or(u64::MAX);
    let mut told = Vec::new();
    let mut step = 0;
    for (index, house) in (0_u8..).zip(houses.iter()) {
        progress(&house.address, step, steps);
        let teller = Teller::begin(ledger, &actor, index, &houses, &shapes).await?;
        let mut positions = BTreeMap::new();
        for period in &months {
            step += 1;
            progress(
                &format!("{}, {}", house.address, period.title_ru()),
                step,
                steps,
            );
            positions.insert(*period, teller.month(*period).await?);
        }
        step += 1;
        let head = ledger.head(teller.book.0).await?;
        told.push(ToldHouse {
            book: teller.book,
            address: figures::house_of(ledger, &head).await?.address,
            months: positions,
        });
    }
    let added = total_events(ledger).await?.saturating_sub(before);
    Ok(Story {
        houses: told,
        added,
    })
}

/// Who answers for the uncertain rules of the demonstration: nobody real.
fn answering() -> Result<RuleConfirmation, StoryError> {
    let unexpected = |error: TextError| StoryError::Unexpected(error.to_string());
    Ok(RuleConfirmation {
        person: PersonId(Uuid::from_u128(0xDE30)),
        office: Label::new("демонстрация: вымышленный бухгалтер").map_err(unexpected)?,
        source: Label::new("демонстрация: с законом не сверено").map_err(unexpected)?,
        on: deadline()?.date(),
    })
}

async fn total_events(ledger: &Ledger) -> Result<u64, StoreError> {
    let heads = ledger.heads().await?;
    Ok(heads
        .iter()
        .map(|head| u64::try_from(head.position).unwrap_or_default())
        .sum())
}

/// Months between the first one and the one that is still open.
const MONTHS_TOLD: i32 = 13;

/// From the opening to the month that is still open.
fn months() -> Result<Vec<Period>, DemoDataError> {
    let first = first_period()?;
    let later = 0..=MONTHS_TOLD;
    Ok(later.map(|later| first.plus_months(later)).collect())
}

/// The month that is still open.
fn last_period() -> Result<Period, DemoDataError> {
    Ok(first_period()?.plus_months(MONTHS_TOLD))
}

/// The demonstration ends on the evening of 23 November 2026: the window is still open.
fn deadline() -> Result<NaiveDateTime, DemoDataError> {
    day(2026, 11, 23)
        .and_hms_opt(21, 0, 0)
        .ok_or_else(|| DemoDataError::plan("21:00", "нет такого времени"))
}

struct Teller {
    ledger: Ledger,
    actor: Actor,
    index: u8,
    book: BookId,
    houses: Arc<Vec<House>>,
    shapes: Arc<Shapes>,
}

impl Teller {
    async fn begin(
        ledger: &Ledger,
        actor: &Actor,
        index: u8,
        houses: &Arc<Vec<House>>,
        shapes: &Arc<Shapes>,
    ) -> Result<Self, StoryError> {
        let house = &houses[usize::from(index)];
        let fias = Uuid::parse_str(&house.fias_guid)
            .map_err(|error| DemoDataError::plan(&house.fias_guid, error))?;
        let book = BookId::of_building(fias);
        let file = house_file(index, house, shapes)?;
        let request = Request::new(format!("{PLAN}/{index}/house"), "demo", PLAN)?;
        let import = record_house(ledger, actor, book, file, Some(&request)).await?;
        if let Some((path, reason)) = import.refused().next() {
            return Err(StoryError::Unexpected(format!("{path}: {reason}")));
        }
        Ok(Self {
            ledger: ledger.clone(),
            actor: actor.clone(),
            index,
            book,
            houses: Arc::clone(houses),
            shapes: Arc::clone(shapes),
        })
    }

    /// The readings of a month, what happened after them, the closing, what came later; answers the
    /// position before that.
    async fn month(&self, period: Period) -> Result<i64, StoryError> {
        let request = Request::new(format!("{PLAN}/{}/{period}", self.index), "demo", PLAN)?;
        let told = match self.answered(&request).await? {
            Some(receipt) => receipt.last,
            None => self.readings(period, &request).await?.last,
        };
        self.deeds(period, false).await?;
        let is_closed = first_period()? < period && period < last_period()?;
        let closed = match is_closed {
            true => self.close(period).await?,
            false => told,
        };
        self.deeds(period, true).await?;
        Ok(closed)
    }

    /// Closes a month; answers the position of its last event.
    async fn close(&self, period: Period) -> Result<i64, StoryError> {
        let request = Request::new(
            format!("{PLAN}/{}/{period}/close", self.index),
            "demo",
            PLAN,
        )?;
        if let Some(receipt) = self.answered(&request).await? {
            return Ok(receipt.last);
        }
        let (ledger, actor) = (&self.ledger, &self.actor);
        let cause = Code::new("demo");
        let cause = cause.map_err(|error| StoryError::Unexpected(error.to_string()))?;
        // The houses are as they are: what asks for a cause has one and the same.
        let order = Order::new(period).accepting_rest(cause);
        let closed = close_period(ledger, actor, self.book, &order, Some(&request)).await?;
        Ok(closed.0.last)
    }

    /// The receipt of a step that was told before.
    async fn answered(&self, request: &Request) -> Result<Option<Receipt>, CommitError> {
        let ledger = &self.ledger;
        ledger.replay_of(self.book.0, &self.actor, request).await
    }

    /// What happened after the readings of a month, before its closing or after it.
    async fn deeds(&self, period: Period, after_closing: bool) -> Result<(), StoryError> {
        for (index, month, key, deed) in deeds() {
            let is_due = deed.is_after_closing() == after_closing;
            if index == self.index && is_month(period, month) && is_due {
                self.deed(key, deed).await?;
            }
        }
        Ok(())
    }

    async fn readings(&self, period: Period, request: &Request) -> Result<Receipt, StoryError> {
        let house = &self.houses[usize::from(self.index)];
        let feed = Feed::new(self.index, house, self.book, &self.shapes)?;
        let entries = Arc::new(feed.month(period, deadline()?)?);
        let directory = Arc::new(self.directory().await?);
        let book = self.book;
        let done = self
            .ledger
            .run(book.0, &self.actor, Some(request), move |unit| {
                let (entries, directory) = (Arc::clone(&entries), Arc::clone(&directory));
                async move {
                    let answers = record(unit, book, &directory, &entries).await?;
                    let sent: Vec<(Entry, Answer)> = entries
                        .iter()
                        .cloned()
                        .zip(answers)
                        .filter_map(|(entry, answer)| Some((entry, answer.ok()?)))
                        .collect();
                    note_missing(unit, &directory, &sent).await
                }
                .boxed()
            })
            .await
            .map_err(|error| match error {
                RunError::Refused(error) => StoryError::Store(error),
                RunError::Commit(error) => StoryError::Commit(error),
                RunError::Interrupted => StoryError::Interrupted,
            })?;
        Ok(done.receipt)
    }

    async fn directory(&self) -> Result<Directory, StoryError> {
        let head = self.ledger.head(self.book.0).await?;
        Ok(figures::directory(&self.ledger, self.book, head.position).await?)
    }

    async fn deed(&self, key: &str, deed: Deed) -> Result<(), StoryError> {
        let request = Request::new(format!("{PLAN}/{}/{key}", self.index), "demo", PLAN)?;
        if self.answered(&request).await?.is_some() {
            return Ok(());
        }
        let directory = Arc::new(self.directory().await?);
        let (houses, shapes) = (Arc::clone(&self.houses), Arc::clone(&self.shapes));
        let (index, book) = (self.index, self.book);
        let done = self
            .ledger
            .run(book.0, &self.actor, Some(&request), move |unit| {
                let (houses, shapes) = (Arc::clone(&houses), Arc::clone(&shapes));
                let directory = Arc::clone(&directory);
                async move {
                    let house = &houses[usize::from(index)];
                    let feed = Feed::new(index, house, book, &shapes)?;
                    act_out(deed, &feed, &directory, unit).await
                }
                .boxed()
            })
            .await;
        match done {
            Ok(_) => Ok(()),
            Err(RunError::Refused(DeedError::Store(error))) => Err(StoryError::Store(error)),
            Err(RunError::Refused(error)) => Err(StoryError::Deed(format!("{key}: {error}"))),
            Err(RunError::Commit(error)) => Err(StoryError::Commit(error)),
            Err(RunError::Interrupted) => Err(StoryError::Interrupted),
        }
    }
}

/// Serial number of the meter whose reading of October was corrected.
pub fn corrected_meter() -> String {
    super::plan::serial(
        super::metering::COLD,
        SECTIONS,
        super::plan::MISTYPED_FLAT,
        1,
    )
}

/// Number of the account whose reading of October was corrected.
pub fn corrected_account() -> String {
    super::plan::account_number(SECTIONS, super::plan::MISTYPED_FLAT)
}

/// Number of the account that pays by the norm with the multiplier.
pub fn multiplied_account() -> String {
    super::plan::account_number(FIVE_STOREYS, super::plan::MULTIPLIED_FLAT)
}
