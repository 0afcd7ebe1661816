//! How long a line waits, and for what.

use std::time::Duration;

/// Times of a line. The defaults suit a serial server in a building; a modem needs longer ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// For a connection.
    pub connect: Duration,
    /// For an answer, from the last byte of the request to the last of the answer.
    pub response: Duration,
    /// Between an answer and the next request.
    pub pause: Duration,
    /// By how much an answer may be late: a line in doubt must be silent for so long.
    pub late: Duration,
    /// Before another attempt; doubled each time.
    pub retry_pause: Duration,
    /// Attempts after the first one.
    pub retries: u32,
    /// For a whole poll of a device, with all attempts.
    pub budget: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            response: Duration::from_secs(2),
            pause: Duration::from_millis(20),
            late: Duration::from_secs(3),
            retry_pause: Duration::from_millis(500),
            retries: 2,
            budget: Duration::from_secs(60),
        }
    }
}

impl Timing {
    /// A line that has not fallen silent in this time never will.
    pub(super) fn noise(&self) -> Duration {
        self.late * 3
    }
}
