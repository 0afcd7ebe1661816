//! Frames of Modbus from the side of the device, made by hand: the driver under test uses a
//! library, and one mistake should not be made on both sides.

use crate::collector::driver::Protocol;
use crate::collector::profile::Table;

/// The function that writes registers.
pub(super) const WRITE: u8 = 16;

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Number of the request; of RTU always 0.
    pub(super) transaction: u16,
    /// The device.
    pub(super) unit: u8,
    /// The function, whatever it is.
    pub(super) function: u8,
    /// First address.
    pub(super) start: u16,
    /// How many registers.
    pub(super) count: u16,
    /// What is written to them; empty where they are read.
    pub(super) written: Vec<u16>,
}

impl Asked {
    /// The table that is read; none for functions that read no registers.
    pub(super) fn table(&self) -> Option<Table> {
        match self.function {
            3 => Some(Table::Holding),
            4 => Some(Table::Input),
            _ => None,
        }
    }

    /// Takes one request off the front of what came. What makes no frame is thrown away.
    pub(super) fn parse(protocol: Protocol, came: &mut Vec<u8>) -> Option<Self> {
        let (header, transaction) = match protocol {
            Protocol::Tcp => (6, word(came, 0)?),
            Protocol::RtuOverTcp => (0, 0),
        };
        // Unit, function, address and count; RTU has a checksum behind them.
        let body: [u8; 6] = came.get(header..header + 6)?.try_into().ok()?;
        // A write has a byte count and the registers between count and checksum.
        let data = match body[1] {
            WRITE => 1 + usize::from(*came.get(header + 6)?),
            _ => 0,
        };
        let length = header + 6 + data + protocol_tail(protocol);
        if came.len() < length {
            return None;
        }
        let frame: Vec<u8> = came.drain(..length).collect();
        if protocol == Protocol::RtuOverTcp && crc(&frame) != 0 {
            came.clear();
            return None;
        }
        let written = frame.get(header + 7..header + 6 + data).unwrap_or_default();
        let written = written.chunks_exact(2);
        Some(Self {
            written: written
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect(),
            transaction,
            unit: body[0],
            function: body[1],
            start: u16::from_be_bytes([body[2], body[3]]),
            count: u16::from_be_bytes([body[4], body[5]]),
        })
    }

    /// The frame of an answer with these registers.
    pub(super) fn answer(&self, protocol: Protocol, words: &[u16]) -> Vec<u8> {
        let data: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        let length = u8::try_from(data.len()).unwrap_or(u8::MAX);
        let body = [&[self.unit, self.function, length][..], &data].concat();
        self.framed(protocol, body)
    }

    /// The frame that confirms a write.
    pub(super) fn confirmation(&self, protocol: Protocol) -> Vec<u8> {
        let mut body = vec![self.unit, self.function];
        body.extend(self.start.to_be_bytes());
        body.extend(self.count.to_be_bytes());
        self.framed(protocol, body)
    }

    /// The frame of an exception.
    pub(super) fn exception(&self, protocol: Protocol, code: u8) -> Vec<u8> {
        self.framed(protocol, vec![self.unit, self.function | 0x80, code])
    }

    fn framed(&self, protocol: Protocol, mut body: Vec<u8>) -> Vec<u8> {
        match protocol {
            Protocol::Tcp => {
                let length = u16::try_from(body.len()).unwrap_or(u16::MAX);
                let head = [self.transaction.to_be_bytes(), [0, 0], length.to_be_bytes()];
                [head.concat(), body].concat()
            }
            Protocol::RtuOverTcp => {
                body.extend(crc(&body).to_le_bytes());
                body
            }
        }
    }
}

/// Bytes behind the registers: RTU has a checksum.
fn protocol_tail(protocol: Protocol) -> usize {
    match protocol {
        Protocol::Tcp => 0,
        Protocol::RtuOverTcp => 2,
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([pair[0], pair[1]]))
}

/// CRC-16/MODBUS; zero over a frame that ends with its own.
fn crc(bytes: &[u8]) -> u16 {
    let mut crc = 0xffff_u16;
    for byte in bytes {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            let carry = crc & 1 == 1;
            crc >>= 1;
            if carry {
                crc ^= 0xa001;
            }
        }
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_of_the_serial_line_guide() {
        // Unit 2, function 7: the example of the guide has the checksum 41 12.
        assert_eq!(crc(&[0x02, 0x07]).to_le_bytes(), [0x41, 0x12]);
        let mut came = vec![0x11, 0x03, 0x00, 0x6b, 0x00, 0x03, 0x76, 0x87];
        let asked = Asked::parse(Protocol::RtuOverTcp, &mut came).expect("a request");
        assert_eq!((asked.unit, asked.start, asked.count), (17, 107, 3));
        assert!(came.is_empty());
    }
}
