//! A line: its connection, its doubts, and the poll of a device.

use chrono::{DateTime, Utc};
use tokio::time::{Instant, sleep, timeout_at};

use crate::collector::decode::{Observed, Value, decode};
use crate::collector::driver::endpoint::Endpoint;
use crate::collector::driver::fault::Fault;
use crate::collector::driver::link::{Answer, Link};
use crate::collector::driver::plan::Block;
use crate::collector::driver::readout::{Attempt, Device, Missing, Poll, Readout, Told};
use crate::collector::driver::timing::Timing;
use crate::collector::profile::Register;

/// A line and who speaks on it: one poll at a time, by the exclusive borrow.
pub struct Line {
    endpoint: Endpoint,
    timing: Timing,
    link: Option<Link>,
    /// Whether an answer may still be on its way.
    in_doubt: bool,
}

impl Line {
    /// A line that nobody has spoken on yet; whether somebody else just has is not known.
    pub fn new(endpoint: Endpoint, timing: Timing) -> Self {
        Self {
            endpoint,
            timing,
            link: None,
            in_doubt: true,
        }
    }

    /// Where it is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Waits as said from the next attempt on.
    pub fn set_timing(&mut self, timing: Timing) {
        self.timing = timing;
    }

    /// Hangs up. Nothing is on its way after a poll that succeeded.
    pub fn hang_up(&mut self) {
        self.link = None;
    }

    /// Reads a device whole: all that its profile describes, or nothing.
    ///
    /// A device that cannot say who it is is not asked again after a fault: in the next poll the
    /// line is listened to first.
    pub async fn poll(&mut self, device: &mut Device) -> Poll {
        let (started_at, began) = (Utc::now(), Instant::now());
        let deadline = began + self.timing.budget;
        let tries = match device.profile.serial() {
            Some(_) => self.timing.retries,
            None => 0,
        };
        let mut attempts = Vec::new();
        let mut tried = 0;
        let outcome = loop {
            let mut attempt = Attempt::default();
            let trying = timeout_at(deadline, self.attempt(device, &mut attempt)).await;
            let spent = Err(Fault::OutOfTime(self.timing.budget.as_secs()));
            let result = trying.unwrap_or(spent);
            attempt.fault = result.as_ref().err().cloned();
            attempts.push(attempt);
            let pause = self.timing.retry_pause * 2_u32.saturating_pow(tried);
            let again = tried < tries && Instant::now() + pause < deadline;
            match result {
                Err(_) if again => sleep(pause).await,
                result => break result,
            }
            tried += 1;
        };
        Poll {
            started_at,
            attempts,
            outcome,
            took: began.elapsed(),
        }
    }

    async fn attempt(
        &mut self,
        device: &mut Device,
        attempt: &mut Attempt,
    ) -> Result<Readout, Fault> {
        let mut opened = self.begin(device, attempt).await?;
        let (values, read_at) = opened.talk.values(device).await?;
        let serial = self.finish(opened, device).await?;
        Ok(Readout {
            serial,
            values,
            read_at,
        })
    }

    /// Begins an attempt: a connection, silence where there is doubt, and the fence.
    ///
    /// The connection is taken out while it is in use and put back by [`Line::finish`]: whatever
    /// else ends the attempt, a fault, the deadline or somebody who stops waiting, drops it and
    /// leaves doubt.
    pub(super) async fn begin<'a>(
        &mut self,
        device: &Device,
        attempt: &'a mut Attempt,
    ) -> Result<Opened<'a>, Fault> {
        let doubtful = std::mem::replace(&mut self.in_doubt, true);
        let mut link = match self.link.take().filter(|_| !doubtful) {
            Some(link) => link,
            None => Link::open(&self.endpoint, self.timing).await?,
        };
        if doubtful {
            link.drain().await?;
        }
        let mut talk = Talk {
            link,
            unit: device.unit,
            attempt,
        };
        let serial = talk.fence(device.serial.as_deref(), device).await?;
        Ok(Opened {
            talk,
            doubtful,
            serial,
        })
    }

    /// Ends an attempt: where there was doubt, the fence once more, and silence. Only after it may
    /// anything that was read be believed. Gives the serial number.
    pub(super) async fn finish(
        &mut self,
        opened: Opened<'_>,
        device: &Device,
    ) -> Result<Option<String>, Fault> {
        let Opened {
            mut talk,
            doubtful,
            serial,
        } = opened;
        if doubtful {
            talk.fence(serial.as_deref(), device).await?;
            talk.link.stays_silent().await?;
        }
        self.link = Some(talk.link);
        self.in_doubt = false;
        Ok(serial)
    }

    /// How long one errand may take.
    pub(super) fn budget(&self) -> std::time::Duration {
        self.timing.budget
    }
}

/// An attempt that stands behind the fence.
pub(super) struct Opened<'a> {
    pub(super) talk: Talk<'a>,
    doubtful: bool,
    serial: Option<String>,
}

/// An attempt that has its connection.
pub(super) struct Talk<'a> {
    link: Link,
    unit: u8,
    attempt: &'a mut Attempt,
}

impl Talk<'_> {
    pub(super) async fn ask(&mut self, block: &Block) -> Result<Answer, Fault> {
        let (exchange, answer) = self.link.ask(self.unit, block).await;
        self.attempt.exchanges.extend(exchange);
        answer
    }

    pub(super) async fn select(&mut self, start: u16, words: &[u16]) -> Result<Answer, Fault> {
        let (exchange, answer) = self.link.select(self.unit, start, words).await;
        self.attempt.exchanges.extend(exchange);
        answer
    }

    /// Reads the serial number and compares it; none where the profile has none.
    async fn fence(
        &mut self,
        expected: Option<&str>,
        device: &Device,
    ) -> Result<Option<String>, Fault> {
        let Some(register) = device.profile.serial() else {
            return Ok(None);
        };
        let found = match self.ask(&Block::of(0, register)).await? {
            Answer::Refused(code) => {
                return Err(Fault::NoSerial(Missing::Refused(code).to_string()));
            }
            Answer::Words(words) => serial(register, &words)?,
            Answer::Written => return Err(Fault::Garbled),
        };
        match expected {
            Some(expected) if expected != found => Err(Fault::WrongSerial {
                expected: expected.to_owned(),
                found,
            }),
            _ => Ok(Some(found)),
        }
    }

    /// Reads the blocks of the plan; what the device refuses as a whole is asked for in parts.
    async fn values(&mut self, device: &mut Device) -> Result<(Vec<Told>, DateTime<Utc>), Fault> {
        let mut values = Vec::with_capacity(device.profile.registers.len());
        let mut at = 0;
        while let Some(block) = device.plan.blocks().get(at).cloned() {
            match self.ask(&block).await? {
                Answer::Refused(_) if device.plan.split(at, &device.profile) => continue,
                Answer::Refused(code) => values.extend(block.members.iter().map(|index| Told {
                    register: *index,
                    observed: Err(Missing::Refused(code)),
                })),
                Answer::Words(words) => {
                    values.extend(told(&device.profile.registers, &block, &words));
                }
                Answer::Written => return Err(Fault::Garbled),
            }
            at += 1;
        }
        values.sort_by_key(|told: &Told| told.register);
        Ok((values, Utc::now()))
    }
}

fn serial(register: &Register, words: &[u16]) -> Result<String, Fault> {
    match decode(register, words) {
        Ok(Observed::Value(Value::Text(serial))) if !serial.is_empty() => Ok(serial),
        Ok(_) => Err(Fault::NoSerial("прибор его не знает".to_owned())),
        Err(error) => Err(Fault::NoSerial(error.to_string())),
    }
}

/// What the answer to `block` says of `registers`.
pub(super) fn told(registers: &[Register], block: &Block, words: &[u16]) -> Vec<Told> {
    let one = |index: &usize| {
        let register = &registers[*index];
        Told {
            register: *index,
            observed: decode(register, block.words_of(register, words))
                .map_err(Missing::Undecodable),
        }
    };
    block.members.iter().map(one).collect()
}
