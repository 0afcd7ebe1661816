//! `serve`: on a socket, until it is asked to stop.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Duration;

use crate::program::Desk;

async fn ask(path: &std::path::Path, request: &str) -> Option<String> {
    for _ in 0..100 {
        if let Ok(mut stream) = UnixStream::connect(path) {
            let head =
                format!("GET {request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
            stream
                .write_all(format!("{head}\r\n").as_bytes())
                .expect("the request is sent");
            let mut answer = String::new();
            stream
                .read_to_string(&mut answer)
                .expect("the answer is text");
            return Some(answer);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_on_a_socket_and_stops_when_asked() {
    let desk = Desk::new().await;
    let socket = desk.file("unused", "").with_file_name("api.sock");
    let key = desk.file("unused", "").with_file_name("people.key");
    let mut server = desk
        .command(&["serve".as_ref(), "--socket".as_ref(), socket.as_path()])
        .args(["--staff", "127.0.0.1:0", "--residents", "127.0.0.1:0"])
        .arg("--people-key")
        .arg(&key)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let ready = ask(&socket, "/ready").await.expect("the socket answers");
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    let books = ask(&socket, "/api/v1/books")
        .await
        .expect("the socket answers");
    assert!(books.starts_with("HTTP/1.1 200"), "{books}");
    let pid = server.id().to_string();
    let asked = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(asked.expect("kill is there").success());
    assert!(server.wait().expect("it ends").success());
    assert!(!socket.exists(), "its socket is gone");
}
