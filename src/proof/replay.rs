//! An export closed again, month by month, without a database.

use std::io::BufRead;

use aggregates::book_event::BookEvent;
use aggregates::ids::BookId;
use projections::recorded::Recorded;
use uuid::Uuid;

use crate::engines::{Replay, ReplayError, ReplayedClosing};
use crate::proof::audit::{Wrong, next_line, read};
use crate::proof::export::{Content, FORMAT, Header, Line, instant};

/// Why an export was not closed again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayFailure {
    /// The file is not of the form; `audit verify` tells more.
    #[error("строка {line}: {what}")]
    File {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        what: Wrong,
    },
    /// A closing rests on the whole book.
    #[error("выгрузка начинается с позиции {0}: пересчёт нужен с первой, выгрузите весь журнал")]
    NotWhole(u64),
    /// The events cannot be settled by this version.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// The events of an export, one after the other.
struct Events<R> {
    input: R,
    header: Header,
    line: u64,
}

impl<R: BufRead> Events<R> {
    fn open(mut input: R) -> Result<Self, ReplayFailure> {
        let failed = |what| ReplayFailure::File { line: 1, what };
        let first = next_line(&mut input).map_err(failed)?;
        let first = first.ok_or_else(|| failed(Wrong::Truncated))?;
        let header: Header = read(&first).map_err(failed)?;
        if header.format != FORMAT {
            return Err(failed(Wrong::Field("format")));
        }
        match header.from {
            1 => Ok(Self {
                input,
                header,
                line: 1,
            }),
            from => Err(ReplayFailure::NotWhole(from)),
        }
    }

    /// The next event; one that was destroyed is passed over. `None` after the last one.
    fn next(&mut self) -> Result<Option<Recorded>, ReplayFailure> {
        while self.line <= self.header.to {
            self.line += 1;
            let number = self.line;
            let failed = |what| ReplayFailure::File { line: number, what };
            let line = next_line(&mut self.input).map_err(failed)?;
            let line = line.ok_or_else(|| failed(Wrong::Truncated))?;
            let line: Line = read(&line).map_err(failed)?;
            let Content::Open { payload, .. } = &line.content else {
                continue;
            };
            return recorded(self.header.book, &line, payload, number).map(Some);
        }
        Ok(None)
    }
}

fn recorded(
    book: Uuid,
    line: &Line,
    payload: &str,
    number: u64,
) -> Result<Recorded, ReplayFailure> {
    let field = |name| ReplayFailure::File {
        line: number,
        what: Wrong::Field(name),
    };
    let position = u64::try_from(line.position).map_err(|_| field("position"))?;
    let event = BookEvent::decode(
        &line.aggregate_type,
        &line.event_type,
        &line.event_version,
        payload,
    );
    Ok(Recorded {
        book: BookId(book),
        position,
        recorded_at: instant(&line.recorded_at).ok_or_else(|| field("recorded_at"))?,
        effective_at: instant(&line.effective_at).ok_or_else(|| field("effective_at"))?,
        aggregate_id: line
            .aggregate_id
            .parse()
            .map_err(|_| field("aggregate_id"))?,
        sequence: u64::try_from(line.sequence).map_err(|_| field("sequence"))?,
        event: event.map_err(|source| ReplayError::Event { position, source })?,
    })
}

/// Makes every closing of an export again, in memory that does not grow with the book. The file is
/// read twice (`again` opens it once more): first for where the closings were computed.
///
/// # Errors
/// [`ReplayFailure`].
pub fn replay_export<R: BufRead>(
    input: R,
    again: R,
    mut progress: impl FnMut(u64, u64),
) -> Result<(Header, Vec<ReplayedClosing>), ReplayFailure> {
    let mut ahead = Vec::new();
    let mut events = Events::open(input)?;
    while let Some(recorded) = events.next()? {
        ahead.extend(Replay::computed_at(&recorded.event));
    }
    let mut events = Events::open(again)?;
    let mut replay = Replay::new(BookId(events.header.book), ahead);
    while let Some(recorded) = events.next()? {
        progress(recorded.position, events.header.to);
        replay.take(recorded)?;
    }
    Ok((events.header, replay.finish()))
}
