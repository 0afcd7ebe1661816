//! The charges of premises for what they consumed themselves.

use aggregates::account::bill::{ChargeKey, ChargePart, VolumeMethod};
use aggregates::vocabulary::Resource;
use chrono::{Months, NaiveDate};

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::rules::InForce;
use crate::settlement::formulas::individual::late_replacement_80;
use crate::settlement::gaps::GapOf;
use crate::settlement::individual::Individual;
use crate::settlement::model::{Charge, SettlementError};
use crate::settlement::pricing::Priced;
use crate::settlement::rates::days;
use crate::settlement::ratio::Ratio;
use crate::settlement::recheck::Recheck;
use crate::settlement::service::{Served, Serving, clause_of};
use crate::settlement::settling::{Settling, rule_step};
use crate::settlement::units::shown;
use crate::text;

/// П. 61: the check of a meter.
const CLAUSE_61: &str = "ПП 354 п. 61";

/// A meter that was not replaced in its term.
struct Late {
    /// When it went out of order.
    since: NaiveDate,
    event: EventAt,
    /// The days of the period after the term.
    days: Vec<NaiveDate>,
}

impl<'a> Settling<'a> {
    /// The charges for the own consumption of premises.
    pub(super) fn own_charges(
        &mut self,
        serving: Serving<'a>,
        served: Served<'a>,
        own: &Individual,
    ) -> Result<Vec<Charge>, SettlementError> {
        let mut because = own.because.clone();
        if let Some(act) = own.exempt {
            because = because.parts([Explanation::new(
                "settlement.metering_impossible",
                "установка прибора технически невозможна: без повышающего коэффициента",
            )
            .events([act])]);
        }
        let priced = Priced {
            volume: own.volume.clone(),
            unit: own.unit,
            method: own.method,
            registers: own.registers.clone(),
            dated: own.dated.clone(),
            bare: own.bare.clone(),
            handovers: own.handovers.clone(),
            multiplied: own.multiplied.clone(),
            is_refused_twice: own.is_refused_twice,
            clause: clause_of(serving.resource, own),
            because,
            ..self.unpriced(serving, served)
        };
        let mut charges = match &own.recheck {
            None => self.price(&priced)?,
            Some(recheck) => self.price_recheck(&priced, recheck)?,
        };
        if serving.resource == Resource::Electricity {
            charges.extend(self.lowered(served, &charges)?);
        }
        Ok(charges)
    }

    /// The difference of a check is a line of its own, at the price of the period of the check
    /// (п. 61); the rest is charged as ever.
    fn price_recheck(
        &mut self,
        own: &Priced<'a>,
        recheck: &Recheck,
    ) -> Result<Vec<Charge>, SettlementError> {
        let mut rest = own.clone();
        rest.volume = &own.volume - &recheck.volume;
        for (register, volume) in &recheck.registers {
            if let Some(left) = rest.registers.get_mut(register) {
                *left = &*left - volume;
            }
        }
        let mut charges = match rest.volume.is_zero() && rest.dated.is_empty() {
            true => Vec::new(),
            false => self.price(&rest)?,
        };
        let checked = Priced {
            part: ChargePart::CheckRecalculation,
            volume: recheck.volume.clone(),
            registers: recheck.registers.clone(),
            method: VolumeMethod::Meter,
            multiplied: Ratio::zero(),
            dated: Vec::new(),
            clause: CLAUSE_61,
            ..own.clone()
        };
        charges.extend(self.price(&checked)?);
        Ok(charges)
    }

    /// What the charges are lowered by on days on which a meter should have been replaced already
    /// (rules ).
    fn lowered(
        &self,
        served: Served<'a>,
        charges: &[Charge],
    ) -> Result<Vec<Charge>, SettlementError> {
        let last_day = self.last_day();
        let Some(factor) = self.edition.late_replacement_factor(last_day) else {
            return Ok(Vec::new());
        };
        if !self.is_residential(served.facts) {
            return Ok(Vec::new());
        }
        let mut lowered = Vec::new();
        for of in self.meters_of(served.id, served.facts, Resource::Electricity)? {
            let Some(late) = self.late(of)? else {
                continue;
            };
            for charge in charges {
                lowered.extend(self.lower(charge, &late, &factor)?);
            }
            // Of several meters one is enough.
            break;
        }
        Ok(lowered)
    }

    /// The days of the period on which a meter is out of order beyond the term of its replacement.
    fn late(&self, of: GapOf<'a>) -> Result<Option<Late>, SettlementError> {
        let mut late: Option<Late> = None;
        for day in days(self.period) {
            let Some((since, event)) = self.out_of_order_since(of, day) else {
                continue;
            };
            let months = self.edition.replacement_months(since, day)?;
            let term = since.checked_add_months(Months::new(months.value));
            if term.ok_or(SettlementError::OutOfCalendar)? > day {
                continue;
            }
            let known = late.get_or_insert(Late {
                since,
                event,
                days: Vec::new(),
            });
            known.days.push(day);
        }
        Ok(late)
    }

    fn lower(
        &self,
        charge: &Charge,
        late: &Late,
        factor: &InForce<'_, rust_decimal::Decimal>,
    ) -> Result<Option<Charge>, SettlementError> {
        let until = charge.key.from + chrono::Days::new(u64::from(charge.days));
        let within = |day: &&NaiveDate| charge.key.from <= **day && **day < until;
        let count = u32::try_from(late.days.iter().filter(within).count()).unwrap_or_default();
        if charge.key.part != ChargePart::Individual || count == 0 {
            return Ok(None);
        }
        let by = Ratio::from(factor.value);
        let amount = late_replacement_80(&charge.amount, &by, (count, charge.days));
        let amount = amount.map_err(|_| self.too_large())?;
        let formula = format!(
            "{} ₽ · (1 − {}) · {count} / {} = {} ₽, со знаком минус",
            shown(&charge.amount),
            text::number(factor.value),
            charge.days,
            shown(&-amount.clone())
        );
        let said = format!(
            "прибор неисправен с {} и не заменён в срок: цена · {}",
            text::day(late.since),
            text::number(factor.value)
        );
        let clause = &factor.parameter.clause;
        let because = Explanation::new("settlement.late_replacement", said.clone())
            .formula(formula)
            .clause(clause.as_str())
            .edition(self.edition.name())
            .events([late.event])
            .parts([rule_step(said, factor)]);
        Ok(Some(Charge {
            key: ChargeKey {
                part: ChargePart::LateReplacement,
                ..charge.key.clone()
            },
            volume: None,
            multiplier: None,
            amount,
            clause: clause.clone(),
            because,
            ..charge.clone()
        }))
    }
}
