//! Passwords: argon2id, off the threads that answer, and the same work for a login nobody has.

use aggregates::ids::PersonId;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::access::{AccessError, People};

/// The shortest password that is taken.
const CHARS_MIN: usize = 10;
/// The longest that is looked at: hashing more is a way to keep us busy.
const BYTES_MAX: usize = 1024;

/// 19 MiB, two passes, one lane: OWASP's first choice.
fn hasher() -> Result<Argon2<'static>, AccessError> {
    let params = Params::new(19 * 1024, 2, 1, None);
    let params = params.map_err(|error| AccessError::Hashing(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hashed(password: &str) -> Result<String, AccessError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| AccessError::Hashing(error.to_string()))?;
    let hash = hasher()?.hash_password_with_salt(password.as_bytes(), &salt);
    let hash = hash.map_err(|error| AccessError::Hashing(error.to_string()))?;
    Ok(hash.to_string())
}

fn fits(password: &str, hash: Option<&str>) -> Result<bool, AccessError> {
    let Some(hash) = hash else {
        // Nobody has this login; the answer takes as long as if somebody had.
        hashed(password)?;
        return Ok(false);
    };
    let hash = PasswordHash::new(hash).map_err(|error| AccessError::Hashing(error.to_string()))?;
    Ok(hasher()?
        .verify_password(password.as_bytes(), &hash)
        .is_ok())
}

impl People {
    /// Gives a person a password; sessions begun with another one end.
    ///
    /// # Errors
    /// [`AccessError::ShortPassword`], or it cannot be written down.
    pub async fn set_password(&self, person: PersonId, password: &str) -> Result<(), AccessError> {
        if password.chars().count() < CHARS_MIN {
            return Err(AccessError::ShortPassword { min: CHARS_MIN });
        }
        let typed = password.to_owned();
        let hash = self.hashing(move || hashed(&typed)).await?;
        let mut transaction = self.ledger.pool().begin().await?;
        sqlx::query(
            "insert into people.passwords (person_id, hash) values ($1, $2) \
             on conflict (person_id) do update set hash = excluded.hash, changed_at = now()",
        )
        .bind(person.0)
        .bind(hash)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("delete from people.sessions where person_id = $1")
            .bind(person.0)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Whether `password` is the person's. Without a person it takes as long and is not.
    ///
    /// # Errors
    /// [`AccessError`] when it cannot be found out.
    pub async fn is_password_of(
        &self,
        person: Option<PersonId>,
        password: &str,
    ) -> Result<bool, AccessError> {
        if password.len() > BYTES_MAX {
            return Ok(false);
        }
        let hash: Option<String> =
            sqlx::query_scalar("select hash from people.passwords where person_id = $1")
                .bind(person.map(|person| person.0))
                .fetch_optional(self.ledger.pool())
                .await?;
        let typed = password.to_owned();
        self.hashing(move || fits(&typed, hash.as_deref())).await
    }

    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccessError> + Send + 'static,
    ) -> Result<T, AccessError> {
        let turn = self.hashing.acquire().await;
        let turn = turn.map_err(|_| AccessError::Interrupted)?;
        let done = tokio::task::spawn_blocking(work).await;
        drop(turn);
        done.map_err(|_| AccessError::Interrupted)?
    }
}
