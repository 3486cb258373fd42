//! What anyone can verify.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use mixus_privacy::ledger::{
    Checkpoint, Event, Hash, bytes, is_consistent, key_id, leaf, read_verifier_key, root_of,
};
use mixus_privacy_server::{Records, Settings};
use serde_json::Value;

use crate::Kept;
use crate::device::{Device, now};

/// The checkpoint of a note that the log has signed.
pub(crate) fn verified(note: &str, key: &str) -> Checkpoint {
    let (name, key) = read_verifier_key(key).expect("a key");
    let (checkpoint, body, signatures) = Checkpoint::read(note).expect("a note");
    let signature = signatures
        .iter()
        .find(|it| it.name == name && it.id == key_id(name, &key))
        .expect("its signature");
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key).expect("a key");
    let signature = ed25519_dalek::Signature::from_bytes(&signature.signature);
    key.verify_strict(body.as_bytes(), &signature).expect("signed");
    checkpoint
}

pub(crate) fn proof(value: &Value) -> Vec<Hash> {
    let hashes = value.as_array().expect("hashes");
    hashes.iter().map(|it| it.as_str().and_then(bytes).expect("a hash")).collect()
}

#[tokio::test]
async fn every_acknowledgement_is_a_proof() {
    let kept = Kept::new().await;
    let key = kept.records.verifier_key();
    let mut before: Option<Checkpoint> = None;
    for number in 1..40 {
        let mut device = Device::new(number);
        // More than a tile in all.
        let events: Vec<String> = (0..9).map(|_| device.says("{\"analytics\":0}")).collect();
        let answer = kept.send(&events).await;
        let now = verified(answer["checkpoint"].as_str().expect("a note"), &key);
        for (event, said) in events.iter().zip(answer["answers"].as_array().expect("answers")) {
            let hash = Event::read(event).expect("an event").hash();
            let (index, taken) = (
                said["index"].as_u64().expect("a place"),
                said["taken"].as_u64().expect("a time"),
            );
            let root = root_of(&leaf(&hash, index, taken), index, now.size, &proof(&said["proof"]));
            assert_eq!(root, Some(now.root));
        }
        if let Some(before) = before {
            let path = format!("/v1/log/consistency?from={}&to={}", before.size, now.size);
            let shown = proof(&kept.open(&path).await["proof"]);
            assert!(is_consistent((before.size, &before.root), (now.size, &now.root), &shown));
        }
        before = Some(now);
    }
    // A receipt for an old event, and a proof against an old checkpoint.
    let device = Device::new(1);
    let path = format!("/v1/subjects/{}/receipts/4", device.sub().text());
    let (status, receipt) = kept.get(&device, &path).await;
    assert_eq!(status, StatusCode::OK);
    let event = Event::read(receipt["event"].as_str().expect("an event")).expect("an event");
    let now = verified(receipt["checkpoint"].as_str().expect("a note"), &key);
    let leaf = leaf(&event.hash(), 4, receipt["taken"].as_u64().expect("a time"));
    assert_eq!(root_of(&leaf, 4, now.size, &proof(&receipt["proof"])), Some(now.root));
    let old = proof(&kept.open("/v1/log/inclusion?index=4&size=9").await["proof"]);
    assert_eq!(old.len(), 4);
}

#[tokio::test]
async fn what_is_not_there_is_not_proved() {
    let kept = Kept::new().await;
    let mut device = Device::new(1);
    kept.send(&[device.says("{}")]).await;
    let path = |index: u64| format!("/v1/subjects/{}/receipts/{index}", device.sub().text());
    assert_eq!(kept.get(&device, &path(1)).await.0, StatusCode::NOT_FOUND);
    // Somebody else's is not there either.
    let mut other = Device::new(2);
    kept.send(&[other.says("{}")]).await;
    assert_eq!(kept.get(&device, &path(1)).await.0, StatusCode::NOT_FOUND);
    for path in [
        "/v1/log/inclusion?index=2&size=2",
        "/v1/log/inclusion?index=0&size=3",
        "/v1/log/consistency?from=0&to=1",
        "/v1/log/consistency?from=2&to=3",
    ] {
        let request = axum::http::Request::get(path)
            .body(axum::body::Body::empty())
            .expect("a request");
        assert_eq!(kept.ask(request).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

/// Clocks are set back, and logs are not.
#[tokio::test]
async fn its_time_never_runs_back() {
    static LATER: AtomicU64 = AtomicU64::new(1000);
    let settings = || Settings {
        clock: || now() + LATER.load(Ordering::Relaxed),
        ..Settings::default()
    };
    let kept = Kept::with(settings()).await;
    let mut device = Device::new(1);
    let mut taken = Vec::new();
    let mut send = async |kept: &Kept| {
        let answer = kept.send(&[device.says("{}")]).await;
        taken.push(answer["answers"][0]["taken"].as_u64().expect("a time"));
    };
    send(&kept).await;
    LATER.store(0, Ordering::Relaxed);
    send(&kept).await;
    let Kept { folder, records } = kept;
    drop(records);
    let database = folder.path().join("records.db");
    let records = loop {
        let settings = settings();
        // The writer ends by itself.
        match Records::open(Settings {
            database: database.as_path().into(),
            ..settings
        })
        .await
        {
            Ok(records) => break records,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    send(&Kept { folder, records }).await;
    assert_eq!(taken, [taken[0]; 3]);
}
