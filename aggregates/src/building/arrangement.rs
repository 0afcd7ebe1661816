//! Договорённость (rules 0.2): who provides, who reads, who bills.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::OrganisationId;
use crate::vocabulary::ActRef;

/// One row: for a house, a resource and a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrangement {
    /// How the house is managed.
    pub management: Management,
    /// Исполнитель: the provider of the utility to the residents.
    pub provider: OrganisationId,
    /// As what the provider acts.
    pub provider_role: ProviderRole,
    /// РСО, where it is not the provider itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<OrganisationId>,
    /// What the contract between УК and РСО covers, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<SupplyContract>,
    /// Who owns residents' readings.
    pub readings_owner: ReadingsOwner,
    /// Who prints the bill.
    pub biller: OrganisationId,
    /// To whom readings of the residents are owed.
    pub readings_owed_to: OrganisationId,
    /// Last day of the month by which they are owed there, 1–31.
    pub readings_owed_by_day: u8,
    /// Report of the house meters to the РСО.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportTerms>,
}

/// Ways of managing a house (ЖК ст. 161).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Management {
    /// Управляющая организация.
    ManagingCompany,
    /// ТСЖ or ЖСК.
    Association,
    /// Непосредственное управление.
    Direct,
    /// Not chosen or not carried out.
    NotChosen,
}

/// Who the provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderRole {
    /// УК, ТСЖ or ЖСК provides.
    Manager,
    /// РСО by direct contracts with the owners (ЖК ст. 157.2).
    SupplierByDirectContracts,
    /// РСО under direct management.
    SupplierUnderDirectManagement,
}

/// Contract between УК and РСО.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupplyContract {
    /// What is bought.
    pub covers: ContractScope,
    /// Number and date.
    pub act: ActRef,
}

/// What a supply contract covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContractScope {
    /// The whole utility.
    Utility,
    /// Only the resources for common property (СОИ).
    CommonPropertyOnly,
}

/// Who owns residents' readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReadingsOwner {
    /// The provider takes them in.
    Provider,
    /// The supplier's intelligent system reads the meters itself.
    SupplierIsu,
}

/// When and how house meters are reported to the РСО.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportTerms {
    /// Contract day of the month, 1–31.
    pub day: u8,
    /// Form of the report.
    pub form: crate::text::Label,
}

/// Days on which residents' readings are taken in, and what happens to late ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmissionWindow {
    /// First day, 1–31; `None`: any day of the month before the last one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_on_day: Option<u8>,
    /// Last day, 1–31, until 24:00 of the house; the law's default is 25.
    pub closes_on_day: u8,
    /// By what a reading that was delayed on its way is dated.
    pub late_policy: LatePolicy,
}

/// How a reading taken in time but received late is treated (rules ).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LatePolicy {
    /// Only the time of receipt counts: the law's default.
    ByReceipt,
    /// The provider accepts by the time of taking when our intake was out of order.
    ByTakingDuringIntakeOutage,
    /// The provider accepts offline, telephone and paper entries by the time of taking.
    ByTaking,
}

/// Parts of an arrangement that contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrangementFault {
    /// The supplier repeats the provider.
    #[error("поставщик тот же, что исполнитель: не указывайте его отдельно")]
    SupplierIsProvider,
    /// Nobody manages the house, yet its manager provides.
    #[error("при непосредственном управлении исполнитель — РСО, а не управляющая организация")]
    ManagerUnderDirectManagement,
    /// The house is managed, yet the provider acts as under direct management.
    #[error("роль «РСО при непосредственном управлении» бывает только при таком управлении домом")]
    NoDirectManagement,
    /// The manager provides, yet it buys only the resources for common property.
    #[error(
        "исполнитель — управляющая организация, а договор с РСО только на СОИ: исправьте роль исполнителя или предмет договора"
    )]
    ManagerBuysCommonOnly,
    /// The supplier provides directly, yet the manager buys the whole utility.
    #[error(
        "исполнитель — РСО по прямым договорам, а управляющая организация закупает всю услугу: исправьте роль исполнителя или предмет договора"
    )]
    UtilityBoughtUnderDirectContracts,
    /// A contract between УК and РСО where there is no УК.
    #[error(
        "при непосредственном управлении договора управляющей организации с РСО нет: уберите его"
    )]
    ContractWithoutManager,
}

impl Arrangement {
    /// Whether its parts agree.
    ///
    /// # Errors
    /// [`ArrangementFault`] names the first contradiction.
    pub fn check(&self) -> Result<(), ArrangementFault> {
        let direct_management = self.management == Management::Direct;
        let covers = self.contract.as_ref().map(|contract| contract.covers);
        if self.supplier == Some(self.provider) {
            return Err(ArrangementFault::SupplierIsProvider);
        }
        match (self.provider_role, covers) {
            (ProviderRole::Manager, _) if direct_management => {
                Err(ArrangementFault::ManagerUnderDirectManagement)
            }
            (ProviderRole::SupplierUnderDirectManagement, _) if !direct_management => {
                Err(ArrangementFault::NoDirectManagement)
            }
            (ProviderRole::SupplierUnderDirectManagement, Some(_)) => {
                Err(ArrangementFault::ContractWithoutManager)
            }
            (ProviderRole::Manager, Some(ContractScope::CommonPropertyOnly)) => {
                Err(ArrangementFault::ManagerBuysCommonOnly)
            }
            (ProviderRole::SupplierByDirectContracts, Some(ContractScope::Utility)) => {
                Err(ArrangementFault::UtilityBoughtUnderDirectContracts)
            }
            _ => Ok(()),
        }
    }
}

impl SubmissionWindow {
    /// What holds where nothing else is agreed: up to the 25th, by the time of receipt
    /// (ПП 354 п. 31, 33; rules ).
    pub const BY_LAW: Self = Self {
        opens_on_day: None,
        closes_on_day: 25,
        late_policy: LatePolicy::ByReceipt,
    };
}
