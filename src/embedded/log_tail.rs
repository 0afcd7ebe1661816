//! The log of the server, as far as an error message shows it.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use super::error::EmbeddedError;

/// How many lines an error message shows.
const LINES_SHOWN: usize = 15;
/// How much of the end of the log is read for that, bytes.
const BYTES_READ: u64 = 16 * 1024;
/// A larger log is put aside before the next start, bytes.
const ROTATE_ABOVE: u64 = 16 * 1024 * 1024;

/// Opens the log for appending; a large one becomes `server.log.1` first.
pub(super) fn open(path: &Path) -> Result<File, EmbeddedError> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > ROTATE_ABOVE) {
        fs::rename(path, path.with_extension("log.1"))
            .map_err(EmbeddedError::io("отложить прежний журнал сервера", path))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(EmbeddedError::io("открыть журнал сервера", path))
}

/// The last lines of the log, or why they cannot be read: it goes into a message about something
/// else, which must not be lost over it.
pub(super) fn tail(path: &Path) -> String {
    match read_end(path) {
        Ok(text) => last_lines(&text),
        Err(error) => format!("(журнал не читается: {error})"),
    }
}

fn read_end(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(BYTES_READ)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last lines of a text, as many as an error message shows.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines
        .get(lines.len().saturating_sub(LINES_SHOWN)..)
        .unwrap_or_default()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_shown() {
        let text: String = (1..=40).map(|number| format!("line {number}\n")).collect();
        let shown = last_lines(&text);
        assert_eq!(shown.lines().count(), LINES_SHOWN);
        assert!(
            shown.starts_with("line 26\n") && shown.ends_with("line 40"),
            "{shown}"
        );
        assert_eq!(last_lines(""), "");
    }

    #[test]
    fn a_missing_log_is_said_to_be_missing() {
        assert!(tail(Path::new("/nonexistent/server.log")).contains("не читается"));
    }
}
