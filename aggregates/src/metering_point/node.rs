//! Узел учёта: components with their verifications, and admissions.
//!
//! Facts that carry an instant are filed under their UTC day here: the point does not know the
//! zone of its house.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::metering_point::event::ComponentKind;
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::ActRef;

/// What stands at the point beside the meter, and whether it may be used for settlement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// Every component that stood here, in the order of recording; of one name at most one is in.
    components: Vec<(Code, Component)>,
    /// Oldest first, one a beginning.
    admissions: Vec<Admission>,
}

/// One component from its installation to its removal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Component {
    kind: ComponentKind,
    serial: Label,
    verified_until: Option<NaiveDate>,
    at: DateTime<Utc>,
    /// By the day they were done, one a day.
    verifications: Vec<Verification>,
    removed: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Verification {
    performed_on: NaiveDate,
    valid_until: NaiveDate,
    registry_record: Option<Label>,
}

/// Допуск by one act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Admission {
    pub(super) act: ActRef,
    pub(super) validity: DateSpan,
    pub(super) ended: Option<Ending>,
}

/// The end of an admission before its term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ending {
    pub(super) on: NaiveDate,
    pub(super) cause: Code,
    pub(super) act: Option<ActRef>,
}

impl Component {
    pub(super) fn installed(
        kind: ComponentKind,
        serial: Label,
        verified_until: Option<NaiveDate>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            kind,
            serial,
            verified_until,
            at,
            verifications: Vec::new(),
            removed: None,
        }
    }

    pub(super) fn installed_at(&self) -> DateTime<Utc> {
        self.at
    }

    pub(super) fn removed_at(&self) -> Option<DateTime<Utc>> {
        self.removed
    }

    pub(super) fn into_parts(self) -> (ComponentKind, Label, Option<NaiveDate>, DateTime<Utc>) {
        (self.kind, self.serial, self.verified_until, self.at)
    }

    fn is_in_on(&self, date: NaiveDate) -> bool {
        let removed = self.removed.map(|removed| removed.date_naive());
        self.at.date_naive() <= date && removed.is_none_or(|removed| date < removed)
    }

    /// A modem passes figures on and measures nothing.
    fn needs_verification(&self) -> bool {
        self.kind != ComponentKind::Modem
    }

    /// Last day of the longest verification known on `date`.
    fn verified_until_on(&self, date: NaiveDate) -> Option<NaiveDate> {
        let done = self
            .verifications
            .iter()
            .filter(|done| done.performed_on <= date);
        done.map(|done| done.valid_until)
            .chain(self.verified_until)
            .max()
    }

    fn is_expired_on(&self, date: NaiveDate) -> bool {
        let expired = self
            .verified_until_on(date)
            .is_some_and(|until| until < date);
        expired && self.needs_verification() && self.is_in_on(date)
    }

    /// Days on which [`Self::is_expired_on`] may change its answer.
    fn turning_days(&self) -> impl Iterator<Item = NaiveDate> {
        let ends = self.verifications.iter().map(|done| done.valid_until);
        let ends = ends
            .chain(self.verified_until)
            .filter_map(|until| until.succ_opt());
        let done = self.verifications.iter().map(|done| done.performed_on);
        let there = [Some(self.at), self.removed].into_iter().flatten();
        ends.chain(done).chain(there.map(|at| at.date_naive()))
    }
}

impl Node {
    /// All components of a name, oldest first.
    pub(super) fn named(&self, name: &Code) -> impl DoubleEndedIterator<Item = &Component> {
        self.components
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, known)| known)
    }

    /// The component of a name that is in.
    pub(super) fn standing(&self, name: &Code) -> Option<&Component> {
        self.named(name)
            .next_back()
            .filter(|last| last.removed.is_none())
    }

    /// Whether exactly this installation is on record.
    pub(super) fn has_installed(&self, name: &Code, given: &Component) -> bool {
        self.named(name).any(|known| {
            known.at == given.at
                && known.kind == given.kind
                && known.serial == given.serial
                && known.verified_until == given.verified_until
        })
    }

    /// Whether exactly this verification is on record.
    pub(super) fn has_verified(
        &self,
        name: &Code,
        performed_on: NaiveDate,
        valid_until: NaiveDate,
        registry_record: Option<&Label>,
    ) -> bool {
        self.named(name)
            .flat_map(|known| &known.verifications)
            .any(|known| {
                known.performed_on == performed_on
                    && known.valid_until == valid_until
                    && known.registry_record.as_ref() == registry_record
            })
    }

    pub(super) fn install(&mut self, name: Code, component: Component) {
        self.components.push((name, component));
    }

    pub(super) fn verify(
        &mut self,
        name: &Code,
        performed_on: NaiveDate,
        valid_until: NaiveDate,
        registry_record: Option<Label>,
    ) {
        if let Some(component) = self.standing_mut(name) {
            component
                .verifications
                .retain(|known| known.performed_on != performed_on);
            let done = Verification {
                performed_on,
                valid_until,
                registry_record,
            };
            component.verifications.push(done);
        }
    }

    pub(super) fn remove(&mut self, name: &Code, at: DateTime<Utc>) {
        if let Some(component) = self.standing_mut(name) {
            component.removed = Some(at);
        }
    }

    fn standing_mut(&mut self, name: &Code) -> Option<&mut Component> {
        let of_name = self
            .components
            .iter_mut()
            .rev()
            .find(|(known, _)| known == name);
        of_name
            .map(|(_, known)| known)
            .filter(|last| last.removed.is_none())
    }

    /// The run of days out of order that reaches `date` is followed back over the days on which a
    /// component's state turns.
    pub(super) fn out_of_order_since(&self, date: NaiveDate) -> Option<NaiveDate> {
        let is_out = |day: NaiveDate| {
            self.components
                .iter()
                .any(|(_, part)| part.is_expired_on(day))
        };
        let turning = self
            .components
            .iter()
            .flat_map(|(_, part)| part.turning_days());
        let mut days: Vec<_> = turning.filter(|day| *day <= date).collect();
        days.sort_unstable_by(|earlier, later| later.cmp(earlier));
        days.into_iter().take_while(|day| is_out(*day)).last()
    }

    pub(super) fn unverified_on(&self, date: NaiveDate) -> impl Iterator<Item = &Code> {
        let unknown = move |part: &Component| {
            part.is_in_on(date)
                && part.needs_verification()
                && part.verified_until_on(date).is_none()
        };
        self.components
            .iter()
            .filter(move |(_, part)| unknown(part))
            .map(|(name, _)| name)
    }

    pub(super) fn admissions(&self) -> &[Admission] {
        &self.admissions
    }

    /// The admission whose term holds `date`, ended before its time or not: a later one takes the
    /// place of the one before it.
    pub(super) fn admission_term_on(&self, date: NaiveDate) -> Option<&Admission> {
        let begun = self
            .admissions
            .partition_point(|known| known.validity.from() <= date);
        self.admissions[..begun]
            .last()
            .filter(|last| last.validity.contains(date))
    }

    /// The admission in force on `date`.
    pub(super) fn admission_on(&self, date: NaiveDate) -> Option<&Admission> {
        let ended = |known: &Admission| known.ended.as_ref().is_some_and(|end| end.on <= date);
        self.admission_term_on(date).filter(|known| !ended(known))
    }

    pub(super) fn admit(&mut self, act: ActRef, validity: DateSpan) {
        let from = validity.from();
        match self
            .admissions
            .binary_search_by_key(&from, |known| known.validity.from())
        {
            Ok(place) => self.admissions[place].validity = validity,
            Err(place) => self.admissions.insert(
                place,
                Admission {
                    act,
                    validity,
                    ended: None,
                },
            ),
        }
    }

    pub(super) fn end_admission(&mut self, on: NaiveDate, cause: Code, act: Option<ActRef>) {
        let begun = self
            .admissions
            .partition_point(|known| known.validity.from() <= on);
        if let Some(last) = self.admissions[..begun].last_mut() {
            last.ended = Some(Ending { on, cause, act });
        }
    }
}
