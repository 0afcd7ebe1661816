//! The houses that a file speaks of, each with its directory.

use std::collections::BTreeMap;
use std::sync::Arc;

use aggregates::ids::BookId;
use aggregates::time::ZoneName;
use projections::directory::fold::Directory;

use crate::figures::{FigureError, House, directory, find_house};
use crate::import::table::MeterRef;
use crate::store::Ledger;

/// A house with its directory.
pub(in crate::import) struct KnownHouse {
    pub(in crate::import) house: House,
    pub(in crate::import) zone: ZoneName,
    pub(in crate::import) directory: Arc<Directory>,
}

/// Houses by the name the file gives them.
pub(in crate::import) struct Houses {
    ledger: Ledger,
    default: Option<House>,
    by_name: BTreeMap<String, Result<BookId, String>>,
    known: BTreeMap<BookId, Arc<KnownHouse>>,
}

impl Houses {
    pub(in crate::import) fn new(ledger: Ledger, default: Option<House>) -> Self {
        Self {
            ledger,
            default,
            by_name: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// The house that a row speaks of, or why it cannot be told.
    pub(in crate::import) async fn of_row(
        &mut self,
        meter: &MeterRef,
    ) -> Result<Result<Arc<KnownHouse>, String>, FigureError> {
        let name = meter.house.as_ref().map(ToString::to_string);
        self.called(name.as_deref()).await
    }

    /// The house of this name, the default one where there is none; or why it cannot be told.
    pub(in crate::import) async fn called(
        &mut self,
        name: Option<&str>,
    ) -> Result<Result<Arc<KnownHouse>, String>, FigureError> {
        let book = match (name, &self.default) {
            (None, Some(house)) => {
                let house = house.clone();
                let book = house.book;
                self.learn(house).await?.map(|()| book)
            }
            (None, None) => {
                let reason = "строка не называет дом, а домов в системе несколько: укажите --house \
                              или добавьте столбец «Дом»";
                Err(reason.to_owned())
            }
            (Some(name), _) => self.named(name).await?,
        };
        Ok(book.and_then(|book| {
            self.known
                .get(&book)
                .cloned()
                .ok_or_else(|| "дом не прочитан".to_owned())
        }))
    }

    async fn named(&mut self, name: &str) -> Result<Result<BookId, String>, FigureError> {
        if let Some(found) = self.by_name.get(name) {
            return Ok(found.clone());
        }
        let found = match find_house(&self.ledger, name).await {
            Ok(house) => {
                let book = house.book;
                self.learn(house).await?.map(|()| book)
            }
            Err(error @ (FigureError::NoSuchHouse(_) | FigureError::SeveralHouses { .. })) => {
                Err(error.to_string())
            }
            Err(error) => return Err(error),
        };
        self.by_name.insert(name.to_owned(), found.clone());
        Ok(found)
    }

    async fn learn(&mut self, house: House) -> Result<Result<(), String>, FigureError> {
        if self.known.contains_key(&house.book) {
            return Ok(Ok(()));
        }
        let directory = directory(&self.ledger, house.book, house.position).await?;
        let Some(zone) = directory.zone() else {
            let reason = "дом ещё не зарегистрирован: загрузите его файл (import house)";
            return Ok(Err(reason.to_owned()));
        };
        let known = KnownHouse {
            zone,
            directory: Arc::new(directory),
            house,
        };
        self.known.insert(known.house.book, Arc::new(known));
        Ok(Ok(()))
    }

    /// A house that was found before.
    pub(in crate::import) fn get(&self, book: BookId) -> Result<Arc<KnownHouse>, FigureError> {
        let known = self.known.get(&book).cloned();
        known.ok_or_else(|| FigureError::NoSuchHouse(book.to_string()))
    }
}
