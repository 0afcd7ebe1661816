//! Finding the installed server programs.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use super::error::EmbeddedError;

/// The variable that names the directory of the server programs.
pub const BIN_VARIABLE: &str = "EK_PG_BIN";

/// The oldest major version the store's migrations run on.
pub const OLDEST_MAJOR: u32 = 15;

/// Where Debian and Ubuntu keep the server programs, one directory per major version.
const DEBIAN_ROOT: &str = "/usr/lib/postgresql";

/// The programs of one installed server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) major: u32,
    pub(super) dir: PathBuf,
}

impl Binaries {
    pub(super) fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }

    pub(super) fn pg_ctl(&self) -> PathBuf {
        self.dir.join("pg_ctl")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }
}

/// The programs for a new cluster, or for the one that is there.
///
/// `EK_PG_BIN` decides where it is set; else `PATH`, then the newest of Debian's directories. A
/// cluster needs programs of its own major version, so one that fits is preferred to a newer one.
pub(super) async fn find(data: &Path, data_major: Option<u32>) -> Result<Binaries, EmbeddedError> {
    let mut installed = Vec::new();
    for dir in candidate_directories()? {
        let major = major_version(&dir.join("postgres")).await?;
        installed.push(Binaries { major, dir });
    }
    choose(installed, data, data_major)
}

fn choose(
    installed: Vec<Binaries>,
    data: &Path,
    data_major: Option<u32>,
) -> Result<Binaries, EmbeddedError> {
    let majors: BTreeSet<u32> = installed.iter().map(|binaries| binaries.major).collect();
    let Some(newest) = majors.last().copied() else {
        return Err(EmbeddedError::NoServerBinaries);
    };
    let Some(data_major) = data_major else {
        return installed
            .into_iter()
            .find(|binaries| binaries.major >= OLDEST_MAJOR)
            .ok_or(EmbeddedError::ServerTooOld {
                found: newest,
                minimum: OLDEST_MAJOR,
            });
    };
    installed
        .into_iter()
        .find(|binaries| binaries.major == data_major)
        .ok_or_else(|| {
            let found: Vec<String> = majors.iter().map(u32::to_string).collect();
            EmbeddedError::VersionMismatch {
                data: data.to_owned(),
                data_major,
                found: found.join(", "),
            }
        })
}

/// Directories with all three programs, the preferred first, each once.
fn candidate_directories() -> Result<Vec<PathBuf>, EmbeddedError> {
    if let Some(dir) = env::var_os(BIN_VARIABLE).filter(|value| !value.is_empty()) {
        let dir = PathBuf::from(dir);
        return match server_directory(&dir) {
            Some(dir) => Ok(vec![dir]),
            None => Err(EmbeddedError::BadBinDir { dir }),
        };
    }
    let on_path: Vec<PathBuf> = env::var_os("PATH")
        .iter()
        .flat_map(|path| env::split_paths(path))
        .collect();
    let mut found: Vec<PathBuf> = Vec::new();
    for dir in on_path.into_iter().chain(debian_directories()?) {
        if let Some(dir) = server_directory(&dir).filter(|dir| !found.contains(dir)) {
            found.push(dir);
        }
    }
    Ok(found)
}

/// `/usr/lib/postgresql/*/bin`, the newest first.
fn debian_directories() -> Result<Vec<PathBuf>, EmbeddedError> {
    let root = Path::new(DEBIAN_ROOT);
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(EmbeddedError::io("прочитать каталог", root)(
                error,
            ));
        }
    };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by(|left, right| right.cmp(left));
    Ok(versions.into_iter().map(|(_, dir)| dir).collect())
}

/// The directory that really holds the three programs `dir` offers, perhaps as links.
fn server_directory(dir: &Path) -> Option<PathBuf> {
    let postgres = dir.join("postgres").canonicalize().ok()?;
    let real = postgres.parent()?;
    let complete = ["initdb", "pg_ctl", "postgres"]
        .iter()
        .all(|name| real.join(name).is_file());
    complete.then(|| real.to_owned())
}

async fn major_version(postgres: &Path) -> Result<u32, EmbeddedError> {
    let output = Command::new(postgres)
        .arg("--version")
        .output()
        .await
        .map_err(EmbeddedError::io("запустить", postgres))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    parse_major(&printed).ok_or_else(|| EmbeddedError::ToolFailed {
        tool: "postgres --version",
        status: output.status.to_string(),
        output: format!("{printed}{}", String::from_utf8_lossy(&output.stderr)),
    })
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, `… 18beta1`.
fn parse_major(printed: &str) -> Option<u32> {
    let version = printed.split_once("(PostgreSQL) ")?.1;
    let digits = version
        .split(|letter: char| !letter.is_ascii_digit())
        .next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(majors: &[u32]) -> Vec<Binaries> {
        majors
            .iter()
            .map(|major| Binaries {
                major: *major,
                dir: format!("/usr/lib/postgresql/{major}/bin").into(),
            })
            .collect()
    }

    fn chosen(majors: &[u32], data_major: Option<u32>) -> Result<u32, EmbeddedError> {
        choose(installed(majors), Path::new("/data"), data_major).map(|binaries| binaries.major)
    }

    #[test]
    fn the_version_is_read_from_what_postgres_prints() {
        assert_eq!(
            parse_major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("no such file"), None);
    }

    #[test]
    fn a_cluster_gets_the_programs_of_its_own_version() {
        assert_eq!(chosen(&[17, 15], Some(15)).expect("15 is there"), 15);
        assert_eq!(chosen(&[17, 15], None).expect("17 comes first"), 17);
        assert_eq!(chosen(&[13, 15], None).expect("13 is too old"), 15);
    }

    #[test]
    fn a_refusal_names_versions_and_remedy() {
        let mismatch = chosen(&[17, 16], Some(15)).expect_err("no 15").to_string();
        assert!(mismatch.contains("PostgreSQL 15"), "{mismatch}");
        assert!(mismatch.contains("16, 17"), "{mismatch}");
        assert!(
            mismatch.contains("apt-get install postgresql-15"),
            "{mismatch}"
        );
        let old = chosen(&[13], None).expect_err("too old").to_string();
        assert!(old.contains("13") && old.contains("15"), "{old}");
        let none = chosen(&[], None).expect_err("nothing").to_string();
        assert!(none.contains("create_main_cluster = false"), "{none}");
    }
}
