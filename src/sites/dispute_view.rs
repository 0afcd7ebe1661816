//! A dispute as both sites show it: the same figure, the same words, the same order.

use aggregates::account::bill::{BillLine, LineKind};
use aggregates::dispute::event::{DisputeRemedy, DisputeSide};
use aggregates::vocabulary::NoteRef;
use chrono::{DateTime, NaiveDate, Utc};
use projections::bills::IssuedBill;
use projections::bills::text::line_title;
use projections::disputes::{DisputeCard, DisputeEnd, DisputeState};
use projections::text;

use crate::access::notes::Note;
use crate::bills;
use crate::figures::FoundAccount;
use crate::sites::error::SiteError;
use crate::sites::{Front, format};
use aggregates::time::ZoneName;

/// A dispute, ready to be shown.
pub(super) struct DisputeView {
    /// `Холодная вода, 1 600,00 ₽`.
    pub(super) title: String,
    pub(super) month: String,
    pub(super) account: String,
    pub(super) claim: &'static str,
    pub(super) state: String,
    pub(super) tag: &'static str,
    /// Up to which event of the book the evidence is.
    pub(super) frozen_at: u64,
    pub(super) due: String,
    pub(super) entries: Vec<EntryView>,
    pub(super) is_open: bool,
    /// What later bills adjusted of the figure.
    pub(super) adjusted: Vec<String>,
}

/// What one of the sides said.
pub(super) struct EntryView {
    pub(super) who: &'static str,
    pub(super) what: String,
    pub(super) at: String,
    pub(super) words: Vec<String>,
    pub(super) warning: Option<&'static str>,
    pub(super) place: u64,
}

/// State of a dispute in short: words and the class of their tag.
pub(super) fn state(card: &DisputeCard, today: NaiveDate) -> (String, &'static str) {
    let days = |count: i64| {
        let count = u64::try_from(count).unwrap_or_default();
        format::counted(count, ["день", "дня", "дней"])
    };
    match card.state_on(today) {
        DisputeState::Waiting(0) => ("ответ сегодня".to_owned(), "ek-tag--warn"),
        DisputeState::Waiting(left) => (format!("ответ через {}", days(left)), "ek-tag--info"),
        DisputeState::Late(late) => (format!("ответ просрочен на {}", days(late)), "ek-tag--bad"),
        DisputeState::Decided(outcome) => (outcome.title_ru().to_owned(), "ek-tag--ok"),
        DisputeState::Withdrawn => ("отозван".to_owned(), ""),
    }
}

/// The line of a bill that is contested, as the bill has it.
pub(super) fn contested<'b>(card: &DisputeCard, issued: &'b [IssuedBill]) -> Option<&'b BillLine> {
    let subject = &card.opened.subject;
    let of_period = issued
        .iter()
        .filter(|bill| bill.bill.period == subject.period);
    let mut lines = of_period.flat_map(|bill| &bill.bill.lines);
    lines.find(|line| Some(&line.charge) == subject.charge.as_ref())
}

/// `Холодная вода: 1 600,00 ₽`.
pub(super) fn title(card: &DisputeCard, issued: &[IssuedBill]) -> String {
    let amount = card.opened.subject.amount;
    match contested(card, issued) {
        Some(line) => format!("{}: {amount}", line_title(line)),
        None => format!("Счёт: {amount}"),
    }
}

impl DisputeView {
    /// `card` of the account `found`, as it is seen today by the clock of its house.
    pub(super) async fn of(
        front: &Front,
        card: &DisputeCard,
        found: &FoundAccount,
        (zone, today): (ZoneName, NaiveDate),
    ) -> Result<Self, SiteError> {
        let issued = bills::issued(front.ledger(), found).await?;
        let (state, tag) = state(card, today);
        let subject = &card.opened.subject;
        Ok(Self {
            title: title(card, &issued),
            month: subject.period.title_ru(),
            account: found.number.clone(),
            claim: card.opened.claim.title_ru(),
            state,
            tag,
            frozen_at: subject.frozen_at,
            due: text::day(card.opened.answer_due),
            entries: entries(front, card, (zone, today)).await?,
            is_open: card.is_open(),
            adjusted: adjusted(card, &issued),
        })
    }
}

/// Everything that was said, in the order of the book.
async fn entries(
    front: &Front,
    card: &DisputeCard,
    clock: (ZoneName, NaiveDate),
) -> Result<Vec<EntryView>, SiteError> {
    let opened = (card.recorded_at, card.event.position);
    let claim = format!("Оспорено: {}", card.opened.claim.title_ru());
    let mut entries = vec![
        entry(
            front,
            ("Житель", claim),
            opened,
            (card.opened.note.as_ref(), clock),
        )
        .await?,
    ];
    for said in &card.statements {
        let who = match said.side {
            DisputeSide::Resident => "Житель",
            DisputeSide::Provider => "Исполнитель",
        };
        let at = (said.recorded_at, said.event.position);
        let words = (Some(&said.note), clock);
        entries.push(entry(front, (who, String::new()), at, words).await?);
    }
    match &card.end {
        Some(DisputeEnd::Decided {
            outcome,
            remedy,
            note,
            event,
            recorded_at,
            ..
        }) => {
            let what = format!("Спор {}{}", outcome.title_ru(), remedied(*remedy));
            let at = (*recorded_at, event.position);
            entries.push(entry(front, ("Исполнитель", what), at, (Some(note), clock)).await?);
        }
        Some(DisputeEnd::Withdrawn { event, recorded_at }) => {
            let what = "Спор отозван".to_owned();
            let at = (*recorded_at, event.position);
            entries.push(entry(front, ("Житель", what), at, (None, clock)).await?);
        }
        None => {}
    }
    Ok(entries)
}

fn remedied(remedy: Option<DisputeRemedy>) -> String {
    match remedy {
        None => String::new(),
        Some(DisputeRemedy::Correction(id)) => format!(": исправление {id}"),
        Some(DisputeRemedy::Recorded) => {
            ": верные сведения записаны, перерасчёт придёт в следующем счёте".to_owned()
        }
    }
}

async fn entry(
    front: &Front,
    (who, what): (&'static str, String),
    (recorded_at, place): (DateTime<Utc>, u64),
    (note, (zone, today)): (Option<&NoteRef>, (ZoneName, NaiveDate)),
) -> Result<EntryView, SiteError> {
    let told = match note {
        Some(note) => Some(front.people.note(note).await?),
        None => None,
    };
    let (words, warning) = match told {
        None => (Vec::new(), None),
        Some(Note::Words(words)) => (words.lines().map(str::to_owned).collect(), None),
        Some(Note::Erased) => (
            Vec::new(),
            Some("Текст удалён вместе с данными человека; запись о нём в журнале осталась."),
        ),
        Some(Note::Altered) => (
            Vec::new(),
            Some("Сохранённый текст — не тот, что записан в журнале: ему нельзя верить."),
        ),
    };
    Ok(EntryView {
        who,
        what,
        at: format::moment(recorded_at, zone, today),
        words,
        warning,
        place,
    })
}

/// Adjustments of the same service and month in later bills.
fn adjusted(card: &DisputeCard, issued: &[IssuedBill]) -> Vec<String> {
    let subject = &card.opened.subject;
    let resource = subject.charge.as_ref().map(|charge| charge.resource);
    let is_later = |bill: &&IssuedBill| bill.event.position > card.event.position;
    let mut told = Vec::new();
    for bill in issued.iter().filter(is_later) {
        let adjusts = |line: &&BillLine| {
            line.kind == LineKind::Adjustment
                && line.period == subject.period
                && resource.is_none_or(|resource| line.charge.resource == resource)
        };
        for line in bill.bill.lines.iter().filter(adjusts) {
            told.push(format!(
                "в счёте за {}: {} ({})",
                bill.bill.period.title_ru(),
                line.amount,
                line_title(line)
            ));
        }
    }
    told
}
