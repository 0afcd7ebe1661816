//! A generated city: a month of many houses closed cold and warm, against the bare fold of the
//! same books.
//!
//! One house is lived through by the commands of the product: registered, read every month, closed
//! every month for a year. The others are its copies under ids of their own, written by the
//! ledger's append with everything that it checks and keeps.

use std::collections::HashMap;
use std::pin::pin;

use aggregates::ids::{BookId, PersonId};
use aggregates::rule::RuleConfirmation;
use aggregates::text::{Code, Label};
use aggregates::time::Period;
use chrono::{DateTime, Utc};
use futures_util::{FutureExt, StreamExt};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::bench::Progress;
use crate::bench::child::{Found, Job, Kind, Quarter, delegate};
use crate::bench::error::BenchError;
use crate::bench::house::{LargeHouse, actor};
use crate::bench::measure::{Bound, Measurement, Samples, mebibytes};
use crate::bench::stage::Stage;
use crate::closing::batch::close_each;
use crate::closing::{Order, close_period};
use crate::readings::record;
use crate::rules::book::confirm_all;
use crate::store::append::{Append, PendingEvent, StateToKeep, StreamAt};
use crate::store::books::BookKind;
use crate::store::{EventId, Ledger};

/// Flats of a house.
const FLATS: u16 = 100;
/// December 2024, counted from January 2016: the reading that a year begins with.
const FIRST_MONTH: usize = 107;
/// How many months are closed before the one that is measured.
const CLOSED_BEFORE: usize = 11;
/// How many houses are closed in a row.
const SIZES: [u32; 3] = [10, 100, 1_000];
/// The most a process may hold, MiB.
const MEMORY_MAX: f64 = 500.0;
/// Events of one append.
const BATCH: usize = 2_000;

pub(super) async fn measure(
    stage: &Stage,
    rounds: u32,
    progress: Progress<'_>,
) -> Result<Vec<Measurement>, BenchError> {
    progress("дом с годом показаний и закрытых месяцев");
    let ledger = stage.ledger(4).await?;
    let template = Template::live(stage, &ledger).await?;
    let mut city = City {
        stage,
        ledger: &ledger,
        template: &template,
        built: 0,
    };
    let mut measured = Vec::new();
    let mut an_hour: Vec<f64> = Vec::new();
    for size in SIZES {
        // A thousand houses are measured once: nothing of them is left to chance.
        let rounds = if size == SIZES[2] { 1 } else { rounds };
        let mut compared = Compared::default();
        for round in 1..=rounds {
            progress(&format!("город, домов {size}, повтор {round}"));
            compared.add(&mut city, size).await?;
        }
        an_hour.push(compared.cold.median() / f64::from(size));
        measured.extend(compared.measurements(size, &template));
    }
    ledger.close().await;
    let growth = (Samples(vec![an_hour[2]]), Samples(vec![an_hour[1]]));
    let name = format!("Месяц города: на дом, домов {} и {}", SIZES[2], SIZES[1]);
    measured.push(Measurement::new(
        name,
        "столько же на дом в меньшем городе",
        "мс",
        Bound::AtMost(1.25),
        growth,
    ));
    Ok(measured)
}

/// What was measured of one size.
#[derive(Default)]
struct Compared {
    fold: Samples,
    cold: Samples,
    warm: Samples,
    peak: Samples,
    events: u64,
}

impl Compared {
    async fn add(&mut self, city: &mut City<'_>, size: u32) -> Result<(), BenchError> {
        let houses = city.build(size).await?;
        let fold = city.delegate(Kind::Fold, houses, 0).await?;
        let cold = city.delegate(Kind::Close, houses, CLOSED_BEFORE).await?;
        city.read_another_month(houses).await?;
        let warm = city
            .delegate(Kind::Close, houses, CLOSED_BEFORE + 1)
            .await?;
        self.fold.push(fold.milliseconds);
        self.cold.push(cold.milliseconds);
        self.warm.push(warm.milliseconds);
        self.peak.push(mebibytes(cold.peak_kib.max(warm.peak_kib)));
        self.events = fold.size;
        Ok(())
    }

    fn measurements(self, size: u32, template: &Template) -> Vec<Measurement> {
        let bare = "свёртка тех же журналов без расчёта и записи";
        let about = format!(
            "{FLATS} квартир, приборов {} в доме; событий в журналах {}; закрытие — чтение, \
             расчёт, счета и запись",
            template.meters, self.events
        );
        let named = |part: &str| format!("Месяц города, домов {size}: {part}");
        let limit = Samples(vec![MEMORY_MAX; self.peak.0.len()]);
        let cold = (self.cold, self.fold.clone());
        let warm = (self.warm, self.fold);
        vec![
            Measurement::new(named("с холода"), bare, "мс", Bound::AtMost(2.0), cold)
                .with_note(about),
            Measurement::new(named("следующий"), bare, "мс", Bound::AtMost(1.0), warm).with_note(
                "состояние домов сохранено при прошлом закрытии: читаются только новые события",
            ),
            Measurement::new(
                named("память"),
                "предел 500 МБ",
                "МиБ",
                Bound::AtMost(1.0),
                (self.peak, limit),
            ),
        ]
    }
}

/// The month with number `month` after the first.
pub(super) fn period(month: usize) -> Result<Period, BenchError> {
    let first = Period::new(2025, 1).map_err(BenchError::material)?;
    Ok((0..month).fold(first, |period, _| period.next()))
}

/// The book of copy `number` of a house.
pub(super) fn book_of(template: BookId, number: u32) -> BookId {
    BookId(copied(template.0, number))
}

fn copied(id: Uuid, number: u32) -> Uuid {
    Uuid::new_v5(&id, &number.to_be_bytes())
}

/// Closes `period` of the house whatever asks for a cause.
async fn close(ledger: &Ledger, book: BookId, period: Period) -> Result<(), BenchError> {
    close_period(ledger, &actor()?, book, &order(period)?, None)
        .await
        .map_err(BenchError::material)?;
    Ok(())
}

/// Closes `period` of houses as a batch does.
pub(super) async fn close_all(
    ledger: &Ledger,
    books: impl Iterator<Item = BookId>,
    period: Period,
) -> Result<(), BenchError> {
    let (order, actor) = (order(period)?, actor()?);
    let houses = books.map(|book| (book, order.clone())).collect();
    let mut closings = pin!(close_each(ledger, &actor, houses));
    while let Some((_, closed)) = closings.next().await {
        closed.map_err(BenchError::material)?;
    }
    Ok(())
}

fn order(period: Period) -> Result<Order, BenchError> {
    let cause = Code::new("bench").map_err(BenchError::material)?;
    Ok(Order::new(period).accepting_rest(cause))
}

/// Houses that were copied, one after the other.
struct City<'s> {
    stage: &'s Stage,
    ledger: &'s Ledger,
    template: &'s Template,
    built: u32,
}

impl City<'_> {
    async fn build(&mut self, count: u32) -> Result<Quarter, BenchError> {
        let first = self.built;
        let houses = Quarter { first, count };
        for number in houses.numbers() {
            self.template.copy(self.ledger, number).await?;
        }
        self.built += count;
        Ok(houses)
    }

    async fn read_another_month(&self, houses: Quarter) -> Result<(), BenchError> {
        for number in houses.numbers() {
            self.template.read_on(self.ledger, number).await?;
        }
        Ok(())
    }

    async fn delegate(
        &self,
        kind: Kind,
        houses: Quarter,
        month: usize,
    ) -> Result<Found, BenchError> {
        delegate(&Job {
            kind,
            url: self.stage.app_url()?,
            book: self.template.book,
            until: 0,
            period: period(month)?,
            resource: aggregates::vocabulary::Resource::ColdWater,
            houses: Some(houses),
        })
        .await
    }
}

/// The house that is copied: its events, those of the last month apart, and its kept states.
struct Template {
    book: BookId,
    meters: usize,
    events: Vec<PendingEvent>,
    later: Vec<PendingEvent>,
    states: Vec<StateToKeep>,
    /// What has another id in every copy.
    own: Vec<Uuid>,
}

impl Template {
    /// Lives through a year by the commands of the product.
    async fn live(stage: &Stage, ledger: &Ledger) -> Result<Self, BenchError> {
        let answering = RuleConfirmation {
            person: PersonId(Uuid::nil()),
            office: Label::new("измерение").map_err(BenchError::material)?,
            source: Label::new("измерение").map_err(BenchError::material)?,
            on: period(0)?.first_day(),
        };
        confirm_all(ledger, &actor()?, answering)
            .await
            .map_err(BenchError::material)?;
        let house = LargeHouse::new(900_000, FLATS)?;
        let book = house.book;
        let directory = house.register(ledger).await?;
        let read = async |month: usize| {
            let month = FIRST_MONTH + month;
            let entries = house.entries(month * house.meters()..(month + 1) * house.meters())?;
            let (directory, entries) = (directory.clone(), std::sync::Arc::new(entries));
            let done = ledger
                .run(book.0, &actor()?, None, move |unit| {
                    let (directory, entries) = (directory.clone(), entries.clone());
                    async move { record(unit, book, &directory, entries.as_slice()).await }.boxed()
                })
                .await
                .map_err(BenchError::material)?;
            let refused = done.value.into_iter().flatten().find_map(Result::err);
            refused.map_or(Ok(()), |refusal| Err(BenchError::Material(refusal)))
        };
        read(0).await?;
        for month in 0..CLOSED_BEFORE {
            read(month + 1).await?;
            close(ledger, book, period(month)?).await?;
        }
        read(CLOSED_BEFORE + 1).await?;
        let year = ledger.head(book.0).await?.position;
        let mut owner = stage.owner().await?;
        let states = states(&mut owner, book).await?;
        read(CLOSED_BEFORE + 2).await?;
        let mut events = events(&mut owner, book).await?;
        let later = events.split_off(usize::try_from(year).unwrap_or(usize::MAX));
        let mut own: Vec<Uuid> = events.iter().map(|event| event.id.aggregate_id).collect();
        own.sort_unstable();
        own.dedup();
        Ok(Self {
            book,
            meters: house.meters(),
            events,
            later,
            states,
            own,
        })
    }

    fn ids(&self, number: u32) -> HashMap<String, String> {
        let ids = self.own.iter();
        ids.map(|id| (id.to_string(), copied(*id, number).to_string()))
            .collect()
    }

    async fn copy(&self, ledger: &Ledger, number: u32) -> Result<(), BenchError> {
        let book = book_of(self.book, number).0;
        ledger.open_book(book, BookKind::Building).await?;
        let ids = self.ids(number);
        let mut chunks = self.events.chunks(BATCH).peekable();
        while let Some(chunk) = chunks.next() {
            let events = chunk.iter().map(|event| renamed(event, &ids, number));
            let is_last = chunks.peek().is_none();
            let states = self.states.iter().filter(|_| is_last).map(|kept| {
                let mut kept = kept.clone();
                kept.stream.aggregate_id = copied(kept.stream.aggregate_id, number);
                kept.state = with_ids(&kept.state, &ids);
                kept
            });
            append(ledger, book, (events.collect(), states.collect())).await?;
        }
        Ok(())
    }

    /// The readings of one month more.
    async fn read_on(&self, ledger: &Ledger, number: u32) -> Result<(), BenchError> {
        let book = book_of(self.book, number);
        let head = ledger.head(book.0).await?.position;
        let heads = ledger.stream_heads(book, head).await?;
        let mut last: HashMap<Uuid, u64> = heads
            .into_iter()
            .map(|head| (head.aggregate_id, head.sequence))
            .collect();
        let ids = self.ids(number);
        let events = self.later.iter().map(|event| {
            let mut event = renamed(event, &ids, number);
            let sequence = last.entry(event.id.aggregate_id).or_default();
            *sequence += 1;
            event.id.sequence = *sequence;
            event
        });
        append(ledger, book.0, (events.collect(), Vec::new())).await
    }
}

async fn append(
    ledger: &Ledger,
    book: Uuid,
    (events, states): (Vec<PendingEvent>, Vec<StateToKeep>),
) -> Result<(), BenchError> {
    let append = Append {
        book,
        commit: Uuid::new_v4(),
        actor: actor()?,
        request: None,
        metadata: vec!["{}".to_owned(); events.len()],
        events,
        reads: Vec::new(),
        states,
    };
    append.send(ledger).await.map_err(BenchError::material)?;
    Ok(())
}

fn renamed(event: &PendingEvent, ids: &HashMap<String, String>, number: u32) -> PendingEvent {
    PendingEvent {
        id: EventId {
            aggregate_id: copied(event.id.aggregate_id, number),
            ..event.id.clone()
        },
        payload: with_ids(&event.payload, ids),
        natural_key: event.natural_key.as_deref().map(|key| with_ids(key, ids)),
        ..event.clone()
    }
}

/// `text` with every id of `ids` replaced.
fn with_ids(text: &str, ids: &HashMap<String, String>) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    // The first dash of a UUID is its ninth character.
    while let Some(dash) = rest.find('-') {
        let start = dash.checked_sub(8);
        let id = start.and_then(|start| Some((start, ids.get(rest.get(start..start + 36)?)?)));
        let upto = match id {
            Some((start, id)) => {
                replaced.push_str(&rest[..start]);
                replaced.push_str(id);
                start + 36
            }
            None => {
                replaced.push_str(&rest[..=dash]);
                dash + 1
            }
        };
        rest = &rest[upto..];
    }
    replaced.push_str(rest);
    replaced
}

/// The events of a book, as they are appended.
async fn events(owner: &mut PgConnection, book: BookId) -> Result<Vec<PendingEvent>, BenchError> {
    let failed = BenchError::database("чтение дома");
    let rows = sqlx::query(
        "select aggregate_type::text, aggregate_id::text, sequence, event_type::text, \
           event_version::text, payload::text, effective_at, natural_key \
         from ledger.events where book_id = $1 order by position",
    )
    .bind(book.0)
    .fetch_all(owner)
    .await
    .map_err(&failed)?;
    let event = |row: &sqlx::postgres::PgRow| {
        let effective_at: DateTime<Utc> = row.try_get(6)?;
        Ok(PendingEvent {
            id: EventId {
                aggregate_type: row.try_get(0)?,
                aggregate_id: uuid(row, 1)?,
                sequence: u64::try_from(row.try_get::<i64, _>(2)?).unwrap_or_default(),
            },
            event_type: row.try_get(3)?,
            event_version: row.try_get(4)?,
            payload: row.try_get(5)?,
            effective_at: Some(effective_at),
            natural_key: row.try_get(7)?,
        })
    };
    let events: Result<Vec<PendingEvent>, sqlx::Error> = rows.iter().map(event).collect();
    events.map_err(failed)
}

async fn states(owner: &mut PgConnection, book: BookId) -> Result<Vec<StateToKeep>, BenchError> {
    let failed = BenchError::database("чтение состояний дома");
    let rows = sqlx::query(
        "select aggregate_type::text, aggregate_id::text, sequence, state_version, state::text \
         from ledger.aggregate_states where book_id = $1",
    )
    .bind(book.0)
    .fetch_all(owner)
    .await
    .map_err(&failed)?;
    let state = |row: &sqlx::postgres::PgRow| {
        Ok(StateToKeep {
            stream: StreamAt {
                aggregate_type: row.try_get(0)?,
                aggregate_id: uuid(row, 1)?,
                sequence: u64::try_from(row.try_get::<i64, _>(2)?).unwrap_or_default(),
            },
            version: u32::try_from(row.try_get::<i32, _>(3)?).unwrap_or_default(),
            state: row.try_get(4)?,
        })
    };
    let states: Result<Vec<StateToKeep>, sqlx::Error> = rows.iter().map(state).collect();
    states.map_err(failed)
}

fn uuid(row: &sqlx::postgres::PgRow, column: usize) -> Result<Uuid, sqlx::Error> {
    let text: &str = row.try_get(column)?;
    Uuid::parse_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_replaced_and_nothing_else() {
        let id = Uuid::from_u128(7).to_string();
        let ids = HashMap::from([(id.clone(), "X".to_owned())]);
        let text = format!("2025-01-02/{id}/{id}-ы-{}", Uuid::from_u128(8));
        let expected = format!("2025-01-02/X/X-ы-{}", Uuid::from_u128(8));
        assert_eq!(with_ids(&text, &ids), expected);
    }
}
