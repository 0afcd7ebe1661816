//! From volumes to money: prices by component, zone, range and day, and the multiplier.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aggregates::account::bill::{ChargeKey, ChargePart, Multiplier, VolumeMethod};
use aggregates::ids::{OrganisationId, PremisesId};
use aggregates::quantity::{TariffRate, Unit};
use aggregates::tariff_book::event::TariffComponent;
use aggregates::text::Code;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::rules::InForce;
use crate::settlement::facts::{PremisesFacts, TariffFact};
use crate::settlement::formulas::hot_water::heat_of_water;
use crate::settlement::formulas::individual::{self, formula_1, formula_4_1};
use crate::settlement::model::{Charge, ExactVolume, ProblemKind, SettlementError, Severity, Vat};
use crate::settlement::rates::{NormOf, PriceKey, PriceSpan};
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling, label, rule_step};
use crate::settlement::spread::{Dated, Spread};
use crate::settlement::units::{decimal_in, in_unit, shown, shown_in};
use crate::text;

/// Norm of heat for heating a cubic metre of water.
const HEATING_OF_WATER: &str = "heating_of_water";

/// A volume of premises that is to be priced.
#[derive(Clone, Debug)]
pub(crate) struct Priced<'a> {
    pub(crate) premises: PremisesId,
    pub(crate) facts: &'a PremisesFacts,
    pub(crate) resource: Resource,
    pub(crate) part: ChargePart,
    pub(crate) provider: OrganisationId,
    /// Whether the house's own bill carries it: only then a missing price hinders closing.
    pub(crate) is_billed_here: bool,
    pub(crate) volume: Ratio,
    pub(crate) unit: Unit,
    pub(crate) method: VolumeMethod,
    /// By register, where meters tell it; empty otherwise.
    pub(crate) registers: BTreeMap<Code, Ratio>,
    /// The part of the volume whose price a multiplier raises.
    pub(crate) multiplied: Ratio,
    /// Whether it is raised for a second refusal of access (п. 60(3)).
    pub(crate) is_refused_twice: bool,
    /// The parts of the volume that belong to known days.
    pub(crate) dated: Vec<Dated>,
    /// Days that only dated parts belong to.
    pub(crate) bare: Vec<NaiveDate>,
    /// Days on which a charge of its own begins.
    pub(crate) handovers: BTreeSet<NaiveDate>,
    pub(crate) clause: &'static str,
    /// Why the volume is so much.
    pub(crate) because: Explanation,
    /// The arrangement it is provided by.
    pub(crate) arrangement: EventAt,
}

/// One component, zone and volume of a charge.
struct Portion {
    component: TariffComponent,
    zone: Option<Code>,
    volume: Spread,
    unit: Unit,
    multiplied: Spread,
    /// The volume of the month over all zones, which ranges of the price go by.
    ranged: Ratio,
    because: Explanation,
}

impl<'a> Settling<'a> {
    /// The charges for a volume: one a component, zone and price; none where a price is missing,
    /// which is noted.
    pub(crate) fn price(&mut self, of: &Priced<'a>) -> Result<Vec<Charge>, SettlementError> {
        let Some(payers) = self.payers_of(of) else {
            self.no_price(of, None);
            return Ok(Vec::new());
        };
        let mut charges = Vec::new();
        for portion in self.portions(of, &payers) {
            let key = PriceKey {
                resource: of.resource,
                component: portion.component,
                zone: portion.zone.clone(),
                payers: payers.clone(),
            };
            let spans: Rc<[PriceSpan<'a>]> = self.prices.spans(&key);
            if spans.is_empty() {
                self.no_price(of, Some(&key));
                continue;
            }
            for span in cut(&spans, &of.handovers).iter() {
                match self.charge(of, &portion, span)? {
                    Some(charge) => charges.push(charge),
                    None => self.no_price(of, Some(&key)),
                }
                charges.extend(self.excesses(of, &portion, span)?);
            }
        }
        Ok(charges)
    }

    fn payers_of(&self, of: &Priced<'a>) -> Option<Code> {
        let day = self.last_day();
        let amenities = of.facts.amenities.on(day).map(|fact| &fact.value);
        let persons = of.facts.persons_on(day).map(|fact| fact.value);
        let residential = self.is_residential(of.facts);
        let own = amenities.map(|amenities| &amenities.category);
        let named = own.filter(|category| category.as_str().contains("stove"));
        let norm = NormOf {
            resource: of.resource,
            purpose: "individual",
            amenities,
            persons,
        };
        // Where the category of the premises says nothing of stoves, that of their norm may.
        let normed = self.book.rates.norm_on(norm, day);
        let category = named.or(normed.map(|(category, _)| category)).or(own);
        self.prices.payers(of.resource, residential, category)
    }

    fn portions(&mut self, of: &Priced<'a>, payers: &Code) -> Vec<Portion> {
        let whole = |component| Portion {
            component,
            zone: None,
            volume: self.spread(of, &of.volume, |part| part.counts),
            unit: of.unit,
            multiplied: self.spread(of, &of.multiplied, |part| part.is_multiplied),
            ranged: of.volume.clone(),
            because: of.because.clone(),
        };
        if of.resource == Resource::HotWater && self.is_made_here(Resource::HotWater) {
            return vec![whole(TariffComponent::ColdWater)];
        }
        let has = |component| self.prices.has(of.resource, component, payers);
        if of.resource == Resource::HotWater && has(TariffComponent::HeatEnergy) {
            let carrier = match has(TariffComponent::HeatCarrier) {
                true => TariffComponent::HeatCarrier,
                false => TariffComponent::ColdWater,
            };
            let carrier = whole(carrier);
            let heat = self.heat_of_water(of, &carrier.volume);
            return [carrier].into_iter().chain(heat).collect();
        }
        let mut rest = whole(TariffComponent::Single);
        let mut portions = Vec::new();
        for zone in self.zones(of, payers) {
            rest.volume = rest.volume.less(&zone.volume);
            rest.multiplied = rest.multiplied.less(&zone.multiplied);
            portions.push(zone);
        }
        let left = rest.volume.total();
        if portions.is_empty() || !left.is_zero() {
            self.flag_unzoned(of, &portions, &left);
            portions.push(rest);
        }
        portions
    }

    /// Registers that have prices of their own; none where the whole volume has one price.
    fn zones(&mut self, of: &Priced<'a>, payers: &Code) -> Vec<Portion> {
        let mut zones = Vec::new();
        for (register, volume) in &of.registers {
            let key = PriceKey {
                resource: of.resource,
                component: TariffComponent::Single,
                zone: Some(register.clone()),
                payers: payers.clone(),
            };
            if self.prices.spans(&key).is_empty() {
                continue;
            }
            let is_own = |part: &Dated| part.register.as_ref() == Some(register);
            let is_multiplied = |part: &Dated| is_own(part) && part.is_multiplied;
            let raised = of.dated.iter().filter(|part| is_multiplied(part));
            let raised: Ratio = raised.map(|part| &part.volume).sum();
            let step = Explanation::new("settlement.zone", format!("зона {register}"))
                .formula(shown_in(volume, of.unit));
            zones.push(Portion {
                component: TariffComponent::Single,
                zone: Some(register.clone()),
                volume: self.spread(of, volume, is_own),
                unit: of.unit,
                multiplied: self.spread(of, &raised, is_multiplied),
                ranged: of.volume.clone(),
                because: step.parts([of.because.clone()]),
            });
        }
        zones
    }

    /// Notes that zones do not make up the volume. The norm for days without a meter has none.
    fn flag_unzoned(&mut self, of: &Priced<'a>, zones: &[Portion], left: &Ratio) {
        let normed = of.dated.iter().filter(|part| part.register.is_none());
        let normed: Ratio = normed.map(|part| &part.volume).sum();
        if zones.is_empty() || normed == *left {
            return;
        }
        let text = format!(
            "зоны не составляют всего объёма: {} остаётся вне зон и идёт по цене без зон. \
             Проверьте показания",
            shown_in(left, of.unit)
        );
        let kind = ProblemKind::ZonesIncomplete;
        self.flag(kind, place(of), text, of.because.all_events());
    }

    /// A part of the volume on the days that it belongs to.
    fn spread(&self, of: &Priced<'a>, total: &Ratio, has: impl Fn(&Dated) -> bool) -> Spread {
        let dated = of.dated.iter().filter(|part| has(part));
        Spread::new(total, dated, &of.bare, self.period)
    }

    /// Heat in the hot water: V·q (ф. 23).
    fn heat_of_water(&mut self, of: &Priced<'a>, water: &Spread) -> Option<Portion> {
        let day = self.last_day();
        let norm = NormOf {
            resource: Resource::HotWater,
            purpose: HEATING_OF_WATER,
            amenities: of.facts.amenities.on(day).map(|fact| &fact.value),
            persons: None,
        };
        let Some((_, norm)) = self.book.rates.norm_on(norm, day) else {
            let text = "норматив тепла на подогрев воды не внесён: без него компонент на тепловую \
                        энергию не рассчитать";
            let severity = severity(of);
            self.note(severity, ProblemKind::NoNorm, place(of), text, Vec::new());
            return None;
        };
        let rate = Ratio::from(norm.value);
        let volume = heat_of_water(&of.volume, &rate);
        let unit = norm.value.unit();
        let formula = format!(
            "{} · {} = {}",
            shown(&of.volume),
            decimal_in(norm.value.value(), unit),
            shown_in(&volume, unit)
        );
        let because = Explanation::new("settlement.heat_of_water", "тепло на подогрев воды")
            .formula(formula)
            .events([norm.event])
            .parts([of.because.clone()]);
        Some(Portion {
            component: TariffComponent::HeatEnergy,
            zone: None,
            volume: water.times(&rate),
            ranged: volume,
            unit,
            multiplied: water.times(&Ratio::zero()),
            because,
        })
    }

    /// The charge of one portion on the days of one price; `None` where the price is for a unit
    /// that the volume cannot be told in.
    fn charge(
        &self,
        of: &Priced<'a>,
        portion: &Portion,
        span: &PriceSpan<'a>,
    ) -> Result<Option<Charge>, SettlementError> {
        let volume = portion.volume.within(span.from, span.until());
        let Some(priced) = priced(portion, &volume, span) else {
            return Ok(None);
        };
        let amount = priced.amount;
        let vat = vat_of(span);
        let formula = match priced.price {
            Some(price) => format!(
                "{} · {} = {} ₽",
                shown_in(&volume, portion.unit),
                text::number(price.price()),
                shown(&amount)
            ),
            None => format!("{} по диапазонам = {} ₽", shown(&volume), shown(&amount)),
        };
        let because = Explanation::new("settlement.charge", title(of, portion))
            .formula(formula)
            .clause(of.clause)
            .edition(self.edition.name())
            .events([of.arrangement])
            .parts([portion.because.clone(), self.price_step(span)]);
        Ok(Some(Charge {
            key: key(of, of.part, portion, span.from),
            days: span.days,
            provider: of.provider,
            volume: Some(ExactVolume::new(volume, portion.unit)),
            method: of.method,
            price: priced.price,
            vat,
            multiplier: None,
            amount,
            clause: label(of.clause)?,
            because,
        }))
    }

    /// What a multiplier adds to the price, one a multiplier that holds on days of the span.
    fn excesses(
        &self,
        of: &Priced<'a>,
        portion: &Portion,
        span: &PriceSpan<'a>,
    ) -> Result<Vec<Charge>, SettlementError> {
        if portion.multiplied.is_zero() {
            return Ok(Vec::new());
        }
        let mut found: Vec<(NaiveDate, u32, Multiplier)> = Vec::new();
        for day in span.from.iter_days().take_while(|day| *day < span.until()) {
            let multiplier = self.multiplier_of(of, portion.component, day)?.value;
            match found.last_mut().filter(|(_, _, last)| *last == multiplier) {
                Some((_, days, _)) => *days += 1,
                None => found.push((day, 1, multiplier)),
            }
        }
        let mut charges = Vec::with_capacity(found.len());
        for (from, days, multiplier) in found {
            if Ratio::from(multiplier) != Ratio::from(1_u32) {
                charges.extend(self.excess(of, portion, span, (from, days, multiplier))?);
            }
        }
        Ok(charges)
    }

    /// The multiplier on a day: that of a second refusal where one is set.
    fn multiplier_of(
        &self,
        of: &Priced<'a>,
        component: TariffComponent,
        day: NaiveDate,
    ) -> Result<InForce<'a, Multiplier>, SettlementError> {
        let own = self.edition.second_refusal_multiplier(of.resource, day);
        match own.filter(|_| of.is_refused_twice) {
            Some(own) => Ok(own),
            None => Ok(self.edition.multiplier(of.resource, component, day)?),
        }
    }

    fn excess(
        &self,
        of: &Priced<'a>,
        portion: &Portion,
        span: &PriceSpan<'a>,
        (from, days, multiplier): (NaiveDate, u32, Multiplier),
    ) -> Result<Option<Charge>, SettlementError> {
        let until = from + chrono::Days::new(u64::from(days));
        let raised = portion.multiplied.within(from, until);
        let priced = priced(portion, &raised, span).filter(|_| !raised.is_zero());
        let Some(priced) = priced else {
            return Ok(None);
        };
        // The ranges have priced the volume already: what remains of ф. 4(1) is the factor.
        let base = individual::Priced {
            volume: &priced.amount,
            price: &Ratio::from(1_u32),
        };
        let amount = formula_4_1(base, multiplier).excess;
        let rule = self.multiplier_of(of, portion.component, from)?;
        let price = match priced.price {
            Some(price) => text::number(price.price()),
            None => "цена по диапазонам".to_owned(),
        };
        let formula = format!(
            "{} · ({} − 1) · {price} = {} ₽",
            shown_in(&raised, portion.unit),
            text::number(multiplier.value()),
            shown(&amount)
        );
        let said = format!(
            "коэффициент {} с {}",
            text::number(multiplier.value()),
            text::day(from)
        );
        let steps = [
            rule_step(said, &rule),
            portion.because.clone(),
            self.price_step(span),
        ];
        let because = Explanation::new("settlement.multiplier_excess", excess_title(of, portion))
            .formula(formula)
            .clause(rule.parameter.clause.as_str())
            .edition(self.edition.name())
            .events([of.arrangement])
            .parts(steps);
        Ok(Some(Charge {
            key: key(of, ChargePart::MultiplierExcess, portion, from),
            days,
            provider: of.provider,
            volume: None,
            method: of.method,
            price: priced.price,
            vat: vat_of(span),
            multiplier: Some(multiplier),
            amount,
            clause: rule.parameter.clause.clone(),
            because,
        }))
    }

    fn price_step(&self, span: &PriceSpan<'_>) -> Explanation {
        let prices: Vec<String> = span.rows.iter().map(|row| price_text(row)).collect();
        let text = match span.days == self.period.days() {
            true => "цена".to_owned(),
            false => format!(
                "цена с {}: {} из {} дней",
                text::day(span.from),
                span.days,
                self.period.days()
            ),
        };
        Explanation::new("settlement.price", text)
            .formula(prices.join("; "))
            .events(span.rows.iter().map(|row| row.event))
    }

    fn no_price(&mut self, of: &Priced<'a>, key: Option<&PriceKey>) {
        let mut text = "цена не внесена".to_owned();
        if let Some(key) = key {
            text = format!("цена ({}", key.component.title_ru());
            if let Some(zone) = &key.zone {
                text.push_str(&format!(", зона {zone}"));
            }
            text.push_str(&format!(") для плательщиков {} не внесена", key.payers));
        }
        text.push_str(&format!(
            " на все дни периода {}: добавьте тариф",
            self.period
        ));
        // One price is missing for many premises: it is said once.
        let place = Place {
            resource: Some(of.resource),
            premises: None,
        };
        self.note(severity(of), ProblemKind::NoPrice, place, text, Vec::new());
    }
}

/// The spans of the prices, begun anew on each of the days.
fn cut<'s, 'a>(spans: &'s [PriceSpan<'a>], on: &BTreeSet<NaiveDate>) -> Cow<'s, [PriceSpan<'a>]> {
    if on.is_empty() {
        return Cow::Borrowed(spans);
    }
    let parts = spans.iter().flat_map(|span| {
        let inside = on
            .iter()
            .filter(|day| span.from < **day && **day < span.until());
        let mut edges = vec![span.from];
        edges.extend(inside);
        edges.push(span.until());
        let part = |pair: &[NaiveDate]| PriceSpan {
            from: pair[0],
            days: u32::try_from((pair[1] - pair[0]).num_days()).unwrap_or(span.days),
            rows: span.rows.clone(),
        };
        edges.windows(2).map(part).collect::<Vec<_>>()
    });
    Cow::Owned(parts.collect())
}

fn place<'p>(of: &'p Priced<'_>) -> Place<'p> {
    Place {
        resource: Some(of.resource),
        premises: Some((of.premises, of.facts)),
    }
}

fn severity(of: &Priced<'_>) -> Severity {
    match of.is_billed_here {
        true => Severity::Blocking,
        false => Severity::Flag,
    }
}

fn key(of: &Priced<'_>, part: ChargePart, portion: &Portion, from: NaiveDate) -> ChargeKey {
    ChargeKey {
        resource: of.resource,
        part,
        component: portion.component,
        zone: portion.zone.clone(),
        from,
    }
}

fn title(of: &Priced<'_>, portion: &Portion) -> String {
    let part = match of.part {
        ChargePart::Individual if of.resource == Resource::Heat => "отопление",
        ChargePart::Individual => "индивидуальное потребление",
        ChargePart::Absence => "временное отсутствие",
        ChargePart::CommonProperty => "КР на СОИ",
        ChargePart::CommonPropertyCorrection => "перерасчёт КР на СОИ",
        ChargePart::CommonNeeds => "общедомовые нужды",
        ChargePart::MultiplierExcess => "превышение",
        ChargePart::CheckRecalculation => "перерасчёт после проверки",
        ChargePart::Interference => "доначисление за вмешательство",
        ChargePart::LateReplacement => "прибор не заменён в срок",
        ChargePart::HeatingCorrection => "корректировка отопления за год",
        ChargePart::DistributorCorrection => "корректировка отопления по распределителям",
        ChargePart::Vat => "НДС",
    };
    match portion.component {
        TariffComponent::Single => format!("{}, {part}", of.resource.title_ru()),
        component => format!(
            "{}, {part}, компонент «{}»",
            of.resource.title_ru(),
            component.title_ru()
        ),
    }
}

fn excess_title(of: &Priced<'_>, portion: &Portion) -> String {
    let title = title(of, portion);
    format!("{title}, превышение из-за повышающего коэффициента")
}

fn price_text(row: &TariffFact) -> String {
    let rate = row.price.rate;
    let mut said = format!("{} ₽ за {}", text::number(rate.price()), rate.per());
    if let Some(vat) = row.price.vat {
        let how = if row.price.vat_included {
            "в том числе"
        } else {
            "сверху"
        };
        said.push_str(&format!(", НДС {} % {how}", text::number(vat.value())));
    }
    if let Some(range) = &row.key.range {
        said.push_str(&format!(", свыше {}", text::exact(&range.above)));
    }
    said
}

/// Money for a volume by the prices of one span.
struct PricedPortion {
    amount: Ratio,
    /// The price where there is one only.
    price: Option<TariffRate>,
}

/// A volume of a portion by the prices of a span; `None` where a price is for a unit that the
/// volume cannot be told in.
fn priced(portion: &Portion, volume: &Ratio, span: &PriceSpan<'_>) -> Option<PricedPortion> {
    let mut amount = Ratio::zero();
    let mut used: Vec<TariffRate> = Vec::new();
    for row in &span.rows {
        let rate = row.price.rate;
        let volume = in_unit(volume, portion.unit, rate.per())?;
        let within = match &row.key.range {
            None => volume,
            Some(range) => {
                let month = in_unit(&portion.ranged, portion.unit, rate.per())?;
                let above = Ratio::from(range.above);
                let up_to = range.up_to.map(Ratio::from);
                volume * share_within(&month, &above, up_to.as_ref())
            }
        };
        if !within.is_zero() {
            amount = amount
                + formula_1(individual::Priced {
                    volume: &within,
                    price: &Ratio::from(rate),
                });
            used.push(rate);
        }
    }
    let price = match used.as_slice() {
        [] => span.rows.first().map(|row| row.price.rate),
        [only] => Some(*only),
        _ => None,
    };
    Some(PricedPortion { amount, price })
}

/// Which part of a month's volume lies in a range of the price; a credit is priced by the first.
fn share_within(month: &Ratio, above: &Ratio, up_to: Option<&Ratio>) -> Ratio {
    if month.is_zero() || month.is_negative() {
        return Ratio::from(u32::from(above.is_zero()));
    }
    let top = match up_to {
        Some(up_to) if up_to < month => up_to,
        _ => month,
    };
    if top <= above {
        return Ratio::zero();
    }
    (top - above).checked_div(month).unwrap_or_default()
}

fn vat_of(span: &PriceSpan<'_>) -> Option<Vat> {
    let price = &span.rows.first()?.price;
    Some(Vat {
        percent: price.vat?,
        included: price.vat_included,
    })
}
