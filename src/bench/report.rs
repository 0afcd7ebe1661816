//! The measurements as a text for people and as JSON for programs.

use std::fmt::Write;

use serde::Serialize;

use crate::bench::measure::{Bound, Measurement, Samples, Verdict};
use crate::bench::stage::Environment;

/// All that one run measured.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where it was measured.
    pub environment: Environment,
    /// Rounds of each measurement.
    pub rounds: u32,
    /// The comparisons, in the order of the plan.
    pub measurements: Vec<Measurement>,
}

impl Report {
    /// Whether a bound was missed.
    pub fn has_missed(&self) -> bool {
        let missed = |measured: &Measurement| measured.verdict == Verdict::Missed;
        self.measurements.iter().any(missed)
    }

    /// As a program reads it.
    pub fn to_json(&self) -> serde_json::Value {
        // Samples are numbers and names are texts: nothing here can fail to be JSON.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// As a person reads it.
    pub fn to_text(&self) -> String {
        let mut text = self.environment.to_text();
        let rounds = self.rounds;
        text.push_str(&format!(
            "Повторов: {rounds}; своё и образец чередуются, сравниваются медианы.\n\n"
        ));
        for measured in &self.measurements {
            add_measurement(&mut text, measured);
        }
        text
    }
}

fn add_measurement(text: &mut String, measured: &Measurement) {
    let verdict = match measured.verdict {
        Verdict::Met => "выдержано",
        Verdict::Missed => "НЕ ВЫДЕРЖАНО",
        Verdict::Open => "для сведения",
    };
    let bound = match measured.bound {
        Bound::AtLeast(floor) => format!(", нужно не меньше {}", number(floor)),
        Bound::AtMost(ceiling) => format!(", нужно не больше {}", number(ceiling)),
        Bound::None => String::new(),
    };
    let mut line = |content: String| text.push_str(&format!("{content}\n"));
    line(format!(
        "{}: отношение {}{bound} — {verdict}",
        measured.name,
        number(measured.ratio)
    ));
    line(format!(
        "    своё     {}",
        spread(&measured.ours, measured.unit)
    ));
    line(format!(
        "    образец  {}  ({})",
        spread(&measured.baseline, measured.unit),
        measured.baseline_name
    ));
    for note in &measured.notes {
        line(format!("    {note}"));
    }
    line(String::new());
}

/// Median and range.
fn spread(samples: &Samples, unit: &str) -> String {
    let (least, greatest) = samples.range();
    let median = number(samples.median());
    let (least, greatest) = (number(least), number(greatest));
    format!("{median:>9} {unit}  ({least} … {greatest})")
}

/// Three significant digits, a decimal comma, thousands apart.
fn number(value: f64) -> String {
    let magnitude = value.abs();
    let text = match magnitude {
        _ if !value.is_finite() => return "нет данных".to_owned(),
        m if m >= 100.0 => format!("{value:.0}"),
        m if m >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let mut spaced = String::new();
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && digit.is_ascii_digit() {
            spaced.push('\u{a0}');
        }
        spaced.push(digit);
    }
    if !fraction.is_empty() {
        // Writing to a text cannot fail.
        write!(spaced, ",{fraction}").unwrap_or_default();
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_the_russian_way() {
        assert_eq!(number(1_234_567.8), "1\u{a0}234\u{a0}568");
        assert_eq!(number(0.4567), "0,46");
        assert_eq!(number(12.34), "12,3");
        assert_eq!(number(999.6), "1\u{a0}000");
        assert_eq!(number(f64::NAN), "нет данных");
    }
}
