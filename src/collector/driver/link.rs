//! One connection of a line: connecting, listening, asking.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_modbus::client::{Client as _, Context, rtu, tcp};
use tokio_modbus::prelude::SlaveContext as _;
use tokio_modbus::{ExceptionCode, Request, Response, Slave};

use crate::collector::driver::endpoint::{Endpoint, Protocol};
use crate::collector::driver::fault::Fault;
use crate::collector::driver::plan::Block;
use crate::collector::driver::readout::Exchange;
use crate::collector::driver::tap::{self, Bytes, Tap};
use crate::collector::driver::timing::Timing;
use crate::collector::profile::Table;

/// A connection to the end of a line. It is dropped after any fault.
pub(super) struct Link {
    stream: Arc<TcpStream>,
    context: Context,
    bytes: Arc<Mutex<Bytes>>,
    protocol: Protocol,
    timing: Timing,
}

/// A proper answer to a request.
pub(super) enum Answer {
    /// The registers asked for.
    Words(Vec<u16>),
    /// The registers were written.
    Written,
    /// The device has no such registers: exception 1, 2 or 3.
    Refused(u8),
}

impl Link {
    /// Connects.
    pub(super) async fn open(endpoint: &Endpoint, timing: Timing) -> Result<Self, Fault> {
        let connecting = timeout(timing.connect, TcpStream::connect(&endpoint.address)).await;
        let stream = connecting
            .map_err(|_| Fault::NoLink("адрес не отвечает"))?
            .map_err(|error| Fault::connecting(&error))?;
        // A request is one small packet: it should not wait for another.
        stream
            .set_nodelay(true)
            .map_err(|error| Fault::connecting(&error))?;
        let (stream, bytes) = (Arc::new(stream), Arc::default());
        let tap = Tap::new(Arc::clone(&stream), Arc::clone(&bytes));
        let context = match endpoint.protocol {
            Protocol::Tcp => tcp::attach(tap),
            Protocol::RtuOverTcp => rtu::attach(tap),
        };
        Ok(Self {
            stream,
            context,
            bytes,
            protocol: endpoint.protocol,
            timing,
        })
    }

    /// Listens until nothing has come for the time an answer may be late, and drops what came.
    pub(super) async fn drain(&mut self) -> Result<(), Fault> {
        let end = Instant::now() + self.timing.noise();
        loop {
            match self.heard(self.timing.late).await? {
                0 => return Ok(()),
                _ if Instant::now() >= end => return Err(Fault::Noise),
                _ => (),
            }
        }
    }

    /// Nothing may come for the time an answer may be late.
    pub(super) async fn stays_silent(&mut self) -> Result<(), Fault> {
        match self.heard(self.timing.late).await? {
            0 => Ok(()),
            bytes => Err(Fault::Surplus(bytes)),
        }
    }

    /// How many bytes come first within `patience`.
    async fn heard(&mut self, patience: Duration) -> Result<usize, Fault> {
        let mut dropped = [0; 512];
        let listening = timeout(patience, async {
            loop {
                self.stream.readable().await?;
                match self.stream.try_read(&mut dropped) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => (),
                    other => return other,
                }
            }
        });
        match listening.await {
            Err(_) => Ok(0),
            Ok(Ok(0) | Err(_)) => Err(Fault::Cut),
            Ok(Ok(count)) => Ok(count),
        }
    }

    /// Asks device `unit` for a block, after the pause of the line.
    pub(super) async fn ask(
        &mut self,
        unit: u8,
        block: &Block,
    ) -> (Option<Exchange>, Result<Answer, Fault>) {
        let request = match block.table {
            Table::Holding => Request::ReadHoldingRegisters(block.start, block.count),
            Table::Input => Request::ReadInputRegisters(block.start, block.count),
        };
        self.exchange(unit, request, |response| words(block, response))
            .await
    }

    /// Writes registers of device `unit`: which record of its archive is wanted.
    pub(super) async fn select(
        &mut self,
        unit: u8,
        start: u16,
        words: &[u16],
    ) -> (Option<Exchange>, Result<Answer, Fault>) {
        let request = Request::WriteMultipleRegisters(start, words.into());
        let expected = count_of(words.len());
        let written = |response| match response {
            Response::WriteMultipleRegisters(at, count) if (at, count) == (start, expected) => {
                Ok(Answer::Written)
            }
            _ => Err(Fault::Garbled),
        };
        self.exchange(unit, request, written).await
    }

    /// One request and its answer, after the pause of the line.
    async fn exchange(
        &mut self,
        unit: u8,
        request: Request<'_>,
        read: impl FnOnce(Response) -> Result<Answer, Fault>,
    ) -> (Option<Exchange>, Result<Answer, Fault>) {
        if let Err(fault) = self.is_silent().await {
            return (None, Err(fault));
        }
        self.context.set_slave(Slave(unit));
        let began = Instant::now();
        let called = timeout(self.timing.response, self.context.call(request)).await;
        let took = began.elapsed();
        let bytes = tap::take(&self.bytes);
        let count = bytes.count;
        let exchange = Exchange {
            sent: bytes.sent,
            received: bytes.received,
            took,
        };
        let answer = match called {
            Err(_) => Err(Fault::Silence(self.timing.response.as_millis())),
            Ok(Err(error)) => Err(Fault::calling(&error)),
            Ok(Ok(Err(exception))) => refused(exception),
            Ok(Ok(Ok(response))) => read(response),
        };
        let answer = answer.and_then(|answer| self.exactly(answer, count));
        (Some(exchange), answer)
    }

    /// Not a byte may wait before a request.
    async fn is_silent(&mut self) -> Result<(), Fault> {
        match self.heard(self.timing.pause).await? {
            0 => Ok(()),
            bytes => Err(Fault::Surplus(bytes)),
        }
    }

    /// The answer, if `count` bytes are what its frame has.
    fn exactly(&self, answer: Answer, count: usize) -> Result<Answer, Fault> {
        let overhead = self.protocol.answer_overhead();
        let expected = match &answer {
            Answer::Words(words) => overhead + 2 * words.len(),
            // In place of the byte count stand address and count.
            Answer::Written => overhead + 3,
            // In place of the byte count stands the code.
            Answer::Refused(_) => overhead,
        };
        match count.checked_sub(expected) {
            Some(0) => Ok(answer),
            Some(surplus) => Err(Fault::Surplus(surplus)),
            None => Err(Fault::Garbled),
        }
    }
}

/// A count of registers, as frames carry it.
fn count_of(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

fn refused(exception: ExceptionCode) -> Result<Answer, Fault> {
    match u8::from(exception) {
        code @ 1..=3 => Ok(Answer::Refused(code)),
        5 | 6 => Err(Fault::Busy),
        code => Err(Fault::Exception(code)),
    }
}

fn words(block: &Block, response: Response) -> Result<Answer, Fault> {
    let words = match (block.table, response) {
        (Table::Holding, Response::ReadHoldingRegisters(words))
        | (Table::Input, Response::ReadInputRegisters(words)) => words,
        _ => return Err(Fault::Garbled),
    };
    match words.len() == usize::from(block.count) {
        true => Ok(Answer::Words(words)),
        false => Err(Fault::Length {
            asked: block.count,
            got: words.len(),
        }),
    }
}
