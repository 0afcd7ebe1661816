//! Words that values and scopes of the rules are written in.

use serde::{Deserialize, Serialize};

/// Why a meter's volume has to be calculated (ПП 354 п. 59).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// а: failure, loss, or the end of the verification interval.
    OutOfOrder,
    /// б: readings were not submitted in time.
    NotSubmitted,
    /// а: the meter was taken away for its planned verification; gas: the only reason for an
    /// average (ПП 549).
    AtVerification,
    /// в: access was refused and an act of it drawn up.
    AccessRefused,
    /// п. 81(11): an act of interference with the meter.
    Tampering,
}

impl GapReason {
    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::OutOfOrder => "прибор неисправен, утрачен или срок поверки истёк",
            Self::NotSubmitted => "показания не переданы",
            Self::AtVerification => "прибор на поверке",
            Self::AccessRefused => "не допустили к прибору",
            Self::Tampering => "вмешательство в прибор",
        }
    }
}

/// Which period counts as the first of the run of averaged ones (rules Q1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStart {
    /// The period of the event: the literal text.
    EventPeriod,
    /// The first whole period after the event: the practice of some suppliers.
    FirstFullPeriod,
}

/// From when a multiplier that changes inside a month is taken (rules Q5, `K_by`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MultiplierChange {
    /// From its day on.
    Day,
    /// The one in force as the period begins holds for the whole of it.
    PeriodStart,
    /// The one in force as the period ends holds for the whole of it.
    WholeMonth,
}

/// What becomes of a volume of the house that is less than the sum of its premises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NegativeVolume {
    /// Nothing is shared out (п. 45 as of 2017).
    Zero,
    /// The sign is kept and lowers the charges (rules Q3).
    Signed,
}
