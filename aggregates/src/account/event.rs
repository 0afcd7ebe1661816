//! Events of an account. Names and fields are the storage format: pinned by tests, changed only by
//! upcasters.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::bill::{Bill, BillKind, ProviderNotice};
use crate::account::instalments::{Instalments, InstalmentsEnd};
use crate::account::received::ReceivedBill;
use crate::ids::{OrganisationId, PersonId, PremisesId};
use crate::ledger::LedgerFact;
use crate::quantity::{Fraction, Money};
use crate::text::{Code, Label};
use crate::vocabulary::{ActRef, Resource, filed_at};

/// What may happen to an account (лицевой счёт).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum AccountEvent {
    /// The account was opened.
    AccountOpened {
        /// Number, as the billing prints it.
        number: Label,
        /// For which premises: a flat, or a room of a communal flat.
        premises: PremisesId,
        /// Who is billed.
        holder: Holder,
        /// Share of the premises that is billed here; `1/1` for the whole.
        share: Fraction,
        /// From which day.
        from: NaiveDate,
    },
    /// Numbers in ГИС ЖКХ became known.
    AccountIdentified {
        /// ЕЛС: единый лицевой счёт, 10 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unified_number: Option<Label>,
        /// ИЖКУ: идентификатор жилищно-коммунальных услуг.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service_number: Option<Label>,
    },
    /// The account went to another holder.
    AccountTransferred {
        /// The new one.
        holder: Holder,
        /// From which day.
        from: NaiveDate,
        /// What it rests on.
        act: ActRef,
    },
    /// The share changed.
    AccountShareChanged {
        /// The new one.
        share: Fraction,
        /// From which day.
        from: NaiveDate,
        /// What it rests on.
        act: ActRef,
    },
    /// The account was closed.
    AccountClosed {
        /// First day that is not billed here any more.
        from: NaiveDate,
        /// Why.
        reason: ClosingReason,
        /// What it rests on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        act: Option<ActRef>,
    },
    /// A balance was received from a billing centre or a former company.
    BalanceReceived {
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
    /// A bill of somebody else for the same premises was received, to be compared with ours.
    BillReceived {
        /// What it says.
        bill: ReceivedBill,
        /// SHA-256 of the canonical JSON of `bill`, 64 hexadecimal digits: names it.
        sha256: Code,
    },
    /// A bill was issued; it stays as it is whatever becomes known later.
    BillIssued {
        /// The bill.
        bill: Bill,
    },
    /// A former provider was told what it owes the holder for closed periods, or is owed.
    ProviderNoticed {
        /// The notice.
        notice: ProviderNotice,
    },
    /// A charge is paid in equal parts, as the consumer asked (ПП 354 п. 72).
    InstalmentsAgreed {
        /// The schedule.
        instalments: Instalments,
    },
    /// A schedule ended before its last part: what is left of it falls due at once.
    InstalmentsEnded {
        /// From when and why.
        ending: InstalmentsEnd,
    },
}

/// Who is billed: never a name, only an id whose data lie outside the events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// As what.
    pub kind: HolderKind,
    /// The person, where it is one and known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The organisation, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
}

/// Kinds of holder.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    /// Собственник.
    Owner,
    /// Наниматель.
    SocialTenant,
    /// Арендатор.
    Lessee,
    /// Юридическое лицо or ИП that owns non-residential premises.
    Company,
    /// Муниципалитет, while the premises stand empty.
    Municipality,
    /// Застройщик, until hand-over.
    Developer,
}

impl HolderKind {
    /// The word a Russian reader expects.
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::Owner => "собственник",
            Self::SocialTenant => "наниматель",
            Self::Lessee => "арендатор",
            Self::Company => "организация",
            Self::Municipality => "муниципалитет",
            Self::Developer => "застройщик",
        }
    }
}

/// Why an account was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClosingReason {
    /// Accounts were split or merged.
    Rearranged,
    /// The provider changed.
    ProviderChanged,
    /// The premises do not exist any more.
    PremisesAbolished,
    /// Opened by mistake.
    OpenedByMistake,
}

event_names!(AccountEvent {
    AccountOpened,
    AccountIdentified,
    AccountTransferred,
    AccountShareChanged,
    AccountClosed,
    BalanceReceived,
    BillReceived,
    BillIssued,
    ProviderNoticed,
    InstalmentsAgreed,
    InstalmentsEnded,
});

impl LedgerFact for AccountEvent {
    fn effective_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::AccountOpened { from, .. }
            | Self::AccountTransferred { from, .. }
            | Self::AccountShareChanged { from, .. }
            | Self::AccountClosed { from, .. } => filed_at(*from),
            Self::BalanceReceived { as_of, .. } => as_of.succ_opt().and_then(filed_at),
            Self::AccountIdentified { .. } => None,
            Self::BillReceived { bill, .. } => filed_at(bill.period.last_day()),
            Self::BillIssued { bill } => filed_at(bill.period.last_day()),
            Self::ProviderNoticed { notice } => filed_at(notice.period.last_day()),
            Self::InstalmentsAgreed { instalments } => filed_at(instalments.act.date),
            Self::InstalmentsEnded { ending } => filed_at(ending.act.date),
        }
    }

    /// One bill of each kind a period, one notice a period and provider; a received bill is named
    /// by its content.
    fn natural_key(&self) -> Option<String> {
        let bill = match self {
            Self::BillIssued { bill } => bill,
            Self::BillReceived { bill, sha256 } => {
                return Some(format!("received/{}/{sha256}", bill.period));
            }
            Self::ProviderNoticed { notice } => {
                return Some(format!("notice/{}/{}", notice.period, notice.provider));
            }
            _ => return None,
        };
        let kind = match bill.kind {
            BillKind::Monthly => "monthly",
            BillKind::FinalStatement => "final",
        };
        Some(format!("bill/{}/{kind}", bill.period))
    }
}
