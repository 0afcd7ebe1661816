//! A month's volume by the norm (ПП 354 прил. 2 ф. 4, 5).

use aggregates::ids::PremisesId;
use aggregates::quantity::{NormBasis, NormRate, Unit};
use aggregates::text::Code;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::facts::{Fact, PremisesFacts};
use crate::settlement::formulas::gaps::part_of_month;
use crate::settlement::formulas::norms::{GasNorms, formula_5};
use crate::settlement::model::{ProblemKind, Severity};
use crate::settlement::persons::Persons;
use crate::settlement::rates::{NormOf, days, has_own_category};
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling};
use crate::settlement::spread::Dated;
use crate::settlement::units::{decimal_in, shown_in};
use crate::text;

/// Norm of the premises' own consumption.
const INDIVIDUAL: &str = "individual";
/// Norms of gas by what it is used for (ф. 5), each with its basis and the words for it.
const GAS_PURPOSES: [(&str, NormBasis, &str); 3] = [
    ("cooking", NormBasis::PersonMonth, "приготовление пищи"),
    ("water_heating", NormBasis::PersonMonth, "подогрев воды"),
    ("heating", NormBasis::SquareMetreMonth, "отопление"),
];

/// The volume of premises by the norm for days of the month.
#[derive(Clone, Debug)]
pub(crate) struct NormVolume {
    pub(crate) volume: Ratio,
    pub(crate) unit: Unit,
    /// What of it belongs to which days, where they are not alike.
    pub(crate) parts: Vec<(Vec<NaiveDate>, Ratio)>,
    pub(crate) because: Explanation,
}

impl NormVolume {
    /// Its parts on their days.
    pub(crate) fn dated(&self, is_multiplied: bool) -> Vec<Dated> {
        let part = |(days, volume): &(Vec<NaiveDate>, Ratio)| Dated {
            days: days.clone(),
            register: None,
            counts: true,
            is_multiplied,
            is_refused_twice: false,
            volume: volume.clone(),
        };
        self.parts.iter().map(part).collect()
    }
}

/// Premises and what of them is normed.
#[derive(Clone, Copy)]
pub(crate) struct Normed<'a> {
    pub(crate) id: PremisesId,
    pub(crate) facts: &'a PremisesFacts,
    pub(crate) resource: Resource,
}

/// One norm with what it is multiplied by: persons or m².
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term<'a> {
    /// What gas is used for; empty of everything else.
    purpose: &'static str,
    pub(crate) amount: Ratio,
    pub(crate) said: String,
    pub(crate) norm: &'a Fact<NormRate>,
    category: &'a Code,
    pub(crate) events: Vec<EventAt>,
}

/// Days on which the same persons are counted by the same norms.
struct Span<'a> {
    days: Vec<NaiveDate>,
    terms: Vec<Term<'a>>,
}

/// Why there is no volume by the norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoNorm {
    /// Nobody is recorded.
    Persons,
    /// No area is recorded.
    Area,
    /// No norm is in force.
    Norm,
}

impl<'a> Settling<'a> {
    /// The norm of persons for the month, day by day; noted as a problem where there is none.
    pub(crate) fn norm_or_flag(&mut self, of: Normed<'a>) -> Option<NormVolume> {
        let month: Vec<NaiveDate> = days(self.period).collect();
        self.norm_on_or_flag(of, &month)
    }

    /// The norm for days of the month; noted as a problem where there is none.
    pub(crate) fn norm_on_or_flag(
        &mut self,
        of: Normed<'a>,
        on: &[NaiveDate],
    ) -> Option<NormVolume> {
        let place = Place {
            resource: Some(of.resource),
            premises: Some((of.id, of.facts)),
        };
        let (kind, text) = match self.norm_on(of, on) {
            Ok(norm) => return Some(norm),
            Err(NoNorm::Persons) => (
                ProblemKind::NoPersons,
                "не записано, сколько человек проживает или сколько собственников: внесите их, \
                 иначе объём по нормативу не рассчитать",
            ),
            Err(NoNorm::Area) => (
                ProblemKind::NoArea,
                "площадь помещения не записана: объём по нормативу на отопление не рассчитать",
            ),
            Err(NoNorm::Norm) => (
                ProblemKind::NoNorm,
                "норматив потребления не внесён: добавьте его в тарифы и нормативы",
            ),
        };
        self.note(Severity::Flag, kind, place, text, Vec::new());
        None
    }

    /// The norm for days of the month, for dwellings only: others have no norm by persons.
    pub(crate) fn norm_of_premises(
        &self,
        id: PremisesId,
        facts: &'a PremisesFacts,
        resource: Resource,
        on: &[NaiveDate],
    ) -> Option<NormVolume> {
        let of = Normed {
            id,
            facts,
            resource,
        };
        let residential = self.is_residential(facts);
        residential.then(|| self.norm_on(of, on).ok())?
    }

    /// The norm for days of the month: of each of them with the persons and norms of that day.
    pub(crate) fn norm_on(&self, of: Normed<'a>, on: &[NaiveDate]) -> Result<NormVolume, NoNorm> {
        let mut spans: Vec<Span<'a>> = Vec::new();
        for day in on {
            let terms = self.norm_terms(of, *day)?;
            let joins = |span: &&mut Span<'a>| {
                span.terms == terms && span.days.last().and_then(NaiveDate::succ_opt) == Some(*day)
            };
            match spans.last_mut().filter(joins) {
                Some(span) => span.days.push(*day),
                None => spans.push(Span {
                    days: vec![*day],
                    terms,
                }),
            }
        }
        let first = spans.iter().flat_map(|span| &span.terms).next();
        let unit = first.ok_or(NoNorm::Norm)?.norm.value.unit();
        let mut volume = Ratio::zero();
        let mut parts = Vec::with_capacity(spans.len());
        let mut steps = Vec::with_capacity(spans.len());
        for span in spans {
            let part = self.volume_of(&span).ok_or(NoNorm::Norm)?;
            steps.push(self.explain_span(&span, &part, unit));
            volume = volume + &part;
            parts.push((span.days, part));
        }
        if parts.len() == 1 {
            parts.clear();
        }
        let clause = match of.resource {
            Resource::Gas => "ПП 354 прил. 2 ф. 4, 5",
            _ => "ПП 354 прил. 2 ф. 4",
        };
        let because = Explanation::new("settlement.norm_volume", "объём по нормативу")
            .formula(shown_in(&volume, unit))
            .clause(clause)
            .parts(steps);
        Ok(NormVolume {
            volume,
            unit,
            parts,
            because,
        })
    }

    /// The norms of a day with the persons or m² that they are for.
    pub(crate) fn norm_terms(
        &self,
        of: Normed<'a>,
        day: NaiveDate,
    ) -> Result<Vec<Term<'a>>, NoNorm> {
        let persons = self.persons_on(of.id, of.facts, day);
        let persons = persons.ok_or(NoNorm::Persons)?;
        let basis = NormBasis::PersonMonth;
        if let Some((category, norm)) = self.norm_for(of, INDIVIDUAL, basis, &persons, day) {
            return Ok(vec![term("", persons, category, norm)]);
        }
        if of.resource != Resource::Gas {
            return Err(NoNorm::Norm);
        }
        let mut terms = Vec::new();
        for (purpose, basis, said) in GAS_PURPOSES {
            let found = self.norm_for(of, purpose, basis, &persons, day);
            let own = found.filter(|(category, _)| {
                has_own_category(category, of.facts.amenities.on(day).map(|fact| &fact.value))
            });
            let Some((category, norm)) = own else {
                continue;
            };
            if basis == NormBasis::PersonMonth {
                terms.push(term(said, persons.clone(), category, norm));
            } else if self.is_heated_in(self.period) != Some(false) {
                let area = of.facts.area.on(day).ok_or(NoNorm::Area)?;
                terms.push(Term {
                    purpose: said,
                    amount: Ratio::from(area.value),
                    said: shown_in(&Ratio::from(area.value), Unit::SquareMetre),
                    norm,
                    category,
                    events: vec![area.event],
                });
            }
        }
        match terms.is_empty() {
            true => Err(NoNorm::Norm),
            false => Ok(terms),
        }
    }

    fn norm_for(
        &self,
        of: Normed<'a>,
        purpose: &str,
        basis: NormBasis,
        persons: &Persons,
        day: NaiveDate,
    ) -> Option<(&'a Code, &'a Fact<NormRate>)> {
        let asked = NormOf {
            resource: of.resource,
            purpose,
            amenities: of.facts.amenities.on(day).map(|fact| &fact.value),
            persons: Some(persons.count),
        };
        let found = self.book.rates.norm_on(asked, day);
        found.filter(|(_, norm)| norm.value.per() == basis)
    }

    /// What falls on the days of a span; `None` where its norms are for different units.
    fn volume_of(&self, span: &Span<'_>) -> Option<Ratio> {
        let unit = span.terms.first()?.norm.value.unit();
        let one_unit = span.terms.iter().all(|term| term.norm.value.unit() == unit);
        let month = month_of(&span.terms);
        let days = u32::try_from(span.days.len()).ok()?;
        let part = part_of_month(&month, days, self.period).ok()?;
        one_unit.then_some(part)
    }

    fn explain_span(&self, span: &Span<'_>, volume: &Ratio, unit: Unit) -> Explanation {
        let category = span.terms.last().map(|term| term.category.as_str());
        let mut text = format!("категория {}", category.unwrap_or_default());
        let part = self.part_of_period(&span.days);
        if let Some(first) = span.days.first().filter(|_| part.is_some()) {
            text.push_str(&format!(
                ", с {}: {} из {} дней",
                text::day(*first),
                span.days.len(),
                self.period.days()
            ));
        }
        let terms: Vec<String> = span.terms.iter().map(Term::told).collect();
        let formula = match part {
            None => terms.join(" + "),
            Some(part) => format!(
                "({}) · {part} = {}",
                terms.join(" + "),
                shown_in(volume, unit)
            ),
        };
        let events = span.terms.iter().flat_map(|term| term.events.clone());
        Explanation::new("settlement.norm_span", text)
            .formula(formula)
            .events(events)
            .events(span.terms.iter().map(|term| term.norm.event))
    }

    /// `10/31` where the days are not the whole month.
    pub(crate) fn part_of_period(&self, days: &[NaiveDate]) -> Option<String> {
        let all = self.period.days();
        let is_part = u32::try_from(days.len()).is_ok_and(|count| count < all);
        is_part.then(|| format!("{}/{all}", days.len()))
    }
}

impl Term<'_> {
    /// `3 чел. · 4,2 м³ на человека`.
    fn told(&self) -> String {
        let rate = self.norm.value;
        let per = match rate.per() {
            NormBasis::PersonMonth => "на человека",
            _ => "на м²",
        };
        let mut told = format!(
            "{} · {} {per}",
            self.said,
            decimal_in(rate.value(), rate.unit())
        );
        if !self.purpose.is_empty() {
            told.push_str(&format!(" ({})", self.purpose));
        }
        told
    }

    /// Whether the norm is for persons.
    pub(crate) fn is_by_persons(&self) -> bool {
        self.norm.value.per() == NormBasis::PersonMonth
    }

    /// The norm alone, with its unit.
    pub(crate) fn rate(&self) -> String {
        decimal_in(self.norm.value.value(), self.norm.value.unit())
    }
}

/// What the norms of a day make of a whole month: ф. 4 of one norm, ф. 5 of gas by purposes.
fn month_of(terms: &[Term<'_>]) -> Ratio {
    if let [only] = terms {
        return &only.amount * Ratio::from(only.norm.value);
    }
    let of = |index: usize| {
        let (_, _, purpose) = GAS_PURPOSES[index];
        let found = terms.iter().find(|term| term.purpose == purpose);
        let rate = found.map(|term| Ratio::from(term.norm.value));
        (
            found.map(|term| term.amount.clone()),
            rate.unwrap_or_default(),
        )
    };
    let [(cooks, cooking), (warms, water_heating), (area, heating)] = [of(0), of(1), of(2)];
    formula_5(&GasNorms {
        persons: &cooks.or(warms).unwrap_or_default(),
        cooking: &cooking,
        water_heating: &water_heating,
        area: &area.unwrap_or_default(),
        heating: &heating,
    })
}

fn term<'a>(
    purpose: &'static str,
    persons: Persons,
    category: &'a Code,
    norm: &'a Fact<NormRate>,
) -> Term<'a> {
    Term {
        purpose,
        amount: Ratio::from(persons.count),
        said: persons.said,
        norm,
        category,
        events: persons.events,
    }
}
