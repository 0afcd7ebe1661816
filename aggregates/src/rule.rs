//! A rule of the law in the words that events carry: which parameter, for what, with which value.
//!
//! The registry of parameters and the kinds of their values is no business of an aggregate: it
//! stands with the settlement. Here only the form is judged.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::PersonId;
use crate::tariff_book::event::TariffComponent;
use crate::text::{Code, Label};
use crate::vocabulary::{ActRef, Resource};

/// What a rule is limited to; what is left out does not limit it.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct RuleScope {
    /// Resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Components of a price.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<TariffComponent>,
    /// Residential premises or all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residential: Option<bool>,
    /// Reasons for which a volume is calculated: `not_submitted`, `out_of_order` …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Code>,
}

impl RuleScope {
    /// Whether the rule is limited to nothing.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether something lies in both.
    pub fn meets(&self, other: &Self) -> bool {
        let residential = self.residential.zip(other.residential);
        meet(&self.resources, &other.resources)
            && meet(&self.components, &other.components)
            && meet(&self.reasons, &other.reasons)
            && residential.is_none_or(|(one, another)| one == another)
    }

    /// In one order and without repetitions, so that the same scope is the same fact.
    pub fn ordered(mut self) -> Self {
        self.resources.sort_unstable();
        self.resources.dedup();
        self.components.sort_unstable();
        self.components.dedup();
        self.reasons.sort_unstable();
        self.reasons.dedup();
        self
    }
}

/// Two lists of which an empty one means everything.
pub fn meet<T: PartialEq>(left: &[T], right: &[T]) -> bool {
    left.is_empty() || right.is_empty() || left.iter().any(|item| right.contains(item))
}

/// What a rule says: a decimal or a word in quotes, an integer, a flag or a list of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RuleValue {
    /// `true`, `false`.
    Flag(bool),
    /// `25`.
    Integer(u32),
    /// `"1.5"`, `"event_period"`.
    Text(Label),
    /// `["2026-01-01"]`.
    Days(Vec<NaiveDate>),
}

impl std::fmt::Display for RuleValue {
    /// As a person writes it: `1.5`, `25`, `да`, `2026-01-01, 2026-10-01`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(true) => f.write_str("да"),
            Self::Flag(false) => f.write_str("нет"),
            Self::Integer(integer) => integer.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::Days(days) if days.is_empty() => f.write_str("ни одного дня"),
            Self::Days(days) => {
                let days: Vec<String> = days.iter().map(ToString::to_string).collect();
                f.write_str(&days.join(", "))
            }
        }
    }
}

/// Why another rule than the common one holds for a house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleBasis {
    /// What kind of ground it is.
    pub kind: BasisKind,
    /// Number and date of the act, protocol, judgement or policy.
    pub act: ActRef,
    /// The body that issued it: a government, a court, a company; never a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_by: Option<Label>,
}

impl RuleBasis {
    /// Most characters of the number and the issuer together: the basis must fit where a clause is
    /// printed.
    pub const LONGEST: usize = 150;

    /// Characters of the number and the issuer together.
    pub fn length(&self) -> usize {
        let issuer = self.issued_by.as_ref().map_or("", Label::as_str);
        self.act.number.as_str().chars().count() + issuer.chars().count()
    }
}

impl std::fmt::Display for RuleBasis {
    /// `акт региона № 810/43 от 12.12.2023 (Правительство Московской области)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let date = self.act.date.format("%d.%m.%Y");
        write!(
            f,
            "{} № {} от {date}",
            self.kind.title_ru(),
            self.act.number
        )?;
        match &self.issued_by {
            Some(issuer) => write!(f, " ({issuer})"),
            None => Ok(()),
        }
    }
}

/// Grounds on which a house departs from the common rule.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BasisKind {
    /// Акт субъекта РФ.
    RegionalAct,
    /// Решение общего собрания собственников.
    MeetingDecision,
    /// Судебный акт.
    CourtAct,
    /// Recorded policy of the supplier or provider where the law leaves it open.
    SupplierPolicy,
    /// Договор с ресурсоснабжающей организацией.
    Contract,
}

impl BasisKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::RegionalAct,
        Self::MeetingDecision,
        Self::CourtAct,
        Self::SupplierPolicy,
        Self::Contract,
    ];

    /// As written in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::RegionalAct => "regional_act",
            Self::MeetingDecision => "meeting_decision",
            Self::CourtAct => "court_act",
            Self::SupplierPolicy => "supplier_policy",
            Self::Contract => "contract",
        }
    }

    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::RegionalAct => "акт региона",
            Self::MeetingDecision => "решение собрания собственников",
            Self::CourtAct => "судебный акт",
            Self::SupplierPolicy => "порядок поставщика",
            Self::Contract => "договор",
        }
    }
}

/// Who answers for an uncertain rule, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleConfirmation {
    /// The person; the name lives outside the events.
    pub person: PersonId,
    /// The office held: `главный бухгалтер ООО «УК Тест»`; never a name of a person.
    pub office: Label,
    /// Where the person read that it is so.
    pub source: Label,
    /// When it was confirmed.
    pub on: NaiveDate,
}

impl std::fmt::Display for RuleConfirmation {
    /// `главный бухгалтер ООО «УК Тест», 12.03.2026, КонсультантПлюс`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let on = self.on.format("%d.%m.%Y");
        write!(f, "{}, {on}, {}", self.office, self.source)
    }
}
