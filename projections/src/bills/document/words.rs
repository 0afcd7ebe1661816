//! Words of the payment document.

use aggregates::account::bill::ChargePart;
use aggregates::vocabulary::Resource;

use crate::bills::document::facts::Cause;
use crate::bills::document::model::RecalculationCode;
use crate::difference::text::event_name;
use crate::settlement::CommonBasis;

/// What is printed where the ledger does not know.
pub const NO_DATA: &str = "нет данных";

/// Whether the volume of such a line is a part of a common one.
pub(crate) fn is_common(part: ChargePart) -> bool {
    match part {
        ChargePart::Individual
        | ChargePart::Absence
        | ChargePart::MultiplierExcess
        | ChargePart::CheckRecalculation
        | ChargePart::Interference
        | ChargePart::LateReplacement
        | ChargePart::HeatingCorrection
        | ChargePart::DistributorCorrection
        | ChargePart::Vat => false,
        ChargePart::CommonProperty
        | ChargePart::CommonPropertyCorrection
        | ChargePart::CommonNeeds => true,
    }
}

/// The code of a recalculation by the events that caused it: of several that which says most.
pub(crate) fn recalculation_code(resource: Resource, causes: &[Cause]) -> RecalculationCode {
    let codes = causes.iter().map(|cause| code_of(cause.name));
    let found = codes.min_by_key(|code| (*code == RecalculationCode::Other, code.code()));
    match found {
        Some(code) => code,
        // The yearly correction of heat comes from the house meter alone.
        None if resource == Resource::Heat => RecalculationCode::HouseMeter,
        None => RecalculationCode::Other,
    }
}

fn code_of(name: &str) -> RecalculationCode {
    match name {
        "ResidentsRecorded" | "OwnersRecorded" | "PremisesAreaRecorded" | "UseChanged" => {
            RecalculationCode::ResidentsOrArea
        }
        "AbsenceRecorded" => RecalculationCode::Absence,
        "ServiceOutageRecorded" | "QualityBreachRecorded" => RecalculationCode::Quality,
        "ReadingRecorded"
        | "ReadingCorrected"
        | "ReadingWithdrawn"
        | "ControlReadingRecorded"
        | "RolloverDeclared"
        | "FinalReadingRecorded"
        | "MeterInspected"
        | "SeriesAdopted" => RecalculationCode::Refined,
        "MeterFailed"
        | "MeterRestored"
        | "MeterInstalled"
        | "MeterRemoved"
        | "AccessRefused"
        | "VerificationRecorded"
        | "MeterCommissioned"
        | "MeteringImpossible"
        | "ValueImputed"
        | "ImputationSuperseded"
        | "NormSet" => RecalculationCode::NormVolume,
        "AccountOpened" | "AccountClosed" | "AccountShareChanged" => RecalculationCode::Account,
        "BalanceScopeDefined" | "BuildingAreaRecorded" => RecalculationCode::HouseMeter,
        "TamperingFound" | "TamperingEnded" => RecalculationCode::Unmetered,
        _ => RecalculationCode::Other,
    }
}

/// Why a recalculation was made, in one sentence.
pub(crate) fn basis(causes: &[Cause]) -> String {
    let named = causes.iter().map(|cause| {
        format!(
            "{} (запись № {})",
            cause_name(cause.name),
            cause.at.position
        )
    });
    let named: Vec<String> = named.collect();
    match named.is_empty() {
        true => "записано после закрытия периода".to_owned(),
        false => named.join("; "),
    }
}

fn cause_name(name: &'static str) -> &'static str {
    match name {
        "ResidentsRecorded" => "изменение числа проживающих",
        "OwnersRecorded" => "изменение числа собственников",
        "PremisesAreaRecorded" => "изменение площади помещения",
        "BuildingAreaRecorded" => "изменение площадей дома",
        "AccountOpened" => "открытие лицевого счёта",
        "AccountClosed" => "закрытие лицевого счёта",
        "AccountShareChanged" => "изменение доли",
        "TariffSet" => "установлен тариф",
        "TariffWithdrawn" => "отменён тариф",
        "NormSet" => "установлен норматив",
        "VerificationRecorded" => "поверка прибора",
        "MeterCommissioned" => "ввод прибора в эксплуатацию",
        "ArrangementSet" => "изменена договорённость",
        other => event_name(other),
    }
}

/// By what the common part was found.
pub fn basis_of_common(basis: CommonBasis) -> &'static str {
    match basis {
        CommonBasis::HouseMeter => "по ОДПУ",
        CommonBasis::Average => "по среднему за прошлый год",
        CommonBasis::Norm => "по нормативу",
        CommonBasis::None => "не начисляется",
    }
}
