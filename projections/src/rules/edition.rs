//! What holds in one settlement period.

use std::sync::atomic::{AtomicBool, Ordering};

use aggregates::account::bill::Multiplier;
use aggregates::quantity::Percent;
use aggregates::tariff_book::event::TariffComponent;
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::rules::{
    Confirmed, GapReason, MultiplierChange, Name, NegativeVolume, Parameter, Rules, RulesError,
    RunStart, Scope, Value,
};

/// A value and the row that gives it: its clause, status and source explain the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InForce<'a, T> {
    /// What holds.
    pub value: T,
    /// By which row.
    pub parameter: &'a Parameter,
    /// Of which edition.
    pub period: Period,
}

/// The rules of one settlement period: the period that is settled, whenever that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    period: Period,
    parameters: Vec<Parameter>,
    checked_until: NaiveDate,
    hash: String,
    asked: Asked,
}

/// Which rows were asked for, by their places. What was asked says nothing of the rules: editions
/// that differ in it only are equal, and a copy starts afresh.
#[derive(Debug)]
struct Asked(Vec<AtomicBool>);

impl Asked {
    fn of(rows: usize) -> Self {
        Self((0..rows).map(|_| AtomicBool::new(false)).collect())
    }

    fn note(&self, place: usize) {
        if let Some(row) = self.0.get(place) {
            row.store(true, Ordering::Relaxed);
        }
    }

    fn has(&self, place: usize) -> bool {
        let row = self.0.get(place);
        row.is_some_and(|row| row.load(Ordering::Relaxed))
    }
}

impl Clone for Asked {
    fn clone(&self) -> Self {
        Self::of(self.0.len())
    }
}

impl PartialEq for Asked {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Asked {}

/// A row as it is hashed: what it says on the days of the period. How sure we are of it and where
/// it was read may change without the rule being another one.
#[derive(Serialize)]
struct Hashed<'a> {
    name: Name,
    scope: &'a Scope,
    value: &'a Value,
    clause: &'a str,
    first_day: NaiveDate,
    last_day: NaiveDate,
    /// Whether the row stands in the place of the common ones.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    overriding: bool,
}

impl Edition {
    /// What the rules that the program carries say of `period`.
    ///
    /// # Errors
    /// As [`Rules::carried`].
    pub fn of(period: Period) -> Result<Self, RulesError> {
        Rules::carried()?.edition(period)
    }

    pub(super) fn new(
        period: Period,
        parameters: Vec<Parameter>,
        checked_until: NaiveDate,
    ) -> Result<Self, RulesError> {
        Ok(Self {
            period,
            hash: hash_of(&parameters, period)?,
            asked: Asked::of(parameters.len()),
            parameters,
            checked_until,
        })
    }

    /// The settlement period.
    pub fn period(&self) -> Period {
        self.period
    }

    /// As a bill and an explanation name it: `ПП 354, расчётный период 2026-03`.
    pub fn name(&self) -> String {
        name_of(self.period)
    }

    /// SHA-256, in 64 hexadecimal digits, of the canonical JSON (RFC 8785) of the rows in force:
    /// an array by name and beginning, of each the name, scope, value, clause, and the days within
    /// the period, of an override of the house also that it is one. A row that is ended or added
    /// for later periods leaves it as it is.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The rows in force on at least one day of the period, by name and beginning.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The rows that an answer was taken from since the edition was made or copied.
    pub fn asked(&self) -> impl Iterator<Item = &Parameter> {
        let rows = self.parameters.iter().enumerate();
        rows.filter(|(place, _)| self.asked.has(*place))
            .map(|(_, row)| row)
    }

    /// The same edition with these rows confirmed, by identity.
    pub(crate) fn confirmed(mut self, by: impl Fn(&Code) -> Option<Confirmed>) -> Self {
        for row in self.parameters.iter_mut().filter(|row| row.is_uncertain()) {
            row.confirmed = by(&row.id);
        }
        self
    }

    /// Up to which day amendments were looked for; what holds later may have been amended.
    pub fn checked_until(&self) -> NaiveDate {
        self.checked_until
    }

    /// Повышающий коэффициент K for premises without a meter (ф. 4(1), 23(1)); 1 where there is
    /// none. One that changes inside the month is taken as [`Name::MultiplierChange`] says.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn multiplier(
        &self,
        resource: Resource,
        component: TariffComponent,
        day: NaiveDate,
    ) -> Result<InForce<'_, Multiplier>, RulesError> {
        let change = self.word(Name::MultiplierChange, &of_resource(resource), day)?;
        let day = match change.value {
            MultiplierChange::Day => day,
            MultiplierChange::PeriodStart => self.period.first_day(),
            MultiplierChange::WholeMonth => self.period.last_day(),
        };
        let scope = Scope {
            components: vec![component],
            ..of_resource(resource)
        };
        self.get(Name::Multiplier, &scope, day, |row| {
            row.decimal().map(Multiplier::new)
        })
    }

    /// Whether the norm that follows the averaged periods is multiplied (п. 60).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn norm_multiplied_after_average(
        &self,
        reason: GapReason,
        day: NaiveDate,
    ) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::NormMultipliedAfterAverage;
        self.get(name, &of_reason(reason), day, Parameter::flag)
    }

    /// Whether a volume by the norm advances the virtual register, so that the next reading trues
    /// it up (rules, case DC-04).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn norm_advances_register(
        &self,
        reason: GapReason,
        day: NaiveDate,
    ) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::NormAdvancesRegister;
        self.get(name, &of_reason(reason), day, Parameter::flag)
    }

    /// Whether days with this reason are averaged at all before the norm follows (п. 59; gas:
    /// ПП 549).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn average_applies(
        &self,
        resource: Resource,
        reason: GapReason,
        day: NaiveDate,
    ) -> Result<InForce<'_, bool>, RulesError> {
        let scope = Scope {
            reasons: vec![reason],
            ..of_resource(resource)
        };
        self.get(Name::AverageApplies, &scope, day, Parameter::flag)
    }

    /// K of the norm that a second refusal of access brings at once (п. 60(3)); `None` where it
    /// brings averages first.
    pub fn second_refusal_multiplier(
        &self,
        resource: Resource,
        day: NaiveDate,
    ) -> Option<InForce<'_, Multiplier>> {
        let name = Name::SecondRefusalMultiplier;
        let read = |row: &Parameter| row.decimal().map(Multiplier::new);
        self.get(name, &of_resource(resource), day, read).ok()
    }

    /// By how much the norm is multiplied in the additional charge for interference (п. 62).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn interference_factor(&self, day: NaiveDate) -> Result<InForce<'_, Decimal>, RulesError> {
        let name = Name::InterferenceFactor;
        self.get(name, &Scope::default(), day, Parameter::decimal)
    }

    /// Months before that of the discovery for which interference is charged at most, where its
    /// beginning is not established (п. 62).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn interference_months_max(&self, day: NaiveDate) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::InterferenceMonthsMax;
        self.get(name, &Scope::default(), day, Parameter::integer)
    }

    /// Whether the charge for interference is lowered for arithmetical mistakes and wrong data only;
    /// `None` before anything was said of it.
    pub fn interference_lowered_for_mistakes_only(
        &self,
        day: NaiveDate,
    ) -> Option<InForce<'_, bool>> {
        let name = Name::InterferenceLoweredForMistakesOnly;
        self.get(name, &Scope::default(), day, Parameter::flag).ok()
    }

    /// Months in which an electricity meter that went out of order on `event` has to be replaced.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds on `day`.
    pub fn replacement_months(
        &self,
        event: NaiveDate,
        day: NaiveDate,
    ) -> Result<InForce<'_, u32>, RulesError> {
        let of = |name| self.get(name, &Scope::default(), day, Parameter::integer);
        let shorter = of(Name::ReplacementMonthsSince).ok();
        match shorter.filter(|row| row.parameter.validity.from() <= event) {
            Some(shorter) => Ok(shorter),
            None => of(Name::ReplacementMonths),
        }
    }

    /// By how much the price of electricity is multiplied once the term of replacement has passed;
    /// `None` where it is not.
    pub fn late_replacement_factor(&self, day: NaiveDate) -> Option<InForce<'_, Decimal>> {
        let name = Name::LateReplacementFactor;
        self.get(name, &Scope::default(), day, Parameter::decimal)
            .ok()
    }

    /// Periods with actual readings that an average is taken over, at most (п. 59).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn average_window_months(
        &self,
        resource: Resource,
        day: NaiveDate,
    ) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::AverageWindowMonths;
        self.get(name, &of_resource(resource), day, Parameter::integer)
    }

    /// Fewest periods with actual readings that give an average (п. 59, 59(2)).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn average_months_min(
        &self,
        resource: Resource,
        day: NaiveDate,
    ) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::AverageMonthsMin;
        self.get(name, &of_resource(resource), day, Parameter::integer)
    }

    /// Most averaged periods in a row; `None` where there is no limit (п. 59, 60).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn average_periods_max(
        &self,
        resource: Resource,
        residential: bool,
        day: NaiveDate,
    ) -> Result<InForce<'_, Option<u32>>, RulesError> {
        let scope = Scope {
            residential: Some(residential),
            ..of_resource(resource)
        };
        self.get(Name::AveragePeriodsMax, &scope, day, Parameter::limit)
    }

    /// Which period begins the run of averaged ones (rules Q1).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn average_run_start(&self, day: NaiveDate) -> Result<InForce<'_, RunStart>, RulesError> {
        self.word(Name::AverageRunStart, &Scope::default(), day)
    }

    /// Most periods in a row for which a house meter is averaged (п. 59(1)).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn house_average_periods_max(
        &self,
        resource: Resource,
        day: NaiveDate,
    ) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::HouseAveragePeriodsMax;
        self.get(name, &of_resource(resource), day, Parameter::integer)
    }

    /// Whether a meter whose verification interval has ended is out of use (п. 81(12)).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn verification_expiry_counts(
        &self,
        resource: Resource,
        day: NaiveDate,
    ) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::VerificationExpiryCounts;
        self.get(name, &of_resource(resource), day, Parameter::flag)
    }

    /// Last day of the period on which its readings are taken in, where nothing else is agreed.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn submission_last_day(&self) -> Result<InForce<'_, NaiveDate>, RulesError> {
        self.dated(Name::SubmissionLastDay, self.period)
    }

    /// Day by which the bill of the period must be delivered.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn bill_due(&self) -> Result<InForce<'_, NaiveDate>, RulesError> {
        self.dated(Name::BillDueDay, self.period.next())
    }

    /// Day by which it must be paid. The settled period decides which term holds, not the day of
    /// payment: February 2026 is due on 10 March (rules Q7).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn payment_due(&self) -> Result<InForce<'_, NaiveDate>, RulesError> {
        self.dated(Name::PaymentDueDay, self.period.next())
    }

    /// Per cent by which the charges of a service must exceed those of the same period of the year
    /// before for a right to pay by instalments (п. 72).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn instalment_threshold(&self) -> Result<InForce<'_, Percent>, RulesError> {
        let day = self.period.last_day();
        let name = Name::InstalmentThresholdPercent;
        self.get(name, &Scope::default(), day, |row| {
            row.decimal().and_then(|value| Percent::new(value).ok())
        })
    }

    /// НДС on `day`.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn vat(&self, day: NaiveDate) -> Result<InForce<'_, Percent>, RulesError> {
        self.get(Name::VatPercent, &Scope::default(), day, |row| {
            row.decimal().and_then(|value| Percent::new(value).ok())
        })
    }

    /// What becomes of a volume of the house that is less than the sum of its premises.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn negative_volume(
        &self,
        resource: Resource,
        day: NaiveDate,
    ) -> Result<InForce<'_, NegativeVolume>, RulesError> {
        self.word(Name::NegativeVolume, &of_resource(resource), day)
    }

    /// Whether a negative common volume lowers the following periods between УК and РСО (ПП 124
    /// п. 21, 21(1)).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn negative_carries_over(&self, day: NaiveDate) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::NegativeCarriesOver;
        self.get(name, &Scope::default(), day, Parameter::flag)
    }

    /// Whether it lowers what owners pay by the fact as well.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn negative_carries_to_owners(
        &self,
        day: NaiveDate,
    ) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::NegativeCarriesToOwners;
        self.get(name, &Scope::default(), day, Parameter::flag)
    }

    /// First month, 1–12, whose bills carry the correction of КР на СОИ of the year before.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn soi_correction_month(&self, day: NaiveDate) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::SoiCorrectionMonth;
        self.get(name, &Scope::default(), day, Parameter::integer)
    }

    /// Whether that correction goes into the bills in equal parts to the end of the year.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn soi_correction_in_parts(&self, day: NaiveDate) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::SoiCorrectionInParts;
        self.get(name, &Scope::default(), day, Parameter::flag)
    }

    /// Whether КР на СОИ by norm or average is corrected by the house meter.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn soi_corrected(&self, day: NaiveDate) -> Result<InForce<'_, bool>, RulesError> {
        self.get(Name::SoiCorrected, &Scope::default(), day, Parameter::flag)
    }

    /// Whether common needs (ОДН) are capped by the norm (п. 44).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn common_needs_capped(&self, day: NaiveDate) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::CommonNeedsCapped;
        self.get(name, &Scope::default(), day, Parameter::flag)
    }

    /// Limit of permissible error of meters, per cent: how much of an imbalance meters in order may
    /// account for.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn metering_error(
        &self,
        resource: Resource,
        day: NaiveDate,
    ) -> Result<InForce<'_, Decimal>, RulesError> {
        let name = Name::MeteringErrorPercent;
        self.get(name, &of_resource(resource), day, Parameter::decimal)
    }

    /// The full days of absence in a row that must be exceeded to lower a charge (п. 86).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn absence_full_days_over(&self, day: NaiveDate) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::AbsenceFullDaysOver;
        self.get(name, &Scope::default(), day, Parameter::integer)
    }

    /// Within how many days after the return an absence is applied for (п. 91).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn absence_application_days(&self, day: NaiveDate) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::AbsenceApplicationDays;
        self.get(name, &Scope::default(), day, Parameter::integer)
    }

    /// Whether an absence lowers the charge for a resource (п. 86, 87).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn absence_recalculated(
        &self,
        resource: Resource,
        day: NaiveDate,
    ) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::AbsenceRecalculated;
        self.get(name, &of_resource(resource), day, Parameter::flag)
    }

    /// Whether regulated prices change on `day`.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn is_tariff_change_day(&self, day: NaiveDate) -> Result<InForce<'_, bool>, RulesError> {
        self.get(Name::TariffChangeDays, &Scope::default(), day, |row| {
            row.days().map(|days| days.contains(&day))
        })
    }

    /// The day of `month` whose number stands in the row that holds as the period ends.
    fn dated(&self, name: Name, month: Period) -> Result<InForce<'_, NaiveDate>, RulesError> {
        let last_day = self.period.last_day();
        let number = self.get(name, &Scope::default(), last_day, Parameter::integer)?;
        let date = month.first_day().with_day(number.value);
        Ok(InForce {
            value: date.ok_or(RulesError::NoSuchDay(self.period))?,
            parameter: number.parameter,
            period: self.period,
        })
    }

    fn word<T: DeserializeOwned>(
        &self,
        name: Name,
        scope: &Scope,
        day: NaiveDate,
    ) -> Result<InForce<'_, T>, RulesError> {
        self.get(name, scope, day, Parameter::word)
    }

    fn get<'a, T>(
        &'a self,
        name: Name,
        scope: &Scope,
        day: NaiveDate,
        read: impl Fn(&'a Parameter) -> Option<T>,
    ) -> Result<InForce<'a, T>, RulesError> {
        if !(self.period.first_day()..=self.period.last_day()).contains(&day) {
            let period = self.period;
            return Err(RulesError::OutsidePeriod { day, period });
        }
        let rows = self.parameters.iter().enumerate();
        let holding = rows
            .filter(|(_, row)| row.name == name && row.validity.contains(day))
            .filter(|(_, row)| row.scope.meets(scope));
        // An override of the house beats the common row on its days.
        let row = holding.max_by_key(|(_, row)| row.overriding.is_some());
        row.and_then(|(place, parameter)| {
            self.asked.note(place);
            let period = self.period;
            read(parameter).map(|value| InForce {
                value,
                parameter,
                period,
            })
        })
        .ok_or_else(|| RulesError::Missing {
            name,
            of: scope_in_words(scope),
            day,
        })
    }
}

/// Name of the edition of a period.
pub(crate) fn name_of(period: Period) -> String {
    format!("ПП 354, расчётный период {period}")
}

fn of_resource(resource: Resource) -> Scope {
    Scope {
        resources: vec![resource],
        ..Scope::default()
    }
}

fn of_reason(reason: GapReason) -> Scope {
    Scope {
        reasons: vec![reason],
        ..Scope::default()
    }
}

fn scope_in_words(scope: &Scope) -> String {
    let resources = scope.resources.iter().map(|resource| resource.title_ru());
    let components = scope.components.iter().map(|part| part.title_ru());
    let words: Vec<&str> = resources.chain(components).collect();
    match words.is_empty() {
        true => String::new(),
        false => format!(" ({})", words.join(", ")),
    }
}

/// The hash that [`Edition::hash`] describes.
fn hash_of(parameters: &[Parameter], period: Period) -> Result<String, RulesError> {
    let last_day = |row: &Parameter| {
        let own = row.validity.until().and_then(|until| until.pred_opt());
        own.map_or(period.last_day(), |own| own.min(period.last_day()))
    };
    let rows: Vec<Hashed<'_>> = parameters
        .iter()
        .map(|row| Hashed {
            name: row.name,
            scope: &row.scope,
            value: &row.value,
            clause: row.clause.as_str(),
            first_day: row.validity.from().max(period.first_day()),
            last_day: last_day(row),
            overriding: row.overriding.is_some(),
        })
        .collect();
    let canonical = serde_json_canonicalizer::to_vec(&rows).map_err(RulesError::NotRead)?;
    Ok(hex::encode(Sha256::digest(&canonical)))
}
