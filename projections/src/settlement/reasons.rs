//! Why the volume of a meter has to be calculated on a day, and which of several reasons prevails.

use aggregates::ids::MeterId;
use aggregates::meter::event::RemovalReason;
use aggregates::vocabulary::Resource;
use chrono::{DateTime, NaiveDate, Utc};

use crate::consumption::{Barred, BarredBy, MeterFacts, Removal};
use crate::explanation::Explanation;
use crate::recorded::EventAt;
use crate::rules::GapReason;
use crate::settlement::facts::Outage;
use crate::settlement::gaps::{GapOf, Missing};
use crate::settlement::settling::{Settling, rule_step};

impl Settling<'_> {
    /// Why a meter's volume is calculated on a day, and the event that says so: tampering before a
    /// second refusal of access, that before a failure or an ended verification, that before a
    /// first refusal, and that before a reading merely not submitted (rules ).
    pub(crate) fn gap_reason(
        &self,
        meter: MeterId,
        resource: Resource,
        day: NaiveDate,
    ) -> (GapReason, Option<EventAt>) {
        let Some(facts) = self.book.balance.consumption.meter(meter.0) else {
            return (GapReason::NotSubmitted, None);
        };
        if let Some(removal) = self.away_on(facts, resource, day) {
            let event = facts.event(removal.place);
            return match removal.reason {
                RemovalReason::ForVerification => (GapReason::AtVerification, Some(event)),
                _ => (GapReason::OutOfOrder, Some(event)),
            };
        }
        if let Some(barred) = self.barred_for(facts, resource, day) {
            let reason = match barred.by {
                BarredBy::Tampering => GapReason::Tampering,
                BarredBy::SecondRefusal => GapReason::AccessRefused,
            };
            return (reason, Some(facts.event(barred.act.place)));
        }
        if let Some(event) = self.out_of_order_on(meter, resource, day) {
            return (GapReason::OutOfOrder, Some(event));
        }
        let refusals = facts.refusals().into_iter();
        let mut refused = refusals.filter(|row| self.is_within(row.first.at, row.until, day));
        match refused.next() {
            Some(row) => (GapReason::AccessRefused, Some(facts.event(row.first.place))),
            None => (GapReason::NotSubmitted, None),
        }
    }

    /// The event by which a meter is out of order on a day: a failure, or a verification that has
    /// ended where that counts.
    pub(super) fn out_of_order_on(
        &self,
        meter: MeterId,
        resource: Resource,
        day: NaiveDate,
    ) -> Option<EventAt> {
        let life = self.book.meters.get(&meter.0)?;
        if let Some(outage) = life.outage_on(day, self.zone) {
            return Some(outage.since.event);
        }
        let counts = self.edition.verification_expiry_counts(resource, day);
        let counts = counts.is_ok_and(|counts| counts.value);
        life.expired_on(day).filter(|_| counts)
    }

    /// Since when a meter is out of order on a day, and the event that says so.
    pub(super) fn out_of_order_since(
        &self,
        of: GapOf<'_>,
        day: NaiveDate,
    ) -> Option<(NaiveDate, EventAt)> {
        let life = self.book.meters.get(&of.meter.id)?;
        let began = |outage: &Outage| {
            let since = outage.since;
            (self.zone.local_date(since.value), since.event)
        };
        if let Some(outage) = life.outage_on(day, self.zone) {
            return Some(began(outage));
        }
        let away = self.away_on(of.meter, of.resource, day);
        if let Some(removal) = away.filter(|one| one.reason != RemovalReason::ForVerification) {
            let mut failures = life.failures.iter();
            let failed = failures.find(|outage| outage.until == Some(removal.at));
            let gone = (
                self.zone.local_date(removal.at),
                of.meter.event(removal.place),
            );
            return Some(failed.map_or(gone, began));
        }
        let counts = self.edition.verification_expiry_counts(of.resource, day);
        let event = life
            .expired_on(day)
            .filter(|_| counts.is_ok_and(|it| it.value))?;
        let (performed, valid_until) = life.verification_on(day)?.value;
        let ended = valid_until.and_then(|until| until.succ_opt());
        Some((ended.unwrap_or(performed), event))
    }

    /// Why readings of a meter do not count on a day: tampering before a second refusal.
    pub(crate) fn barred_on(&self, meter: &MeterFacts, day: NaiveDate) -> Option<Barred> {
        let barred = meter.barred().into_iter();
        let holding = barred.filter(|barred| self.is_within(barred.act.at, barred.until, day));
        holding.max_by_key(|barred| barred.by == BarredBy::Tampering)
    }

    /// The same where the reason of a day that is calculated is asked: a second refusal with a
    /// multiplier of its own reaches back to the first day of its period (п. 60(3)).
    fn barred_for(&self, meter: &MeterFacts, resource: Resource, day: NaiveDate) -> Option<Barred> {
        let own = self.edition.second_refusal_multiplier(resource, day);
        let of_period = |barred: &Barred| {
            let drawn_up = self.zone.local_date(barred.act.at);
            barred.by == BarredBy::SecondRefusal && day <= drawn_up && drawn_up <= self.last_day()
        };
        self.barred_on(meter, day).or_else(|| {
            let barred = meter.barred().into_iter();
            barred.filter(|_| own.is_some()).find(of_period)
        })
    }

    /// Whether the volume of a day is calculated because of a second refusal of access.
    pub(crate) fn is_refused_twice(
        &self,
        meter: MeterId,
        resource: Resource,
        day: NaiveDate,
    ) -> bool {
        let facts = self.book.balance.consumption.meter(meter.0);
        let barred = facts.and_then(|facts| self.barred_for(facts, resource, day));
        barred.is_some_and(|barred| barred.by == BarredBy::SecondRefusal)
    }

    /// The removal of a meter that was taken away because it was out of order, or to be verified or
    /// repaired, where nothing stands in its place on a day (п. 59(а)).
    pub(crate) fn away_on<'m>(
        &self,
        meter: &'m MeterFacts,
        resource: Resource,
        day: NaiveDate,
    ) -> Option<&'m Removal> {
        if matches!(resource, Resource::Heat | Resource::Cooling) {
            return None;
        }
        let mut stays = meter.stays.iter().rev();
        let stay = stays.find(|stay| self.zone.local_date(stay.from) <= day)?;
        let removal = stay.removal.as_ref()?;
        let is_gone = self.zone.local_date(removal.at) <= day;
        let life = self.book.meters.get(&meter.id);
        let failed = life.is_some_and(|life| {
            let mut failures = life.failures.iter();
            failures.any(|outage| outage.until == Some(removal.at))
        });
        let comes_back = matches!(
            removal.reason,
            RemovalReason::ForVerification | RemovalReason::ForRepair
        );
        let consumption = &self.book.balance.consumption;
        let stays = consumption.stays.get(&stay.point).into_iter().flatten();
        let mut stays = stays.filter_map(|(id, index)| consumption.meter(*id)?.stays.get(*index));
        let is_followed =
            stays.any(|other| removal.at <= other.from && self.zone.local_date(other.from) <= day);
        (is_gone && (failed || comes_back) && !is_followed).then_some(removal)
    }

    /// Whether a day is to be calculated beside a reading, as far as acts and outages decide. One
    /// in which that reading was taken is not filled.
    pub(super) fn is_missing(&self, of: GapOf<'_>, day: NaiveDate, missing: Missing) -> bool {
        let Missing::Outages { read_at, untold } = missing else {
            return true;
        };
        let holds = |holds: &dyn Fn(DateTime<Utc>) -> bool| !read_at.is_some_and(holds);
        let life = self.book.meters.get(&of.meter.id);
        let outage = life.and_then(|life| life.outage_on(day, self.zone));
        let barred = self.barred_on(of.meter, day);
        outage.is_some_and(|outage| holds(&|at| outage.holds_at(at)))
            || barred.is_some_and(|barred| holds(&|at| barred.holds_at(at)))
            || untold.is_some_and(|(from, until)| from <= day && day < until)
            // Days after a house meter was taken away are filled by the house's own account.
            || of.facts.is_some() && self.away_on(of.meter, of.resource, day).is_some()
    }

    /// Whether a day lies in a time that begins within it at the earliest; that of its end does
    /// not.
    fn is_within(&self, from: DateTime<Utc>, until: Option<DateTime<Utc>>, day: NaiveDate) -> bool {
        let ends = until.map(|until| self.zone.local_date(until));
        self.zone.local_date(from) <= day && ends.is_none_or(|ends| day < ends)
    }

    /// The step that says why there was nothing to go by on a day.
    pub(super) fn reason_step(
        &self,
        of: GapOf<'_>,
        given: GapReason,
        (day, days): (NaiveDate, &str),
    ) -> Explanation {
        let meter = MeterId(of.meter.id);
        let (reason, event) = self.gap_reason(meter, of.resource, day);
        let why = match reason {
            _ if given == GapReason::OutOfOrder && reason != given => "прибор снят",
            GapReason::OutOfOrder => "прибор неисправен или срок его поверки истёк",
            GapReason::AtVerification => "прибор снят на поверку",
            GapReason::Tampering => "показания прибора с вмешательством не учитываются",
            GapReason::AccessRefused if self.is_refused_twice(meter, of.resource, day) => {
                "повторный отказ в допуске: переданные показания не учитываются"
            }
            GapReason::AccessRefused => "отказ в допуске к прибору",
            GapReason::NotSubmitted => "показания не переданы",
        };
        let text = format!("{why}, прибор № {}, {days}", of.meter.serial);
        let step = Explanation::new("settlement.gap", text).events(event);
        let expiry = self.edition.verification_expiry_counts(of.resource, day);
        match expiry {
            Ok(expiry) if reason == GapReason::OutOfOrder && expiry.value => {
                step.parts([rule_step(
                    "прибор с истёкшим сроком поверки считается неисправным",
                    &expiry,
                )])
            }
            _ => step,
        }
    }
}
