//! What stands in no balance scope: points, and premises without a point in one.

use std::collections::BTreeSet;

use aggregates::ids::{MeteringPointId, PremisesId};
use aggregates::metering_point::event::PointKind;
use aggregates::vocabulary::Resource;

use crate::settlement::model::{Settlement, SettlementError};
use crate::settlement::settling::Settling;
use crate::text;
use crate::waterfall::model::{Coverage, PremisesOutside};

/// What no scope of the resource holds on the period's last day. Rooms count with their flat,
/// distributors with the heat meter of the house.
pub(super) fn coverage(
    settling: &Settling<'_>,
    settlement: &Settlement,
    resource: Resource,
) -> Result<Coverage, SettlementError> {
    let balance = &settling.book.balance;
    let scopes = balance.scopes_on(settling.last_day(), resource);
    let inside: BTreeSet<MeteringPointId> = scopes
        .iter()
        .flat_map(|scope| scope.house.iter().chain(&scope.members))
        .map(|member| member.point)
        .collect();
    let points = &balance.consumption.points;
    let outside = points.iter().filter(|(point, facts)| {
        facts.resource == resource
            && !matches!(facts.kind, PointKind::Distributor | PointKind::Room)
            && facts
                .closed
                .is_none_or(|(on, _)| on > settling.period.first_day())
            && !inside.contains(point)
    });
    let outside = outside.map(|(point, _)| balance.name(*point)).collect();
    let covered: BTreeSet<PremisesId> = inside
        .iter()
        .filter_map(|point| points.get(point)?.premises)
        .collect();
    let service = settlement.service(resource);
    let premises = settling.book.premises.iter();
    let premises = premises.filter(|(id, facts)| facts.part_of.is_none() && !covered.contains(id));
    let mut uncovered = Vec::new();
    for (id, facts) in premises {
        let settled = service.and_then(|service| {
            let mut premises = service.premises.iter();
            premises.find(|one| one.premises == *id)
        });
        let volume = settled.and_then(|one| one.volume.as_ref());
        let by_norm = volume.map(|volume| volume.stored()).transpose();
        uncovered.push(PremisesOutside {
            premises: *id,
            number: facts.number.clone(),
            by_norm: by_norm.map_err(|_| settling.too_large())?,
        });
    }
    uncovered.sort_by_cached_key(|one| text::natural(one.number.as_str()));
    Ok(Coverage {
        points: outside,
        premises: uncovered,
    })
}
