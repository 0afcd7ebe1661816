//! `shadow`: other rules, prices or decisions on the real history of a house.

use aggregates::quantity::Money;
use aggregates::rule::RuleScope;
use aggregates::tariff_book::event::TariffComponent;
use aggregates::time::Period;
use projections::settlement::{
    AccountImpact, Shadow, Supposed, SupposedPrice, SupposedRule, shadow,
};
use projections::text::{Align, Table};
use rust_decimal::Decimal;

use crate::cli::arguments_rules::{ShadowArguments, ShadowFormat};
use crate::cli::closing::code;
use crate::cli::closing_steps::resource_of;
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::figures::period;
use crate::cli::output::{say, say_json};
use crate::cli::rules::value_of;
use crate::closing::CloseError;
use crate::figures::{find_house, house_book};

/// Largest differences that the text tells.
const TOLD: usize = 10;

/// Most months of one run.
const MONTHS_MAX: usize = 120;

/// Tells how the supposition differs. Nothing is recorded.
pub(crate) async fn run(options: &ShadowArguments, database: &Database) -> Result<(), CliError> {
    let supposed = supposed(options)?;
    if supposed.is_nothing() {
        return Err(CliError::unusable("не сказано, что предположить")
            .mend("укажите --set, --price, --decide или --rules-of"));
    }
    let periods = periods(options)?;
    let ledger = database.ledger().await?;
    let house = find_house(&ledger, &options.house).await?;
    let book = house_book(&ledger, house.book, house.position).await?;
    let told = shadow(&book, &periods, &supposed).map_err(CloseError::from)?;
    match options.format {
        ShadowFormat::Json => say_json(&told),
        ShadowFormat::Csv => say(&csv(&told)),
        ShadowFormat::Text => say(&text(&told, &house.address)),
    }
}

fn periods(options: &ShadowArguments) -> Result<Vec<Period>, CliError> {
    let (from, to) = (period(&options.from)?, period(&options.to)?);
    let months = std::iter::successors(Some(from), |month| Some(month.next()));
    let periods: Vec<Period> = months
        .take_while(|month| *month <= to)
        .take(MONTHS_MAX + 1)
        .collect();
    match periods.len() {
        0 => Err(CliError::unusable("период --to раньше, чем --from")),
        1..=MONTHS_MAX => Ok(periods),
        _ => Err(CliError::unusable(format!(
            "не больше {MONTHS_MAX} месяцев за раз"
        ))),
    }
}

fn supposed(options: &ShadowArguments) -> Result<Supposed, CliError> {
    let rules = options.set.iter().map(|text| rule(text));
    let prices = options.price.iter().map(|text| price(text));
    let decisions = options.decide.iter().map(|text| {
        let (decision, resource) = text
            .split_once('@')
            .ok_or_else(|| expected(text, "soi_by_fact@cold_water"))?;
        Ok((code(decision)?, resource_of(resource)?))
    });
    Ok(Supposed {
        rules_of: options.rules_of.as_deref().map(period).transpose()?,
        rules: rules.collect::<Result<_, CliError>>()?,
        prices: prices.collect::<Result<_, CliError>>()?,
        decisions: decisions.collect::<Result<_, CliError>>()?,
    })
}

fn rule(text: &str) -> Result<SupposedRule, CliError> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| expected(text, "multiplier@cold_water=1"))?;
    let (parameter, resource) = match name.split_once('@') {
        Some((parameter, resource)) => (parameter, Some(resource_of(resource)?)),
        None => (name, None),
    };
    Ok(SupposedRule {
        parameter: code(parameter)?,
        scope: RuleScope {
            resources: resource.into_iter().collect(),
            ..RuleScope::default()
        },
        value: value_of(value)?,
    })
}

fn price(text: &str) -> Result<SupposedPrice, CliError> {
    let (what, price) = text
        .split_once('=')
        .ok_or_else(|| expected(text, "cold_water=50"))?;
    let (resource, component) = match what.split_once('/') {
        Some((resource, component)) => (resource, component_of(component)?),
        None => (what, TariffComponent::Single),
    };
    let price = price.replace(',', ".").parse();
    Ok(SupposedPrice {
        resource: resource_of(resource)?,
        component,
        price: price.map_err(|_| expected(text, "cold_water=50"))?,
    })
}

fn component_of(text: &str) -> Result<TariffComponent, CliError> {
    let found = serde_json::from_value(text.into());
    found.map_err(|_| CliError::unusable(format!("компонента тарифа «{text}» нет")))
}

fn expected(text: &str, example: &str) -> CliError {
    CliError::unusable(format!("«{text}»: ожидается, например, {example}"))
}

fn text(told: &Shadow, address: &str) -> String {
    let mut out = format!(
        "{address}: теневой расчёт по журналу до № {}, ничего не записано\n",
        told.position
    );
    let mut table = Table::new(&[
        ("Период", Align::Left),
        ("По правилам", Align::Right),
        ("Если бы", Align::Right),
        ("Счетов меняется", Align::Right),
    ]);
    for month in &told.months {
        table.row([
            month.period.title_ru(),
            month.before.to_string(),
            month.after.to_string(),
            month.accounts.to_string(),
        ]);
    }
    out.push_str(&table.to_text(0));
    out.push_str(&format!("Всего: {}\n", told.difference));
    let mut largest: Vec<&AccountImpact> = told.accounts.iter().collect();
    largest.sort_by_key(|one| std::cmp::Reverse(one.difference.kopecks().unsigned_abs()));
    if !largest.is_empty() {
        out.push_str("Наибольшие разности\n");
    }
    for one in largest.into_iter().take(TOLD) {
        out.push_str(&format!(
            "  {}, счёт {}: {} → {} ({})\n",
            one.period.title_ru(),
            one.number,
            one.before,
            one.after,
            one.difference
        ));
    }
    out
}

fn csv(told: &Shadow) -> String {
    let mut out = "Период;Счёт;Было;Если бы;Разность\n".to_owned();
    for one in &told.accounts {
        out.push_str(&format!(
            "{};{};{};{};{}\n",
            one.period,
            one.number,
            plain(one.before),
            plain(one.after),
            plain(one.difference)
        ));
    }
    out
}

/// `1234,50`: as a spreadsheet reads it.
fn plain(money: Money) -> String {
    Decimal::new(money.kopecks(), 2)
        .to_string()
        .replace('.', ",")
}
