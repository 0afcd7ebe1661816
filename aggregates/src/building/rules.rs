//! Rules of a building: what a command leads to.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::building::address::{Address, Location};
use crate::building::arrangement::{Arrangement, SubmissionWindow};
use crate::building::command::BuildingCommand;
use crate::building::error::BuildingError;
use crate::building::event::{BuildingAreaPurpose, BuildingEvent, ScopeMember, Sign};
use crate::building::heating::{SeasonMark, check_mark};
use crate::building::outage::{self, IntakeOutage, ServiceOutage};
use crate::building::periods::check_sha256;
use crate::building::{
    Adopted, BalanceScope, Building, Decision, Explanation, Registered, Relation, Senior,
    WindowTerms,
};
use crate::dated::DatedRows;
use crate::quantity::{Quantity, SquareMetre};
use crate::text::Code;
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, AdoptionSource, FactSource, Resource};

/// Larger than any apartment building, m².
const AREA_LIMIT: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

type Outcome = Result<Vec<BuildingEvent>, BuildingError>;

impl Building {
    /// The commands that record a fact of the house. The building is registered.
    pub(super) fn decide_fact(&self, command: BuildingCommand) -> Outcome {
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
                let relation = Relation {
                    organisation,
                    role,
                    resources,
                    rows: DatedRows::default(),
                };
                self.set_relation(relation, validity, act)
            }
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
            } => {
                let decision = Decision {
                    decision,
                    resource,
                    rows: DatedRows::default(),
                };
                self.record_decision(decision, validity, act)
            }
            other => self.decide_service(other),
        }
    }

    /// Heating and interruptions.
    fn decide_service(&self, command: BuildingCommand) -> Outcome {
        use BuildingCommand as Command;
        match command {
            Command::StartHeatingSeason { on, act } => self.mark_season(SeasonMark {
                on,
                starts: true,
                act,
            }),
            Command::EndHeatingSeason { on, act } => self.mark_season(SeasonMark {
                on,
                starts: false,
                act,
            }),
            Command::ChooseHeatingPayment { mode, from, act } => {
                let known = self.heating_payment.has_from(from, &(mode, act.clone()));
                Ok(unless(
                    known,
                    BuildingEvent::HeatingPaymentChosen { mode, from, act },
                ))
            }
            Command::RecordHeatDistribution {
                layout,
                source,
                from,
            } => {
                let known = self.heat_layout.has_from(from, &(layout, source));
                Ok(unless(
                    known,
                    BuildingEvent::HeatDistributionRecorded {
                        layout,
                        source,
                        from,
                    },
                ))
            }
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
            // Decided before; named so that a new command cannot be forgotten here.
            Command::RegisterBuilding { .. }
            | Command::ChangeAddress { .. }
            | Command::LocateBuilding { .. }
            | Command::SetArrangement { .. }
            | Command::SetSubmissionWindow { .. }
            | Command::RecordBuildingArea { .. }
            | Command::DefineBalanceScope { .. }
            | Command::SetRelation { .. }
            | Command::AppointSenior { .. }
            | Command::LinkWeatherStation { .. }
            | Command::RecordMeetingDecision { .. }
            | Command::OpenPeriod { .. }
            | Command::ClosePeriod { .. }
            | Command::ReopenPeriod { .. }
            | Command::ExplainImbalance { .. }
            | Command::AdoptValue { .. } => Ok(Vec::new()),
        }
    }

    pub(super) fn register(&self, given: Registered) -> Outcome {
        check_address(&given.address)?;
        check_size("этажей", given.floors)?;
        check_size("подъездов", given.entrances)?;
        if let Some(year) = given.built_in.filter(|year| !(1600..=2200).contains(year)) {
            return Err(out_of_range("год постройки", year.to_string(), 1600, 2200));
        }
        if let Some(known) = &self.registered {
            return match differing_field(known, &given) {
                Some(field) => Err(BuildingError::RegisteredDifferently { field }),
                None => Ok(Vec::new()),
            };
        }
        let Registered {
            address,
            kind,
            zone,
            floors,
            entrances,
            built_in,
        } = given;
        Ok(vec![BuildingEvent::BuildingRegistered {
            address,
            kind,
            zone,
            floors,
            entrances,
            built_in,
        }])
    }

    /// An address may gain its ФИАС GUID; it loses or changes one only when the caller says so.
    fn change_address(&self, address: Address, from: NaiveDate, fias_replaced: bool) -> Outcome {
        check_address(&address)?;
        if self.addresses.has_from(from, &address) {
            return Ok(Vec::new());
        }
        let registered = self.registered.iter().map(|known| &known.address);
        let changed = self.addresses.rows().iter().map(|row| &row.value);
        let recorded = registered
            .chain(changed)
            .filter_map(|known| known.fias)
            .next_back();
        if let Some(fias) = recorded.filter(|fias| Some(*fias) != address.fias)
            && !fias_replaced
        {
            return Err(BuildingError::FiasDiffers {
                recorded: fias.to_string(),
            });
        }
        Ok(vec![BuildingEvent::AddressChanged { address, from }])
    }

    fn locate(&self, location: Location) -> Outcome {
        let latitude = location.latitude.value();
        if latitude.abs() > Decimal::from(90) {
            return Err(BuildingError::NoSuchLatitude {
                given: latitude.to_string(),
            });
        }
        let known = self.location.as_ref() == Some(&location);
        Ok(unless(known, BuildingEvent::BuildingLocated { location }))
    }

    fn set_arrangement(
        &self,
        resource: Resource,
        validity: DateSpan,
        arrangement: Arrangement,
    ) -> Outcome {
        check_day(arrangement.readings_owed_by_day)?;
        arrangement
            .report
            .as_ref()
            .map_or(Ok(()), |report| check_day(report.day))?;
        arrangement.check().map_err(BuildingError::Arrangement)?;
        let known = self
            .arrangements
            .get(&resource)
            .is_some_and(|rows| rows.has(validity, &arrangement));
        Ok(unless(
            known,
            BuildingEvent::ArrangementSet {
                resource,
                validity,
                arrangement,
            },
        ))
    }

    fn set_window(&self, resource: Resource, from: NaiveDate, terms: WindowTerms) -> Outcome {
        check_window(terms.window)?;
        let known = self
            .windows
            .get(&resource)
            .is_some_and(|rows| rows.has_from(from, &terms));
        let WindowTerms { window, basis } = terms;
        Ok(unless(
            known,
            BuildingEvent::SubmissionWindowSet {
                resource,
                from,
                window,
                basis,
            },
        ))
    }

    fn record_area(
        &self,
        purpose: BuildingAreaPurpose,
        area: Quantity<SquareMetre>,
        from: NaiveDate,
        source: FactSource,
    ) -> Outcome {
        let size = area.value();
        let none = size.is_zero() && purpose == BuildingAreaPurpose::AllPremises;
        if area.is_negative() || none || size > AREA_LIMIT {
            return Err(BuildingError::AreaOutOfRange {
                area: size.to_string(),
            });
        }
        let known = self
            .areas
            .get(&purpose)
            .is_some_and(|rows| rows.has(area, from, source));
        Ok(unless(
            known,
            BuildingEvent::BuildingAreaRecorded {
                purpose,
                area,
                from,
                source,
            },
        ))
    }

    fn define_scope(
        &self,
        resource: Resource,
        name: Code,
        from: NaiveDate,
        mut scope: BalanceScope,
    ) -> Outcome {
        check_scope(&scope)?;
        // In one order, so that the same composition is the same fact.
        scope.house.sort_unstable_by_key(|member| member.point);
        scope.members.sort_unstable_by_key(|member| member.point);
        let rows = self
            .scopes
            .get(&resource)
            .and_then(|named| named.get(&name));
        let known = rows.is_some_and(|rows| rows.has_from(from, &scope));
        let BalanceScope { house, members } = scope;
        let event = BuildingEvent::BalanceScopeDefined {
            resource,
            name,
            from,
            house,
            members,
        };
        Ok(unless(known, event))
    }

    fn set_relation(
        &self,
        mut given: Relation,
        validity: DateSpan,
        act: Option<ActRef>,
    ) -> Outcome {
        sort_unique(&mut given.resources, |resource| {
            resource.title_ru().to_owned()
        })?;
        let rows = self.relations.iter().find(|known| known.is_of_same(&given));
        let known = rows.is_some_and(|known| known.rows.has(validity, &act));
        let Relation {
            organisation,
            role,
            resources,
            ..
        } = given;
        let event = BuildingEvent::RelationSet {
            organisation,
            role,
            resources,
            validity,
            act,
        };
        Ok(unless(known, event))
    }

    fn appoint_senior(&self, senior: Senior, validity: DateSpan) -> Outcome {
        let known = self.seniors.has(validity, &senior);
        let Senior { person, act } = senior;
        Ok(unless(
            known,
            BuildingEvent::SeniorAppointed {
                person,
                act,
                validity,
            },
        ))
    }

    fn link_station(&self, station: Code, from: NaiveDate) -> Outcome {
        if !has_digits(station.as_str(), &[5]) {
            return Err(BuildingError::NotAStation { given: station });
        }
        let known = self.stations.has_from(from, &station);
        Ok(unless(
            known,
            BuildingEvent::WeatherStationLinked { station, from },
        ))
    }

    fn mark_season(&self, mark: SeasonMark) -> Outcome {
        let is_new = check_mark(&self.season, &mark)?;
        let SeasonMark { on, starts, act } = mark;
        let event = match starts {
            true => BuildingEvent::HeatingSeasonStarted { on, act },
            false => BuildingEvent::HeatingSeasonEnded { on, act },
        };
        Ok(unless(!is_new, event))
    }

    fn record_outage(&self, mut given: ServiceOutage) -> Outcome {
        sort_unique(&mut given.premises, |premises| {
            format!("помещение {premises}")
        })?;
        let is_new = outage::check(&self.service_outages, &given)?;
        let ServiceOutage {
            resource,
            interval,
            premises,
            kind,
            act,
        } = given;
        let event = BuildingEvent::ServiceOutageRecorded {
            resource,
            interval,
            premises,
            kind,
            act,
        };
        Ok(unless(!is_new, event))
    }

    fn record_intake_outage(&self, mut given: IntakeOutage) -> Outcome {
        sort_unique(&mut given.channels, |channel| format!("канал {channel}"))?;
        let is_new = outage::check(&self.intake_outages, &given)?;
        let IntakeOutage { interval, channels } = given;
        Ok(unless(
            !is_new,
            BuildingEvent::IntakeOutageRecorded { interval, channels },
        ))
    }

    fn record_decision(&self, given: Decision, validity: DateSpan, act: ActRef) -> Outcome {
        let rows = self.decisions.iter().find(|known| known.is_of_same(&given));
        let known = rows.is_some_and(|known| known.rows.has(validity, &act));
        let Decision {
            decision, resource, ..
        } = given;
        let event = BuildingEvent::MeetingDecisionRecorded {
            decision,
            resource,
            validity,
            act,
        };
        Ok(unless(known, event))
    }

    pub(super) fn explain(&self, mut given: Explanation) -> Outcome {
        let (resource, unit) = (given.resource, given.amount.unit());
        if !self.periods.is_opened(given.period) {
            return Err(BuildingError::PeriodNotOpened {
                period: given.period,
            });
        }
        if !resource.amount_units().contains(&unit) {
            return Err(BuildingError::ForeignUnit { resource, unit });
        }
        if given.amount.value().is_zero() {
            return Err(BuildingError::NothingExplained);
        }
        sort_unique(&mut given.evidence, |event| format!("событие {event}"))?;
        let known = self.explanations.contains(&given);
        let Explanation {
            period,
            resource,
            cause,
            amount,
            evidence,
        } = given;
        let event = BuildingEvent::ImbalanceExplained {
            period,
            resource,
            cause,
            amount,
            evidence,
        };
        Ok(unless(known, event))
    }

    pub(super) fn adopt(&self, given: Adopted) -> Outcome {
        if let AdoptionSource::Book {
            position,
            leaf_hash,
            ..
        } = &given.from
        {
            if *position == 0 {
                return Err(BuildingError::AdoptedFromNowhere);
            }
            check_sha256("хеш записи", leaf_hash)?;
        }
        let known = self.adopted.contains(&given);
        let Adopted {
            purpose,
            resource,
            interval,
            value,
            from,
        } = given;
        Ok(unless(
            known,
            BuildingEvent::ValueAdopted {
                purpose,
                resource,
                interval,
                value,
                from,
            },
        ))
    }
}

/// The event, unless the fact is known.
fn unless(known: bool, event: BuildingEvent) -> Vec<BuildingEvent> {
    match known {
        true => Vec::new(),
        false => vec![event],
    }
}

fn out_of_range(field: &'static str, given: String, least: i32, most: i32) -> BuildingError {
    BuildingError::OutOfRange {
        field,
        given,
        least,
        most,
    }
}

fn check_size(field: &'static str, size: Option<u16>) -> Result<(), BuildingError> {
    match size.filter(|size| !(1..=200).contains(size)) {
        Some(size) => Err(out_of_range(field, size.to_string(), 1, 200)),
        None => Ok(()),
    }
}

fn check_day(given: u8) -> Result<(), BuildingError> {
    match (1..=31).contains(&given) {
        true => Ok(()),
        false => Err(BuildingError::NoSuchDay { given }),
    }
}

fn check_window(window: SubmissionWindow) -> Result<(), BuildingError> {
    let closes = window.closes_on_day;
    check_day(closes)?;
    let Some(opens) = window.opens_on_day else {
        return Ok(());
    };
    check_day(opens)?;
    match opens <= closes {
        true => Ok(()),
        false => Err(BuildingError::WindowReversed { opens, closes }),
    }
}

fn check_scope(scope: &BalanceScope) -> Result<(), BuildingError> {
    if !scope.house.iter().any(|member| member.sign == Sign::Plus) {
        return Err(BuildingError::ScopeWithoutInput);
    }
    let mut seen = BTreeSet::new();
    let mut points = scope.house.iter().chain(&scope.members);
    match points.find(|ScopeMember { point, .. }| !seen.insert(*point)) {
        Some(member) => Err(BuildingError::ScopePointRepeated {
            point: member.point,
        }),
        None => Ok(()),
    }
}

/// Brings a set given as a list into one order and refuses what stands in it twice.
fn sort_unique<T: Ord>(list: &mut [T], name: fn(&T) -> String) -> Result<(), BuildingError> {
    list.sort_unstable();
    match list.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(BuildingError::Repeated {
            what: name(&pair[0]),
        }),
        None => Ok(()),
    }
}

fn has_digits(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit())
}

fn check_address(address: &Address) -> Result<(), BuildingError> {
    let codes: [(&'static str, &Option<Code>, &[usize], &'static str); 3] = [
        ("индекс", &address.postal_code, &[6], "шесть цифр"),
        ("КЛАДР", &address.kladr, &[13, 17, 19], "13, 17 или 19 цифр"),
        ("ОКТМО", &address.oktmo, &[8, 11], "8 или 11 цифр"),
    ];
    for (field, code, lengths, expected) in codes {
        if let Some(code) = code
            .as_ref()
            .filter(|code| !has_digits(code.as_str(), lengths))
        {
            let given = code.to_string();
            return Err(BuildingError::AddressCode {
                field,
                given,
                expected,
            });
        }
    }
    match address.fias.filter(uuid::Uuid::is_nil) {
        Some(fias) => Err(BuildingError::AddressCode {
            field: "код ФИАС",
            given: fias.to_string(),
            expected: "GUID дома из реестра, не нулевой",
        }),
        None => Ok(()),
    }
}

fn differing_field(known: &Registered, given: &Registered) -> Option<&'static str> {
    let same = [
        ("адрес", known.address == given.address),
        ("вид здания", known.kind == given.kind),
        ("часовой пояс", known.zone == given.zone),
        ("этажность", known.floors == given.floors),
        ("подъезды", known.entrances == given.entrances),
        ("год постройки", known.built_in == given.built_in),
    ];
    same.into_iter()
        .find(|(_, same)| !same)
        .map(|(field, _)| field)
}
