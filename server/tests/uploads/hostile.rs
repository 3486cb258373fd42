//! What no client sends.

use crate::wire::{patch, tus};
use crate::world::World;

#[tokio::test]
async fn numbers_are_numbers() {
    let world = World::new().await;
    let path = world.begin(10).await;
    for bad in [
        "-1",
        "+1",
        " 1 1",
        "1.0",
        "0x1",
        "1e3",
        "",
        "ten",
        "18446744073709551616",
        "9223372036854775808",
        "1,1",
        "\u{b2}",
        "99999999999999999999999999999999",
    ] {
        let begin = tus("POST", "/v1/files").with("Upload-Length", bad);
        assert_eq!(begin.send(world.at).await.code(), (400, "upload/form".into()), "{bad}");
        let ask = patch(&path, 0, b"x").without("Upload-Offset").with("Upload-Offset", bad);
        assert_eq!(ask.send(world.at).await.code(), (400, "upload/form".into()), "{bad}");
    }
    let no_length = tus("POST", "/v1/files").send(world.at).await;
    assert_eq!(no_length.code(), (400, "upload/length".into()));
    for defer in ["1", "0", "x"] {
        let ask = tus("POST", "/v1/files").with("Upload-Defer-Length", defer);
        assert_eq!(ask.clone().send(world.at).await.code(), (400, "upload/length".into()));
        assert_eq!(ask.with("Upload-Length", "1").send(world.at).await.status, 400);
    }
    let no_offset = patch(&path, 0, b"x").without("Upload-Offset").send(world.at).await;
    assert_eq!(no_offset.code(), (400, "upload/form".into()));
    assert_eq!((world.offset(&path).await, world.files()), (0, 2));
}

#[tokio::test]
async fn what_is_said_twice_is_not_said() {
    let world = World::new().await;
    let path = world.begin(10).await;
    for (name, value) in [
        ("Upload-Offset", "0"),
        ("Content-Type", "application/offset+octet-stream"),
        ("Tus-Resumable", "1.0.0"),
    ] {
        let answer = patch(&path, 0, b"x").with(name, value).send(world.at).await;
        assert_eq!(answer.code(), (400, "upload/form".into()), "{name}");
    }
    let begin = || tus("POST", "/v1/files").with("Upload-Length", "10");
    for (name, value) in [("Upload-Length", "10"), ("Upload-Concat", "partial")] {
        let answer = begin().with("Upload-Concat", "partial").with(name, value).send(world.at).await;
        assert_eq!(answer.code(), (400, "upload/form".into()), "{name}");
    }
    assert_eq!((world.offset(&path).await, world.files()), (0, 2));
}

/// Two who disagree about where a body ends must not both be believed.
#[tokio::test]
async fn a_body_has_one_length() {
    let world = World::new().await;
    let path = world.begin(10).await;
    let ask = patch(&path, 0, b"").with("Connection", "close");
    for (lengths, body) in [
        ("Content-Length: 4\r\nContent-Length: 5\r\n", "abcde"),
        ("Content-Length: -4\r\n", "abcd"),
        ("Content-Length: 4, 5\r\n", "abcde"),
        ("Content-Length: 99999999999999999999\r\n", "abcd"),
        ("Transfer-Encoding: chunked\r\n", "zz\r\nabcd\r\n0\r\n\r\n"),
        ("Transfer-Encoding: gzip\r\n", "abcd"),
    ] {
        let head = ask.clone().silent().head(0);
        let head = head.strip_suffix("\r\n").expect("a head");
        let text = format!("{head}{lengths}\r\n{body}");
        let mut stream = tokio::net::TcpStream::connect(world.at).await.expect("a connection");
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, text.as_bytes()).await;
        let mut all = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut all).await;
        let said = String::from_utf8_lossy(&all);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{lengths}: {said}");
        assert_eq!(world.offset(&path).await, 0, "{lengths}");
    }
}

#[tokio::test]
async fn headers_may_hold_anything() {
    let world = World::new().await;
    let path = world.begin(10).await;
    for (name, value) in [
        ("Upload-Checksum", "\u{e9}"),
        ("Upload-Checksum", "sha1 \u{1f600}"),
        ("Tus-Resumable", "\u{e9}"),
        ("Content-Type", "\u{e9}"),
        ("X-HTTP-Method-Override", "\u{e9}"),
    ] {
        let ask = if name == "X-HTTP-Method-Override" {
            tus("POST", &path).with(name, value)
        } else {
            patch(&path, 0, b"x").without(name).with(name, value)
        };
        let answer = ask.send(world.at).await;
        assert_eq!(answer.status, 400, "{name}");
    }
    let long = "A".repeat(40_000);
    let answer = tus("POST", "/v1/files").with("Upload-Concat", &format!("final;{long}"));
    assert_eq!(answer.send(world.at).await.code(), (400, "upload/parts".into()));
    assert_eq!((world.offset(&path).await, world.files()), (0, 2));
}
