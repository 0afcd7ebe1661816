//! A connection that remembers what goes through it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Bytes of one exchange that are kept; the longest frame has 260.
const KEPT: usize = 4096;

/// The bytes of the exchange that is going on.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    /// Sent, up to [`KEPT`].
    pub(super) sent: Vec<u8>,
    /// Received, up to [`KEPT`].
    pub(super) received: Vec<u8>,
    /// How many were received.
    pub(super) count: usize,
}

/// What tokio-modbus takes for its transport. The connection is shared, so that the line can listen
/// for bytes that nobody asked for.
#[derive(Debug)]
pub(super) struct Tap {
    stream: Arc<TcpStream>,
    bytes: Arc<Mutex<Bytes>>,
}

impl Tap {
    pub(super) fn new(stream: Arc<TcpStream>, bytes: Arc<Mutex<Bytes>>) -> Self {
        Self { stream, bytes }
    }
}

/// The bytes so far; a new exchange begins.
pub(super) fn take(bytes: &Mutex<Bytes>) -> Bytes {
    std::mem::take(&mut *bytes.lock().unwrap_or_else(PoisonError::into_inner))
}

fn keep(kept: &mut Vec<u8>, more: &[u8]) {
    let room = KEPT.saturating_sub(kept.len()).min(more.len());
    kept.extend_from_slice(&more[..room]);
}

impl AsyncRead for Tap {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(cx))?;
            match self.stream.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
                    bytes.count += count;
                    keep(&mut bytes.received, &buffer.initialize_unfilled()[..count]);
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => (),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            match self.stream.try_write(data) {
                Ok(count) => {
                    let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
                    keep(&mut bytes.sent, &data[..count]);
                    return Poll::Ready(Ok(count));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => (),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A socket keeps nothing back.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The connection ends when its last holder drops it.
        Poll::Ready(Ok(()))
    }
}
