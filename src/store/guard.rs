//! The server must not be able to go past the guards it relies on.

use sqlx::PgPool;
use sqlx::Row;

use crate::store::error::StoreError;

/// Refuses a pool whose role is a superuser, owns the ledger, or may write to it past the
/// functions.
///
/// # Errors
/// [`StoreError::Privileged`] names the role and the right that is too much.
pub async fn assert_not_privileged(pool: &PgPool) -> Result<(), StoreError> {
    let row = sqlx::query(
        "select current_user::text, \
           (select rolsuper from pg_catalog.pg_roles where rolname = current_user), \
           exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n \
                     on n.oid = c.relnamespace \
                    where n.nspname = 'ledger' and pg_has_role(c.relowner, 'member')), \
           pg_has_role('ek_append', 'member') or pg_has_role('ek_erase', 'member'), \
           exists (select from unnest(array['books','events','commits','erasures', \
                                            'aggregate_states','checkpoints']) t(name) \
                    where has_table_privilege(to_regclass('ledger.' || t.name), \
                                              'insert,update,delete,truncate'))",
    )
    .fetch_one(pool)
    .await
    .map_err(StoreError::read)?;
    let reasons = [
        (1, "суперпользователь"),
        (2, "владелец таблиц журнала"),
        (3, "член роли ek_append или ek_erase"),
        (4, "может писать в таблицы журнала в обход функций"),
    ];
    for (column, why) in reasons {
        if row.try_get::<bool, _>(column).map_err(StoreError::read)? {
            let role = row.try_get(0).map_err(StoreError::read)?;
            return Err(StoreError::Privileged { role, why });
        }
    }
    Ok(())
}
