//! The terms a reading is taken in under: what a meter must know of its building.

use serde::{Deserialize, Serialize};

use crate::building::arrangement::SubmissionWindow;
use crate::ids::OrganisationId;
use crate::time::{Interval, Period, ZoneName};

/// Facts of the building that a reading is judged by; loaded in the unit that records it, so that
/// a reading that races a closing is judged again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingTerms {
    /// Time zone of the house.
    pub zone: ZoneName,
    /// Window in force for the resource; the law's default where nothing else is recorded.
    pub window: SubmissionWindow,
    /// The provider by the arrangement; `None` while there is none.
    pub provider: Option<OrganisationId>,
    /// Last closed settlement period: what arrives now cannot belong to it or an earlier one.
    pub closed_through: Option<Period>,
    /// Times when our own intake did not work, oldest first.
    pub intake_outages: Vec<Interval>,
}
