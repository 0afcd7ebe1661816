//! Checking a book against what it must be: every commitment, every leaf, the order of positions,
//! times, streams and commits, and the Merkle root against a head that was kept outside.
//!
//! Triggers and rights stop mistakes. Whoever owns the server can go past them; what they cannot do
//! is change a book so that its root still is the one somebody else wrote down.

use std::fmt;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::store::Ledger;
use crate::store::books::BookHead;
use crate::store::entry::{Entry, Label, commitment};
use crate::store::error::StoreError;
use crate::store::merkle::CompactRange;

/// Findings told one by one; further ones are counted.
const FINDINGS_TOLD: usize = 200;

/// The head of a book as somebody keeps it outside the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedHead {
    /// The book.
    pub book: Uuid,
    /// How many events it had.
    pub position: i64,
    /// The head's time: all of them were recorded at or before it, all later ones after it.
    pub recorded_at: DateTime<Utc>,
    /// Merkle root (RFC 6962) over their leaves, in hexadecimal.
    pub root: String,
}

/// What a check of a book says.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The head as it stands, to be kept outside if nothing was found.
    pub head: SavedHead,
    /// Events read.
    pub events: u64,
    /// Events whose content was destroyed by a recorded act.
    pub erased: u64,
    /// What is wrong, the first of them.
    pub findings: Vec<Finding>,
    /// How many findings there are in all.
    pub findings_total: u64,
}

impl Verification {
    /// Nothing was found.
    pub fn is_sound(&self) -> bool {
        self.findings_total == 0
    }

    fn find(&mut self, position: Option<i64>, stream: Option<String>, problem: Problem) {
        self.findings_total += 1;
        if self.findings.len() < FINDINGS_TOLD {
            self.findings.push(Finding {
                position,
                stream,
                problem,
            });
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Position in the book, where one can be named.
    pub position: Option<i64>,
    /// The event, as `type/id/sequence`, where one can be named.
    pub stream: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "позиция {position}: ")?;
        }
        if let Some(stream) = &self.stream {
            write!(f, "{stream}: ")?;
        }
        write!(f, "{}", self.problem)
    }
}

/// What can be wrong with a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// Positions are not 1, 2, 3 …
    #[error("ожидалась позиция {expected}: события удалены или вставлены")]
    PositionGap {
        /// The position that should have come.
        expected: i64,
    },
    /// The stored payload is not the one committed to.
    #[error("содержимое не то, что было записано (обязательство по payload не сходится)")]
    PayloadChanged,
    /// The stored metadata is not the one committed to.
    #[error("метаданные не те, что были записаны (обязательство по metadata не сходится)")]
    MetadataChanged,
    /// The leaf hash is not that of the stored entry.
    #[error("хеш записи не сходится: изменены её поля или сам хеш")]
    LeafChanged,
    /// Time does not grow from commit to commit.
    #[error("время записи не позже предыдущего пакета")]
    TimeNotIncreasing,
    /// The event is later than the book's head.
    #[error("время записи позже головы журнала")]
    TimeAfterHead,
    /// The event does not lie in the commit it names.
    #[error("событие не лежит в своём пакете {commit}")]
    CommitDisagrees {
        /// The commit named.
        commit: Uuid,
    },
    /// Commits do not tile the book.
    #[error("пакет {commit} начинается с позиции {first}, а должен с {expected}")]
    CommitGap {
        /// The commit.
        commit: Uuid,
        /// Where it says it begins.
        first: i64,
        /// Where the one before ends, plus one.
        expected: i64,
    },
    /// The head is not where the events end.
    #[error("голова журнала на позиции {head}, а последнее событие — {last}")]
    HeadDisagrees {
        /// The head's position.
        head: i64,
        /// The last event's.
        last: i64,
    },
    /// A stream is not 1, 2, 3 … in position order.
    #[error("номер в потоке нарушает порядок: предыдущий {previous}")]
    StreamOrder {
        /// The sequence before, by number.
        previous: i64,
    },
    /// The content is gone and no act ordered it, or the act is none.
    #[error("содержимое уничтожено без записанного решения")]
    ErasedWithoutAct,
    /// An act ordered the erasure and the content is still there.
    #[error("решение об уничтожении записано, а содержимое осталось")]
    NotErased,
    /// The book is shorter than it was.
    #[error("журнал короче сохранённой головы (позиция {saved})")]
    Shortened {
        /// The saved head's position.
        saved: i64,
    },
    /// The first events are not those of the saved head.
    #[error("история до сохранённой головы переписана: корень {computed} вместо {saved}")]
    Rewritten {
        /// The root kept outside.
        saved: String,
        /// The root of the book as it stands.
        computed: String,
    },
    /// The time of an event contradicts the saved head.
    #[error("время записи противоречит сохранённой голове ({saved})")]
    TimeAgainstSavedHead {
        /// The saved head's time.
        saved: DateTime<Utc>,
    },
    /// A stored state is not the fold of its events; deleting its row heals it.
    #[error("сохранённое состояние агрегата не равно свёртке его событий")]
    StateChanged,
    /// The saved head is another book's.
    #[error("сохранённая голова — другого журнала ({saved})")]
    OtherBook {
        /// The book it is of.
        saved: Uuid,
    },
}

impl Ledger {
    /// Checks `book` from its first event to its head, as of one moment and in constant memory, and
    /// against a head kept outside, if there is one.
    ///
    /// # Errors
    /// What is wrong with the book is in the answer; an error means that it could not be read.
    pub async fn verify(
        &self,
        book: Uuid,
        saved: Option<&SavedHead>,
    ) -> Result<Verification, StoreError> {
        let mut transaction = self
            .pool()
            .begin_with("begin isolation level repeatable read read only")
            .await
            .map_err(StoreError::read)?;
        let head = head_in(&mut transaction, book).await?;
        let mut check = Check::new(&head, saved);
        check.events(&mut transaction).await?;
        check.commits(&mut transaction).await?;
        check.streams(&mut transaction).await?;
        transaction.rollback().await.map_err(StoreError::read)?;
        Ok(check.close())
    }
}

async fn head_in(connection: &mut PgConnection, book: Uuid) -> Result<BookHead, StoreError> {
    let row = sqlx::query(crate::store::books::HEAD)
        .bind(book)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::read)?
        .ok_or(StoreError::NoSuchBook(book))?;
    crate::store::books::head_of(&row).map_err(StoreError::read)
}

/// A check in progress.
struct Check<'a> {
    head: &'a BookHead,
    saved: Option<&'a SavedHead>,
    range: CompactRange,
    position: i64,
    commit: Option<(Uuid, DateTime<Utc>)>,
    verification: Verification,
}

impl<'a> Check<'a> {
    fn new(head: &'a BookHead, saved: Option<&'a SavedHead>) -> Self {
        let mut verification = Verification {
            head: SavedHead {
                book: head.book,
                position: head.position,
                recorded_at: head.recorded_at,
                root: String::new(),
            },
            events: 0,
            erased: 0,
            findings: Vec::new(),
            findings_total: 0,
        };
        let ours = saved.filter(|saved| saved.book == head.book);
        if let (None, Some(saved)) = (ours, saved) {
            verification.find(None, None, Problem::OtherBook { saved: saved.book });
        }
        Self {
            head,
            saved: ours,
            range: CompactRange::new(),
            position: 0,
            commit: None,
            verification,
        }
    }

    async fn events(&mut self, connection: &mut PgConnection) -> Result<(), StoreError> {
        self.meet_saved_head();
        let mut rows = sqlx::query(EVENTS_BETWEEN)
            .bind(self.head.book)
            .bind(i64::MIN)
            .bind(i64::MAX)
            .fetch(connection);
        while let Some(row) = rows.try_next().await.map_err(StoreError::read)? {
            let event = StoredEvent::of(&row).map_err(StoreError::read)?;
            self.event(&event);
        }
        let last = self.position;
        if last != self.head.position {
            let head = self.head.position;
            self.verification
                .find(Some(last), None, Problem::HeadDisagrees { head, last });
        }
        if let Some(saved) = self.saved.filter(|saved| saved.position > last) {
            let problem = Problem::Shortened {
                saved: saved.position,
            };
            self.verification.find(Some(last), None, problem);
        }
        Ok(())
    }

    fn event(&mut self, event: &StoredEvent) {
        if event.position != self.position + 1 {
            self.tell(
                event,
                Problem::PositionGap {
                    expected: self.position + 1,
                },
            );
        }
        self.position = event.position;
        self.verification.events += 1;
        self.content(event);
        let leaf = event.entry(self.head.book).leaf();
        if leaf.as_slice() != event.leaf_hash {
            self.tell(event, Problem::LeafChanged);
        }
        self.times(event);
        if !event.in_commit {
            self.tell(
                event,
                Problem::CommitDisagrees {
                    commit: event.commit,
                },
            );
        }
        self.range.push(leaf);
        self.meet_saved_head();
    }

    fn content(&mut self, event: &StoredEvent) {
        let Some(seed) = event.salt else {
            self.verification.erased += 1;
            if event.act.is_none() || event.payload != r#"{"erased":true}"# {
                self.tell(event, Problem::ErasedWithoutAct);
            }
            return;
        };
        if event.act.is_some() {
            self.tell(event, Problem::NotErased);
        }
        if commitment(Label::Payload, &seed, &event.payload) != event.payload_commitment {
            self.tell(event, Problem::PayloadChanged);
        }
        if commitment(Label::Metadata, &seed, &event.metadata) != event.metadata_commitment {
            self.tell(event, Problem::MetadataChanged);
        }
    }

    fn times(&mut self, event: &StoredEvent) {
        let sound = match self.commit {
            Some((commit, time)) if commit == event.commit => event.recorded_at == time,
            Some((_, time)) => event.recorded_at > time,
            None => true,
        };
        if !sound {
            self.tell(event, Problem::TimeNotIncreasing);
        }
        if event.recorded_at > self.head.recorded_at {
            self.tell(event, Problem::TimeAfterHead);
        }
        let against = self.saved.filter(|saved| {
            (event.position <= saved.position) != (event.recorded_at <= saved.recorded_at)
        });
        if let Some(saved) = against {
            self.tell(
                event,
                Problem::TimeAgainstSavedHead {
                    saved: saved.recorded_at,
                },
            );
        }
        self.commit = Some((event.commit, event.recorded_at));
    }

    /// Compares roots where the saved head stood.
    fn meet_saved_head(&mut self) {
        let Some(saved) = self.saved.filter(|saved| saved.position == self.position) else {
            return;
        };
        let computed = hex::encode(self.range.root());
        if computed != saved.root {
            let problem = Problem::Rewritten {
                saved: saved.root.clone(),
                computed,
            };
            self.verification.find(Some(saved.position), None, problem);
        }
    }

    async fn commits(&mut self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let mut rows = sqlx::query(COMMITS).bind(self.head.book).fetch(connection);
        let mut expected = 1;
        while let Some(row) = rows.try_next().await.map_err(StoreError::read)? {
            let commit = row.try_get(0).map_err(StoreError::read)?;
            let first: i64 = row.try_get(1).map_err(StoreError::read)?;
            let last: i64 = row.try_get(2).map_err(StoreError::read)?;
            if first != expected {
                let problem = Problem::CommitGap {
                    commit,
                    first,
                    expected,
                };
                self.verification.find(Some(first), None, problem);
            }
            expected = last + 1;
        }
        let last = expected - 1;
        if last != self.head.position {
            let head = self.head.position;
            self.verification
                .find(Some(last), None, Problem::HeadDisagrees { head, last });
        }
        Ok(())
    }

    async fn streams(&mut self, connection: &mut PgConnection) -> Result<(), StoreError> {
        let mut rows = sqlx::query(BROKEN_STREAMS)
            .bind(self.head.book)
            .fetch(connection);
        while let Some(row) = rows.try_next().await.map_err(StoreError::read)? {
            let stream = row.try_get(0).map_err(StoreError::read)?;
            let position = row.try_get(1).map_err(StoreError::read)?;
            let previous = row.try_get(2).map_err(StoreError::read)?;
            let problem = Problem::StreamOrder { previous };
            self.verification
                .find(Some(position), Some(stream), problem);
        }
        Ok(())
    }

    fn tell(&mut self, event: &StoredEvent, problem: Problem) {
        self.verification
            .find(Some(event.position), Some(event.name()), problem);
    }

    fn close(mut self) -> Verification {
        self.verification.head.position = self.position;
        self.verification.head.root = hex::encode(self.range.root());
        self.verification
    }
}

/// The stored events of a book from one position through another, in order.
pub(crate) const EVENTS_BETWEEN: &str = "\
    select e.position, e.recorded_at, e.effective_at, e.aggregate_type::text, \
           e.aggregate_id::text, e.sequence, e.event_type::text, e.event_version::text, \
           e.payload::text, e.metadata::text, e.salt, e.payload_commitment, \
           e.metadata_commitment, e.leaf_hash, e.commit_id, \
           coalesce(e.position between c.first_position and c.last_position \
                    and c.recorded_at = e.recorded_at and not c.abandoned, false), \
           (select x.act_position from ledger.erasures x join ledger.events a \
              on a.book_id = x.book_id and a.position = x.act_position \
             where x.book_id = e.book_id and x.position = e.position) \
    from ledger.events e \
    left join ledger.commits c on c.book_id = e.book_id and c.commit_id = e.commit_id \
    where e.book_id = $1 and e.position between $2 and $3 order by e.position";

/// Commits without events take no place.
const COMMITS: &str = "\
    select commit_id, first_position, last_position from ledger.commits \
    where book_id = $1 and last_position >= first_position order by first_position";

const BROKEN_STREAMS: &str = "\
    select aggregate_type || '/' || aggregate_id || '/' || sequence, position, before \
    from (select aggregate_type::text, aggregate_id::text, sequence, position, \
                 coalesce(lag(sequence) over stream, 0) as before, \
                 coalesce(lag(position) over stream, 0) as place_before \
          from ledger.events where book_id = $1 \
          window stream as (partition by aggregate_type, aggregate_id order by sequence)) s \
    where sequence <> before + 1 or position <= place_before";

/// A row as it is found, nothing of it trusted.
pub(crate) struct StoredEvent {
    pub(crate) position: i64,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) effective_at: DateTime<Utc>,
    pub(crate) aggregate_type: String,
    pub(crate) aggregate_id: String,
    pub(crate) sequence: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: String,
    pub(crate) metadata: String,
    pub(crate) salt: Option<[u8; 16]>,
    pub(crate) payload_commitment: [u8; 32],
    pub(crate) metadata_commitment: [u8; 32],
    pub(crate) leaf_hash: Vec<u8>,
    pub(crate) commit: Uuid,
    pub(crate) in_commit: bool,
    /// Position of the act that ordered the content to be destroyed.
    pub(crate) act: Option<i64>,
}

impl StoredEvent {
    pub(crate) fn of(row: &PgRow) -> Result<Self, sqlx::Error> {
        let hash = |column| -> Result<[u8; 32], sqlx::Error> {
            row.try_get::<Vec<u8>, _>(column)?
                .try_into()
                .map_err(|_| wrong_length())
        };
        let salt = row
            .try_get::<Option<Vec<u8>>, _>(10)?
            .map(<[u8; 16]>::try_from);
        Ok(Self {
            position: row.try_get(0)?,
            recorded_at: row.try_get(1)?,
            effective_at: row.try_get(2)?,
            aggregate_type: row.try_get(3)?,
            aggregate_id: row.try_get(4)?,
            sequence: row.try_get(5)?,
            event_type: row.try_get(6)?,
            event_version: row.try_get(7)?,
            payload: row.try_get(8)?,
            metadata: row.try_get(9)?,
            salt: salt.transpose().map_err(|_| wrong_length())?,
            payload_commitment: hash(11)?,
            metadata_commitment: hash(12)?,
            leaf_hash: row.try_get(13)?,
            commit: row.try_get(14)?,
            in_commit: row.try_get(15)?,
            act: row.try_get(16)?,
        })
    }

    fn entry(&self, book: Uuid) -> Entry<'_> {
        Entry {
            book,
            position: self.position,
            recorded_at: self.recorded_at,
            effective_at: self.effective_at,
            aggregate_type: &self.aggregate_type,
            aggregate_id: &self.aggregate_id,
            sequence: self.sequence,
            event_type: &self.event_type,
            event_version: &self.event_version,
            payload_commitment: self.payload_commitment,
            metadata_commitment: self.metadata_commitment,
        }
    }

    fn name(&self) -> String {
        format!(
            "{}/{}/{}",
            self.aggregate_type, self.aggregate_id, self.sequence
        )
    }
}

/// The table's checks do not let such a row in; somebody changed the table.
fn wrong_length() -> sqlx::Error {
    sqlx::Error::Decode("salt or commitment of a wrong length".into())
}
