//! Споры of one's premises: the list, and one of them with everything that was said.

use aggregates::dispute::event::DisputeSide;
use aggregates::ids::{AccountId, DisputeId, NoteId};
use aggregates::text::Code;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use futures_util::FutureExt;
use projections::disputes::{DisputeCard, Disputes};
use projections::text;
use uuid::Uuid;

use crate::bills;
use crate::operations::{OperationError, disputes_of, say_in_dispute, withdraw_dispute};
use crate::sites::answer::{Answer, page, see};
use crate::sites::dispute_view::{DisputeView, state, title};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::resident::home::Home;
use crate::sites::resident::shell::Shell;
use crate::sites::resident::submit::actor;
use crate::sites::taking::{Fields, field, new_key, request};
use crate::sites::{Front, format};

#[derive(Template)]
#[template(path = "sites/resident/disputes.html", config = ".askama.toml")]
struct DisputesPage {
    shell: Shell,
    path: String,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    title: String,
    month: String,
    opened: String,
    due: String,
    state: String,
    tag: &'static str,
}

#[derive(Template)]
#[template(path = "sites/resident/dispute.html", config = ".askama.toml")]
struct DisputePage {
    shell: Shell,
    path: String,
    action: String,
    view: DisputeView,
    key: String,
    withdrawal_key: String,
    is_own: bool,
}

/// The disputes about one's own accounts.
pub(super) async fn own(front: &Front, home: &Home) -> Result<Vec<DisputeCard>, SiteError> {
    let all: Disputes = disputes_of(front.ledger(), home.book, home.head).await?;
    let is_own = |account: AccountId| home.accounts.iter().any(|(_, own)| *own == account);
    let all = all.in_order().into_iter();
    let own = all.filter(|card| is_own(card.opened.subject.account));
    Ok(own.cloned().collect())
}

/// What the page of services says of them.
pub(super) async fn summary(front: &Front, home: &Home) -> Result<String, SiteError> {
    let own = own(front, home).await?;
    let open = own.iter().filter(|card| card.is_open()).count();
    Ok(match (own.len(), open) {
        (0, _) => "Споров нет. Любую сумму счёта можно оспорить со страницы «Почему такая цифра»."
            .to_owned(),
        (all, open) => format!("Всего {all}, ждут ответа {open}."),
    })
}

fn shell(signed: &Signed, homes: &[Home], title: &str) -> Shell {
    let mut shell = Shell::new(signed, None, homes, "", title);
    shell.section = "service";
    shell
}

/// `GET /home/{premises}/disputes`
pub(super) async fn list(
    State(front): State<Front>,
    signed: Signed,
    Path(premises): Path<Uuid>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let mut rows = Vec::new();
    for card in own(&front, &home).await? {
        let found = home.found_account(card.opened.subject.account);
        let found = found.ok_or(SiteError::NotFound)?;
        let issued = bills::issued(front.ledger(), &found).await?;
        let (state, tag) = state(&card, home.today());
        rows.push(Row {
            href: format!("{}/disputes/{}", home.path(), card.id),
            title: title(&card, &issued),
            month: card.opened.subject.period.title_ru(),
            opened: format::moment(card.recorded_at, home.zone, home.today()),
            due: text::day(card.opened.answer_due),
            state,
            tag,
        });
    }
    page(&DisputesPage {
        path: home.path(),
        rows,
        shell: shell(&signed, &homes, "Споры"),
    })
}

/// The one that the address names, if it is about one's own account.
async fn named(front: &Front, home: &Home, id: Uuid) -> Result<DisputeCard, SiteError> {
    let own = own(front, home).await?;
    let found = own.into_iter().find(|card| card.id == DisputeId(id));
    found.ok_or(SiteError::NotFound)
}

/// `GET /home/{premises}/disputes/{dispute}`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path((premises, dispute)): Path<(Uuid, Uuid)>,
) -> Answer {
    let (home, homes) = Home::open(&front, &signed, premises).await?;
    let card = named(&front, &home, dispute).await?;
    let found = home.found_account(card.opened.subject.account);
    let found = found.ok_or(SiteError::NotFound)?;
    let clock = (home.zone, home.today());
    page(&DisputePage {
        path: home.path(),
        action: format!("{}/disputes/{}", home.path(), card.id),
        view: DisputeView::of(&front, &card, &found, clock).await?,
        key: new_key(),
        withdrawal_key: new_key(),
        is_own: card.opened.by.as_str() == actor(&signed)?.as_str(),
        shell: shell(&signed, &homes, "Спор"),
    })
}

/// `POST /home/{premises}/disputes/{dispute}`
pub(super) async fn act(
    State(front): State<Front>,
    signed: Signed,
    Path((premises, dispute)): Path<(Uuid, Uuid)>,
    Form(fields): Form<Fields>,
) -> Answer {
    let (home, _) = Home::open(&front, &signed, premises).await?;
    let id = named(&front, &home, dispute).await?.id;
    let (actor, request) = (actor(&signed)?, request(&fields, "act_in_dispute")?);
    let by = Code::new(actor.as_str()).map_err(SiteError::internal)?;
    let note = match (field(&fields, "act"), field(&fields, "text").trim()) {
        ("withdraw", _) => None,
        (_, "") => return Err(SiteError::BadRequest("напишите, что добавить".to_owned())),
        (_, words) => {
            let note = NoteId::named(home.book, request.key());
            let person = signed.viewer.person();
            Some(front.people.keep_note(person, note, words).await?)
        }
    };
    let done = front
        .ledger()
        .run(home.book.0, &actor, Some(&request), move |unit| {
            let (by, note) = (by.clone(), note.clone());
            async move {
                match note {
                    None => withdraw_dispute(unit, id, by).await,
                    Some(note) => say_in_dispute(unit, id, (DisputeSide::Resident, by), note).await,
                }
            }
            .boxed()
        });
    done.await.map_err(SiteError::from_run::<OperationError>)?;
    see(&format!("{}/disputes/{id}", home.path()))
}
