//! The end of a line: a socket that answers for the meters behind it.
//!
//! Answers leave in the order of the requests, as on a wire. Over a serial server (RTU) an answer
//! goes to whoever is connected when it comes, so a late one reaches the next caller: the fault
//! that a poller must survive. A gateway (TCP) answers on the connection that asked.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex as AsyncMutex;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::collector::driver::{Endpoint, Protocol};
use crate::collector::simulator::fault::{Faults, SimulatedFault};
use crate::collector::simulator::frame::{Asked, WRITE};
use crate::collector::simulator::meter::Meter;

/// Whoever is connected.
type Writer = Arc<AsyncMutex<Option<OwnedWriteHalf>>>;
type Meters = Arc<Mutex<BTreeMap<u8, Meter>>>;

/// A bus with its meters. It falls silent when it is dropped.
pub struct Bus {
    endpoint: Endpoint,
    meters: Meters,
    faults: Arc<Mutex<Faults>>,
    tasks: JoinSet<()>,
}

impl Bus {
    /// Opens a bus at `address` (port 0: any free one) that answers after `latency`.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn open(
        protocol: Protocol,
        address: SocketAddr,
        meters: BTreeMap<u8, Meter>,
        latency: Duration,
        seed: u64,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let endpoint = Endpoint {
            protocol,
            address: listener.local_addr()?.to_string(),
        };
        let mut bus = Self {
            endpoint,
            meters: Arc::new(Mutex::new(meters)),
            faults: Arc::new(Mutex::new(Faults::none(seed))),
            tasks: JoinSet::new(),
        };
        let (queue, requests) = mpsc::unbounded_channel();
        let wire = Wire {
            protocol,
            meters: Arc::clone(&bus.meters),
            faults: Arc::clone(&bus.faults),
            latency,
        };
        bus.tasks.spawn(wire.answer(requests));
        bus.tasks.spawn(accept(protocol, listener, queue));
        Ok(bus)
    }

    /// Where it is reached.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Looks at the meter of a unit, or does something to it, beside the wire.
    pub fn with_meter<T>(&self, unit: u8, look: impl FnOnce(&mut Meter) -> T) -> Option<T> {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        meters.get_mut(&unit).map(look)
    }

    /// Looks at all meters of the bus.
    pub fn each_meter(&self, mut look: impl FnMut(&mut Meter)) {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        meters.values_mut().for_each(&mut look);
    }

    /// Orders faults.
    pub fn faults<T>(&self, order: impl FnOnce(&mut Faults) -> T) -> T {
        order(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Takes callers. Of a serial server the last one has the line.
async fn accept(
    protocol: Protocol,
    listener: TcpListener,
    queue: UnboundedSender<(Asked, Writer)>,
) {
    let shared = Writer::default();
    let mut callers = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        if stream.set_nodelay(true).is_err() {
            continue;
        }
        let (reader, writer) = TcpStream::into_split(stream);
        let slot = match protocol {
            Protocol::Tcp => Writer::default(),
            Protocol::RtuOverTcp => Arc::clone(&shared),
        };
        *slot.lock().await = Some(writer);
        callers.spawn(listen(protocol, reader, slot, queue.clone()));
        while callers.try_join_next().is_some() {}
    }
}

/// Takes requests off a connection until it ends.
async fn listen(
    protocol: Protocol,
    mut reader: OwnedReadHalf,
    slot: Writer,
    queue: UnboundedSender<(Asked, Writer)>,
) {
    let mut came = Vec::new();
    while matches!(reader.read_buf(&mut came).await, Ok(1..)) {
        while let Some(asked) = Asked::parse(protocol, &mut came) {
            if queue.send((asked, Arc::clone(&slot))).is_err() {
                return;
            }
        }
    }
}

/// What answers the requests of a bus, one after another.
struct Wire {
    protocol: Protocol,
    meters: Meters,
    faults: Arc<Mutex<Faults>>,
    latency: Duration,
}

impl Wire {
    async fn answer(self, mut requests: UnboundedReceiver<(Asked, Writer)>) {
        while let Some((asked, slot)) = requests.recv().await {
            let fault = self
                .faults
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next();
            sleep(self.latency).await;
            if let Some(SimulatedFault::Late(late)) = fault {
                sleep(late).await;
            }
            let Some(frame) = self.frame(&asked, fault) else {
                continue;
            };
            let mut writer = slot.lock().await;
            if send(&mut writer, &frame, fault).await.is_err() {
                // The caller went away.
                *writer = None;
            }
        }
    }

    /// The bytes of the answer; none for a unit that is not there or keeps silent.
    fn frame(&self, asked: &Asked, fault: Option<SimulatedFault>) -> Option<Vec<u8>> {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let meter = meters.get_mut(&asked.unit)?;
        let answered = match asked.table() {
            None if asked.function != WRITE => return Some(asked.exception(self.protocol, 1)),
            None => meter
                .select(asked.start, &asked.written)
                .then(|| asked.confirmation(self.protocol)),
            Some(table) => meter
                .read(table, asked.start, asked.count)
                .map(|mut words| {
                    if fault == Some(SimulatedFault::Short) {
                        words.pop();
                    }
                    asked.answer(self.protocol, &words)
                }),
        };
        let Some(mut frame) = answered else {
            return Some(asked.exception(self.protocol, 2));
        };
        match fault {
            Some(SimulatedFault::Silence) => return None,
            Some(SimulatedFault::Busy) => return Some(asked.exception(self.protocol, 6)),
            Some(SimulatedFault::Junk(count)) => {
                frame.splice(..0, std::iter::repeat_n(0x55, count));
            }
            Some(SimulatedFault::FlippedBit) => {
                // TCP does not turn bits in what it carries; there the number of the answer is off.
                let at = match self.protocol {
                    Protocol::Tcp => 1,
                    Protocol::RtuOverTcp => frame.len() / 2,
                };
                frame[at] ^= 0x10;
            }
            Some(SimulatedFault::Twice) => frame.extend_from_within(..),
            Some(SimulatedFault::Truncated | SimulatedFault::Cut) => {
                frame.truncate(frame.len() - 3);
            }
            Some(SimulatedFault::Late(_) | SimulatedFault::Fragments | SimulatedFault::Short)
            | None => (),
        }
        Some(frame)
    }
}

async fn send(
    writer: &mut Option<OwnedWriteHalf>,
    frame: &[u8],
    fault: Option<SimulatedFault>,
) -> io::Result<()> {
    let Some(open) = writer else {
        return Ok(());
    };
    match fault {
        Some(SimulatedFault::Fragments) => {
            for pair in frame.chunks(2) {
                open.write_all(pair).await?;
                sleep(Duration::from_millis(2)).await;
            }
        }
        Some(SimulatedFault::Cut) => {
            open.write_all(frame).await?;
            *writer = None;
        }
        _ => open.write_all(frame).await?,
    }
    Ok(())
}
