//! A street of meters that are not there: for the demonstration and for tests.
//!
//! A simulated meter keeps the registers of its profile and counts; a bus answers for its meters on
//! a socket as a serial server or a gateway does, late answers included. Faults come on command or
//! by lot. The truth can be asked beside the wire, which is what tests compare with.

mod bus;
mod encode;
mod fault;
mod frame;
mod lot;
mod meter;
mod records;
mod street;

pub use bus::Bus;
pub use encode::encode;
pub use fault::{Faults, SimulatedFault};
pub use meter::Meter;
pub use records::Records;
pub use street::{Street, StreetLine};
