//! A small language for histories: a book is written down event by event and folded.

use std::collections::HashMap;

use aggregates::book_event::BookEvent;
use aggregates::building::event::{BuildingEvent, ScopeMember, Sign};
use aggregates::ids::{BookId, MeterId, MeteringPointId, PremisesId};
use aggregates::ledger::EventId;
use aggregates::meter::event::{AdoptedReading, FailureCause, MeterEvent, RemovalReason};
use aggregates::meter::model::{RegisterKind, RegisterSpec};
use aggregates::meter::reading::{
    CorrectionReason, Finding, ImputationMethod, Reading, RegisterValue, RolloverBasis,
    ValidationRule, WithdrawalReason,
};
use aggregates::metering_point::event::{MeteringPointEvent, PointKind};
use aggregates::premises::event::{PremisesEvent, PremisesKind};
use aggregates::quantity::{Measure, Unit};
use aggregates::text::{Code, Label};
use aggregates::time::{Interval, Period, ZoneName};
use aggregates::vocabulary::{ActRef, AdoptionSource, ReadingSource, Resource};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use projections::balance::{Balance, HouseBalance};
use projections::consumption::{Consumption, PointConsumption};
use projections::explanation::Explained;
use projections::recorded::Recorded;
use projections::volume::Volume;
use uuid::Uuid;

/// The first half of a settlement year at the house of these tests.
pub(crate) fn period(text: &str) -> Period {
    text.parse().expect("a period such as 2026-05")
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date such as 2026-05-25")
}

pub(crate) fn zone() -> ZoneName {
    ZoneName::new("Asia/Yekaterinburg").expect("a zone of the IANA list")
}

/// `2026-05-25` (then 10:00) or `2026-05-25T13:30`, by the clock of the house.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    let full = if text.len() == 10 {
        format!("{text}T10:00")
    } else {
        text.to_owned()
    };
    let local = NaiveDateTime::parse_from_str(&full, "%Y-%m-%dT%H:%M").expect("date and time");
    zone()
        .tz()
        .from_local_datetime(&local)
        .single()
        .expect("one instant")
        .to_utc()
}

pub(crate) fn code(text: &str) -> Code {
    Code::new(text).expect("a code")
}

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).expect("a label")
}

/// `148.100 m3`.
pub(crate) fn measure(text: &str) -> Measure {
    let (value, unit) = text.split_once(' ').expect("a value and its unit");
    Measure::new(
        value.parse().expect("a decimal"),
        unit.parse::<Unit>().expect("a unit"),
    )
}

fn act() -> ActRef {
    ActRef {
        number: label("17"),
        date: day("2026-05-15"),
        document: None,
    }
}

/// Registers of a meter: names and unit.
pub(crate) struct Registers(pub(crate) &'static [&'static str], pub(crate) Unit);

/// One water register.
pub(crate) const WATER: Registers = Registers(&["total"], Unit::CubicMetre);
/// A two-zone electricity meter.
pub(crate) const TWO_ZONES: Registers = Registers(&["t1", "t2"], Unit::KilowattHour);

/// A book in the making.
pub(crate) struct Book {
    pub(crate) events: Vec<Recorded>,
    sequences: HashMap<Uuid, u64>,
    units: HashMap<MeterId, (Vec<Code>, Unit)>,
    id: BookId,
    next: u128,
}

impl Book {
    /// The book of a house that is registered and nothing more.
    pub(crate) fn new() -> Self {
        let id = BookId(Uuid::from_u128(1));
        let mut book = Self {
            events: Vec::new(),
            sequences: HashMap::new(),
            units: HashMap::new(),
            id,
            next: 100,
        };
        let registered = serde_json::json!({"BuildingRegistered": {
            "address": {"region": "Свердловская обл", "settlement": "г Екатеринбург",
                        "street": "ул Малышева", "house": "51"},
            "kind": "apartment_building",
            "zone": "Asia/Yekaterinburg",
        }});
        let event: BuildingEvent = serde_json::from_value(registered).expect("its stored form");
        book.record(id.0, BookEvent::Building(event));
        book
    }

    fn id(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(self.next)
    }

    /// Appends an event; returns its sequence in the stream.
    pub(crate) fn record(&mut self, stream: Uuid, event: BookEvent) -> u64 {
        let sequence = self.sequences.entry(stream).or_default();
        *sequence += 1;
        let position = self.events.len() as u64 + 1;
        let seconds = i64::try_from(position).expect("a short book");
        let recorded_at = at("2026-01-01") + TimeDelta::seconds(seconds);
        self.events.push(Recorded {
            book: self.id,
            position,
            recorded_at,
            effective_at: effective(&event).unwrap_or(recorded_at),
            aggregate_id: stream,
            sequence: *sequence,
            event,
        });
        *sequence
    }

    pub(crate) fn on(&mut self, meter: MeterId, event: MeterEvent) -> u64 {
        self.record(meter.0, BookEvent::Meter(event))
    }

    pub(crate) fn premises(&mut self, number: &str, kind: PremisesKind) -> PremisesId {
        let id = self.id();
        let event = PremisesEvent::PremisesRegistered {
            number: label(number),
            kind,
            part_of: None,
            entrance: None,
            floor: None,
            gis_number: None,
        };
        self.record(id, BookEvent::Premises(event));
        PremisesId(id)
    }

    pub(crate) fn point(
        &mut self,
        name: &str,
        resource: Resource,
        kind: PointKind,
    ) -> MeteringPointId {
        self.point_in(name, resource, kind, None)
    }

    pub(crate) fn point_in(
        &mut self,
        name: &str,
        resource: Resource,
        kind: PointKind,
        premises: Option<PremisesId>,
    ) -> MeteringPointId {
        let id = self.id();
        let event = MeteringPointEvent::PointRegistered {
            resource,
            kind,
            label: label(name),
            premises,
        };
        self.record(id, BookEvent::MeteringPoint(event));
        MeteringPointId(id)
    }

    /// Registers a meter.
    pub(crate) fn meter(
        &mut self,
        serial: &str,
        resource: Resource,
        registers: &Registers,
    ) -> MeterId {
        let meter = MeterId(self.id());
        let names: Vec<Code> = registers.0.iter().map(|name| code(name)).collect();
        let specs = names.iter().map(|name| RegisterSpec {
            name: name.clone(),
            unit: registers.1,
            kind: RegisterKind::Cumulative,
            digits: Some(5),
            decimals: Some(3),
        });
        let event = MeterEvent::MeterRegistered {
            resource,
            serial: label(serial),
            model: None,
            registers: specs.collect(),
            verification_interval_months: None,
            made_in: None,
        };
        self.units.insert(meter, (names, registers.1));
        self.on(meter, event);
        meter
    }

    /// Values in the order of the registers, separated by `/`.
    pub(crate) fn values(&self, meter: MeterId, text: &str) -> Vec<RegisterValue> {
        let (names, unit) = &self.units[&meter];
        let given = text
            .split('/')
            .map(|value| value.parse().expect("a decimal"));
        let pairs = names.iter().zip(given);
        pairs
            .map(|(name, value)| RegisterValue {
                register: name.clone(),
                value: Measure::new(value, *unit),
            })
            .collect()
    }

    pub(crate) fn install(
        &mut self,
        meter: MeterId,
        point: MeteringPointId,
        when: &str,
        shows: &str,
    ) {
        let initial = self.values(meter, shows);
        self.on(
            meter,
            MeterEvent::MeterInstalled {
                point,
                at: at(when),
                initial,
                act: None,
                transformer_ratio: None,
            },
        );
    }

    /// A point with a water meter of this serial, put in with zero.
    pub(crate) fn water(
        &mut self,
        serial: &str,
        kind: PointKind,
        since: &str,
    ) -> (MeteringPointId, MeterId) {
        let point = self.point(serial, Resource::ColdWater, kind);
        let meter = self.meter(serial, Resource::ColdWater, &WATER);
        self.install(meter, point, since, "0");
        (point, meter)
    }

    pub(crate) fn remove(&mut self, meter: MeterId, when: &str, shows: Option<&str>) -> u64 {
        let r#final = shows
            .map(|shows| self.values(meter, shows))
            .unwrap_or_default();
        let reason = RemovalReason::Replaced;
        self.on(
            meter,
            MeterEvent::MeterRemoved {
                at: at(when),
                r#final,
                reason,
                act: None,
            },
        )
    }

    fn reading(&self, meter: MeterId, when: &str, shows: &str, source: ReadingSource) -> Reading {
        let taken_at = at(when);
        Reading {
            values: self.values(meter, shows),
            taken_at,
            received_at: taken_at + TimeDelta::hours(1),
            period: Period::containing(taken_at, zone()).expect("a month"),
            source,
            channel: code("web"),
            accepted_for: None,
            account: None,
            evidence: None,
            origin: None,
        }
    }

    /// A resident's reading, accepted for the month it was taken in.
    pub(crate) fn read(&mut self, meter: MeterId, when: &str, shows: &str) -> u64 {
        self.read_by(meter, when, shows, ReadingSource::Resident)
    }

    pub(crate) fn read_by(
        &mut self,
        meter: MeterId,
        when: &str,
        shows: &str,
        source: ReadingSource,
    ) -> u64 {
        let reading = self.reading(meter, when, shows, source);
        self.on(
            meter,
            MeterEvent::ReadingRecorded {
                reading,
                flags: vec![],
                confirms: None,
            },
        )
    }

    /// A reading accepted for another month than that in which it was taken.
    pub(crate) fn read_for(&mut self, meter: MeterId, when: &str, shows: &str, of: &str) -> u64 {
        let mut reading = self.reading(meter, when, shows, ReadingSource::Paper);
        reading.period = period(of);
        self.on(
            meter,
            MeterEvent::ReadingRecorded {
                reading,
                flags: vec![],
                confirms: None,
            },
        )
    }

    pub(crate) fn hold(&mut self, meter: MeterId, when: &str, shows: &str) -> u64 {
        let reading = self.reading(meter, when, shows, ReadingSource::Resident);
        let findings = vec![Finding {
            rule: ValidationRule::V01,
            facts: Default::default(),
        }];
        self.on(
            meter,
            MeterEvent::ReadingHeld {
                reading,
                findings,
                proposals: vec![],
            },
        )
    }

    pub(crate) fn confirm(&mut self, meter: MeterId, held: u64, when: &str, shows: &str) -> u64 {
        let reading = self.reading(meter, when, shows, ReadingSource::Resident);
        let confirms = Some(held);
        self.on(
            meter,
            MeterEvent::ReadingRecorded {
                reading,
                flags: vec![],
                confirms,
            },
        )
    }

    pub(crate) fn reject(&mut self, meter: MeterId, when: &str, shows: &str) -> u64 {
        let reading = self.reading(meter, when, shows, ReadingSource::Resident);
        self.on(
            meter,
            MeterEvent::ReadingRejected {
                reading,
                findings: vec![],
            },
        )
    }

    pub(crate) fn control(&mut self, meter: MeterId, when: &str, shows: &str) -> u64 {
        let reading = self.reading(meter, when, shows, ReadingSource::Control);
        let contradicts = vec![];
        self.on(
            meter,
            MeterEvent::ControlReadingRecorded {
                reading,
                act: act(),
                contradicts,
            },
        )
    }

    pub(crate) fn correct(&mut self, meter: MeterId, reading: u64, shows: &str) -> u64 {
        let values = self.values(meter, shows);
        let reason = CorrectionReason::TypingMistake;
        let event = MeterEvent::ReadingCorrected {
            reading,
            values,
            reason,
            act: None,
            note: None,
        };
        self.on(meter, event)
    }

    pub(crate) fn withdraw(&mut self, meter: MeterId, reading: u64) -> u64 {
        let reason = WithdrawalReason::SendersMistake;
        self.on(
            meter,
            MeterEvent::ReadingWithdrawn {
                reading,
                reason,
                note: None,
            },
        )
    }

    pub(crate) fn rollover(
        &mut self,
        meter: MeterId,
        register: &str,
        reading: u64,
        turn: &str,
    ) -> u64 {
        let unit = self.units[&meter].1;
        let capacity = Measure::new(turn.parse().expect("a decimal"), unit);
        let (register, basis) = (code(register), RolloverBasis::Confirmed);
        self.on(
            meter,
            MeterEvent::RolloverDeclared {
                register,
                reading,
                capacity,
                basis,
            },
        )
    }

    pub(crate) fn fail(&mut self, meter: MeterId, when: &str) -> u64 {
        let cause = FailureCause::NoDisplay;
        self.on(
            meter,
            MeterEvent::MeterFailed {
                at: at(when),
                cause,
                act: None,
            },
        )
    }

    /// A volume calculated for a whole month.
    pub(crate) fn impute(
        &mut self,
        meter: MeterId,
        of: &str,
        volume: &str,
        method: ImputationMethod,
    ) -> u64 {
        let interval = period(of).interval(zone()).expect("a month");
        self.impute_between(meter, of, interval, volume, method)
    }

    pub(crate) fn impute_between(
        &mut self,
        meter: MeterId,
        of: &str,
        interval: Interval,
        volume: &str,
        method: ImputationMethod,
    ) -> u64 {
        let event = MeterEvent::ValueImputed {
            volumes: self.values(meter, volume),
            period: period(of),
            interval,
            method,
            clause: label("ПП 354 п. 59(б)"),
            edition: label("2026-01"),
            inputs: vec![],
        };
        self.on(meter, event)
    }

    pub(crate) fn supersede(&mut self, meter: MeterId, imputed: u64, by: u64) -> u64 {
        let by = EventId {
            aggregate_type: "meter".to_owned(),
            aggregate_id: meter.0,
            sequence: by,
        };
        self.on(meter, MeterEvent::ImputationSuperseded { imputed, by })
    }

    pub(crate) fn adopt(&mut self, meter: MeterId, readings: &[(&str, &str)]) -> u64 {
        let readings = readings.iter().map(|(when, shows)| AdoptedReading {
            taken_at: at(when),
            period: Period::containing(at(when), zone()).expect("a month"),
            values: self.values(meter, shows),
        });
        let event = MeterEvent::SeriesAdopted {
            from: AdoptionSource::Book {
                book: BookId(Uuid::from_u128(2)),
                position: 9,
                leaf_hash: code(&"ab".repeat(32)),
            },
            readings: readings.collect(),
        };
        self.on(meter, event)
    }

    /// Defines a scope of cold water; points to take away are given apart.
    pub(crate) fn scope(
        &mut self,
        name: &str,
        from: &str,
        house: &[(MeteringPointId, Sign)],
        members: &[(MeteringPointId, Sign)],
    ) {
        let side = |points: &[(MeteringPointId, Sign)]| {
            points
                .iter()
                .map(|(point, sign)| ScopeMember {
                    point: *point,
                    sign: *sign,
                })
                .collect()
        };
        let event = BuildingEvent::BalanceScopeDefined {
            resource: Resource::ColdWater,
            name: code(name),
            from: day(from),
            house: side(house),
            members: side(members),
        };
        self.record(self.id.0, BookEvent::Building(event));
    }

    /// Position of the last event.
    pub(crate) fn position(&self) -> u64 {
        self.events.len() as u64
    }

    pub(crate) fn consumption(&self) -> Consumption {
        let mut fold = Consumption::new();
        for event in &self.events {
            fold.apply(event)
                .expect("an event of this book in its order");
        }
        fold
    }

    pub(crate) fn balance_fold(&self) -> Balance {
        self.balance_until(self.position())
    }

    pub(crate) fn balance_until(&self, position: u64) -> Balance {
        let mut fold = Balance::new();
        for event in self
            .events
            .iter()
            .filter(|event| event.position <= position)
        {
            fold.apply(event)
                .expect("an event of this book in its order");
        }
        fold
    }

    pub(crate) fn of_point(&self, point: MeteringPointId, of: &str) -> Explained<PointConsumption> {
        self.consumption()
            .of_point(point, period(of))
            .expect("an answer")
    }

    /// The known volume of a point as a decimal string.
    pub(crate) fn volume(&self, point: MeteringPointId, of: &str) -> String {
        known(&self.of_point(point, of).value.volume)
    }

    /// The cold water balance of a month.
    pub(crate) fn balance(&self, of: &str) -> Explained<HouseBalance> {
        self.balance_fold()
            .of_house(period(of), Resource::ColdWater)
            .expect("an answer")
    }
}

/// A known volume as a decimal string, or `unknown` with its reasons.
pub(crate) fn known(volume: &Volume) -> String {
    match volume {
        Volume::Known { value } => value.value().to_string(),
        Volume::Unknown { reasons, .. } => format!("unknown {reasons:?}"),
    }
}

fn effective(event: &BookEvent) -> Option<DateTime<Utc>> {
    use aggregates::ledger::LedgerFact;
    match event {
        BookEvent::Building(event) => event.effective_at(),
        BookEvent::Meter(event) => event.effective_at(),
        BookEvent::MeteringPoint(event) => event.effective_at(),
        BookEvent::Premises(event) => event.effective_at(),
        _ => None,
    }
}
