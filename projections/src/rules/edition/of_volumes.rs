//! What is asked of the rules where volumes and what is added to them are told.

use aggregates::account::bill::Multiplier;
use aggregates::tariff_book::event::TariffComponent;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Edition, InForce, of_reason, of_resource};
use crate::rules::{GapReason, MultiplierChange, Name, Parameter, RulesError, RunStart, Scope};

impl Edition {
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

    /// Whether the charge for interference is lowered for arithmetical mistakes and wrong data
    /// only; `None` before anything was said of it.
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

    /// Whether the average of a house's heat meter is brought to the outdoor temperature.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn heat_average_by_weather(&self, day: NaiveDate) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::HeatAverageByWeather;
        self.get(name, &Scope::default(), day, Parameter::flag)
    }

    /// Temperature indoors that heat is reckoned with, °C.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn indoor_temperature(&self, day: NaiveDate) -> Result<InForce<'_, Decimal>, RulesError> {
        let name = Name::IndoorTemperature;
        self.get(name, &Scope::default(), day, Parameter::decimal)
    }

    /// Whether the heat that came in is told by the contract's method where the node did not work.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn heat_metering_by_contract(
        &self,
        day: NaiveDate,
    ) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::HeatMeteringByContract;
        self.get(name, &Scope::default(), day, Parameter::flag)
    }

    /// Days of a month without a working node up to which its own mean is taken.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn contract_outage_days_max(&self, day: NaiveDate) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::ContractOutageDaysMax;
        self.get(name, &Scope::default(), day, Parameter::integer)
    }

    /// The contract's heat load, Гкал an hour; `None` where the house has none on record.
    pub fn contract_heat_load(&self, day: NaiveDate) -> Option<InForce<'_, Decimal>> {
        let name = Name::ContractHeatLoad;
        self.get(name, &Scope::default(), day, Parameter::decimal)
            .ok()
    }

    /// By what gas of meters without temperature correction is multiplied; `None` where the house
    /// has no factor on record.
    pub fn gas_temperature_factor(&self, day: NaiveDate) -> Option<InForce<'_, Decimal>> {
        let name = Name::GasTemperatureFactor;
        self.get(name, &Scope::default(), day, Parameter::decimal)
            .ok()
    }

    /// The outdoor temperature of that load, °C; `None` where the house has none on record.
    pub fn design_outdoor_temperature(&self, day: NaiveDate) -> Option<InForce<'_, Decimal>> {
        let name = Name::DesignOutdoorTemperature;
        self.get(name, &Scope::default(), day, Parameter::decimal)
            .ok()
    }
}
