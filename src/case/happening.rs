//! A fact of a case as a command on its book.

use aggregates::account::Account;
use aggregates::account::command::AccountCommand;
use aggregates::building::Building;
use aggregates::building::command::BuildingCommand;
use aggregates::ids::{AccountId, BookId, MeterId, MeteringPointId, PremisesId};
use aggregates::ledger::LedgerAggregate;
use aggregates::meter::Meter;
use aggregates::meter::command::MeterCommand;
use aggregates::premises::Premises;
use aggregates::premises::command::PremisesCommand;
use aggregates::time::{DateSpan, Interval, ZoneName};
use aggregates::vocabulary::AdoptionSource;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::case::file::{
    AbsenceRecorded, AccessRefused, AccountClosed, FinalReadingRecorded, Happening, MeetingDecided,
    MeterFailed, MeterInspected, MeterRemoved, MeterRestored, MeterVerified, ReadingCorrected,
    ReadingWithdrawn, ResidentsChanged, RuleOverridden, ServiceInterrupted, TamperingEnded,
    TamperingFound, ValueAdopted,
};
use crate::case::names::Names;
use crate::import::house::{absence, point_id};
use crate::operations::{
    Correction, OperationError, Replacement, Withdrawal, correct_reading, replace_meter,
    withdraw_reading,
};
use crate::rules;
use crate::store::execute::Execute;

/// What a fact asks of the book.
pub(super) enum Deed {
    Meter(MeterId, MeterCommand),
    Building(BuildingCommand),
    Premises(PremisesId, PremisesCommand),
    Account(AccountId, AccountCommand),
    Replace(MeteringPointId, Replacement),
    Correct(MeterId, u64, Correction),
    Withdraw(MeterId, u64, Withdrawal),
}

impl Deed {
    /// What `happening` asks for.
    ///
    /// # Errors
    /// [`OperationError`]: it names what is not there, or its dates are in the wrong order.
    pub(super) fn of(happening: Happening, names: &Names<'_>) -> Result<Self, OperationError> {
        match happening {
            Happening::MeterRemoved(fact) => Ok(fact.deed(names)),
            Happening::MeterFailed(fact) => fact.deed(names),
            Happening::MeterRestored(fact) => fact.deed(names),
            Happening::AccessRefused(fact) => fact.deed(names),
            Happening::MeterInspected(fact) => fact.deed(names),
            Happening::TamperingFound(fact) => fact.deed(names),
            Happening::TamperingEnded(fact) => fact.deed(names),
            Happening::FinalReadingRecorded(fact) => fact.deed(names),
            Happening::MeterVerified(fact) => fact.deed(names),
            Happening::ReadingCorrected(fact) => fact.deed(names),
            Happening::ReadingWithdrawn(fact) => fact.deed(names),
            Happening::MeetingDecided(fact) => fact.deed(),
            Happening::RuleOverridden(fact) => fact.deed(),
            Happening::ServiceInterrupted(fact) => fact.deed(names),
            Happening::ValueAdopted(fact) => fact.deed(names),
            Happening::ResidentsChanged(fact) => fact.deed(names),
            Happening::AbsenceRecorded(fact) => fact.deed(names),
            Happening::AccountClosed(fact) => Ok(fact.deed(names)),
        }
    }

    /// Carries it out in `book`.
    ///
    /// # Errors
    /// [`OperationError`]: an aggregate refuses; some of the events may have been made.
    pub(super) async fn carry_out(
        self,
        book: &mut impl Execute,
        id: BookId,
    ) -> Result<(), OperationError> {
        match self {
            Self::Meter(meter, command) => tell::<Meter>(book, meter.0, command).await,
            Self::Building(command) => tell::<Building>(book, id.0, command).await,
            Self::Premises(premises, command) => tell::<Premises>(book, premises.0, command).await,
            Self::Account(account, command) => tell::<Account>(book, account.0, command).await,
            Self::Replace(point, replacement) => {
                replace_meter(book, id, point, replacement).await.map(drop)
            }
            Self::Correct(meter, sequence, correction) => {
                let corrected = correct_reading(book, id, meter, sequence, correction).await;
                corrected.map(drop)
            }
            Self::Withdraw(meter, sequence, withdrawal) => {
                let withdrawn = withdraw_reading(book, meter, sequence, withdrawal).await;
                withdrawn.map(drop)
            }
        }
    }
}

async fn tell<A: LedgerAggregate>(
    book: &mut impl Execute,
    id: Uuid,
    command: A::Command,
) -> Result<(), OperationError>
where
    A::Error: 'static,
{
    book.execute::<A>(id, command).await?;
    Ok(())
}

fn refuse(error: impl std::fmt::Display) -> OperationError {
    OperationError::Refused(error.to_string())
}

impl Happening {
    /// The time that the fact names itself; `None` beyond the calendar.
    pub(super) fn own_time(&self, zone: ZoneName) -> Option<DateTime<Utc>> {
        match self {
            Self::MeterRemoved(fact) => Some(fact.removed.at.to_utc()),
            Self::MeterFailed(fact) => Some(fact.at.to_utc()),
            Self::MeterRestored(fact) => Some(fact.at.to_utc()),
            Self::AccessRefused(fact) => Some(fact.at.to_utc()),
            Self::MeterInspected(fact) => Some(fact.at.to_utc()),
            Self::TamperingFound(fact) => Some(fact.at.to_utc()),
            Self::TamperingEnded(fact) => Some(fact.at.to_utc()),
            Self::FinalReadingRecorded(fact) => Some(fact.at.to_utc()),
            Self::MeterVerified(fact) => zone.start_of(fact.verification.performed_on),
            Self::ReadingCorrected(fact) => Some(fact.at.to_utc()),
            Self::ReadingWithdrawn(fact) => Some(fact.at.to_utc()),
            Self::MeetingDecided(fact) => zone.start_of(fact.from),
            Self::RuleOverridden(fact) => zone.start_of(fact.from),
            Self::ServiceInterrupted(fact) => Some(fact.from.to_utc()),
            Self::ValueAdopted(fact) => Some(fact.until.to_utc()),
            Self::ResidentsChanged(fact) => zone.start_of(fact.residents.from),
            Self::AbsenceRecorded(fact) => zone.start_of(fact.absence.applied_on),
            Self::AccountClosed(fact) => zone.start_of(fact.from),
        }
    }
}

impl MeterRemoved {
    fn deed(self, names: &Names<'_>) -> Deed {
        let replacement = Replacement {
            removal: self.removed,
            meter: self.installed.map(|meter| *meter),
        };
        Deed::Replace(point_id(names.book, &self.point), replacement)
    }
}

impl MeterFailed {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let fail = MeterCommand::Fail {
            at: self.at.to_utc(),
            cause: self.cause,
            act: self.act,
        };
        Ok(Deed::Meter(names.meter_at(&self.point)?, fail))
    }
}

impl MeterRestored {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let restore = MeterCommand::Restore {
            at: self.at.to_utc(),
            act: self.act,
        };
        Ok(Deed::Meter(names.meter_at(&self.point)?, restore))
    }
}

impl AccessRefused {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let refuse = MeterCommand::RefuseAccess {
            act: self.act,
            at: self.at.to_utc(),
        };
        Ok(Deed::Meter(names.meter_at(&self.point)?, refuse))
    }
}

impl MeterInspected {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let inspect = MeterCommand::Inspect {
            act: self.act,
            at: self.at.to_utc(),
        };
        Ok(Deed::Meter(names.meter_at(&self.point)?, inspect))
    }
}

impl TamperingFound {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let find = MeterCommand::FindTampering {
            act: self.act,
            at: self.at.to_utc(),
            since: self.since.map(|since| since.to_utc()),
            hourly: self.hourly,
        };
        Ok(Deed::Meter(names.meter_at(&self.point)?, find))
    }
}

impl TamperingEnded {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let end = MeterCommand::EndTampering {
            act: self.act,
            at: self.at.to_utc(),
        };
        Ok(Deed::Meter(names.meter_at(&self.point)?, end))
    }
}

impl FinalReadingRecorded {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let serial = self.meter.as_str();
        let [meter] = names.directory.meters_by_serial(serial) else {
            return Err(OperationError::Missing {
                what: "одного прибора с этим номером",
                name: serial.to_owned(),
            });
        };
        let record = MeterCommand::RecordFinalReading {
            r#final: names.values(*meter, &self.r#final)?,
            act: self.act,
        };
        Ok(Deed::Meter(*meter, record))
    }
}

impl MeterVerified {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let record = MeterCommand::RecordVerification(self.verification.into());
        Ok(Deed::Meter(names.meter_at(&self.point)?, record))
    }
}

impl ReadingCorrected {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let (meter, sequence) = names.reading(&self.reading)?;
        let correction = Correction {
            values: names.values(meter, &self.values)?,
            reason: self.reason,
            act: self.act,
            note: None,
        };
        Ok(Deed::Correct(meter, sequence, correction))
    }
}

impl ReadingWithdrawn {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let (meter, sequence) = names.reading(&self.reading)?;
        let withdrawal = Withdrawal {
            reason: self.reason,
            note: None,
        };
        Ok(Deed::Withdraw(meter, sequence, withdrawal))
    }
}

impl MeetingDecided {
    fn deed(self) -> Result<Deed, OperationError> {
        Ok(Deed::Building(BuildingCommand::RecordMeetingDecision {
            decision: self.decision,
            resource: self.resource,
            validity: DateSpan::new(self.from, self.until).map_err(refuse)?,
            act: self.act,
        }))
    }
}

impl RuleOverridden {
    fn deed(self) -> Result<Deed, OperationError> {
        let validity = DateSpan::new(self.from, self.until).map_err(refuse)?;
        let command = rules::override_command(rules::Override {
            parameter: self.parameter,
            scope: self.scope,
            value: self.value,
            validity,
            basis: self.basis,
        });
        Ok(Deed::Building(command.map_err(refuse)?))
    }
}

impl ServiceInterrupted {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let premises = self.premises.iter().map(|number| names.premises(number));
        Ok(Deed::Building(BuildingCommand::RecordServiceOutage {
            resource: self.resource,
            interval: Interval::new(self.from.to_utc(), self.until.to_utc()).map_err(refuse)?,
            premises: premises.collect::<Result<_, _>>()?,
            kind: self.kind,
            act: self.act,
        }))
    }
}

impl ValueAdopted {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let organisation = names.companies.get(&self.organisation).map_err(refuse)?;
        Ok(Deed::Building(BuildingCommand::AdoptValue {
            purpose: self.purpose,
            resource: self.resource,
            interval: Interval::new(self.from.to_utc(), self.until.to_utc()).map_err(refuse)?,
            value: self.value,
            from: AdoptionSource::Organisation {
                organisation,
                act: self.act,
            },
        }))
    }
}

impl ResidentsChanged {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let residents = self.residents;
        let record = PremisesCommand::RecordResidents {
            registered: residents.registered,
            temporary: residents.temporary,
            validity: DateSpan::new(residents.from, residents.until).map_err(refuse)?,
            source: residents.source,
        };
        Ok(Deed::Premises(names.premises(&self.premises)?, record))
    }
}

impl AbsenceRecorded {
    fn deed(self, names: &Names<'_>) -> Result<Deed, OperationError> {
        let premises = names.premises(&self.premises)?;
        Ok(Deed::Premises(premises, absence(&self.absence)))
    }
}

impl AccountClosed {
    fn deed(self, names: &Names<'_>) -> Deed {
        let id = AccountId::named(names.book, self.account.as_str());
        let close = AccountCommand::CloseAccount {
            from: self.from,
            reason: self.reason,
            act: self.act,
        };
        Deed::Account(id, close)
    }
}
