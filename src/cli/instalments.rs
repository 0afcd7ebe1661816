//! `instalments`: charges paid in parts (ПП 354 п. 72).

use aggregates::account::instalments::InstalmentsEndReason;
use aggregates::ids::OrganisationId;
use aggregates::text::Label;
use aggregates::vocabulary::ActRef;
use futures_util::FutureExt;
use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments_close::WhoOptions;
use crate::cli::arguments_instalments::{ActOptions, ChargeOptions, EndReason, InstalmentsCommand};
use crate::cli::bills::account;
use crate::cli::closing_steps::resource_of;
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::figures::period;
use crate::cli::gaps::failed;
use crate::cli::output::{say, say_json};
use crate::operations::{InstalmentsEndWish, InstalmentsWish, agree_instalments, end_instalments};
use crate::store::{Actor, Receipt};

/// Agrees or ends a schedule.
pub(crate) async fn run(command: &InstalmentsCommand, database: &Database) -> Result<(), CliError> {
    let ledger = database.ledger().await?;
    match command {
        InstalmentsCommand::Agree {
            of,
            deferred,
            parts,
            first,
            act,
            who,
        } => {
            let found = account(&ledger, of.house.as_deref(), &of.account).await?;
            let deferred = deferred.as_deref().map(|sum| {
                let sum = sum.replace(',', ".").parse();
                sum.map_err(|_| CliError::unusable("сумма пишется рублями и копейками: 1234,50"))
            });
            let wish = InstalmentsWish {
                period: period(&of.period)?,
                resource: resource_of(&of.resource)?,
                provider: provider(of)?,
                deferred: deferred.transpose()?,
                parts: *parts,
                first: first.as_deref().map(period).transpose()?,
                act: act_of(act)?,
            };
            let key = (found.house.book, found.account);
            let actor = Actor::new(&who.actor)?;
            let done = ledger.run(key.0.0, &actor, None, move |unit| {
                let wish = wish.clone();
                async move { agree_instalments(unit, key, &wish).await }.boxed()
            });
            told(
                &done.await.map_err(failed)?.receipt,
                "рассрочка оформлена",
                who,
            )
        }
        InstalmentsCommand::End {
            of,
            from,
            reason,
            act,
            who,
        } => {
            let found = account(&ledger, of.house.as_deref(), &of.account).await?;
            let wish = InstalmentsEndWish {
                period: period(&of.period)?,
                resource: resource_of(&of.resource)?,
                provider: provider(of)?,
                from: period(from)?,
                reason: match reason {
                    EndReason::ByConsumer => InstalmentsEndReason::ByConsumer,
                    EndReason::Mistaken => InstalmentsEndReason::Mistaken,
                },
                act: act_of(act)?,
            };
            let key = (found.house.book, found.account);
            let actor = Actor::new(&who.actor)?;
            let done = ledger.run(key.0.0, &actor, None, move |unit| {
                let wish = wish.clone();
                async move { end_instalments(unit, key, &wish).await }.boxed()
            });
            told(
                &done.await.map_err(failed)?.receipt,
                "рассрочка прекращена",
                who,
            )
        }
    }
}

fn provider(of: &ChargeOptions) -> Result<Option<OrganisationId>, CliError> {
    let provider = of.provider.as_deref().map(|id| {
        let id = id.trim().parse();
        id.map_err(|_| CliError::unusable("исполнитель указывается номером (UUID)"))
    });
    provider.transpose()
}

fn act_of(given: &ActOptions) -> Result<ActRef, CliError> {
    let number = Label::new(given.act.as_str());
    Ok(ActRef {
        number: number.map_err(|error| CliError::unusable(format!("«{}»: {error}", given.act)))?,
        date: given.act_date,
        document: None,
    })
}

fn told(receipt: &Receipt, what: &str, who: &WhoOptions) -> Result<(), CliError> {
    match who.format {
        Format::Json => say_json(&json!({
            "position": receipt.last, "events": receipt.events,
        })),
        Format::Text if receipt.events.is_empty() => say("это уже записано: ничего нового"),
        Format::Text => say(&format!("{what} (журнал № {})", receipt.last)),
    }
}
