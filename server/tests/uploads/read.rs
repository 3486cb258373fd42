//! A finished file is read, as a browser plays it.

use crate::reading::read_at;
use crate::wire::{Answer, http, patch, tus};
use crate::world::{World, bytes};

async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Answer {
    let ask = http("GET", path).silent();
    let ask = headers.iter().fold(ask, |ask, (name, value)| ask.with(name, value));
    ask.send(world.at).await
}

#[tokio::test]
async fn parts_of_it_can_be_asked_for() {
    let world = World::new().await;
    let sent = bytes(300_000);
    let path = world.begin(sent.len()).await;
    let read = read_at(&path);
    // Before it is finished there is nothing to read.
    assert_eq!(patch(&path, 0, &sent[..299_999]).send(world.at).await.status, 204);
    assert_eq!(get(&world, &read, &[]).await.code(), (409, "upload/unfinished".into()));
    assert_eq!(patch(&path, 299_999, &sent[299_999..]).send(world.at).await.status, 204);
    let all = get(&world, &read, &[]).await;
    assert!(all.status == 200 && all.body == sent);
    for (name, value) in [
        ("accept-ranges", "bytes"),
        ("cache-control", "private, max-age=31536000, immutable"),
        ("content-type", "application/octet-stream"),
        ("content-disposition", "attachment"),
        ("x-content-type-options", "nosniff"),
        ("content-length", "300000"),
        ("tus-resumable", "1.0.0"),
    ] {
        assert_eq!(all.header(name), value, "{name}");
    }
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 300_000),
        ("bytes=150000-", 150_000, 300_000),
        ("bytes=131071-131072", 131_071, 131_073),
        ("bytes=-1", 299_999, 300_000),
        ("bytes=-9999999", 0, 300_000),
        ("bytes=299999-400000", 299_999, 300_000),
    ] {
        let part = get(&world, &read, &[("Range", range)]).await;
        assert!(part.status == 206 && part.body == sent[from..to], "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {from}-{}/300000", to - 1));
        assert_eq!(part.header("content-length"), (to - from).to_string());
        assert_eq!(part.header("etag"), all.header("etag"));
    }
    for range in [
        "bytes=300000-",
        "bytes=300000-300001",
        "bytes=-0",
        "bytes=99999999999999999999-",
    ] {
        let answer = get(&world, &read, &[("Range", range)]).await;
        assert_eq!(answer.code(), (416, "upload/range".into()), "{range}");
        assert_eq!(answer.header("content-range"), "bytes */300000");
        assert_eq!(answer.header("cache-control"), "no-store", "{range}");
    }
    for range in ["bytes=0-1,5-6", "bytes=5-4", "items=0-1", "bytes", "bytes=a-", ""] {
        let whole = get(&world, &read, &[("Range", range)]).await;
        assert!(whole.status == 200 && whole.body == sent, "{range}");
    }
}

#[tokio::test]
async fn it_never_changes() {
    let world = World::new().await;
    let path = world.begin(3).await;
    let read = read_at(&path);
    assert_eq!(patch(&path, 0, b"abc").send(world.at).await.status, 204);
    let tag = get(&world, &read, &[]).await.header("etag").to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
        let answer = get(&world, &read, &[("If-None-Match", &known)]).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
    }
    assert_eq!(get(&world, &read, &[("If-None-Match", "\"x\"")]).await.body, b"abc");
    let part = async |condition: &str| {
        let headers = [("Range", "bytes=1-"), ("If-Range", condition)];
        get(&world, &read, &headers).await
    };
    assert_eq!(part(&tag).await.body, b"bc");
    assert_eq!(part("\"x\"").await.body, b"abc");
    // What tells how far it is is never kept, though the file is.
    let head = tus("HEAD", &path).silent().send(world.at).await;
    assert_eq!((head.header("cache-control"), head.number("upload-length")), ("no-store", 3));
}

#[tokio::test]
async fn who_reads_reads_on_when_it_is_ended() {
    let world = World::new().await;
    let sent = bytes(9_000_000);
    let path = world.begin(sent.len()).await;
    assert_eq!(patch(&path, 0, &sent).send(world.at).await.status, 204);
    let ask = http("GET", &read_at(&path)).silent().with("Connection", "close");
    let mut reader = ask.begin(world.at, 0, b"").await;
    reader.readable().await.expect("an answer");
    assert_eq!(tus("DELETE", &path).send(world.at).await.status, 204);
    assert!(ask.answer(&mut reader).await.body == sent);
}

/// Who was handed a file to read does not end it, nor write to it; and who could, hands on no such address by mistake.
#[tokio::test]
async fn who_reads_does_not_write() {
    let world = World::new().await;
    let answer = world.try_begin(3).await;
    let path = format!("/v1/{}", answer.header("location"));
    let read = read_at(&path);
    // Everything that is told to a sender says where the file is read, as seen from what was asked.
    assert_eq!(format!("/v1/{}", answer.header("content-location")), read);
    let name = read.rsplit('/').next().expect("a name");
    let sent = patch(&path, 0, b"abc").send(world.at).await;
    assert_eq!((sent.status, sent.header("content-location")), (204, name));
    let head = tus("HEAD", &path).silent().send(world.at).await;
    assert_eq!((head.status, head.header("content-location")), (200, name));
    // It is not read where it is written, finished or not, there or not.
    for path in [path.as_str(), &world.begin(1).await, &format!("/v1/files/{}", "A".repeat(32))] {
        let refused = get(&world, path, &[]).await;
        assert_eq!(refused.code(), (403, "upload/write-only".into()));
        assert_eq!(format!("/v1/files/{}", refused.header("content-location")), read_at(path));
    }
    for ask in [
        tus("DELETE", &read),
        patch(&read, 3, b""),
        patch(&read, 0, b"x"),
        tus("POST", &read).with("X-HTTP-Method-Override", "DELETE"),
        tus("POST", "/v1/files").with("Upload-Concat", &format!("final;{name}")),
    ] {
        let status = ask.send(world.at).await.status;
        assert!(status == 404 || status == 400, "{status}");
    }
    assert_eq!(tus("HEAD", &read).silent().send(world.at).await.status, 404);
    assert_eq!(get(&world, &read, &[]).await.body, b"abc");
    assert_eq!(tus("DELETE", &path).send(world.at).await.status, 204);
    assert_eq!(get(&world, &read, &[]).await.status, 404);
}
