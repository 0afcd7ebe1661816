//! The entries of a house file about points, meters and balance scopes, as commands.

use std::collections::BTreeMap;

use aggregates::building::command::BuildingCommand;
use aggregates::building::event::{ScopeMember, Sign};
use aggregates::ids::{BookId, MeterId, MeteringPointId};
use aggregates::meter::command::{MeterCommand, Registration, Verification};
use aggregates::metering_point::command::MeteringPointCommand;
use aggregates::metering_point::event::PointKind;
use aggregates::text::{Code, Label};
use aggregates::time::DateSpan;
use aggregates::vocabulary::Resource;

use crate::import::house::commands::{Asked, EntryError, full_number, premises_id};
use crate::import::house::file::{
    HouseFile, MeterEntry, PointEntry, ScopeEntry, ScopeMemberEntry, ScopeMembers,
    VerificationEntry,
};

/// Id of a point by its name in the file.
pub(crate) fn point_id(book: BookId, name: &Code) -> MeteringPointId {
    MeteringPointId::named(book, name.as_str())
}

/// Id of a meter by its resource and serial number.
pub(crate) fn meter_id(book: BookId, resource: Resource, serial: &Label) -> MeterId {
    MeterId::named(book, &format!("{}/{serial}", resource.code()))
}

/// Registration of a point, then what concerns it apart from its meters.
pub(super) fn point(
    book: BookId,
    path: &str,
    entry: &PointEntry,
    known_premises: &BTreeMap<String, ()>,
) -> Vec<Asked<MeteringPointCommand>> {
    let premises = match &entry.premises {
        None => Ok(None),
        Some(number) if known_premises.contains_key(number.as_str()) => {
            Ok(Some(premises_id(book, number.as_str())))
        }
        Some(number) => Err(EntryError::UnknownPremises(number.to_string())),
    };
    let register = premises.map(|premises| MeteringPointCommand::RegisterPoint {
        resource: entry.resource,
        kind: entry.kind,
        label: entry.label.clone(),
        premises,
    });
    let mut asked = vec![(path.to_owned(), register)];
    for (index, row) in entry.components.iter().enumerate() {
        let command = MeteringPointCommand::InstallComponent {
            component: row.component.clone(),
            kind: row.kind,
            serial: row.serial.clone(),
            verified_until: row.verified_until,
            at: row.installed_at.to_utc(),
        };
        asked.push((format!("{path}.components[{index}]"), Ok(command)));
    }
    for (index, row) in entry.admissions.iter().enumerate() {
        let command = DateSpan::new(row.from, Some(row.until))
            .map_err(EntryError::from)
            .map(|validity| MeteringPointCommand::AdmitNode {
                act: row.act.clone(),
                validity,
            });
        asked.push((format!("{path}.admissions[{index}]"), command));
    }
    for (index, row) in entry.losses.iter().enumerate() {
        let command = MeteringPointCommand::SetBoundaryLoss {
            loss: row.loss.clone(),
            from: row.from,
            act: row.act.clone(),
        };
        asked.push((format!("{path}.losses[{index}]"), Ok(command)));
    }
    for (index, row) in entry.radiators.iter().enumerate() {
        let command = MeteringPointCommand::SetRadiatorFactor {
            factor: row.factor,
            from: row.from,
            act: row.act.clone(),
        };
        asked.push((format!("{path}.radiators[{index}]"), Ok(command)));
    }
    asked
}

impl From<VerificationEntry> for Verification {
    fn from(entry: VerificationEntry) -> Self {
        Self {
            performed_on: entry.performed_on,
            valid_until: entry.valid_until,
            certificate: entry.certificate,
            registry_record: entry.registry_record,
            organisation: None,
        }
    }
}

/// The meter put in at its point.
pub(super) fn attach(meter: MeterId, entry: &MeterEntry) -> MeteringPointCommand {
    MeteringPointCommand::AttachMeter {
        meter,
        at: entry.installed_at.to_utc(),
        initial: entry.initial.clone(),
    }
}

/// What one meter asks for, in the order of its life.
pub(super) fn meter(
    point: MeteringPointId,
    resource: Resource,
    path: &str,
    entry: &MeterEntry,
) -> Vec<(String, MeterCommand)> {
    let at = entry.installed_at.to_utc();
    let register = MeterCommand::RegisterMeter(Registration {
        resource,
        serial: entry.serial.clone(),
        model: entry.model.clone(),
        registers: entry.registers.clone(),
        verification_interval_months: entry.verification_interval_months,
        made_in: entry.made_in,
    });
    let install = MeterCommand::Install {
        point,
        at,
        initial: entry.initial.clone(),
        act: None,
        transformer_ratio: entry.transformer_ratio,
    };
    let mut asked = vec![
        (path.to_owned(), register),
        (format!("{path}.installed_at"), install),
    ];
    if let Some(act) = &entry.commissioned {
        let commission = MeterCommand::Commission {
            act: act.clone(),
            at,
        };
        asked.push((format!("{path}.commissioned"), commission));
    }
    if let Some(seal) = &entry.seal {
        let set = MeterCommand::Seal {
            seal: seal.number.clone(),
            place: seal.place.clone(),
            at,
            act: None,
        };
        asked.push((format!("{path}.seal"), set));
    }
    for (index, row) in entry.verifications.iter().enumerate() {
        let record = MeterCommand::RecordVerification(row.clone().into());
        asked.push((format!("{path}.verifications[{index}]"), record));
    }
    asked
}

/// A meter at a point of the book: its id, its commands and its attachment.
pub(crate) fn meter_commands(
    book: BookId,
    point: MeteringPointId,
    resource: Resource,
    entry: &MeterEntry,
) -> (MeterId, Vec<MeterCommand>, MeteringPointCommand) {
    let id = meter_id(book, resource, &entry.serial);
    let commands = meter(point, resource, "", entry)
        .into_iter()
        .map(|(_, command)| command);
    (id, commands.collect(), attach(id, entry))
}

/// A balance scope with its members named one by one.
pub(super) fn scope(
    book: BookId,
    file: &HouseFile,
    entry: &ScopeEntry,
) -> Result<BuildingCommand, EntryError> {
    Ok(BuildingCommand::DefineBalanceScope {
        resource: entry.resource,
        name: entry.name.clone(),
        from: entry.from,
        house: named(book, file, &entry.house)?,
        members: match &entry.members {
            ScopeMembers::Points(members) => named(book, file, members)?,
            ScopeMembers::AllOfResource => inside(book, file, entry.resource, None),
            ScopeMembers::Entrances(entrances) => {
                inside(book, file, entry.resource, Some(entrances))
            }
        },
    })
}

fn named(
    book: BookId,
    file: &HouseFile,
    members: &[ScopeMemberEntry],
) -> Result<Vec<ScopeMember>, EntryError> {
    let member = |entry: &ScopeMemberEntry| match file.points.iter().any(|p| p.name == entry.point)
    {
        true => Ok(ScopeMember {
            point: point_id(book, &entry.point),
            sign: entry.sign,
        }),
        false => Err(EntryError::UnknownPoint(entry.point.clone())),
    };
    members.iter().map(member).collect()
}

/// Points that count as inside: one a flat, never a room beside its flat.
fn inside(
    book: BookId,
    file: &HouseFile,
    resource: Resource,
    entrances: Option<&[Label]>,
) -> Vec<ScopeMember> {
    let entrance_of: BTreeMap<String, Option<&Label>> = file
        .premises
        .iter()
        .map(|entry| (full_number(entry), entry.entrance.as_ref()))
        .collect();
    let wanted = |entry: &&PointEntry| {
        let counts = matches!(
            entry.kind,
            PointKind::Individual | PointKind::CommunalFlat | PointKind::Technical
        );
        let entrance = entry
            .premises
            .as_ref()
            .and_then(|number| entrance_of.get(number.as_str()).copied().flatten());
        let here = entrances
            .is_none_or(|wanted| entrance.is_some_and(|entrance| wanted.contains(entrance)));
        entry.resource == resource && counts && here
    };
    file.points
        .iter()
        .filter(wanted)
        .map(|entry| ScopeMember {
            point: point_id(book, &entry.name),
            sign: Sign::Plus,
        })
        .collect()
}
