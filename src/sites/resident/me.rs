//! The person's own page: who is signed in, to what, and how to sign out everywhere.

use askama::Template;
use axum::extract::State;

use crate::sites::answer::{Answer, page, see};
use crate::sites::front::Signed;
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::{Shell, door};
use crate::sites::{Front, format};

#[derive(Template)]
#[template(path = "sites/resident/me.html", config = ".askama.toml")]
struct MePage {
    shell: Shell,
    name: String,
    phone: String,
    email: String,
    homes: Vec<Relation>,
    until: String,
}

struct Relation {
    href: String,
    title: String,
    role: &'static str,
    since: String,
}

/// `GET /me`
pub(super) async fn show(State(front): State<Front>, signed: Signed) -> Answer {
    let homes = Home::all(&front, &signed).await?;
    let relation = |home: &Home| Relation {
        href: home.path(),
        title: format!("{}, {}", home.address, door(&home.number)),
        role: home.role.title_ru(),
        since: format::day_long(home.since),
    };
    let unknown = || "не указан".to_owned();
    let until = homes.first().map(|home| home.zone);
    let until = until.map(|zone| format::moment_long(signed.session.expires_at, zone));
    let mut shell = Shell::new(&signed, None, &homes, "", "Профиль");
    shell.section = "me";
    page(&MePage {
        shell,
        name: signed.profile.name.clone(),
        phone: signed.profile.phone.clone().unwrap_or_else(unknown),
        email: signed.profile.email.clone().unwrap_or_else(unknown),
        homes: homes.iter().map(relation).collect(),
        until: until.unwrap_or_else(|| "месяц".to_owned()),
    })
}

/// `POST /me/sessions`: ends every session of the person, this one too.
pub(super) async fn sign_out_everywhere(State(front): State<Front>, signed: Signed) -> Answer {
    let person = signed.viewer.person();
    front.people.sign_out_everywhere(person).await?;
    see("/login")
}
