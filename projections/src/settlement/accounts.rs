//! From the charges of premises to the lines of their accounts: shares, days, rounding, НДС.

use std::collections::BTreeMap;

use aggregates::account::bill::{BillLine, ChargeKey, ChargePart, LineKind};
use aggregates::ids::{AccountId, PremisesId};
use aggregates::quantity::{Fraction, Money};
use chrono::NaiveDate;

use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::settlement::distributors::DistributorCorrection;
use crate::settlement::facts::{AccountFacts, Fact};
use crate::settlement::formulas::individual::vat;
use crate::settlement::heat_correction::HeatCorrection;
use crate::settlement::model::{
    AccountCharges, Charge, ExplainedLine, HouseService, ProblemKind, SettlementError,
};
use crate::settlement::rates::days;
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::{Place, Settling, label};
use crate::settlement::soi::CorrectionPlan;
use crate::settlement::units::shown;
use crate::text;

/// What the bills of the period carry of earlier months.
struct Corrections {
    common: Vec<CorrectionPlan>,
    heating: Option<HeatCorrection>,
    distributors: Option<DistributorCorrection>,
}

/// Shares of an account on the days of the period.
pub(super) struct Held {
    by_day: Vec<(NaiveDate, Option<Fact<Fraction>>)>,
    events: Vec<EventAt>,
}

/// A line whose price does not hold the tax.
struct Net {
    line: BillLine,
    because: Explanation,
    percent: aggregates::quantity::Percent,
}

impl Settling<'_> {
    /// What every account that is open in the period is charged.
    pub(crate) fn accounts(
        &mut self,
        services: &[HouseService],
    ) -> Result<Vec<AccountCharges>, SettlementError> {
        let charges = billed_here(services);
        let plans = Corrections {
            common: self.correction_plans(services)?,
            heating: self.heat_correction(services)?,
            distributors: self.distributor_correction(services)?,
        };
        let book = self.book;
        let mut accounts = Vec::new();
        for (premises, ids) in &book.accounts_of {
            let of_premises = charges.get(premises).map(Vec::as_slice).unwrap_or_default();
            let mut held_together = Ratio::zero();
            for id in ids {
                let Some(facts) = book.accounts.get(id) else {
                    continue;
                };
                let held = self.held(facts);
                if held.by_day.iter().all(|(_, share)| share.is_none()) {
                    accounts.extend(self.closed_account(*id, facts, &plans)?);
                    continue;
                }
                held_together = held_together
                    + self.factor(&held, self.period.first_day(), self.period.days())?;
                let mut charged = self.account(*id, facts, &held, of_premises)?;
                let corrections = self.yearly_lines(&plans, facts, &charged.lines)?;
                charged.lines.extend(corrections);
                charged
                    .lines
                    .sort_by(|one, other| one.line.charge.cmp(&other.line.charge));
                charged.total = self.total(charged.lines.iter().map(|line| &line.line))?;
                accounts.push(charged);
            }
            self.check_shares(*premises, &held_together, !of_premises.is_empty());
        }
        for premises in charges.keys() {
            if !book.accounts_of.contains_key(premises) {
                self.check_shares(*premises, &Ratio::zero(), true);
            }
        }
        accounts.sort_by_cached_key(|account| text::natural(account.number.as_str()));
        Ok(accounts)
    }

    /// What an account that was closed before is still owed of a yearly correction.
    fn closed_account(
        &self,
        id: AccountId,
        facts: &AccountFacts,
        plans: &Corrections,
    ) -> Result<Option<AccountCharges>, SettlementError> {
        if !facts.is_closed_by(self.period.first_day()) {
            return Ok(None);
        }
        let lines = self.yearly_lines(plans, facts, &[])?;
        let total = self.total(lines.iter().map(|line| &line.line))?;
        Ok((!lines.is_empty()).then(|| AccountCharges {
            account: id,
            number: facts.number.clone(),
            premises: facts.premises,
            lines,
            total,
        }))
    }

    /// The yearly corrections of one account.
    fn yearly_lines(
        &self,
        plans: &Corrections,
        facts: &AccountFacts,
        lines: &[ExplainedLine],
    ) -> Result<Vec<ExplainedLine>, SettlementError> {
        let mut found = self.corrections(&plans.common, facts, lines)?;
        if let Some(heating) = &plans.heating {
            found.extend(self.heat_corrected(heating, facts)?);
        }
        if let Some(distributors) = &plans.distributors {
            found.extend(self.distributed(distributors, facts)?);
        }
        Ok(found)
    }

    pub(super) fn held(&self, account: &AccountFacts) -> Held {
        let by_day = days(self.period).map(|day| (day, account.share_on(day)));
        let by_day: Vec<(NaiveDate, Option<Fact<Fraction>>)> = by_day.collect();
        let shares = by_day.iter().filter_map(|(_, share)| *share);
        let mut events: Vec<EventAt> = vec![account.opened.event];
        events.extend(shares.map(|share| share.event));
        let closed = account.closed.as_ref();
        let ends_here = by_day.iter().any(|(_, share)| share.is_none());
        events.extend(closed.filter(|_| ends_here).map(|closed| closed.event));
        events.sort_unstable();
        events.dedup();
        Held { by_day, events }
    }

    /// The account's part of a charge for these days: its share on each of them.
    pub(super) fn factor(
        &self,
        held: &Held,
        from: NaiveDate,
        days: u32,
    ) -> Result<Ratio, SettlementError> {
        let span = usize::try_from(days).unwrap_or_default();
        let within = held
            .by_day
            .iter()
            .filter(|(day, _)| from <= *day)
            .take(span);
        let mut runs: Vec<(Fraction, u32)> = Vec::new();
        for share in within.filter_map(|(_, share)| share.as_ref()) {
            match runs.last_mut().filter(|(last, _)| *last == share.value) {
                Some((_, count)) => *count += 1,
                None => runs.push((share.value, 1)),
            }
        }
        let sum: Ratio = runs
            .into_iter()
            .map(|(share, count)| Ratio::from(share) * Ratio::from(count))
            .sum();
        sum.checked_div(&Ratio::from(days))
            .map_err(|_| self.too_large())
    }

    fn account(
        &self,
        id: AccountId,
        facts: &AccountFacts,
        held: &Held,
        charges: &[&Charge],
    ) -> Result<AccountCharges, SettlementError> {
        let mut lines = Vec::with_capacity(charges.len());
        let mut nets: BTreeMap<ChargeKey, Vec<Net>> = BTreeMap::new();
        for charge in charges {
            let factor = self.factor(held, charge.key.from, charge.days)?;
            if factor.is_zero() {
                continue;
            }
            let line = self.line(charge, &factor, held)?;
            if let Some(vat) = charge.vat.filter(|vat| !vat.included) {
                let key = ChargeKey {
                    part: ChargePart::Vat,
                    ..charge.key.clone()
                };
                nets.entry(key).or_default().push(Net {
                    line: line.line.clone(),
                    because: line.because.clone(),
                    percent: vat.percent,
                });
            }
            lines.push(line);
        }
        for (key, nets) in nets {
            lines.extend(self.vat_line(key, nets)?);
        }
        lines.sort_by(|one, other| one.line.charge.cmp(&other.line.charge));
        let total = self.total(lines.iter().map(|line| &line.line))?;
        Ok(AccountCharges {
            account: id,
            number: facts.number.clone(),
            premises: facts.premises,
            lines,
            total,
        })
    }

    fn line(
        &self,
        charge: &Charge,
        factor: &Ratio,
        held: &Held,
    ) -> Result<ExplainedLine, SettlementError> {
        let exact = &charge.amount * factor;
        let amount = exact.kopecks_half_up().map_err(|_| self.too_large())?;
        let volume = charge.volume.as_ref().map(|volume| {
            let mut part = volume.clone();
            part.value = &part.value * factor;
            part.stored().map_err(|_| self.too_large())
        });
        let mut because = Explanation::new("bill.line", "начислено лицевому счёту")
            .formula(format!("{} ₽ → {amount}", shown(&exact)))
            .amount(amount)
            .events(held.events.iter().copied());
        if *factor != Ratio::from(1_u32) {
            because = because.parts([Explanation::new(
                "settlement.share",
                "доля счёта в плате помещения по дням",
            )
            .formula(factor.to_string())]);
        }
        let included = charge.vat.filter(|vat| vat.included);
        Ok(ExplainedLine {
            line: BillLine {
                kind: LineKind::Charge,
                period: self.period,
                charge: charge.key.clone(),
                provider: charge.provider,
                volume: volume.transpose()?,
                method: charge.method,
                price: charge.price,
                vat: included.map(|vat| vat.percent),
                multiplier: charge.multiplier,
                amount,
                clause: charge.clause.clone(),
                caused_by: Vec::new(),
            },
            because: because.parts([charge.because.clone()]),
        })
    }

    /// НДС from the rounded net of the lines with one key (rules 13.4).
    fn vat_line(
        &self,
        key: ChargeKey,
        nets: Vec<Net>,
    ) -> Result<Option<ExplainedLine>, SettlementError> {
        let Some(first) = nets.first() else {
            return Ok(None);
        };
        let (provider, method, percent) = (first.line.provider, first.line.method, first.percent);
        let net = self.total(nets.iter().map(|net| &net.line))?;
        let amount = vat(net, percent).map_err(|_| self.too_large())?;
        let because = Explanation::new("bill.vat", "НДС сверх цены")
            .formula(format!(
                "{net} · {} % = {amount}",
                text::number(percent.value())
            ))
            .amount(amount)
            .parts(nets.into_iter().map(|net| net.because));
        Ok(Some(ExplainedLine {
            line: BillLine {
                kind: LineKind::Charge,
                period: self.period,
                charge: key,
                provider,
                volume: None,
                method,
                price: None,
                vat: Some(percent),
                multiplier: None,
                amount,
                clause: label("НК РФ ст. 168")?,
                caused_by: Vec::new(),
            },
            because,
        }))
    }

    /// Sum of lines.
    pub(crate) fn total<'l>(
        &self,
        mut lines: impl Iterator<Item = &'l BillLine>,
    ) -> Result<Money, SettlementError> {
        lines
            .try_fold(Money::ZERO, |sum, line| sum.checked_add(line.amount))
            .map_err(|_| self.too_large())
    }

    fn check_shares(&mut self, id: PremisesId, held: &Ratio, is_charged: bool) {
        let book = self.book;
        let Some(premises) = book.premises.get(&id) else {
            return;
        };
        if !is_charged || *held == Ratio::from(1_u32) {
            return;
        }
        let place = Place {
            resource: None,
            premises: Some((id, premises)),
        };
        let text = match held.is_zero() {
            true => "лицевого счёта нет: начисленное никому не выставляется".to_owned(),
            false => format!(
                "доли лицевых счетов по дням месяца составляют {held}, а не целое: остаток никому \
                 не выставляется"
            ),
        };
        let event = premises.registered.event;
        self.flag(ProblemKind::SharesIncomplete, place, text, vec![event]);
    }
}

/// Charges that the house's own bills carry, by premises.
pub(super) fn billed_here(services: &[HouseService]) -> BTreeMap<PremisesId, Vec<&Charge>> {
    let mut charges: BTreeMap<PremisesId, Vec<&Charge>> = BTreeMap::new();
    for service in services.iter().filter(|service| service.billed_here) {
        let billed = service
            .premises
            .iter()
            .flat_map(|premises| match premises.rooms.is_empty() {
                true => std::slice::from_ref(premises),
                false => premises.rooms.as_slice(),
            });
        for premises in billed.filter(|premises| premises.billed_by.is_none()) {
            charges
                .entry(premises.premises)
                .or_default()
                .extend(&premises.charges);
        }
    }
    charges
}
