//! The steps of `close`: causes, stages, verification, held bills, reopening.

use aggregates::building::closing::{ClosingStage, Flagged};
use aggregates::building::event::ReopeningReason;
use aggregates::ids::PremisesId;
use aggregates::text::Code;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;

use crate::cli::arguments::Format;
use crate::cli::arguments_close::{CloseStep, HousePeriod, WhoOptions};
use crate::cli::closing::{code, hindered};
use crate::cli::closing_batch::batch;
use crate::cli::database::Database;
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::figures::period;
use crate::cli::output::{say, say_json};
use crate::closing::verify::{Verified, verify};
use crate::closing::{
    Acceptance, CloseError, ReopeningRequest, accept_flag, pass_stage, release_bills, reopen,
    request_reopening,
};
use crate::figures::{House, directory, find_house};
use crate::store::{Actor, Ledger, Receipt};

/// Carries out a step. Exit code 3 when something hinders it.
pub(super) async fn step_of(step: &CloseStep, database: &Database) -> Result<u8, CliError> {
    match step {
        CloseStep::Batch(step) => batch(step, database).await,
        CloseStep::Accept {
            of,
            kind,
            cause,
            resource,
            premises,
            who,
        } => {
            let at = Place::find(database, of, who).await?;
            let flagged = Flagged {
                kind: code(kind)?,
                resource: resource.as_deref().map(resource_of).transpose()?,
                premises: at.premises(premises.as_deref()).await?,
            };
            let given = Acceptance {
                flagged,
                cause: code(cause)?,
                note: None,
            };
            let (ledger, actor) = (&at.ledger, &at.actor);
            let done = accept_flag(ledger, actor, (at.house.book, at.period), given, None).await;
            at.done(done, "причина записана", who.format)
        }
        CloseStep::Stage { of, stage, who } => {
            let at = Place::find(database, of, who).await?;
            let stage = stage_of(stage)?;
            let (ledger, actor) = (&at.ledger, &at.actor);
            let done = pass_stage(ledger, actor, (at.house.book, at.period), stage, None).await;
            at.done(done, stage.title_ru(), who.format)
        }
        CloseStep::Verify { of, format } => verified(database, of, *format).await,
        CloseStep::Release { of, who } => {
            let at = Place::find(database, of, who).await?;
            let done = release_bills(&at.ledger, &at.actor, (at.house.book, at.period), None);
            at.done(done.await, "счета выставлены", who.format)
        }
        CloseStep::Reopen {
            of, reason, who, ..
        } => reopening(database, of, reason.as_deref(), who).await,
    }
}

async fn reopening(
    database: &Database,
    of: &HousePeriod,
    reason: Option<&str>,
    who: &WhoOptions,
) -> Result<u8, CliError> {
    let at = Place::find(database, of, who).await?;
    let (ledger, actor) = (&at.ledger, &at.actor);
    let (key, by) = ((at.house.book, at.period), code(&who.actor)?);
    let Some(reason) = reason else {
        let done = reopen(ledger, actor, key, by, None).await;
        return at.done(done, "открыт снова", who.format);
    };
    let given = ReopeningRequest {
        reason: reason_of(reason)?,
        note: None,
        by,
    };
    let done = request_reopening(ledger, actor, key, given, None).await;
    at.done(
        done,
        "запрошено открытие; утвердить должен другой сотрудник",
        who.format,
    )
}

async fn verified(database: &Database, of: &HousePeriod, format: Format) -> Result<u8, CliError> {
    let ledger = database.ledger().await?;
    let period = period(&of.period)?;
    let house = find_house(&ledger, &of.house).await?;
    let told = verify(&ledger, house.book, period).await?;
    match format {
        Format::Json => say_json(&told)?,
        Format::Text => say(&verified_text(&told, &house.address))?,
    }
    Ok(match told.agrees() {
        true => 0,
        false => SOME_REFUSED,
    })
}

fn verified_text(told: &Verified, address: &str) -> String {
    let root = |root: &Option<Code>| root.as_ref().map_or("нет", Code::as_str).to_owned();
    let verdict = match told.agrees() {
        true => "строки и итоги те же",
        false => "НЕ СХОДИТСЯ",
    };
    let edition = match told.same_edition {
        true => "та же",
        false => "с тех пор пополнилась или изменилась",
    };
    format!(
        "{address}: {}, посчитан по журналу до № {}: {verdict}\n\
         Корень строк в закрытии:  {}\nпо счетам журнала:        {}\n\
         пересчитано сейчас:       {}\nРедакция правил: {edition}\n\
         Закрывала версия «{}», пересчитала «{}»\n",
        told.period.title_ru(),
        told.computed_at,
        root(&told.stated),
        root(&told.in_book),
        told.recomputed,
        told.engine
            .as_ref()
            .map_or("неизвестна", |engine| engine.as_str()),
        told.this_engine
    )
}

/// Where a step is taken, and by whom.
struct Place {
    ledger: Ledger,
    actor: Actor,
    house: House,
    period: Period,
}

impl Place {
    async fn find(
        database: &Database,
        of: &HousePeriod,
        who: &WhoOptions,
    ) -> Result<Self, CliError> {
        let ledger = database.ledger().await?;
        let house = find_house(&ledger, &of.house).await?;
        Ok(Self {
            actor: Actor::new(&who.actor)?,
            period: period(&of.period)?,
            ledger,
            house,
        })
    }

    async fn premises(&self, number: Option<&str>) -> Result<Option<PremisesId>, CliError> {
        let Some(number) = number else {
            return Ok(None);
        };
        let known = directory(&self.ledger, self.house.book, self.house.position).await?;
        let found = known.premises_by_number(number);
        let refused = || CliError::unusable(format!("помещения «{number}» в доме нет"));
        found.map(Some).ok_or_else(refused)
    }

    fn done(
        &self,
        done: Result<Receipt, CloseError>,
        what: &str,
        format: Format,
    ) -> Result<u8, CliError> {
        let receipt = match done {
            Ok(receipt) => receipt,
            Err(error) => return hindered(error, format),
        };
        match format {
            Format::Json => say_json(&serde_json::json!({
                "book": self.house.book, "period": self.period,
                "position": receipt.last, "events": receipt.events,
            }))?,
            Format::Text => say(&format!(
                "{}, {}: {what} (журнал № {})\n",
                self.house.address,
                self.period.title_ru(),
                receipt.last
            ))?,
        }
        Ok(0)
    }
}

pub(super) fn resource_of(text: &str) -> Result<Resource, CliError> {
    let found = Resource::from_code(text);
    found.ok_or_else(|| CliError::unusable(format!("ресурса «{text}» нет")))
}

fn stage_of(text: &str) -> Result<ClosingStage, CliError> {
    let names = ClosingStage::ALL.map(ClosingStage::code).join(", ");
    let found = ClosingStage::from_code(text);
    found.ok_or_else(|| CliError::unusable(format!("этапа «{text}» нет; бывают: {names}")))
}

fn reason_of(text: &str) -> Result<ReopeningReason, CliError> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|_| {
        CliError::unusable(format!(
            "основания «{text}» нет; бывают: closed_by_mistake, decision"
        ))
    })
}
