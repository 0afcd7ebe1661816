//! Volumes of meters that stay unknown: what is said of them, and whether they ask for a cause.

use aggregates::vocabulary::Resource;
use chrono::{DateTime, Utc};

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

    /// Flags a reading of a meter that was out of order or without verification when it was taken.
    pub(super) fn check_reading(
        &mut self,
        stays: &[GapOf<'_>],
        read_at: DateTime<Utc>,
        place: Place<'_>,
    ) {
        let mut lives = stays.iter().filter_map(|of| {
            let life = self.book.meters.get(&of.meter.id)?;
            Some((of, life))
        });
        let failed = lives.clone().find_map(|(of, life)| {
            let mut failures = life.failures.iter();
            let outage = failures.find(|outage| outage.holds_at(read_at))?;
            Some((of, outage.since.event))
        });
        if let Some((of, event)) = failed {
            let text = format!(
                "прибор № {} неисправен, а показание от {} учтено: проверьте, не отозвать ли его",
                of.meter.serial,
                text::local_day(read_at, self.zone)
            );
            self.flag(ProblemKind::VerificationEnded, place, text, vec![event]);
            return;
        }
        let day = self.zone.local_date(read_at);
        let Some((of, life)) = lives.next_back() else {
            return;
        };
        let counts = self
            .edition
            .verification_expiry_counts(of.resource, self.last_day());
        let expired = life.expired_on(day);
        if let Some(event) = expired.filter(|_| counts.is_ok_and(|counts| counts.value)) {
            let text = format!(
                "срок поверки прибора № {} истёк, а его показание учтено: запишите поверку или \
                 неисправность (ПП 354 п. 81(12))",
                of.meter.serial
            );
            self.flag(ProblemKind::VerificationEnded, place, text, vec![event]);
        }
    }

    /// Names the readings of the period that do not count, with the act that says so.
    pub(super) fn flag_not_counted(&mut self, stays: &[GapOf<'_>], place: Place<'_>) {
        let mut told = Vec::new();
        for of in stays {
            let barred = of.meter.barred_readings().into_iter();
            for (reading, act) in barred.filter(|(reading, _)| reading.period == self.period) {
                let text = format!(
                    "показание прибора № {} от {} не учитывается: был второй отказ в допуске или \
                     вмешательство в работу прибора, счёт возобновит акт проверки",
                    of.meter.serial,
                    text::local_day(reading.taken_at, self.zone)
                );
                told.push((text, vec![act, of.meter.event(reading.place)]));
            }
        }
        for (text, events) in told {
            self.flag(ProblemKind::ReadingsNotCounted, place, text, events);
        }
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
