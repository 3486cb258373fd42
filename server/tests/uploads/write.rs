//! An upload goes on, or not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::reading::name_of;
use crate::wire::{patch, tus};
use crate::world::{World, bytes};

#[tokio::test]
async fn it_goes_on_where_it_is_and_nowhere_else() {
    let world = World::new().await;
    let sent = bytes(100);
    let path = world.begin(100).await;
    for offset in [1, 50, 100, 101, 1_000_000] {
        let answer = patch(&path, offset, &sent[..10]).send(world.at).await;
        assert_eq!(answer.code(), (409, "upload/offset".into()), "{offset}");
    }
    assert_eq!(patch(&path, 0, &sent[..40]).send(world.at).await.status, 204);
    assert_eq!(patch(&path, 0, &sent[..40]).send(world.at).await.status, 409, "again");
    // Nothing is a way to ask.
    assert_eq!(patch(&path, 40, b"").send(world.at).await.number("upload-offset"), 40);
    for kind in ["", "application/octet-stream", "application/offset+octet-stream2", "text/plain"] {
        let ask = patch(&path, 40, &sent[40..]).without("Content-Type").with("Content-Type", kind);
        assert_eq!(ask.send(world.at).await.code(), (415, "upload/type".into()), "{kind}");
    }
    let over = patch(&path, 40, &bytes(61));
    assert_eq!(over.clone().send(world.at).await.code(), (413, "upload/too-long".into()));
    assert_eq!(over.send_chunked(world.at, 10).await.code(), (413, "upload/too-long".into()));
    assert_eq!(world.offset(&path).await, 40, "none of these has changed anything");
    assert_eq!(patch(&path, 40, &sent[40..]).send_chunked(world.at, 60).await.status, 204);
    assert!(world.file(&path).await == sent);
    assert_eq!(patch(&path, 100, b"").send(world.at).await.number("upload-offset"), 100);
    assert_eq!(patch(&path, 100, b"x").send(world.at).await.status, 413);
}

#[tokio::test]
async fn what_does_not_add_up_is_dropped() {
    let world = World::new().await;
    let sent = bytes(3_000);
    let path = world.begin(3_000).await;
    let sums = |bytes: &[u8]| {
        let sha256 = Sha256::digest(bytes);
        let sha1 = <sha1::Sha1 as sha1::Digest>::digest(bytes);
        [
            format!("sha256 {}", STANDARD.encode(sha256)),
            format!("sha1 {}", STANDARD.encode(sha1)),
        ]
    };
    for sum in sums(&sent[1..1_000]) {
        let ask = patch(&path, 0, &sent[..1_000]).with("Upload-Checksum", &sum);
        assert_eq!(ask.clone().send(world.at).await.code(), (460, "upload/checksum".into()));
        assert_eq!(ask.send_chunked(world.at, 10).await.code(), (460, "upload/checksum".into()));
    }
    for sum in ["md5 XrY7u+Ae7tCTyyK7j1rNww==", "sha1", "sha1 x", "crc32 AAAAAA==", ""] {
        let ask = patch(&path, 0, &sent[..1_000]).with("Upload-Checksum", sum);
        assert_eq!(ask.send(world.at).await.code(), (400, "upload/algorithm".into()), "{sum}");
    }
    assert_eq!(world.offset(&path).await, 0);
    for (at, sum) in sums(&sent[..1_000]).into_iter().chain(sums(&sent[1_000..2_000])).enumerate() {
        let from = at / 2 * 1_000;
        if at % 2 == 0 {
            let ask = patch(&path, from as u64, &sent[from..from + 1_000]).with("Upload-Checksum", &sum);
            assert_eq!(ask.send(world.at).await.number("upload-offset"), from as u64 + 1_000);
        }
    }
    let [_, sha1] = sums(&sent[2_000..]);
    let ask = patch(&path, 2_000, &sent[2_000..]).with("Upload-Checksum", &sha1);
    assert_eq!(ask.send(world.at).await.status, 204);
    assert!(world.file(&path).await == sent);
    // What begins with bytes that do not add up does not begin.
    let before = world.files();
    let ask = tus("POST", "/v1/files").with("Upload-Length", "10").bytes(&sent[..10]);
    let [sha256, _] = sums(&sent[..9]);
    assert_eq!(ask.clone().with("Upload-Checksum", &sha256).send(world.at).await.status, 460);
    assert_eq!(world.files(), before);
    let [sha256, _] = sums(&sent[..10]);
    assert_eq!(ask.with("Upload-Checksum", &sha256).send(world.at).await.status, 201);
}

#[tokio::test]
async fn a_method_may_be_in_a_header() {
    let world = World::new().await;
    let path = world.begin(3).await;
    let over = |method: &str| tus("POST", &path).with("X-HTTP-Method-Override", method);
    let ask = over("PATCH").with("Upload-Offset", "0").bytes(b"abc");
    assert_eq!(ask.send(world.at).await.number("upload-offset"), 3);
    assert_eq!(world.file(&path).await, b"abc");
    for method in ["patch", "GET", ""] {
        assert_eq!(over(method).send(world.at).await.code(), (405, "method/unknown".into()));
    }
    assert_eq!(tus("POST", &path).send(world.at).await.status, 405);
    assert_eq!(over("DELETE").send(world.at).await.status, 204);
    assert_eq!(world.files(), 0);
}

#[tokio::test]
async fn what_lies_behind_is_dropped() {
    let world = World::new().await;
    let sent = bytes(100);
    let path = world.begin(100).await;
    assert_eq!(patch(&path, 0, &sent[..40]).send(world.at).await.status, 204);
    // As a crash leaves it that came after it was written and before it was said.
    let file = world.uploads().join(name_of(&path));
    let left = [&sent[..40], &[0; 50]].concat();
    std::fs::write(&file, left).expect("written");
    assert_eq!(world.offset(&path).await, 40);
    assert_eq!(patch(&path, 40, &sent[40..50]).send(world.at).await.status, 204);
    assert!(std::fs::read(&file).expect("a file") == sent[..50]);
}
