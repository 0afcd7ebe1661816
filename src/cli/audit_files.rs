//! `audit export`, `audit verify`, `audit replay`: a book as a file, what the file proves by
//! itself, and whether what was billed follows from it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::cli::error::CliError;
use crate::cli::output::{complain, say};
use crate::engines::ReplayedClosing;
use crate::import::progress::Progress;
use crate::proof::audit::{Audited, audit};
use crate::proof::export::Trailer;
use crate::proof::key::Signer;
use crate::proof::note::{PublicKey, SignedCheckpoint};
use crate::proof::receipt::{self, Receipt};
use crate::proof::replay::replay_export;
use crate::store::Ledger;

/// Longest checkpoint file that is read, bytes.
const NOTE_BYTES_MAX: u64 = 4096;

/// Writes the export beside its place and puts it there when it is whole.
pub(super) async fn export(
    ledger: &Ledger,
    of: (Uuid, &Signer),
    range: (u64, Option<u64>),
    output: &Path,
) -> Result<(), CliError> {
    let mut name = output.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let mut out = BufWriter::new(File::create(&part)?);
    let bar = Progress::start("События", 0);
    let written = ledger
        .export(of, range, &mut out, |done, total| bar.show(done, total))
        .await;
    drop(bar);
    let written = match written {
        Ok(written) => written,
        Err(error) => {
            // What is not whole is of no use to anybody.
            std::fs::remove_file(&part).ok();
            return Err(CliError::failed(&error));
        }
    };
    drop(out);
    std::fs::rename(&part, output)?;
    say(&format!(
        "Журнал {}: события {}–{} записаны в {}; отметка на {} событий.",
        of.0,
        written.from,
        written.to,
        output.display(),
        written.signed
    ))?;
    complain(&format!(
        "Проверить: energokabinet audit verify {} --key '{}'",
        output.display(),
        of.1.public_key(of.0)
    ));
    Ok(())
}

/// What a file given to `audit verify` is.
enum Given {
    Export(PathBuf),
    Note(SignedCheckpoint),
    Receipt(Box<Receipt>),
}

/// Checks every export and every receipt among `files`; 1 where one does not hold.
pub(super) fn verify(files: &[PathBuf], key: &str) -> Result<u8, CliError> {
    let key = public_key(key)?;
    let (mut exports, mut notes, mut receipts) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        match given(file)? {
            Given::Note(note) => notes.push(note),
            Given::Export(path) => exports.push(path),
            Given::Receipt(receipt) => receipts.push((file, receipt)),
        }
    }
    if exports.is_empty() && receipts.is_empty() {
        let text = "среди файлов нет ни выгрузки журнала (`audit export`), ни квитанции";
        return Err(CliError::new(text));
    }
    let mut is_sound = true;
    for (file, receipt) in receipts {
        is_sound &= checked(file, &receipt, &key)?;
    }
    let mut reached: BTreeMap<Uuid, u64> = BTreeMap::new();
    for export in &exports {
        let mut kept = notes.clone();
        // A book that was exported twice is one tree: the signed end of one lies on the other.
        for other in exports.iter().filter(|other| *other != export) {
            kept.extend(signed_end(other)?);
        }
        let input = BufReader::new(File::open(export)?);
        let bar = Progress::start("Проверка", 0);
        let told = audit(input, &key, &kept, |done, total| bar.show(done, total));
        drop(bar);
        match told {
            Ok(told) => {
                let newest = reached.entry(told.header.book).or_default();
                *newest = told.signed.max(*newest);
                say(&sound(export, &told))?;
            }
            Err(fraud) => {
                is_sound = false;
                say(&format!("{}: НЕ СХОДИТСЯ\n  {fraud}", export.display()))?;
            }
        }
    }
    for note in &notes {
        is_sound &= is_reached(note, &reached)?;
    }
    Ok(u8::from(!is_sound))
}

/// Whether an export of the book goes as far as a checkpoint that was kept: one that does not is
/// older than the checkpoint, or events have gone since.
fn is_reached(note: &SignedCheckpoint, reached: &BTreeMap<Uuid, u64>) -> Result<bool, CliError> {
    let said = note.checkpoint;
    match reached.get(&said.book) {
        Some(known) if *known < said.size => {
            say(&format!(
                "журнал {}: НЕ СХОДИТСЯ\n  отметка сохранена на {} событий, а выгрузки знают {known}: \
                 с тех пор журнал укорочен, или выгрузка старше отметки — сделайте новую",
                said.book, said.size
            ))?;
            Ok(false)
        }
        Some(_) => Ok(true),
        None => {
            complain(&format!(
                "отметка журнала {} ни с чем не сверена: его выгрузки среди файлов нет",
                said.book
            ));
            Ok(true)
        }
    }
}

/// Tells of a receipt; whether it holds.
fn checked(file: &Path, receipt: &Receipt, key: &PublicKey) -> Result<bool, CliError> {
    let told = receipt.check(key);
    let event = &receipt.event;
    say(&match &told {
        Ok(()) => format!(
            "{}: сходится\n  журнал {}, запись № {}: {}, записано {}",
            file.display(),
            receipt.book,
            event.position,
            event.event_type,
            event.recorded_at
        ),
        Err(error) => format!("{}: НЕ СХОДИТСЯ\n  {error}", file.display()),
    })?;
    Ok(told.is_ok())
}

fn sound(export: &Path, told: &Audited) -> String {
    let mut text = format!(
        "{}: сходится\n  журнал {}, события {}–{}: {}\n  отметка на {} событий подписана этим ключом",
        export.display(),
        told.header.book,
        told.header.from,
        told.header.to,
        told.events,
        told.signed
    );
    if told.erased > 0 {
        text.push_str(&format!(
            "\n  уничтожено по записанному решению: {}",
            told.erased
        ));
    }
    if told.kept > 0 {
        text.push_str(&format!(
            "\n  сохранённых отметок на том же дереве: {}",
            told.kept
        ));
    }
    text
}

/// Closes every month of the exports again; 1 where one comes out otherwise.
pub(super) fn replay(files: &[PathBuf]) -> Result<u8, CliError> {
    let mut is_same = true;
    for file in files {
        let open = || File::open(file).map(BufReader::new);
        let bar = Progress::start("Пересчёт", 0);
        let told = replay_export(open()?, open()?, |done, total| bar.show(done, total));
        drop(bar);
        let (header, closings) =
            told.map_err(|error| CliError::new(format!("{}: {error}", file.display())))?;
        say(&format!(
            "{}: журнал {}, закрытых месяцев {}",
            file.display(),
            header.book,
            closings.len()
        ))?;
        for closing in closings {
            is_same &= closing.differences.is_empty();
            say(&replayed(&closing))?;
        }
    }
    Ok(u8::from(!is_same))
}

fn replayed(closing: &ReplayedClosing) -> String {
    let title = format!(
        "  {}, по журналу до № {}, {}",
        closing.period.title_ru(),
        closing.computed_at,
        closing.engine
    );
    match closing.differences.as_slice() {
        [] => format!(
            "{title}: то же до копейки, счетов и извещений {}",
            closing.sent
        ),
        differences => format!("{title}: ИНАЧЕ\n    {}", differences.join("\n    ")),
    }
}

fn public_key(given: &str) -> Result<PublicKey, CliError> {
    let text = match given.contains('+') {
        true => given.to_owned(),
        false => std::fs::read_to_string(given)?,
    };
    text.parse().map_err(|error| CliError::failed(&error))
}

fn given(file: &Path) -> Result<Given, CliError> {
    let mut head = Vec::new();
    File::open(file)?
        .take(NOTE_BYTES_MAX)
        .read_to_end(&mut head)?;
    let head = String::from_utf8_lossy(&head);
    if head.starts_with('{') && head.contains(receipt::FORMAT) {
        let receipt = serde_json::from_reader(BufReader::new(File::open(file)?));
        return receipt
            .map(|receipt| Given::Receipt(Box::new(receipt)))
            .map_err(|error| CliError::new(format!("{}: {error}", file.display())));
    }
    if head.starts_with('{') {
        return Ok(Given::Export(file.to_owned()));
    }
    let note = head.parse();
    note.map(Given::Note)
        .map_err(|error| CliError::new(format!("{}: {error}", file.display())))
}

/// The checkpoint in the last line of an export; none where there is none: the check will say so.
fn signed_end(export: &Path) -> Result<Option<SignedCheckpoint>, CliError> {
    let mut last = None;
    for line in BufReader::new(File::open(export)?).lines() {
        last = Some(line?);
    }
    let trailer = last.and_then(|line| serde_json::from_str::<Trailer>(&line).ok());
    Ok(trailer.and_then(|trailer| trailer.checkpoint.parse().ok()))
}
