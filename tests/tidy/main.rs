//! The shape of the tree, as tests: direction of the crates, purity of the folds, lengths, names.

use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 70;
const LINE_CHARACTERS: usize = 100;

/// What may stand at the top, visible; a new entry needs a recorded decision.
const TOP_LEVEL: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "aggregates",
    "bin",
    "docs",
    "migrations",
    "projections",
    "rust-toolchain.toml",
    "src",
    "target",
    "tests",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` with one of the endings, in a fixed order.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder of the tree can be listed") {
            let path = entry.expect("an entry of a folder can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if endings
                .iter()
                .any(|ending| path.to_string_lossy().ends_with(ending))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<PathBuf> {
    ["src", "aggregates", "projections", "tests"]
        .iter()
        .flat_map(|folder| files(&root().join(folder), &[".rs"]))
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file of the tree is UTF-8 text")
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

fn assert_none(findings: &[String], rule: &str) {
    assert!(findings.is_empty(), "{rule}:\n{}", findings.join("\n"));
}

#[test]
fn the_top_level_holds_nothing_else() {
    let strangers: Vec<String> = fs::read_dir(root())
        .expect("the root can be listed")
        .map(|entry| {
            entry
                .expect("an entry can be read")
                .file_name()
                .to_string_lossy()
                .into()
        })
        .filter(|name: &String| !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert_none(&strangers, "not in the list of top-level entries");
}

#[test]
fn crates_depend_downwards_only() {
    let outside = [
        "energokabinet",
        "sqlx",
        "postgres-es",
        "axum",
        "reqwest",
        "getrandom",
    ];
    for (manifest, forbidden) in [
        (
            "aggregates/Cargo.toml",
            [&outside[..], &["projections"]].concat(),
        ),
        ("projections/Cargo.toml", outside.to_vec()),
    ] {
        let text = read(&root().join(manifest));
        let found: Vec<String> = text
            .lines()
            .filter(|line| forbidden.iter().any(|name| line.starts_with(name)))
            .map(|line| format!("{manifest}: {line}"))
            .collect();
        assert_none(
            &found,
            "src → projections → aggregates, never back, and no I/O below src",
        );
    }
}

#[test]
fn what_is_folded_is_pure() {
    // A hash map's order differs from run to run: a fold over it could not be repeated.
    let impure = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant::",
        "Utc::now",
        "Local::now",
        "sqlx",
        "tokio::",
        "HashMap",
        "HashSet",
        "static mut",
        "rand::",
        "new_v4",
        "new_v7",
        "now_v7",
        "println!",
        "eprintln!",
    ];
    let mut found = Vec::new();
    for folder in ["aggregates/src", "projections/src"] {
        for path in files(&root().join(folder), &[".rs"]) {
            for (number, line) in production_lines(&read(&path)) {
                let code = line.split("//").next().unwrap_or_default();
                if let Some(word) = impure.iter().find(|word| code.contains(**word)) {
                    found.push(format!("{}:{number}: {word}", shown(&path)));
                }
            }
        }
    }
    assert_none(&found, "a fold knows no clock, no I/O, no chance");
}

/// Numbered lines up to the file's test module.
fn production_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .zip(1..)
        .map(|(line, n)| (n, line))
}

#[test]
fn files_and_functions_stay_short() {
    let mut found = Vec::new();
    for path in sources() {
        let text = read(&path);
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() > FILE_LINES {
            found.push(format!(
                "{}: {} lines, at most {FILE_LINES}",
                shown(&path),
                lines.len()
            ));
        }
        for (start, length) in functions(&lines) {
            if length > FUNCTION_LINES {
                found.push(format!(
                    "{}:{start}: a function of {length} lines",
                    shown(&path)
                ));
            }
        }
    }
    assert_none(&found, "short files and functions");
}

/// Start (from 1) and length of every function; rustfmt closes each at its own indentation.
fn functions(lines: &[&str]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let head = code.split('(').next().unwrap_or_default();
        let is_function = head.split_whitespace().any(|word| word == "fn")
            && !code.starts_with("//")
            && !code.ends_with(';')
            && !code.starts_with('"');
        if !is_function {
            continue;
        }
        let closing = format!("{}}}", &line[..line.len() - code.len()]);
        let body = lines[start..].iter().position(|line| *line == closing);
        found.extend(body.map(|length| (start + 1, length + 1)));
    }
    found
}

#[test]
fn lines_fit_the_page() {
    let mut found = Vec::new();
    for path in sources() {
        for (line, number) in read(&path).lines().zip(1..) {
            // A message or a statement in quotes; the formatter cannot break it either.
            let quoted = line.contains('"') || line.ends_with('\\');
            if line.chars().count() > LINE_CHARACTERS && !quoted {
                found.push(format!("{}:{number}", shown(&path)));
            }
            if line.ends_with(' ') || line.contains('\t') {
                found.push(format!("{}:{number}: a stray space or tab", shown(&path)));
            }
        }
    }
    assert_none(&found, "at most 100 characters a line");
}

#[test]
fn nothing_is_left_for_later() {
    // Spelled apart, so that this file does not find itself.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("HA", "CK"),
    ];
    let mut found = Vec::new();
    for path in sources() {
        for (line, number) in read(&path).lines().zip(1..) {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!("{}:{number}", shown(&path)));
            }
        }
    }
    assert_none(&found, "unfinished work belongs in an issue");
}

#[test]
fn the_project_stands_alone() {
    let outside = [concat!("/wo", "rk/"), concat!("../sha", "red")];
    let endings = [".rs", ".sql", ".md", ".toml", ".json", ".csv", ".sh"];
    let mut found = Vec::new();
    let folders = [
        "src",
        "aggregates",
        "projections",
        "tests",
        "migrations",
        "docs",
        "bin",
    ];
    for path in folders
        .iter()
        .flat_map(|folder| files(&root().join(folder), &endings))
    {
        if outside.iter().any(|prefix| read(&path).contains(prefix)) {
            found.push(shown(&path));
        }
    }
    assert_none(&found, "a path outside the project");
}

#[test]
fn migrations_are_numbered_upwards() {
    let names: Vec<String> = files(&root().join("migrations"), &[".sql"])
        .iter()
        .map(|path| {
            path.file_name()
                .expect("a file has a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    // A piece of work is given its numbers before it is done: a gap is one that is on its way.
    let mut last = 0;
    for name in &names {
        let number = name.split('_').next().filter(|digits| digits.len() == 4);
        let number: u32 = number.and_then(|digits| digits.parse().ok()).unwrap_or(0);
        assert!(number > last, "{name} should have a number of its own");
        last = number;
        assert!(
            name.matches('_').count() >= 2,
            "{name} should be NNNN_verb_noun.sql"
        );
    }
}
