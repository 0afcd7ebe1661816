//! What a meter is: its type, its registers, its channels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::quantity::Unit;
use crate::text::{Code, Label};

/// A type of device by the directory of models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelRef {
    /// Name of the type, for example `СГВ-15`.
    pub name: Label,
    /// Number in the state register of measuring instruments (ГРСИ), where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_approval: Option<Label>,
}

/// One thing that a meter counts or shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterSpec {
    /// `total`, `t1`, `t2`, `t3`, `q`, `v1`, `m1` …
    pub name: Code,
    /// Unit of its values.
    pub unit: Unit,
    /// Counts up (`cumulative`) or shows a state (`instant`).
    pub kind: RegisterKind,
    /// Whole digits of the display; the register turns at 10 to this power. Unknown if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<u8>,
    /// Decimals of the display. Unknown if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
}

/// By how much what passes is more than what the display counts: the product of the ratios of the
/// current and voltage transformers that the meter is connected through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
pub struct TransformerRatio(u32);

impl TransformerRatio {
    /// Ratios that occur: 2 (below there is no transformer) to those of a high-voltage input.
    pub const RANGE: std::ops::RangeInclusive<u32> = 2..=1_000_000;

    /// The number.
    pub fn value(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for TransformerRatio {
    type Error = NoTransformerRatio;

    fn try_from(ratio: u32) -> Result<Self, Self::Error> {
        match Self::RANGE.contains(&ratio) {
            true => Ok(Self(ratio)),
            false => Err(NoTransformerRatio(ratio)),
        }
    }
}

impl From<TransformerRatio> for u32 {
    fn from(ratio: TransformerRatio) -> Self {
        ratio.0
    }
}

/// A number that no transformers have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "коэффициент трансформации {0} не бывает: целое от 2 до 1000000; без трансформаторов его нет"
)]
pub struct NoTransformerRatio(pub u32);

/// How a register behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegisterKind {
    /// Counts up from the installation: consumption is a difference of two readings.
    Cumulative,
    /// A momentary value: temperature, pressure.
    Instant,
}

/// Which input of the device feeds which register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubsystemChannel {
    /// Subsystem of the device, for example `heating` or `dhw`.
    pub subsystem: Code,
    /// Input or pipe, for example `tv1.v1`.
    pub channel: Code,
    /// The register of this meter it feeds.
    pub register: Code,
}
