//! How much may be uploaded, and by whom.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy_server::{Settings, UploadSettings};
use serde_json::{Value, json};

use crate::wire::{Answer, http, patch, tus};
use crate::world::{World, bytes};

fn uploads(settings: &mut Settings) -> &mut UploadSettings {
    settings.uploads.as_mut().expect("uploads")
}

#[tokio::test]
async fn a_file_is_only_so_long() {
    let world = World::new().await;
    assert_eq!(world.try_begin(10_000_001).await.code(), (413, "upload/too-long".into()));
    assert_eq!(world.try_begin(10_000_000).await.status, 201);
}

/// From an address that a proxy has written down.
async fn from(world: &World, address: &str, length: usize) -> Answer {
    tus("POST", "/v1/files")
        .with("X-Forwarded-For", address)
        .with("Upload-Length", &length.to_string())
        .send(world.at)
        .await
}

#[tokio::test]
async fn an_address_has_only_so_many_unfinished() {
    let world = World::with(|it| {
        it.proxies = 1;
        uploads(it).open_each = 2;
        uploads(it).bytes_each = 1_000;
    })
    .await;
    let first = from(&world, "192.0.2.1", 600).await;
    assert_eq!(first.status, 201);
    let refused = from(&world, "192.0.2.1", 401).await;
    assert_eq!(refused.code(), (429, "upload/too-many".into()));
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(from(&world, "192.0.2.2", 401).await.status, 201, "others have their own");
    assert_eq!(from(&world, "192.0.2.1", 1).await.status, 201);
    assert_eq!(from(&world, "192.0.2.1", 1).await.status, 429);
    let path = format!("/v1/{}", first.header("location"));
    assert_eq!(patch(&path, 0, &bytes(600)).send(world.at).await.status, 204);
    assert_eq!(from(&world, "192.0.2.1", 900).await.status, 201, "the first is finished");
}

#[tokio::test]
async fn all_of_them_have_only_so_much_room() {
    let world = World::with(|it| {
        uploads(it).total = 1_000;
        uploads(it).open = 3;
    })
    .await;
    let path = world.begin(600).await;
    assert_eq!(world.try_begin(401).await.code(), (507, "upload/full".into()));
    assert_eq!(patch(&path, 0, &bytes(600)).send(world.at).await.status, 204);
    assert_eq!(world.try_begin(401).await.status, 507, "it is there, finished or not");
    // It is counted anew after a restart.
    let world = world.again().await;
    assert_eq!(world.try_begin(401).await.status, 507);
    let other = world.begin(400).await;
    assert_eq!(world.try_begin(1).await.status, 507);
    assert_eq!(tus("DELETE", &path).send(world.at).await.status, 204);
    let third = world.begin(300).await;
    assert_eq!(tus("DELETE", &other).send(world.at).await.status, 204);
    assert_eq!(tus("DELETE", &third).send(world.at).await.status, 204);
    for _ in 0..3 {
        world.begin(1).await;
    }
    assert_eq!(world.try_begin(1).await.status, 507, "as many as may be open");
}

#[tokio::test]
async fn parts_have_room_to_be_joined_in() {
    let world = World::with(|it| uploads(it).total = 1_000).await;
    let part = || {
        tus("POST", "/v1/files")
            .with("Upload-Concat", "partial")
            .with("Upload-Length", "500")
            .bytes(&bytes(500))
    };
    let first = part().send(world.at).await.header("location").to_owned();
    let second = part().send(world.at).await.header("location").to_owned();
    assert_eq!(part().send(world.at).await.status, 507);
    let join = |list: String| tus("POST", "/v1/files").with("Upload-Concat", &list);
    let more = join(format!("final;{first} {second} {first}")).send(world.at).await;
    assert_eq!(more.code(), (507, "upload/full".into()));
    let whole = join(format!("final;{first} {second}")).send(world.at).await;
    assert_eq!(whole.status, 201);
    assert!(
        world.file(&format!("/v1/{}", whole.header("location"))).await == [bytes(500), bytes(500)].concat()
    );
}

fn token(key: &SigningKey, claim: &Value) -> String {
    let text = URL_SAFE_NO_PAD.encode(claim.to_string());
    let signature = key.sign(text.as_bytes()).to_bytes();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

const NOW: u64 = 1_795_000_000;

#[tokio::test]
async fn a_site_says_who_may_begin() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let world = World::with(|it| {
        it.clock = || NOW;
        it.link_keys = vec![SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes()];
        uploads(it).keys = vec![key.verifying_key().to_bytes()];
    })
    .await;
    let with = |header: String| {
        tus("POST", "/v1/files")
            .with("Upload-Length", "3")
            .with("Authorization", &header)
    };
    let good = format!("Bearer {}", token(&key, &json!({"do": "upload", "exp": NOW + 300})));
    let path = format!("/v1/{}", with(good.clone()).send(world.at).await.header("location"));
    assert_eq!(
        with(good.clone()).send(world.at).await.status,
        201,
        "for parts it is used again"
    );
    // The upload's name is all that it takes to go on.
    assert_eq!(patch(&path, 0, b"abc").send(world.at).await.status, 204);
    let other = SigningKey::from_bytes(&[8; 32]);
    for header in [
        String::new(),
        good.replace("Bearer ", ""),
        good[..good.len() - 1].into(),
        format!("Bearer {}", token(&other, &json!({"do": "upload", "exp": NOW + 300}))),
        format!("Bearer {}", token(&key, &json!({"do": "upload", "exp": NOW - 1}))),
        format!("Bearer {}", token(&key, &json!({"do": "upload", "exp": NOW + 3601}))),
        format!("Bearer {}", token(&key, &json!({"do": "erase", "exp": NOW + 300}))),
        format!("Bearer {}", token(&key, &json!({"exp": NOW + 300}))),
        format!(
            "Bearer {}",
            token(&key, &json!({"do": "upload", "exp": NOW + 300, "acct": "a"}))
        ),
    ] {
        let answer = with(header.clone()).send(world.at).await;
        assert_eq!(answer.code(), (401, "upload/not-signed".into()), "{header}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let parts = tus("POST", "/v1/files").with("Upload-Concat", "final;x");
    assert_eq!(parts.send(world.at).await.status, 401);
}

#[tokio::test]
async fn questions_are_counted_as_all_others() {
    let world = World::with(|it| it.rate = 1).await;
    assert_eq!(world.try_begin(1).await.status, 201);
    loop {
        let answer = http("GET", "/v1/files/x").silent().send(world.at).await;
        if answer.status == 429 {
            assert_eq!(answer.code().1, "rate/too-many");
            break;
        }
        assert_eq!(answer.status, 404);
    }
    assert_eq!(world.try_begin(1).await.code(), (429, "rate/too-many".into()));
}
