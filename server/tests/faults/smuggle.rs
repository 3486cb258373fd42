//! Requests that two servers in a row might read in two ways: none is read as two, and none is kept.

use anyhow::Result;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::counts;
use crate::device::Device;
use crate::http::Client;
use crate::server::{Server, command};

/// Sends bytes and nothing after them; the statuses of all answers.
async fn statuses(address: &str, bytes: &[u8]) -> Result<Vec<u16>> {
    let mut stream = TcpStream::connect(address).await?;
    // It may be cut off in the middle, and still be answered.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut read = Vec::new();
    let _ = stream.read_to_end(&mut read).await;
    let read = String::from_utf8_lossy(&read).into_owned();
    let status = |it: &str| it.get(..3).and_then(|it| it.parse().ok());
    Ok(read.split("HTTP/1.1 ").skip(1).filter_map(status).collect())
}

/// What is sent, and which answers may come of it: one of these, or none where the connection is closed.
fn shapes(event: &str) -> Vec<(&'static str, Vec<u8>, &'static [u16])> {
    let hidden = format!(
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{event}",
        event.len()
    );
    let post = |headers: &str, body: &str| {
        format!("POST /v1/events HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n{body}").into_bytes()
    };
    let chunked = format!("0\r\n\r\n{hidden}");
    let length = chunked.len();
    vec![
        (
            "a length and chunks",
            post(&format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"), &chunked),
            &[200, 400],
        ),
        (
            "chunks and a length",
            post(&format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"), &chunked),
            &[200, 400],
        ),
        (
            "two lengths",
            post(&format!("Content-Length: 0\r\nContent-Length: {}", hidden.len()), &hidden),
            &[400],
        ),
        (
            "two lengths in one",
            post(&format!("Content-Length: 0, {}", hidden.len()), &hidden),
            &[400],
        ),
        ("a length with a sign", post("Content-Length: +0", &hidden), &[400]),
        ("a length below zero", post("Content-Length: -1", &hidden), &[400]),
        ("a length in base 16", post("Content-Length: 0x0", &hidden), &[400]),
        (
            "a length without end",
            post("Content-Length: 99999999999999999999", &hidden),
            &[400, 413],
        ),
        (
            "a length with white space before its colon",
            post("Content-Length : 0", &hidden),
            &[400],
        ),
        (
            "chunks with white space before the colon",
            post("Transfer-Encoding : chunked", &chunked),
            &[400],
        ),
        (
            "chunks in another way",
            post("Transfer-Encoding: xchunked", &chunked),
            &[400, 501],
        ),
        (
            "chunks, and something after",
            post("Transfer-Encoding: chunked, identity", &chunked),
            &[400, 501],
        ),
        ("a folded header", post("Transfer-Encoding:\r\n chunked", &chunked), &[400]),
        ("a header without a name", post(": 0", &hidden), &[400]),
        ("a null in a header", post("X: a\0b\r\nContent-Length: 0", ""), &[400]),
        (
            "a chunk that is longer than any",
            post("Transfer-Encoding: chunked", &format!("fffffffffffffffff\r\n{hidden}")),
            &[400],
        ),
        (
            "a chunk whose length is none",
            post("Transfer-Encoding: chunked", &format!("zz\r\n{hidden}")),
            &[400],
        ),
        (
            "a chunk that ends early",
            post("Transfer-Encoding: chunked", "ff\r\n{}"),
            &[400],
        ),
        (
            "another version",
            format!("POST /v1/events HTTP/9.9\r\nHost: a\r\n\r\n{hidden}").into_bytes(),
            &[400, 505],
        ),
        ("no version", format!("GET /v1/health\r\n\r\n{hidden}").into_bytes(), &[400]),
        ("the head of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), &[400, 505]),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), &[400]),
        (
            "a path without end",
            format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(1 << 20)).into_bytes(),
            &[400, 414, 431],
        ),
        ("a thousand headers", post(&"X: a\r\n".repeat(1000), &hidden), &[400, 431]),
        (
            "a header without end",
            post(&format!("X: {}", "a".repeat(1 << 20)), &hidden),
            &[400, 431],
        ),
        ("half a body", post("Content-Length: 100", "{}"), &[400]),
    ]
}

#[tokio::test]
async fn a_request_is_one_request() {
    let folder = TempDir::with_prefix("mixus-faults-").expect("a folder");
    let database = folder.path().join("privacy.db");
    let server = Server::start(command(database.as_path())).expect("a server");
    let device = Device::new(1, 1);
    let shapes = shapes(&device.chain[0].text);
    let mut wrong = Vec::new();
    for (what, bytes, may) in &shapes {
        let answers = statuses(&server.address, bytes).await.expect("a connection");
        // What comes after a request that was refused is not looked at.
        if answers.len() > 1 || answers.iter().any(|it| !may.contains(it)) {
            wrong.push(format!("{what}: {answers:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let mut client = Client::connect(&server.address).await.expect("a connection");
    let (status, note) = client.get("/v1/log/checkpoint").await.expect("an answer");
    assert_eq!((status, note.lines().nth(1)), (200, Some("0")), "nothing is kept");
    counts(shapes.len(), "requests that can be read in two ways, none was");
}
