//! One at a time; and who lost a connection is not kept waiting by it.

use std::time::Duration;

use mixus_privacy_server::Patience;
use tokio::io::AsyncWriteExt as _;

use crate::reading::name_of;
use crate::wire::{Answer, LONG, patch, tus};
use crate::world::{World, bytes};

/// Waits until somebody is at an upload.
async fn is_locked(world: &World, path: &str) {
    let name = name_of(path);
    let locked = async {
        loop {
            let file = std::fs::File::open(world.uploads().join(&name)).expect("a file");
            // A lock of our own is gone with the file.
            if file.try_lock().is_err() {
                return;
            }
            drop(file);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, locked).await.expect("somebody at it");
}

/// Waits until so much is written, or more.
async fn is_written(world: &World, path: &str, count: u64) {
    let name = name_of(path);
    let written = async {
        while std::fs::metadata(world.uploads().join(&name)).expect("a file").len() < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, written).await.expect("written");
}

#[tokio::test]
async fn two_do_not_write_at_once() {
    let world = World::new().await;
    let sent = bytes(1_000);
    let path = world.begin(1_000).await;
    let ask = patch(&path, 0, b"").with("Connection", "close");
    let mut first = ask.begin(world.at, 1_000, &sent[..500]).await;
    is_written(&world, &path, 500).await;
    for _ in 0..2 {
        let second = patch(&path, 0, &sent).send(world.at).await;
        assert_eq!(second.code(), (423, "upload/locked".into()));
        assert_eq!(second.header("retry-after"), "1");
    }
    // Nor from another process.
    let beside = world.beside().await;
    assert_eq!(patch(&path, 0, &sent).send(beside.at).await.status, 423);
    // The first has not noticed.
    first.write_all(&sent[500..]).await.expect("sent");
    let answer = ask.answer(&mut first).await;
    assert_eq!((answer.status, answer.number("upload-offset")), (204, 1_000));
    assert!(world.file(&path).await == sent);
}

/// What is told to somebody from whom an upload was taken.
async fn taken(world: &World, from: &World) -> (Answer, u64) {
    let sent = bytes(1_000);
    let path = world.begin(1_000).await;
    let ask = patch(&path, 0, b"").with("Connection", "close");
    let mut first = ask.begin(world.at, 1_000, &sent[..500]).await;
    is_written(world, &path, 500).await;
    // It was not told that its connection is lost.
    let offset = from.offset(&path).await;
    let told = ask.answer(&mut first).await;
    let rest = patch(&path, offset, &sent[usize::try_from(offset).expect("small")..]);
    assert_eq!(rest.send(from.at).await.status, 204);
    assert!(from.file(&path).await == sent);
    (told, offset)
}

#[tokio::test]
async fn who_asks_how_far_it_is_goes_on_at_once() {
    let world = World::new().await;
    let beside = world.beside().await;
    for from in [&world, &beside] {
        let (told, offset) = taken(&world, from).await;
        assert_eq!(told.code(), (423, "upload/locked".into()));
        assert_eq!(offset, 500, "what had arrived is there");
    }
}

#[tokio::test]
async fn who_ends_it_does_not_wait_either() {
    let world = World::new().await;
    let path = world.begin(1_000).await;
    let ask = patch(&path, 0, b"").with("Connection", "close");
    let mut first = ask.begin(world.at, 1_000, b"some").await;
    is_locked(&world, &path).await;
    assert_eq!(tus("DELETE", &path).send(world.at).await.status, 204);
    assert_eq!(ask.answer(&mut first).await.status, 423);
    assert_eq!(world.files(), 0);
}

#[tokio::test]
async fn a_broken_connection_keeps_what_arrived() {
    let world = World::new().await;
    let sent = bytes(500_000);
    let path = world.begin(500_000).await;
    let mut offset = 0;
    while offset < 400_000 {
        let ask = patch(&path, offset as u64, b"");
        let next = offset + 100_000;
        let stream = ask.begin(world.at, sent.len() - offset, &sent[offset..next]).await;
        is_written(&world, &path, next as u64).await;
        drop(stream);
        // Whether it has noticed or not.
        assert_eq!(world.offset(&path).await, next as u64);
        offset = next;
    }
    assert_eq!(patch(&path, 400_000, &sent[400_000..]).send(world.at).await.status, 204);
    assert!(world.file(&path).await == sent);
}

#[tokio::test]
async fn what_does_not_come_is_not_waited_for() {
    let world = World::with(|it| {
        it.patience = Patience {
            idle: Duration::from_millis(200),
            ..Patience::default()
        };
    })
    .await;
    let path = world.begin(1_000).await;
    let ask = patch(&path, 0, b"").with("Connection", "close");
    let mut slow = ask.begin(world.at, 1_000, b"some").await;
    let answer = ask.answer(&mut slow).await;
    assert_eq!(answer.code(), (503, "upload/slow".into()));
    assert_eq!(world.offset(&path).await, 4);
    // Nor in a body that comes bit by bit.
    let world = World::with(|it| {
        it.patience = Patience {
            upload: Duration::from_millis(300),
            ..Patience::default()
        };
    })
    .await;
    let path = world.begin(1_000_000).await;
    let mut slow = ask_bit_by_bit(&world, &path).await;
    let ask = patch(&path, 0, b"").with("Connection", "close");
    assert_eq!(ask.answer(&mut slow).await.code(), (503, "upload/slow".into()));
    assert!(world.offset(&path).await > 0);
}

/// Sends a byte now and then, until nobody takes it.
async fn ask_bit_by_bit(world: &World, path: &str) -> tokio::net::TcpStream {
    let ask = patch(path, 0, b"").with("Connection", "close");
    let mut stream = ask.begin(world.at, 1_000_000, b"some").await;
    let mut beat = tokio::time::interval(Duration::from_millis(10));
    loop {
        beat.tick().await;
        let mut said = [0; 1];
        let is_answered = matches!(
            tokio::time::timeout(Duration::from_millis(1), stream.peek(&mut said)).await,
            Ok(Ok(1))
        );
        if is_answered || stream.write_all(b"x").await.is_err() {
            return stream;
        }
    }
}

#[tokio::test]
async fn an_end_keeps_what_arrived() {
    let world = World::new().await;
    let sent = bytes(1_000);
    let path = world.begin(1_000).await;
    let ask = patch(&path, 0, b"").with("Connection", "close");
    let mut first = ask.begin(world.at, 1_000, &sent[..700]).await;
    is_written(&world, &path, 700).await;
    let world = world.again().await;
    assert_eq!(ask.answer(&mut first).await.code(), (503, "server/ending".into()));
    assert_eq!(world.offset(&path).await, 700);
    assert_eq!(patch(&path, 700, &sent[700..]).send(world.at).await.status, 204);
    assert!(world.file(&path).await == sent);
}
