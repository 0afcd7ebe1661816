//! `books list` and `books verify`.

use std::path::Path;

use aggregates::book_event::BookEvent;
use aggregates::organisation::event::OrganisationEvent;
use serde_json::json;
use uuid::Uuid;

use crate::cli::arguments::{BooksCommand, Format, VerifyArguments};
use crate::cli::database::Database;
use crate::cli::error::{CliError, SOME_REFUSED};
use crate::cli::output::{complain, say, say_json};
use crate::figures::{find_house, houses};
use crate::store::Ledger;
use crate::store::books::{BookHead, BookKind};
use crate::store::read::{Filter, decode};
use crate::store::verify::{SavedHead, Verification};

pub(crate) async fn run(command: BooksCommand, database: &Database) -> Result<u8, CliError> {
    let ledger = database.ledger().await?;
    match command {
        BooksCommand::List { format } => list(&ledger, format).await.map(|()| 0),
        BooksCommand::Verify(options) => verify(&ledger, options).await,
    }
}

/// A book with the name of what it is about.
pub(super) struct Titled {
    pub(super) head: BookHead,
    pub(super) title: String,
}

pub(super) async fn titled(ledger: &Ledger) -> Result<Vec<Titled>, CliError> {
    let houses = houses(ledger).await?;
    let mut books = Vec::new();
    for head in ledger.heads().await? {
        let house = houses.iter().find(|house| house.book.0 == head.book);
        let title = match (house, head.kind) {
            (Some(house), _) => house.address.clone(),
            (None, BookKind::Organisation) => organisation_name(ledger, &head).await?,
            (None, BookKind::Building) => "дом ещё не зарегистрирован".to_owned(),
        };
        books.push(Titled { head, title });
    }
    books.sort_by(|one, other| {
        (one.head.kind == BookKind::Organisation, &one.title)
            .cmp(&(other.head.kind == BookKind::Organisation, &other.title))
    });
    Ok(books)
}

async fn organisation_name(ledger: &Ledger, head: &BookHead) -> Result<String, CliError> {
    let filter = Filter {
        aggregate_types: vec!["organisation".to_owned()],
        ..Filter::default()
    };
    let rows = ledger
        .rows(head.book, head.position, &filter)
        .collect()
        .await?;
    let mut known = "организация без имени".to_owned();
    for row in &rows {
        if let BookEvent::Organisation(
            OrganisationEvent::OrganisationRegistered { name, .. }
            | OrganisationEvent::OrganisationRenamed { name, .. },
        ) = decode(row)?
        {
            known = name.to_string();
        }
    }
    Ok(known)
}

async fn list(ledger: &Ledger, format: Format) -> Result<(), CliError> {
    let books = titled(ledger).await?;
    if format == Format::Json {
        let rows = books.iter().map(|book| {
            json!({
                "book": book.head.book,
                "kind": book.head.kind.as_str(),
                "title": book.title,
                "position": book.head.position,
                "recorded_at": book.head.recorded_at,
                "sealed": book.head.sealed,
            })
        });
        return say_json(&rows.collect::<Vec<_>>());
    }
    if books.is_empty() {
        return say("Журналов ещё нет. Загрузите дом: energokabinet import house ФАЙЛ.json");
    }
    let mut text = format!(
        "{:<36}  {:>9}  {:<25}  Что это\n",
        "Журнал", "Позиция", "Записано"
    );
    for Titled { head, title } in &books {
        let at = head.recorded_at.format("%d.%m.%Y %H:%M:%S UTC");
        let sealed = if head.sealed { " (закрыт)" } else { "" };
        text.push_str(&format!(
            "{}  {:>9}  {:<25}  {title}{sealed}\n",
            head.book, head.position, at
        ));
    }
    say(&text)
}

async fn verify(ledger: &Ledger, options: VerifyArguments) -> Result<u8, CliError> {
    let saved = options
        .against
        .as_deref()
        .map(read_heads)
        .transpose()?
        .unwrap_or_default();
    let books = match options.book.as_deref() {
        None => titled(ledger).await?,
        Some(asked) => vec![one(ledger, asked).await?],
    };
    let mut checked = Vec::new();
    for book in books {
        let kept = saved.iter().find(|saved| saved.book == book.head.book);
        checked.push((
            book.title,
            ledger.verify(book.head.book, kept).await?,
            kept.is_some(),
        ));
    }
    let lost = saved.iter().filter(|saved| {
        options.book.is_none()
            && !checked
                .iter()
                .any(|(_, found, _)| found.head.book == saved.book)
    });
    let lost: Vec<Uuid> = lost.map(|saved| saved.book).collect();
    tell(&checked, &lost, options.format)?;
    let sound = lost.is_empty() && checked.iter().all(|(_, found, _)| found.is_sound());
    if let Some(path) = &options.save_heads {
        save_heads(path, &checked, sound)?;
    }
    Ok(if sound { 0 } else { SOME_REFUSED })
}

pub(super) async fn one(ledger: &Ledger, asked: &str) -> Result<Titled, CliError> {
    let books = titled(ledger).await?;
    let id = match Uuid::parse_str(asked) {
        Ok(id) if books.iter().any(|book| book.head.book == id) => id,
        _ => find_house(ledger, asked).await?.book.0,
    };
    let found = books.into_iter().find(|book| book.head.book == id);
    found.ok_or_else(|| CliError::unusable(format!("журнал «{asked}» не найден")))
}

fn read_heads(path: &Path) -> Result<Vec<SavedHead>, CliError> {
    let unusable = |reason: String| {
        CliError::unusable(format!("файл отметок «{}»: {reason}", path.display()))
            .mend("укажите файл, сделанный командой books verify --save-heads")
    };
    let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))
}

fn save_heads(
    path: &Path,
    checked: &[(String, Verification, bool)],
    sound: bool,
) -> Result<(), CliError> {
    if !sound {
        return Err(CliError::new(
            "отметки не сохранены: в журналах найдены нарушения",
        ));
    }
    let heads: Vec<&SavedHead> = checked.iter().map(|(_, found, _)| &found.head).collect();
    std::fs::write(path, serde_json::to_string_pretty(&heads)?)?;
    complain(&format!(
        "Отметки сохранены в {}. Храните файл вне этой машины: по нему будет видно любое \
         переписывание прошлого.",
        path.display()
    ));
    Ok(())
}

fn tell(
    checked: &[(String, Verification, bool)],
    lost: &[Uuid],
    format: Format,
) -> Result<(), CliError> {
    if format == Format::Json {
        let books = checked.iter().map(|(title, found, compared)| {
            json!({
                "title": title,
                "head": found.head,
                "events": found.events,
                "erased": found.erased,
                "compared_with_saved_head": compared,
                "sound": found.is_sound(),
                "findings_total": found.findings_total,
                "findings": found.findings,
            })
        });
        return say_json(&json!({ "books": books.collect::<Vec<_>>(), "lost": lost }));
    }
    let mut text = String::new();
    for (title, found, compared) in checked {
        let verdict = if found.is_sound() {
            "в порядке"
        } else {
            "НАРУШЕН"
        };
        let outside = if *compared {
            "; прежняя отметка сходится"
        } else {
            ""
        };
        let outside = if found.is_sound() { outside } else { "" };
        text.push_str(&format!(
            "{verdict}: {title}, событий {}, корень {}…{outside}\n",
            found.events,
            &found.head.root.get(..16).unwrap_or_default()
        ));
        for finding in &found.findings {
            text.push_str(&format!("  {finding}\n"));
        }
        let told = u64::try_from(found.findings.len()).unwrap_or(u64::MAX);
        if found.findings_total > told {
            text.push_str(&format!("  … и ещё {}\n", found.findings_total - told));
        }
    }
    for book in lost {
        text.push_str(&format!(
            "НЕТ ЖУРНАЛА {book}: отметка о нём есть, в базе его нет\n"
        ));
    }
    say(&text)
}
