//! `instalments`: a charge that has grown is paid in parts, and the bill says so in every form.

use serde_json::{Value, json};

use crate::closing::{bill, house};
use crate::program::Desk;

/// Readings of the house and its flats for thirteen months: 5 and 6 m³ a month, 1 m³ beside them.
fn readings() -> String {
    let mut text =
        "Заводской номер;Ресурс;Показание;Дата снятия;Дата передачи;Источник\n".to_owned();
    for month in 0..14_u32 {
        let (year, calendar) = (2025 + (month + 6) / 12, (month + 6) % 12 + 1);
        let day = format!("23.{calendar:02}.{year}");
        let (input, one, two) = (909 + 12 * month, 60 + 5 * month, 150 + 6 * month);
        text.push_str(&format!(
            "90001;ХВС;{input};{day} 00:00;{day} 07:00;архив\n\
             10001;ХВС;{one};{day} 20:00;{day} 20:05;житель\n\
             10002;ХВС;{two};{day} 20:00;{day} 20:05;житель\n"
        ));
    }
    text
}

/// A year of bills: 20 roubles a cubic metre in 2025, 40 in 2026.
async fn desk() -> Desk {
    let desk = Desk::new().await;
    let mut house = house();
    let mut old = house["tariffs"][0].clone();
    old["rate"]["price"] = json!("20");
    old["from"] = json!("2025-01-01");
    old["until"] = json!("2026-01-01");
    let tariffs = house["tariffs"].as_array_mut().expect("tariffs");
    tariffs.push(old);
    let file = desk.file("house.json", house.to_string());
    desk.run(&["import".as_ref(), "house".as_ref(), file.as_path()])
        .expect(0);
    let file = desk.file("r.csv", readings());
    desk.run(&["import".as_ref(), "readings".as_ref(), file.as_path()])
        .expect(0);
    desk
}

fn close_year(desk: &Desk) {
    for month in 0..13_u32 {
        let (year, calendar) = (2025 + (month + 7) / 12, (month + 7) % 12 + 1);
        let period = format!("{year}-{calendar:02}");
        desk.run(&["close", "Закрытая", &period]).expect(0);
    }
}

fn act() -> [&'static str; 4] {
    ["--act", "15-Р", "--act-date", "2026-09-03"]
}

fn agree(desk: &Desk, period: &str, more: &[&str]) -> crate::program::Said {
    let charge = ["instalments", "agree", "700001", period, "cold_water"];
    desk.run(&[&charge[..], &act()[..], more].concat())
}

fn to_pay(told: &Value) -> &str {
    told["document"]["to_pay"].as_str().expect("an amount")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grown_charge_is_paid_in_twelve_parts_and_the_rest_at_once_when_it_ends() {
    let desk = desk().await;
    let unanswered = agree(&desk, "2026-08", &[]).expect(1);
    assert!(unanswered.contains("rules confirm"), "{unanswered}");
    desk.confirm_rules();
    close_year(&desk);
    let before = bill(&desk, "700001", "2026-08", &[]);
    assert_eq!(to_pay(&before), "220.00", "5 m³ and half of 1 m³ at 40");

    let refused = agree(&desk, "2026-07", &[]).expect(1);
    assert!(refused.contains("права на рассрочку"), "{refused}");
    let refused = agree(&desk, "2026-08", &["--parts", "13"]).expect(1);
    assert!(refused.contains("не больше чем на 12"), "{refused}");
    agree(&desk, "2026-08", &[]).expect(0);
    let again = agree(&desk, "2026-08", &[]).expect(0);
    assert!(again.contains("ничего нового"), "{again}");
    let second = agree(&desk, "2026-08", &["--parts", "6"]).expect(1);
    assert!(second.contains("уже оформлена"), "{second}");

    // 220.00 in twelve parts: 18.33 and four kopecks left for the first four.
    let after = bill(&desk, "700001", "2026-08", &[]);
    assert_eq!(to_pay(&after), "18.34");
    assert_eq!(after["document"]["total"], "220.00");
    let parts = after["document"]["schedules"][0]["parts"].as_array();
    assert_eq!(parts.map(Vec::len), Some(12));
    let page = desk
        .run(&["bill", "700001", "2026-08", "--format", "html"])
        .expect(0);
    assert!(page.contains("заявление № 15-Р") && page.contains("в этом счёте"));
    let text = desk.run(&["bill", "700001", "2026-08"]).expect(0);
    assert!(text.contains("июль 2027: 18,33"), "{text}");

    let end = ["instalments", "end", "700001", "2026-08", "cold_water"];
    desk.run(&[&end[..], &act()[..], &["--from", "2026-08"]].concat())
        .expect(0);
    assert_eq!(to_pay(&bill(&desk, "700001", "2026-08", &[])), "220.00");
}
