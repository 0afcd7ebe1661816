//! What one may ask of an account. Fields mean what they mean in the event of the same form.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::bill::{Bill, ProviderNotice};
use crate::account::event::{ClosingReason, Holder};
use crate::account::instalments::{InstalmentsAsked, InstalmentsEnd};
use crate::account::received::ReceivedBill;
use crate::ids::{OrganisationId, PremisesId};
use crate::quantity::{Fraction, Money};
use crate::text::{Code, Label};
use crate::vocabulary::{ActRef, Resource};

/// Commands of an account. A command that repeats a recorded fact gives no events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum AccountCommand {
    /// Open the account.
    OpenAccount {
        /// Number, as the billing prints it.
        number: Label,
        /// For which premises.
        premises: PremisesId,
        /// Who is billed.
        holder: Holder,
        /// Share of the premises that is billed here: above 0, at most the whole.
        share: Fraction,
        /// From which day.
        from: NaiveDate,
    },
    /// Record the numbers in ГИС ЖКХ; at least one of them.
    IdentifyAccount {
        /// ЕЛС: 10 letters and digits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unified_number: Option<Label>,
        /// ИЖКУ: the ЕЛС, a hyphen and two digits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service_number: Option<Label>,
    },
    /// Hand the account over to another holder.
    TransferAccount {
        /// The new one.
        holder: Holder,
        /// From which day.
        from: NaiveDate,
        /// What it rests on.
        act: ActRef,
    },
    /// Change the share.
    ChangeAccountShare {
        /// The new one.
        share: Fraction,
        /// From which day.
        from: NaiveDate,
        /// What it rests on.
        act: ActRef,
    },
    /// Close the account.
    CloseAccount {
        /// First day that is not billed here any more.
        from: NaiveDate,
        /// Why.
        reason: ClosingReason,
        /// What it rests on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// Take in a balance stated by a billing centre or a former company.
    ReceiveBalance {
        /// From whom.
        from: OrganisationId,
        /// End of which day it states.
        as_of: NaiveDate,
        /// To whom it is owed; `None` where the statement does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Option<OrganisationId>,
        /// For which resource; `None` for the whole account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Resource>,
        /// What: `debt`, `advance`, `penalty` …
        kind: Code,
        /// How much the holder owes; negative when overpaid.
        amount: Money,
        /// In which document.
        act: ActRef,
    },
    /// Take in a bill of somebody else, to be compared with ours.
    ReceiveBill {
        /// What it says.
        bill: ReceivedBill,
        /// SHA-256 of the canonical JSON of `bill`.
        sha256: Code,
    },
    /// Issue a bill.
    IssueBill {
        /// The bill.
        bill: Bill,
    },
    /// Tell a former provider of adjustments.
    NoticeProvider {
        /// The notice.
        notice: ProviderNotice,
    },
    /// Agree that a charge is paid in equal parts (ПП 354 п. 72).
    AgreeInstalments {
        /// As the consumer asks.
        asked: InstalmentsAsked,
    },
    /// End a schedule before its last part.
    EndInstalments {
        /// From when and why.
        ending: InstalmentsEnd,
    },
}
