//! A received bill against ours, line by line: every difference has a named reason (J2).

use std::collections::{BTreeMap, BTreeSet};

use aggregates::account::bill::{BillLine, ChargePart, LineKind};
use aggregates::quantity::{Money, QuantityError, exact};
use aggregates::vocabulary::Resource;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::bills::text::part_title;
use crate::settlement::ratio::Ratio;

/// Differences up to this many kopecks are rounding.
const TOLERANCE_KOPECKS: i64 = 1;

/// A bill that somebody received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignBill {
    /// Its lines; several of one service are taken together.
    pub lines: Vec<ForeignLine>,
}

/// A line of a received bill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignLine {
    /// Of which service.
    pub resource: Resource,
    /// Which part of the charge; own consumption where left out.
    #[serde(default = "individual")]
    pub part: ChargePart,
    /// The volume as printed.
    #[serde(default, with = "optional", skip_serializing_if = "Option::is_none")]
    pub volume: Option<Decimal>,
    /// The price as printed, roubles.
    #[serde(default, with = "optional", skip_serializing_if = "Option::is_none")]
    pub price: Option<Decimal>,
    /// What is charged.
    pub amount: Money,
}

fn individual() -> ChargePart {
    ChargePart::Individual
}

/// Decimals as strings, never as floats.
mod optional {
    use super::{Decimal, exact};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let parsed = text.map(|text| exact::parse(&text));
        parsed.transpose().map_err(serde::de::Error::custom)
    }
}

/// What a comparison found. Field names are part of the JSON output.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BillCheck {
    /// Services of which something differs, in the order of services.
    pub differences: Vec<Difference>,
    /// Services that agree within a kopeck.
    pub agreeing: usize,
    /// Sum by us.
    pub ours: Money,
    /// Sum of the received bill.
    pub theirs: Money,
    /// How much more the received bill asks.
    pub difference: Money,
}

/// A service that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Of which service.
    pub resource: Resource,
    /// Which part of the charge.
    pub part: ChargePart,
    /// By us; absent where we have no such line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<Side>,
    /// In the received bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Side>,
    /// How much more the received bill asks.
    pub difference: Money,
    /// Why, most telling first; never empty.
    pub reasons: Vec<Reason>,
    /// The reasons in a Russian sentence.
    pub text: String,
}

/// A service as one of the bills has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Side {
    /// Its volume, where every line has one.
    #[serde(with = "optional_out", skip_serializing_if = "Option::is_none")]
    pub volume: Option<Decimal>,
    /// Its price, where there is but one.
    #[serde(with = "optional_out", skip_serializing_if = "Option::is_none")]
    pub price: Option<Decimal>,
    /// What is charged.
    pub amount: Money,
}

mod optional_out {
    pub(super) use super::optional::serialize;
}

/// Reasons of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The received bill has a line that we have not.
    NotOurs,
    /// We have a line that the received bill has not.
    Missing,
    /// The received volume is ours times our multiplier.
    MultiplierInVolume,
    /// The received amount is volume times price times a multiplier.
    MultiplierInAmount,
    /// A multiplied charge that we do not have, or the other way round.
    Multiplier,
    /// Another volume.
    Volume,
    /// The received price is ours with НДС, or without.
    Vat,
    /// The received price held in another month of the account.
    OtherPeriod,
    /// Another price.
    Price,
    /// Received volume times received price is not the received amount.
    Arithmetic,
    /// Recalculations differ.
    Recalculation,
}

impl Reason {
    /// The words a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::NotOurs => "такой строки у нас нет",
            Self::Missing => "нашей строки в счёте нет",
            Self::MultiplierInVolume => "повышающий коэффициент применён к объёму",
            Self::MultiplierInAmount => "сумма умножена на коэффициент",
            Self::Multiplier => "повышающий коэффициент есть только в одном из счетов",
            Self::Volume => "другой объём",
            Self::Vat => "цена отличается на НДС",
            Self::OtherPeriod => "цена другого месяца",
            Self::Price => "другая цена",
            Self::Arithmetic => "объём на цену не даёт суммы счёта",
            Self::Recalculation => "перерасчёты отличаются",
        }
    }
}

/// What the check knows beside the two bills.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// Our lines of the period.
    pub ours: &'k [BillLine],
    /// Lines of other months of the same account: where a price comes from.
    pub others: &'k [BillLine],
}

/// A service, its part, and whether it is a recalculation.
type Key = (Resource, ChargePart, bool);

/// By us, and in the received bill.
type Both = (Option<Side>, Option<Side>);

type Sides = BTreeMap<Key, Both>;

/// Compares a received bill with ours.
///
/// # Errors
/// [`QuantityError::Overflow`] where a sum does not fit.
pub fn check(known: Known<'_>, received: &ForeignBill) -> Result<BillCheck, QuantityError> {
    let mut sides: Sides = BTreeMap::new();
    for line in known.ours {
        let key = (
            line.charge.resource,
            line.charge.part,
            line.kind == LineKind::Adjustment,
        );
        let volume = line.volume.map(|volume| volume.value());
        let price = line.price.map(|price| price.price());
        let side = &mut sides.entry(key).or_default().0;
        join(side, volume, price, line.amount)?;
    }
    for line in &received.lines {
        let key = (line.resource, line.part, false);
        let side = &mut sides.entry(key).or_default().1;
        join(side, line.volume, line.price, line.amount)?;
    }
    let sides = with_recalculations(sides)?;
    let sum = |side: fn(&Both) -> &Option<Side>| {
        let told = sides.values().filter_map(|both| side(both).as_ref());
        let mut amounts = told.map(|side| side.amount);
        amounts.try_fold(Money::ZERO, Money::checked_add)
    };
    let (ours, theirs) = (sum(|both| &both.0)?, sum(|both| &both.1)?);
    let mut differences = Vec::new();
    for ((resource, part, is_adjustment), both) in &sides {
        differences.extend(differing(known, (*resource, *part, *is_adjustment), both)?);
    }
    Ok(BillCheck {
        agreeing: sides.len() - differences.len(),
        differences,
        ours,
        theirs,
        difference: theirs.checked_sub(ours)?,
    })
}

/// A received bill seldom parts recalculations from charges: ours go into the line of their service
/// where that alone makes the two agree.
fn with_recalculations(mut sides: Sides) -> Result<Sides, QuantityError> {
    let adjustments: Vec<Key> = sides.keys().filter(|key| key.2).copied().collect();
    for key in adjustments {
        let Some(adjusted) = sides.get(&key).and_then(|both| both.0.clone()) else {
            continue;
        };
        let Some((Some(ours), Some(theirs))) = sides.get_mut(&(key.0, key.1, false)) else {
            continue;
        };
        let joined = ours.amount.checked_add(adjusted.amount)?;
        if is_rounding(joined.checked_sub(theirs.amount)?) {
            ours.amount = joined;
            (ours.volume, ours.price) = (None, None);
            sides.remove(&key);
        }
    }
    Ok(sides)
}

/// Adds a line to its service. A volume that one of the lines lacks, and prices that differ, are
/// not known of the service.
fn join(
    side: &mut Option<Side>,
    volume: Option<Decimal>,
    price: Option<Decimal>,
    amount: Money,
) -> Result<(), QuantityError> {
    let joined = match side.take() {
        None => Side {
            volume,
            price,
            amount,
        },
        Some(before) => {
            let volumes = before.volume.zip(volume);
            Side {
                volume: volumes.and_then(|(one, other)| one.checked_add(other)),
                price: before.price.filter(|before| Some(*before) == price),
                amount: before.amount.checked_add(amount)?,
            }
        }
    };
    *side = Some(joined);
    Ok(())
}

fn is_rounding(difference: Money) -> bool {
    difference.kopecks().unsigned_abs() <= TOLERANCE_KOPECKS.unsigned_abs()
}

fn differing(
    known: Known<'_>,
    (resource, part, is_adjustment): Key,
    both: &Both,
) -> Result<Option<Difference>, QuantityError> {
    let amount = |side: &Option<Side>| side.as_ref().map_or(Money::ZERO, |side| side.amount);
    let difference = amount(&both.1).checked_sub(amount(&both.0))?;
    if is_rounding(difference) {
        return Ok(None);
    }
    let reasons = match both {
        _ if is_adjustment => vec![Reason::Recalculation],
        (None, _) | (_, None) if part == ChargePart::MultiplierExcess => vec![Reason::Multiplier],
        (None, _) => vec![Reason::NotOurs],
        (_, None) => vec![Reason::Missing],
        (Some(ours), Some(theirs)) => reasons(known, (resource, part), ours, theirs),
    };
    let words: Vec<&str> = reasons.iter().map(|reason| reason.title_ru()).collect();
    let what = part_title(part).map_or_else(String::new, |part| format!(", {part}"));
    let text = format!("{}{what}: {}", resource.title_ru(), words.join("; "));
    Ok(Some(Difference {
        resource,
        part,
        ours: both.0.clone(),
        theirs: both.1.clone(),
        difference,
        reasons,
        text,
    }))
}

/// Why a service that both bills have differs.
fn reasons(
    known: Known<'_>,
    of: (Resource, ChargePart),
    ours: &Side,
    theirs: &Side,
) -> Vec<Reason> {
    let mut found = BTreeSet::new();
    let volumes = ours.volume.zip(theirs.volume);
    let differs = |(one, other): &(Decimal, Decimal)| one != other && !is_shortened(*one, *other);
    if let Some((one, other)) = volumes.filter(differs) {
        let times = Ratio::from(other).checked_div(&Ratio::from(one)).ok();
        let is_multiplied = times.is_some_and(|times| multipliers(known, of.0).contains(&times));
        found.insert(match is_multiplied {
            true => Reason::MultiplierInVolume,
            false => Reason::Volume,
        });
    }
    if let Some((one, other)) = ours
        .price
        .zip(theirs.price)
        .filter(|(one, other)| one != other)
    {
        found.insert(why_price(known, of, one, other));
    }
    if let Some((volume, price)) = theirs.volume.zip(theirs.price) {
        let product = Ratio::from(volume) * Ratio::from(price);
        let printed = product.kopecks_half_up().ok();
        let gap = printed.and_then(|printed| theirs.amount.checked_sub(printed).ok());
        if gap.is_some_and(|gap| !is_rounding(gap)) {
            let times = Ratio::from(theirs.amount).checked_div(&product).ok();
            let is_multiplied = times.is_some_and(|times| {
                let mut known = multipliers(known, of.0).into_iter();
                known.any(|one| one.half_up(2).ok() == times.half_up(2).ok())
            });
            found.insert(match is_multiplied {
                true => Reason::MultiplierInAmount,
                false => Reason::Arithmetic,
            });
        }
    }
    if found.is_empty() {
        // Neither volume nor price is there to tell it by.
        found.insert(Reason::Volume);
    }
    found.into_iter().collect()
}

/// Whether the other volume is ours, printed with fewer decimals.
fn is_shortened(ours: Decimal, theirs: Decimal) -> bool {
    let decimals = theirs.scale();
    Ratio::from(ours)
        .half_up(decimals)
        .is_ok_and(|rounded| rounded == theirs)
}

fn why_price(
    known: Known<'_>,
    of: (Resource, ChargePart),
    ours: Decimal,
    theirs: Decimal,
) -> Reason {
    let lines = known.ours.iter().chain(known.others);
    let mut same = lines.filter(|line| (line.charge.resource, line.charge.part) == of);
    let rates: Vec<(Option<Decimal>, Decimal)> = same
        .by_ref()
        .filter_map(|line| Some((line.vat.map(|vat| vat.value()), line.price?.price())))
        .collect();
    if rates.iter().any(|(_, price)| *price == theirs) {
        return Reason::OtherPeriod;
    }
    let hundred = Ratio::from(100_u32);
    let is_taxed = rates.iter().filter_map(|(vat, _)| *vat).any(|vat| {
        let with = |net: Decimal| {
            let gross = Ratio::from(net) * (Ratio::from(vat) + hundred.clone());
            let gross = gross.checked_div(&hundred).ok()?;
            gross.half_up(2).ok()
        };
        let rounded = |price: Decimal| Ratio::from(price).half_up(2).ok();
        with(ours) == rounded(theirs) || with(theirs) == rounded(ours)
    });
    match is_taxed {
        true => Reason::Vat,
        false => Reason::Price,
    }
}

/// The multipliers that our lines of the resource know, and those of the law.
fn multipliers(known: Known<'_>, resource: Resource) -> Vec<Ratio> {
    let lines = known.ours.iter().chain(known.others);
    let of_resource = lines.filter(|line| line.charge.resource == resource);
    let told = of_resource.filter_map(|line| Some(Ratio::from(line.multiplier?.value())));
    let law = [Decimal::new(15, 1), Decimal::new(3, 0)].map(Ratio::from);
    told.chain(law).collect()
}
