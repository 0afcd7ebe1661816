//! `settle`: a case in a file, settled without a database.

use aggregates::time::Period;

use crate::case::file::CaseFile;
use crate::case::{CaseError, Narrow, settle_case};
use crate::cli::arguments::{Format, SettleArguments};
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::import::read_json;
use crate::cli::output::{say, say_json};

pub(crate) async fn run(options: SettleArguments) -> Result<u8, CliError> {
    let period: Period = options.period.parse().map_err(|error| {
        CliError::unusable(format!("{error}")).mend("укажите год и месяц: 2026-03")
    })?;
    let file: CaseFile = read_json(&options.file, "docs/formats/case.md и `schema case`")?;
    let case = settle_case(&file, period).await.map_err(unusable)?;
    let narrow = Narrow {
        account: options.account,
        premises: options.premises,
        explain: options.explain,
    };
    if let Some(number) = narrow
        .account
        .as_deref()
        .filter(|one| !case.has_account(one))
    {
        return Err(
            CliError::unusable(format!("за период {period} счёта «{number}» нет"))
                .mend("проверьте номер по разделу house.premises[].accounts"),
        );
    }
    if let Some(number) = narrow
        .premises
        .as_deref()
        .filter(|one| !case.has_premises(one))
    {
        return Err(
            CliError::unusable(format!("помещения «{number}» в расчёте нет"))
                .mend("проверьте номер по разделу house.premises"),
        );
    }
    match options.format {
        Format::Json => say_json(&case)?,
        Format::Text => say(&case.to_text(&narrow))?,
    }
    Ok(if case.is_clean() { 0 } else { SOME_REFUSED })
}

/// A file that makes no case is as unusable as one that cannot be read.
fn unusable(error: CaseError) -> CliError {
    match error {
        CaseError::Store(error) => error.into(),
        error => CliError::unusable(error.to_string())
            .mend("исправьте файл; формат описан в docs/formats/case.md"),
    }
}
