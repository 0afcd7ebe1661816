//! `soi`: the account of КР на СОИ of a house and year.

use aggregates::quantity::Measure;
use aggregates::vocabulary::Resource;
use projections::settlement::{SoiYear, soi_year};
use projections::text::{self, Align, Table};

use crate::cli::arguments::{Format, SoiArguments};
use crate::cli::closing_steps::resource_of;
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::output::{say, say_json};
use crate::figures::{find_house, house_book};

/// Tells the account month by month.
pub(crate) async fn run(options: &SoiArguments, database: &Database) -> Result<(), CliError> {
    let ledger = database.ledger().await?;
    let house = find_house(&ledger, &options.house).await?;
    let book = house_book(&ledger, house.book, house.position).await?;
    let asked = options.resource.as_deref().map(resource_of).transpose()?;
    let resources = match asked {
        Some(resource) => vec![resource],
        None => Resource::ALL.to_vec(),
    };
    let years = resources
        .into_iter()
        .map(|of| soi_year(&book, of, options.year));
    let years: Result<Vec<SoiYear>, _> = years.collect();
    let mut years = years.map_err(|error| CliError::failed(&error))?;
    years.retain(|year| !year.months.is_empty());
    match options.format {
        Format::Json => say_json(&years),
        Format::Text if years.is_empty() => say(&format!(
            "{}: за {} год закрытых месяцев с КР на СОИ нет",
            house.address, options.year
        )),
        Format::Text => {
            let told: String = years.iter().map(year_text).collect();
            say(&format!(
                "{}: КР на СОИ, {} год\n{told}",
                house.address, options.year
            ))
        }
    }
}

fn year_text(year: &SoiYear) -> String {
    let mut table = Table::new(&[
        ("Период", Align::Left),
        ("ОДПУ − помещения", Align::Right),
        ("Причитается", Align::Right),
        ("Распределено", Align::Right),
        ("Переносится", Align::Right),
        ("Должны РСО", Align::Right),
        ("Начислено", Align::Right),
    ]);
    for month in &year.months {
        table.row([
            month.period.title_ru(),
            volume(month.difference),
            volume(month.due),
            volume(month.shared),
            volume(month.carried_over),
            volume(month.owed_to_supplier),
            month.charged.to_string(),
        ]);
    }
    format!(
        "\n{}\n{}Начислено за год {}, корректировка в счетах следующего года {}\n",
        year.resource.title_ru(),
        table.to_text(0),
        year.charged,
        year.corrected
    )
}

/// Unknown is unknown, never zero.
fn volume(volume: Option<Measure>) -> String {
    volume
        .as_ref()
        .map_or_else(|| "неизвестно".to_owned(), text::rounded)
}
