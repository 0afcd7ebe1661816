//! What a settlement found that a person must look at.

use std::fmt;

use aggregates::building::closing::Flagged;
use aggregates::ids::PremisesId;
use aggregates::text::Code;
use aggregates::vocabulary::Resource;
use serde::Serialize;

use crate::recorded::EventAt;
use crate::settlement::model::SettlementError;

/// Something that a person must look at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// Whether the period cannot be closed with it.
    pub severity: Severity,
    /// Of which resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// Of which premises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub premises: Option<PremisesId>,
    /// What is wrong and what to do, in Russian.
    pub text: String,
    /// Events that it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventAt>,
}

impl Problem {
    /// Whether the period cannot be closed with it.
    pub fn is_blocking(&self) -> bool {
        self.severity == Severity::Blocking
    }

    /// Whether the period is closed with it only once it has a cause.
    pub fn asks_cause(&self) -> bool {
        self.severity == Severity::AsksCause
    }

    /// Whether mending an earlier period is hindered by it: other flags were looked at when the
    /// period was closed.
    pub(crate) fn hinders(&self) -> bool {
        self.is_blocking() || self.asks_cause() && self.kind == ProblemKind::VolumeUnknown
    }

    /// What a cause is given for.
    ///
    /// # Errors
    /// [`SettlementError::Rules`] where the kind has no code.
    pub fn flagged(&self) -> Result<Flagged, SettlementError> {
        Ok(Flagged {
            kind: self.kind.code()?,
            resource: self.resource,
            premises: self.premises,
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The period cannot be closed.
    Blocking,
    /// The period can be closed once somebody has given the cause.
    AsksCause,
    /// The period can be closed; somebody should know.
    Flag,
}

/// Kinds of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The resource is metered in the house and nobody said who provides it.
    NoArrangement,
    /// No price is in force.
    NoPrice,
    /// The charge needs the house meter or an area, and there is none.
    NoBasis,
    /// The house meter was not read, or was out of order, and no average fills that.
    HouseMeterUnfilled,
    /// A point's volume is unknown for a reason that no rule fills.
    VolumeUnknown,
    /// No norm is in force.
    NoNorm,
    /// Nobody is recorded as living here or owning.
    NoPersons,
    /// Premises that are no dwelling have no meter.
    NotMetered,
    /// An area is not recorded.
    NoArea,
    /// The common part is not charged: neither a decision nor a norm gives it.
    NoCommonPart,
    /// The premises consumed more than came in (V24).
    NegativeCommonPart,
    /// The common part is above its norm, or below zero, by more than the meters' errors, and what
    /// is known of its causes does not tell why.
    ImbalanceUnexplained,
    /// The part above the norm is borne by the provider (п. 44).
    AboveCap,
    /// Readings that came do not count: access was refused twice, or the meter was tampered with.
    ReadingsNotCounted,
    /// The charge for interference cannot be told.
    InterferenceUnknown,
    /// Readings were used of a meter that is out of order or whose verification has ended.
    VerificationEnded,
    /// Few premises have heat meters: ф. 3(1) may be unjust (ВС 304-ЭС24-21712).
    FewHeatMeters,
    /// Shares of the accounts of premises do not make up the whole.
    SharesIncomplete,
    /// An account of a room or a part is left without charges, or its meters without effect.
    RoomNotSettled,
    /// A temporary absence lowers nothing (п. 86–97).
    AbsenceNotCounted,
    /// Zones do not make up the volume: the rest has the price without a zone.
    ZonesIncomplete,
    /// A month of heating that was paid evenly cannot be corrected: the house meter tells nothing.
    EvenHeating,
    /// What a distributor of heat counted is not known, or counts for nothing.
    DistributorNotCounted,
    /// An override of a rule is on record that cannot be used.
    RuleUnusable,
    /// A gap waits for a decision, or was decided before its proposal moved.
    GapUndecided,
    /// A reading waits for a decision, and the month has no other of its meter.
    ReadingHeld,
}

impl ProblemKind {
    /// How much a flag of this kind matters: nothing where the law or another bill gives the
    /// figure.
    pub(crate) fn severity(self) -> Severity {
        match self {
            Self::VolumeUnknown
            | Self::VerificationEnded
            | Self::AboveCap
            | Self::FewHeatMeters => Severity::Flag,
            _ => Severity::AsksCause,
        }
    }

    /// As it is written in JSON and in events.
    ///
    /// # Errors
    /// [`SettlementError::Rules`] where it has none.
    pub fn code(self) -> Result<Code, SettlementError> {
        let written = serde_json::to_value(self).ok();
        let code = written
            .as_ref()
            .and_then(|word| Code::new(word.as_str()?).ok());
        code.ok_or_else(|| SettlementError::Rules(format!("{self:?}")))
    }
}
