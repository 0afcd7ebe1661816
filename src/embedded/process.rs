//! The processes of one cluster, found by what `/proc` says about them.
//!
//! `postmaster.pid` alone is not to be believed: after a reboot, or in a restarted container, its
//! number may belong to a stranger. Command lines are readable to everyone, also where root lacks
//! the right to look further into another user's process.

use std::{fs, os::unix::fs::MetadataExt, path::Path, process::Stdio, time::Duration};

use tokio::{
    process::Child,
    time::{Instant, sleep},
};

use super::{
    account::Account,
    binaries::Binaries,
    error::EmbeddedError,
    home::{Layout, short_hash},
    log_tail, socket,
};

/// How long a fast shutdown may take: it writes a checkpoint.
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// How long backends of a dead postmaster get to notice by themselves.
const ORPHAN_PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

/// Settings given on the command line, where neither `postgresql.conf` nor `ALTER SYSTEM`
/// overrides them. The socket directory and the cluster's name are added to them.
const SETTINGS: [&str; 13] = [
    // An acknowledged event is on disk.
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    // The socket only.
    "listen_addresses=",
    "unix_socket_permissions=0700",
    // Small enough for a laptop, large enough for the demonstration and the tests.
    "shared_buffers=128MB",
    "max_connections=200",
    // Short queries; compiling them costs more than it gives.
    "jit=off",
    // Containers have a tiny /dev/shm, and systemd empties it when a user logs out.
    "dynamic_shared_memory_type=mmap",
    "timezone=UTC",
    "log_timezone=UTC",
    // One file, ours, with the process in each line.
    "logging_collector=off",
    "log_line_prefix=%m [%p] %u@%d ",
];

/// The live processes of a cluster.
#[derive(Debug, Default)]
pub(super) struct Processes {
    /// The server itself.
    pub(super) postmaster: Option<u32>,
    /// Its helpers and sessions; they outlive a killed postmaster for a moment.
    pub(super) children: Vec<u32>,
}

impl Processes {
    /// Looks them up.
    pub(super) fn find(layout: &Layout, account: &Account) -> Result<Self, EmbeddedError> {
        let proc = Path::new("/proc");
        let title = format!("postgres: {}: ", cluster_name(layout));
        let mut servers = Vec::new();
        let mut children = Vec::new();
        let entries = fs::read_dir(proc).map_err(EmbeddedError::io("прочитать", proc))?;
        for entry in entries {
            let entry = entry.map_err(EmbeddedError::io("прочитать", proc))?;
            let Some(pid) = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok())
            else {
                continue;
            };
            // A process may end while we look at it: then it is not one of those we look for.
            let Ok(command_line) = fs::read(entry.path().join("cmdline")) else {
                continue;
            };
            if !entry
                .metadata()
                .is_ok_and(|metadata| metadata.uid() == account.uid)
            {
                continue;
            }
            if command_line.starts_with(title.as_bytes()) {
                children.push(pid);
            } else if is_postmaster(&command_line, &layout.data) {
                servers.push(pid);
            }
        }
        // A session just forked still carries the postmaster's command line.
        let postmaster = recorded_pid(layout)?
            .filter(|recorded| servers.contains(recorded))
            .or_else(|| servers.iter().min().copied());
        children.extend(servers.into_iter().filter(|pid| Some(*pid) != postmaster));
        Ok(Self {
            postmaster,
            children,
        })
    }

    pub(super) fn none(&self) -> bool {
        self.postmaster.is_none() && self.children.is_empty()
    }
}

/// The name the helpers and sessions carry in their titles.
fn cluster_name(layout: &Layout) -> String {
    format!("ek-{}", short_hash(&layout.root))
}

fn is_postmaster(command_line: &[u8], data: &Path) -> bool {
    let mut arguments = command_line.split(|byte| *byte == 0);
    let program_fits = arguments
        .next()
        .is_some_and(|program| program.ends_with(b"postgres"));
    program_fits
        && arguments.next() == Some(b"-D")
        && arguments.next() == Some(data.as_os_str().as_encoded_bytes())
}

/// The number in `postmaster.pid`, if there is one.
fn recorded_pid(layout: &Layout) -> Result<Option<u32>, EmbeddedError> {
    let file = layout.data.join("postmaster.pid");
    match fs::read_to_string(&file) {
        Ok(text) => Ok(text
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(EmbeddedError::io("прочитать", &file)(error)),
    }
}

/// Starts the server and returns at once. The caller holds the lock of the home and has seen that
/// no process of the cluster lives.
///
/// Not through `pg_ctl start`: that passes the path of the data through a shell.
pub(super) fn launch(
    layout: &Layout,
    account: &Account,
    binaries: &Binaries,
    socket_dir: &Path,
) -> Result<Child, EmbeddedError> {
    // With no process left, these are leftovers of a kill or a reboot; PostgreSQL would refuse to
    // start where their number belongs to somebody else by now.
    remove_if_there(&layout.data.join("postmaster.pid"))?;
    remove_if_there(&socket::lock_file(socket_dir))?;
    remove_if_there(&socket::file(socket_dir))?;
    let log = log_tail::open(&layout.log)?;
    let errors = log
        .try_clone()
        .map_err(EmbeddedError::io("открыть журнал сервера", &layout.log))?;
    let postgres = binaries.postgres();
    let mut command = account.command(&postgres);
    command.arg("-D").arg(&layout.data);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
        .args(["-c", &format!("cluster_name={}", cluster_name(layout))])
        .args([
            "-c",
            &format!("unix_socket_directories={}", socket_dir.display()),
        ])
        .stdout(Stdio::from(log))
        .stderr(Stdio::from(errors))
        // A Ctrl-C at our terminal is not meant for the server.
        .process_group(0)
        .spawn()
        .map_err(EmbeddedError::io("запустить", &postgres))
}

fn remove_if_there(path: &Path) -> Result<(), EmbeddedError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(EmbeddedError::io(
            "удалить оставшийся файл",
            path,
        )(error)),
        _ => Ok(()),
    }
}

/// A fast shutdown: sessions are ended, a checkpoint is written. `false` if nothing was running.
pub(super) async fn stop(
    layout: &Layout,
    account: &Account,
    binaries: &Binaries,
) -> Result<bool, EmbeddedError> {
    let deadline = Instant::now() + STOP_LIMIT;
    let mut asked = None;
    let mut was_running = false;
    loop {
        let processes = Processes::find(layout, account)?;
        if processes.none() {
            return Ok(was_running);
        }
        was_running = true;
        if processes.postmaster.is_some() && processes.postmaster != asked {
            asked = processes.postmaster;
            signal("INT", processes.postmaster.as_slice(), account, binaries).await?;
        }
        if Instant::now() > deadline {
            return Err(will_not_end(&processes, STOP_LIMIT));
        }
        sleep(POLL).await;
    }
}

/// Waits until the backends of a dead postmaster are gone, and helps those that do not notice.
/// A new server beside them would ruin the data.
pub(super) async fn end_orphans(
    layout: &Layout,
    account: &Account,
    binaries: &Binaries,
) -> Result<(), EmbeddedError> {
    let started = Instant::now();
    let mut helped = false;
    loop {
        let processes = Processes::find(layout, account)?;
        if processes.postmaster.is_some() || processes.none() {
            return Ok(());
        }
        if started.elapsed() > ORPHAN_PATIENCE * 2 {
            return Err(will_not_end(&processes, ORPHAN_PATIENCE * 2));
        }
        if started.elapsed() > ORPHAN_PATIENCE && !helped {
            helped = true;
            signal("QUIT", &processes.children, account, binaries).await?;
        }
        sleep(POLL).await;
    }
}

fn will_not_end(processes: &Processes, waited: Duration) -> EmbeddedError {
    let pids: Vec<String> = processes
        .postmaster
        .iter()
        .chain(&processes.children)
        .map(u32::to_string)
        .collect();
    EmbeddedError::WillNotEnd {
        pids: pids.join(" "),
        seconds: waited.as_secs(),
    }
}

/// Sends a signal through `pg_ctl kill`: the standard library has no `kill`. One that is gone by
/// then is no error: the caller looks again.
async fn signal(
    name: &str,
    pids: &[u32],
    account: &Account,
    binaries: &Binaries,
) -> Result<(), EmbeddedError> {
    let pg_ctl = binaries.pg_ctl();
    for pid in pids {
        let output = account
            .command(&pg_ctl)
            .args(["kill", name, &pid.to_string()])
            .output()
            .await
            .map_err(EmbeddedError::io("запустить", &pg_ctl))?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            tracing::debug!(pid, signal = name, %message, "the signal was not delivered");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_server_of_this_data_is_ours() {
        let data = Path::new("/var/lib/energokabinet/data");
        let ours = b"/usr/lib/postgresql/15/bin/postgres\0-D\0/var/lib/energokabinet/data\0-c\0x\0";
        let other = b"/usr/lib/postgresql/15/bin/postgres\0-D\0/var/lib/energokabinet/data2\0";
        let editor = b"vim\0-D\0/var/lib/energokabinet/data\0";
        assert!(is_postmaster(ours, data));
        assert!(!is_postmaster(other, data));
        assert!(!is_postmaster(editor, data));
        assert!(!is_postmaster(b"", data));
    }
}
