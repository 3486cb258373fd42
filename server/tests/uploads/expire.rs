//! What nobody goes on with goes; what is finished stays, or does not.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use mixus_privacy_server::Settings;

use crate::reading::{name_of, read_at};
use crate::wire::{http, patch, tus};
use crate::world::{World, bytes};

const HOUR: u64 = 3_600;

/// A clock for each test.
macro_rules! clock {
    ($name:ident) => {
        static $name: AtomicU64 = AtomicU64::new(1_795_000_000);
    };
}

fn set(settings: &mut Settings, clock: fn() -> u64, expire: u32, retain: u32) {
    settings.clock = clock;
    let uploads = settings.uploads.as_mut().expect("uploads");
    uploads.expire = expire;
    uploads.retain = retain;
}

fn date(at: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(at))
}

#[tokio::test]
async fn an_unfinished_upload_waits_for_a_while() {
    clock!(NOW);
    let begin = NOW.load(Ordering::Relaxed);
    let world = World::with(|it| set(it, || NOW.load(Ordering::Relaxed), 2, 0)).await;
    let answer = world.try_begin(100).await;
    assert_eq!(answer.header("upload-expires"), date(begin + 2 * HOUR));
    let path = format!("/v1/{}", answer.header("location"));
    let dead = world.begin(100).await;
    NOW.fetch_add(HOUR, Ordering::Relaxed);
    // It goes on, and waits as long again.
    let answer = patch(&path, 0, &bytes(50)).send(world.at).await;
    assert_eq!(answer.header("upload-expires"), date(begin + 3 * HOUR));
    NOW.fetch_add(HOUR, Ordering::Relaxed);
    for answer in [
        tus("HEAD", &dead).silent().send(world.at).await,
        patch(&dead, 0, b"x").send(world.at).await,
        tus("DELETE", &dead).send(world.at).await,
        http("GET", &read_at(&dead)).silent().send(world.at).await,
    ] {
        assert_eq!(answer.status, 404, "as if it had never been");
    }
    assert_eq!(world.records.tidy_uploads().await.expect("tidied"), 1);
    assert_eq!(world.files(), 2);
    let head = tus("HEAD", &path).silent().send(world.at).await;
    assert_eq!(
        (head.number("upload-offset"), head.header("upload-expires")),
        (50, date(begin + 3 * HOUR).as_str())
    );
    let answer = patch(&path, 50, &bytes(50)).send(world.at).await;
    assert_eq!((answer.status, answer.header("upload-expires")), (204, ""), "finished");
    NOW.fetch_add(1_000_000 * HOUR, Ordering::Relaxed);
    assert_eq!(world.records.tidy_uploads().await.expect("tidied"), 0);
    assert_eq!(world.file(&path).await.len(), 100);
    assert!(world.counts("mixus_privacy_uploads_total{result=\"expired\"} 1").await);
}

#[tokio::test]
async fn what_is_finished_is_kept_as_long_as_it_is_to_be() {
    clock!(NOW);
    let world = World::with(|it| set(it, || NOW.load(Ordering::Relaxed), 1, 2)).await;
    let path = world.begin(3).await;
    assert_eq!(patch(&path, 0, b"abc").send(world.at).await.status, 204);
    NOW.fetch_add(48 * HOUR - 1, Ordering::Relaxed);
    assert_eq!(world.file(&path).await, b"abc");
    NOW.fetch_add(1, Ordering::Relaxed);
    assert_eq!(http("GET", &read_at(&path)).silent().send(world.at).await.status, 404);
    // A restart tidies up as well.
    let world = world.again().await;
    assert_eq!(world.files(), 0);
}

#[tokio::test]
async fn a_part_that_nobody_joins_goes_too() {
    clock!(NOW);
    let world = World::with(|it| set(it, || NOW.load(Ordering::Relaxed), 1, 0)).await;
    let part = tus("POST", "/v1/files")
        .with("Upload-Concat", "partial")
        .with("Upload-Length", "3");
    let answer = part.bytes(b"abc").send(world.at).await;
    assert!(!answer.header("upload-expires").is_empty());
    NOW.fetch_add(HOUR, Ordering::Relaxed);
    let join =
        tus("POST", "/v1/files").with("Upload-Concat", &format!("final;{}", answer.header("location")));
    assert_eq!(join.send(world.at).await.code(), (400, "upload/parts".into()));
    assert_eq!(world.records.tidy_uploads().await.expect("tidied"), 1);
    assert_eq!(world.files(), 0);
}

#[tokio::test]
async fn nobody_is_tidied_away_at_work() {
    clock!(NOW);
    let world = World::with(|it| set(it, || NOW.load(Ordering::Relaxed), 1, 0)).await;
    let sent = bytes(10);
    let path = world.begin(10).await;
    let ask = patch(&path, 0, b"").with("Connection", "close");
    let mut writer = ask.begin(world.at, 10, &sent[..5]).await;
    let name = name_of(&path);
    while std::fs::metadata(world.uploads().join(&name)).expect("a file").len() < 5 {
        tokio::task::yield_now().await;
    }
    NOW.fetch_add(HOUR, Ordering::Relaxed);
    assert_eq!(world.records.tidy_uploads().await.expect("tidied"), 0);
    tokio::io::AsyncWriteExt::write_all(&mut writer, &sent[5..])
        .await
        .expect("sent");
    assert_eq!(ask.answer(&mut writer).await.status, 204);
    assert!(world.file(&path).await == sent);
}

#[tokio::test]
async fn what_was_left_half_made_goes_and_what_is_damaged_stays() {
    let world = World::new().await;
    let path = world.begin(3).await;
    assert_eq!(patch(&path, 0, b"abc").send(world.at).await.status, 204);
    let put = |name: &str, bytes: &[u8]| std::fs::write(world.uploads().join(name), bytes).expect("written");
    let names = ["A".repeat(24), "B".repeat(24), "C".repeat(24), "D".repeat(24)];
    // Made, or taken away, by half; with a state that was never whole; with one that is damaged; and none of ours.
    put(&names[0], b"some");
    put(&format!("{}.state", names[1]), b"some");
    put(&names[2], b"");
    put(&format!("{}.state", names[2]), b"some");
    put(&names[3], b"some");
    put(&format!("{}.state", names[3]), b"some");
    put("notes.txt", b"some");
    assert_eq!(world.records.tidy_uploads().await.expect("tidied"), 3);
    assert_eq!(world.files(), 2 + 2 + 1);
    let answer = http("GET", &format!("/v1/files/{}", names[3])).silent().send(world.at).await;
    assert_eq!(answer.status, 404);
    assert_eq!(world.file(&path).await, b"abc");
}
