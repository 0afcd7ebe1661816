//! Records of a device's archive, one by one.

use chrono::NaiveDateTime;
use tokio::time::timeout;

use crate::collector::decode::{Observed, Value, decode};
use crate::collector::driver::fault::Fault;
use crate::collector::driver::line::{Line, Talk, told};
use crate::collector::driver::link::Answer;
use crate::collector::driver::plan::Block;
use crate::collector::driver::readout::{Attempt, Device, Told};
use crate::collector::profile::{Archive, RecordKind, Table};

/// What came for a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRead {
    /// The end of its period, by the device's clock.
    pub end: NaiveDateTime,
    /// What it says, by the archive's order of registers; or why there is none.
    pub content: Result<Vec<Told>, NoRecord>,
}

/// Why a device has no record of a period. That is a fact of its own, not a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRecord {
    /// It refuses (exception 1, 2 or 3).
    #[error("записи нет: исключение {0}")]
    Refused(u8),
    /// It gives another record, as some do that have not the one asked for.
    #[error("записи нет: прибор дал запись за {0}")]
    Another(NaiveDateTime),
    /// It gives an empty one, or one without a date that exists.
    #[error("запись пуста")]
    Empty,
}

impl Line {
    /// Reads the records of `kind` whose periods end at `ends`. All of them in one attempt, behind
    /// the fence, or none: what was read before stays with the caller, who asks again from there.
    pub async fn read_records(
        &mut self,
        device: &Device,
        archive: &Archive,
        (kind, ends): (RecordKind, &[NaiveDateTime]),
    ) -> (Attempt, Result<Vec<RecordRead>, Fault>) {
        let mut attempt = Attempt::default();
        let budget = self.budget();
        let reading = async {
            let mut opened = self.begin(device, &mut attempt).await?;
            let mut records = Vec::with_capacity(ends.len());
            for end in ends {
                let content = opened.talk.record(archive, kind, *end).await?;
                records.push(RecordRead { end: *end, content });
            }
            self.finish(opened, device).await?;
            Ok(records)
        };
        let spent = Err(Fault::OutOfTime(budget.as_secs()));
        let records = timeout(budget, reading).await.unwrap_or(spent);
        attempt.fault = records.as_ref().err().cloned();
        (attempt, records)
    }
}

impl Talk<'_> {
    /// Selects a record and reads it; its own date says whether it is the one.
    async fn record(
        &mut self,
        archive: &Archive,
        kind: RecordKind,
        end: NaiveDateTime,
    ) -> Result<Result<Vec<Told>, NoRecord>, Fault> {
        let Some(selection) = archive.selection(kind, end) else {
            return Ok(Err(NoRecord::Empty));
        };
        if let Answer::Refused(code) = self.select(archive.select, &selection).await? {
            return Ok(Err(NoRecord::Refused(code)));
        }
        let block = Block {
            table: Table::Holding,
            start: archive.read,
            count: archive.count,
            members: (0..archive.registers.len()).collect(),
        };
        let words = match self.ask(&block).await? {
            Answer::Words(words) => words,
            Answer::Refused(code) => return Ok(Err(NoRecord::Refused(code))),
            Answer::Written => return Err(Fault::Garbled),
        };
        let date = decode(&archive.date, block.words_of(&archive.date, &words));
        Ok(match date {
            Ok(Observed::Value(Value::Civil(date))) if date == archive.named_by(kind, end) => {
                Ok(told(&archive.registers, &block, &words))
            }
            Ok(Observed::Value(Value::Civil(date))) => Err(NoRecord::Another(date)),
            _ => Err(NoRecord::Empty),
        })
    }
}
