//! The program: a simulated street in one process, a reader in another.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_energokabinet"))
}

/// A street that ends with the value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn said(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().expect("the program runs");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[test]
fn a_simulated_street_is_read_from_the_command_line() {
    let mut street = program();
    street.args([
        "simulate",
        "--lines",
        "2",
        "--meters",
        "1",
        "--port",
        "0",
        "--profile",
        "ml-dhm",
    ]);
    let street = street
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut street = Running(street);
    let out = street.0.stdout.take().expect("the output is ours");
    let addresses: Vec<String> = BufReader::new(out)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| {
            let word = line.split_whitespace().next()?;
            word.contains("://").then(|| word.to_owned())
        })
        .take(2)
        .collect();
    for address in &addresses {
        let quick = ["--late-ms", "200", "--frames"];
        let (code, text) = said(
            program()
                .args(["device", "read", "ml-dhm", address])
                .args(quick),
        );
        assert_eq!(code, Some(0), "{text}");
        assert!(
            text.contains("heat") && text.contains("Дж") && text.contains("№"),
            "{text}"
        );
        assert!(text.contains("→ "), "frames are shown: {text}");
        let stranger = [
            "device",
            "read",
            "ml-dhm",
            address,
            "--serial",
            "5",
            "--late-ms",
            "50",
        ];
        let (code, text) = said(program().args(stranger).args(["--retries", "0"]));
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("ожидался № 5"), "{text}");
    }
    let (code, text) = said(program().args(["device", "read", "tv8", &addresses[0]]));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("tv7"), "{text}");
}

#[test]
fn profiles_are_listed_and_shown() {
    let (code, text) = said(program().args(["device", "profiles"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("tsrv-024m"), "{text}");
    let (code, text) = said(program().args(["device", "profiles", "tv7"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("heat (tv1)") && text.contains("Гкал"),
        "{text}"
    );
}
