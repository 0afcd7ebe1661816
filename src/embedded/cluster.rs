//! Making the cluster, once.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    account::Account, binaries::Binaries, error::EmbeddedError, home::Layout, log_tail::last_lines,
};

/// A cluster being made has this prefix; it gets its name `data` when it is whole, so that an
/// interrupted `initdb` never passes for a cluster.
const UNFINISHED_PREFIX: &str = "data.unfinished-";

/// The user `initdb` makes. It works on the socket only, like everybody here.
pub(super) const SUPERUSER: &str = "postgres";

/// The major version that made the cluster; `None` where there is no cluster yet.
pub(super) fn major(layout: &Layout) -> Result<Option<u32>, EmbeddedError> {
    let file = layout.data.join("PG_VERSION");
    match fs::read_to_string(&file) {
        Ok(text) => match text.trim().parse() {
            Ok(major) => Ok(Some(major)),
            Err(_) => Err(EmbeddedError::NotACluster {
                data: layout.data.clone(),
            }),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if layout.data.exists() {
                return Err(EmbeddedError::NotACluster {
                    data: layout.data.clone(),
                });
            }
            Ok(None)
        }
        Err(error) => Err(EmbeddedError::io("прочитать версию кластера", &file)(
            error,
        )),
    }
}

/// Makes the cluster and syncs it to disk. The caller holds the lock of the home.
pub(super) async fn create(
    layout: &Layout,
    account: &Account,
    binaries: &Binaries,
) -> Result<(), EmbeddedError> {
    remove_unfinished(layout)?;
    // A fresh name each time: an initdb orphaned by a kill may still be writing to the old one.
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let unfinished = layout.root.join(format!(
        "{UNFINISHED_PREFIX}{}-{}",
        std::process::id(),
        since_epoch.as_nanos()
    ));
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&unfinished)
        .map_err(EmbeddedError::io("создать каталог кластера", &unfinished))?;
    account.adopt(&unfinished)?;
    run_initdb(&unfinished, account, binaries).await?;
    fs::rename(&unfinished, &layout.data).map_err(EmbeddedError::io(
        "завершить создание кластера",
        &layout.data,
    ))?;
    fs::File::open(&layout.root)
        .and_then(|dir| dir.sync_all())
        .map_err(EmbeddedError::io("записать на диск каталог", &layout.root))
}

async fn run_initdb(
    directory: &Path,
    account: &Account,
    binaries: &Binaries,
) -> Result<(), EmbeddedError> {
    let initdb = binaries.initdb();
    let output = account
        .command(&initdb)
        .arg("--pgdata")
        .arg(directory)
        .args(["--username", SUPERUSER])
        // C.UTF-8 orders by code point and knows Cyrillic letters; it does not change with the
        // C library, so no index is ever silently out of order after an upgrade.
        .args(["--encoding=UTF8", "--locale=C.UTF-8"])
        .args(["--auth-local=trust", "--auth-host=reject"])
        .args(["--data-checksums", "--no-instructions"])
        .kill_on_drop(true)
        .output()
        .await
        .map_err(EmbeddedError::io("запустить", &initdb))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    Err(EmbeddedError::ToolFailed {
        tool: "initdb",
        status: output.status.to_string(),
        output: last_lines(&String::from_utf8_lossy(&printed)),
    })
}

/// Removes what interrupted starts left.
fn remove_unfinished(layout: &Layout) -> Result<(), EmbeddedError> {
    let entries =
        fs::read_dir(&layout.root).map_err(EmbeddedError::io("прочитать каталог", &layout.root))?;
    for entry in entries {
        let entry = entry.map_err(EmbeddedError::io("прочитать каталог", &layout.root))?;
        if !entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(UNFINISHED_PREFIX.as_bytes())
        {
            continue;
        }
        // It is in nobody's way, so a failure (an orphaned initdb adding files) stops nothing.
        if let Err(error) = fs::remove_dir_all(entry.path()) {
            tracing::warn!(path = %entry.path().display(), %error, "unfinished cluster stays");
        }
    }
    Ok(())
}
