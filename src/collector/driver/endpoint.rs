//! Where a line is reached.

use std::fmt;
use std::str::FromStr;

/// The end of a line that we can connect to: `tcp://host:port` or `rtu://host:port`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// How frames are made on it.
    pub protocol: Protocol,
    /// `host:port`.
    pub address: String,
}

/// How frames are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Modbus TCP: a gateway that numbers requests and answers.
    Tcp,
    /// Modbus RTU through a TCP connection: a serial server or a modem that passes bytes on.
    RtuOverTcp,
}

/// Text that names no endpoint.
#[derive(Debug, thiserror::Error)]
#[error(
    "«{0}» — не адрес линии: нужно tcp://узел:порт (Modbus TCP) или rtu://узел:порт (RTU через TCP)"
)]
pub struct EndpointError(pub String);

impl Protocol {
    fn scheme(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::RtuOverTcp => "rtu",
        }
    }

    /// Bytes that an answer has besides the registers themselves.
    pub(super) fn answer_overhead(self) -> usize {
        match self {
            // Header 7 (the unit is its last byte), function, byte count.
            Self::Tcp => 9,
            // Unit, function, byte count, CRC.
            Self::RtuOverTcp => 5,
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || EndpointError(text.to_owned());
        let (scheme, address) = text.split_once("://").ok_or_else(refuse)?;
        let protocol = match scheme {
            "tcp" => Protocol::Tcp,
            "rtu" => Protocol::RtuOverTcp,
            _ => return Err(refuse()),
        };
        let (host, port) = address.rsplit_once(':').ok_or_else(refuse)?;
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err(refuse());
        }
        Ok(Self {
            protocol,
            address: address.to_owned(),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.protocol.scheme(), self.address)
    }
}
