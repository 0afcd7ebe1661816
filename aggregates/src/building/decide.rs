//! Which rule judges which command of a building.

use crate::building::command::BuildingCommand;
use crate::building::error::BuildingError;
use crate::building::event::BuildingEvent;
use crate::building::heating::SeasonMark;
use crate::building::outage::{IntakeOutage, ServiceOutage};
use crate::building::overrides::{Overriding, RuleOverride};
use crate::building::periods::Closing;
use crate::building::stages::{AcceptedFlag, PassedStage, ReopeningWish};
use crate::building::{
    Adopted, BalanceScope, Building, Decision, Explanation, Registered, Relation, Senior,
    WindowTerms,
};

type Outcome = Result<Vec<BuildingEvent>, BuildingError>;

impl Building {
    pub(super) fn decide(&self, command: BuildingCommand) -> Outcome {
        match command {
            BuildingCommand::RegisterBuilding {
                address,
                kind,
                zone,
                floors,
                entrances,
                built_in,
            } => self.register(Registered {
                address,
                kind,
                zone,
                floors,
                entrances,
                built_in,
            }),
            _ if !self.is_registered() => Err(BuildingError::NotRegistered),
            other => self.decide_terms(other),
        }
    }

    /// The commands that record who does what for the house. The building is registered.
    fn decide_terms(&self, command: BuildingCommand) -> Outcome {
        use BuildingCommand as Command;
        match command {
            Command::ChangeAddress {
                address,
                from,
                fias_replaced,
            } => self.change_address(address, from, fias_replaced),
            Command::LocateBuilding { location } => self.locate(location),
            Command::SetArrangement {
                resource,
                validity,
                arrangement,
            } => self.set_arrangement(resource, validity, arrangement),
            Command::SetSubmissionWindow {
                resource,
                from,
                window,
                basis,
            } => self.set_window(resource, from, WindowTerms { window, basis }),
            Command::RecordBuildingArea {
                purpose,
                area,
                from,
                source,
            } => self.record_area(purpose, area, from, source),
            Command::DefineBalanceScope {
                resource,
                name,
                from,
                house,
                members,
            } => self.define_scope(resource, name, from, BalanceScope { house, members }),
            Command::SetRelation {
                organisation,
                role,
                resources,
                validity,
                act,
            } => {
                let relation = Relation::new(organisation, role, resources);
                self.set_relation(relation, validity, act)
            }
            Command::RecordPayee {
                organisation,
                payee,
                from,
            } => self.record_payee(organisation, payee, from),
            Command::AppointSenior {
                person,
                act,
                validity,
            } => self.appoint_senior(Senior { person, act }, validity),
            Command::LinkWeatherStation { station, from } => self.link_station(station, from),
            Command::RecordMeetingDecision {
                decision,
                resource,
                validity,
                act,
            } => self.record_decision(Decision::new(decision, resource), validity, act),
            other => self.decide_rules(other),
        }
    }

    /// Rules of the house that stand in the place of the common ones.
    fn decide_rules(&self, command: BuildingCommand) -> Outcome {
        use BuildingCommand as Command;
        match command {
            Command::OverrideRule {
                parameter,
                scope,
                value,
                validity,
                basis,
            } => {
                let given = RuleOverride::new(parameter, scope.ordered());
                self.override_rule(given, validity, Overriding { value, basis })
            }
            Command::WithdrawRuleOverride {
                parameter,
                scope,
                from,
                basis,
            } => {
                let given = RuleOverride::new(parameter, scope.ordered());
                self.withdraw_override(given, from, basis)
            }
            Command::AdoptRuleConfirmation {
                rule,
                parameter,
                confirmation,
                from,
            } => self.adopt_confirmation(rule, parameter, (confirmation, from)),
            other => self.decide_service(other),
        }
    }

    /// Heating and interruptions.
    fn decide_service(&self, command: BuildingCommand) -> Outcome {
        use BuildingCommand as Command;
        match command {
            Command::StartHeatingSeason { on, act } => self.mark_season(SeasonMark::start(on, act)),
            Command::EndHeatingSeason { on, act } => self.mark_season(SeasonMark::end(on, act)),
            Command::ChooseHeatingPayment { mode, from, act } => {
                self.choose_heating_payment(mode, from, act)
            }
            Command::RecordHeatDistribution {
                layout,
                source,
                from,
            } => self.record_heat_layout(layout, source, from),
            Command::RecordServiceOutage {
                resource,
                interval,
                premises,
                kind,
                act,
            } => self.record_outage(ServiceOutage {
                resource,
                interval,
                premises,
                kind,
                act,
            }),
            Command::RecordIntakeOutage { interval, channels } => {
                self.record_intake_outage(IntakeOutage { interval, channels })
            }
            Command::OpenPeriod { period } => self.periods.open(period),
            other => self.decide_closing(other),
        }
    }

    /// The way to a closed period and back.
    fn decide_closing(&self, command: BuildingCommand) -> Outcome {
        use BuildingCommand as Command;
        match command {
            Command::PassStage {
                period,
                stage,
                computed_at,
                counts,
                totals,
                lines_root,
            } => self.periods.pass_stage(PassedStage {
                period,
                stage,
                computed_at,
                counts,
                totals,
                lines_root,
            }),
            Command::AcceptFlag {
                period,
                flagged,
                cause,
                note,
            } => self.periods.accept_flag(AcceptedFlag {
                period,
                flagged,
                cause,
                note,
            }),
            Command::DecideGap {
                meter,
                period,
                method,
                volumes,
                basis,
            } => self.periods.decide_gap(
                BuildingEvent::GapDecided {
                    meter,
                    period,
                    method,
                    volumes,
                    basis,
                },
                period,
            ),
            Command::SetGapPolicy { policy, from } => self
                .periods
                .decide_gap(BuildingEvent::GapPolicySet { policy, from }, from),
            Command::ReleaseHeldBills { period } => self.periods.release_bills(period),
            Command::RequestReopening {
                period,
                reason,
                note,
                by,
            } => self.periods.request_reopening(ReopeningWish {
                period,
                reason,
                note,
                by,
            }),
            Command::ReopenPeriod { period, by } => self.periods.reopen(period, by),
            other => self.decide_close(other),
        }
    }

    /// The closing itself.
    fn decide_close(&self, command: BuildingCommand) -> Outcome {
        use BuildingCommand as Command;
        match command {
            Command::ClosePeriod {
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
            } => self.periods.close(Closing {
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
            other => self.decide_figures(other),
        }
    }

    /// Figures of a period. The commands decided before are named, so that a new one cannot be
    /// forgotten.
    fn decide_figures(&self, command: BuildingCommand) -> Outcome {
        use BuildingCommand as Command;
        match command {
            Command::ExplainImbalance {
                period,
                resource,
                cause,
                amount,
                evidence,
            } => self.explain(Explanation {
                period,
                resource,
                cause,
                amount,
                evidence,
            }),
            Command::AdoptValue {
                purpose,
                resource,
                interval,
                value,
                from,
            } => self.adopt(Adopted {
                purpose,
                resource,
                interval,
                value,
                from,
            }),
            Command::RegisterBuilding { .. }
            | Command::ChangeAddress { .. }
            | Command::LocateBuilding { .. }
            | Command::SetArrangement { .. }
            | Command::SetSubmissionWindow { .. }
            | Command::RecordBuildingArea { .. }
            | Command::DefineBalanceScope { .. }
            | Command::SetRelation { .. }
            | Command::RecordPayee { .. }
            | Command::AppointSenior { .. }
            | Command::LinkWeatherStation { .. }
            | Command::StartHeatingSeason { .. }
            | Command::EndHeatingSeason { .. }
            | Command::ChooseHeatingPayment { .. }
            | Command::RecordHeatDistribution { .. }
            | Command::RecordServiceOutage { .. }
            | Command::RecordIntakeOutage { .. }
            | Command::RecordMeetingDecision { .. }
            | Command::OverrideRule { .. }
            | Command::WithdrawRuleOverride { .. }
            | Command::AdoptRuleConfirmation { .. }
            | Command::OpenPeriod { .. }
            | Command::ClosePeriod { .. }
            | Command::PassStage { .. }
            | Command::AcceptFlag { .. }
            | Command::DecideGap { .. }
            | Command::SetGapPolicy { .. }
            | Command::ReleaseHeldBills { .. }
            | Command::RequestReopening { .. }
            | Command::ReopenPeriod { .. } => Ok(Vec::new()),
        }
    }
}
