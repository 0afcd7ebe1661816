//! CSV files: encodings, delimiters, quotes, headers, the two layouts of tariff zones.

use aggregates::vocabulary::{ReadingSource, Resource};

use super::*;

const TEXT: &str = "Прибор;Показание;Дата снятия;Источник\n\
    123-А;12,5;25.03.2026;житель\n\
    124;13.75;26.03.2026 21:15;контролёр\n";

fn assert_both_rows(bytes: impl Into<Vec<u8>>) {
    let readings = readings_of(bytes);
    let rows: Vec<_> = readings.iter().map(summary).collect();
    assert_eq!(
        rows,
        ["123-А 12.5 25.03.2026", "124 13.75 26.03.2026 21:15:00"]
    );
    let sources: Vec<_> = readings.iter().map(|reading| reading.source).collect();
    assert_eq!(sources, [ReadingSource::Resident, ReadingSource::Inspector]);
}

fn encoding_of(bytes: impl Into<Vec<u8>>) -> (&'static str, EncodingCertainty) {
    match info_of(bytes).kind {
        TableKind::Csv { encoding, .. } => (encoding.name, encoding.certainty),
        TableKind::Xlsx { .. } => ("XLSX", EncodingCertainty::Marked),
    }
}

fn utf16(text: &str, mark: [u8; 2], to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    mark.into_iter()
        .chain(text.encode_utf16().flat_map(to_bytes))
        .collect()
}

#[test]
fn utf8_with_and_without_a_mark() {
    assert_both_rows(TEXT);
    assert_eq!(encoding_of(TEXT), ("UTF-8", EncodingCertainty::Valid));
    let marked = format!("\u{feff}{TEXT}");
    assert_both_rows(marked.clone());
    assert_eq!(encoding_of(marked), ("UTF-8", EncodingCertainty::Marked));
}

#[test]
fn utf16_with_a_mark() {
    let little = utf16(TEXT, [0xff, 0xfe], u16::to_le_bytes);
    assert_both_rows(little.clone());
    assert_eq!(encoding_of(little), ("UTF-16LE", EncodingCertainty::Marked));
    let big = utf16(TEXT, [0xfe, 0xff], u16::to_be_bytes);
    assert_both_rows(big.clone());
    assert_eq!(encoding_of(big), ("UTF-16BE", EncodingCertainty::Marked));
}

#[test]
fn single_byte_encodings_are_recognised() {
    for encoding in [
        encoding_rs::WINDOWS_1251,
        encoding_rs::IBM866,
        encoding_rs::KOI8_R,
        encoding_rs::ISO_8859_5,
        encoding_rs::X_MAC_CYRILLIC,
    ] {
        let (bytes, _, unmappable) = encoding.encode(TEXT);
        assert!(!unmappable);
        assert_both_rows(bytes.to_vec());
        let (name, certainty) = encoding_of(bytes.to_vec());
        assert_eq!(certainty, EncodingCertainty::Guessed);
        // KOI8-U differs from KOI8-R only outside Russian letters.
        let is_right = name == encoding.name() || (name == "KOI8-U" && encoding.name() == "KOI8-R");
        assert!(is_right, "{} taken for {name}", encoding.name());
    }
}

#[test]
fn an_uncertain_encoding_is_said() {
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(TEXT);
    let notes = info_of(bytes.to_vec()).notes_ru();
    assert!(
        notes[0].contains("windows-1251 (угадана по буквам"),
        "{notes:?}"
    );
}

#[test]
fn delimiters_are_recognised() {
    assert_both_rows(TEXT.replace(';', "\t"));
    let quoted = TEXT.replace("12,5", "\"12,5\"").replace(';', ",");
    assert_both_rows(quoted);
    assert_both_rows(format!("sep=;\n{TEXT}"));
}

#[test]
fn line_ends_and_empty_lines_keep_the_count() {
    for line_end in ["\n", "\r\n", "\r"] {
        let text = "\n\nПрибор;Показание;Дата снятия\n\n;;\n1;5;25.03.2026\n \n2;6;25.03.2026";
        let rows = rows_of(text.replace('\n', line_end));
        let lines: Vec<_> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [6, 8], "{line_end:?}");
        assert!(rows.iter().all(|row| row.content.is_ok()));
    }
}

#[test]
fn quotes_hold_delimiters_quotes_and_line_breaks() {
    let text = "Прибор;Примечание;Показание;Дата снятия\n\
        \"1;2\";\"сказал: \"\"позже\"\"\nи ушёл\";5;25.03.2026\n\
        ООО \"Ромашка\";;6;25.03.2026\n";
    let rows = rows_of(text);
    let lines: Vec<_> = rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [2, 4]);
    let shown: Vec<_> = rows
        .iter()
        .flat_map(|row| row.content.as_ref().map(summary))
        .collect();
    assert_eq!(shown, ["1;2 5 25.03.2026", "ООО \"Ромашка\" 6 25.03.2026"]);
}

#[test]
fn headers_are_known_in_both_languages_whatever_their_case() {
    let russian = "КВАРТИРА; вид  ресурса ;лицевой счет;ПОКАЗАНИЯ;дата СНЯТИЯ;Дата передачи;Канал\n\
        45;ГВС;0071234567;7;25.03.2026;26.03.2026 10:00;Web\n";
    let english = "Flat;resource;account;Value;TAKEN_AT;received at;channel\n\
        45;hot_water;0071234567;7;25.03.2026;26.03.2026 10:00;web\n";
    for text in [russian, english] {
        let reading = readings_of(text).remove(0);
        let meter = &reading.meter;
        assert_eq!(
            meter.to_string(),
            "помещение 45, л/с 0071234567, горячая вода"
        );
        assert_eq!(meter.resource, Some(Resource::HotWater));
        assert_eq!(
            reading.received.map(|at| at.to_string()).as_deref(),
            Some("26.03.2026 10:00:00")
        );
        assert_eq!(reading.channel.as_str(), "web");
        assert_eq!(reading.source, ReadingSource::Import);
    }
}

#[test]
fn resources_and_sources_have_their_words() {
    for (word, resource) in [
        ("ХВС", Resource::ColdWater),
        ("Горячая вода", Resource::HotWater),
        ("отопление", Resource::Heat),
        ("Электроэнергия", Resource::Electricity),
        ("газ", Resource::Gas),
        ("heat", Resource::Heat),
    ] {
        let text = format!("кв;ресурс;показание;дата\n1;{word};5;25.03.2026");
        assert_eq!(
            readings_of(text)[0].meter.resource,
            Some(resource),
            "{word}"
        );
    }
    for (word, source) in [
        ("по телефону", ReadingSource::Phone),
        ("бланк", ReadingSource::Paper),
        ("обход", ReadingSource::SeniorsRound),
        ("РСО", ReadingSource::Supplier),
        ("ИСУ", ReadingSource::Isu),
        ("ГИС ЖКХ", ReadingSource::GisZhkh),
        ("ЕРЦ", ReadingSource::BillingCentre),
        ("опрос", ReadingSource::Polled),
        ("архив", ReadingSource::Archive),
        ("сотрудник", ReadingSource::Staff),
    ] {
        let text = format!("прибор;источник;показание;дата\n1;{word};5;25.03.2026");
        assert_eq!(readings_of(text)[0].source, source, "{word}");
    }
}

#[test]
fn every_source_and_resource_reads_its_own_title_and_code() {
    for resource in Resource::ALL {
        let code = serde_json::to_value(resource).expect("a JSON word");
        for word in [resource.title_ru(), code.as_str().expect("a word")] {
            let text = format!("кв;ресурс;показание;дата\n1;{word};5;25.03.2026");
            assert_eq!(
                readings_of(text)[0].meter.resource,
                Some(resource),
                "{word}"
            );
        }
    }
}

#[test]
fn zones_come_in_columns() {
    let text = "Прибор;Показание, м³;Т1;T2;Показание Т3 (кВт*ч);Дата снятия\n\
        1;5;;;;25.03.2026\n\
        2;;10;20;30,5;25.03.2026\n\
        3;60,5;10;20;30,5;25.03.2026\n";
    let rows: Vec<_> = readings_of(text).iter().map(summary).collect();
    assert_eq!(
        rows,
        [
            "1 5[м³] 25.03.2026",
            "2 t1=10+t2=20+t3=30.5[кВт·ч] 25.03.2026",
            "3 total=60.5[м³]+t1=10+t2=20+t3=30.5[кВт·ч] 25.03.2026",
        ]
    );
}

#[test]
fn zones_come_in_rows() {
    let text = "Прибор;Зона;Показание;Единица;Дата снятия\n\
        2;день;10;кВт·ч;25.03.2026\n\
        2;Т2;20;квтч;25.03.2026\n\
        3;;7;;25.03.2026\n\
        4;V1;8;м3;25.03.2026\n";
    let readings = readings_of(text);
    let rows: Vec<_> = readings.iter().map(summary).collect();
    assert_eq!(
        rows,
        [
            "2 t1=10[кВт·ч] 25.03.2026",
            "2 t2=20[кВт·ч] 25.03.2026",
            "3 7 25.03.2026",
            "4 v1=8[м³] 25.03.2026"
        ]
    );
    assert!(readings[0].is_continued_by(&readings[1]));
    assert!(
        !readings[0].is_continued_by(&readings[0]),
        "the same zone is another reading"
    );
    assert!(!readings[1].is_continued_by(&readings[2]));
}

#[test]
fn a_register_of_readings_from_an_accounting_program_is_read() {
    let text = "Реестр показаний приборов учёта;;;;;;\r\n\
        Период: март 2026;;;;;;\r\n\
        ;;;;;;\r\n\
        № п/п;Л/с;ФИО;Услуга;Зав. №;Показания;Дата показаний\r\n\
        1;0071234567;Иванова А. А.;ХВС;20514477;1 125,431;25.03.2026\r\n\
        2;0071234568;Петров П. П.;Электроэнергия;\"011070218\";00410;24.03.2026 00:00\r\n\
        ;;;Итого:;;1 535,431;\r\n";
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(text);
    let (info, mut rows) = open_bytes(bytes.to_vec(), "1с.csv").expect("usable");
    assert_eq!(info.header_line, 4);
    let taken: Vec<_> = rows.by_ref().collect();
    assert_eq!(rows.totals_skipped(), 1);
    let shown: Vec<_> = taken
        .iter()
        .flat_map(|row| row.content.as_ref().map(summary))
        .collect();
    assert_eq!(
        shown,
        [
            "20514477 1125.431 25.03.2026",
            "011070218 410 24.03.2026 00:00:00"
        ]
    );
    assert!(
        taken.iter().all(|row| !row.raw.contains("Иванова")),
        "names stay out of messages"
    );
    let notes = info.notes_ru().join("\n");
    assert!(
        notes.contains("личными сведениями и примечаниями в журнал не попадают: ФИО."),
        "{notes}"
    );
    assert!(
        notes.contains("Неизвестные столбцы не читаются: № п/п."),
        "{notes}"
    );
}

#[test]
fn a_control_reading_carries_its_act() {
    let text = "Прибор;Показание;Дата;Источник;Номер акта;Дата акта\n\
        1;5;25.03.2026;контрольное;17-К;25.03.2026\n\
        1;5;25.03.2026;контрольное;;\n";
    let rows = rows_of(text);
    let reading = rows[0].content.as_ref().expect("taken");
    assert_eq!(
        reading.act.as_ref().map(|act| act.number.as_str()),
        Some("17-К")
    );
    assert_eq!(
        rows[1].content.as_ref().map_err(|refusal| refusal.code),
        Err("act.incomplete")
    );
}

#[test]
fn the_example_of_the_documentation_is_taken_whole() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/formats/readings-example.csv"
    );
    let (info, rows) = open_file(path.as_ref()).expect("usable");
    assert!(info.ignored.is_empty());
    let rows: Vec<_> = rows
        .map(|row| summary(&row.content.expect("taken")))
        .collect();
    assert_eq!(
        rows,
        [
            "10001 125.431 25.03.2026",
            "20001 87.2 25.03.2026 21:15:00",
            "30001 t1=10234.5+t2=4871.25 25.03.2026 21:15:00 +05:00",
            "- 301.07 24.03.2026 18:40:00",
        ]
    );
}

#[test]
fn every_header_of_the_documentation_is_known() {
    let text = include_str!("../../../../docs/formats/readings.md");
    for column in Column::ALL {
        for header in column.headers() {
            assert!(
                text.contains(header),
                "docs/formats/readings.md does not name «{header}»"
            );
        }
    }
}
