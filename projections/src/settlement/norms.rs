//! A month's volume by the norm (ПП 354 прил. 2 ф. 4).

use aggregates::ids::PremisesId;
use aggregates::quantity::{NormBasis, NormRate, Unit};
use aggregates::text::Code;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::explanation::Explanation;
use crate::settlement::facts::{Fact, PremisesFacts};
use crate::settlement::formulas::gaps::{norm_60, part_of_month};
use crate::settlement::model::{ProblemKind, Severity};
use crate::settlement::rates::{NormOf, days};
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling};
use crate::settlement::units::{decimal_in, shown_in};
use crate::text;

/// Norm of the premises' own consumption.
const INDIVIDUAL: &str = "individual";

/// The volume of premises by the norm for the whole month.
#[derive(Clone, Debug)]
pub(crate) struct NormVolume {
    pub(crate) volume: Ratio,
    pub(crate) unit: Unit,
    pub(crate) because: Explanation,
}

/// Days on which the same persons are counted by the same norm.
struct Span<'a> {
    from: NaiveDate,
    days: u32,
    persons: Fact<u32>,
    norm: &'a Fact<NormRate>,
    category: &'a Code,
}

/// Why there is no volume by the norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoNorm {
    /// Nobody is recorded.
    Persons,
    /// No norm is in force.
    Norm,
}

impl<'a> Settling<'a> {
    /// The norm of persons for the month, day by day; noted as a problem where there is none.
    pub(crate) fn norm_or_flag(
        &mut self,
        id: PremisesId,
        premises: &'a PremisesFacts,
        resource: Resource,
    ) -> Option<NormVolume> {
        let place = Place {
            resource: Some(resource),
            premises: Some((id, premises)),
        };
        match self.norm_by_days(premises, resource) {
            Ok(norm) => Some(norm),
            Err(NoNorm::Persons) => {
                let text = "не записано, сколько человек проживает или сколько собственников: \
                            внесите их, иначе объём по нормативу не рассчитать";
                self.note(
                    Severity::Flag,
                    ProblemKind::NoPersons,
                    place,
                    text,
                    Vec::new(),
                );
                None
            }
            Err(NoNorm::Norm) => {
                let text = "норматив потребления не внесён: добавьте его в тарифы и нормативы";
                self.note(Severity::Flag, ProblemKind::NoNorm, place, text, Vec::new());
                None
            }
        }
    }

    /// The norm for the month, for dwellings only: others have no norm by persons.
    pub(crate) fn norm_of_premises(
        &self,
        premises: &'a PremisesFacts,
        resource: Resource,
    ) -> Option<NormVolume> {
        let residential = self.is_residential(premises);
        residential.then(|| self.norm_by_days(premises, resource).ok())?
    }

    fn norm_by_days(
        &self,
        premises: &'a PremisesFacts,
        resource: Resource,
    ) -> Result<NormVolume, NoNorm> {
        let mut spans: Vec<Span<'a>> = Vec::new();
        for day in days(self.period) {
            let persons = premises.persons_on(day).ok_or(NoNorm::Persons)?;
            let of = NormOf {
                resource,
                purpose: INDIVIDUAL,
                amenities: premises.amenities.on(day).map(|fact| &fact.value),
                persons: Some(persons.value),
            };
            let (category, norm) = self.book.rates.norm_on(of, day).ok_or(NoNorm::Norm)?;
            if norm.value.per() != NormBasis::PersonMonth {
                return Err(NoNorm::Norm);
            }
            let same = |span: &&mut Span<'_>| span.persons == persons && span.norm == norm;
            match spans.last_mut().filter(same) {
                Some(span) => span.days += 1,
                None => spans.push(Span {
                    from: day,
                    days: 1,
                    persons,
                    norm,
                    category,
                }),
            }
        }
        let unit = spans.first().map(|span| span.norm.value.unit());
        let unit = unit.ok_or(NoNorm::Norm)?;
        let mut volume = Ratio::zero();
        let mut parts = Vec::with_capacity(spans.len());
        for span in &spans {
            let full = norm_60(span.persons.value, &Ratio::from(span.norm.value));
            let part = part_of_month(&full, span.days, self.period);
            volume = volume + part.map_err(|_| NoNorm::Norm)?;
            parts.push(self.explain_span(span));
        }
        let formula = shown_in(&volume, unit);
        let because = Explanation::new("settlement.norm_volume", "объём по нормативу")
            .formula(formula)
            .clause("ПП 354 прил. 2 ф. 4")
            .parts(parts);
        Ok(NormVolume {
            volume,
            unit,
            because,
        })
    }

    fn explain_span(&self, span: &Span<'_>) -> Explanation {
        let norm = span.norm.value;
        let mut text = format!("категория {}", span.category);
        if span.days < self.period.days() {
            text.push_str(&format!(
                ", с {}: {} из {} дней",
                text::day(span.from),
                span.days,
                self.period.days()
            ));
        }
        let formula = format!(
            "{} чел. · {} на человека",
            span.persons.value,
            decimal_in(norm.value(), norm.unit())
        );
        Explanation::new("settlement.norm_span", text)
            .formula(formula)
            .events([span.persons.event, span.norm.event])
    }
}
