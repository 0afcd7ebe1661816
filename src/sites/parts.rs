//! Small parts that many pages are made of: icons, the drum, badges, bars.

use aggregates::meter::model::RegisterSpec;
use aggregates::meter::reading::{ImputationMethod, RegisterValue};
use aggregates::quantity::Measure;
use aggregates::vocabulary::{ReadingSource, Resource};
use projections::consumption::VolumePart;
use projections::text;
use rust_decimal::Decimal;

/// How a resource is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResourceLook {
    /// Name of its icon.
    pub(super) icon: &'static str,
    /// Class of its colours.
    pub(super) class: &'static str,
    /// Class of its bars.
    pub(super) bar: &'static str,
    /// A short word.
    pub(super) short: &'static str,
    /// The whole word, with a capital letter.
    pub(super) title: &'static str,
}

/// How `resource` is drawn.
pub(super) fn look(resource: Resource) -> ResourceLook {
    let (icon, class, bar, short, title) = match resource {
        Resource::ColdWater => ("i-drop", "ek-r-cold", "ek-b-cold", "ХВС", "Холодная вода"),
        Resource::HotWater => ("i-dropw", "ek-r-hot", "ek-b-hot", "ГВС", "Горячая вода"),
        Resource::Heat => ("i-heat", "ek-r-heat", "ek-b-heat", "Тепло", "Тепло"),
        Resource::Electricity => (
            "i-bolt",
            "ek-r-power",
            "ek-b-power",
            "Свет",
            "Электричество",
        ),
        Resource::Gas => ("i-gas", "ek-r-gas", "ek-b-mut", "Газ", "Газ"),
        Resource::Sewage => (
            "i-drop",
            "ek-r-sewage",
            "ek-b-mut",
            "Стоки",
            "Водоотведение",
        ),
        Resource::Cooling => ("i-heat", "ek-r-cold", "ek-b-mut", "Холод", "Холод"),
    };
    ResourceLook {
        icon,
        class,
        bar,
        short,
        title,
    }
}

/// A letter with its pattern and word: where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Badge {
    /// А, П, К, С, Н, О, –.
    pub(super) letter: &'static str,
    /// Class of its pattern.
    pub(super) class: &'static str,
    /// In words.
    pub(super) word: &'static str,
}

impl Badge {
    const fn of(letter: &'static str, class: &'static str, word: &'static str) -> Self {
        Self {
            letter,
            class,
            word,
        }
    }

    /// Nothing came.
    pub(super) const NONE: Self = Self::of("–", "ek-kx", "нет");
    /// Of a reading that cannot be used.
    pub(super) const REJECTED: Self = Self::of("О", "ek-ko", "отклонено");
    const AUTOMATIC: Self = Self::of("А", "ek-ka", "автоматически");
    const SUBMITTED: Self = Self::of("П", "ek-kp", "передано");
    const CONTROL: Self = Self::of("К", "ek-kk", "контрольное");
    const AVERAGE: Self = Self::of("С", "ek-ks", "по среднему");
    const NORM: Self = Self::of("Н", "ek-kn", "по нормативу");

    /// In the order of a legend.
    pub(super) const LEGEND: [Self; 6] = [
        Self::AUTOMATIC,
        Self::SUBMITTED,
        Self::CONTROL,
        Self::AVERAGE,
        Self::NORM,
        Self::NONE,
    ];

    /// Of a reading by who reported it; adopted ones were submitted elsewhere.
    pub(super) fn of_source(source: Option<ReadingSource>) -> Self {
        use ReadingSource as S;
        match source {
            Some(S::Polled | S::Archive | S::Isu) => Self::AUTOMATIC,
            Some(S::Control | S::Inspector) => Self::CONTROL,
            _ => Self::SUBMITTED,
        }
    }

    /// Of a calculated volume.
    pub(super) fn of_method(method: ImputationMethod) -> Self {
        match method {
            ImputationMethod::Norm | ImputationMethod::ContractLoad => Self::NORM,
            ImputationMethod::DeviceTotals => Self::AUTOMATIC,
            ImputationMethod::Average
            | ImputationMethod::Profile
            | ImputationMethod::Interpolation => Self::AVERAGE,
        }
    }

    /// Of a month's volume: what was calculated speaks before what was measured.
    pub(super) fn of_parts(parts: &[VolumePart]) -> Self {
        let mut told = Self::NONE;
        for part in parts {
            match part {
                VolumePart::Calculated(part) => return Self::of_method(part.method),
                VolumePart::Metered(part) => {
                    let until = part.until.as_ref();
                    told = until.map_or(told, |mark| Self::of_source(mark.source));
                }
                VolumePart::TrueUp(_) => {}
            }
        }
        told
    }

    /// How its bar is filled: a class, or a pattern of the page.
    pub(super) fn fill(self) -> &'static str {
        match self.class {
            "ek-ks" => "url(#p-s)",
            "ek-kn" => "url(#p-n)",
            _ => "",
        }
    }

    /// Class of its bar.
    pub(super) fn bar(self) -> &'static str {
        match self.class {
            "ek-ka" => "ek-b-ka",
            "ek-kk" => "ek-b-kk",
            "ek-ks" => "ek-b-ks",
            "ek-kn" => "ek-b-kn",
            "ek-kx" => "ek-b-kx",
            _ => "ek-b-kp",
        }
    }
}

/// The register as people see it on the pipe.
#[derive(Clone, Debug)]
pub(super) struct Drum {
    /// Whole digits.
    pub(super) whole: Vec<char>,
    /// Digits after the comma.
    pub(super) fraction: Vec<char>,
    /// The same as text.
    pub(super) text: String,
    /// The unit.
    pub(super) unit: &'static str,
    /// The zone of the day, where the meter has several.
    pub(super) zone: Option<String>,
}

impl Drum {
    /// The drum of a register.
    pub(super) fn new(value: &RegisterValue, registers: &[RegisterSpec]) -> Self {
        let spec = registers.iter().find(|spec| spec.name == value.register);
        let shown = value.value.value();
        let (digits, decimals) = match spec {
            Some(spec) => (spec.digits.unwrap_or(5), spec.decimals),
            None => (5, None),
        };
        let decimals = decimals.map_or(shown.scale(), |known| u32::from(known).max(shown.scale()));
        let mut full = shown.abs();
        full.rescale(decimals);
        let plain = full.to_string();
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        Self {
            whole: format!("{whole:0>width$}", width = usize::from(digits))
                .chars()
                .collect(),
            fraction: fraction.chars().collect(),
            text: text::exact(&value.value),
            unit: value.value.unit().symbol_ru(),
            zone: (registers.len() > 1).then(|| zone_name(value.register.as_str())),
        }
    }
}

/// What a register counts, in words.
pub(super) fn zone_name(register: &str) -> String {
    match register {
        "t1" => "день".to_owned(),
        "t2" => "ночь".to_owned(),
        "t3" => "полупик".to_owned(),
        "total" => "всего".to_owned(),
        other => other.to_owned(),
    }
}

/// A value without trailing zeros and without its unit, as it stands in a field.
pub(super) fn field_value(value: Decimal) -> String {
    value.to_string().replace('.', ",")
}

/// The last four digits of a number, and what stands before them.
pub(super) fn tail(serial: &str) -> (String, String) {
    let chars: Vec<char> = serial.chars().collect();
    let cut = chars.len().saturating_sub(4);
    (chars[..cut].iter().collect(), chars[cut..].iter().collect())
}

/// The sum of measures of one unit; `None` where there are none or their units differ.
pub(super) fn sum(measures: impl IntoIterator<Item = Measure>) -> Option<Measure> {
    let mut all = measures.into_iter();
    let first = all.next()?;
    all.try_fold(first, |sum, next| sum.checked_add(next).ok())
}
