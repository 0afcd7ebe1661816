//! What is asked of the rules where a house is shared out and bills are made.

use aggregates::account::instalments::InstalmentTerms;
use aggregates::quantity::Percent;
use aggregates::vocabulary::Resource;
use chrono::{Datelike, NaiveDate, Weekday};
use rust_decimal::Decimal;

use super::{Edition, InForce, of_resource};
use crate::rules::{Name, NegativeVolume, Parameter, RulesError, Scope};

impl Edition {
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

    /// Last day on which a complaint of `day` is to be answered in writing: so many working days
    /// after it. Saturdays and Sundays are no working days; holidays count as such, so that the
    /// term is never told too long.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn complaint_answer_due(
        &self,
        day: NaiveDate,
    ) -> Result<InForce<'_, NaiveDate>, RulesError> {
        let name = Name::ComplaintAnswerWorkingDays;
        self.get(name, &Scope::default(), day, |row| {
            let count: usize = row.integer()?.try_into().ok()?;
            let works = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
            match count {
                0 => Some(day),
                _ => day.iter_days().skip(1).filter(works).nth(count - 1),
            }
        })
    }

    /// What a schedule of instalments may be (п. 72).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn instalment_terms(&self) -> Result<InstalmentTerms, RulesError> {
        let day = self.period.last_day();
        let scope = Scope::default();
        let most = self.get(Name::InstalmentPartsMax, &scope, day, Parameter::integer)?;
        let interest = self.get(Name::InstalmentInterestOverKeyRate, &scope, day, |row| {
            row.decimal().and_then(|value| Percent::new(value).ok())
        })?;
        Ok(InstalmentTerms {
            threshold: self.instalment_threshold()?.value,
            parts_max: most.value,
            interest_over_key_rate: interest.value,
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

    /// Months of the heating season that norms of heat are approved for (K of ф. 2(1) is that over
    /// 12).
    ///
    /// # Errors
    /// [`RulesError`] where nothing is recorded for the house: the number is the region's.
    pub fn heating_months(&self, day: NaiveDate) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::HeatingMonths;
        self.get(name, &Scope::default(), day, Parameter::integer)
    }

    /// Whether the norm of heat is shared out by ф. 2(3), and not by ф. 2.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn heat_norm_shared(&self, day: NaiveDate) -> Result<InForce<'_, bool>, RulesError> {
        let name = Name::HeatNormShared;
        self.get(name, &Scope::default(), day, Parameter::flag)
    }

    /// Month of the year whose bills carry the correction of heating paid evenly in the year
    /// before (п. 42(1)).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn heat_correction_month(&self, day: NaiveDate) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::HeatCorrectionMonth;
        self.get(name, &Scope::default(), day, Parameter::integer)
    }

    /// Of the area of heated premises more than so many per cent must have distributors for them to
    /// count (п. 42(1)).
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn distributor_area_percent_over(
        &self,
        day: NaiveDate,
    ) -> Result<InForce<'_, Decimal>, RulesError> {
        let name = Name::DistributorAreaPercentOver;
        self.get(name, &Scope::default(), day, Parameter::decimal)
    }

    /// How many distributors of premises may be without a reading.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn distributor_failures_max(&self, day: NaiveDate) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::DistributorFailuresMax;
        self.get(name, &Scope::default(), day, Parameter::integer)
    }

    /// First month of the year, 1–12, whose bills carry the correction by distributors.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn distributor_correction_month(
        &self,
        day: NaiveDate,
    ) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::DistributorCorrectionMonth;
        self.get(name, &Scope::default(), day, Parameter::integer)
    }

    /// How many corrections by distributors a year.
    ///
    /// # Errors
    /// [`RulesError`] where no row holds.
    pub fn distributor_corrections_a_year(
        &self,
        day: NaiveDate,
    ) -> Result<InForce<'_, u32>, RulesError> {
        let name = Name::DistributorCorrectionsAYear;
        self.get(name, &Scope::default(), day, Parameter::integer)
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
}
