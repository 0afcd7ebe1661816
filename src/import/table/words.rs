//! Words that stand in headers and cells, Russian and English, and what they mean.

use aggregates::vocabulary::{ReadingSource, Resource};

/// A word without what does not tell words apart: case, ё, spaces, dots, dashes; `№` is `номер`.
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ё' | 'Ё' => folded.push('е'),
            '№' => folded.push_str("номер"),
            _ if c.is_alphanumeric() => folded.extend(c.to_lowercase()),
            _ => {}
        }
    }
    folded
}

/// The resource a cell names.
pub(crate) fn resource(text: &str) -> Option<Resource> {
    Some(match folded(text).as_str() {
        "хвс"
        | "хв"
        | "хвода"
        | "холоднаявода"
        | "холодноеводоснабжение"
        | "холводоснабжение"
        | "холвода"
        | "вхвс"
        | "coldwater"
        | "cold"
        | "cw" => Resource::ColdWater,
        "гвс"
        | "гв"
        | "гвода"
        | "горячаявода"
        | "горячееводоснабжение"
        | "горводоснабжение"
        | "горвода"
        | "hotwater"
        | "hot"
        | "hw" => Resource::HotWater,
        "тепло"
        | "теплоэнергия"
        | "тепловаяэнергия"
        | "теплоснабжение"
        | "отопление"
        | "тэ"
        | "heat"
        | "heating" => Resource::Heat,
        "электроэнергия"
        | "электричество"
        | "электрическаяэнергия"
        | "электроснабжение"
        | "электро"
        | "ээ"
        | "свет"
        | "electricity"
        | "electric"
        | "power" => Resource::Electricity,
        "газ" | "газоснабжение" | "природныйгаз" | "gas" => {
            Resource::Gas
        }
        "водоотведение" | "стоки" | "канализация" | "во" | "sewage" | "wastewater" => {
            Resource::Sewage
        }
        "холод" | "холодоснабжение" | "cooling" => Resource::Cooling,
        _ => return None,
    })
}

/// What a resource may be called, for a message.
pub(crate) const RESOURCES_RU: &str = "ХВС, ГВС, тепло, электроэнергия, газ, водоотведение, холод";

/// Who reported a reading.
pub(crate) fn source(text: &str) -> Option<ReadingSource> {
    Some(match folded(text).as_str() {
        "житель"
        | "жилец"
        | "абонент"
        | "потребитель"
        | "собственник"
        | "личныйкабинет"
        | "resident" => ReadingSource::Resident,
        "телефон" | "звонок" | "потелефону" | "phone" => {
            ReadingSource::Phone
        }
        "бланк" | "бумага" | "квитанция" | "paper" => ReadingSource::Paper,
        "обход" | "обходстаршего" | "старший" | "старшийподому" | "seniorsround" => {
            ReadingSource::SeniorsRound
        }
        "контролер" | "обходконтролера" | "инспектор" | "inspector" => {
            ReadingSource::Inspector
        }
        "сотрудник" | "оператор" | "ук" | "staff" => ReadingSource::Staff,
        "импорт" | "файл" | "import" => ReadingSource::Import,
        "опрос" | "автоматически" | "аскуэ" | "polled" => {
            ReadingSource::Polled
        }
        "архив" | "архивприбора" | "archive" => ReadingSource::Archive,
        "рсо" | "поставщик" | "supplier" => ReadingSource::Supplier,
        "ису" | "исуээ" | "isu" => ReadingSource::Isu,
        "гисжкх" | "гис" | "giszhkh" => ReadingSource::GisZhkh,
        "ерц" | "ерку" | "еирц" | "расчетныйцентр" | "billingcentre" | "billingcenter" => {
            ReadingSource::BillingCentre
        }
        "контрольное" | "контрольноеснятие" | "контроль" | "контрольноепоказание" | "control" => {
            ReadingSource::Control
        }
        _ => return None,
    })
}

/// What a source may be called, for a message.
pub(crate) const SOURCES_RU: &str = "житель, телефон, бланк, обход, контролёр, сотрудник, импорт, \
    опрос, архив, РСО, ИСУ, ГИС ЖКХ, ЕРЦ, контрольное";

/// The tariff zone a word names: `t1` day or peak, `t2` night, `t3` half-peak, as the meters of
/// two and three tariffs number them.
pub(crate) fn zone(text: &str) -> Option<&'static str> {
    Some(match folded(text).as_str() {
        "т1" | "t1" | "тариф1" | "зона1" | "день" | "дневная" | "пик" | "пиковая" | "day"
        | "peak" => "t1",
        "т2" | "t2" | "тариф2" | "зона2" | "ночь" | "ночная" | "night" => "t2",
        "т3" | "t3" | "тариф3" | "зона3" | "полупик" | "полупиковая" | "halfpeak" => {
            "t3"
        }
        "т4" | "t4" | "тариф4" | "зона4" => "t4",
        _ => return None,
    })
}

/// The register a cell of the column «Зона» names, as the meter's own register is called; a word
/// that is no zone is taken as the register's name itself (`v1`, `m1`, `q`).
pub(crate) fn register(text: &str) -> Option<String> {
    if let Some(zone) = zone(text) {
        return Some(zone.to_owned());
    }
    Some(match folded(text).as_str() {
        "1" => "t1".to_owned(),
        "2" => "t2".to_owned(),
        "3" => "t3".to_owned(),
        "4" => "t4".to_owned(),
        "общее"
        | "общий"
        | "общая"
        | "всего"
        | "сумма"
        | "итого"
        | "сутки"
        | "однотарифный"
        | "total" => "total".to_owned(),
        _ if text.is_ascii() => text.to_ascii_lowercase(),
        _ => return None,
    })
}
