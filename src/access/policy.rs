//! Who may see and do what: the one place that decides. Nothing is allowed unless a relation in
//! force allows it.
//!
//! A page does not ask whether it may; it asks for a permit, and what it reads of a house it reads
//! through the permit. Permits are made here and nowhere else.

use aggregates::access_grant::event::{AccessRole, AccessScope};
use aggregates::ids::{BookId, PersonId};
use aggregates::time::ZoneName;
use aggregates::vocabulary::Resource;
use chrono::NaiveDate;

use crate::access::relations::Relation;

/// What staff do with a house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// See that it is there: address, how its month goes.
    SeeHouse,
    /// See its meters.
    SeeMeters,
    /// Have a device on a line polled now, paused, resumed.
    RunLines,
    /// See readings and volumes of its flats.
    SeeReadings,
    /// Type in readings.
    EnterReadings,
    /// See what is missing and how it would be filled.
    SeeGaps,
    /// Decide how it is filled.
    DecideGaps,
    /// See the balance of the house.
    SeeBalance,
    /// See how far the closing of a month is.
    SeeClosing,
    /// Give causes, pass stages, close.
    CloseMonth,
    /// See bills.
    SeeBills,
    /// See disputes and what both sides say.
    SeeDisputes,
    /// Answer them.
    AnswerDisputes,
    /// Read the journal.
    SeeJournal,
}

impl Right {
    /// All rights.
    pub const ALL: [Self; 14] = [
        Self::SeeHouse,
        Self::SeeMeters,
        Self::RunLines,
        Self::SeeReadings,
        Self::EnterReadings,
        Self::SeeGaps,
        Self::DecideGaps,
        Self::SeeBalance,
        Self::SeeClosing,
        Self::CloseMonth,
        Self::SeeBills,
        Self::SeeDisputes,
        Self::AnswerDisputes,
        Self::SeeJournal,
    ];

    /// What it is for, in the genitive: «для …».
    pub fn title_ru(self) -> &'static str {
        match self {
            Self::SeeHouse => "просмотра дома",
            Self::SeeMeters => "просмотра приборов",
            Self::RunLines => "управления опросом",
            Self::SeeReadings => "просмотра показаний",
            Self::EnterReadings => "ввода показаний",
            Self::SeeGaps => "просмотра пробелов",
            Self::DecideGaps => "решений по пробелам",
            Self::SeeBalance => "просмотра баланса",
            Self::SeeClosing => "просмотра закрытия месяца",
            Self::CloseMonth => "закрытия месяца",
            Self::SeeBills => "просмотра счетов",
            Self::SeeDisputes => "просмотра споров",
            Self::AnswerDisputes => "ответов на споры",
            Self::SeeJournal => "чтения журнала",
        }
    }
}

/// What a role allows on the staff site.
pub fn allows(role: AccessRole, right: Right) -> bool {
    use Right as R;
    match role {
        AccessRole::Dispatcher => matches!(
            right,
            R::SeeHouse
                | R::SeeMeters
                | R::SeeReadings
                | R::EnterReadings
                | R::SeeDisputes
                | R::SeeJournal
        ),
        AccessRole::Accountant | AccessRole::ChiefAccountant => true,
        AccessRole::Engineer => matches!(
            right,
            R::SeeHouse
                | R::SeeMeters
                | R::RunLines
                | R::SeeReadings
                | R::SeeGaps
                | R::SeeBalance
                | R::SeeJournal
        ),
        AccessRole::Administrator => {
            matches!(
                right,
                R::SeeHouse | R::SeeMeters | R::RunLines | R::SeeJournal
            )
        }
        // Of its own resources only: the permit says which.
        AccessRole::Supplier => matches!(right, R::SeeHouse | R::SeeMeters | R::SeeBalance),
        AccessRole::Service => matches!(right, R::SeeHouse | R::SeeMeters),
        AccessRole::Auditor => !matches!(
            right,
            R::RunLines | R::EnterReadings | R::DecideGaps | R::CloseMonth | R::AnswerDisputes
        ),
        AccessRole::Senior | AccessRole::Owner | AccessRole::Tenant | AccessRole::Family => false,
    }
}

/// Which resources may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resources {
    /// All.
    All,
    /// These.
    Only(Vec<Resource>),
}

impl Resources {
    /// Whether `resource` is among them.
    pub fn include(&self, resource: Resource) -> bool {
        match self {
            Self::All => true,
            Self::Only(only) => only.contains(&resource),
        }
    }

    fn of(relation: &Relation) -> Self {
        match relation.resources.as_slice() {
            [] => Self::All,
            only => Self::Only(only.to_vec()),
        }
    }

    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Only(mut one), Self::Only(other)) => {
                one.extend(other);
                one.sort_unstable();
                one.dedup();
                Self::Only(one)
            }
            _ => Self::All,
        }
    }
}

/// The permission to use one right in one house.
#[derive(Clone, Debug)]
pub struct HousePermit {
    book: BookId,
    zone: ZoneName,
    resources: Resources,
}

impl HousePermit {
    /// The house.
    pub fn book(&self) -> BookId {
        self.book
    }

    /// By whose clock its days are.
    pub fn zone(&self) -> ZoneName {
        self.zone
    }

    /// What may be seen of it.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }
}

/// The permission to one's own premises or account.
#[derive(Clone, Debug, PartialEq)]
pub struct HomePermit {
    book: BookId,
    zone: ZoneName,
    scope: AccessScope,
    role: AccessRole,
    since: NaiveDate,
}

impl HomePermit {
    /// The house.
    pub fn book(&self) -> BookId {
        self.book
    }

    /// By whose clock its days are.
    pub fn zone(&self) -> ZoneName {
        self.zone
    }

    /// Premises or account.
    pub fn scope(&self) -> AccessScope {
        self.scope
    }

    /// As whom.
    pub fn role(&self) -> AccessRole {
        self.role
    }

    /// Since when: what was before belongs to somebody else.
    pub fn since(&self) -> NaiveDate {
        self.since
    }
}

/// Why a permit is not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// There is no relation to the house at all: whether it exists is not told.
    #[error("такой страницы нет или она не ваша")]
    Unknown,
    /// There is one, and its role does not go so far.
    #[error("роль «{}» не даёт {}", .role.title_ru(), .right.title_ru())]
    Role {
        /// The role.
        role: AccessRole,
        /// What it lacks.
        right: Right,
    },
}

/// A person with all relations in force today.
#[derive(Clone, Debug)]
pub struct Viewer {
    person: PersonId,
    relations: Vec<Relation>,
}

impl Viewer {
    pub(super) fn new(person: PersonId, relations: Vec<Relation>) -> Self {
        Self { person, relations }
    }

    /// Who.
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// Roles on the staff site, each once, the one that goes furthest first.
    pub fn staff_roles(&self) -> Vec<AccessRole> {
        let mut roles: Vec<AccessRole> = self.relations.iter().map(|one| one.role).collect();
        roles.retain(|role| allows(*role, Right::SeeHouse));
        roles.sort_unstable();
        roles.dedup();
        let reach = |role: &AccessRole| Right::ALL.iter().filter(|r| allows(*role, **r)).count();
        roles.sort_by_key(|role| std::cmp::Reverse(reach(role)));
        roles
    }

    /// The permission to use `right` in the house of `book`.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn house(&self, book: BookId, right: Right) -> Result<HousePermit, Denied> {
        let here = self.relations.iter().filter(|one| {
            one.book == book && one.scope == AccessScope::Book && allows(one.role, Right::SeeHouse)
        });
        let mut found: Option<HousePermit> = None;
        let mut lacking = None;
        for relation in here {
            if !allows(relation.role, right) {
                lacking = Some(relation.role);
                continue;
            }
            let resources = Resources::of(relation);
            found = Some(HousePermit {
                book,
                zone: relation.zone,
                resources: match found {
                    Some(permit) => permit.resources.with(resources),
                    None => resources,
                },
            });
        }
        match (found, lacking) {
            (Some(permit), _) => Ok(permit),
            (None, Some(role)) => Err(Denied::Role { role, right }),
            (None, None) => Err(Denied::Unknown),
        }
    }

    /// The houses in which `right` may be used.
    pub fn houses(&self, right: Right) -> Vec<HousePermit> {
        let mut books: Vec<BookId> = self.relations.iter().map(|one| one.book).collect();
        books.sort_unstable();
        books.dedup();
        let permits = books.into_iter().map(|book| self.house(book, right));
        permits.filter_map(Result::ok).collect()
    }

    /// Whether `right` may be used in any house.
    pub fn may(&self, right: Right) -> bool {
        !self.houses(right).is_empty()
    }

    /// One's own premises and accounts.
    pub fn homes(&self) -> Vec<HomePermit> {
        let own = self.relations.iter().filter(|one| one.role.is_resident());
        own.map(|relation| HomePermit {
            book: relation.book,
            zone: relation.zone,
            scope: relation.scope,
            role: relation.role,
            since: relation.since,
        })
        .collect()
    }

    /// Whether the person is the senior of the house.
    pub fn is_senior_of(&self, book: BookId) -> bool {
        let is = |one: &&Relation| one.role == AccessRole::Senior && one.book == book;
        self.relations.iter().any(|one| is(&one))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn relation(role: AccessRole, resources: Vec<Resource>) -> Relation {
        Relation {
            book: BookId(Uuid::from_u128(1)),
            role,
            scope: AccessScope::Book,
            resources,
            since: NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date"),
            zone: ZoneName::new("Asia/Yekaterinburg").expect("a zone"),
        }
    }

    fn viewer(relations: Vec<Relation>) -> Viewer {
        Viewer::new(PersonId(Uuid::from_u128(9)), relations)
    }

    #[test]
    fn nothing_is_allowed_without_a_relation() {
        let nobody = viewer(Vec::new());
        for right in Right::ALL {
            let denied = nobody.house(BookId(Uuid::from_u128(1)), right);
            assert_eq!(denied.err(), Some(Denied::Unknown), "{right:?}");
        }
        let accountant = viewer(vec![relation(AccessRole::ChiefAccountant, Vec::new())]);
        for right in Right::ALL {
            let elsewhere = accountant.house(BookId(Uuid::from_u128(2)), right);
            assert_eq!(elsewhere.err(), Some(Denied::Unknown), "{right:?}");
        }
    }

    #[test]
    fn residents_have_no_right_of_staff() {
        for role in [
            AccessRole::Senior,
            AccessRole::Owner,
            AccessRole::Tenant,
            AccessRole::Family,
        ] {
            assert!(Right::ALL.iter().all(|right| !allows(role, *right)));
        }
    }

    #[test]
    fn who_reads_only_changes_nothing() {
        for role in [
            AccessRole::Auditor,
            AccessRole::Supplier,
            AccessRole::Service,
        ] {
            for right in [Right::EnterReadings, Right::DecideGaps, Right::CloseMonth] {
                assert!(!allows(role, right), "{role:?} {right:?}");
            }
        }
    }

    #[test]
    fn a_supplier_sees_its_resources_and_two_relations_add_up() {
        let book = BookId(Uuid::from_u128(1));
        let water = relation(AccessRole::Supplier, vec![Resource::ColdWater]);
        let one = viewer(vec![water.clone()]);
        let permit = one.house(book, Right::SeeBalance).expect("allowed");
        assert!(permit.resources().include(Resource::ColdWater));
        assert!(!permit.resources().include(Resource::Heat));
        let heat = relation(AccessRole::Supplier, vec![Resource::Heat]);
        let both = viewer(vec![water, heat]);
        let permit = both.house(book, Right::SeeBalance).expect("allowed");
        assert!(permit.resources().include(Resource::Heat));
        assert!(!permit.resources().include(Resource::Gas));
        let denied = both.house(book, Right::SeeReadings);
        assert!(matches!(denied, Err(Denied::Role { .. })));
    }
}
