//! The frame of every page of residents: five words, the same on all devices.

use askama::Template;

use crate::sites::assets;
use crate::sites::front::Signed;
use crate::sites::resident::home::Home;

/// The pages of «Данные»: key, title, rest of the address.
const STRIP: &[(&str, &str, &str)] = &[
    ("meters", "Счётчики", ""),
    ("history", "История", "/history"),
    ("bills", "Счёт", "/bills"),
    ("house", "Дом", "/house"),
    ("journal", "Журнал", "/journal"),
    ("receipts", "Квитанции о приёме", "/receipts"),
];

/// What the frame shows.
pub(super) struct Shell {
    pub(super) assets: String,
    pub(super) theme: &'static str,
    pub(super) title: String,
    pub(super) name: String,
    pub(super) data: String,
    pub(super) section: &'static str,
    pub(super) home: Option<String>,
    pub(super) homes: Vec<HomeLink>,
    pub(super) strip: Vec<StripLink>,
}

/// Premises to change to.
pub(super) struct HomeLink {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) note: String,
    pub(super) is_current: bool,
}

/// A page of «Данные».
pub(super) struct StripLink {
    pub(super) href: String,
    pub(super) title: &'static str,
    pub(super) is_current: bool,
}

impl Shell {
    /// The frame of the page `title`; `current` is its key in «Данные».
    pub(super) fn new(
        signed: &Signed,
        home: Option<&Home>,
        homes: &[Home],
        current: &str,
        title: impl Into<String>,
    ) -> Self {
        let first = home.or(homes.first());
        let data = first.map_or_else(|| "/".to_owned(), Home::path);
        let link = |(key, title, rest): &(&str, &'static str, &str)| StripLink {
            href: format!("{data}{rest}"),
            title,
            is_current: *key == current,
        };
        let is_here = |other: &Home| home.is_some_and(|home| home.premises == other.premises);
        let home_link = |other: &Home| HomeLink {
            href: other.path(),
            title: format!("{}, {}", other.address, door(&other.number)),
            note: other.role.title_ru().to_owned(),
            is_current: is_here(other),
        };
        Self {
            assets: assets::base(),
            theme: signed.theme.attribute(),
            title: title.into(),
            name: signed.profile.short_name(),
            section: match home {
                Some(_) => "data",
                None => "",
            },
            home: first.map(|home| door(&home.number)),
            homes: homes.iter().map(home_link).collect(),
            strip: match home {
                Some(_) => STRIP.iter().map(link).collect(),
                None => Vec::new(),
            },
            data,
        }
    }
}

/// `кв. 45`; a named room keeps its name.
pub(super) fn door(number: &str) -> String {
    match number.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("кв.\u{a0}{number}"),
        false => number.to_owned(),
    }
}

/// Nothing is one's own yet.
#[derive(Template)]
#[template(path = "sites/resident/no_home.html", config = ".askama.toml")]
pub(super) struct NoHomePage {
    pub(super) shell: Shell,
}
