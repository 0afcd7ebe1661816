//! Signing in and out; sessions that end the moment their row is gone.

use aggregates::ids::PersonId;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use sqlx::Row;

use crate::access::login::Login;
use crate::access::{AccessError, People};

/// Within which time failed attempts are counted.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Failed attempts on one login within it.
const PER_LOGIN_MAX: i64 = 10;
/// Failed attempts from one address within it.
const PER_ADDRESS_MAX: i64 = 60;

/// One of the two sites: a session of one is none of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// For the managing company, suppliers, service companies, auditors.
    Staff,
    /// For residents.
    Residents,
}

impl Site {
    fn code(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Residents => "residents",
        }
    }

    /// How long a session lasts: a working day, or a month at home.
    fn lasts(self) -> TimeDelta {
        match self {
            Self::Staff => TimeDelta::hours(12),
            Self::Residents => TimeDelta::days(30),
        }
    }
}

/// A session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub person: PersonId,
    /// Until when, whatever is done meanwhile.
    pub expires_at: DateTime<Utc>,
}

/// Somebody at the door.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Of which site.
    pub site: Site,
    /// What was typed as telephone or e-mail.
    pub login: &'a str,
    /// What was typed as password.
    pub password: &'a str,
    /// From which address.
    pub address: &'a str,
}

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// One of the two is wrong; which one is not told.
    #[error("телефон, почта или пароль не подходят; проверьте раскладку и регистр")]
    Wrong,
    /// Too many attempts.
    #[error("слишком много попыток; подождите {minutes} мин и войдите снова")]
    TooMany {
        /// How long to wait.
        minutes: i64,
    },
    /// It could not be found out.
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl People {
    /// Lets somebody in: the token of a new session.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in(&self, arrival: Arrival<'_>) -> Result<String, SignInError> {
        let login = Login::parse(arrival.login);
        let subjects = [
            login.as_ref().map(|login| self.keys.login_hash(login)),
            Some(self.keys.address_hash(arrival.address)),
        ];
        self.refuse_many(&subjects).await?;
        // Before the password is looked at: guesses that come at once count as well.
        self.note_attempts(&subjects).await?;
        let person = match &login {
            Some(login) => self.person_by_login(login).await?,
            None => None,
        };
        let fits = self.is_password_of(person, arrival.password).await?;
        match person.filter(|_| fits) {
            Some(person) => {
                self.forget_attempts(&subjects).await?;
                Ok(self.begin_session(arrival.site, person).await?)
            }
            None => Err(SignInError::Wrong),
        }
    }

    async fn refuse_many(&self, subjects: &[Option<[u8; 32]>; 2]) -> Result<(), SignInError> {
        for (subject, most) in subjects.iter().zip([PER_LOGIN_MAX, PER_ADDRESS_MAX]) {
            let Some(subject) = subject else { continue };
            let row = sqlx::query(
                "select count(*), min(at) from people.attempts where subject = $1 and at > $2",
            )
            .bind(subject.as_slice())
            .bind(Utc::now() - WINDOW)
            .fetch_one(self.ledger.pool())
            .await
            .map_err(AccessError::from)?;
            let count: i64 = row.try_get(0).map_err(AccessError::from)?;
            if count >= most {
                let first: Option<DateTime<Utc>> = row.try_get(1).map_err(AccessError::from)?;
                let free = first.unwrap_or_else(Utc::now) + WINDOW;
                let minutes = (free - Utc::now()).num_minutes() + 1;
                return Err(SignInError::TooMany { minutes });
            }
        }
        Ok(())
    }

    async fn note_attempts(&self, subjects: &[Option<[u8; 32]>; 2]) -> Result<(), AccessError> {
        sqlx::query("delete from people.attempts where at < $1")
            .bind(Utc::now() - WINDOW)
            .execute(self.ledger.pool())
            .await?;
        for subject in subjects.iter().flatten() {
            sqlx::query("insert into people.attempts (subject) values ($1)")
                .bind(subject.as_slice())
                .execute(self.ledger.pool())
                .await?;
        }
        Ok(())
    }

    /// Takes back what a success noted: all of the login, one of the address, from which others
    /// may be guessing.
    async fn forget_attempts(&self, subjects: &[Option<[u8; 32]>; 2]) -> Result<(), AccessError> {
        let [login, address] = subjects.map(|subject| subject.map(|subject| subject.to_vec()));
        sqlx::query(
            "delete from people.attempts where subject = $1 or ctid = (select ctid \
             from people.attempts where subject = $2 order by at desc limit 1)",
        )
        .bind(login)
        .bind(address)
        .execute(self.ledger.pool())
        .await?;
        Ok(())
    }

    async fn begin_session(&self, site: Site, person: PersonId) -> Result<String, AccessError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|_| crate::access::keys::KeyError::NoRandomness)?;
        let token = hex::encode(bytes);
        sqlx::query("delete from people.sessions where expires_at < now()")
            .execute(self.ledger.pool())
            .await?;
        sqlx::query(
            "insert into people.sessions (token_hash, person_id, site, expires_at) \
             values ($1, $2, $3, $4)",
        )
        .bind(hash_of(&token))
        .bind(person.0)
        .bind(site.code())
        .bind(Utc::now() + site.lasts())
        .execute(self.ledger.pool())
        .await?;
        Ok(token)
    }

    /// The session of this token on this site, where there is one.
    ///
    /// # Errors
    /// [`AccessError::Database`].
    pub async fn session(&self, site: Site, token: &str) -> Result<Option<Session>, AccessError> {
        let row = sqlx::query(
            "select person_id, expires_at, last_seen_at from people.sessions \
             where token_hash = $1 and site = $2 and expires_at > now()",
        )
        .bind(hash_of(token))
        .bind(site.code())
        .fetch_optional(self.ledger.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let last_seen: DateTime<Utc> = row.try_get(2)?;
        if Utc::now() - last_seen > TimeDelta::minutes(1) {
            sqlx::query("update people.sessions set last_seen_at = now() where token_hash = $1")
                .bind(hash_of(token))
                .execute(self.ledger.pool())
                .await?;
        }
        Ok(Some(Session {
            person: PersonId(row.try_get(0)?),
            expires_at: row.try_get(1)?,
        }))
    }

    /// Ends one session.
    ///
    /// # Errors
    /// [`AccessError::Database`].
    pub async fn sign_out(&self, token: &str) -> Result<(), AccessError> {
        sqlx::query("delete from people.sessions where token_hash = $1")
            .bind(hash_of(token))
            .execute(self.ledger.pool())
            .await?;
        Ok(())
    }

    /// Ends all sessions of a person; how many there were.
    ///
    /// # Errors
    /// [`AccessError::Database`].
    pub async fn sign_out_everywhere(&self, person: PersonId) -> Result<u64, AccessError> {
        let ended = sqlx::query("delete from people.sessions where person_id = $1")
            .bind(person.0)
            .execute(self.ledger.pool())
            .await?;
        Ok(ended.rows_affected())
    }
}

fn hash_of(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
