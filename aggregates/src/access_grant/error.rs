//! Why a right of access refuses a command. The texts reach users, so they are Russian.

use chrono::NaiveDate;

use crate::access_grant::event::{AccessRole, AccessScope, Grantee};

/// Refusals of a right of access.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessGrantError {
    /// The right was never given.
    #[error("доступ ещё не выдан: сначала выдайте его")]
    NotGranted,
    /// The right was given with other contents.
    #[error("доступ уже выдан на других условиях: сузьте его, измените срок или выдайте ещё один")]
    GrantedDifferently,
    /// The role does not go with the scope.
    #[error("роль «{}» так не даётся: жителям доступ даётся на помещение или лицевой счёт, сотрудникам и организациям — на весь журнал", .role.title_ru())]
    RoleOutOfScope {
        /// The role.
        role: AccessRole,
        /// The scope.
        scope: AccessScope,
    },
    /// The role is a person's.
    #[error("роль «{}» даётся человеку, а указана организация: укажите человека", .role.title_ru())]
    RoleOfAPerson {
        /// The role.
        role: AccessRole,
        /// To whom it was to be given.
        grantee: Grantee,
    },
    /// A supplier sees the resources it supplies and no others.
    #[error("для РСО назовите ресурсы, которые она поставляет: доступ ко всем сразу не даётся")]
    SupplierWithoutResources,
    /// A resource is named twice.
    #[error("ресурс назван дважды: оставьте каждый один раз")]
    ResourceRepeated,
    /// Limiting may not add resources.
    #[error("ограничение не может добавить ресурсы: для новых ресурсов выдайте отдельный доступ")]
    WouldWiden,
    /// The new term begins before the right was given.
    #[error("срок не может начаться {from}, раньше выдачи доступа {granted_from}")]
    BeforeGrant {
        /// The beginning asked for.
        from: NaiveDate,
        /// The beginning of the right.
        granted_from: NaiveDate,
    },
    /// The right was taken away already.
    #[error("доступ отозван с {on}: выдайте новый")]
    Revoked {
        /// First day without it.
        on: NaiveDate,
    },
}
