//! Настройки: how pages look, and who is signed in.

use askama::Template;
use axum::extract::State;

use crate::sites::Front;
use crate::sites::answer::{Answer, page};
use crate::sites::front::Signed;
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::Shell;

#[derive(Template)]
#[template(path = "sites/resident/settings.html", config = ".askama.toml")]
struct SettingsPage {
    shell: Shell,
}

/// `GET /settings`
pub(super) async fn show(State(front): State<Front>, signed: Signed) -> Answer {
    let homes = Home::all(&front, &signed).await?;
    let mut shell = Shell::new(&signed, None, &homes, "", "Настройки");
    shell.section = "settings";
    page(&SettingsPage { shell })
}
