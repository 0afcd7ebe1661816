//! The reason for a house balance, in Russian.

use aggregates::time::ZoneName;

use crate::balance::model::{
    Difference, HouseBalance, MissingPoint, PointName, ScopeBalance, Side,
};
use crate::balance::query::Told;
use crate::balance::text::scope_title;
use crate::consumption::result;
use crate::explanation::Explanation;
use crate::text;

/// Why the balance of the house is what it is.
pub(crate) fn house(balance: &HouseBalance, scopes: Vec<Explanation>) -> Explanation {
    let title = format!(
        "баланс дома, {}, {}, по журналу до № {}",
        balance.resource.title_ru(),
        balance.period.title_ru(),
        balance.position
    );
    Explanation::new("balance.house", title).parts(scopes)
}

/// Why the balance of one scope is what it is.
pub(crate) fn scope(
    balance: &ScopeBalance,
    house: Vec<Told>,
    members: Vec<Told>,
    zone: ZoneName,
) -> Explanation {
    let (formula, value) = match &balance.difference {
        Difference::Known { volume } => (subtraction(balance, volume), Some(*volume)),
        Difference::WithoutMissing { volume, missing } => (
            format!(
                "{}, без {missing} неизвестных точек",
                subtraction(balance, volume)
            ),
            Some(*volume),
        ),
        Difference::Unknown { reasons } => (
            format!("неизвестно: {}", text::reasons(reasons, zone)),
            None,
        ),
    };
    let title = format!(
        "{}, состав с {}",
        scope_title(balance.name.as_str()),
        text::day(balance.from)
    );
    Explanation::new("balance.scope", title)
        .formula(formula)
        .value(value)
        .events([balance.defined_by])
        .parts([
            side(
                "balance.came_in",
                "по общедомовым приборам",
                &balance.house,
                house,
                zone,
            ),
            side(
                "balance.consumed",
                "по точкам внутри",
                &balance.members,
                members,
                zone,
            ),
        ])
}

fn subtraction(balance: &ScopeBalance, volume: &aggregates::quantity::Measure) -> String {
    let shown = |side: &Side| {
        side.known
            .as_ref()
            .map_or("нет известных".to_owned(), text::bare)
    };
    format!(
        "{} − {} = {}",
        shown(&balance.house),
        shown(&balance.members),
        text::exact(volume)
    )
}

fn side(
    code: &'static str,
    title: &str,
    side: &Side,
    told: Vec<Told>,
    zone: ZoneName,
) -> Explanation {
    let because = Explanation::new(code, title)
        .value(side.total.known().copied())
        .formula(match &side.known {
            Some(known) => text::exact(known),
            None => "нет известных точек".to_owned(),
        })
        .parts(told.into_iter().filter_map(Told::into_explanation));
    match side.missing.is_empty() {
        true => because,
        false => because.parts([missing(&side.missing, zone)]),
    }
}

fn missing(points: &[MissingPoint], zone: ZoneName) -> Explanation {
    let parts = points.iter().map(|missing| {
        let unknown = crate::volume::Volume::Unknown {
            reasons: missing.reasons.clone(),
            known_part: missing.known_part,
        };
        Explanation::new("balance.missing_point", point_name(&missing.point))
            .formula(result(&unknown, zone))
    });
    let title = format!("неизвестно точек: {}", points.len());
    Explanation::new("balance.missing", title).parts(parts)
}

/// `кв. 12, ИПУ «кухня»`; the id where the book does not know the point.
pub(crate) fn point_name(name: &PointName) -> String {
    let kind = name.kind.map(text::point_kind).unwrap_or("точка");
    let own = match &name.label {
        Some(label) => format!("{kind} «{label}»"),
        None => format!("{kind} {}", text::short_id(name.point)),
    };
    match &name.premises {
        Some(number) => format!("пом. {number}, {own}"),
        None => own,
    }
}
