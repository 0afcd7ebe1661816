//! Taking in readings over HTTP.

use std::sync::Arc;

use aggregates::ids::{BookId, MeterId};
use aggregates::ledger::EventId;
use aggregates::meter::reading::{Finding, Proposal, RegisterValue};
use aggregates::meter::submission::{Choice, Confirmation};
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use aggregates::vocabulary::ReadingSource;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use projections::directory::fold::Directory;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::api::extract::{Address, Writing};
use crate::api::fault::{Fault, FieldError};
use crate::api::replay;
use crate::api::write::{ReceiptBody, answer, origin, write};
use crate::figures::{directory, meters_called};
use crate::readings::{self, Answer, AnswerStatus, Entry};
use crate::store::unit::UnitOfWork;
use crate::store::{Ledger, Request};

/// Most readings in one request; more belong into several, or into an imported file.
pub(super) const READINGS_MAX: usize = 1000;

/// Readings on their way in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadingsBody {
    /// 1 to [`READINGS_MAX`], judged in this order and recorded together.
    readings: Vec<ReadingBody>,
}

/// One reading.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadingBody {
    /// Id or заводской номер.
    meter: String,
    /// What the registers showed.
    values: Vec<RegisterValue>,
    /// When.
    taken_at: DateTime<Utc>,
    /// Who reports.
    source: ReadingSource,
    /// By which way; `api` where nothing is said.
    #[serde(default)]
    channel: Option<Code>,
    /// Number of the лицевой счёт it is sent from.
    #[serde(default)]
    account: Option<String>,
    /// The held reading that it answers.
    #[serde(default)]
    confirms: Option<ConfirmsBody>,
}

/// An answer to a held reading.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfirmsBody {
    /// Number of the held reading in the meter's stream.
    held: u64,
    /// What is said of it.
    choice: Choice,
}

/// What became of the readings.
#[derive(Serialize)]
struct TakenBody {
    readings: Vec<AnswerBody>,
    /// Events that remind of meters of the same premises that were not read (V18).
    reminders: Vec<EventId>,
    receipt: ReceiptBody,
}

/// What became of one reading.
#[derive(Debug, Serialize)]
pub(super) struct AnswerBody {
    meter: MeterId,
    status: AnswerStatus,
    title: &'static str,
    /// The event that carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventId>,
    /// Its number in the meter's stream, by which it is corrected, withdrawn or confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<Period>,
    findings: Vec<Finding>,
    proposals: Vec<Proposal>,
    messages: Vec<String>,
}

impl AnswerBody {
    pub(super) fn new(meter: MeterId, answer: Answer) -> Self {
        Self {
            meter,
            status: answer.status,
            title: answer.status.title_ru(),
            sequence: Some(answer.event.sequence),
            event: Some(answer.event),
            period: answer.period,
            findings: answer.findings,
            proposals: answer.proposals,
            messages: answer.messages,
        }
    }

    /// A reading that was here already; `first` is the event that carries it.
    pub(super) fn repeated(meter: MeterId, first: Option<EventId>) -> Self {
        Self {
            meter,
            status: AnswerStatus::Repeated,
            title: AnswerStatus::Repeated.title_ru(),
            sequence: first.as_ref().map(|event| event.sequence),
            event: first,
            period: None,
            findings: Vec::new(),
            proposals: Vec::new(),
            messages: vec![readings::REPEATED_RU.to_owned()],
        }
    }
}

/// `POST /api/v1/books/{book}/readings`
pub(super) async fn record(
    State(api): State<Api>,
    Address(book): Address<BookId>,
    writing: Writing<ReadingsBody>,
) -> Result<Response, Fault> {
    check_count(writing.body.readings.len())?;
    let Writing {
        body,
        request,
        received_at,
    } = writing;
    let sent = Arc::new(Sent {
        readings: body.readings,
        request,
        received_at,
    });
    let commands = Arc::clone(&sent);
    let completed = write(&api, book, sent.request.as_ref(), move |unit| {
        let sent = Arc::clone(&commands);
        Box::pin(async move { take_in(unit, book, &sent).await })
    });
    let completed = completed.await?;
    let receipt = ReceiptBody::from(&completed.receipt);
    let (readings, reminders) = match completed.value {
        Some(taken) => taken,
        None => {
            let before = completed.receipt.first - 1;
            let directory = directory(&api.ledger, book, before).await?;
            let entries = sent.entries(&directory)?;
            replay::answers(&api.ledger, &completed.receipt, &entries).await?
        }
    };
    let body = TakenBody {
        readings,
        reminders,
        receipt,
    };
    Ok(answer(&completed.receipt, &body))
}

fn check_count(count: usize) -> Result<(), Fault> {
    if (1..=READINGS_MAX).contains(&count) {
        return Ok(());
    }
    let detail = format!("показаний {count}; в одном запросе бывает от 1 до {READINGS_MAX}");
    Err(Fault::BadRequest {
        detail: detail.clone(),
        errors: vec![FieldError::new("readings", detail)],
    })
}

/// Records all readings, or refuses all of them.
async fn take_in(
    unit: &mut UnitOfWork,
    book: BookId,
    sent: &Sent,
) -> Result<(Vec<AnswerBody>, Vec<EventId>), Fault> {
    unit.describe("command", "record_readings");
    let directory = present_directory(unit.ledger(), book).await?;
    let entries = sent.entries(&directory)?;
    let outcomes = readings::record(unit, book, &directory, &entries).await?;
    let mut recorded = Vec::with_capacity(entries.len());
    let mut errors = Vec::new();
    for (index, (entry, outcome)) in entries.into_iter().zip(outcomes).enumerate() {
        match outcome {
            Ok(answer) => recorded.push((entry, answer)),
            Err(refusal) => errors.push(FieldError::new(format!("readings[{index}]"), refusal)),
        }
    }
    if !errors.is_empty() {
        return Err(refused(errors));
    }
    let reminders = readings::note_missing(unit, &directory, &recorded).await?;
    let answers = recorded
        .into_iter()
        .map(|(entry, answer)| AnswerBody::new(entry.meter, answer));
    Ok((answers.collect(), reminders))
}

async fn present_directory(ledger: &Ledger, book: BookId) -> Result<Directory, Fault> {
    let head = ledger.head(book.0).await?;
    Ok(directory(ledger, book, head.position).await?)
}

fn refused(errors: Vec<FieldError>) -> Fault {
    Fault::Refused {
        detail: "ни одно показание запроса не записано; исправьте или уберите отмеченные и \
                 отправьте снова"
            .to_owned(),
        errors,
    }
}

/// The readings of one request.
struct Sent {
    readings: Vec<ReadingBody>,
    request: Option<Request>,
    received_at: DateTime<Utc>,
}

impl Sent {
    /// The readings with what they name found in the book.
    fn entries(&self, directory: &Directory) -> Result<Vec<Entry>, Fault> {
        let mut entries = Vec::with_capacity(self.readings.len());
        let mut errors = Vec::new();
        for (index, reading) in self.readings.iter().enumerate() {
            match self.entry(directory, index, reading) {
                Ok(entry) => entries.push(entry),
                Err(FieldError { field, detail }) => {
                    errors.push(FieldError::new(
                        format!("readings[{index}].{field}"),
                        detail,
                    ));
                }
            }
        }
        match errors.is_empty() {
            true => Ok(entries),
            false => Err(refused(errors)),
        }
    }

    fn entry(
        &self,
        directory: &Directory,
        index: usize,
        reading: &ReadingBody,
    ) -> Result<Entry, FieldError> {
        let account = match reading.account.as_deref() {
            None => None,
            Some(number) => Some(directory.account(number.trim()).ok_or_else(|| {
                FieldError::new("account", "лицевого счёта с таким номером в доме нет")
            })?),
        };
        let channel = match &reading.channel {
            Some(channel) => channel.clone(),
            None => Code::new("api").map_err(|error| FieldError::new("channel", error))?,
        };
        let origin = self.request.as_ref().map(|request| origin(request, index));
        let origin = origin
            .map(Label::new)
            .transpose()
            .map_err(|error| FieldError::new("meter", error))?;
        Ok(Entry {
            meter: find_meter(directory, &reading.meter)?,
            values: reading.values.clone(),
            taken_at: reading.taken_at,
            received_at: self.received_at,
            source: reading.source,
            channel,
            account,
            origin,
            act: None,
            confirms: reading.confirms.as_ref().map(|confirms| Confirmation {
                held: confirms.held,
                choice: confirms.choice,
            }),
        })
    }
}

fn find_meter(directory: &Directory, text: &str) -> Result<MeterId, FieldError> {
    let called = meters_called(directory, text);
    let mut known = called
        .into_iter()
        .filter(|id| directory.meter(*id).is_some());
    match (known.next(), known.next()) {
        (Some(meter), None) => Ok(meter),
        (None, _) => Err(FieldError::new(
            "meter",
            "прибора с таким номером или идентификатором в доме нет; сверьтесь с GET …/meters",
        )),
        (Some(_), Some(_)) => Err(FieldError::new(
            "meter",
            "этот номер носят несколько приборов дома; укажите идентификатор из GET …/meters",
        )),
    }
}
