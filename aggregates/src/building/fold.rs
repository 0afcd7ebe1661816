//! What each event changes in what is known of a building.

use crate::building::event::{BuildingEvent, CompanyRole};
use crate::building::heating::SeasonMark;
use crate::building::outage::{self, IntakeOutage, ServiceOutage};
use crate::building::overrides::{Overriding, RuleOverride};
use crate::building::periods::Closing;
use crate::building::stages::{AcceptedFlag, PassedStage, Reopening, ReopeningWish};
use crate::building::{
    Adopted, BalanceScope, Building, Decision, Explanation, Registered, Relation, Senior,
    WindowTerms,
};
use crate::dated::DatedRows;
use crate::ids::OrganisationId;
use crate::text::Code;
use crate::vocabulary::Resource;

impl Building {
    /// Where the house stands, how large it is, what it took over; everything else is passed on.
    pub(super) fn fold(&mut self, event: BuildingEvent) {
        use BuildingEvent as Event;
        match event {
            Event::BuildingRegistered {
                address,
                kind,
                zone,
                floors,
                entrances,
                built_in,
            } => {
                self.registered = Some(Registered {
                    address,
                    kind,
                    zone,
                    floors,
                    entrances,
                    built_in,
                });
            }
            Event::AddressChanged { address, from } => self.addresses.record_from(from, address),
            Event::BuildingLocated { location } => self.location = Some(location),
            Event::BuildingAreaRecorded {
                purpose,
                area,
                from,
                source,
            } => {
                let rows = self.areas.entry(purpose).or_default();
                rows.record(area, from, source);
            }
            Event::ValueAdopted {
                purpose,
                resource,
                interval,
                value,
                from,
            } => {
                let given = Adopted {
                    purpose,
                    resource,
                    interval,
                    value,
                    from,
                };
                replace(&mut self.adopted, given, Adopted::is_of_same);
            }
            other => self.fold_terms(other),
        }
    }

    /// Who does what for the house, and what stands in its balance.
    fn fold_terms(&mut self, event: BuildingEvent) {
        use BuildingEvent as Event;
        match event {
            Event::ArrangementSet {
                resource,
                validity,
                arrangement,
            } => {
                let rows = self.arrangements.entry(resource).or_default();
                rows.record(validity, arrangement);
            }
            Event::SubmissionWindowSet {
                resource,
                from,
                window,
                basis,
            } => {
                let rows = self.windows.entry(resource).or_default();
                rows.record_from(from, WindowTerms { window, basis });
            }
            Event::BalanceScopeDefined {
                resource,
                name,
                from,
                house,
                members,
            } => {
                let named = self.scopes.entry(resource).or_default();
                let rows = named.entry(name).or_default();
                rows.record_from(from, BalanceScope { house, members });
            }
            Event::RelationSet {
                organisation,
                role,
                resources,
                validity,
                act,
            } => {
                let empty = Relation::new(organisation, role, resources);
                let known = place(&mut self.relations, empty, Relation::is_of_same);
                known.rows.record(validity, act);
            }
            Event::PayeeRecorded {
                organisation,
                payee,
                from,
            } => self.take_payee(organisation, payee, from),
            Event::SeniorAppointed {
                person,
                act,
                validity,
            } => self.seniors.record(validity, Senior { person, act }),
            Event::MeetingDecisionRecorded {
                decision,
                resource,
                validity,
                act,
            } => {
                let empty = Decision::new(decision, resource);
                let known = place(&mut self.decisions, empty, Decision::is_of_same);
                known.rows.record(validity, act);
            }
            other => self.fold_rules(other),
        }
    }

    /// Rules of the house that stand in the place of the common ones.
    fn fold_rules(&mut self, event: BuildingEvent) {
        use BuildingEvent as Event;
        match event {
            Event::RuleOverridden {
                parameter,
                scope,
                value,
                validity,
                basis,
            } => {
                let empty = RuleOverride::new(parameter, scope);
                let known = place(&mut self.overrides, empty, RuleOverride::is_of_same);
                known.record(validity, Overriding { value, basis });
            }
            Event::RuleOverrideWithdrawn {
                parameter,
                scope,
                from,
                ..
            } => {
                let empty = RuleOverride::new(parameter, scope);
                let known = place(&mut self.overrides, empty, RuleOverride::is_of_same);
                known.take_back(from);
            }
            Event::RuleConfirmationAdopted {
                rule,
                confirmation,
                from,
                ..
            } => {
                self.confirmations.insert(rule, (confirmation, from));
            }
            other => self.fold_services(other),
        }
    }

    /// Heating and interruptions.
    fn fold_services(&mut self, event: BuildingEvent) {
        use BuildingEvent as Event;
        match event {
            Event::WeatherStationLinked { station, from } => {
                self.stations.record_from(from, station);
            }
            Event::HeatingSeasonStarted { on, act } => {
                self.season.push(SeasonMark::start(on, act));
            }
            Event::HeatingSeasonEnded { on, act } => {
                self.season.push(SeasonMark::end(on, act));
            }
            Event::HeatingPaymentChosen { mode, from, act } => {
                self.heating_payment.record_from(from, (mode, act));
            }
            Event::HeatDistributionRecorded {
                layout,
                source,
                from,
            } => self.heat_layout.record_from(from, (layout, source)),
            Event::ServiceOutageRecorded {
                resource,
                interval,
                premises,
                kind,
                act,
            } => {
                let given = ServiceOutage {
                    resource,
                    interval,
                    premises,
                    kind,
                    act,
                };
                outage::take(&mut self.service_outages, given);
            }
            Event::IntakeOutageRecorded { interval, channels } => {
                let given = IntakeOutage { interval, channels };
                outage::take(&mut self.intake_outages, given);
            }
            Event::PeriodOpened { period } => self.periods.opened(period),
            other => self.fold_closing(other),
        }
    }

    /// The way to a closed period and back.
    fn fold_closing(&mut self, event: BuildingEvent) {
        use BuildingEvent as Event;
        match event {
            Event::PeriodStagePassed {
                period,
                stage,
                computed_at,
                counts,
                totals,
                lines_root,
            } => self.periods.stage_passed(PassedStage {
                period,
                stage,
                computed_at,
                counts,
                totals,
                lines_root,
            }),
            Event::FlagAccepted {
                period,
                flagged,
                cause,
                note,
            } => self.periods.flag_accepted(AcceptedFlag {
                period,
                flagged,
                cause,
                note,
            }),
            Event::HeldBillsReleased { .. } => self.periods.bills_released(),
            Event::ReopeningRequested {
                period,
                reason,
                note,
                by,
            } => {
                self.periods.wish = Some(ReopeningWish {
                    period,
                    reason,
                    note,
                    by,
                });
            }
            Event::PeriodReopened {
                period, approval, ..
            } => self.periods.reopened(Reopening {
                period,
                approved_by: approval.map(|both| both.approved_by),
            }),
            other => self.fold_close(other),
        }
    }

    /// The closing itself.
    fn fold_close(&mut self, event: BuildingEvent) {
        use BuildingEvent as Event;
        match event {
            Event::PeriodClosed {
                period,
                computed_at,
                edition_hash,
                engine,
                totals,
                stream_heads_root,
                lines_root,
                accepted,
                batch,
                bills_held,
            } => self.periods.closed(Closing {
                period,
                computed_at,
                edition_hash,
                engine,
                totals,
                stream_heads_root,
                lines_root,
                accepted,
                batch,
                bills_held,
            }),
            other => self.fold_figures(other),
        }
    }

    /// Figures of a period. The events folded before are named, so that a new one cannot be
    /// forgotten.
    fn fold_figures(&mut self, event: BuildingEvent) {
        use BuildingEvent as Event;
        match event {
            Event::ImbalanceExplained {
                period,
                resource,
                cause,
                amount,
                evidence,
            } => {
                let given = Explanation {
                    period,
                    resource,
                    cause,
                    amount,
                    evidence,
                };
                replace(&mut self.explanations, given, Explanation::is_of_same);
            }
            Event::BuildingRegistered { .. }
            | Event::ValueAdopted { .. }
            | Event::AddressChanged { .. }
            | Event::BuildingLocated { .. }
            | Event::ArrangementSet { .. }
            | Event::SubmissionWindowSet { .. }
            | Event::BuildingAreaRecorded { .. }
            | Event::BalanceScopeDefined { .. }
            | Event::RelationSet { .. }
            | Event::PayeeRecorded { .. }
            | Event::SeniorAppointed { .. }
            | Event::WeatherStationLinked { .. }
            | Event::HeatingSeasonStarted { .. }
            | Event::HeatingSeasonEnded { .. }
            | Event::HeatingPaymentChosen { .. }
            | Event::HeatDistributionRecorded { .. }
            | Event::ServiceOutageRecorded { .. }
            | Event::IntakeOutageRecorded { .. }
            | Event::MeetingDecisionRecorded { .. }
            | Event::RuleOverridden { .. }
            | Event::RuleOverrideWithdrawn { .. }
            | Event::RuleConfirmationAdopted { .. }
            | Event::PeriodOpened { .. }
            | Event::PeriodClosed { .. }
            | Event::PeriodStagePassed { .. }
            | Event::FlagAccepted { .. }
            | Event::GapDecided { .. }
            | Event::GapPolicySet { .. }
            | Event::HeldBillsReleased { .. }
            | Event::ReopeningRequested { .. }
            | Event::PeriodReopened { .. } => {}
        }
    }
}

/// The entry of `list` for the same thing as `new`, which is added where there is none.
fn place<T>(list: &mut Vec<T>, new: T, is_of_same: fn(&T, &T) -> bool) -> &mut T {
    let found = list.iter().position(|known| is_of_same(known, &new));
    let place = found.unwrap_or_else(|| {
        list.push(new);
        list.len() - 1
    });
    &mut list[place]
}

/// Puts `new` in the place of the entry of `list` for the same thing, or adds it.
fn replace<T>(list: &mut Vec<T>, new: T, is_of_same: fn(&T, &T) -> bool) {
    match list.iter().position(|known| is_of_same(known, &new)) {
        Some(place) => list[place] = new,
        None => list.push(new),
    }
}

impl Relation {
    pub(super) fn new(
        organisation: OrganisationId,
        role: CompanyRole,
        resources: Vec<Resource>,
    ) -> Self {
        Self {
            organisation,
            role,
            resources,
            rows: DatedRows::default(),
        }
    }

    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        self.organisation == other.organisation
            && self.role == other.role
            && self.resources == other.resources
    }
}

impl Decision {
    pub(super) fn new(decision: Code, resource: Option<Resource>) -> Self {
        Self {
            decision,
            resource,
            rows: DatedRows::default(),
        }
    }

    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        self.decision == other.decision && self.resource == other.resource
    }
}

impl Explanation {
    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        self.period == other.period && self.resource == other.resource && self.cause == other.cause
    }
}

impl Adopted {
    pub(super) fn is_of_same(&self, other: &Self) -> bool {
        self.purpose == other.purpose && self.resource == other.resource
    }
}
