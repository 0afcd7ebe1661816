//! The frame of every page of staff: menu by rights, who is signed in, which house.

use aggregates::access_grant::event::AccessRole;
use aggregates::ids::BookId;
use aggregates::vocabulary::Resource;
use chrono::Utc;
use projections::text;

use crate::access::policy::{HousePermit, Resources, Right};
use crate::read_models::overview::HouseAsked;
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::{assets, format};
use crate::store::Actor;

/// A line of the menu: key, title, address, right, group.
const MENU: &[(&str, &str, &str, Right, &str)] = &[
    ("summary", "Сводка", "/", Right::SeeHouse, "Сегодня"),
    (
        "closing",
        "Закрытие месяца",
        "/closing",
        Right::SeeClosing,
        "Сегодня",
    ),
    (
        "disputes",
        "Споры",
        "/disputes",
        Right::SeeDisputes,
        "Сегодня",
    ),
    ("houses", "Объекты", "/houses", Right::SeeHouse, "Учёт"),
    ("meters", "Приборы", "/meters", Right::SeeMeters, "Учёт"),
    (
        "readings",
        "Показания",
        "/readings",
        Right::SeeReadings,
        "Учёт",
    ),
    ("gaps", "Пробелы", "/gaps", Right::SeeGaps, "Учёт"),
    ("balance", "Баланс", "/balance", Right::SeeBalance, "Учёт"),
    ("journal", "Журнал", "/journal", Right::SeeJournal, "Основа"),
];

/// Who writes: an id that leads to nobody once the person is erased.
pub(super) fn actor(signed: &Signed) -> Result<Actor, SiteError> {
    Ok(Actor::new(format!("staff:{}", signed.viewer.person()))?)
}

/// What the frame shows.
pub(super) struct Shell {
    pub(super) assets: String,
    pub(super) theme: &'static str,
    pub(super) title: String,
    pub(super) menu: Vec<MenuGroup>,
    pub(super) role: &'static str,
    pub(super) name: String,
    pub(super) today: String,
    pub(super) search: String,
}

/// Lines of the menu that belong together.
pub(super) struct MenuGroup {
    pub(super) title: &'static str,
    pub(super) items: Vec<MenuItem>,
}

/// A line of the menu.
pub(super) struct MenuItem {
    pub(super) title: &'static str,
    pub(super) href: &'static str,
    pub(super) is_current: bool,
    pub(super) count: Option<String>,
}

impl Shell {
    /// The frame of the page `title`, which is `current` in the menu.
    pub(super) fn new(signed: &Signed, current: &str, title: impl Into<String>) -> Self {
        let houses = signed.viewer.houses(Right::SeeHouse);
        let zone = houses.first().map(HousePermit::zone);
        let today = zone.map(|zone| {
            let now = Utc::now();
            let day = zone.local_date(now);
            format!("{}, {}", text::day(day), format::clock(now, zone))
        });
        Self {
            assets: assets::base(),
            theme: signed.theme.attribute(),
            title: title.into(),
            menu: menu(signed, current, houses.len()),
            role: role(signed),
            name: signed.profile.name.clone(),
            today: today.unwrap_or_default(),
            search: String::new(),
        }
    }
}

fn role(signed: &Signed) -> &'static str {
    let roles = signed.viewer.staff_roles();
    roles
        .first()
        .copied()
        .map_or("нет прав", AccessRole::title_ru)
}

fn menu(signed: &Signed, current: &str, houses: usize) -> Vec<MenuGroup> {
    let mut groups: Vec<MenuGroup> = Vec::new();
    for (key, title, href, right, group) in MENU {
        if !signed.viewer.may(*right) {
            continue;
        }
        let item = MenuItem {
            title,
            href,
            is_current: *key == current,
            count: (*key == "houses").then(|| houses.to_string()),
        };
        match groups.last_mut().filter(|last| last.title == *group) {
            Some(last) => last.items.push(item),
            None => groups.push(MenuGroup {
                title: group,
                items: vec![item],
            }),
        }
    }
    groups
}

/// How the lists are asked about a house, within what may be seen of it.
pub(super) fn asked(permit: &HousePermit) -> HouseAsked {
    HouseAsked {
        book: permit.book().0,
        today: permit.zone().local_date(Utc::now()),
        resources: match permit.resources() {
            Resources::All => None,
            Resources::Only(only) => Some(only.iter().map(|one| Resource::code(*one)).collect()),
        },
    }
}

/// The permit of a book among `permits`.
pub(super) fn permit_of(permits: &[HousePermit], book: BookId) -> Option<&HousePermit> {
    permits.iter().find(|permit| permit.book() == book)
}
