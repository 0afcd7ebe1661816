//! What is asked of a house or a meter, as of a position of its book.

mod accounts;
mod houses;
mod journal;
mod kept;
mod kept_heads;
mod reader;

use aggregates::book_event::BookEvent;
use aggregates::ids::{BookId, MeterId};
use aggregates::meter::Meter;
use aggregates::meter::event::MeterEvent;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use cqrs_es::Aggregate;
use projections::balance::{Balance, BalanceError, HouseBalance};
use projections::difference::{Comparison, ComparisonError, HouseDifference};
use projections::directory::fold::Directory;
use projections::explanation::Explained;
use projections::meter_history::{MeterHistory, MeterHistoryFold};
use projections::recorded::{FoldError, Recorded};
use projections::settlement::HouseBook;
use projections::waterfall::WaterfallError;
use uuid::Uuid;

use crate::store::Ledger;
use crate::store::books::Vantage;
use crate::store::error::StoreError;
use crate::store::read::{Filter, decode};

pub use accounts::{FoundAccount, accounts, find_account};
pub use houses::{House, find_house, house_of, houses};
pub use journal::{JournalAsked, JournalEntry, closings, commit_of, journal, leaf_hash};
pub use kept_heads::stream_heads;
pub(crate) use reader::Reader;
use reader::filter_of;

/// A question that has no answer.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The book could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The events of the book do not make sense together.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The balance cannot be told.
    #[error(transparent)]
    Balance(#[from] BalanceError),
    /// The waterfall of a balance cannot be told.
    #[error(transparent)]
    Waterfall(#[from] WaterfallError),
    /// Two vantages cannot be compared.
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
    /// No house fits.
    #[error(
        "дом «{0}» не найден; посмотрите список: `energokabinet books list` (код ФИАС, номер \
         журнала или часть адреса)"
    )]
    NoSuchHouse(String),
    /// Several houses fit.
    #[error("«{asked}» подходит к нескольким домам: {found}; уточните адрес или укажите код ФИАС")]
    SeveralHouses {
        /// What was asked for.
        asked: String,
        /// Their addresses.
        found: String,
    },
    /// No account has this number.
    #[error("лицевой счёт «{0}» не найден: проверьте номер; на прошлую дату счёта могло не быть")]
    NoSuchAccount(String),
    /// Accounts of several houses have this number.
    #[error("лицевых счетов «{asked}» несколько: {found}; укажите дом")]
    SeveralAccounts {
        /// What was asked for.
        asked: String,
        /// Their houses.
        found: String,
    },
    /// The book speaks of no such meter, as of the position asked for.
    #[error("прибор {0} на эту позицию журнала не зарегистрирован")]
    NoSuchMeter(MeterId),
}

/// The directory of `book` as of `until`.
///
/// # Errors
/// [`FigureError`] when the book cannot be read.
pub async fn directory(
    ledger: &Ledger,
    book: BookId,
    until: i64,
) -> Result<Directory, FigureError> {
    let filter = Filter {
        event_types: Directory::EVENT_NAMES
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        ..Filter::default()
    };
    let mut reader = Reader::open(ledger, book, until, &filter);
    let mut directory = Directory::default();
    while let Some(recorded) = reader.next().await? {
        directory.apply(&recorded);
    }
    Ok(directory)
}

/// The history of `meter` as of `until`.
///
/// # Errors
/// [`FigureError::NoSuchMeter`], or the book cannot be read.
pub async fn history(
    ledger: &Ledger,
    book: BookId,
    meter: MeterId,
    until: i64,
) -> Result<MeterHistory, FigureError> {
    let filter = Filter {
        aggregate_types: vec!["meter".to_owned()],
        aggregate_ids: vec![meter.0],
        ..Filter::default()
    };
    let mut reader = Reader::open(ledger, book, until, &filter);
    let mut fold = MeterHistoryFold::new(meter);
    while let Some(recorded) = reader.next().await? {
        fold.apply(&recorded)?;
    }
    let mut history = fold.history().ok_or(FigureError::NoSuchMeter(meter))?;
    history.position = as_position(until);
    Ok(history)
}

/// The balance of the house for a period as of `until`.
///
/// # Errors
/// [`FigureError::Balance`] where the question has no answer; unknown volumes are no error.
pub async fn balance(
    ledger: &Ledger,
    book: BookId,
    period: Period,
    resource: Resource,
    until: i64,
) -> Result<Explained<HouseBalance>, FigureError> {
    let fold = balance_fold(ledger, book, period, resource, until).await?;
    Ok(fold.of_house(period, resource)?)
}

async fn balance_fold(
    ledger: &Ledger,
    book: BookId,
    period: Period,
    resource: Resource,
    until: i64,
) -> Result<Balance, FigureError> {
    let filter = balance_filter(ledger, book, resource, until).await?;
    let mut reader = Reader::open(ledger, book, until, &filter);
    let mut fold = Balance::for_period(period, resource);
    while let Some(recorded) = reader.next().await? {
        fold.apply(&recorded)?;
    }
    fold.read_to(as_position(until));
    Ok(fold)
}

/// What the balance of one resource needs: meters that were registered for another one are left in
/// the database. A stream that does not begin with its registration is read, whatever it is of.
async fn balance_filter(
    ledger: &Ledger,
    book: BookId,
    resource: Resource,
    until: i64,
) -> Result<Filter, StoreError> {
    let mut meters = Vec::new();
    for row in ledger.first_events(book.0, Meter::TYPE, until).await? {
        let is_of_another = match row.erased {
            true => false,
            false => matches!(
                decode(&row)?,
                BookEvent::Meter(MeterEvent::MeterRegistered { resource: of, .. }) if of != resource
            ),
        };
        if !is_of_another {
            meters.push(row.aggregate_id);
        }
    }
    Ok(Filter {
        only_streams: Some((Meter::TYPE.to_owned(), meters)),
        ..filter_of(Balance::EVENT_TYPES)
    })
}

/// Everything that a settlement of the house needs, as of `until`; from the state that was kept
/// last, where there is one, on.
///
/// # Errors
/// [`FigureError`] when the book cannot be read.
pub async fn house_book(
    ledger: &Ledger,
    book: BookId,
    until: i64,
) -> Result<HouseBook, FigureError> {
    let erasures = kept::erasures(ledger, book).await?;
    let kept = kept::take(ledger, book, until).await?;
    let mut house = kept.unwrap_or_default();
    let read = go_on(ledger, book, &mut house, until).await?;
    kept::keep(ledger, book, &house, (read, until), erasures).await;
    Ok(house)
}

/// The same, folded from the book's first event: what is verified rests on nothing else.
///
/// # Errors
/// [`FigureError`] when the book cannot be read.
pub async fn folded_house(
    ledger: &Ledger,
    book: BookId,
    until: i64,
) -> Result<HouseBook, FigureError> {
    let mut house = HouseBook::new();
    go_on(ledger, book, &mut house, until).await?;
    Ok(house)
}

/// Takes in what the house has not read up to `until`; answers how many events that were.
async fn go_on(
    ledger: &Ledger,
    book: BookId,
    house: &mut HouseBook,
    until: i64,
) -> Result<u64, FigureError> {
    let filter = Filter {
        after: i64::try_from(house.position()).unwrap_or(i64::MAX),
        ..filter_of(HouseBook::EVENT_TYPES)
    };
    let mut reader = Reader::open(ledger, book, until, &filter);
    let mut read = 0;
    while let Some(recorded) = reader.next().await? {
        house.apply(&recorded)?;
        read += 1;
    }
    house.read_to(as_position(until));
    Ok(read)
}

/// The events of one stream up to `until`, in order; those whose content was erased are left out.
///
/// # Errors
/// [`FigureError`] when the book cannot be read.
pub async fn stream(
    ledger: &Ledger,
    book: BookId,
    (aggregate_type, id): (&str, Uuid),
    until: i64,
) -> Result<Vec<Recorded>, FigureError> {
    let filter = Filter {
        aggregate_types: vec![aggregate_type.to_owned()],
        aggregate_ids: vec![id],
        ..Filter::default()
    };
    let mut reader = Reader::open(ledger, book, until, &filter);
    let mut events = Vec::new();
    while let Some(recorded) = reader.next().await? {
        events.push(recorded);
    }
    Ok(events)
}

/// The events of a book up to `until` that `filter` lets through, in order; those whose content was
/// erased are left out.
///
/// # Errors
/// [`FigureError`] when the book cannot be read.
pub async fn recorded(
    ledger: &Ledger,
    book: BookId,
    until: i64,
    filter: &Filter,
) -> Result<Vec<Recorded>, FigureError> {
    let mut reader = Reader::open(ledger, book, until, filter);
    let mut events = Vec::new();
    while let Some(recorded) = reader.next().await? {
        events.push(recorded);
    }
    Ok(events)
}

/// What changed in the balance of a period between two positions, and which events did it.
///
/// # Errors
/// [`FigureError`] when the book cannot be read or one of the balances cannot be told.
pub async fn difference(
    ledger: &Ledger,
    book: BookId,
    (period, resource): (Period, Resource),
    (from, until): (i64, i64),
) -> Result<HouseDifference, FigureError> {
    let filter = balance_filter(ledger, book, resource, until).await?;
    let mut reader = Reader::open(ledger, book, until, &filter);
    let mut earlier = Some(Balance::for_period(period, resource));
    let mut comparison: Option<Comparison> = None;
    while let Some(recorded) = reader.next().await? {
        let is_earlier = i64::try_from(recorded.position).is_ok_and(|position| position <= from);
        match (&mut comparison, &mut earlier) {
            (None, Some(balance)) if is_earlier => {
                balance.apply(&recorded)?;
            }
            (None, balance) => {
                let start = balance.take().unwrap_or_default();
                let mut begun = Comparison::start(start, period, resource)?;
                begun.apply(&recorded)?;
                comparison = Some(begun);
            }
            (Some(comparison), _) => comparison.apply(&recorded)?,
        }
    }
    let comparison = match comparison {
        Some(comparison) => comparison,
        None => Comparison::start(earlier.unwrap_or_default(), period, resource)?,
    };
    let mut told = comparison.finish()?;
    (told.from_position, told.to_position) = (as_position(from), as_position(until));
    Ok(told)
}

/// The vantage as a figure names it: the position asked for, not that of the last event that
/// happened to matter.
fn as_position(until: i64) -> u64 {
    u64::try_from(until).unwrap_or_default()
}

/// The position that `vantage` stands for.
///
/// # Errors
/// [`StoreError`]: no such book or position, or an instant that has not come.
pub async fn resolve(ledger: &Ledger, book: BookId, vantage: Vantage) -> Result<i64, StoreError> {
    ledger.resolve(book.0, vantage).await
}

/// Meters that `text` may mean: a UUID or a serial number.
pub fn meters_called(directory: &Directory, text: &str) -> Vec<MeterId> {
    match Uuid::parse_str(text) {
        Ok(id) => vec![MeterId(id)],
        Err(_) => directory.meters_by_serial(text.trim()).to_vec(),
    }
}
