//! Where the private server keeps its data.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    account::{Account, effective_ids},
    error::EmbeddedError,
};

/// The variable that says where the data of the private server are.
pub const HOME_VARIABLE: &str = "ENERGOKABINET_HOME";

/// The variable that says where the test server keeps its data.
pub const TEST_HOME_VARIABLE: &str = "ENERGOKABINET_TEST_HOME";

/// The default home: `ENERGOKABINET_HOME`; else `/var/lib/energokabinet` for root; else
/// `energokabinet` under `$XDG_DATA_HOME` or `~/.local/share`.
///
/// # Errors
/// When none of them is known, or `/proc` does not say who we are.
pub fn home() -> Result<PathBuf, EmbeddedError> {
    let (uid, _) = effective_ids()?;
    default_home(uid == 0, |name| {
        env::var_os(name).filter(|value| !value.is_empty())
    })
    .ok_or(EmbeddedError::NoHome)
}

fn default_home(is_root: bool, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(home) = variable(HOME_VARIABLE) {
        return Some(home.into());
    }
    if is_root {
        return Some("/var/lib/energokabinet".into());
    }
    let data_home = variable("XDG_DATA_HOME")
        .map(PathBuf::from)
        // The XDG base directory specification tells to ignore a relative path.
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".local/share")))?;
    Some(data_home.join("energokabinet"))
}

/// The home of the server that tests share: `ENERGOKABINET_TEST_HOME` (set by `bin/test`), else
/// `test-postgres` in the directory `target`, else, where the server's account cannot reach that
/// (root's checkout in `/root`), a directory of its own in `/var/tmp`.
///
/// # Errors
/// When `target` does not exist or cannot be examined.
pub fn test_home(target: &Path) -> Result<PathBuf, EmbeddedError> {
    match env::var_os(TEST_HOME_VARIABLE).filter(|value| !value.is_empty()) {
        Some(home) => Ok(home.into()),
        None => reachable_test_home(target),
    }
}

fn reachable_test_home(target: &Path) -> Result<PathBuf, EmbeddedError> {
    let target = target
        .canonicalize()
        .map_err(EmbeddedError::io("найти каталог", target))?;
    let home = target.join("test-postgres");
    let account = Account::for_data(&home.join("data"))?;
    if account.first_closed_directory(&target)?.is_none() {
        return Ok(home);
    }
    Ok(Path::new("/var/tmp").join(format!("energokabinet-test-{}", short_hash(&target))))
}

/// The first eight hexadecimal digits of the SHA-256 of a path.
pub(super) fn short_hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    hex::encode(digest.get(..4).unwrap_or_default())
}

/// The places in one home. All but `data` belong to whoever runs us; `data` belongs to the
/// account of the server.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// Absolute, without symbolic links.
    pub(super) root: PathBuf,
    /// The cluster. It appears under this name only when `initdb` has finished.
    pub(super) data: PathBuf,
    /// Serialises starts and stops.
    pub(super) lock: PathBuf,
    /// What the server says.
    pub(super) log: PathBuf,
}

impl Layout {
    /// The layout of a home that exists; `None` where there is none.
    pub(super) fn find(home: &Path) -> Result<Option<Self>, EmbeddedError> {
        match home.canonicalize() {
            Ok(root) => Self::in_root(root).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(EmbeddedError::io("найти каталог данных", home)(
                error,
            )),
        }
    }

    /// The layout of a home, which is made where it is missing.
    pub(super) fn create(home: &Path) -> Result<Self, EmbeddedError> {
        let (uid, _) = effective_ids()?;
        // Root's server runs under another account, which must be able to pass through.
        let mode = if uid == 0 { 0o755 } else { 0o700 };
        let absolute =
            std::path::absolute(home).map_err(EmbeddedError::io("найти каталог данных", home))?;
        let missing: Vec<&Path> = absolute
            .ancestors()
            .take_while(|dir| !dir.exists())
            .collect();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(&absolute)
            .map_err(EmbeddedError::io("создать каталог данных", &absolute))?;
        for dir in missing {
            // The umask may have taken more than we want.
            fs::set_permissions(dir, fs::Permissions::from_mode(mode))
                .map_err(EmbeddedError::io("задать права каталога", dir))?;
        }
        let root = absolute
            .canonicalize()
            .map_err(EmbeddedError::io("найти каталог данных", &absolute))?;
        let owner = fs::metadata(&root)
            .map_err(EmbeddedError::io("прочитать права каталога", &root))?
            .uid();
        if owner != uid {
            return Err(EmbeddedError::ForeignOwner {
                path: root,
                owner,
                expected: uid,
            });
        }
        Self::in_root(root)
    }

    fn in_root(root: PathBuf) -> Result<Self, EmbeddedError> {
        if root.to_str().is_none() {
            return Err(EmbeddedError::HomeNotUtf8 { home: root });
        }
        Ok(Self {
            data: root.join("data"),
            lock: root.join("lock"),
            log: root.join("server.log"),
            root,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home_of(is_root: bool, variables: &[(&str, &str)]) -> Option<PathBuf> {
        default_home(is_root, |name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_home_follows_the_variables_then_the_account() {
        let user = [("HOME", "/home/anna")];
        assert_eq!(
            home_of(true, &[(HOME_VARIABLE, "/srv/ek")]),
            Some("/srv/ek".into())
        );
        assert_eq!(home_of(true, &user), Some("/var/lib/energokabinet".into()));
        assert_eq!(
            home_of(false, &user),
            Some("/home/anna/.local/share/energokabinet".into())
        );
        assert_eq!(
            home_of(false, &[("XDG_DATA_HOME", "/data"), ("HOME", "/home/anna")]),
            Some("/data/energokabinet".into())
        );
        assert_eq!(
            home_of(
                false,
                &[("XDG_DATA_HOME", "relative"), ("HOME", "/home/anna")]
            ),
            Some("/home/anna/.local/share/energokabinet".into())
        );
        assert_eq!(home_of(false, &[]), None);
    }

    #[test]
    fn tests_keep_their_server_beside_the_build_or_where_it_can_be_reached() {
        let open = tempfile::tempdir().expect("a temporary directory");
        fs::set_permissions(open.path(), fs::Permissions::from_mode(0o755)).expect("ours");
        let beside = reachable_test_home(open.path()).expect("a home");
        assert_eq!(
            beside,
            open.path()
                .canonicalize()
                .expect("ours")
                .join("test-postgres")
        );

        let (uid, _) = effective_ids().expect("/proc");
        fs::set_permissions(open.path(), fs::Permissions::from_mode(0o700)).expect("ours");
        let elsewhere = reachable_test_home(open.path()).expect("a home");
        assert_eq!(
            elsewhere.starts_with("/var/tmp"),
            uid == 0,
            "{}",
            elsewhere.display()
        );
    }

    #[test]
    fn different_paths_have_different_short_names() {
        let first = short_hash(Path::new("/var/lib/energokabinet"));
        assert_eq!(first.len(), 8);
        assert_ne!(first, short_hash(Path::new("/var/lib/energokabinet2")));
    }
}
