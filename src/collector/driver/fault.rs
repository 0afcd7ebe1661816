//! What goes wrong on a line. Each is a cause that is stored and shown.

use std::io;

/// Why an attempt gave no values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nobody takes the connection.
    #[error("нет связи с линией: {0}")]
    NoLink(&'static str),
    /// No answer in time.
    #[error("прибор не ответил за {0} мс")]
    Silence(u128),
    /// The connection ended.
    #[error("связь прервалась")]
    Cut,
    /// An answer that belongs to another request or device, or is none.
    #[error("ответ не на тот запрос или испорчен")]
    Garbled,
    /// Another number of registers than asked for.
    #[error("запрошено регистров: {asked}, получено: {got}")]
    Length {
        /// Asked for.
        asked: u16,
        /// In the answer.
        got: usize,
    },
    /// Bytes that nobody asked for.
    #[error("лишние байты на линии: {0}")]
    Surplus(usize),
    /// The line does not fall silent.
    #[error("линия не замолкает: похоже на помехи или на второй опрос той же линии")]
    Noise,
    /// The device is busy (exceptions 5 and 6).
    #[error("прибор занят")]
    Busy,
    /// The device or a gateway reports a failure.
    #[error("прибор или шлюз сообщил об ошибке: исключение {0}")]
    Exception(u8),
    /// The device does not tell its serial number.
    #[error("заводской номер не прочитан: {0}")]
    NoSerial(String),
    /// Another device answers, or an answer of another request.
    #[error("на линии прибор № {found}, а ожидался № {expected}")]
    WrongSerial {
        /// The number known.
        expected: String,
        /// The number told.
        found: String,
    },
    /// The poll took longer than it may.
    #[error("опрос не уложился в {0} с")]
    OutOfTime(u64),
}

impl Fault {
    /// A short name that is stored; never changed.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoLink(_) => "no_link",
            Self::Silence(_) => "silence",
            Self::Cut => "cut",
            Self::Garbled => "garbled",
            Self::Length { .. } => "length",
            Self::Surplus(_) => "surplus",
            Self::Noise => "noise",
            Self::Busy => "busy",
            Self::Exception(_) => "exception",
            Self::NoSerial(_) => "no_serial",
            Self::WrongSerial { .. } => "wrong_serial",
            Self::OutOfTime(_) => "out_of_time",
        }
    }

    /// A failed connection, in words that do not depend on the system.
    pub(super) fn connecting(error: &io::Error) -> Self {
        Self::NoLink(match error.kind() {
            io::ErrorKind::ConnectionRefused => "соединение отклонено",
            io::ErrorKind::TimedOut => "адрес не отвечает",
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "узел недоступен",
            _ => "соединение не устанавливается",
        })
    }

    /// What tokio-modbus says of a call.
    pub(super) fn calling(error: &tokio_modbus::Error) -> Self {
        match error {
            tokio_modbus::Error::Protocol(_) => Self::Garbled,
            tokio_modbus::Error::Transport(error) => match error.kind() {
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Self::Garbled,
                _ => Self::Cut,
            },
        }
    }
}
