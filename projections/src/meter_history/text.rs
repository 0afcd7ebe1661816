//! A meter's history as Russian text for a terminal.

use aggregates::time::ZoneName;

use crate::meter_history::model::{Entry, Fact, ImputedEntry, MeterHistory, ReadingEntry};
use crate::meter_history::words;
use crate::text::{self, Align, Table};

/// The history as text: a line a fact, with the origin of each value.
pub fn render(history: &MeterHistory, zone: ZoneName) -> String {
    let model = match &history.model {
        Some(model) => format!("{} ", model.name),
        None => String::new(),
    };
    let mut out = format!(
        "Прибор {model}№ {}, {}, по журналу до № {}\n\n",
        history.serial,
        history.resource.title_ru(),
        history.position
    );
    let mut table = Table::new(&[
        ("Когда", Align::Left),
        ("Период", Align::Left),
        ("Показание", Align::Right),
        ("Откуда", Align::Left),
        ("Что с ним", Align::Left),
        ("Журнал", Align::Left),
    ]);
    for entry in &history.entries {
        table.row(cells(entry, zone));
    }
    out.push_str(&table.to_text(0));
    out
}

/// A fact as the cells of a table: when, period, value, origin, fate, place in the journal.
pub fn cells(entry: &Entry, zone: ZoneName) -> [String; 6] {
    let when = text::local_time(entry.at, zone);
    let place = |more: String| match more.is_empty() {
        true => format!("№ {}", entry.event.position),
        false => format!("№ {}, {more}", entry.event.position),
    };
    match &entry.fact {
        Fact::Reading(reading) => [
            when,
            reading.period.to_string(),
            words::values(&reading.values),
            origin(reading, zone),
            fate(reading, zone),
            place(positions(reading)),
        ],
        Fact::Imputed(imputed) => [
            when,
            imputed.period.to_string(),
            format!("объём {}", words::values(&imputed.volumes)),
            format!(
                "рассчитано {} ({})",
                text::method(imputed.method),
                imputed.clause
            ),
            imputed_fate(imputed),
            place(match &imputed.superseded {
                Some(superseded) => format!("№ {}", superseded.event.position),
                None => String::new(),
            }),
        ],
        Fact::Event { happened } => {
            let blank = String::new;
            [
                when,
                blank(),
                blank(),
                blank(),
                words::event(happened, zone),
                place(blank()),
            ]
        }
    }
}

/// Who reported the value, by which way, and when it reached us if that was another day.
fn origin(reading: &ReadingEntry, zone: ZoneName) -> String {
    let mut out = match reading.source {
        Some(source) => source.title_ru().to_owned(),
        None => "прежняя организация".to_owned(),
    };
    if let Some(channel) = &reading.channel {
        out.push_str(&format!(", {channel}"));
    }
    if let Some(act) = &reading.act {
        out.push_str(&format!(
            ", акт № {} от {}",
            act.number,
            text::day(act.date)
        ));
    }
    let other_day = |received: &chrono::DateTime<chrono::Utc>| {
        zone.local_date(*received) != zone.local_date(reading.taken_at)
    };
    if let Some(received) = reading.received_at.filter(other_day) {
        out.push_str(&format!(", получено {}", text::local_day(received, zone)));
    }
    out
}

/// What became of the reading.
fn fate(reading: &ReadingEntry, zone: ZoneName) -> String {
    let mut out = vec![words::outcome(reading.outcome).to_owned()];
    out.extend(
        reading
            .findings
            .iter()
            .map(|entry| words::finding(&entry.finding)),
    );
    for correction in &reading.corrections {
        out.push(format!(
            "исправлено {}: {} → {} ({})",
            text::local_day(correction.recorded_at, zone),
            words::values(&correction.before),
            words::values(&correction.after),
            words::correction(correction.reason)
        ));
    }
    for rollover in &reading.rollovers {
        out.push(format!(
            "переход через ноль, ёмкость {}",
            text::exact(&rollover.capacity)
        ));
    }
    if let Some(withdrawn) = &reading.withdrawn {
        out.push(format!(
            "отозвано {} ({})",
            text::local_day(withdrawn.recorded_at, zone),
            words::withdrawal(withdrawn.reason)
        ));
    }
    if reading.confirmed_by.is_some() {
        out.push("подтверждено позже".to_owned());
    }
    if reading.superseded_by.is_some() {
        out.push("за период учтено контрольное снятие".to_owned());
    }
    out.join("; ")
}

/// Positions of the events that acted on the reading afterwards.
fn positions(reading: &ReadingEntry) -> String {
    let own = reading
        .corrections
        .iter()
        .map(|correction| correction.event);
    let mut events: Vec<u64> = own
        .chain(reading.rollovers.iter().map(|rollover| rollover.event))
        .chain(reading.withdrawn.iter().map(|withdrawn| withdrawn.event))
        .chain(reading.superseded_by)
        .chain(reading.confirmed_by)
        .map(|event| event.position)
        .collect();
    events.sort_unstable();
    events.dedup();
    events
        .iter()
        .map(|position| format!("№ {position}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn imputed_fate(imputed: &ImputedEntry) -> String {
    match &imputed.superseded {
        Some(superseded) => format!("заменено действительным значением ({})", superseded.by),
        None => "действует".to_owned(),
    }
}
