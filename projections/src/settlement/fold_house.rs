//! What each event of the house, of premises and of a meter changes in what a settlement knows.

use aggregates::building::event::{BuildingEvent, PeriodTotal};
use aggregates::building::{AcceptedFlag, PassedStage};
use aggregates::ids::PremisesId;
use aggregates::meter::event::MeterEvent;
use aggregates::premises::event::{PremisesAreaPurpose, PremisesEvent};
use aggregates::rule::RuleScope;
use aggregates::time::{DateSpan, Period};
use aggregates::vocabulary::Resource;
use chrono::{DateTime, NaiveDate, Utc};

use crate::calendar;
use crate::recorded::EventAt;
use crate::settlement::facts::{
    About, AbsenceFact, Amenities, AreaRows, Change, ClosedPeriod, Dated, Fact, ImbalanceFact,
    MeterLife, Outage, PremisesFacts, Relation,
};
use crate::settlement::fold::HouseBook;
use crate::settlement::heat_even::HEATING_OF_YEAR;
use crate::settlement::heat_weather::OUTDOOR_TEMPERATURE;

impl HouseBook {
    pub(super) fn apply_building(&mut self, event: &BuildingEvent, at: EventAt) {
        use BuildingEvent as Event;
        match event {
            Event::BuildingRegistered { .. } => self.house.registered = Some(at),
            Event::ArrangementSet {
                resource,
                validity,
                arrangement,
            } => {
                let rows = self.house.arrangements.entry(*resource).or_default();
                rows.record(*validity, Fact::new(arrangement.clone(), at));
                self.note_day(validity.from(), at, About::House(Some(*resource)));
            }
            Event::BuildingAreaRecorded {
                purpose,
                area,
                from,
                source,
            } => {
                let rows = self.house.areas.entry(*purpose).or_default();
                rows.record(Fact::new(*area, at), *from, *source);
                self.note_day(*from, at, About::House(None));
            }
            Event::BalanceScopeDefined { resource, from, .. } => {
                self.note_day(*from, at, About::House(Some(*resource)));
            }
            Event::MeetingDecisionRecorded {
                decision,
                resource,
                validity,
                ..
            } => {
                let key = (decision.clone(), *resource);
                let rows = self.house.decisions.entry(key).or_default();
                rows.record(*validity, Fact::new((), at));
                self.note_day(validity.from(), at, About::House(*resource));
            }
            other => self.apply_rules(other, at),
        }
    }

    /// Rules of the house that stand in the place of the common ones.
    fn apply_rules(&mut self, event: &BuildingEvent, at: EventAt) {
        use BuildingEvent as Event;
        match event {
            Event::RuleOverridden {
                parameter,
                scope,
                value,
                validity,
                basis,
            } => {
                let rows = self.house.overrides_of(parameter, scope);
                let overriding = (value.clone(), basis.clone());
                rows.record(*validity, Fact::new(overriding, at));
                self.note_day(validity.from(), at, about_scope(scope));
            }
            Event::RuleOverrideWithdrawn {
                parameter,
                scope,
                from,
                ..
            } => {
                self.house.overrides_of(parameter, scope).take_back(*from);
                self.note_day(*from, at, about_scope(scope));
            }
            Event::ImbalanceExplained {
                period,
                resource,
                cause,
                amount,
                ..
            } => {
                let fact = ImbalanceFact {
                    period: *period,
                    resource: *resource,
                    cause: cause.clone(),
                    amount: *amount,
                };
                self.house.explanations.push(Fact::new(fact, at));
            }
            // No figure changes by it: nothing to mend.
            Event::RuleConfirmationAdopted {
                rule, confirmation, ..
            } => {
                let known = Fact::new(confirmation.clone(), at);
                self.house.confirmations.insert(rule.clone(), known);
            }
            other => self.apply_terms(other, at),
        }
    }

    /// Heating, companies and periods.
    fn apply_terms(&mut self, event: &BuildingEvent, at: EventAt) {
        use BuildingEvent as Event;
        match event {
            Event::RelationSet {
                organisation,
                role,
                resources,
                validity,
                ..
            } => {
                let mut resources = resources.clone();
                resources.sort_unstable();
                let known = self.house.relations.iter().position(|known| {
                    known.organisation == *organisation
                        && known.role == *role
                        && known.resources == resources
                });
                let place = known.unwrap_or_else(|| {
                    self.house.relations.push(Relation {
                        organisation: *organisation,
                        role: *role,
                        resources,
                        rows: Dated::default(),
                    });
                    self.house.relations.len() - 1
                });
                let rows = &mut self.house.relations[place].rows;
                rows.record(*validity, Fact::new((), at));
                self.note_day(validity.from(), at, About::House(None));
            }
            Event::HeatingSeasonStarted { on, .. } | Event::HeatingSeasonEnded { on, .. } => {
                let starts = matches!(event, Event::HeatingSeasonStarted { .. });
                self.house.season.push((*on, Fact::new(starts, at)));
                self.note_day(*on, at, About::House(None));
            }
            Event::HeatingPaymentChosen { mode, from, .. } => {
                self.house.payment.record_from(*from, Fact::new(*mode, at));
                self.note_day(*from, at, About::House(None));
            }
            Event::ValueAdopted {
                purpose,
                interval,
                value,
                ..
            } if purpose.as_str() == HEATING_OF_YEAR => {
                self.take_heat_of_year(*interval, *value, at)
            }
            Event::ValueAdopted {
                purpose,
                interval,
                value,
                ..
            } if purpose.as_str() == OUTDOOR_TEMPERATURE => {
                self.take_temperature(*interval, *value, at);
                self.note_day(
                    interval.from().date_naive(),
                    at,
                    About::House(Some(Resource::Heat)),
                );
            }
            Event::PeriodOpened { period } => {
                let first = self.periods.opened.map_or(*period, |(first, _)| first);
                self.periods.opened = Some((first, *period));
            }
            other => self.apply_closing(other, at),
        }
    }

    /// The way to a closed period and back.
    fn apply_closing(&mut self, event: &BuildingEvent, at: EventAt) {
        use BuildingEvent as Event;
        match event {
            Event::PeriodStagePassed {
                period,
                stage,
                computed_at,
                counts,
                totals,
                lines_root,
            } => {
                let passed = PassedStage {
                    period: *period,
                    stage: *stage,
                    computed_at: *computed_at,
                    counts: counts.clone(),
                    totals: totals.clone(),
                    lines_root: lines_root.clone(),
                };
                let stages = &mut self.periods.stages;
                stages.retain(|known| known.period == *period && known.stage < *stage);
                stages.push(passed);
            }
            Event::FlagAccepted {
                period,
                flagged,
                cause,
                note,
            } => {
                let accepted = &mut self.periods.accepted;
                accepted.retain(|known| known.period != *period || known.flagged != *flagged);
                accepted.push(AcceptedFlag {
                    period: *period,
                    flagged: flagged.clone(),
                    cause: cause.clone(),
                    note: note.clone(),
                });
            }
            Event::PeriodClosed {
                period,
                computed_at,
                edition_hash,
                bills_held,
                totals,
                ..
            } => {
                for total in totals {
                    self.take_total(*period, total, at);
                }
                let closed = ClosedPeriod {
                    computed_at: *computed_at,
                    settled: edition_hash.is_some(),
                    bills_held: *bills_held,
                };
                self.closed(*period, closed, at);
            }
            Event::HeldBillsReleased { period } => {
                if let Some(closed) = self.periods.closed.get_mut(period) {
                    closed.bills_held = false;
                }
            }
            Event::PeriodReopened { period, .. } => {
                self.periods.closed.remove(period);
                let mut changes = std::mem::take(&mut self.periods.mended);
                changes.append(&mut self.changes);
                self.changes = changes;
            }
            other => self.apply_gaps(other, at),
        }
    }

    /// Keeps a volume of a closed period, in the place of what an earlier closing said of it.
    pub(super) fn take_total(&mut self, closed: Period, total: &PeriodTotal, at: EventAt) {
        let period = total.period.unwrap_or(closed);
        let known = self
            .periods
            .volumes
            .entry((total.resource, period))
            .or_default();
        known.retain(|fact| fact.value.0 != total.kind);
        if let Some(volume) = total.volume {
            known.push(Fact::new((total.kind.clone(), volume), at));
        }
    }

    /// What the closing has seen is no change any more, and so are the volumes that it recorded
    /// itself just before.
    fn closed(&mut self, period: Period, closed: ClosedPeriod, at: EventAt) {
        self.periods.closed.insert(period, closed);
        self.periods.stages.clear();
        self.periods.accepted.retain(|flag| flag.period > period);
        let is_new = |change: &Change| {
            let own =
                matches!(change.about, About::Imputed(_)) && change.event.position < at.position;
            change.event.position > closed.computed_at && !own
        };
        let (new, mended) = std::mem::take(&mut self.changes)
            .into_iter()
            .partition(is_new);
        self.changes = new;
        self.periods.mended = mended;
        self.since = None;
    }

    pub(super) fn apply_premises(&mut self, id: PremisesId, event: &PremisesEvent, at: EventAt) {
        if let PremisesEvent::PremisesRegistered {
            number,
            kind,
            part_of,
            ..
        } = event
        {
            let facts = PremisesFacts {
                number: number.clone(),
                registered: Fact::new(*kind, at),
                part_of: *part_of,
                uses: Dated::default(),
                area: AreaRows::default(),
                living: AreaRows::default(),
                residents: Dated::default(),
                owners: Dated::default(),
                absences: Vec::new(),
                impossible: Default::default(),
                heat: Dated::default(),
                separate: Default::default(),
                amenities: Dated::default(),
            };
            self.premises.insert(id, facts);
            if let Some(flat) = part_of {
                self.parts.entry(*flat).or_default().push(id);
            }
            return;
        }
        let Some(premises) = self.premises.get_mut(&id) else {
            return;
        };
        if let Some(from) = take_premises(premises, event, at) {
            self.note_day(from, at, About::Premises(id));
        }
    }

    pub(super) fn apply_meter(&mut self, event: &MeterEvent, at: EventAt) {
        let id = at.aggregate_id;
        let earliest = self.meter_from(event, at);
        let life = self.meters.entry(id).or_default();
        life.sequence = at.sequence;
        take_meter(life, event, at);
        if let Some(from) = earliest {
            let about = match event {
                MeterEvent::ValueImputed { .. } => About::Imputed(id),
                _ => About::Meter(id),
            };
            self.note(from, at, about);
        }
    }

    /// The first period whose figures an event of a meter may change.
    pub(super) fn meter_from(&self, event: &MeterEvent, at: EventAt) -> Option<Period> {
        use MeterEvent as Event;
        let meter = at.aggregate_id;
        let reading = |sequence: u64| {
            let facts = self.balance.consumption.meter(meter)?;
            facts.told_from(sequence)
        };
        match event {
            Event::ReadingRecorded { reading: told, .. }
            | Event::ControlReadingRecorded { reading: told, .. } => {
                let from = reading(at.sequence).map_or(told.period, |from| from.min(told.period));
                Some(
                    self.seen_from(meter, told.taken_at)
                        .map_or(from, |seen| seen.min(from)),
                )
            }
            Event::SeriesAdopted { readings, .. } => readings.iter().map(|one| one.period).min(),
            Event::ReadingWithdrawn { reading: which, .. }
            | Event::ReadingCorrected { reading: which, .. }
            | Event::RolloverDeclared { reading: which, .. } => reading(*which),
            Event::MeterInstalled { at, .. }
            | Event::MeterFailed { at, .. }
            | Event::MeterRestored { at, .. }
            | Event::AccessRefused { at, .. }
            | Event::MeterInspected { at, .. }
            | Event::TamperingFound { at, .. }
            | Event::TamperingEnded { at, .. }
            | Event::MeterRemoved { at, .. } => self.month(*at),
            Event::FinalReadingRecorded { removed_at, .. } => self.month(*removed_at),
            Event::ValueImputed { period, .. } => Some(*period),
            Event::ImputationSuperseded { imputed, .. } => {
                let facts = self.balance.consumption.meter(meter)?;
                let mut known = facts.imputations.iter();
                let found = known.find(|fact| fact.place.sequence == *imputed)?;
                Some(found.period)
            }
            Event::VerificationRecorded { performed_on, .. } => {
                let known = self.meters.get(&meter);
                let ends = known.into_iter().flat_map(|life| &life.verifications);
                let before = ends.filter_map(|fact| fact.value.1);
                let from = before
                    .filter(|until| until < performed_on)
                    .max()
                    .unwrap_or(*performed_on);
                Period::of_date(from).ok()
            }
            _ => None,
        }
    }

    /// The month in which the provider saw a meter to which it had been refused access: that ends
    /// what followed from the refusal, whenever the reading was handed in.
    fn seen_from(&self, meter: uuid::Uuid, taken_at: DateTime<Utc>) -> Option<Period> {
        let facts = self.balance.consumption.meter(meter)?;
        facts.acts.as_ref().and_then(|_| self.month(taken_at))
    }

    fn month(&self, at: DateTime<Utc>) -> Option<Period> {
        calendar::month_of(at, self.zone()?).ok()
    }

    /// Notes that an event may change figures from a day on.
    pub(super) fn note_day(&mut self, from: NaiveDate, event: EventAt, about: About) {
        if let Ok(from) = Period::of_date(from) {
            self.note(from, event, about);
        }
    }

    fn note(&mut self, from: Period, event: EventAt, about: About) {
        self.changes.push(Change { event, from, about });
    }
}

/// What a rule with this scope may change.
fn about_scope(scope: &RuleScope) -> About {
    match scope.resources.as_slice() {
        [resource] => About::House(Some(*resource)),
        _ => About::House(None),
    }
}

/// Lets an event act on premises; returns the first day that it matters for.
fn take_premises(
    premises: &mut PremisesFacts,
    event: &PremisesEvent,
    at: EventAt,
) -> Option<NaiveDate> {
    use PremisesEvent as Event;
    Some(match event {
        Event::PremisesAreaRecorded {
            purpose,
            area,
            from,
            source,
        } => {
            let rows = match purpose {
                PremisesAreaPurpose::Total => &mut premises.area,
                PremisesAreaPurpose::Living => &mut premises.living,
                PremisesAreaPurpose::Heated => return None,
            };
            rows.record(Fact::new(*area, at), *from, *source);
            *from
        }
        Event::ResidentsRecorded {
            registered,
            temporary,
            validity,
            ..
        } => {
            let persons = u32::from(*registered) + u32::from(*temporary);
            keep(&mut premises.residents, *validity, persons, at)
        }
        Event::OwnersRecorded { count, from, .. } => keep(
            &mut premises.owners,
            DateSpan::since(*from),
            u32::from(*count),
            at,
        ),
        Event::AbsenceRecorded { .. } => take_absence(premises, event, at)?,
        Event::MeteringImpossible {
            resource, validity, ..
        } => keep(
            premises.impossible.entry(*resource).or_default(),
            *validity,
            (),
            at,
        ),
        other => return take_supply(premises, other, at),
    })
}

/// A later row of the same days takes the place of an earlier one.
fn take_absence(
    premises: &mut PremisesFacts,
    event: &PremisesEvent,
    at: EventAt,
) -> Option<NaiveDate> {
    let PremisesEvent::AbsenceRecorded {
        persons,
        departed,
        returned,
        applied_on,
        refused,
        ..
    } = event
    else {
        return None;
    };
    let days = (*departed, *returned);
    premises
        .absences
        .retain(|known| (known.departed, known.returned) != days);
    premises.absences.push(AbsenceFact {
        persons: u32::from(*persons),
        departed: *departed,
        returned: *returned,
        applied_on: *applied_on,
        refused: *refused,
        event: at,
    });
    Some(*departed)
}

/// What the premises are supplied with, and what they are.
fn take_supply(
    premises: &mut PremisesFacts,
    event: &PremisesEvent,
    at: EventAt,
) -> Option<NaiveDate> {
    use PremisesEvent as Event;
    Some(match event {
        Event::HeatSourceRecorded { heating, from, .. } => {
            keep(&mut premises.heat, DateSpan::since(*from), *heating, at)
        }
        Event::SeparateBillingSet {
            resource,
            biller,
            validity,
            ..
        } => keep(
            premises.separate.entry(*resource).or_default(),
            *validity,
            *biller,
            at,
        ),
        Event::AmenitiesRecorded {
            category,
            rooms,
            from,
            ..
        } => {
            let (category, rooms) = (category.clone(), *rooms);
            let amenities = Amenities { category, rooms };
            keep(
                &mut premises.amenities,
                DateSpan::since(*from),
                amenities,
                at,
            )
        }
        Event::UseChanged { kind, from, .. } => {
            keep(&mut premises.uses, DateSpan::since(*from), *kind, at)
        }
        _ => return None,
    })
}

fn keep<T: PartialEq>(rows: &mut Dated<T>, validity: DateSpan, value: T, at: EventAt) -> NaiveDate {
    rows.record(validity, Fact::new(value, at));
    validity.from()
}

fn take_meter(life: &mut MeterLife, event: &MeterEvent, at: EventAt) {
    match event {
        MeterEvent::VerificationRecorded {
            performed_on,
            valid_until,
            ..
        } => {
            let fact = Fact::new((*performed_on, *valid_until), at);
            life.verifications.push(fact);
        }
        MeterEvent::ReadingHeld { reading, .. } => {
            life.held.insert(at.sequence, Fact::new(reading.period, at));
        }
        MeterEvent::ReadingRecorded {
            confirms: Some(held),
            ..
        } => {
            life.held.remove(held);
        }
        MeterEvent::MeterFailed { at: since, .. } => {
            life.failures.push(Outage {
                since: Fact::new(*since, at),
                until: None,
            });
        }
        MeterEvent::MeterRestored { at: until, .. }
        | MeterEvent::MeterRemoved { at: until, .. } => {
            let last = life.failures.last_mut();
            if let Some(open) = last.filter(|outage| outage.until.is_none()) {
                open.until = Some(*until);
            }
        }
        _ => {}
    }
}
