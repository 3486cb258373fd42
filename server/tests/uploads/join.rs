//! Parts that are joined.

use crate::reading::read_at;
use crate::wire::{Answer, http, patch, tus};
use crate::world::{World, bytes};

async fn part(world: &World, bytes: &[u8]) -> String {
    let answer = tus("POST", "/v1/files")
        .with("Upload-Concat", "partial")
        .with("Upload-Length", &bytes.len().to_string())
        .send(world.at)
        .await;
    assert_eq!(answer.status, 201);
    let path = format!("/v1/{}", answer.header("location"));
    if !bytes.is_empty() {
        assert_eq!(patch(&path, 0, bytes).send(world.at).await.status, 204);
    }
    path
}

async fn join(world: &World, list: &str) -> Answer {
    let ask = tus("POST", "/v1/files").with("Upload-Concat", &format!("final;{list}"));
    ask.send(world.at).await
}

fn path(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{answer:?}");
    format!("/v1/{}", answer.header("location"))
}

#[tokio::test]
async fn parts_become_a_whole() {
    let world = World::new().await;
    let sent = bytes(1_000_000);
    let parts = [
        part(&world, &sent[..333_333]).await,
        part(&world, b"").await,
        part(&world, &sent[333_333..700_000]).await,
        part(&world, &sent[700_000..]).await,
    ];
    let head = tus("HEAD", &parts[0]).silent().send(world.at).await;
    assert_eq!(
        (head.header("upload-concat"), head.number("upload-offset")),
        ("partial", 333_333)
    );
    assert_eq!(head.header("content-location"), "", "it is read nowhere");
    assert_eq!(
        http("GET", &read_at(&parts[0])).silent().send(world.at).await.status,
        409,
        "a part is no file"
    );
    // However clients write where they are.
    let list = format!(
        "https://files.example/eu{} {} {} {}",
        parts[0],
        parts[1],
        &parts[2][4..],
        parts[3]
    );
    let answer = join(&world, &list).await;
    let whole = path(&answer);
    assert_eq!(format!("/v1/{}", answer.header("content-location")), read_at(&whole));
    assert!(world.file(&whole).await == sent);
    let head = tus("HEAD", &whole).silent().send(world.at).await;
    let names: Vec<&str> = parts.iter().map(|it| &it["/v1/files/".len()..]).collect();
    assert_eq!(head.header("upload-concat"), format!("final;{}", names.join(" ")));
    assert_eq!(
        (head.number("upload-offset"), head.number("upload-length")),
        (1_000_000, 1_000_000)
    );
    // The parts are gone, and nobody writes to the whole.
    assert_eq!(world.files(), 2);
    for part in &parts {
        assert_eq!(tus("HEAD", part).silent().send(world.at).await.status, 404);
    }
    for (offset, bytes) in [(1_000_000, ""), (0, "x"), (1_000_000, "x")] {
        let answer = patch(&whole, offset, bytes.as_bytes()).send(world.at).await;
        assert_eq!(answer.code(), (403, "upload/final".into()));
    }
    // Who did not hear it asks again, and gets the same; now or after a restart.
    assert_eq!(path(&join(&world, &list).await), whole);
    let world = world.again().await;
    assert_eq!(path(&join(&world, &list).await), whole);
    assert!(world.file(&whole).await == sent);
    assert!(world.counts("mixus_privacy_uploads_kept_bytes 1000000").await);
    assert!(world.counts("mixus_privacy_uploads_open 0").await);
    // Once it is ended there is nothing to join it from.
    assert_eq!(tus("DELETE", &whole).send(world.at).await.status, 204);
    assert_eq!(join(&world, &list).await.code(), (400, "upload/parts".into()));
    assert_eq!(world.files(), 0);
}

#[tokio::test]
async fn a_part_may_be_there_more_than_once() {
    let world = World::new().await;
    let one = part(&world, b"ab").await;
    let two = part(&world, b"c").await;
    let whole = path(&join(&world, &format!("{one} {two} {one}")).await);
    assert_eq!(world.file(&whole).await, b"abcab");
    assert!(world.counts("mixus_privacy_uploads_kept_bytes 5").await);
}

#[tokio::test]
async fn what_is_no_finished_part_is_not_joined() {
    let world = World::new().await;
    let good = part(&world, b"abc").await;
    let begun = tus("POST", "/v1/files")
        .with("Upload-Concat", "partial")
        .with("Upload-Length", "2");
    let begun = path(&begun.send(world.at).await);
    let no_part = world.begin(0).await;
    let many = vec![good.as_str(); 257].join(" ");
    let before = world.files();
    for list in [
        format!("{good} {begun}"),
        format!("{good} {no_part}"),
        format!("{good} /v1/files/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        format!("{good} nonsense"),
        format!("{good}  {good}"),
        format!("{good}?a=b"),
        String::new(),
        many,
    ] {
        assert_eq!(join(&world, &list).await.code(), (400, "upload/parts".into()), "{list}");
    }
    for value in ["finished", "final", "Final;x", "partial;", ""] {
        let ask = tus("POST", "/v1/files").with("Upload-Concat", value).with("Upload-Length", "1");
        assert_eq!(ask.send(world.at).await.code(), (400, "upload/form".into()), "{value}");
    }
    let ask = tus("POST", "/v1/files").with("Upload-Concat", &format!("final;{good}"));
    assert_eq!(ask.clone().with("Upload-Length", "3").send(world.at).await.status, 400);
    assert_eq!(ask.bytes(b"abc").send(world.at).await.status, 400);
    assert_eq!(world.files(), before);
    assert_eq!(world.file(&path(&join(&world, &good).await)).await, b"abc", "it is there still");
}

#[tokio::test]
async fn a_whole_is_no_longer_than_others() {
    let world = World::with(|it| it.uploads.as_mut().expect("uploads").longest = 1_000).await;
    let parts = [part(&world, &bytes(600)).await, part(&world, &bytes(401)).await];
    let answer = join(&world, &parts.join(" ")).await;
    assert_eq!(answer.code(), (413, "upload/too-long".into()));
    assert_eq!(world.offset(&parts[0]).await, 600);
}
