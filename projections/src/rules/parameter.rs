//! One row of the rules.

use std::fmt;

use aggregates::quantity::exact;
use aggregates::rule::{RuleBasis, RuleConfirmation, RuleScope, RuleValue, meet};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::text::{Code, Label};
use aggregates::time::DateSpan;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::recorded::EventAt;
use crate::rules::{GapReason, MultiplierChange, NegativeVolume, RulesError, RunStart};

/// What a parameter fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// Повышающий коэффициент K of the norm, by resource and component of the price; 1: none.
    Multiplier,
    /// From when a K that changes inside a month is taken: [`MultiplierChange`].
    MultiplierChange,
    /// Whether the norm that follows the averaged periods is multiplied, by reason.
    NormMultipliedAfterAverage,
    /// Whether a volume by the norm advances the virtual register, by reason.
    NormAdvancesRegister,
    /// Whether missing readings are averaged at all, by resource and reason.
    AverageApplies,
    /// K of the norm that is charged from a second refusal of access on, without averages before;
    /// no row: averages first, as after one refusal (п. 60(3)).
    SecondRefusalMultiplier,
    /// By how much the norm is multiplied in the additional charge for interference (п. 62).
    InterferenceFactor,
    /// Months before that of the discovery for which it is charged at most, where the beginning is
    /// not established.
    InterferenceMonthsMax,
    /// Whether that charge is lowered for arithmetical mistakes and wrong data only.
    InterferenceLoweredForMistakesOnly,
    /// Months in which an electricity meter out of order has to be replaced.
    ReplacementMonths,
    /// The same for events on the first day of the row or later.
    ReplacementMonthsSince,
    /// By how much the price is multiplied once that term has passed.
    LateReplacementFactor,
    /// Latest periods with actual readings that an average is taken over.
    AverageWindowMonths,
    /// Fewest of them; below it the norm at once (п. 59(2)).
    AverageMonthsMin,
    /// Most averaged periods in a row, by resource and use; `unlimited` where there is no limit.
    AveragePeriodsMax,
    /// Which period begins the run: [`RunStart`].
    AverageRunStart,
    /// Most periods in a row for which the house meter is averaged (п. 59(1)).
    HouseAveragePeriodsMax,
    /// Whether an ended verification interval puts a meter out of use.
    VerificationExpiryCounts,
    /// Last day of the month on which readings are taken in for it, where nothing else is agreed.
    SubmissionLastDay,
    /// Day of the next month by which the bill must be delivered.
    BillDueDay,
    /// Day of the next month by which it must be paid.
    PaymentDueDay,
    /// By how many per cent charges above those of the year before give a right to instalments
    /// (п. 72).
    InstalmentThresholdPercent,
    /// Working days in which a complaint about a charge is answered in writing.
    ComplaintAnswerWorkingDays,
    /// Most equal parts of a charge that is paid by instalments (п. 72), a month each.
    InstalmentPartsMax,
    /// By how many per cent points interest on instalments may exceed the key rate (п. 72).
    InstalmentInterestOverKeyRate,
    /// НДС in per cent.
    VatPercent,
    /// What becomes of a negative common volume: [`NegativeVolume`].
    NegativeVolume,
    /// Whether a negative common volume lowers the following periods between УК and РСО (ПП 124).
    NegativeCarriesOver,
    /// Whether it lowers what owners pay by the fact as well.
    NegativeCarriesToOwners,
    /// First month of the year whose bills carry the correction of КР на СОИ of the year before.
    SoiCorrectionMonth,
    /// Whether that correction goes into the bills in equal parts to the end of the year.
    SoiCorrectionInParts,
    /// Whether КР на СОИ by norm or average of a month is corrected by the house meter at all.
    SoiCorrected,
    /// Months of the heating season that norms of heat are approved for: K of ф. 2(1) is that
    /// number over 12. No row: the region's act has to be recorded for the house.
    HeatingMonths,
    /// Whether the norm of heat is shared out with the common premises that are heated and without
    /// those that are not (ф. 2(3)); ф. 2 otherwise.
    HeatNormShared,
    /// Whether the average of a house's heat meter is brought to the outdoor temperature (ПП 1176).
    HeatAverageByWeather,
    /// Temperature indoors that heat is reckoned with, °C.
    IndoorTemperature,
    /// Whether the heat that came in is told by the contract's method (ПП 1034, Методика 99/пр)
    /// where the node did not work, in the place of п. 59(1).
    HeatMeteringByContract,
    /// Days of a month without a working node up to which its own mean is taken (ПП 1034 п. 118);
    /// the contract load beyond (п. 115).
    ContractOutageDaysMax,
    /// Тепловая нагрузка of the contract for heating, Гкал an hour. No row: the contract's.
    ContractHeatLoad,
    /// Outdoor temperature that the load was designed for, °C. No row: the contract's.
    DesignOutdoorTemperature,
    /// Температурный коэффициент of gas meters without temperature correction. No row: none; the
    /// order for the territory is recorded for the house, month by month.
    GasTemperatureFactor,
    /// Month of the year whose bills carry the correction of heating paid evenly in the year
    /// before.
    HeatCorrectionMonth,
    /// Of the area of heated premises more than so many per cent must have distributors of heat for
    /// them to count (п. 42(1)).
    DistributorAreaPercentOver,
    /// So many distributors of premises may be without a reading: more, and the premises count as
    /// without distributors.
    DistributorFailuresMax,
    /// First month of the year whose bills carry the correction by distributors.
    DistributorCorrectionMonth,
    /// How many corrections a year: 1, or more by a decision of the owners' meeting.
    DistributorCorrectionsAYear,
    /// Whether common needs (ОДН) are capped by the norm (п. 44).
    CommonNeedsCapped,
    /// Limit of permissible error of meters in per cent, by resource: the band of a balance.
    MeteringErrorPercent,
    /// More full days of absence than these lower a charge (п. 86).
    AbsenceFullDaysOver,
    /// Days after the return within which an absence is applied for (п. 91).
    AbsenceApplicationDays,
    /// Whether an absence lowers the charge for a resource (п. 86, 87).
    AbsenceRecalculated,
    /// Days on which regulated prices change.
    TariffChangeDays,
}

/// What the values of a parameter are.
enum Kind {
    Decimal,
    Integer,
    Limit,
    Flag,
    Days,
    MultiplierChange,
    NegativeVolume,
    RunStart,
}

impl Name {
    fn kind(self) -> Kind {
        match self {
            Self::Multiplier
            | Self::VatPercent
            | Self::IndoorTemperature
            | Self::ContractHeatLoad
            | Self::DesignOutdoorTemperature
            | Self::GasTemperatureFactor
            | Self::MeteringErrorPercent
            | Self::DistributorAreaPercentOver
            | Self::InstalmentThresholdPercent
            | Self::InstalmentInterestOverKeyRate
            | Self::SecondRefusalMultiplier
            | Self::InterferenceFactor
            | Self::LateReplacementFactor => Kind::Decimal,
            Self::AveragePeriodsMax => Kind::Limit,
            Self::AverageWindowMonths
            | Self::AverageMonthsMin
            | Self::HouseAveragePeriodsMax
            | Self::AbsenceFullDaysOver
            | Self::AbsenceApplicationDays
            | Self::InterferenceMonthsMax
            | Self::ReplacementMonths
            | Self::ReplacementMonthsSince
            | Self::SubmissionLastDay
            | Self::BillDueDay
            | Self::SoiCorrectionMonth
            | Self::HeatingMonths
            | Self::HeatCorrectionMonth
            | Self::DistributorFailuresMax
            | Self::DistributorCorrectionMonth
            | Self::DistributorCorrectionsAYear
            | Self::ContractOutageDaysMax
            | Self::ComplaintAnswerWorkingDays
            | Self::InstalmentPartsMax
            | Self::PaymentDueDay => Kind::Integer,
            Self::NormMultipliedAfterAverage
            | Self::NormAdvancesRegister
            | Self::AverageApplies
            | Self::InterferenceLoweredForMistakesOnly
            | Self::VerificationExpiryCounts
            | Self::AbsenceRecalculated
            | Self::NegativeCarriesOver
            | Self::NegativeCarriesToOwners
            | Self::SoiCorrectionInParts
            | Self::SoiCorrected
            | Self::HeatNormShared
            | Self::HeatAverageByWeather
            | Self::HeatMeteringByContract
            | Self::CommonNeedsCapped => Kind::Flag,
            Self::TariffChangeDays => Kind::Days,
            Self::MultiplierChange => Kind::MultiplierChange,
            Self::NegativeVolume => Kind::NegativeVolume,
            Self::AverageRunStart => Kind::RunStart,
        }
    }
}

impl Name {
    /// The parameter of this name.
    ///
    /// # Errors
    /// [`RulesError::UnknownName`].
    pub fn from_code(code: &str) -> Result<Self, RulesError> {
        let found = serde_json::from_value(code.into());
        found.map_err(|_| RulesError::UnknownName(code.to_owned()))
    }
}

impl fmt::Display for Name {
    /// As written in the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// What a row is limited to; what is left out does not limit it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Components of a price.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<TariffComponent>,
    /// Residential premises or all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residential: Option<bool>,
    /// Reasons for which a volume is calculated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<GapReason>,
}

impl Scope {
    /// For what, in the words a Russian reader expects; empty where nothing limits it.
    pub fn title_ru(&self) -> String {
        let resources = self.resources.iter().map(|resource| resource.title_ru());
        let components = self.components.iter().map(|part| part.title_ru());
        let residential = self.residential.map(|residential| match residential {
            true => "жилые помещения",
            false => "нежилые помещения",
        });
        let reasons = self.reasons.iter().map(|reason| reason.title_ru());
        let words = resources
            .chain(components)
            .chain(residential)
            .chain(reasons);
        words.collect::<Vec<_>>().join(", ")
    }

    /// Whether something lies in both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let residential = self.residential.zip(other.residential);
        meet(&self.resources, &other.resources)
            && meet(&self.components, &other.components)
            && meet(&self.reasons, &other.reasons)
            && residential.is_none_or(|(one, another)| one == another)
    }
}

/// A scope as an event carries it.
impl TryFrom<&RuleScope> for Scope {
    type Error = RulesError;

    fn try_from(scope: &RuleScope) -> Result<Self, Self::Error> {
        let reason = |code: &Code| {
            let found = serde_json::from_value(code.as_str().into());
            found.map_err(|_| RulesError::UnknownReason(code.clone()))
        };
        Ok(Self {
            resources: scope.resources.clone(),
            components: scope.components.clone(),
            residential: scope.residential,
            reasons: scope.reasons.iter().map(reason).collect::<Result<_, _>>()?,
        })
    }
}

pub use aggregates::rule::RuleValue as Value;

/// How sure it is that a row is the law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Read in a source that states the rule.
    InForce,
    /// The same of a rule that another has replaced since.
    Superseded,
    /// Not yet read in the law itself: shown wherever the row explains a figure.
    Unverified,
    /// Sources disagree, or the law leaves it open and a convention was chosen.
    Conflict,
}

impl Status {
    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::InForce => "действует",
            Self::Superseded => "действовало",
            Self::Unverified => "не сверено с текстом закона",
            Self::Conflict => "источники расходятся",
        }
    }
}

/// One row: a value that holds for a span of days, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// What it fixes.
    pub name: Name,
    /// For what.
    pub scope: Scope,
    /// How.
    pub value: Value,
    /// On which days.
    pub validity: DateSpan,
    /// Clause of the law, as a bill prints it.
    pub clause: Label,
    /// How sure it is.
    pub status: Status,
    /// Where it was read.
    pub source: Label,
    /// Identity of the row: SHA-256, 64 hexadecimal digits, of the canonical JSON (RFC 8785) of its
    /// name, scope, value, clause and first day. Its end, status and source may change without it
    /// being another row.
    pub id: Code,
    /// Who answers for it in this house, where it is uncertain and somebody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
    /// Why the row holds for one house only, in the place of the common ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overriding: Option<Overriding>,
}

/// Who answers for an uncertain row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Confirmed {
    /// Who, and by what.
    #[serde(flatten)]
    pub confirmation: RuleConfirmation,
    /// The event of the house that took it over.
    pub event: EventAt,
}

/// What a row is known by.
#[derive(Serialize)]
pub(super) struct Identity<'a> {
    pub(super) name: Name,
    pub(super) scope: &'a Scope,
    pub(super) value: &'a Value,
    pub(super) clause: &'a str,
    pub(super) from: NaiveDate,
}

impl Identity<'_> {
    pub(super) fn hash(&self) -> Result<Code, RulesError> {
        let canonical = serde_json_canonicalizer::to_vec(self).map_err(RulesError::NotRead)?;
        Code::new(hex::encode(Sha256::digest(&canonical)))
            .map_err(|error| RulesError::UnknownName(error.to_string()))
    }
}

/// Why a row holds for one house only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overriding {
    /// By which act, decision or policy.
    pub basis: RuleBasis,
    /// The event that recorded it; `None` while it is only supposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventAt>,
}

/// Another rule for a house, as an event tells it.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Name of the parameter.
    pub parameter: &'a Code,
    /// For what.
    pub scope: &'a RuleScope,
    /// What holds.
    pub value: &'a RuleValue,
    /// On which days.
    pub validity: DateSpan,
    /// By which act, decision or policy.
    pub basis: &'a RuleBasis,
}

impl Given<'_> {
    /// The row that the event `event` makes; `None` for one that is only supposed.
    ///
    /// # Errors
    /// [`RulesError`]: no such parameter or reason, or a value of another kind.
    pub(super) fn row(&self, event: Option<EventAt>) -> Result<Parameter, RulesError> {
        let name = Name::from_code(self.parameter.as_str())?;
        let bad_row = |wrong| RulesError::BadRow {
            name,
            from: self.validity.from(),
            wrong,
        };
        let basis = self.basis.to_string();
        let basis = Label::new(basis).map_err(|error| bad_row(error.to_string()))?;
        let scope = Scope::try_from(self.scope)?;
        let identity = Identity {
            name,
            scope: &scope,
            value: self.value,
            clause: basis.as_str(),
            from: self.validity.from(),
        };
        let row = Parameter {
            name,
            id: identity.hash()?,
            confirmed: None,
            scope,
            value: self.value.clone(),
            validity: self.validity,
            clause: basis.clone(),
            status: Status::InForce,
            source: basis,
            overriding: Some(Overriding {
                basis: self.basis.clone(),
                event,
            }),
        };
        match row.fault() {
            None => Ok(row),
            Some(wrong) => Err(bad_row(wrong)),
        }
    }
}

impl Parameter {
    /// Whether somebody has to answer for the row before a month that uses it closes.
    pub fn is_uncertain(&self) -> bool {
        matches!(self.status, Status::Unverified | Status::Conflict)
    }

    /// How sure the row is, with who answers for it: what staff and auditors see beside it; `None`
    /// for a row that was read in the law.
    pub fn mark(&self) -> Option<String> {
        let title = self.status.title_ru();
        match &self.confirmed {
            _ if !self.is_uncertain() => None,
            None => Some(title.to_owned()),
            Some(by) => Some(format!("{title}; подтверждено: {}", by.confirmation)),
        }
    }

    /// What is wrong with the row, if anything: a value of another kind, a replaced row without an
    /// end.
    pub(super) fn fault(&self) -> Option<String> {
        if self.status == Status::Superseded && self.validity.until().is_none() {
            return Some("заменённое правило без последнего дня".to_owned());
        }
        let fits = match self.name.kind() {
            Kind::Decimal => self.decimal().is_some(),
            Kind::Integer => self.integer().is_some(),
            Kind::Limit => self.limit().is_some(),
            Kind::Flag => self.flag().is_some(),
            Kind::Days => self.days().is_some(),
            Kind::MultiplierChange => self.word::<MultiplierChange>().is_some(),
            Kind::NegativeVolume => self.word::<NegativeVolume>().is_some(),
            Kind::RunStart => self.word::<RunStart>().is_some(),
        };
        (!fits).then(|| format!("значение «{}» другого вида", self.value))
    }

    pub(super) fn decimal(&self) -> Option<Decimal> {
        match &self.value {
            Value::Text(text) => exact::parse(text.as_str()).ok(),
            _ => None,
        }
    }

    pub(super) fn integer(&self) -> Option<u32> {
        match self.value {
            Value::Integer(integer) => Some(integer),
            _ => None,
        }
    }

    /// `Some(None)` where there is no limit.
    pub(super) fn limit(&self) -> Option<Option<u32>> {
        match &self.value {
            Value::Integer(most) => Some(Some(*most)),
            Value::Text(word) if word.as_str() == "unlimited" => Some(None),
            _ => None,
        }
    }

    pub(super) fn flag(&self) -> Option<bool> {
        match self.value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    pub(super) fn days(&self) -> Option<&[NaiveDate]> {
        match &self.value {
            Value::Days(days) => Some(days),
            _ => None,
        }
    }

    pub(super) fn word<T: DeserializeOwned>(&self) -> Option<T> {
        match &self.value {
            Value::Text(word) => serde_json::from_value(word.as_str().into()).ok(),
            _ => None,
        }
    }
}
