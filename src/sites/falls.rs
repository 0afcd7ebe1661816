//! The waterfall of a house as rows with bars: what came in, step by step less what was consumed.

use aggregates::quantity::Measure;
use aggregates::time::Period;
use aggregates::vocabulary::Resource;
use projections::balance::Origin;
use projections::settlement::HouseBook;
use projections::waterfall::{HouseWaterfall, SplitOf, Waterfall};
use rust_decimal::Decimal;

use crate::sites::format;
use crate::sites::staff::scope_title;

/// The waterfall of one scope.
pub(super) struct Fall {
    /// Name of the scope in words.
    pub(super) title: String,
    /// What it comes to, in words.
    pub(super) summary: String,
    /// The rows, from what came in to what is left.
    pub(super) rows: Vec<FallRow>,
    /// What the rest is split into.
    pub(super) causes: Vec<CauseRow>,
    /// What the causes make up, in words.
    pub(super) split: String,
    /// What nobody explains.
    pub(super) unexplained: Option<String>,
}

/// One step.
pub(super) struct FallRow {
    pub(super) title: String,
    pub(super) points: String,
    pub(super) volume: String,
    pub(super) x: String,
    pub(super) width: String,
    pub(super) bar: &'static str,
    pub(super) fill: &'static str,
    pub(super) is_sum: bool,
}

/// One cause.
pub(super) struct CauseRow {
    pub(super) title: String,
    pub(super) amount: String,
    pub(super) points: String,
    pub(super) is_recorded: bool,
}

/// Resources of which the house has a balance in `period`.
pub(super) fn resources(house: &HouseBook, period: Period) -> Vec<Resource> {
    let has = |resource: &Resource| {
        let told = house.balance().of_house(period, *resource);
        told.is_ok_and(|told| !told.value.scopes.is_empty())
    };
    Resource::ALL.into_iter().filter(has).collect()
}

/// The waterfalls of a house, one a scope; none where there is no balance.
pub(super) fn falls(told: Option<&HouseWaterfall>) -> Vec<Fall> {
    told.map_or_else(Vec::new, |told| told.scopes.iter().map(fall).collect())
}

fn fall(told: &Waterfall) -> Fall {
    let whole = told.came_in.map_or(Decimal::ZERO, Measure::value);
    let steps: Decimal = told.steps.iter().map(|step| step.volume.value()).sum();
    let scale = whole.max(steps).max(Decimal::new(1, 3));
    let mut rows = vec![first_row(told, scale)];
    let mut left = whole;
    for step in &told.steps {
        let volume = step.volume.value();
        let after = left.checked_sub(volume).unwrap_or_default();
        let (bar, fill) = look_of(step.origin);
        rows.push(FallRow {
            title: format!("− {}", step.origin.title_ru()),
            points: format::count(i64::try_from(step.points).unwrap_or_default()),
            volume: format::measure(&step.volume),
            x: format::width(after.min(left), scale),
            width: format::width(volume.abs(), scale),
            bar,
            fill,
            is_sum: false,
        });
        left = after;
    }
    if let Some(common) = told.common {
        rows.push(rest_row(&common, scale));
    }
    Fall {
        title: scope_title(told.scope.as_str()),
        summary: summary(told),
        rows,
        causes: causes(told),
        split: match told.split {
            SplitOf::Excess => "Сверх норматива — по причинам".to_owned(),
            SplitOf::Common => "Общедомовой объём — по причинам".to_owned(),
        },
        unexplained: told.unexplained.map(|left| format::measure(&left)),
    }
}

fn first_row(told: &Waterfall, scale: Decimal) -> FallRow {
    let volume = told.came_in;
    FallRow {
        title: "Пришло в дом по ОДПУ".to_owned(),
        points: String::new(),
        volume: volume.map_or_else(
            || "неизвестно".to_owned(),
            |volume| format::measure(&volume),
        ),
        x: "0".to_owned(),
        width: format::width(volume.map_or(Decimal::ZERO, Measure::value), scale),
        bar: "ek-b-base",
        fill: "",
        is_sum: true,
    }
}

fn rest_row(common: &Measure, scale: Decimal) -> FallRow {
    let is_negative = common.value().is_sign_negative() && !common.value().is_zero();
    FallRow {
        title: match is_negative {
            true => "= Минус: внутри учтено больше, чем пришло".to_owned(),
            false => "= Общедомовая часть".to_owned(),
        },
        points: String::new(),
        volume: format::measure(common),
        x: "0".to_owned(),
        width: format::width(common.value().abs(), scale),
        bar: if is_negative { "ek-b-bad" } else { "ek-b-acc" },
        fill: "",
        is_sum: true,
    }
}

fn look_of(origin: Origin) -> (&'static str, &'static str) {
    match origin {
        Origin::Automatic => ("ek-b-ka", ""),
        Origin::Submitted => ("ek-b-kp", ""),
        Origin::Control => ("ek-b-kk", ""),
        Origin::Average | Origin::Calculated | Origin::TrueUp => ("ek-b-ks", "url(#p-s)"),
        Origin::Norm | Origin::WithoutMeter => ("ek-b-kn", "url(#p-n)"),
        Origin::NonResidential | Origin::Technical | Origin::Transit | Origin::SubConsumer => {
            ("ek-b-mut", "")
        }
    }
}

fn summary(told: &Waterfall) -> String {
    let (Some(came_in), Some(common)) = (told.came_in, told.common) else {
        return "Сколько пришло в дом, неизвестно: нет показаний общедомового прибора.".to_owned();
    };
    let mut text = format!(
        "Пришло {}, общедомовая часть {} ({} от пришедшего).",
        format::measure(&came_in),
        format::measure(&common),
        format::share(common.value(), came_in.value())
    );
    if let Some(norm) = told.norm {
        let excess = told.excess.map_or(Decimal::ZERO, Measure::value);
        let word = match excess.is_sign_negative() {
            true => "меньше норматива на",
            false => "больше норматива на",
        };
        text.push_str(&format!(
            " Норматив на общее имущество {}: {word} {}.",
            format::measure(&norm),
            format::measure(&Measure::new(excess.abs(), norm.unit()))
        ));
    }
    text
}

fn causes(told: &Waterfall) -> Vec<CauseRow> {
    let row = |cause: &projections::waterfall::CausePart| CauseRow {
        title: projections::text::capital(&cause.cause.title_ru()),
        amount: format::signed(&cause.amount),
        points: format::count(i64::try_from(cause.points).unwrap_or_default()),
        is_recorded: cause.recorded,
    };
    told.causes.iter().map(row).collect()
}
