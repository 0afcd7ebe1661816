//! Volumes of meters that stay unknown: what is said of them, and whether they ask for a cause.

use aggregates::vocabulary::Resource;

use crate::recorded::EventAt;
use crate::settlement::gaps::{GapOf, Missing};
use crate::settlement::model::{ProblemKind, Severity};
use crate::settlement::settling::{Place, Settling};
use crate::text;
use crate::volume::Reason;

impl Settling<'_> {
    /// Notes that the records of a meter contradict each other or lack something. Where the volume
    /// would be charged here closing asks for a cause: the bill goes out without it.
    pub(super) fn unknown_by_meter(
        &mut self,
        of: GapOf<'_>,
        reasons: &[Reason],
        place: Place<'_>,
        events: Vec<EventAt>,
    ) {
        let text = format!(
            "объём неизвестен: {}. {}",
            text::reasons(reasons, self.zone),
            remedy(reasons)
        );
        let severity = self.severity_where_charged(of);
        self.note(severity, ProblemKind::VolumeUnknown, place, text, events);
    }

    /// Whether the house's own bill charges these premises for the resource, or for the sewage that
    /// its volume makes up, so that a price depends on it.
    fn is_charged_here(&self, of: GapOf<'_>) -> bool {
        let day = self.last_day();
        let bills = |resource: Resource| {
            let arrangement = self.book.house.arrangement_on(resource, day);
            let here = arrangement.is_some_and(|arrangement| {
                let biller = arrangement.value.biller;
                self.book.house.bills_here(biller, resource, day)
            });
            let separate = of.facts.and_then(|facts| facts.separate.get(&resource));
            here && separate.and_then(|rows| rows.on(day)).is_none()
        };
        let is_water = matches!(of.resource, Resource::ColdWater | Resource::HotWater);
        bills(of.resource) || is_water && bills(Resource::Sewage)
    }

    /// Notes that neither an average nor a norm fills what is missing of a point. Beside a reading
    /// closing asks for a cause: what the meter did count is missing in the bill.
    pub(super) fn unfilled(&mut self, stays: &[GapOf<'_>], missing: Missing, place: Place<'_>) {
        let severity = match (missing, stays.last()) {
            (Missing::Outages { .. }, Some(last)) => self.severity_where_charged(*last),
            (Missing::Readings, _) | (_, None) => Severity::Flag,
        };
        let (kind, text) = (ProblemKind::VolumeUnknown, missing.cannot_be_filled());
        self.note(severity, kind, place, text, Vec::new());
    }

    fn severity_where_charged(&self, of: GapOf<'_>) -> Severity {
        match self.is_charged_here(of) {
            true => Severity::AsksCause,
            false => Severity::Flag,
        }
    }
}

/// How to mend records that leave a volume unknown.
fn remedy(reasons: &[Reason]) -> &'static str {
    match reasons.first() {
        Some(Reason::FinalReadingUnknown { .. }) => {
            "Отзовите показание нового прибора за этот период: объём рассчитают по среднему или \
             нормативу"
        }
        Some(Reason::RemovalNotRecorded { .. }) => "Запишите снятие прежнего прибора с показанием",
        Some(Reason::NegativeDifference { .. }) => {
            "Исправьте или отзовите неверное показание, либо подтвердите переход через ноль"
        }
        Some(Reason::RegisterMissing { .. }) => {
            "Исправьте показание: дайте значения всех шкал прибора"
        }
        _ => "Исправьте записи прибора",
    }
}
