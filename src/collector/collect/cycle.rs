//! One cycle of a line: what waits is appended, every device that is due is polled, and what they
//! said is appended.

use crate::collector::collect::breaker;
use crate::collector::collect::reading::{drift_s, samples};
use crate::collector::collect::{CollectError, Collector};
use crate::collector::driver::{Fault, Line, Timing};
use crate::collector::registry::{HeldLine, Installation, Outcome, Recorded};

/// What came of a cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CycleOutcome {
    /// Devices that gave their values.
    pub read: usize,
    /// Devices that did not: unit and cause.
    pub failed: Vec<(u8, String)>,
    /// Readings that are in the ledger now.
    pub appended: usize,
    /// Records of archives that are new.
    pub records: u64,
}

impl Collector {
    pub(super) async fn cycle(&self, held: HeldLine) -> Result<CycleOutcome, CollectError> {
        let mut line = self.take_line(&held);
        let mut told = CycleOutcome::default();
        let polled = self.poll_all(&held, &mut line, &mut told).await;
        self.put_line(&held, line);
        // Whatever happened on the wire, what was read belongs in the ledger, and the line is given
        // back.
        let appended = self.append_waiting(held.id).await;
        let failures = match told.read > 0 || told.failed.is_empty() {
            true => 0,
            false => held.failures.saturating_add(1),
        };
        let pause = held.period.max(breaker::pause(failures, held.period));
        self.registry.release(&held, failures, pause).await?;
        polled?;
        told.appended = appended?;
        Ok(told)
    }

    async fn poll_all(
        &self,
        held: &HeldLine,
        line: &mut Line,
        told: &mut CycleOutcome,
    ) -> Result<(), CollectError> {
        let mut line_down = false;
        for mut installed in self.registry.devices(held.id).await? {
            self.registry.renew(held).await?;
            let fault = match line_down {
                true => self.skip(held, &installed).await?,
                false => self.poll_one(held, line, &mut installed, told).await?,
            };
            line_down |= matches!(fault, Some(Fault::NoLink(_)));
            match fault {
                None => told.read += 1,
                Some(fault) => told.failed.push((installed.device.unit, fault.to_string())),
            }
        }
        Ok(())
    }

    /// Polls a device and writes down what came of it.
    async fn poll_one(
        &self,
        held: &HeldLine,
        line: &mut Line,
        installed: &mut Installation,
        told: &mut CycleOutcome,
    ) -> Result<Option<Fault>, CollectError> {
        // A device that is down is tried, not hunted.
        line.set_timing(match breaker::is_down(installed.failures) {
            true => Timing {
                retries: 0,
                ..held.timing
            },
            false => held.timing,
        });
        let poll = line.poll(&mut installed.device).await;
        let readout = poll.outcome.as_ref().ok();
        let read = readout.map(|readout| samples(installed, held.endpoint.protocol, readout));
        let profile = &installed.device.profile;
        let failures = match readout {
            Some(_) => 0,
            None => installed.failures.saturating_add(1),
        };
        let recorded = Recorded {
            device: installed.id,
            outcome: Outcome::Polled(&poll),
            samples: read.as_deref().unwrap_or_default(),
            drift_s: readout.and_then(|readout| drift_s(profile, held.zone, readout)),
            failures,
            pause: breaker::pause(failures, held.period),
        };
        self.registry.record(held, &recorded).await?;
        let readout = match poll.outcome {
            Ok(readout) => readout,
            Err(fault) => return Ok(Some(fault)),
        };
        // The number that it told is the one it is known by from here on.
        installed.device.serial = readout.serial.clone().or(installed.device.serial.take());
        let (records, fault) = self.read_archive(held, line, installed, &readout).await?;
        told.records += records;
        if let Some(fault) = fault {
            told.failed
                .push((installed.device.unit, format!("архив: {fault}")));
        }
        Ok(None)
    }

    /// Writes down that a device was not asked, because the line is down: its own breaker is left
    /// as it was.
    async fn skip(
        &self,
        held: &HeldLine,
        installed: &Installation,
    ) -> Result<Option<Fault>, CollectError> {
        let recorded = Recorded {
            device: installed.id,
            outcome: Outcome::LineDown,
            samples: &[],
            drift_s: None,
            failures: installed.failures,
            pause: breaker::pause(installed.failures, held.period),
        };
        self.registry.record(held, &recorded).await?;
        Ok(Some(Fault::NoLink("линия не отвечает")))
    }
}
