//! Under whom the server runs. PostgreSQL refuses to run as root, so root hands it to an
//! unprivileged account; everybody else runs it themselves.

use std::{
    fs,
    os::unix::fs::{MetadataExt, lchown},
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use super::error::EmbeddedError;

/// The only search path the server and its tools get.
const TOOL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The accounts root hands the server to, in order of preference.
const PREFERRED_ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

/// The account of the server processes and of its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// For messages only.
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// We are root and this account is not.
    switched: bool,
}

impl Account {
    /// The account for the data directory `data`, which may not exist yet: we ourselves, or for
    /// root the owner of the data, else `postgres`, else `nobody`.
    pub(super) fn for_data(data: &Path) -> Result<Self, EmbeddedError> {
        let (uid, gid) = effective_ids()?;
        let data_owner = match fs::symlink_metadata(data) {
            Ok(metadata) => Some((metadata.uid(), metadata.gid())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(EmbeddedError::io("прочитать права", data)(
                    error,
                ));
            }
        };
        if uid != 0 {
            return match data_owner {
                Some((owner, _)) if owner != uid => Err(EmbeddedError::ForeignOwner {
                    path: data.to_owned(),
                    owner,
                    expected: uid,
                }),
                _ => Ok(Self {
                    name: format!("uid {uid}"),
                    uid,
                    gid,
                    switched: false,
                }),
            };
        }
        let passwd = Path::new("/etc/passwd");
        let accounts = fs::read_to_string(passwd).map_err(EmbeddedError::io(
            "прочитать список учётных записей",
            passwd,
        ))?;
        if let Some((uid, gid)) = data_owner.filter(|(owner, _)| *owner != 0) {
            let name = parse_accounts(&accounts)
                .find(|account| account.uid == uid)
                .map_or_else(|| format!("uid {uid}"), |account| account.name);
            return Ok(Self {
                name,
                uid,
                gid,
                switched: true,
            });
        }
        PREFERRED_ACCOUNTS
            .iter()
            .find_map(|name| parse_accounts(&accounts).find(|account| account.name == *name))
            .ok_or(EmbeddedError::NoAccount)
    }

    /// A command that runs as this account, sees nothing of our environment (a stray `PGDATA` or
    /// `PGOPTIONS` would change what the tools do) and does not stand in our directory, which the
    /// account may not be allowed to enter.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", TOOL_PATH)
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .current_dir("/")
            .stdin(Stdio::null());
        if self.switched {
            // std also drops the supplementary groups of root here.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Makes the account the owner of `path`.
    pub(super) fn adopt(&self, path: &Path) -> Result<(), EmbeddedError> {
        if self.switched {
            lchown(path, Some(self.uid), Some(self.gid))
                .map_err(EmbeddedError::io("передать учётной записи сервера", path))?;
        }
        Ok(())
    }

    /// The first directory on the way to `dir` (itself included) that the account cannot enter.
    ///
    /// Looks at the mode bits only; an access list that says otherwise shows when the server
    /// starts.
    pub(super) fn first_closed_directory(
        &self,
        dir: &Path,
    ) -> Result<Option<PathBuf>, EmbeddedError> {
        if !self.switched {
            return Ok(None);
        }
        let mut ancestors: Vec<&Path> = dir.ancestors().collect();
        ancestors.reverse();
        for ancestor in ancestors {
            let metadata = fs::metadata(ancestor)
                .map_err(EmbeddedError::io("прочитать права каталога", ancestor))?;
            let needed = if metadata.uid() == self.uid {
                0o100
            } else if metadata.gid() == self.gid {
                0o010
            } else {
                0o001
            };
            if metadata.mode() & needed == 0 {
                return Ok(Some(ancestor.to_owned()));
            }
        }
        Ok(None)
    }
}

/// Our effective user and group.
///
/// Read from `/proc`: the standard library has no `geteuid`, and one number is no reason for
/// unsafe code.
pub(super) fn effective_ids() -> Result<(u32, u32), EmbeddedError> {
    let status =
        fs::read_to_string("/proc/self/status").map_err(|_| EmbeddedError::NoProcessInfo)?;
    let effective = |label: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(label))
            // real, effective, saved, file system
            .and_then(|ids| ids.split_whitespace().nth(1))
            .and_then(|id| id.parse::<u32>().ok())
            .ok_or(EmbeddedError::NoProcessInfo)
    };
    Ok((effective("Uid:")?, effective("Gid:")?))
}

/// The accounts of a passwd file that root may hand the server to; malformed lines and accounts
/// with the rights of root are none.
fn parse_accounts(passwd: &str) -> impl Iterator<Item = Account> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then_some(Account {
            name,
            uid,
            gid,
            switched: true,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_by_name_and_root_is_none() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\n\
                      broken\n\
                      postgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n\
                      toor:x:0:0::/root:/bin/sh\n";
        let accounts: Vec<_> = parse_accounts(passwd).collect();
        assert_eq!(
            accounts,
            [Account {
                name: "postgres".into(),
                uid: 101,
                gid: 104,
                switched: true
            }]
        );
    }

    #[test]
    fn a_closed_directory_on_the_way_is_named() {
        let outer = tempfile::tempdir().expect("a temporary directory");
        let closed = outer.path().join("closed");
        let inner = closed.join("inner");
        fs::create_dir_all(&inner).expect("directories");
        set_mode(outer.path(), 0o755);
        set_mode(&closed, 0o700);
        let stranger = Account {
            name: "stranger".into(),
            uid: 4_000_001,
            gid: 4_000_001,
            switched: true,
        };
        assert_eq!(
            stranger.first_closed_directory(&inner).expect("readable"),
            Some(closed)
        );
        assert_eq!(
            stranger
                .first_closed_directory(outer.path())
                .expect("readable"),
            None
        );
    }

    fn set_mode(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own directory");
    }
}
