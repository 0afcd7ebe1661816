//! Periods, accounts and bills into their tables.

use aggregates::account::bill::BillKind;
use projections::billing_cards::{AccountCard, BillingChanges, IssuedBill, PeriodCard};
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::read_models::{Build, ROWS_PER_STATEMENT, ReadModelError};

/// Puts what is new into the tables.
pub(in crate::read_models) async fn write(
    transaction: &mut PgConnection,
    build: Build,
    changes: &BillingChanges,
) -> Result<(), ReadModelError> {
    periods(transaction, build, &changes.periods).await?;
    accounts(transaction, build, &changes.accounts).await?;
    for bills in changes.bills.chunks(ROWS_PER_STATEMENT) {
        issued(transaction, build, bills).await?;
    }
    Ok(())
}

async fn periods(
    transaction: &mut PgConnection,
    build: Build,
    cards: &[PeriodCard],
) -> Result<(), ReadModelError> {
    let periods: Vec<String> = cards.iter().map(|card| card.period.to_string()).collect();
    let states: Vec<&str> = cards.iter().map(|card| card.state.code()).collect();
    sqlx::query(
        "insert into read_models.periods \
         select $1, $2, u.* from unnest($3::text[], $4::text[], $5::text[]::jsonb[]) u \
         on conflict on constraint periods_pkey do update \
         set state = excluded.state, card = excluded.card",
    )
    .bind(build.book)
    .bind(build.version)
    .bind(periods)
    .bind(states)
    .bind(texts(cards)?)
    .execute(transaction)
    .await?;
    Ok(())
}

async fn accounts(
    transaction: &mut PgConnection,
    build: Build,
    cards: &[AccountCard],
) -> Result<(), ReadModelError> {
    let ids: Vec<Uuid> = cards.iter().map(|card| card.account.0).collect();
    let numbers: Vec<&str> = cards.iter().map(|card| card.number.as_str()).collect();
    let premises: Vec<Uuid> = cards.iter().map(|card| card.premises.0).collect();
    let closed: Vec<_> = cards.iter().map(|card| card.closed_from).collect();
    sqlx::query(
        "insert into read_models.accounts \
         select $1, $2, u.* from unnest($3::uuid[], $4::text[], $5::uuid[], $6::date[], \
                                        $7::text[]::jsonb[]) u \
         on conflict on constraint accounts_pkey do update \
         set number = excluded.number, premises_id = excluded.premises_id, \
             closed_from = excluded.closed_from, card = excluded.card",
    )
    .bind(build.book)
    .bind(build.version)
    .bind(ids)
    .bind(numbers)
    .bind(premises)
    .bind(closed)
    .bind(texts(cards)?)
    .execute(transaction)
    .await?;
    Ok(())
}

async fn issued(
    transaction: &mut PgConnection,
    build: Build,
    bills: &[IssuedBill],
) -> Result<(), ReadModelError> {
    let position = |bill: &IssuedBill| i64::try_from(bill.event.position).unwrap_or(i64::MAX);
    let positions: Vec<i64> = bills.iter().map(position).collect();
    let accounts: Vec<Uuid> = bills.iter().map(|bill| bill.account.0).collect();
    let periods: Vec<String> = bills
        .iter()
        .map(|one| one.bill.period.to_string())
        .collect();
    let kinds: Vec<&str> = bills.iter().map(|one| kind(one.bill.kind)).collect();
    let totals: Vec<String> = bills
        .iter()
        .map(|one| String::from(one.bill.total))
        .collect();
    sqlx::query(
        "insert into read_models.bills \
         select $1, $2, u.* from unnest($3::bigint[], $4::uuid[], $5::text[], $6::text[], \
                                        $7::text[]::numeric[], $8::text[]::jsonb[]) u",
    )
    .bind(build.book)
    .bind(build.version)
    .bind(positions)
    .bind(accounts)
    .bind(periods)
    .bind(kinds)
    .bind(totals)
    .bind(texts(bills)?)
    .execute(transaction)
    .await?;
    Ok(())
}

fn kind(kind: BillKind) -> &'static str {
    match kind {
        BillKind::Monthly => "monthly",
        BillKind::FinalStatement => "final_statement",
    }
}

fn texts<T: Serialize>(cards: &[T]) -> Result<Vec<String>, serde_json::Error> {
    cards.iter().map(serde_json::to_string).collect()
}
