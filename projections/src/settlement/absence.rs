//! What a temporary absence takes off the norm (ПП 354 п. 86–97).
//!
//! The norm itself stays whole, in the balance and in the common part (п. 88): the absence is a
//! credit of its own beside it.

use std::collections::BTreeMap;

use aggregates::ids::PremisesId;
use aggregates::quantity::Unit;
use aggregates::vocabulary::Resource;
use chrono::{Days, NaiveDate};

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::facts::{AbsenceFact, PremisesFacts};
use crate::settlement::formulas::norms::absence_90;
use crate::settlement::individual::{Individual, Own};
use crate::settlement::model::{ProblemKind, SettlementError};
use crate::settlement::norms::Normed;
use crate::settlement::rates::days;
use crate::settlement::ratio::Ratio;
use crate::settlement::service::OwnOf;
use crate::settlement::settling::{Place, Settling, rule_step};
use crate::settlement::units::{shown, shown_in};
use crate::text;

/// What an absence takes off a volume by the norm.
#[derive(Clone, Debug)]
pub(crate) struct Relief {
    /// Not below zero.
    pub(crate) volume: Ratio,
    pub(crate) unit: Unit,
    /// What of it falls on which day.
    pub(crate) by_day: BTreeMap<NaiveDate, Ratio>,
    /// What of it is whose: of a communal flat by rooms.
    pub(crate) by_premises: BTreeMap<PremisesId, Ratio>,
    pub(crate) parts: Vec<Explanation>,
}

impl Relief {
    fn of(unit: Unit) -> Self {
        Self {
            volume: Ratio::zero(),
            unit,
            by_day: BTreeMap::new(),
            by_premises: BTreeMap::new(),
            parts: Vec::new(),
        }
    }

    fn add(&mut self, id: PremisesId, day: NaiveDate, volume: &Ratio) {
        self.volume = &self.volume + volume;
        let on_day = self.by_day.entry(day).or_default();
        *on_day = &*on_day + volume;
        let of_premises = self.by_premises.entry(id).or_default();
        *of_premises = &*of_premises + volume;
    }

    fn join(mut self, other: Self) -> Self {
        self.volume = self.volume + other.volume;
        for (day, volume) in other.by_day {
            let sum = self.by_day.entry(day).or_default();
            *sum = &*sum + volume;
        }
        for (id, volume) in other.by_premises {
            let sum = self.by_premises.entry(id).or_default();
            *sum = &*sum + volume;
        }
        self.parts.extend(other.parts);
        self
    }

    /// Why it is so much.
    pub(crate) fn because(&self) -> Explanation {
        Explanation::new("settlement.absence", "временное отсутствие")
            .formula(format!("−{}", shown_in(&self.volume, self.unit)))
            .clause("ПП 354 п. 86, 90")
            .parts(self.parts.clone())
    }
}

/// Days of absence with the same persons by the same norms.
struct Away<'a> {
    days: u32,
    from: NaiveDate,
    persons: u32,
    norms: Vec<String>,
    volume: Ratio,
    events: Vec<EventAt>,
    number: &'a str,
}

impl<'a> Settling<'a> {
    /// What absences take off the own consumption of premises in the month. Those that do not count
    /// are noted with the reason.
    ///
    /// `all` holds the waters that sewage is the sum of.
    pub(crate) fn relief(
        &mut self,
        of: Normed<'a>,
        own: &Individual,
        all: &OwnOf,
    ) -> Result<Option<Relief>, SettlementError> {
        let is_sum = own.method == aggregates::account::bill::VolumeMethod::Sum;
        if !(of.resource == Resource::Sewage && is_sum) {
            return self.relief_of_norm(of, own);
        }
        let mut joined: Option<Relief> = None;
        for water in [Resource::ColdWater, Resource::HotWater] {
            let found = all.get(&water).and_then(|own| own.get(&of.id));
            let Some(own) = found.and_then(Own::known) else {
                continue;
            };
            let of = Normed {
                resource: water,
                ..of
            };
            let relief = self.relief_of_norm(of, own)?;
            joined = match (joined, relief) {
                (Some(one), Some(other)) => Some(one.join(other)),
                (one, other) => one.or(other),
            };
        }
        Ok(joined)
    }

    fn relief_of_norm(
        &mut self,
        of: Normed<'a>,
        own: &Individual,
    ) -> Result<Option<Relief>, SettlementError> {
        let rule = self
            .edition
            .absence_recalculated(of.resource, self.last_day())?;
        let mut who: Vec<(PremisesId, &'a PremisesFacts)> = self.rooms_of(of.id);
        who.push((of.id, of.facts));
        let rule_allows = rule.value;
        let step = rule_step("услуга пересчитывается за отсутствие", &rule);
        let mut relief = Relief::of(own.unit);
        for (id, facts) in who {
            let here = facts
                .absences
                .iter()
                .filter(|absence| self.touches(absence));
            let here: Vec<&'a AbsenceFact> = here.collect();
            if here.is_empty() || !rule_allows {
                continue;
            }
            let mut counted = Vec::with_capacity(here.len());
            for absence in here {
                match self.why_not(of, own, absence)? {
                    Some(why) => self.flag_absence(of, absence, &why),
                    None => counted.push(absence),
                }
            }
            self.take_away(of, (id, facts), &counted, &mut relief)?;
        }
        relief.parts.push(step);
        Ok((!relief.volume.is_zero()).then_some(relief))
    }

    /// Whether a full day of an absence lies in the month.
    fn touches(&self, absence: &AbsenceFact) -> bool {
        absence.departed < self.period.last_day() && self.period.first_day() < absence.returned
    }

    /// Why an absence takes nothing off; `None` where it does.
    fn why_not(
        &self,
        of: Normed<'a>,
        own: &Individual,
        absence: &AbsenceFact,
    ) -> Result<Option<String>, SettlementError> {
        if let Some(refused) = absence.refused {
            return Ok(Some(format!("отказано: {}", refused.title_ru())));
        }
        let over = self.edition.absence_full_days_over(self.last_day())?;
        if absence.full_days() <= i64::from(over.value) {
            return Ok(Some(format!(
                "полных дней {}, а нужно больше {} (п. 86)",
                absence.full_days(),
                over.value
            )));
        }
        let within = self.edition.absence_application_days(self.last_day())?;
        let last = absence.returned + Days::new(u64::from(within.value));
        if last < absence.applied_on {
            return Ok(Some(format!(
                "заявление подано {}, а срок истёк {} (п. 91)",
                text::day(absence.applied_on),
                text::day(last)
            )));
        }
        if own.is_metered {
            return Ok(Some(
                "объём определяется по прибору учёта (п. 86)".to_owned(),
            ));
        }
        let mut away = days(self.period).filter(|day| absence.covers(*day));
        let proved = away.any(|day| self.impossible_on(of, day).is_some());
        Ok((!proved).then(|| {
            "нет акта об отсутствии технической возможности установить прибор (п. 86)".to_owned()
        }))
    }

    fn impossible_on(&self, of: Normed<'a>, day: NaiveDate) -> Option<EventAt> {
        let rows = of.facts.impossible.get(&of.resource)?;
        rows.on(day).map(|fact| fact.event)
    }

    fn flag_absence(&mut self, of: Normed<'a>, absence: &AbsenceFact, why: &str) {
        let place = Place {
            resource: Some(of.resource),
            premises: Some((of.id, of.facts)),
        };
        let text = format!(
            "отсутствие {} – {} не учтено: {why}",
            text::day(absence.departed),
            text::day(absence.returned)
        );
        let events = vec![absence.event];
        self.flag(ProblemKind::AbsenceNotCounted, place, text, events);
    }

    /// Takes the norm of those away off, day by day: never more than live there.
    fn take_away(
        &self,
        of: Normed<'a>,
        (id, facts): (PremisesId, &'a PremisesFacts),
        absences: &[&AbsenceFact],
        relief: &mut Relief,
    ) -> Result<(), SettlementError> {
        let mut spans: Vec<Away<'a>> = Vec::new();
        for day in days(self.period) {
            let today = absences.iter().filter(|absence| absence.covers(day));
            let (Some(act), Some(living)) = (self.impossible_on(of, day), facts.residents_on(day))
            else {
                continue;
            };
            let gone: u32 = today.clone().map(|absence| absence.persons).sum();
            let gone = gone.min(living.value);
            let Ok(terms) = self.norm_terms(of, day) else {
                continue;
            };
            let terms = terms.iter().filter(|term| term.is_by_persons() && gone > 0);
            let mut volume = Ratio::zero();
            let mut norms = Vec::new();
            let mut events = vec![act, living.event];
            for term in terms {
                let rate = Ratio::from(term.norm.value);
                let part = absence_90(gone, &rate, 1, self.period);
                volume = volume + part.map_err(|_| self.too_large())?;
                norms.push(term.rate());
                events.push(term.norm.event);
            }
            if volume.is_zero() {
                continue;
            }
            relief.add(id, day, &volume);
            events.extend(today.map(|absence| absence.event));
            let joins = |span: &&mut Away<'a>| {
                let next = span.from + Days::new(u64::from(span.days));
                next == day && span.persons == gone && span.events == events
            };
            match spans.last_mut().filter(joins) {
                Some(span) => {
                    span.days += 1;
                    span.volume = &span.volume + &volume;
                }
                None => spans.push(Away {
                    days: 1,
                    from: day,
                    persons: gone,
                    norms,
                    volume,
                    events,
                    number: facts.number.as_str(),
                }),
            }
        }
        let month = self.period.days();
        relief.parts.extend(
            spans
                .into_iter()
                .map(|span| span.explained(month, relief.unit)),
        );
        Ok(())
    }
}

impl Away<'_> {
    fn explained(self, month: u32, unit: Unit) -> Explanation {
        let text = format!(
            "пом. {}: отсутствует {} чел., с {}, полных дней {}",
            self.number,
            self.persons,
            text::day(self.from),
            self.days
        );
        let formula = format!(
            "{} · ({}) · {}/{month} = {}",
            self.persons,
            self.norms.join(" + "),
            self.days,
            shown_in(&self.volume, unit)
        );
        Explanation::new("settlement.away", text)
            .formula(formula)
            .events(self.events)
    }
}

impl Settling<'_> {
    /// How a part of a relief is said: `0,4 м³ из 1,2 м³`.
    pub(crate) fn relief_share(&self, part: &Ratio, relief: &Relief) -> String {
        format!(
            "{} из {}",
            shown(part),
            shown_in(&relief.volume, relief.unit)
        )
    }
}
