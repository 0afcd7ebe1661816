//! What is chosen for a house: how heat is paid and led, who accepts the filling of gaps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who accepts how gaps are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapPolicy {
    /// What the law has by itself is accepted by this policy.
    ByLaw,
    /// A person is asked of each.
    ByPerson,
}

/// Ways of paying for heat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeatingPayment {
    /// During the heating season.
    InSeason,
    /// Evenly through the calendar year.
    Evenly,
}

/// Layouts of heating pipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeatLayout {
    /// Горизонтальная разводка.
    Horizontal,
    /// Вертикальная разводка (стояки).
    Vertical,
}
