//! The answer to a reading that waits, and the taking back of one that does not.

use aggregates::ids::MeterId;
use aggregates::ledger::EventId;
use aggregates::meter::reading::{Reading, RegisterValue};
use aggregates::meter::submission::{Choice, Confirmation};
use aggregates::text::Label;
use axum::Form;
use axum::extract::{Path, State};
use chrono::Utc;
use futures_util::FutureExt;
use projections::directory::fold::AccountCard;
use uuid::Uuid;

use crate::operations::{OperationError, Withdrawal, withdraw_reading};
use crate::readings::Entry;
use crate::sites::Front;
use crate::sites::answer::{Answer, see};
use crate::sites::error::SiteError;
use crate::sites::front::Signed;
use crate::sites::meter_view::{Meter, meters_at};
use crate::sites::resident::home::Home;
use crate::sites::resident::receipts::WITHDRAWN;
use crate::sites::resident::submit::actor;
use crate::sites::taking::{Fields, Typed, field, origin, request, take_in, typed, web};
use crate::store::read::decode;
use crate::store::{Actor, Request};

/// `POST /home/{premises}/answer`
pub(super) async fn send(
    State(front): State<Front>,
    signed: Signed,
    Path(premises): Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Answer {
    let (home, _) = Home::open(&front, &signed, premises).await?;
    let ledger = front.ledger();
    let meters = meters_at(
        ledger,
        home.book,
        &home.directory,
        &home.points(),
        home.head,
    )
    .await?;
    let actor = actor(&signed)?;
    let request = request(&fields, "answer_reading")?;
    let target = Target::read(&front, &home, &meters, (&fields, "meter", "held")).await?;
    let done = match field(&fields, "choice") {
        "withdraw" => return withdraw(&front, &home, &target, (&actor, &request)).await,
        "as_sent" => vec![target.entry(&home, Choice::AsSent, None)?],
        "rollover" => vec![target.entry(&home, Choice::Rollover, None)?],
        "replace" => {
            let mut entries = vec![target.entry(&home, Choice::Replace, Some(&fields))?];
            if !field(&fields, "pair").is_empty() {
                let pair = (&fields, "pair", "pair_held");
                let pair = Target::read(&front, &home, &meters, pair).await?;
                entries.push(pair.entry(&home, Choice::Replace, Some(&fields))?);
            }
            entries
        }
        other => {
            return Err(SiteError::BadRequest(format!("ответ «{other}» неизвестен")));
        }
    };
    let entries = named(done, (&actor, &request))?;
    let done = take_in(ledger, home.book, (&actor, &request), entries).await?;
    match done.receipt.first <= done.receipt.last {
        true => see(&format!("{}/receipts/{}", home.path(), done.receipt.first)),
        false => see(&format!("{}/receipts", home.path())),
    }
}

/// A reading of one's own meter.
struct Target<'m> {
    meter: &'m Meter,
    sequence: u64,
    reading: Reading,
}

impl<'m> Target<'m> {
    /// The reading that the fields name, if its meter is one's own.
    async fn read(
        front: &Front,
        home: &Home,
        meters: &'m [Meter],
        (fields, meter, sequence): (&Fields, &str, &str),
    ) -> Result<Self, SiteError> {
        let id = field(fields, meter).parse::<MeterId>().ok();
        let meter = meters.iter().find(|meter| Some(meter.id) == id);
        let meter = meter.ok_or(SiteError::NotFound)?;
        let sequence: u64 = field(fields, sequence).parse().unwrap_or(0);
        let id = EventId {
            aggregate_type: "meter".to_owned(),
            aggregate_id: meter.id.0,
            sequence,
        };
        let row = front.ledger().event(home.book.0, &id).await?;
        let row = row.filter(|row| !row.erased).ok_or(SiteError::NotFound)?;
        match decode(&row)? {
            aggregates::book_event::BookEvent::Meter(event) => {
                let reading = event.reading().cloned().ok_or(SiteError::NotFound)?;
                Ok(Self {
                    meter,
                    sequence,
                    reading,
                })
            }
            _ => Err(SiteError::NotFound),
        }
    }

    /// The same reading again with what is said of it.
    fn entry(
        &self,
        home: &Home,
        choice: Choice,
        meant: Option<&Fields>,
    ) -> Result<Entry, SiteError> {
        let values: Vec<RegisterValue> = match meant {
            None => self.reading.values.clone(),
            Some(fields) => match typed(fields, self.meter.id, self.meter.registers()) {
                Typed::Values(values) => values,
                _ => {
                    let why = "значения в ответе не разобраны: откройте квитанцию заново";
                    return Err(SiteError::BadRequest(why.to_owned()));
                }
            },
        };
        let account = home.accounts.first().map(|(_, account)| AccountCard {
            account: *account,
            premises: home.premises,
        });
        Ok(Entry {
            meter: self.meter.id,
            values,
            taken_at: self.reading.taken_at,
            received_at: Utc::now(),
            source: self.reading.source,
            channel: web()?,
            account,
            origin: None,
            confirms: Some(Confirmation {
                held: self.sequence,
                choice,
            }),
            act: None,
        })
    }
}

fn named(
    entries: Vec<Entry>,
    (actor, request): (&Actor, &Request),
) -> Result<Vec<Entry>, SiteError> {
    let name = |(index, entry): (usize, Entry)| -> Result<Entry, SiteError> {
        let origin: Label = origin(actor, request, index)?;
        Ok(Entry {
            origin: Some(origin),
            ..entry
        })
    };
    entries.into_iter().enumerate().map(name).collect()
}

/// Takes back a reading of one's own that a resident sent.
async fn withdraw(
    front: &Front,
    home: &Home,
    target: &Target<'_>,
    (actor, request): (&Actor, &Request),
) -> Answer {
    if !target.reading.source.is_submitted() {
        let why = "показание снято не вами: отозвать его может управляющая компания".to_owned();
        return Err(SiteError::Refused(why));
    }
    let (meter, sequence) = (target.meter.id, target.sequence);
    let done = front
        .ledger()
        .run(home.book.0, actor, Some(request), move |unit| {
            async move {
                unit.describe("command", "withdraw_reading");
                let withdrawal = Withdrawal {
                    reason: WITHDRAWN,
                    note: None,
                };
                withdraw_reading(unit, meter, sequence, withdrawal).await
            }
            .boxed()
        });
    done.await.map_err(SiteError::from_run::<OperationError>)?;
    see(&format!("{}/receipts", home.path()))
}
