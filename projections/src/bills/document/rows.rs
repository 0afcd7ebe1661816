//! Lines, sums of resources, recalculations and the right to instalments.

use std::collections::BTreeMap;

use aggregates::account::bill::{Bill, BillLine, ChargePart, LineKind};
use aggregates::account::instalments::gives_right;
use aggregates::ledger::EventId;
use aggregates::quantity::{Measure, Money, Percent, QuantityError};
use aggregates::vocabulary::Resource;

use crate::bills::document::facts::Cause;
use crate::bills::document::model::{
    DocumentLine, Instalment, MethodCode, Recalculation, RoundingNote, ServiceTotal,
};
use crate::bills::document::words;
use crate::bills::text::line_title;
use crate::settlement::ratio::Ratio;
use crate::text::rounded_value;

/// The lines as they are printed.
pub(super) fn lines(bill: &Bill) -> Vec<DocumentLine> {
    let line = |(index, line): (usize, &BillLine)| DocumentLine {
        number: index + 1,
        title: line_title(line),
        common: words::is_common(line.charge.part),
        method_code: MethodCode::of(line),
        rounding: rounding(line),
        line: line.clone(),
    };
    bill.lines.iter().enumerate().map(line).collect()
}

/// The note on a line whose printed volume by its printed price gives another kopeck.
fn rounding(line: &BillLine) -> Option<RoundingNote> {
    let (volume, price) = (line.volume?, line.price?);
    let of_volume = line.kind == LineKind::Charge && volume.unit() == price.per();
    if !of_volume || line.charge.part == ChargePart::Vat {
        return None;
    }
    let printed = Measure::new(rounded_value(&volume), volume.unit());
    let product = Ratio::from(printed) * Ratio::from(price);
    let product = product.kopecks_half_up().ok()?;
    (product != line.amount).then_some(RoundingNote { printed, product })
}

/// Sums by resource, in the order in which the bill names them.
pub(super) fn services(bill: &Bill) -> Result<Vec<ServiceTotal>, QuantityError> {
    let mut totals: Vec<ServiceTotal> = Vec::new();
    for line in &bill.lines {
        let resource = line.charge.resource;
        let known = totals.iter().position(|total| total.resource == resource);
        let place = known.unwrap_or_else(|| {
            totals.push(ServiceTotal {
                resource,
                charged: Money::ZERO,
                excess: Money::ZERO,
                recalculated: Money::ZERO,
                total: Money::ZERO,
            });
            totals.len() - 1
        });
        let sums = &mut totals[place];
        sums.total = sums.total.checked_add(line.amount)?;
        match line.kind {
            LineKind::Charge => sums.charged = sums.charged.checked_add(line.amount)?,
            LineKind::Adjustment => {
                sums.recalculated = sums.recalculated.checked_add(line.amount)?;
            }
        }
        if line.kind == LineKind::Charge && line.charge.part == ChargePart::MultiplierExcess {
            sums.excess = sums.excess.checked_add(line.amount)?;
        }
    }
    Ok(totals)
}

/// The sum of lines of one kind.
pub(super) fn sum<'l>(
    lines: impl IntoIterator<Item = &'l BillLine>,
    kind: LineKind,
) -> Result<Money, QuantityError> {
    let of_kind = lines.into_iter().filter(|line| line.kind == kind);
    of_kind
        .into_iter()
        .try_fold(Money::ZERO, |sum, line| sum.checked_add(line.amount))
}

/// Recalculations with what caused them.
pub(super) fn recalculations(bill: &Bill, causes: &BTreeMap<EventId, Cause>) -> Vec<Recalculation> {
    let mut found = Vec::new();
    for (index, line) in bill.lines.iter().enumerate() {
        if line.kind != LineKind::Adjustment {
            continue;
        }
        let known = line.caused_by.iter().filter_map(|id| causes.get(id));
        let known: Vec<Cause> = known.copied().collect();
        found.push(Recalculation {
            line: index + 1,
            resource: line.charge.resource,
            period: line.period,
            amount: line.amount,
            code: words::recalculation_code(line.charge.resource, &known),
            basis: words::basis(&known),
            causes: line.caused_by.clone(),
        });
    }
    found
}

/// П. 72: resources whose charges of the month are more than `threshold` per cent above those of
/// the same month of the year before. A resource that was not charged then gives no right.
pub(super) fn instalments(
    bill: &Bill,
    year_before: Option<&Bill>,
    threshold: Percent,
) -> Result<Vec<Instalment>, QuantityError> {
    let Some(before) = year_before else {
        return Ok(Vec::new());
    };
    let charges = |bill: &Bill, resource: Resource| {
        let of_resource = bill.lines.iter();
        let of_resource = of_resource.filter(|line| line.charge.resource == resource);
        sum(of_resource.collect::<Vec<_>>(), LineKind::Charge)
    };
    let mut found = Vec::new();
    for resource in Resource::ALL {
        let (charged, year_before) = (charges(bill, resource)?, charges(before, resource)?);
        if gives_right(charged, year_before, threshold) {
            found.push(Instalment {
                resource,
                charged,
                year_before,
            });
        }
    }
    Ok(found)
}
