//! What each event changes in what is known of premises.

use crate::premises::event::PremisesEvent;
use crate::premises::{
    Absence, Amenities, HeatSupply, Owners, Premises, Registered, Residents, SeparateBilling,
};

impl Premises {
    /// What the premises are and who is there; everything else is passed on.
    pub(super) fn fold(&mut self, event: PremisesEvent) {
        use PremisesEvent as Event;
        match event {
            Event::PremisesRegistered {
                number,
                kind,
                part_of,
                entrance,
                floor,
                gis_number,
            } => {
                self.registered = Some(Registered {
                    number,
                    kind,
                    part_of,
                    entrance,
                    floor,
                    gis_number,
                });
            }
            Event::UseChanged { kind, from, act } => self.uses.record_from(from, (kind, act)),
            Event::PremisesAreaRecorded {
                purpose,
                area,
                from,
                source,
            } => {
                self.areas
                    .entry(purpose)
                    .or_default()
                    .record(area, from, source);
            }
            Event::ResidentsRecorded {
                registered,
                temporary,
                validity,
                source,
            } => {
                self.residents.record(
                    validity,
                    Residents {
                        registered,
                        temporary,
                        source,
                    },
                );
            }
            Event::OwnersRecorded {
                shares,
                count,
                from,
                source,
            } => {
                self.owners.record_from(
                    from,
                    Owners {
                        shares,
                        count,
                        source,
                    },
                );
            }
            Event::AbsenceRecorded {
                persons,
                departed,
                returned,
                applied_on,
                act,
                refused,
            } => {
                self.absences
                    .retain(|known| (known.departed, known.returned) != (departed, returned));
                self.absences.push(Absence {
                    departed,
                    returned,
                    persons,
                    applied_on,
                    act,
                    refused,
                });
            }
            other => self.fold_supply(other),
        }
    }

    /// What the premises are supplied with. The events folded before are named, so that a new one
    /// cannot be forgotten.
    fn fold_supply(&mut self, event: PremisesEvent) {
        use PremisesEvent as Event;
        match event {
            Event::MeteringImpossible {
                resource,
                validity,
                act,
            } => {
                self.metering_impossible
                    .entry(resource)
                    .or_default()
                    .record(validity, act);
            }
            Event::HeatSourceRecorded {
                heating,
                from,
                act,
                source,
            } => {
                self.heat_sources.record_from(
                    from,
                    HeatSupply {
                        heating,
                        act,
                        source,
                    },
                );
            }
            Event::SeparateBillingSet {
                resource,
                biller,
                validity,
                act,
            } => {
                let rows = self.separate_billing.entry(resource).or_default();
                rows.record(validity, SeparateBilling { biller, act });
            }
            Event::AmenitiesRecorded {
                category,
                rooms,
                from,
                source,
            } => {
                self.amenities.record_from(
                    from,
                    Amenities {
                        category,
                        rooms,
                        source,
                    },
                );
            }
            Event::PremisesRegistered { .. }
            | Event::UseChanged { .. }
            | Event::PremisesAreaRecorded { .. }
            | Event::ResidentsRecorded { .. }
            | Event::OwnersRecorded { .. }
            | Event::AbsenceRecorded { .. } => {}
        }
    }
}
