//! What is asked of the running server: is it ours, is it durable, are the roles there.

use std::{path::Path, str::FromStr};

use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::{
    DATABASE, Login, cluster::SUPERUSER, error::EmbeddedError, home::Layout, socket::PORT,
};

/// The settings without which an acknowledged event can be lost.
const DURABILITY: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// The roles the store's migrations and the application rely on, made where they are missing.
///
/// `ek_owner` runs migrations and may make the NOLOGIN roles they need, and databases for tests;
/// it is no superuser. It gets the right to pass `ek_app` on, which PostgreSQL 16 and later demand
/// even of CREATEROLE. `ek_app_login` is the application: it has what `ek_app` is granted.
const CREATE_ROLES: &str = "
do $$
begin
    if not exists (select from pg_roles where rolname = 'ek_owner') then
        create role ek_owner login createrole createdb;
    end if;
    if not exists (select from pg_roles where rolname = 'ek_app') then
        create role ek_app nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'ek_app_login') then
        create role ek_app_login login;
    end if;
    grant ek_app to ek_owner with admin option;
    grant ek_app to ek_app_login;
end
$$";

/// Whether `CREATE_ROLES` and the database are there: the last step of the set-up, so its presence
/// proves the ones before it.
const IS_SET_UP: &str = "select exists (select from pg_database where datname = $1)";

/// Connects as superuser to the database `postgres`, which every cluster has.
///
/// The URL, unlike `PgConnectOptions::new`, leaves no room for `PGHOST` and its kin.
pub(super) async fn connect(socket_dir: &Path) -> Result<PgConnection, sqlx::Error> {
    let url = url(socket_dir, Login::Superuser, "postgres");
    PgConnectOptions::from_str(&url)?
        .ssl_mode(PgSslMode::Disable)
        .application_name("energokabinet private server")
        .connect()
        .await
}

/// The connection URL of a login to a database; sqlx and libpq understand it alike.
pub(super) fn url(socket_dir: &Path, login: Login, database: &str) -> String {
    let host = percent_encode(&socket_dir.to_string_lossy());
    let database = percent_encode(database);
    format!(
        "postgres://{}@{host}:{PORT}/{database}?sslmode=disable",
        login.role()
    )
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Refuses a server that works on other data than ours, or that does not sync what it acknowledges.
pub(super) async fn verify(
    session: &mut PgConnection,
    layout: &Layout,
    socket_dir: &Path,
) -> Result<(), EmbeddedError> {
    let data_directory = show(session, "data_directory").await?;
    if Path::new(&data_directory) != layout.data {
        return Err(EmbeddedError::ForeignServer {
            socket_dir: socket_dir.to_owned(),
            data_directory,
        });
    }
    for setting in DURABILITY {
        let value = show(session, setting).await?;
        if value != "on" {
            return Err(EmbeddedError::NotDurable { setting, value });
        }
    }
    Ok(())
}

async fn show(session: &mut PgConnection, setting: &str) -> Result<String, EmbeddedError> {
    sqlx::query_scalar("select current_setting($1)")
        .bind(setting)
        .fetch_one(session)
        .await
        .map_err(EmbeddedError::sql("прочитать настройки"))
}

/// Whether roles and database are there.
pub(super) async fn is_set_up(session: &mut PgConnection) -> Result<bool, EmbeddedError> {
    sqlx::query_scalar(IS_SET_UP)
        .bind(DATABASE)
        .fetch_one(session)
        .await
        .map_err(EmbeddedError::sql("прочитать список баз данных"))
}

/// Makes roles and database where they are missing. The caller holds the lock of the home.
pub(super) async fn set_up(session: &mut PgConnection) -> Result<(), EmbeddedError> {
    session
        .execute(CREATE_ROLES)
        .await
        .map_err(EmbeddedError::sql("создать роли"))?;
    if !is_set_up(session).await? {
        session
            .execute(format!("create database {DATABASE} owner {}", Login::Owner.role()).as_str())
            .await
            .map_err(EmbeddedError::sql("создать базу данных"))?;
    }
    Ok(())
}

/// Ends the session in good order.
pub(super) async fn close(session: PgConnection) -> Result<(), EmbeddedError> {
    session
        .close()
        .await
        .map_err(EmbeddedError::sql("закрыть соединение"))
}

impl Login {
    /// The name of the role.
    pub fn role(self) -> &'static str {
        match self {
            Self::Superuser => SUPERUSER,
            Self::Owner => "ek_owner",
            Self::Application => "ek_app_login",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_carries_the_socket_in_the_place_of_the_host() {
        let url = url(Path::new("/tmp/ek-101-0a1b2c3d"), Login::Owner, "ek test");
        assert_eq!(
            url,
            "postgres://ek_owner@%2Ftmp%2Fek-101-0a1b2c3d:5432/ek%20test?sslmode=disable"
        );
        let options = PgConnectOptions::from_str(&url).expect("a URL sqlx understands");
        assert_eq!(
            options.get_socket(),
            Some(&Path::new("/tmp/ek-101-0a1b2c3d").to_owned())
        );
        assert_eq!(options.get_database(), Some("ek test"));
        assert_eq!(options.get_username(), "ek_owner");
    }
}
