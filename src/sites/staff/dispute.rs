//! One dispute of a house: what both sides said, and the answer.

use aggregates::dispute::event::{DisputeOutcome, DisputeRemedy, DisputeSide};
use aggregates::ids::{CorrectionId, DisputeId, NoteId};
use aggregates::text::Code;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use futures_util::FutureExt;
use projections::disputes::DisputeCard;
use uuid::Uuid;

use crate::access::policy::Right;
use crate::operations::{Decision, OperationError, decide_dispute, disputes_of, say_in_dispute};
use crate::sites::Front;
use crate::sites::answer::{Answer, page, see};
use crate::sites::dispute_view::DisputeView;
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::house::found_account;
use crate::sites::staff::house::{Head, HousePage};
use crate::sites::staff::shell::{Shell, actor};
use crate::sites::taking::{Fields, field, new_key, request};

#[derive(Template)]
#[template(path = "sites/staff/dispute.html", config = ".askama.toml")]
struct DisputePage {
    shell: Shell,
    head: Head,
    path: String,
    action: String,
    view: DisputeView,
    premises: String,
    may_answer: bool,
    outcomes: Vec<(&'static str, &'static str)>,
    key: String,
    decision_key: String,
}

const OUTCOMES: [(DisputeOutcome, &str); 3] = [
    (DisputeOutcome::Upheld, "upheld"),
    (DisputeOutcome::PartlyUpheld, "partly_upheld"),
    (DisputeOutcome::Rejected, "rejected"),
];

async fn named(front: &Front, house: &HousePage, id: Uuid) -> Result<DisputeCard, SiteError> {
    let disputes = disputes_of(front.ledger(), house.book(), house.seen.until).await?;
    let found = disputes.get(DisputeId(id)).cloned();
    found.ok_or(SiteError::NotFound)
}

/// `GET /houses/{book}/disputes/{dispute}`
pub(super) async fn show(
    State(front): State<Front>,
    signed: Signed,
    Path((book, dispute)): Path<(Uuid, Uuid)>,
) -> Answer {
    let house = HousePage::open(&front, &signed, (book, Right::SeeDisputes), "").await?;
    let card = named(&front, &house, dispute).await?;
    let account = card.opened.subject.account;
    let found = found_account(house.place(), &house.directory, account);
    let found = found.ok_or(SiteError::NotFound)?;
    let clock = (house.zone(), house.today());
    page(&DisputePage {
        view: DisputeView::of(&front, &card, &found, clock).await?,
        premises: found.premises,
        may_answer: signed
            .viewer
            .house(house.book(), Right::AnswerDisputes)
            .is_ok(),
        outcomes: OUTCOMES
            .iter()
            .map(|(outcome, code)| (*code, outcome.title_ru()))
            .collect(),
        action: format!("{}/disputes/{}", house.path, card.id),
        path: house.path.clone(),
        key: new_key(),
        decision_key: new_key(),
        head: house.head(&signed, ""),
        shell: Shell::new(&signed, "disputes", "Спор"),
    })
}

/// `POST /houses/{book}/disputes/{dispute}`
pub(super) async fn act(
    State(front): State<Front>,
    signed: Signed,
    Path((book, dispute)): Path<(Uuid, Uuid)>,
    Form(fields): Form<Fields>,
) -> Answer {
    let house = HousePage::open(&front, &signed, (book, Right::AnswerDisputes), "").await?;
    let id = named(&front, &house, dispute).await?.id;
    let (actor, request) = (actor(&signed)?, request(&fields, "answer_dispute")?);
    let words = field(&fields, "text").trim();
    if words.is_empty() {
        let why = "напишите ответ: без слов житель его не поймёт".to_owned();
        return Err(SiteError::BadRequest(why));
    }
    let ended = match field(&fields, "act") {
        "decide" => Some(ended(&fields)?),
        _ => None,
    };
    let by = Code::new(actor.as_str()).map_err(SiteError::internal)?;
    let note = NoteId::named(house.book(), request.key());
    let person = signed.viewer.person();
    let note = front.people.keep_note(person, note, words).await?;
    let on = house.today();
    let done = front
        .ledger()
        .run(house.book().0, &actor, Some(&request), move |unit| {
            let (by, note) = (by.clone(), note.clone());
            async move {
                let Some((outcome, remedy)) = ended else {
                    return say_in_dispute(unit, id, (DisputeSide::Provider, by), note).await;
                };
                let decision = Decision {
                    outcome,
                    remedy,
                    on,
                    by,
                    note,
                };
                decide_dispute(unit, id, decision).await
            }
            .boxed()
        });
    done.await.map_err(SiteError::from_run::<OperationError>)?;
    see(&format!("{}/disputes/{id}", house.path))
}

/// Who is right and how it is put right, as the form has it.
fn ended(fields: &Fields) -> Result<(DisputeOutcome, Option<DisputeRemedy>), SiteError> {
    let wrong = |why: &str| SiteError::BadRequest(why.to_owned());
    let asked = field(fields, "outcome");
    let found = OUTCOMES.iter().find(|(_, code)| *code == asked);
    let (outcome, _) = found.ok_or_else(|| wrong("выберите, чем решён спор"))?;
    let remedy = match (*outcome, field(fields, "correction").trim()) {
        (DisputeOutcome::Rejected, _) => None,
        (_, "") => Some(DisputeRemedy::Recorded),
        (_, id) => {
            let id: CorrectionId = id
                .parse()
                .map_err(|_| wrong("номер исправления не разобран: скопируйте его целиком"))?;
            Some(DisputeRemedy::Correction(id))
        }
    };
    Ok((*outcome, remedy))
}
