//! What one may ask of premises. Fields mean what they mean in the event of the same form.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{OrganisationId, PremisesId};
use crate::premises::event::{AbsenceRefusal, HeatSource, PremisesAreaPurpose, PremisesKind};
use crate::quantity::{Fraction, Quantity, SquareMetre};
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::{ActRef, FactSource, Resource};

/// Commands of premises. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum PremisesCommand {
    /// Enter the premises into the book.
    RegisterPremises {
        /// Number as on the door.
        number: Label,
        /// What they are.
        kind: PremisesKind,
        /// The communal flat of a room, or the premises that a store or place is part of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part_of: Option<PremisesId>,
        /// Entrance, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entrance: Option<Label>,
        /// Storey, −10 to 200, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        floor: Option<i16>,
        /// Number in ГИС ЖКХ, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gis_number: Option<Label>,
    },
    /// Record an area by purpose.
    RecordPremisesArea {
        /// Which area.
        purpose: PremisesAreaPurpose,
        /// Its size, m², above 0 and up to 100 000.
        area: Quantity<SquareMetre>,
        /// From which day.
        from: NaiveDate,
        /// By which document.
        source: FactSource,
    },
    /// Record how many people live here.
    RecordResidents {
        /// Registered permanently.
        registered: u16,
        /// Living temporarily.
        temporary: u16,
        /// When.
        validity: DateSpan,
        /// By which document.
        source: FactSource,
    },
    /// Record how many owners there are.
    RecordOwners {
        /// Shares, one an owner, together the whole; empty when only their number is known.
        shares: Vec<Fraction>,
        /// Number of owners, from 1.
        count: u16,
        /// From which day.
        from: NaiveDate,
        /// By which document.
        source: FactSource,
    },
    /// Record an application for a temporary absence with the answer to it.
    RecordAbsence {
        /// How many were away, from 1.
        persons: u16,
        /// Day of departure.
        departed: NaiveDate,
        /// Day of return, after it.
        returned: NaiveDate,
        /// Day of the application.
        applied_on: NaiveDate,
        /// What proves it.
        act: ActRef,
        /// Why it is refused, where it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<AbsenceRefusal>,
    },
    /// Record that a meter cannot be installed.
    RecordMeteringImpossible {
        /// Of which resource.
        resource: Resource,
        /// When.
        validity: DateSpan,
        /// The act.
        act: ActRef,
    },
    /// Record where the heat comes from.
    RecordHeatSource {
        /// Which source.
        heating: HeatSource,
        /// From which day.
        from: NaiveDate,
        /// Act, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
        /// Kind of document.
        source: FactSource,
    },
    /// Say that somebody else bills a resource here.
    SetSeparateBilling {
        /// Which resource.
        resource: Resource,
        /// Who bills.
        biller: OrganisationId,
        /// When.
        validity: DateSpan,
        /// Contract.
        act: ActRef,
    },
    /// Record the category by which norms are chosen.
    RecordAmenities {
        /// Code of the category in the tariff book.
        category: Code,
        /// Rooms, from 1, where the norm depends on them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rooms: Option<u8>,
        /// From which day.
        from: NaiveDate,
        /// By which document.
        source: FactSource,
    },
    /// Change the use of the premises.
    ChangeUse {
        /// What they are now.
        kind: PremisesKind,
        /// From which day.
        from: NaiveDate,
        /// The act.
        act: ActRef,
    },
}
