//! What of a balance asks for a cause before the month is closed: an excess over the norm, or a
//! common part below zero, that neither readings nor people explain.

use aggregates::quantity::Measure;

use crate::rules::Edition;
use crate::settlement::HouseBook;
use crate::settlement::model::{HouseService, Problem, ProblemKind, Settlement, SettlementError};
use crate::settlement::ratio::Ratio;
use crate::settlement::settling::Settling;
use crate::settlement::units::in_unit;
use crate::waterfall::WaterfallError;
use crate::waterfall::build::of_scopes;
use crate::waterfall::model::SplitOf;

/// The resources whose common part is above the norm or below zero by more than the error of the
/// meters, with a part that no cause explains: estimates from readings count as causes, so do
/// explanations on record.
///
/// # Errors
/// [`SettlementError`] where a waterfall cannot be told.
pub(crate) fn unexplained(
    book: &HouseBook,
    settlement: &Settlement,
    edition: &Edition,
) -> Result<Vec<Problem>, SettlementError> {
    let settling = Settling::new(book, settlement.period, edition)?;
    let mut found = Vec::new();
    for service in &settlement.services {
        let asks_already = settlement.problems.iter().any(|problem| {
            problem.kind == ProblemKind::NegativeCommonPart
                && problem.resource == Some(service.resource)
        });
        if asks_already || !is_beyond_band(&settling, service, edition) {
            continue;
        }
        let told = of_scopes(&settling, settlement, service.resource);
        let told = told.map_err(|error| hindered(settlement, error))?;
        // Other scopes are parts of the house: their excess is within that of the whole.
        let whole = told.iter().find(|one| one.norm.is_some());
        let total = whole.and_then(|one| match one.split {
            SplitOf::Excess => one.excess,
            SplitOf::Common => one.common,
        });
        let rest = total.zip(whole.and_then(|one| one.unexplained));
        // Causes that explain more than there is leave nothing to ask for.
        let is_left = |(total, rest): &(Measure, Measure)| {
            let same_way = total.value().is_sign_negative() == rest.value().is_sign_negative();
            !rest.value().is_zero() && same_way
        };
        let Some((total, rest)) = rest.filter(is_left) else {
            continue;
        };
        let kind = ProblemKind::ImbalanceUnexplained;
        let what = match total.value().is_sign_negative() {
            true => "общая часть ниже нуля",
            false => "сверх норматива",
        };
        found.push(Problem {
            kind,
            severity: kind.severity(),
            resource: Some(service.resource),
            premises: None,
            text: format!(
                "{}: {what}, {}, из них не объяснено {}: назовите причину (`balance explain`) или \
                 примите замечание",
                service.resource.title_ru(),
                crate::text::rounded_with_unit(&total),
                crate::text::rounded_with_unit(&rest)
            ),
            events: Vec::new(),
        });
    }
    Ok(found)
}

/// By the figures of the service alone, so that a house in order costs nothing more.
fn is_beyond_band(settling: &Settling<'_>, service: &HouseService, edition: &Edition) -> bool {
    let (Some(house), Some(consumed)) = (service.house.known(), &service.consumed) else {
        return false;
    };
    let Some(norm) = settling.common_norm(service.resource) else {
        return false;
    };
    let house = in_unit(&Ratio::from(*house), house.unit(), service.unit);
    let consumed = in_unit(&consumed.value, consumed.unit, service.unit);
    let unit = crate::settlement::rates::unit_of(service.resource);
    let norm = in_unit(&norm.volume, unit, service.unit);
    let (Some(house), Some(consumed), Some(norm)) = (house, consumed, norm) else {
        return false;
    };
    let Ok(error) = edition.metering_error(service.resource, settling.last_day()) else {
        return false;
    };
    let common = house.clone() - consumed.clone();
    let beyond = match common.is_negative() {
        true => -common,
        false => common - norm,
    };
    let band = (house + consumed) * Ratio::from(error.value);
    band < beyond * Ratio::from(100_u32)
}

fn hindered(settlement: &Settlement, error: WaterfallError) -> SettlementError {
    match error {
        WaterfallError::Settlement(error) => error,
        WaterfallError::TooLarge(period) => SettlementError::TooLarge { period },
        WaterfallError::Balance(error) => {
            SettlementError::Rules(format!("{}: {error}", settlement.period))
        }
    }
}
