//! One settlement in the making: the question, and what was found on the way.

use aggregates::account::bill::{BillLine, ChargeKey, ChargePart, LineKind, VolumeMethod};
use aggregates::ids::{OrganisationId, PremisesId};
use aggregates::quantity::Money;
use aggregates::tariff_book::event::TariffComponent;
use aggregates::text::Label;
use aggregates::time::{Period, ZoneName};
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::calendar::OutOfCalendar;
use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::rules::{Edition, InForce, Parameter, RulesError, name_of};
use crate::settlement::facts::PremisesFacts;
use crate::settlement::fold::HouseBook;
use crate::settlement::gap_choice::Trial;
use crate::settlement::model::{FilledGap, Problem, ProblemKind, SettlementError, Severity};
use crate::settlement::rates::Prices;
use crate::volume::Fault;

/// What is settled, and the gaps and problems found so far.
pub(crate) struct Settling<'a> {
    pub(crate) book: &'a HouseBook,
    pub(crate) period: Period,
    pub(crate) edition: &'a Edition,
    pub(crate) zone: ZoneName,
    pub(crate) prices: Prices<'a>,
    pub(crate) gaps: Vec<FilledGap>,
    pub(crate) problems: Vec<Problem>,
    /// Heating as the house meter tells it, however it is paid.
    pub(crate) is_by_fact: bool,
    /// A method of filling gaps that is tried out in the place of decisions.
    pub(crate) trial: Option<&'a Trial>,
    /// Rows of the rules that settlements of other months were asked on the way.
    pub(crate) rules: Vec<Parameter>,
}

/// A place where a problem was found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place<'a> {
    pub(crate) resource: Option<Resource>,
    pub(crate) premises: Option<(PremisesId, &'a PremisesFacts)>,
}

impl<'a> Settling<'a> {
    pub(crate) fn new(
        book: &'a HouseBook,
        period: Period,
        edition: &'a Edition,
    ) -> Result<Self, SettlementError> {
        if edition.period() != period {
            return Err(SettlementError::AnotherEdition {
                edition: edition.period(),
                period,
            });
        }
        Ok(Self {
            book,
            period,
            edition,
            zone: book.zone().ok_or(SettlementError::BuildingNotRegistered)?,
            prices: Prices::of(&book.rates, period),
            gaps: Vec::new(),
            problems: Vec::new(),
            is_by_fact: false,
            trial: None,
            rules: Vec::new(),
        })
    }

    /// The day whose arrangement, areas and kinds count for the period.
    pub(crate) fn last_day(&self) -> NaiveDate {
        self.period.last_day()
    }

    /// Notes a problem once.
    pub(crate) fn note(
        &mut self,
        severity: Severity,
        kind: ProblemKind,
        place: Place<'_>,
        text: impl Into<String>,
        events: Vec<EventAt>,
    ) {
        let mut said = String::new();
        if let Some((_, premises)) = place.premises {
            said.push_str(&format!("пом. {}, ", premises.number));
        }
        if let Some(resource) = place.resource {
            said.push_str(resource.title_ru());
            said.push_str(": ");
        }
        said.push_str(&text.into());
        let problem = Problem {
            kind,
            severity,
            resource: place.resource,
            premises: place.premises.map(|(id, _)| id),
            text: said,
            events,
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Notes something that does not hinder closing.
    pub(crate) fn flag(
        &mut self,
        kind: ProblemKind,
        place: Place<'_>,
        text: impl Into<String>,
        events: Vec<EventAt>,
    ) {
        self.note(kind.severity(), kind, place, text, events);
    }

    pub(crate) fn too_large(&self) -> SettlementError {
        let period = self.period;
        SettlementError::TooLarge { period }
    }
}

impl Settling<'_> {
    /// The line by which a year is corrected in this period's bill: an amount of money without a
    /// volume, owed to the provider of the year.
    pub(crate) fn correction_line(
        &self,
        (resource, part): (Resource, ChargePart),
        (provider, amount): (OrganisationId, Money),
        clause: &str,
    ) -> Result<BillLine, SettlementError> {
        Ok(BillLine {
            kind: LineKind::Charge,
            period: self.period,
            charge: ChargeKey {
                resource,
                part,
                component: TariffComponent::Single,
                zone: None,
                from: self.period.first_day(),
            },
            provider,
            volume: None,
            method: VolumeMethod::HouseMeter,
            price: None,
            vat: None,
            multiplier: None,
            amount,
            clause: label(clause)?,
            caused_by: Vec::new(),
        })
    }
}

impl From<OutOfCalendar> for SettlementError {
    fn from(_: OutOfCalendar) -> Self {
        Self::OutOfCalendar
    }
}

impl From<RulesError> for SettlementError {
    fn from(error: RulesError) -> Self {
        Self::Rules(error.to_string())
    }
}

impl Settling<'_> {
    /// A fault of reckoning a point's volume.
    pub(crate) fn fault(&self, fault: Fault) -> SettlementError {
        match fault {
            Fault::Inexact => self.too_large(),
            Fault::OutOfCalendar => SettlementError::OutOfCalendar,
        }
    }
}

/// The step that names the rule a figure follows, with the mark of how sure it is.
pub(crate) fn rule_step<T>(text: impl Into<String>, rule: &InForce<'_, T>) -> Explanation {
    let parameter = rule.parameter;
    let mut text = text.into();
    if parameter.overriding.is_some() {
        text.push_str(" (для этого дома вместо общего правила)");
    }
    if let Some(mark) = parameter.mark() {
        text.push_str(&format!(" ({mark})"));
    }
    let overriding = parameter.overriding.iter().filter_map(|why| why.event);
    let confirmed = parameter.confirmed.iter().map(|by| by.event);
    Explanation::new("rule", text)
        .clause(parameter.clause.as_str())
        .edition(name_of(rule.period))
        .events(overriding.chain(confirmed))
}

/// A label made of words that fit one.
pub(crate) fn label(text: &str) -> Result<Label, SettlementError> {
    Label::new(text).map_err(|_| SettlementError::Rules(text.to_owned()))
}
