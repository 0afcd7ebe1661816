//! The directory of the server's socket.
//!
//! Connections need no password: whoever can enter this directory is trusted, so its owner and
//! mode are checked at every start. It lies in `/tmp` because the path of a Unix socket is limited
//! to 107 bytes, and a home may be deeper than that. `TMPDIR` is not followed: every process of
//! one home must come to the same directory.

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use super::{
    account::{Account, effective_ids},
    error::EmbeddedError,
    home::{Layout, short_hash},
};

/// The number in the socket's name. There is no TCP, and each home has a directory of its own, so
/// the number never clashes; with PostgreSQL's own default `psql -h <directory>` needs no `-p`.
pub const PORT: u16 = 5432;

/// `/tmp/ek-<uid of the server>-<8 hex digits of the home>`.
pub(super) fn directory(layout: &Layout, account: &Account) -> PathBuf {
    Path::new("/tmp").join(format!("ek-{}-{}", account.uid, short_hash(&layout.root)))
}

/// The socket in its directory.
pub(super) fn file(directory: &Path) -> PathBuf {
    directory.join(format!(".s.PGSQL.{PORT}"))
}

/// The file by which PostgreSQL guards the socket.
pub(super) fn lock_file(directory: &Path) -> PathBuf {
    directory.join(format!(".s.PGSQL.{PORT}.lock"))
}

/// Makes the directory where it is missing, and refuses one that a stranger could use.
pub(super) fn prepare(directory: &Path, account: &Account) -> Result<(), EmbeddedError> {
    match fs::DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => {
            return Err(EmbeddedError::io("создать каталог сокета", directory)(
                error,
            ));
        }
    }
    let metadata = metadata(directory)?;
    let (uid, _) = effective_ids()?;
    if metadata.is_dir() && metadata.uid() == uid && uid != account.uid {
        // Just made, or left by a start that was killed between these two steps.
        account.adopt(directory)?;
    }
    check(directory, account)
}

/// Refuses a directory that is not the account's own or that others may enter.
pub(super) fn check(directory: &Path, account: &Account) -> Result<(), EmbeddedError> {
    let metadata = metadata(directory)?;
    let why = if !metadata.is_dir() {
        "это не каталог".to_owned()
    } else if metadata.uid() != account.uid {
        format!(
            "владелец uid {}, а должен быть {}",
            metadata.uid(),
            account.uid
        )
    } else if metadata.mode() & 0o077 != 0 {
        format!("права {:03o}, а должны быть 700", metadata.mode() & 0o777)
    } else {
        return Ok(());
    };
    Err(EmbeddedError::UnsafeSocketDir {
        path: directory.to_owned(),
        why,
    })
}

/// Removes the directory of a stopped server, unless somebody keeps a file in it.
pub(super) fn remove(directory: &Path) -> Result<(), EmbeddedError> {
    match fs::remove_dir(directory) {
        Err(error)
            if !matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty
            ) =>
        {
            Err(EmbeddedError::io("удалить каталог сокета", directory)(
                error,
            ))
        }
        _ => Ok(()),
    }
}

fn metadata(directory: &Path) -> Result<fs::Metadata, EmbeddedError> {
    // Not following a link: where it points is not ours to trust.
    fs::symlink_metadata(directory).map_err(EmbeddedError::io(
        "прочитать права каталога сокета",
        directory,
    ))
}
