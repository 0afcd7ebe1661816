//! The people of the demonstration: one for each role, all of them invented, with rights in the
//! houses and one password that each installation has for itself.

use aggregates::access_grant::command::AccessGrantCommand;
use aggregates::access_grant::event::{AccessRole, AccessScope, Grantee};
use aggregates::ids::{AccessGrantId, BookId, PersonId, PremisesId};
use aggregates::time::{DateSpan, TimeError};
use aggregates::vocabulary::Resource;
use uuid::Uuid;

use super::dispute;
use super::plan::{
    COMMA_FLAT, FIVE_STOREYS, MISTYPED_FLAT, MULTIPLIED_FLAT, SECTIONS, TAKEN_OVER, TOWER, day,
};
use super::story::Story;
use crate::access::relations::Gift;
use crate::access::{AccessError, Details, People};
use crate::bills::BillError;
use crate::figures;
use crate::store::Actor;
use crate::store::error::StoreError;

/// Who may sign in, and how.
#[derive(Clone, Debug)]
pub struct Logins {
    /// The password of all.
    pub password: String,
    /// The people.
    pub people: Vec<Login>,
}

/// Somebody of the demonstration.
#[derive(Clone, Debug)]
pub struct Login {
    /// By what one signs in.
    pub email: String,
    /// As whom.
    pub title: String,
    /// Whether on the staff site.
    pub is_staff: bool,
}

/// Why the people are not there.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// They cannot be written down.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A term of the plan is none.
    #[error(transparent)]
    Term(#[from] TimeError),
    /// The bill of the contested figure cannot be read.
    #[error(transparent)]
    Bill(#[from] BillError),
    /// The dispute is not opened.
    #[error("спор демонстрации не открыт: {0}")]
    Dispute(String),
    /// A flat of the plan is not in its house.
    #[error("в демонстрации нет квартиры {0}; сообщите разработчикам")]
    NoFlat(u16),
}

/// A person of the plan.
struct Plan {
    number: u128,
    name: &'static str,
    login: &'static str,
    role: AccessRole,
    place: Place,
    resources: &'static [Resource],
}

/// Where a right holds.
enum Place {
    /// In all houses.
    Everywhere,
    /// In one house.
    House(u8),
    /// In flats: house and number.
    Flats(&'static [(u8, u16)]),
}

const fn staff(number: u128, name: &'static str, login: &'static str, role: AccessRole) -> Plan {
    Plan {
        number,
        name,
        login,
        role,
        place: Place::Everywhere,
        resources: &[],
    }
}

const fn resident(
    number: u128,
    name: &'static str,
    login: &'static str,
    role: AccessRole,
    flats: &'static [(u8, u16)],
) -> Plan {
    Plan {
        number,
        name,
        login,
        role,
        place: Place::Flats(flats),
        resources: &[],
    }
}

const PLAN: &[Plan] = &[
    staff(1, "Ольга Ветрова", "dispatcher", AccessRole::Dispatcher),
    staff(2, "Елена Петрова", "accountant", AccessRole::Accountant),
    staff(3, "Нина Крылова", "chief", AccessRole::ChiefAccountant),
    staff(4, "Павел Громов", "engineer", AccessRole::Engineer),
    staff(5, "Игорь Савин", "admin", AccessRole::Administrator),
    Plan {
        number: 6,
        name: "Тимур Валеев",
        login: "supplier",
        role: AccessRole::Supplier,
        place: Place::Everywhere,
        resources: &[Resource::ColdWater, Resource::Sewage],
    },
    staff(7, "Денис Юрьев", "service", AccessRole::Service),
    staff(8, "Вера Логинова", "auditor", AccessRole::Auditor),
    Plan {
        number: 9,
        name: "Тамара Сидорова",
        login: "senior",
        role: AccessRole::Senior,
        place: Place::House(SECTIONS),
        resources: &[],
    },
    resident(
        10,
        "Анна Ильина",
        "owner",
        AccessRole::Owner,
        &[(SECTIONS, MISTYPED_FLAT), (TOWER, COMMA_FLAT)],
    ),
    resident(
        TENANT,
        "Михаил Орлов",
        "tenant",
        AccessRole::Tenant,
        &[(FIVE_STOREYS, MULTIPLIED_FLAT)],
    ),
    resident(
        12,
        "Дарья Ильина",
        "family",
        AccessRole::Family,
        &[(SECTIONS, MISTYPED_FLAT)],
    ),
    // The senior lives in the house too.
    resident(
        9,
        "Тамара Сидорова",
        "senior",
        AccessRole::Owner,
        &[(SECTIONS, SENIORS_FLAT)],
    ),
];

/// The tenant, who contests a figure.
const TENANT: u128 = 11;

/// The senior's flat, in [`SECTIONS`].
const SENIORS_FLAT: u16 = 34;

/// The people of the demonstration with their rights and password; a repetition changes nothing.
///
/// # Errors
/// [`PeopleError`].
pub async fn settle_in(people: &People, story: &Story) -> Result<Logins, PeopleError> {
    let actor = Actor::new("demo")?;
    let password = people.keys().word("demo");
    let mut told: Vec<Login> = Vec::new();
    for plan in PLAN {
        let person = person(plan.number);
        let email = format!("{}@demo.energokabinet.ru", plan.login);
        let details = Details {
            name: plan.name.to_owned(),
            phone: Some(format!("+7 900 000 00 {:02}", plan.number)),
            email: Some(email.clone()),
        };
        people.register(person, &details).await?;
        if !people.is_password_of(Some(person), &password).await? {
            people.set_password(person, &password).await?;
        }
        for (book, scope) in scopes(people, story, &plan.place).await? {
            let gift = gift(person, plan, (book, scope))?;
            people.grant(&actor, gift, None).await?;
        }
        let title = format!("{}, {}", plan.role.title_ru(), plan.name);
        match told.iter_mut().find(|known| known.email == email) {
            Some(known) => known.title = format!("{}; {}", known.title, plan.role.title_ru()),
            None => told.push(Login {
                email,
                title,
                is_staff: !plan.role.is_resident() && plan.role != AccessRole::Senior,
            }),
        }
    }
    dispute::contest(people, story, person(TENANT)).await?;
    Ok(Logins {
        password,
        people: told,
    })
}

fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(0xDE30_0000 + number))
}

async fn scopes(
    people: &People,
    story: &Story,
    place: &Place,
) -> Result<Vec<(BookId, AccessScope)>, PeopleError> {
    let book = |index: u8| story.houses.get(usize::from(index)).map(|house| house.book);
    Ok(match place {
        Place::Everywhere => story
            .houses
            .iter()
            .map(|house| (house.book, AccessScope::Book))
            .collect(),
        Place::House(index) => book(*index)
            .map(|book| (book, AccessScope::Book))
            .into_iter()
            .collect(),
        Place::Flats(flats) => {
            let mut found = Vec::new();
            for (index, flat) in *flats {
                let book = book(*index).ok_or(PeopleError::NoFlat(*flat))?;
                let premises = premises(people, book, *flat).await?;
                found.push((book, AccessScope::Premises(premises)));
            }
            found
        }
    })
}

async fn premises(people: &People, book: BookId, flat: u16) -> Result<PremisesId, PeopleError> {
    let ledger = people.ledger();
    let head = ledger.head(book.0).await?;
    let directory = figures::directory(ledger, book, head.position).await;
    let directory = directory.map_err(AccessError::from)?;
    directory
        .premises_by_number(&flat.to_string())
        .ok_or(PeopleError::NoFlat(flat))
}

fn gift(
    person: PersonId,
    plan: &Plan,
    (book, scope): (BookId, AccessScope),
) -> Result<Gift, PeopleError> {
    let key = format!("demo/{}/{:?}/{scope:?}", person, plan.role);
    // Somebody lives in a flat since before we had it; staff came with the contract.
    let since = match plan.role.is_resident() {
        true => day(2024, 1, 1),
        false => TAKEN_OVER,
    };
    let validity = match plan.role {
        AccessRole::Auditor => DateSpan::new(since, Some(day(2027, 12, 31)))?,
        _ => DateSpan::since(since),
    };
    Ok(Gift {
        book,
        grant: AccessGrantId::named(book, &key),
        command: AccessGrantCommand::GrantAccess {
            grantee: Grantee::Person(person),
            role: plan.role,
            scope,
            resources: plan.resources.to_vec(),
            validity,
            basis: None,
        },
    })
}
