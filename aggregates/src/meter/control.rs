//! Контрольное снятие: an act beats what was submitted, but never edits it.

use crate::meter::Meter;
use crate::meter::error::MeterError;
use crate::meter::event::MeterEvent;
use crate::meter::intake::fault_finding;
use crate::meter::lifecycle::is_negative;
use crate::meter::reading::{Finding, Reading, RegisterValue, ValidationRule};
use crate::meter::settlement_period::{PeriodChoice, settlement_period};
use crate::meter::state::{KnownReading, Registered, Values};
use crate::meter::submission::{Outcome, Submission};
use crate::meter::validation::{self, Case};
use crate::vocabulary::{ActRef, ReadingSource};

impl Meter {
    /// Takes in a control reading and names the accepted readings it contradicts (V25): those that
    /// stand above it and were taken before, or below it and were taken after. A control in the
    /// future or of another time than the meter stood there, or with values that do not fit its
    /// registers, is rejected by an event as any reading is.
    ///
    /// # Errors
    /// The meter is not registered, or `received_at` lies outside the calendar.
    pub fn record_control_reading(
        &self,
        mut submission: Submission,
        act: ActRef,
    ) -> Result<Vec<MeterEvent>, MeterError> {
        let registered = self.registered()?;
        submission.source = ReadingSource::Control;
        let PeriodChoice { period, .. } = settlement_period(
            submission.source,
            &submission.channel,
            submission.taken_at,
            submission.received_at,
            &submission.facts.terms,
        )
        .map_err(|_| MeterError::OutsideCalendar {
            at: submission.received_at,
        })?;
        let reading = |values| control_reading(&submission, period, values);
        let values = match registered.arrange(&submission.values) {
            Ok(values) => values,
            Err(fault) => {
                let reading = reading(submission.values.clone());
                return Ok(self.reject_control(reading, vec![fault_finding(fault)]));
            }
        };
        if self
            .readings
            .iter()
            .any(|known| is_same_control(known, &submission, &values))
        {
            return Ok(vec![]);
        }
        let stated = reading(registered.spell(&values));
        if let Some(finding) = unusable(registered, &values) {
            return Ok(self.reject_control(stated, vec![finding]));
        }
        let case = Case {
            meter: self,
            registered,
            submission: &submission,
            values,
            period,
            confirmed: None,
            replaces: None,
        };
        let verdict = validation::judge_control(&case);
        if !verdict.rejections.is_empty() {
            return Ok(self.reject_control(stated, verdict.rejections));
        }
        let is_turned = !verdict.turns.is_empty();
        let contradicts = match is_turned {
            true => vec![],
            false => self.contradicted_by(submission.taken_at, &case.values),
        };
        let mut events = vec![MeterEvent::ControlReadingRecorded {
            reading: stated,
            act,
            contradicts,
        }];
        events.extend(self.declare(registered, self.sequence + 1, &verdict.turns));
        Ok(events)
    }

    fn contradicted_by(&self, at: chrono::DateTime<chrono::Utc>, values: &Values) -> Vec<u64> {
        let Some(placement) = self.placement_at(at) else {
            return vec![];
        };
        let submitted = self.sound_readings(placement, None).filter(|known| {
            known.source.is_some() && !known.is_control() && self.contradicts(known, at, values)
        });
        submitted.map(|known| known.sequence).collect()
    }

    fn reject_control(&self, reading: Reading, findings: Vec<Finding>) -> Vec<MeterEvent> {
        let repeated = self.unaccepted.iter().any(|known| {
            known.outcome == Outcome::Rejected
                && known.source == ReadingSource::Control
                && known.taken_at == reading.taken_at
                && known.values == reading.values
        });
        match repeated {
            true => vec![],
            false => vec![MeterEvent::ReadingRejected { reading, findings }],
        }
    }
}

fn control_reading(
    submission: &Submission,
    period: crate::time::Period,
    values: Vec<RegisterValue>,
) -> Reading {
    Reading {
        values,
        taken_at: submission.taken_at,
        received_at: submission.received_at,
        period,
        source: ReadingSource::Control,
        channel: submission.channel.clone(),
        accepted_for: submission.facts.terms.provider,
        account: submission.account,
        evidence: submission.evidence.clone(),
        // The act names a control; its key is the act's.
        origin: None,
    }
}

fn is_same_control(known: &KnownReading, submission: &Submission, values: &Values) -> bool {
    known.is_control()
        && !known.withdrawn
        && known.taken_at == submission.taken_at
        && known.values == *values
}

/// A control must give every required register, and nothing below zero.
fn unusable(registered: &Registered, values: &Values) -> Option<Finding> {
    let name = |register: usize| &registered.registers[register].name;
    let missing = registered
        .required()
        .into_iter()
        .find(|register| values[*register].is_none());
    if let Some(register) = missing {
        let finding = Finding::new(ValidationRule::V06).with("problem", "missing");
        return Some(finding.with("registers", name(register)));
    }
    let mut given = values.iter().enumerate();
    let negative = given.find(|(register, value)| {
        value.is_some_and(|value| is_negative(&registered.registers[*register], value))
    });
    negative.map(|(register, _)| {
        Finding::new(ValidationRule::V01)
            .with("problem", "negative")
            .with("register", name(register))
    })
}
