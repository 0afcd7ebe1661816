//! `audit`: what lets somebody check us who does not trust us.

use uuid::Uuid;

use crate::cli::arguments_audit::AuditCommand;
use crate::cli::audit_files;
use crate::cli::books;
use crate::cli::database::Database;
use crate::cli::error::CliError;
use crate::cli::output::{complain, say};
use crate::embedded::home;
use crate::proof::key::{KEY_FILE, Signer};
use crate::proof::path::consistency_text;
use crate::store::Ledger;

pub(crate) async fn run(command: AuditCommand, database: &Database) -> Result<u8, CliError> {
    // Whoever checks has no database of ours.
    if let AuditCommand::Verify { files, key } = &command {
        return audit_files::verify(files, key);
    }
    if let AuditCommand::Replay { files } = &command {
        return audit_files::replay(files);
    }
    let ledger = database.ledger().await?;
    match command {
        AuditCommand::Verify { .. } | AuditCommand::Replay { .. } => {}
        AuditCommand::Export {
            book,
            from,
            to,
            output,
        } => {
            let book = found(&ledger, &book).await?;
            audit_files::export(&ledger, (book, &signer()?), (from, to), &output).await?;
        }
        AuditCommand::Checkpoint { book } => {
            let book = found(&ledger, &book).await?;
            say(ledger.checkpoint(book, &signer()?).await?.text())?;
            complain(
                "Храните отметку вне этой машины: по ней будет видно любое переписывание прошлого.",
            );
        }
        AuditCommand::Key { book } => {
            let book = found(&ledger, &book).await?;
            say(&signer()?.public_key(book).to_string())?;
        }
        AuditCommand::Proof { book, position } => {
            let book = found(&ledger, &book).await?;
            let note = ledger.checkpoint(book, &signer()?).await?;
            say(&ledger.inclusion_proof(&note, position).await?.to_text())?;
        }
        AuditCommand::Consistency { book, old } => {
            let book = found(&ledger, &book).await?;
            let note = ledger.checkpoint(book, &signer()?).await?;
            let size = note.checkpoint.size;
            let path = ledger.consistency_proof(book, old, size).await?;
            say(&consistency_text(old, &path, &note))?;
        }
    }
    Ok(0)
}

async fn found(ledger: &Ledger, asked: &str) -> Result<Uuid, CliError> {
    Ok(books::one(ledger, asked).await?.head.book)
}

/// The signer by the key in the program's home, which is made at first use.
pub(super) fn signer() -> Result<Signer, CliError> {
    let home = home()?;
    std::fs::create_dir_all(&home)?;
    let signer = Signer::open_or_create(&home.join(KEY_FILE));
    signer.map_err(|error| CliError::failed(&error))
}
