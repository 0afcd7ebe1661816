//! What is known of a person, sealed; and forgetting it.

use aggregates::ids::PersonId;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, Row, Transaction};

use crate::access::keys::PersonKey;
use crate::access::login::Login;
use crate::access::{AccessError, People};

/// What a person tells of himself.
#[derive(Clone, Default)]
pub struct Details {
    /// Имя и фамилия, as they are to be shown.
    pub name: String,
    /// Telephone, where there is one.
    pub phone: Option<String>,
    /// E-mail, where there is one.
    pub email: Option<String>,
}

/// What is known of a person. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// Имя и фамилия.
    pub name: String,
    /// Telephone, in its one form.
    pub phone: Option<String>,
    /// E-mail, in its one form.
    pub email: Option<String>,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Profile(…)")
    }
}

impl std::fmt::Debug for Details {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Details(…)")
    }
}

impl Profile {
    /// «Анна И.»: what is shown where there is little place.
    pub fn short_name(&self) -> String {
        let mut words = self.name.split_whitespace();
        let first = words.next().unwrap_or_default();
        match words.next().and_then(|word| word.chars().next()) {
            Some(initial) => format!("{first} {initial}."),
            None => first.to_owned(),
        }
    }
}

fn login(text: Option<&String>) -> Result<Option<Login>, AccessError> {
    let parsed = |text: &String| Login::parse(text).ok_or(AccessError::BadLogin(text.clone()));
    text.map(parsed).transpose()
}

impl People {
    /// Writes down what is known of `person`; what was known before is replaced.
    ///
    /// # Errors
    /// [`AccessError::BadLogin`], [`AccessError::LoginTaken`], or it cannot be written down.
    pub async fn register(&self, person: PersonId, details: &Details) -> Result<(), AccessError> {
        let phone = login(details.phone.as_ref())?;
        let email = login(details.email.as_ref())?;
        let mut transaction = self.ledger.pool().begin().await?;
        let key = self.key_in(&mut transaction, person).await?;
        let sealed = |column, login: &Option<Login>| {
            let text = login.as_ref().map(Login::as_str);
            text.map(|text| key.seal(column, text)).transpose()
        };
        sqlx::query(
            "insert into people.people (person_id, name, phone, email) values ($1, $2, $3, $4) \
             on conflict (person_id) do update \
             set name = excluded.name, phone = excluded.phone, email = excluded.email",
        )
        .bind(person.0)
        .bind(key.seal("name", details.name.trim())?)
        .bind(sealed("phone", &phone)?)
        .bind(sealed("email", &email)?)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("delete from people.logins where person_id = $1")
            .bind(person.0)
            .execute(&mut *transaction)
            .await?;
        for login in phone.iter().chain(&email) {
            self.add_login(&mut transaction, person, login).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn add_login(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        person: PersonId,
        login: &Login,
    ) -> Result<(), AccessError> {
        let added = sqlx::query(
            "insert into people.logins (login_hash, person_id) values ($1, $2) \
             on conflict do nothing",
        )
        .bind(self.keys.login_hash(login).as_slice())
        .bind(person.0)
        .execute(&mut **transaction)
        .await?;
        match added.rows_affected() {
            0 => Err(AccessError::LoginTaken),
            _ => Ok(()),
        }
    }

    /// The person's key; a new one where there is none.
    pub(super) async fn key_in(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        person: PersonId,
    ) -> Result<PersonKey, AccessError> {
        let (_, fresh) = self.keys.new_person_key(person)?;
        let kept: Vec<u8> = sqlx::query_scalar(
            "insert into people.keys (person_id, sealed_key) values ($1, $2) \
             on conflict (person_id) do update set sealed_key = people.keys.sealed_key \
             returning sealed_key",
        )
        .bind(person.0)
        .bind(fresh)
        .fetch_one(&mut **transaction)
        .await?;
        Ok(self.keys.person_key(person, &kept)?)
    }

    /// What is known of `person`; `None` where nothing is, or it was erased.
    ///
    /// # Errors
    /// [`AccessError`] when it cannot be read or does not open.
    pub async fn profile(&self, person: PersonId) -> Result<Option<Profile>, AccessError> {
        let row = sqlx::query(
            "select k.sealed_key, p.name, p.phone, p.email \
             from people.people p join people.keys k using (person_id) where person_id = $1",
        )
        .bind(person.0)
        .fetch_optional(self.ledger.pool())
        .await?;
        row.map(|row| self.opened(person, &row)).transpose()
    }

    fn opened(&self, person: PersonId, row: &PgRow) -> Result<Profile, AccessError> {
        let key = self.keys.person_key(person, row.try_get::<&[u8], _>(0)?)?;
        let open = |index: usize, column| -> Result<Option<String>, AccessError> {
            let sealed: Option<&[u8]> = row.try_get(index)?;
            Ok(sealed.map(|sealed| key.open(column, sealed)).transpose()?)
        };
        Ok(Profile {
            name: open(1, "name")?.unwrap_or_default(),
            phone: open(2, "phone")?,
            email: open(3, "email")?,
        })
    }

    /// Who signs in by `login`.
    pub(super) async fn person_by_login(
        &self,
        login: &Login,
    ) -> Result<Option<PersonId>, AccessError> {
        let person =
            sqlx::query_scalar("select person_id from people.logins where login_hash = $1")
                .bind(self.keys.login_hash(login).as_slice())
                .fetch_optional(self.ledger.pool())
                .await?;
        Ok(person.map(PersonId))
    }

    /// Forgets a person: the key first of all, then everything it opened, and every session.
    ///
    /// # Errors
    /// [`AccessError::Database`].
    pub async fn erase(&self, person: PersonId) -> Result<(), AccessError> {
        let mut transaction = self.ledger.pool().begin().await?;
        for statement in [
            "delete from people.keys where person_id = $1",
            "delete from people.people where person_id = $1",
            "delete from people.logins where person_id = $1",
            "delete from people.notes where author_id = $1",
            "delete from people.passwords where person_id = $1",
            "delete from people.sessions where person_id = $1",
            "delete from people.grants where grantee_id = $1",
        ] {
            sqlx::query(statement)
                .bind(person.0)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
