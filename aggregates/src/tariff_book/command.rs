//! What one may ask of a tariff book. Fields mean what they mean in the event of the same form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::OrganisationId;
use crate::ledger::EventId;
use crate::quantity::NormRate;
use crate::tariff_book::event::{NormKey, RateBasis, TariffKey, TariffPrice};
use crate::text::{Code, Label};
use crate::time::DateSpan;
use crate::vocabulary::AdoptionSource;

/// Commands of a tariff book. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum TariffBookCommand {
    /// Open the book of tariffs.
    OpenTariffBook {
        /// For which territory or house.
        title: Label,
    },
    /// Enter a tariff.
    SetTariff {
        /// What is priced and for whom.
        key: TariffKey,
        /// The price.
        price: TariffPrice,
        /// When it holds.
        validity: DateSpan,
        /// Who sells.
        supplier: OrganisationId,
        /// Act, or where the figure was read.
        basis: RateBasis,
        /// Where it was adopted from, if not typed in here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        adopted: Option<AdoptionSource>,
    },
    /// Take back a tariff that was set by mistake.
    WithdrawTariff {
        /// The event of this stream that set it.
        tariff: EventId,
        /// Why.
        reason: Code,
    },
    /// Enter a norm.
    SetNorm {
        /// What is normed and for whom.
        key: NormKey,
        /// How much.
        rate: NormRate,
        /// When it holds.
        validity: DateSpan,
        /// Act, or where the figure was read.
        basis: RateBasis,
    },
}
