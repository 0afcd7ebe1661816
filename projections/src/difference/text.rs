//! What changed in a balance, as Russian text for a terminal.

use aggregates::time::ZoneName;

use crate::balance::text::scope_title;
use crate::balance::{Difference, HouseBalance, point_name};
use crate::difference::model::{Change, ChangedSide, Effect, HouseDifference, ScopeDifference};
use crate::text::{self, Align, Table};

/// The difference as text: the figure then and now, and every event that moved it.
pub fn render(difference: &HouseDifference, zone: ZoneName) -> String {
    let mut out = format!(
        "Что изменилось: {}, {}, между № {} и № {} журнала\n",
        difference.resource.title_ru(),
        difference.period.title_ru(),
        difference.from_position,
        difference.to_position
    );
    for scope in &difference.scopes {
        out.push_str(&render_scope(difference, scope, zone));
    }
    out
}

fn render_scope(whole: &HouseDifference, scope: &ScopeDifference, zone: ZoneName) -> String {
    let mut out = format!(
        "\n{}: было {}, стало {}\n",
        scope_title(scope.name.as_str()),
        figure(whole.before.as_ref(), scope),
        figure(whole.after.as_ref(), scope)
    );
    if scope.changes.is_empty() {
        out.push_str("Ничего, что меняло бы цифры, не записано.\n");
        return out;
    }
    let mut table = Table::new(&[
        ("Записано", Align::Left),
        ("Журнал", Align::Left),
        ("Что", Align::Left),
        ("Точка", Align::Left),
        ("Было", Align::Right),
        ("Стало", Align::Right),
        ("Разность", Align::Right),
    ]);
    for change in &scope.changes {
        table.row(row(change, zone));
    }
    let blank = String::new;
    table.row([
        "Итого".to_owned(),
        blank(),
        blank(),
        blank(),
        blank(),
        blank(),
        effect(&scope.difference, ChangedSide::House),
    ]);
    out.push_str(&table.to_text(0));
    out
}

fn row(change: &Change, zone: ZoneName) -> [String; 7] {
    let cell = |volume: &Option<crate::volume::Volume>| match volume {
        Some(volume) => text::volume_cell(volume),
        None => "не в составе".to_owned(),
    };
    [
        text::local_time(change.recorded_at, zone),
        format!("№ {}", change.event.position),
        event_name(change.name).to_owned(),
        point_name(&change.point),
        cell(&change.before),
        cell(&change.after),
        effect(&change.effect, change.side),
    ]
}

/// The effect on the difference: what is found inside the house lowers it.
fn effect(effect: &Effect, side: ChangedSide) -> String {
    let Some(measure) = effect.0 else {
        return "—".to_owned();
    };
    let on_difference = match side {
        ChangedSide::House => measure.value(),
        ChangedSide::Members => -measure.value(),
    };
    let measure = aggregates::quantity::Measure::new(on_difference, measure.unit());
    let shown = text::rounded(&measure);
    match measure.value() > rust_decimal::Decimal::ZERO {
        true => format!("+{shown}"),
        false => shown,
    }
}

fn figure(balance: Option<&HouseBalance>, scope: &ScopeDifference) -> String {
    let found = balance.and_then(|balance| {
        balance
            .scopes
            .iter()
            .find(|candidate| candidate.name == scope.name)
    });
    match found.map(|found| &found.difference) {
        None => "состав не задан".to_owned(),
        Some(Difference::Known { volume }) => text::rounded_with_unit(volume),
        Some(Difference::WithoutMissing { volume, missing }) => {
            format!(
                "{} без вычета неизвестных точек ({missing})",
                text::rounded_with_unit(volume)
            )
        }
        Some(Difference::Unknown { .. }) => "неизвестно".to_owned(),
    }
}

/// What an event is, in Russian; its own name where there is no word for it.
pub(crate) fn event_name(name: &'static str) -> &'static str {
    match name {
        "ReadingRecorded" => "показание",
        "ControlReadingRecorded" => "контрольное снятие",
        "ReadingCorrected" => "исправление показания",
        "ReadingWithdrawn" => "отзыв показания",
        "RolloverDeclared" => "переход через ноль",
        "MeterInstalled" => "установка прибора",
        "MeterRemoved" => "снятие прибора",
        "MeterFailed" => "выход прибора из строя",
        "MeterRestored" => "восстановление учёта",
        "FinalReadingRecorded" => "конечные показания снятого прибора",
        "AccessRefused" => "отказ в допуске",
        "MeterInspected" => "осмотр прибора",
        "TamperingFound" => "вмешательство в работу прибора",
        "TamperingEnded" => "вмешательство устранено",
        "ValueImputed" => "расчёт вместо показания",
        "ImputationSuperseded" => "расчёт заменён показанием",
        "SeriesAdopted" => "приём ряда показаний",
        "PointRegistered" => "новая точка учёта",
        "PointClosed" => "закрытие точки учёта",
        "BalanceScopeDefined" => "состав баланса",
        "BuildingRegistered" => "регистрация дома",
        other => other,
    }
}
