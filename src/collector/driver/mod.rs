//! Reading devices over a line.
//!
//! A line has one task and one request at a time. The rules that keep a late answer from becoming a
//! value (`docs/decisions/0046-lines-in-doubt.md`):
//!
//! 1. After any fault the transport is dropped and the line is *in doubt*: an answer may still be
//!    on its way. A line that was just taken over is in doubt too.
//! 2. In doubt the line first listens until nothing has come for the time an answer may be late.
//! 3. The serial number is the fence: it is read before the values and, in doubt, after them as
//!    well, and then the line is listened to once more. Answers shifted by any number of requests
//!    cannot pass both.
//! 4. An answer must be of the length asked for, and not a byte may come that nobody asked for.
//! 5. The values of an attempt are given together, after its last check, or not at all.

mod endpoint;
mod fault;
mod line;
mod link;
mod plan;
mod readout;
mod records;
mod tap;
mod timing;

pub use endpoint::{Endpoint, EndpointError, Protocol};
pub use fault::Fault;
pub use line::Line;
pub use plan::{Block, Plan};
pub use readout::{Attempt, Device, Exchange, Missing, Poll, Readout, Told};
pub use records::{NoRecord, RecordRead};
pub use timing::Timing;
