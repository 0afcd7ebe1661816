//! Which price and which norm hold on the days of a period.

use std::collections::BTreeMap;
use std::rc::Rc;

use aggregates::quantity::{NormRate, Unit};
use aggregates::tariff_book::event::{NormKey, TariffComponent};
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::settlement::facts::{Amenities, Fact, RateFacts, TariffFact};

/// Category of a norm that is the same for all premises.
const EVERY_CATEGORY: &str = "all";
/// Payers of premises that are no dwelling.
const OTHERS: &str = "others";
/// Payers of dwellings.
const POPULATION: &str = "population";
/// Payers of dwellings with electric stoves.
const ELECTRIC_STOVES: &str = "population_electric_stoves";
/// Payers of dwellings with gas stoves.
const GAS_STOVES: &str = "population_gas_stoves";

/// What a price is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PriceKey {
    pub(crate) resource: Resource,
    pub(crate) component: TariffComponent,
    pub(crate) zone: Option<Code>,
    pub(crate) payers: Code,
}

/// Days on which one price holds: one row, or one a range of the monthly volume.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PriceSpan<'a> {
    pub(crate) from: NaiveDate,
    pub(crate) days: u32,
    /// By the range's beginning; never empty.
    pub(crate) rows: Vec<&'a TariffFact>,
}

impl PriceSpan<'_> {
    /// First day after.
    pub(crate) fn until(&self) -> NaiveDate {
        self.from + chrono::Days::new(u64::from(self.days))
    }
}

/// The prices of one period.
#[derive(Debug)]
pub(crate) struct Prices<'a> {
    period: Period,
    /// Rows that hold on some day of the period, with the first day on which they do not.
    rows: Vec<(&'a TariffFact, Option<NaiveDate>)>,
    known: BTreeMap<PriceKey, Rc<[PriceSpan<'a>]>>,
}

impl<'a> Prices<'a> {
    pub(crate) fn of(rates: &'a RateFacts, period: Period) -> Self {
        let in_period = |row: &&TariffFact| row.validity.from() <= period.last_day();
        let rows = rates.tariffs.iter().filter(in_period);
        let rows = rows.map(|row| (row, rates.holds_until(row)));
        let rows = rows.filter(|(_, until)| until.is_none_or(|until| period.first_day() < until));
        Self {
            period,
            rows: rows.collect(),
            known: BTreeMap::new(),
        }
    }

    /// The price on each day of the period; empty where a day has none.
    pub(crate) fn spans(&mut self, key: &PriceKey) -> Rc<[PriceSpan<'a>]> {
        if let Some(known) = self.known.get(key) {
            return Rc::clone(known);
        }
        let spans: Rc<[PriceSpan<'a>]> = self.find(key).unwrap_or_default().into();
        self.known.insert(key.clone(), Rc::clone(&spans));
        spans
    }

    fn find(&self, key: &PriceKey) -> Option<Vec<PriceSpan<'a>>> {
        let mut spans: Vec<PriceSpan<'a>> = Vec::new();
        for day in days(self.period) {
            let mut rows: Vec<&'a TariffFact> = self
                .rows
                .iter()
                .filter(|(row, until)| {
                    row.key.resource == key.resource
                        && row.key.component == key.component
                        && row.key.zone == key.zone
                        && row.key.payers == key.payers
                        && row.validity.from() <= day
                        && until.is_none_or(|until| day < until)
                })
                .map(|(row, _)| *row)
                .collect();
            rows.sort_by_key(|row| row.key.range.as_ref().map(|range| range.above.value()));
            if rows.is_empty() {
                return None;
            }
            match spans.last_mut().filter(|span| span.rows == rows) {
                Some(span) => span.days += 1,
                None => spans.push(PriceSpan {
                    from: day,
                    days: 1,
                    rows,
                }),
            }
        }
        Some(spans)
    }

    /// Whether a resource has a price of this component for these payers.
    pub(crate) fn has(
        &self,
        resource: Resource,
        component: TariffComponent,
        payers: &Code,
    ) -> bool {
        self.rows.iter().any(|(row, _)| {
            row.key.resource == resource
                && row.key.component == component
                && row.key.payers == *payers
        })
    }

    /// Whose prices premises pay: those of the stoves that their category names, else those of the
    /// population as a whole, else the only ones there are.
    pub(crate) fn payers(
        &self,
        resource: Resource,
        residential: bool,
        category: Option<&Code>,
    ) -> Option<Code> {
        let group = |name: &str| Code::new(name).ok();
        if !residential {
            return group(OTHERS);
        }
        let word = category.map(Code::as_str).unwrap_or_default();
        let mut wanted = Vec::new();
        if word.contains("electric") {
            wanted.push(ELECTRIC_STOVES);
        }
        if word.contains("gas") {
            wanted.push(GAS_STOVES);
        }
        wanted.push(POPULATION);
        let of_resource: Vec<&Code> = self
            .rows
            .iter()
            .filter(|(row, _)| row.key.resource == resource)
            .map(|(row, _)| &row.key.payers)
            .collect();
        let named = wanted
            .iter()
            .find_map(|name| of_resource.iter().find(|payers| payers.as_str() == *name));
        if let Some(named) = named {
            return Some((*named).clone());
        }
        let mut populations = of_resource
            .iter()
            .filter(|payers| payers.as_str().starts_with(POPULATION));
        let first = populations.next()?;
        let only = populations.all(|other| other == first);
        only.then(|| (*first).clone())
    }
}

/// What a norm is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NormOf<'a> {
    pub(crate) resource: Resource,
    pub(crate) purpose: &'a str,
    pub(crate) amenities: Option<&'a Amenities>,
    pub(crate) persons: Option<u32>,
}

impl RateFacts {
    /// The norm in force on a day, with the category it was found under.
    pub(crate) fn norm_on(
        &self,
        of: NormOf<'_>,
        day: NaiveDate,
    ) -> Option<(&Code, &Fact<NormRate>)> {
        let holding = || {
            self.norms
                .iter()
                .filter(|(key, _)| {
                    key.resource == of.resource && key.purpose.as_str() == of.purpose
                })
                .filter_map(|(key, rows)| Some((key, rows.on(day)?)))
        };
        let own = of.amenities.map(|amenities| amenities.category.as_str());
        let category = own
            .into_iter()
            .chain([EVERY_CATEGORY])
            .find(|name| holding().any(|(key, _)| key.category.as_str() == *name))
            .or_else(|| only_category(holding().map(|(key, _)| key)))?;
        let rooms = of.amenities.and_then(|amenities| amenities.rooms);
        let fitting = holding().filter(|(key, _)| {
            key.category.as_str() == category
                && reaches(key.rooms, rooms.map(u32::from))
                && reaches(key.persons, of.persons)
        });
        fitting
            .max_by_key(|(key, _)| (key.rooms, key.persons))
            .map(|(key, norm)| (&key.category, norm))
    }
}

/// Whether a norm for so many rooms or persons is for that number; the greatest stands for more.
fn reaches(normed: Option<u8>, given: Option<u32>) -> bool {
    match normed {
        None => true,
        Some(normed) => given.is_some_and(|given| u32::from(normed) <= given),
    }
}

/// Whether a norm of this category is for premises with these amenities, and not merely the only
/// one on record.
pub(crate) fn has_own_category(category: &Code, amenities: Option<&Amenities>) -> bool {
    category.as_str() == EVERY_CATEGORY
        || amenities.is_none_or(|amenities| amenities.category == *category)
}

/// The category that all these norms have.
fn only_category<'k>(mut keys: impl Iterator<Item = &'k NormKey>) -> Option<&'k str> {
    let first = keys.next()?.category.as_str();
    keys.all(|key| key.category.as_str() == first)
        .then_some(first)
}

/// The days of a period.
pub(crate) fn days(period: Period) -> impl Iterator<Item = NaiveDate> {
    period
        .first_day()
        .iter_days()
        .take_while(move |day| *day <= period.last_day())
}

/// The unit in which volumes of a resource are reckoned.
pub(crate) fn unit_of(resource: Resource) -> Unit {
    match resource {
        Resource::ColdWater | Resource::HotWater | Resource::Sewage | Resource::Gas => {
            Unit::CubicMetre
        }
        Resource::Electricity => Unit::KilowattHour,
        Resource::Heat | Resource::Cooling => Unit::Gigacalorie,
    }
}
