//! The reason for a point's figure, in Russian.

use aggregates::time::{Period, ZoneName};
use aggregates::vocabulary::Resource;

use crate::consumption::facts::PointFacts;
use crate::consumption::model::{
    CalculatedPart, MarkName, MarkView, MeteredPart, PointConsumption, Uncounted, Unmetered,
    VolumePart,
};
use crate::explanation::Explanation;
use crate::text;
use crate::volume::Volume;

/// Why a point's volume is what it is.
pub(crate) fn point(figure: &PointConsumption, facts: &PointFacts, zone: ZoneName) -> Explanation {
    let title = format!(
        "{} «{}», {}, {}",
        text::point_kind(figure.kind),
        figure.label,
        resource(figure.resource),
        figure.period.title_ru()
    );
    let mut because = Explanation::new("consumption.point", title)
        .formula(result(&figure.volume, zone))
        .value(figure.volume.known().copied())
        .events([facts.registered]);
    if let [first, .., last] = figure.covers.as_slice() {
        let covers = Explanation::new(
            "consumption.covers",
            format!(
                "разность показаний охватывает {} – {}",
                first.title_ru(),
                last.title_ru()
            ),
        );
        because = because.parts([covers]);
    }
    because
        .parts(figure.parts.iter().map(|part| explain_part(part, zone)))
        .parts(figure.unmetered.iter().map(|gap| unmetered(gap, zone)))
        .parts(figure.uncounted.iter().map(|time| uncounted(time, zone)))
        .events(facts.closed.map(|(_, closed)| closed))
}

/// Why the volume of several periods is what it is.
pub(crate) fn span(
    volume: &Volume,
    from: Period,
    through: Period,
    parts: impl Iterator<Item = Explanation>,
) -> Explanation {
    let title = format!("всего за {} – {}", from.title_ru(), through.title_ru());
    let because = Explanation::new("consumption.span", title).value(volume.known().copied());
    let because = match volume.known() {
        Some(value) => because.formula(text::exact(value)),
        None => because.formula("неизвестно"),
    };
    because.parts(parts)
}

fn resource(resource: Resource) -> &'static str {
    resource.title_ru()
}

/// The result with its reasons where it is unknown.
pub(crate) fn result(volume: &Volume, zone: ZoneName) -> String {
    match volume {
        Volume::Known { value } => text::exact(value),
        Volume::Unknown {
            reasons,
            known_part: None,
        } => {
            format!("неизвестно: {}", text::reasons(reasons, zone))
        }
        Volume::Unknown {
            reasons,
            known_part: Some(part),
        } => format!(
            "неизвестно: {}; известная часть {}",
            text::reasons(reasons, zone),
            text::exact(part)
        ),
    }
}

fn explain_part(part: &VolumePart, zone: ZoneName) -> Explanation {
    match part {
        VolumePart::Metered(part) => metered(part, zone),
        VolumePart::Calculated(part) => calculated(
            "consumption.calculated",
            format!("рассчитано {}", text::method(part.method)),
            part,
            zone,
        ),
        VolumePart::TrueUp(part) => calculated(
            "consumption.true_up",
            format!(
                "зачтено учтённое {} за {}",
                text::method(part.method),
                part.period.title_ru()
            ),
            part,
            zone,
        ),
    }
}

fn metered(part: &MeteredPart, zone: ZoneName) -> Explanation {
    let until = match &part.until {
        Some(until) => mark(until, zone),
        None => "конечных показаний нет".to_owned(),
    };
    let text = format!(
        "прибор № {}: {} → {until}",
        part.serial,
        mark(&part.from, zone)
    );
    let marks = std::iter::once(&part.from).chain(&part.until);
    let events = marks.flat_map(|mark| std::iter::once(mark.event).chain(mark.corrected_by));
    let (code, text) = match part.recheck {
        true => (
            "consumption.recheck",
            format!("перерасчёт по акту проверки (п. 61): {text}"),
        ),
        false => ("consumption.difference", text),
    };
    let because = Explanation::new(code, text)
        .value(part.volume.known().copied())
        .events(events)
        .events(part.rollovers.iter().map(|turn| turn.event));
    match part.registers.len() {
        1 => because.formula(difference(part, 0, zone)),
        several => {
            let registers = (0..several).map(|index| {
                let register = &part.registers[index];
                Explanation::new(
                    "consumption.register",
                    format!("регистр {}", register.register),
                )
                .formula(difference(part, index, zone))
                .value(register.volume.known().copied())
            });
            let registers: Vec<Explanation> = registers.collect();
            because.formula(result(&part.volume, zone)).parts(registers)
        }
    }
}

/// `148,100 − 0,350 = 147,750 м³`, with the turns of the register between the two and the ratio of
/// the transformers.
fn difference(part: &MeteredPart, index: usize, zone: ZoneName) -> String {
    let register = &part.registers[index];
    let shown = |mark: &MarkView| {
        let found = mark
            .values
            .iter()
            .find(|value| value.register == register.register);
        found.map(|value| value.value)
    };
    let now = part.until.as_ref().and_then(shown);
    let (Some(now), Some(before), Some(value)) = (now, shown(&part.from), register.volume.known())
    else {
        return result(&register.volume, zone);
    };
    let mut formula = text::bare(&now);
    for turn in part
        .rollovers
        .iter()
        .filter(|turn| turn.register == register.register)
    {
        formula.push_str(&format!(
            " + {} (переход через ноль)",
            text::bare(&turn.capacity)
        ));
    }
    formula.push_str(&format!(" − {}", text::bare(&before)));
    if let Some(ratio) = part.transformer_ratio {
        formula = format!(
            "({formula}) · {} (коэффициент трансформации)",
            ratio.value()
        );
    }
    format!("{formula} = {}", text::exact(value))
}

fn mark(mark: &MarkView, zone: ZoneName) -> String {
    let what = match (mark.kind, mark.source) {
        (MarkName::Initial, _) => "начальное",
        (MarkName::Final, _) => "конечное",
        (MarkName::Control, _) => "контрольное снятие",
        (MarkName::Adopted, _) => "принято от прежней организации",
        (MarkName::Reading, Some(source)) => source.title_ru(),
        (MarkName::Reading, None) => "показание",
    };
    let corrected = if mark.corrected_by.is_some() {
        ", исправлено"
    } else {
        ""
    };
    format!("{} ({what}{corrected})", text::local_day(mark.at, zone))
}

fn calculated(
    code: &'static str,
    what: String,
    part: &CalculatedPart,
    zone: ZoneName,
) -> Explanation {
    let text = format!(
        "{what}, прибор № {}, {} – {} ({})",
        part.serial,
        text::local_time(part.from, zone),
        text::local_time(part.until, zone),
        part.clause
    );
    Explanation::new(code, text)
        .formula(result(&part.volume, zone))
        .value(part.volume.known().copied())
        .events([part.event])
}

fn uncounted(time: &Uncounted, zone: ZoneName) -> Explanation {
    let text = format!(
        "с {} до {} показания не учитываются, счёт начат заново",
        text::local_time(time.from, zone),
        text::local_time(time.until, zone)
    );
    Explanation::new("consumption.uncounted", text).events([time.barred_by])
}

fn unmetered(gap: &Unmetered, zone: ZoneName) -> Explanation {
    let until = match gap.until {
        Some(until) => format!("до {}", text::local_time(until, zone)),
        None => "новый не установлен".to_owned(),
    };
    let text = format!(
        "без прибора с {}, {until}",
        text::local_time(gap.from, zone)
    );
    Explanation::new("consumption.unmetered", text)
        .events([gap.removed_by])
        .events(gap.installed_by)
}
