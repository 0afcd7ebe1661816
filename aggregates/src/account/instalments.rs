//! Рассрочка (ПП 354 п. 72): a charge that has grown by more than the threshold is paid in equal
//! parts, as the consumer asked. The lines of bills stay as they are: a schedule says what of
//! them is to be paid when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use rust_decimal::Decimal;

use crate::account::Account;
use crate::account::bill::{Bill, LineKind};
use crate::account::error::AccountError;
use crate::account::event::AccountEvent;
use crate::ids::OrganisationId;
use crate::quantity::{Money, Percent, exact};
use crate::time::Period;
use crate::vocabulary::{ActRef, Resource};

/// Months of bills that are remembered: a charge and the one of a year before, asked for within a
/// year.
const MONTHS_KEPT: i32 = 24;
/// Fewest parts that are a schedule.
const PARTS_MIN: u32 = 2;

type Outcome = Result<Vec<AccountEvent>, AccountError>;

/// Which charge is paid in parts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Deferral {
    /// The settlement period in which the right arose.
    pub period: Period,
    /// For which resource.
    pub resource: Resource,
    /// To whom it is owed.
    pub provider: OrganisationId,
}

/// What the rules of the period allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstalmentTerms {
    /// Per cent above the charge of the year before that must be exceeded.
    pub threshold: Percent,
    /// Most parts.
    pub parts_max: u32,
    /// By how many per cent points interest may exceed the key rate. Interest is not charged.
    pub interest_over_key_rate: Percent,
}

/// A schedule as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstalmentsAsked {
    /// Which charge.
    pub of: Deferral,
    /// How much of it: above 0, at most the charge.
    pub deferred: Money,
    /// In how many parts: at least 2, at most as the terms allow.
    pub parts: u32,
    /// The period whose bill asks for the first part: that of the charge or one of the 12 after.
    pub first: Period,
    /// What the rules allow.
    pub terms: InstalmentTerms,
    /// The consumer's application.
    pub act: ActRef,
}

/// One part of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstalmentPart {
    /// The period whose bill asks for it.
    pub period: Period,
    /// How much.
    pub amount: Money,
}

/// A schedule as it was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instalments {
    /// Which charge.
    pub of: Deferral,
    /// Charges of the resource in its period, to all providers: what the right rests on.
    pub charged: Money,
    /// Charges of the resource in the same period of the year before.
    pub year_before: Money,
    /// How much is paid in parts: the sum of them, exactly.
    pub deferred: Money,
    /// The parts, a month each. They are equal; kopecks that do not divide go to the first parts,
    /// one to each.
    pub parts: Vec<InstalmentPart>,
    /// What the rules allowed.
    pub terms: InstalmentTerms,
    /// The consumer's application.
    pub act: ActRef,
}

impl Instalments {
    /// The parts where the rest of the schedule falls due in `cut`; as agreed where it is `None` or
    /// past the last part. The sum is the same.
    ///
    /// # Errors
    /// [`crate::quantity::QuantityError::Overflow`].
    pub fn parts_until(
        &self,
        cut: Option<Period>,
    ) -> Result<Vec<InstalmentPart>, crate::quantity::QuantityError> {
        let Some(cut) = cut.filter(|cut| self.last().is_some_and(|last| *cut < last)) else {
            return Ok(self.parts.clone());
        };
        let (mut parts, rest): (Vec<InstalmentPart>, Vec<_>) =
            self.parts.iter().partition(|part| part.period < cut);
        let mut rest = rest.iter().map(|part| part.amount);
        parts.push(InstalmentPart {
            period: cut,
            amount: rest.try_fold(Money::ZERO, Money::checked_add)?,
        });
        Ok(parts)
    }

    /// Period of the last part.
    pub fn last(&self) -> Option<Period> {
        self.parts.last().map(|part| part.period)
    }
}

/// Why a schedule ends before its last part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstalmentsEndReason {
    /// The consumer does not want it any more, or pays the rest at once.
    ByConsumer,
    /// It should not have been agreed so.
    Mistaken,
}

impl InstalmentsEndReason {
    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::ByConsumer => "по заявлению потребителя",
            Self::Mistaken => "оформлена ошибочно",
        }
    }
}

/// The early end of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstalmentsEnd {
    /// Which charge.
    pub of: Deferral,
    /// The period whose bill asks for all that is left; that of the charge: as if there had been
    /// no schedule.
    pub from: Period,
    /// Why.
    pub reason: InstalmentsEndReason,
    /// What it rests on.
    pub act: ActRef,
}

/// What an account remembers of a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct KnownSchedule {
    agreed: Instalments,
    /// As asked: for commands that are repeated.
    first: Period,
    ended: Option<InstalmentsEnd>,
}

impl KnownSchedule {
    /// Whether nothing was ever deferred by it.
    fn is_void(&self) -> bool {
        let ended = self.ended.as_ref();
        ended.is_some_and(|ended| ended.from <= self.agreed.of.period)
    }

    fn is_as(&self, asked: &InstalmentsAsked) -> bool {
        let agreed = &self.agreed;
        agreed.deferred == asked.deferred
            && u32::try_from(agreed.parts.len()) == Ok(asked.parts)
            && self.first == asked.first
            && agreed.act == asked.act
    }
}

/// What monthly bills charged for a resource to one provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Billed {
    of: Deferral,
    charged: Money,
}

impl Account {
    /// Agrees a schedule for a charge that gives the right to one.
    ///
    /// # Errors
    /// [`AccountError`]: no such charge, no right, a schedule stands already, parts out of range.
    pub(super) fn agree_instalments(&self, asked: InstalmentsAsked) -> Outcome {
        self.require_opening()?;
        let of = asked.of;
        if let Some(known) = self.standing_schedule(of) {
            return match known.is_as(&asked) {
                true => Ok(Vec::new()),
                false => Err(AccountError::InstalmentsStand {
                    resource: of.resource,
                    period: of.period,
                }),
            };
        }
        let own = self.billed.iter().find(|billed| billed.of == of);
        let own = own.ok_or(AccountError::NotBilledForInstalments {
            resource: of.resource,
            period: of.period,
        })?;
        let charged = self.billed_in(of.period, of.resource)?;
        let year_before = self.billed_in(of.period.plus_months(-12), of.resource)?;
        if !gives_right(charged, year_before, asked.terms.threshold) {
            return Err(AccountError::NoInstalmentRight {
                resource: of.resource,
                period: of.period,
                charged,
                year_before,
            });
        }
        self.check_range(&asked, own.charged)?;
        let instalments = Instalments {
            of,
            charged,
            year_before,
            deferred: asked.deferred,
            parts: equal_parts(&asked),
            terms: asked.terms,
            act: asked.act,
        };
        Ok(vec![AccountEvent::InstalmentsAgreed { instalments }])
    }

    /// Ends a schedule before its last part.
    ///
    /// # Errors
    /// [`AccountError`]: no such schedule, ended otherwise, a period outside it.
    pub(super) fn end_instalments(&self, ending: InstalmentsEnd) -> Outcome {
        self.require_opening()?;
        let of = ending.of;
        let mut known = self.schedules.iter().rev();
        let known = known.find(|known| known.agreed.of == of);
        let known = known.ok_or(AccountError::NoInstalments {
            resource: of.resource,
            period: of.period,
        })?;
        match &known.ended {
            Some(ended) if *ended == ending => return Ok(Vec::new()),
            Some(ended) => return Err(AccountError::InstalmentsEnded { from: ended.from }),
            None => {}
        }
        let last = known.agreed.last().unwrap_or(of.period);
        if ending.from < of.period || last < ending.from {
            let first = of.period;
            return Err(AccountError::InstalmentsEndOutside { first, last });
        }
        Ok(vec![AccountEvent::InstalmentsEnded { ending }])
    }

    fn check_range(&self, asked: &InstalmentsAsked, charged: Money) -> Result<(), AccountError> {
        let most = asked.terms.parts_max;
        if asked.parts < PARTS_MIN || most < asked.parts {
            return Err(AccountError::InstalmentPartsOutside { most });
        }
        if charged < asked.deferred || asked.deferred.kopecks() < i64::from(asked.parts) {
            return Err(AccountError::DeferredOutside { charged });
        }
        let (from, first) = (asked.of.period, asked.first);
        if !(0..=12).contains(&from.months_until(first)) {
            return Err(AccountError::FirstPartOutside { from });
        }
        let day = first.first_day();
        match self.closed_from().filter(|closed| *closed <= day) {
            Some(closed) => Err(AccountError::AfterClosing { from: day, closed }),
            None => Ok(()),
        }
    }

    fn standing_schedule(&self, of: Deferral) -> Option<&KnownSchedule> {
        let mut schedules = self.schedules.iter();
        schedules.find(|known| known.agreed.of == of && !known.is_void())
    }

    fn billed_in(&self, period: Period, resource: Resource) -> Result<Money, AccountError> {
        let of = |billed: &&Billed| (billed.of.period, billed.of.resource) == (period, resource);
        let mut amounts = self.billed.iter().filter(of).map(|billed| billed.charged);
        let sum = amounts.try_fold(Money::ZERO, Money::checked_add);
        sum.map_err(|_| AccountError::SumTooLarge)
    }

    pub(super) fn instalments_agreed(&mut self, agreed: Instalments) {
        let first = agreed.parts.first();
        self.schedules.push(KnownSchedule {
            first: first.map_or(agreed.of.period, |part| part.period),
            agreed,
            ended: None,
        });
    }

    pub(super) fn instalments_ended(&mut self, ending: InstalmentsEnd) {
        let mut known = self.schedules.iter_mut().rev();
        if let Some(known) = known.find(|known| known.agreed.of == ending.of) {
            known.ended = Some(ending);
        }
    }

    /// Remembers what a monthly bill charges, and forgets what is too old for a right.
    pub(super) fn remember_charges(&mut self, bill: &Bill) {
        let is_kept = |billed: &Billed| billed.of.period.months_until(bill.period) <= MONTHS_KEPT;
        self.billed.retain(is_kept);
        for line in bill
            .lines
            .iter()
            .filter(|line| line.kind == LineKind::Charge)
        {
            let of = Deferral {
                period: bill.period,
                resource: line.charge.resource,
                provider: line.provider,
            };
            let known = self.billed.iter_mut().find(|billed| billed.of == of);
            match known {
                // The lines of a bill add up, or it would not have been issued.
                Some(known) => {
                    let sum = known.charged.checked_add(line.amount);
                    known.charged = sum.unwrap_or(known.charged);
                }
                None => self.billed.push(Billed {
                    of,
                    charged: line.amount,
                }),
            }
        }
    }
}

/// П. 72: whether a charge is more than `threshold` per cent above that of the year before. A
/// resource that was not charged then gives no right.
pub fn gives_right(charged: Money, year_before: Money, threshold: Percent) -> bool {
    if year_before <= Money::ZERO {
        return false;
    }
    let hundredfold = exact::mul(charged.kopecks().into(), Decimal::ONE_HUNDRED);
    let most = exact::mul(
        year_before.kopecks().into(),
        threshold.value() + Decimal::ONE_HUNDRED,
    );
    // Sums that do not fit are no sums of a bill.
    matches!((hundredfold, most), (Ok(grown), Ok(most)) if grown > most)
}

fn equal_parts(asked: &InstalmentsAsked) -> Vec<InstalmentPart> {
    let count = i64::from(asked.parts.max(1));
    let kopecks = asked.deferred.kopecks();
    let (whole, left) = (kopecks / count, kopecks % count);
    let mut period = asked.first;
    let mut parts = Vec::new();
    for place in 0..count {
        let amount = whole + i64::from(place < left);
        parts.push(InstalmentPart {
            period,
            amount: Money::from_kopecks(amount),
        });
        period = period.next();
    }
    parts
}
