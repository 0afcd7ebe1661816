//! Checking an export without a database and without trust in who made it.
//!
//! Everything is reckoned anew from the file: commitments from the contents, leaves from the
//! entries, the root from the leaves. The root has to be the one that the key has signed, and every
//! checkpoint that somebody kept elsewhere has to lie on the same tree.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::proof::export::{Content, FORMAT, Header, Line, Trailer, hash, instant};
use crate::proof::note::{NoteError, PublicKey, SignedCheckpoint, hash_of};
use crate::proof::tree::is_consistent;
use crate::store::entry::{Label, commitment};
use crate::store::merkle::CompactRange;

/// Longest line that is read, bytes: an event is far smaller.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What was found of an export that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// Which events.
    pub header: Header,
    /// How many.
    pub events: u64,
    /// How many of them were destroyed by an act.
    pub erased: u64,
    /// Checkpoints kept elsewhere that lie on the same tree.
    pub kept: usize,
    /// Of how many events the checkpoint of the file speaks.
    pub signed: u64,
}

/// Why an export does not hold.
#[derive(Debug)]
pub struct Fraud {
    /// The line of the file, from 1.
    pub line: u64,
    /// The event, as `type/id/sequence`, where it is one.
    pub event: Option<String>,
    /// What is wrong.
    pub what: Wrong,
}

impl fmt::Display for Fraud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "строка {}: ", self.line)?;
        if let Some(event) = &self.event {
            write!(f, "{event}: ")?;
        }
        self.what.fmt(f)
    }
}

impl std::error::Error for Fraud {}

/// What can be wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// The file cannot be read.
    #[error("файл не читается: {0}")]
    Unreadable(#[from] io::Error),
    /// The line is not of the form.
    #[error("строка не того вида: {0}")]
    Malformed(String),
    /// The file ends without its last line.
    #[error("выгрузка оборвана: последней строки с итогом и отметкой нет")]
    Truncated,
    /// Something follows the last line.
    #[error("после последней строки есть ещё что-то")]
    Trailing,
    /// Positions are not one after the other.
    #[error(
        "ожидалась позиция {expected}, а стоит {found}: события удалены, вставлены или переставлены"
    )]
    Position {
        /// The one that should have come.
        expected: u64,
        /// The one that came.
        found: i64,
    },
    /// A field has not its form.
    #[error("поле {0} не того вида")]
    Field(&'static str),
    /// The content is not the one committed to.
    #[error("содержимое не то, что было записано: {0} не сходится с обязательством")]
    Content(&'static str),
    /// The leaf that is told is not that of the fields.
    #[error("хеш записи не сходится: изменены её поля или сам хеш")]
    Leaf,
    /// Content is missing and no later act ordered that.
    #[error("содержимое уничтожено без более поздней записи, которая это предписала")]
    ErasedWithoutAct,
    /// The event was taken in before the one before it.
    #[error("время записи раньше, чем у предыдущего события")]
    Time,
    /// A stream does not go on by one.
    #[error("номер в потоке: ожидался {expected}")]
    Sequence {
        /// The one that should have come.
        expected: i64,
    },
    /// The trailer counts otherwise.
    #[error("в итоге {told} событий, а в файле {found}")]
    Count {
        /// In the trailer.
        told: u64,
        /// In the file.
        found: u64,
    },
    /// The checkpoint is of another book.
    #[error("отметка другого журнала")]
    OtherBook,
    /// The checkpoint cannot be read, or the key has not signed it.
    #[error("отметка выгрузки: {0}")]
    Note(#[from] NoteError),
    /// The events are not those that were signed.
    #[error("события не те, что подписаны: корень по файлу не ведёт к корню отметки")]
    Root,
    /// The events are not those of a checkpoint that was kept elsewhere.
    #[error("история до позиции {0} переписана: сохранённая отметка называет другой корень")]
    Rewritten(u64),
}

/// An audit in progress.
struct Audit<'a> {
    header: Header,
    key: &'a PublicKey,
    kept: &'a [SignedCheckpoint],
    range: CompactRange,
    met: usize,
    events: u64,
    erased: u64,
    last: Option<DateTime<Utc>>,
    streams: HashMap<String, i64>,
    /// The latest act that an erased event names.
    latest_act: i64,
}

/// Checks the export that `input` reads, against `key` and the checkpoints that were `kept`
/// elsewhere (those of other books, or of positions outside the file, are passed over).
///
/// # Errors
/// [`Fraud`]: the first thing that is wrong, and where.
pub fn audit(
    mut input: impl BufRead,
    key: &PublicKey,
    kept: &[SignedCheckpoint],
    mut progress: impl FnMut(u64, u64),
) -> Result<Audited, Fraud> {
    let mut number = 1;
    let fraud = |line: u64, what: Wrong| Fraud {
        line,
        event: None,
        what,
    };
    let first = next_line(&mut input).map_err(|what| fraud(1, what))?;
    let first = first.ok_or_else(|| fraud(1, Wrong::Truncated))?;
    let mut audit = Audit::open(&first, key, kept).map_err(|what| fraud(1, what))?;
    loop {
        number += 1;
        let line = next_line(&mut input).map_err(|what| fraud(number, what))?;
        let line = line.ok_or_else(|| fraud(number, Wrong::Truncated))?;
        if audit.is_whole() {
            let told = audit.close(&line).map_err(|what| fraud(number, what))?;
            let rest = next_line(&mut input).map_err(|what| fraud(number + 1, what))?;
            return match rest {
                None => Ok(told),
                Some(_) => Err(fraud(number + 1, Wrong::Trailing)),
            };
        }
        audit.take(&line).map_err(|(event, what)| Fraud {
            line: number,
            event,
            what,
        })?;
        progress(audit.events, audit.header.to - audit.header.from + 1);
    }
}

/// The next line without its end; `None` at the end of the file. A line that is not ended was cut.
pub(crate) fn next_line(input: &mut impl BufRead) -> Result<Option<String>, Wrong> {
    let mut line = String::new();
    let mut limited = io::Read::take(input, LINE_BYTES_MAX);
    if limited.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    match line.strip_suffix('\n') {
        Some(whole) => Ok(Some(whole.to_owned())),
        None => Err(Wrong::Truncated),
    }
}

impl<'a> Audit<'a> {
    fn open(line: &str, key: &'a PublicKey, kept: &'a [SignedCheckpoint]) -> Result<Self, Wrong> {
        let header: Header = read(line)?;
        if header.format != FORMAT {
            return Err(Wrong::Malformed(format!("формат {}", header.format)));
        }
        if header.from == 0 || header.from > header.to {
            return Err(Wrong::Field("from"));
        }
        let peaks: Option<Vec<_>> = header.peaks.iter().map(|peak| hash(peak)).collect();
        let range = peaks.and_then(|peaks| CompactRange::resume(header.from - 1, peaks));
        let mut audit = Self {
            range: range.ok_or(Wrong::Field("peaks"))?,
            header,
            key,
            kept,
            met: 0,
            events: 0,
            erased: 0,
            last: None,
            streams: HashMap::new(),
            latest_act: 0,
        };
        audit.meet_kept()?;
        Ok(audit)
    }

    fn is_whole(&self) -> bool {
        self.range.size() == self.header.to
    }

    /// One event; what is wrong with it, and its name.
    fn take(&mut self, line: &str) -> Result<(), (Option<String>, Wrong)> {
        let line: Line = read(line).map_err(|what| (None, what))?;
        let stream = format!("{}/{}", line.aggregate_type, line.aggregate_id);
        let name = format!("{stream}/{}", line.sequence);
        self.judge(&line, stream).map_err(|what| (Some(name), what))
    }

    fn judge(&mut self, line: &Line, stream: String) -> Result<(), Wrong> {
        let expected = self.range.size() + 1;
        if u64::try_from(line.position) != Ok(expected) {
            let found = line.position;
            return Err(Wrong::Position { expected, found });
        }
        self.open_content(line)?;
        let recorded = instant(&line.recorded_at).ok_or(Wrong::Field("recorded_at"))?;
        if self.last.is_some_and(|last| recorded < last) {
            return Err(Wrong::Time);
        }
        self.last = Some(recorded);
        self.follow(line, stream)?;
        self.range.push(leaf_of(line, self.header.book)?);
        self.events += 1;
        self.meet_kept()
    }

    fn open_content(&mut self, line: &Line) -> Result<(), Wrong> {
        if let Some(act) = opened(line)? {
            self.latest_act = self.latest_act.max(act);
            self.erased += 1;
        }
        Ok(())
    }

    /// A stream that begins in the file begins with 1 where the file begins the book.
    fn follow(&mut self, line: &Line, stream: String) -> Result<(), Wrong> {
        let known = self.streams.insert(stream, line.sequence);
        let expected = match known {
            Some(known) => known + 1,
            None if self.header.from == 1 => 1,
            None => line.sequence.max(1),
        };
        match line.sequence == expected {
            true => Ok(()),
            false => Err(Wrong::Sequence { expected }),
        }
    }

    /// Compares the root with the checkpoints that were kept of this many events.
    fn meet_kept(&mut self) -> Result<(), Wrong> {
        let size = self.range.size();
        let here = |note: &&SignedCheckpoint| {
            note.checkpoint.book == self.header.book && note.checkpoint.size == size
        };
        for note in self.kept.iter().filter(here) {
            note.check(self.key)?;
            if note.checkpoint.root != self.range.root() {
                return Err(Wrong::Rewritten(size));
            }
            self.met += 1;
        }
        Ok(())
    }

    fn close(self, line: &str) -> Result<Audited, Wrong> {
        let trailer: Trailer = read(line)?;
        if trailer.events != self.events {
            let (told, found) = (trailer.events, self.events);
            return Err(Wrong::Count { told, found });
        }
        if trailer.erased != self.erased {
            let (told, found) = (trailer.erased, self.erased);
            return Err(Wrong::Count { told, found });
        }
        let note: SignedCheckpoint = trailer.checkpoint.parse()?;
        if note.checkpoint.book != self.header.book {
            return Err(Wrong::OtherBook);
        }
        note.check(self.key)?;
        let signed = note.checkpoint.size;
        if u64::try_from(self.latest_act).is_ok_and(|act| act > signed) {
            return Err(Wrong::ErasedWithoutAct);
        }
        let path: Option<Vec<_>> = trailer
            .consistency
            .iter()
            .map(|hash| hash_of(hash))
            .collect();
        let path = path.ok_or(Wrong::Field("consistency"))?;
        let own = (self.range.size(), self.range.root());
        match is_consistent(own, (signed, note.checkpoint.root), &path) {
            true => Ok(Audited {
                header: self.header,
                events: self.events,
                erased: self.erased,
                kept: self.met,
                signed,
            }),
            false => Err(Wrong::Root),
        }
    }
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(line: &str) -> Result<T, Wrong> {
    serde_json::from_str(line).map_err(|error| Wrong::Malformed(error.to_string()))
}

/// The leaf of an event, reckoned from its fields, if it is the one that is told.
pub(crate) fn leaf_of(line: &Line, book: Uuid) -> Result<[u8; 32], Wrong> {
    let entry = line.entry(book).ok_or(Wrong::Field("entry"))?;
    let leaf = entry.leaf();
    match hex::encode(leaf) == line.leaf {
        true => Ok(leaf),
        false => Err(Wrong::Leaf),
    }
}

/// Opens the commitments of an event; the position of the act where its content was destroyed.
pub(crate) fn opened(line: &Line) -> Result<Option<i64>, Wrong> {
    let (seed, payload, metadata) = match &line.content {
        Content::Open {
            seed,
            payload,
            metadata,
        } => (seed, payload, metadata),
        Content::Erased { erased_by } => {
            let act = erased_by.filter(|act| *act > line.position);
            return act.map(Some).ok_or(Wrong::ErasedWithoutAct);
        }
    };
    let seed = hex::decode(seed).ok();
    let seed: Option<[u8; 16]> = seed.and_then(|seed| seed.try_into().ok());
    let seed = seed.ok_or(Wrong::Field("seed"))?;
    let opens =
        |label, body: &str, told: &str| hex::encode(commitment(label, &seed, body)) == *told;
    if !opens(Label::Payload, payload, &line.payload_commitment) {
        return Err(Wrong::Content("payload"));
    }
    match opens(Label::Metadata, metadata, &line.metadata_commitment) {
        true => Ok(None),
        false => Err(Wrong::Content("metadata")),
    }
}
