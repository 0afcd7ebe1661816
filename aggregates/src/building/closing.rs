//! Words of closing a period: its stages, what was counted at each, causes of what was flagged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{BatchId, BookId, PremisesId};
use crate::text::Code;
use crate::vocabulary::Resource;

/// Stages between an open period and a closed one, in their order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ClosingStage {
    /// Readings were received; the missing ones are counted.
    Collected,
    /// Readings that were held have been decided.
    Validated,
    /// Every gap has a calculated volume.
    GapsDecided,
    /// What came in and what was consumed stand side by side.
    Balanced,
    /// Somebody agrees to the control totals.
    Approved,
}

impl ClosingStage {
    /// All stages, in their order.
    pub const ALL: [Self; 5] = [
        Self::Collected,
        Self::Validated,
        Self::GapsDecided,
        Self::Balanced,
        Self::Approved,
    ];

    /// As written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Collected => "collected",
            Self::Validated => "validated",
            Self::GapsDecided => "gaps_decided",
            Self::Balanced => "balanced",
            Self::Approved => "approved",
        }
    }

    /// The stage with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }

    /// The word a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Collected => "показания собраны",
            Self::Validated => "показания проверены",
            Self::GapsDecided => "пробелы решены",
            Self::Balanced => "баланс сведён",
            Self::Approved => "утверждён",
        }
    }

    /// The stage that comes before; `None` for the first.
    pub fn previous(self) -> Option<Self> {
        Self::ALL.into_iter().rfind(|stage| *stage < self)
    }
}

/// Something counted at a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageCount {
    /// What: `received`, `missing`, `held`, `by_average`, `by_norm`, `explained`, `bills` …
    pub what: Code,
    /// Of which resource; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// How many.
    pub count: u32,
}

/// What was flagged: a kind of problem, at one place or wherever it occurs.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Flagged {
    /// The kind of problem, as a settlement names it: `volume_unknown`, `no_norm` …
    pub kind: Code,
    /// Of which resource; `None` for every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// Of which premises; `None` for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub premises: Option<PremisesId>,
}

impl Flagged {
    /// Whether what is said of `self` holds for `item` too.
    pub fn covers(&self, item: &Self) -> bool {
        self.kind == item.kind
            && (self.resource.is_none() || self.resource == item.resource)
            && (self.premises.is_none() || self.premises == item.premises)
    }
}

/// How many flagged items of a kind a period was closed with, by their cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedFlags {
    /// The kind of problem.
    pub kind: Code,
    /// Of which resource, where they concern one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// Their cause.
    pub cause: Code,
    /// How many.
    pub count: u32,
}

/// The batch that a closing belongs to, and the control totals it was approved with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRef {
    /// The book that the batch stands in.
    pub book: BookId,
    /// The batch.
    pub batch: BatchId,
    /// Hash over the control totals of all its houses, 64 hexadecimal digits.
    pub totals_hash: Code,
}

/// Two people: who asked and who agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FourEyes {
    /// Who asked: the code of an actor.
    pub requested_by: Code,
    /// Who agreed: another one.
    pub approved_by: Code,
}
