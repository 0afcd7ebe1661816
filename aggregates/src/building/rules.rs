//! Rules of a building: what a command leads to.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::building::address::{Address, Location};
use crate::building::arrangement::Arrangement;
use crate::building::check::*;
use crate::building::error::BuildingError;
use crate::building::event::{BuildingAreaPurpose, BuildingEvent, HeatLayout, HeatingPayment};
use crate::building::heating::{SeasonMark, check_mark};
use crate::building::outage::{self, IntakeOutage, ServiceOutage};
use crate::building::{
    Adopted, BalanceScope, Building, Decision, Explanation, Registered, Relation, Senior,
    WindowTerms,
};
use crate::quantity::{Quantity, SquareMetre};
use crate::text::Code;
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, FactSource, Resource};

/// Larger than any apartment building, m².
const AREA_LIMIT: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

type Outcome = Result<Vec<BuildingEvent>, BuildingError>;

impl Building {
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
    pub(super) fn change_address(
        &self,
        address: Address,
        from: NaiveDate,
        fias_replaced: bool,
    ) -> Outcome {
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

    pub(super) fn locate(&self, location: Location) -> Outcome {
        let latitude = location.latitude.value();
        if latitude.abs() > Decimal::from(90) {
            return Err(BuildingError::NoSuchLatitude {
                given: latitude.to_string(),
            });
        }
        let known = self.location.as_ref() == Some(&location);
        Ok(unless(known, BuildingEvent::BuildingLocated { location }))
    }

    pub(super) fn set_arrangement(
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

    pub(super) fn set_window(
        &self,
        resource: Resource,
        from: NaiveDate,
        terms: WindowTerms,
    ) -> Outcome {
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

    pub(super) fn record_area(
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

    pub(super) fn define_scope(
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

    pub(super) fn set_relation(
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

    pub(super) fn appoint_senior(&self, senior: Senior, validity: DateSpan) -> Outcome {
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

    pub(super) fn link_station(&self, station: Code, from: NaiveDate) -> Outcome {
        if !has_digits(station.as_str(), &[5]) {
            return Err(BuildingError::NotAStation { given: station });
        }
        let known = self.stations.has_from(from, &station);
        Ok(unless(
            known,
            BuildingEvent::WeatherStationLinked { station, from },
        ))
    }

    pub(super) fn choose_heating_payment(
        &self,
        mode: HeatingPayment,
        from: NaiveDate,
        act: ActRef,
    ) -> Outcome {
        let known = self.heating_payment.has_from(from, &(mode, act.clone()));
        Ok(unless(
            known,
            BuildingEvent::HeatingPaymentChosen { mode, from, act },
        ))
    }

    pub(super) fn record_heat_layout(
        &self,
        layout: HeatLayout,
        source: FactSource,
        from: NaiveDate,
    ) -> Outcome {
        let known = self.heat_layout.has_from(from, &(layout, source));
        let event = BuildingEvent::HeatDistributionRecorded {
            layout,
            source,
            from,
        };
        Ok(unless(known, event))
    }

    pub(super) fn mark_season(&self, mark: SeasonMark) -> Outcome {
        let is_new = check_mark(&self.season, &mark)?;
        let SeasonMark { on, starts, act } = mark;
        let event = match starts {
            true => BuildingEvent::HeatingSeasonStarted { on, act },
            false => BuildingEvent::HeatingSeasonEnded { on, act },
        };
        Ok(unless(!is_new, event))
    }

    pub(super) fn record_outage(&self, mut given: ServiceOutage) -> Outcome {
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

    pub(super) fn record_intake_outage(&self, mut given: IntakeOutage) -> Outcome {
        sort_unique(&mut given.channels, |channel| format!("канал {channel}"))?;
        let is_new = outage::check(&self.intake_outages, &given)?;
        let IntakeOutage { interval, channels } = given;
        Ok(unless(
            !is_new,
            BuildingEvent::IntakeOutageRecorded { interval, channels },
        ))
    }

    pub(super) fn record_decision(
        &self,
        given: Decision,
        validity: DateSpan,
        act: ActRef,
    ) -> Outcome {
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
        check_source(&given.from)?;
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
