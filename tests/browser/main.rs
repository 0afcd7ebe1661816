//! The sites in Debian's Chromium: what only a browser can tell. Nothing moves sideways on the
//! narrowest screen, the policy of the pages is broken by nothing on them, the script counts.
#![allow(
    clippy::panic,
    dead_code,
    unreachable_pub,
    reason = "a test may panic; helpers are shared by several binaries"
)]

#[path = "../api/house.rs"]
mod house;
#[path = "../support/sites.rs"]
mod sites;
#[path = "../support/mod.rs"]
mod support;

mod chromium;

use aggregates::access_grant::event::AccessRole;

use crate::chromium::Chromium;
use crate::house::{FLAT_1_COLD, FLAT_2_COLD, HOUSE_COLD};
use crate::sites::{Browser, Town};

/// The narrowest screen, and a desk in the dark.
const SCREENS: [(u32, &str); 2] = [(320, "light"), (1280, "dark")];

/// Opens the pages on every screen.
async fn look(chromium: &mut Chromium, base: &str, signed: &Browser, paths: &[String]) {
    let (name, value) = signed.cookie().expect("a session");
    chromium.set_cookie(base, name, value).await;
    for path in paths {
        for (width, theme) in SCREENS {
            chromium.screen(width, theme).await;
            chromium.open(&format!("{base}{path}")).await;
            let wide = chromium
                .number("document.documentElement.scrollWidth")
                .await;
            assert!(wide <= i64::from(width), "{path} is {wide} wide at {width}");
            let heads = chromium
                .number("document.querySelectorAll('h1').length")
                .await;
            assert_eq!(heads, 1, "{path}: one heading");
        }
    }
    assert_eq!(chromium.complaints(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_moves_sideways_or_breaks_its_policy() {
    let mut town = Town::start().await;
    town.read(&[
        (HOUSE_COLD, "100"),
        (FLAT_1_COLD, "40.012"),
        (FLAT_2_COLD, "50.012"),
    ])
    .await;
    town.lists().await;
    let mut chromium = Chromium::start().await;
    let accountant = town.staff(AccessRole::ChiefAccountant).await;
    let at = format!("/houses/{}", town.house);
    let pages = [
        "",
        "/meters",
        "/readings",
        "/entry",
        "/gaps",
        "/balance",
        "/journal",
    ];
    let mut paths: Vec<String> = pages.iter().map(|rest| format!("{at}{rest}")).collect();
    paths.extend([
        "/".to_owned(),
        "/houses".to_owned(),
        "/disputes".to_owned(),
        format!("{at}?known_at=9"),
    ]);
    look(&mut chromium, &town.staff, &accountant, &paths).await;
    let mut owner = town.owner("1").await;
    let home = owner
        .get("/")
        .await
        .expect(303)
        .header("location")
        .to_owned();
    let pages = [
        "",
        "/submit",
        "/history",
        "/bills",
        "/house",
        "/journal",
        "/receipts",
        "/disputes",
    ];
    let mut paths: Vec<String> = pages.iter().map(|rest| format!("{home}{rest}")).collect();
    paths.extend(["/me", "/service", "/smart", "/settings"].map(str::to_owned));
    look(&mut chromium, &town.residents, &owner, &paths).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_difference_is_told_while_typing() {
    let mut town = Town::start().await;
    let mut owner = town.owner("1").await;
    let home = owner
        .get("/")
        .await
        .expect(303)
        .header("location")
        .to_owned();
    let mut chromium = Chromium::start().await;
    let (name, value) = owner.cookie().expect("a session");
    chromium.set_cookie(&town.residents, name, value).await;
    chromium.screen(390, "light").await;
    chromium
        .open(&format!("{}{home}/submit", town.residents))
        .await;
    let type_in = |value: &str| {
        format!(
            "(() => {{ const i = document.querySelector('[data-previous]'); i.value = '{value}'; \
             i.dispatchEvent(new Event('input')); \
             return document.querySelector('output').textContent; }})()"
        )
    };
    let used = chromium.text(&type_in("5,512")).await;
    assert!(used.starts_with("Расход 5,500"), "{used}");
    let below = chromium.text(&type_in("0,001")).await;
    assert!(below.starts_with("Меньше прошлого на 0,011"), "{below}");
    assert_eq!(chromium.complaints(), Vec::<String>::new());
}
