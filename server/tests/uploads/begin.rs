//! An upload begins.

use crate::reading::{name_of, read_at};
use crate::wire::{http, patch, tus};
use crate::world::{World, bytes};

#[tokio::test]
async fn what_was_sent_is_what_is_there() {
    let world = World::new().await;
    let sent = bytes(1_000_000);
    let path = world.begin(sent.len()).await;
    assert_eq!(world.offset(&path).await, 0);
    let answer = patch(&path, 0, &sent[..600_000]).send(world.at).await;
    assert_eq!((answer.status, answer.number("upload-offset")), (204, 600_000));
    assert_eq!(world.offset(&path).await, 600_000);
    // It goes on in another process, in pieces whose length nobody says.
    let world = world.again().await;
    let answer = patch(&path, 600_000, &sent[600_000..]).send_chunked(world.at, 7_777).await;
    assert_eq!((answer.status, answer.number("upload-offset")), (204, 1_000_000));
    assert_eq!(world.offset(&path).await, 1_000_000);
    assert!(world.file(&path).await == sent);
    // Two files, of which one is what was sent, and nothing else.
    assert_eq!(world.files(), 2);
    let name = name_of(&path);
    assert!(std::fs::read(world.uploads().join(&name)).expect("a file") == sent);
    assert_eq!(tus("DELETE", &path).send(world.at).await.status, 204);
    assert_eq!(world.files(), 0);
    for answer in [
        tus("HEAD", &path).silent().send(world.at).await,
        tus("DELETE", &path).send(world.at).await,
        patch(&path, 0, b"").send(world.at).await,
        http("GET", &read_at(&path)).silent().send(world.at).await,
    ] {
        assert_eq!(answer.status, 404);
    }
    for line in [
        "mixus_privacy_uploads_total{result=\"finished\"} 1",
        "mixus_privacy_uploads_total{result=\"ended\"} 1",
        "mixus_privacy_upload_received_bytes_total 400000",
        "mixus_privacy_uploads_open 0",
        "mixus_privacy_uploads_kept_bytes 0",
    ] {
        assert!(world.counts(line).await, "{line}");
    }
}

#[tokio::test]
async fn it_may_begin_with_bytes() {
    let world = World::new().await;
    let sent = bytes(5_000);
    for (count, chunked) in [(5_000, false), (5_000, true), (2_000, false), (2_000, true)] {
        let ask = tus("POST", "/v1/files").with("Upload-Length", "5000").bytes(&sent[..count]);
        let answer = if chunked {
            ask.send_chunked(world.at, 999).await
        } else {
            ask.send(world.at).await
        };
        assert_eq!((answer.status, answer.number("upload-offset")), (201, count as u64));
        let path = format!("/v1/{}", answer.header("location"));
        if count < sent.len() {
            let rest = patch(&path, count as u64, &sent[count..]).send(world.at).await;
            assert_eq!(rest.status, 204);
        }
        assert!(world.file(&path).await == sent);
    }
    // Too much of it, or of another kind: nothing is begun.
    let before = world.files();
    let ask = || tus("POST", "/v1/files").with("Upload-Length", "4999");
    for answer in [
        ask().bytes(&sent).send(world.at).await,
        ask().bytes(&sent).send_chunked(world.at, 100).await,
    ] {
        assert_eq!(answer.code(), (413, "upload/too-long".into()));
    }
    let other = ask()
        .bytes(&sent[..10])
        .without("Content-Type")
        .with("Content-Type", "text/plain");
    assert_eq!(other.send(world.at).await.code(), (415, "upload/type".into()));
    assert_eq!(world.files(), before);
}

#[tokio::test]
async fn an_empty_file_is_one() {
    let world = World::new().await;
    let path = world.begin(0).await;
    assert_eq!(world.offset(&path).await, 0);
    assert_eq!(world.file(&path).await, b"");
    assert_eq!(patch(&path, 0, b"").send(world.at).await.status, 204);
    let answer = patch(&path, 0, b"x").send(world.at).await;
    assert_eq!(answer.code(), (413, "upload/too-long".into()));
}

#[tokio::test]
async fn names_cannot_be_guessed_and_say_nothing() {
    let world = World::new().await;
    let paths = [world.begin(1).await, world.begin(1).await];
    for path in &paths {
        let name = path.strip_prefix("/v1/files/").expect("a name");
        assert_eq!(name.len(), 32, "192 bits");
    }
    assert_ne!(paths[0][..20], paths[1][..20]);
    // As long as it is none of the right form it is unknown too, and said in the same words.
    let mut other = paths[0].clone();
    other.pop();
    other.push(if paths[0].ends_with('A') { 'B' } else { 'A' });
    let read = read_at(&other);
    for name in [
        read.as_str(),
        "/v1/files/x",
        "/v1/files/AAAAAAAAAAAAAAAAAAAAAAAA",
        "/v1/files/..%2f..%2frecords.db",
        "/v1/files/%00",
        "/v1/files/%ff",
        &format!("{}.state", paths[0]),
        &format!("/v1/files/{}", "A".repeat(10_000)),
    ] {
        for ask in [tus("DELETE", name), patch(name, 0, b"x"), http("GET", name)] {
            let answer = ask.send(world.at).await;
            assert_eq!(answer.code(), (404, "upload/unknown".into()), "{name}");
        }
        assert_eq!(tus("HEAD", name).silent().send(world.at).await.status, 404, "{name}");
    }
    for ask in [tus("DELETE", &other), patch(&other, 0, b"x")] {
        assert_eq!(ask.send(world.at).await.code(), (404, "upload/unknown".into()));
    }
}

#[tokio::test]
async fn only_tus_is_spoken() {
    let world = World::new().await;
    let path = world.begin(10).await;
    let create = || tus("POST", "/v1/files").with("Upload-Length", "10");
    for ask in [
        create(),
        patch(&path, 0, b"x"),
        tus("DELETE", &path),
        tus("HEAD", &path).silent(),
    ] {
        for version in ["", "0.2.2", "1.0", "1.0.0, 1.0.0", "2.0.0"] {
            let mut ask = ask.clone().without("Tus-Resumable");
            if !version.is_empty() {
                ask = ask.with("Tus-Resumable", version);
            }
            let answer = ask.send(world.at).await;
            assert_eq!((answer.status, answer.header("tus-version")), (412, "1.0.0"), "{version}");
        }
    }
    assert_eq!(world.offset(&path).await, 0);
    assert_eq!(world.files(), 2, "nothing else was begun");
    for path in ["/v1/files", &path] {
        let answer = http("OPTIONS", path).silent().send(world.at).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("tus-version"), "1.0.0");
        assert_eq!(answer.header("tus-max-size"), "10000000");
        assert_eq!(answer.header("tus-checksum-algorithm"), "sha1,sha256");
        assert_eq!(
            answer.header("tus-extension"),
            "creation,creation-with-upload,termination,expiration,checksum,concatenation"
        );
    }
}

#[tokio::test]
async fn nothing_of_a_file_may_be_told() {
    let world = World::new().await;
    let ask = || tus("POST", "/v1/files").with("Upload-Length", "10");
    for metadata in ["filename d29ybGQucGRm", "is_confidential", "x"] {
        let answer = ask().with("Upload-Metadata", metadata).send(world.at).await;
        assert_eq!(answer.code(), (400, "upload/metadata".into()));
    }
    assert_eq!(world.files(), 0);
    assert_eq!(ask().with("Upload-Metadata", "").send(world.at).await.status, 201);
}

#[tokio::test]
async fn without_a_folder_there_is_nothing() {
    let world = World::with(|it| it.uploads = None).await;
    for ask in [tus("POST", "/v1/files").with("Upload-Length", "1"), http("GET", "/v1/files/x")] {
        let mut stream = ask.begin(world.at, 0, b"").await;
        let mut said = [0; 12];
        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut said)
            .await
            .expect("an answer");
        assert_eq!(&said, b"HTTP/1.1 404");
    }
}
