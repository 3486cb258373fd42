//! What is taken away again is gone, and everything else is as it was.

use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use ed25519_dalek::SigningKey;
use mixus_privacy::ledger::{Event, Kind, bytes, is_consistent, leaf, root_of, text};
use mixus_privacy_server::Settings;
use serde_json::{Value, json};

use crate::device::{Device, Host, now};
use crate::log::{proof, verified};
use crate::{Kept, said};

const NO: &str = "{\"analytics\":0}";

/// So long that it needs pages of its own in the database's file.
fn many(mark: &str) -> String {
    let services: Vec<String> = (0..200)
        .map(|it| format!("\"service-with-a-rather-long-name-{it:03}\":0"))
        .collect();
    format!("{{{},\"{mark}\":0}}", services.join(","))
}

/// Whether some bytes are anywhere on the disk.
fn on_disk(folder: &Path, wanted: &[u8]) -> bool {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let files = entries.map(|it| std::fs::read(it.expect("a file").path()).expect("a file"));
    files.into_iter().any(|file| file.windows(wanted.len()).any(|it| it == wanted))
}

/// Waits until something is nowhere on the disk any more.
pub(crate) async fn gone(kept: &Kept, wanted: &[u8]) {
    let folder = kept.folder.path().to_owned();
    let wanted = wanted.to_owned();
    let looking = tokio::task::spawn_blocking(move || while on_disk(&folder, &wanted) {});
    tokio::time::timeout(Duration::from_secs(60), looking)
        .await
        .expect("it is still there")
        .expect("a search");
}

async fn pull(kept: &Kept, device: &Device) -> Value {
    let path = format!("/v1/subjects/{}/events", device.sub().text());
    kept.get(device, &path).await.1
}

fn bodies(answer: &Value) -> Vec<&Value> {
    answer["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|it| &it["event"])
        .collect()
}

async fn site() -> (Host, Kept) {
    let host = Host(SigningKey::from_bytes(&[99; 32]));
    let link_keys = vec![host.key()];
    let kept = Kept::with(Settings {
        link_keys,
        ..Settings::default()
    })
    .await;
    (host, kept)
}

async fn join(host: &Host, kept: &Kept, number: u8) -> Device {
    let mut device = Device::new(number);
    device.acct = "pseudonym-of-a-person".into();
    let token = host.token(&device.acct, &device.sub(), now() + 60);
    let link = device.does(Kind::Link, "{}");
    assert_eq!(said(&kept.send_with(&[link], &token).await), ["stored"]);
    device
}

#[tokio::test]
async fn erased_is_gone_from_the_disk_and_proofs_hold() {
    let kept = Kept::new().await;
    let key = kept.records.verifier_key();
    let (mut device, mut other) = (Device::new(1), Device::new(2));
    let mut texts = Vec::new();
    let mut others = Vec::new();
    let mut marks = Vec::new();
    for number in 0..12 {
        let end = format!("the-end-of-number-{number}");
        // Long and short ones, between those of somebody else.
        let mine = [device.about(NO, &many(&end)), device.says(NO)];
        others.push(other.says(NO));
        kept.send(&mine).await;
        kept.send(&others[others.len() - 1..]).await;
        texts.extend(mine);
        marks.push(end);
    }
    let before = verified(kept.open("/v1/log/checkpoint").await.as_str().expect("a note"), &key);
    let folder = kept.folder.path();
    for sent in &texts {
        let event = Event::read(sent).expect("an event");
        let nonce = text(&event.nonce);
        assert!(on_disk(folder, nonce.as_bytes()), "the search finds what is there");
        marks.extend([nonce, text(&event.sig)]);
    }
    // The signatures of long ones may lie across the end of a page.
    marks.retain(|it| on_disk(folder, it.as_bytes()));
    assert!(marks.len() >= 48, "{}", marks.len());

    let erase = device.does(Kind::Erase, "{}");
    assert_eq!(kept.said(std::slice::from_ref(&erase)).await, ["stored"]);
    assert_eq!(
        bodies(&pull(&kept, &device).await),
        [&json!(erase)],
        "only that it was asked for is left"
    );
    for mark in &marks {
        gone(&kept, mark.as_bytes()).await;
    }

    // Nothing of the subject comes in any more; that it was erased may be asked again.
    assert_eq!(kept.said(&texts[..2]).await, ["subject/erased", "subject/erased"]);
    assert_eq!(kept.said(&[device.says(NO), erase]).await, ["subject/erased", "duplicate"]);

    // The log has only grown, and what somebody else has was proved then and is proved now.
    let now = verified(kept.open("/v1/log/checkpoint").await.as_str().expect("a note"), &key);
    let path = format!("/v1/log/consistency?from={}&to={}", before.size, now.size);
    let shown = proof(&kept.open(&path).await["proof"]);
    assert!(is_consistent((before.size, &before.root), (now.size, &now.root), &shown));
    let theirs = pull(&kept, &other).await;
    assert_eq!(
        bodies(&theirs),
        others.iter().map(|it| json!(it)).collect::<Vec<_>>().iter().collect::<Vec<_>>()
    );
    for event in theirs["events"].as_array().expect("events") {
        let index = event["index"].as_u64().expect("a place");
        let path = format!("/v1/subjects/{}/receipts/{index}", other.sub().text());
        let (_, receipt) = kept.get(&other, &path).await;
        let hash = event["hash"].as_str().and_then(bytes).expect("a hash");
        let leaf = leaf(&hash, index, event["taken"].as_u64().expect("a time"));
        assert_eq!(root_of(&leaf, index, now.size, &proof(&receipt["proof"])), Some(now.root));
    }
    // What is erased has no receipt to hand out.
    let path = format!("/v1/subjects/{}/receipts/0", device.sub().text());
    assert_eq!(kept.get(&device, &path).await.0, 404);
}

#[tokio::test]
async fn other_devices_of_an_account_go_on() {
    let (host, kept) = site().await;
    let (mut one, mut two) = (join(&host, &kept, 1).await, join(&host, &kept, 2).await);
    let old = [two.says(NO), two.says(NO)];
    kept.send(&old).await;
    let tag = |answer: &Value| bodies(answer).len();
    assert_eq!(tag(&pull(&kept, &two).await), 4);

    assert_eq!(kept.said(&[one.does(Kind::Erase, "{}")]).await, ["stored"]);
    let nonce = text(&two.nonce(2));
    gone(&kept, nonce.as_bytes()).await;
    // Sent again, it is not taken in again.
    assert_eq!(kept.said(&old).await, ["duplicate", "duplicate"]);
    assert!(!on_disk(kept.folder.path(), nonce.as_bytes()));
    let news = two.says(NO);
    assert_eq!(kept.said(std::slice::from_ref(&news)).await, ["stored"]);
    let left = pull(&kept, &two).await;
    let left: Vec<&Value> = bodies(&left).into_iter().filter(|it| !it.is_null()).collect();
    assert_eq!(left.last(), Some(&&json!(news)));
    assert_eq!(left.len(), 2, "the erasure, and what came after");
}

async fn delete(kept: &Kept, acct: &str, token: &str) -> (u16, Value) {
    let request = Request::delete(format!("/v1/accounts/{acct}"))
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty());
    let (status, answer) = kept.ask(request.expect("a request")).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn the_site_has_an_account_erased() {
    let (host, kept) = site().await;
    let (mut one, mut two) = (join(&host, &kept, 1).await, join(&host, &kept, 2).await);
    let mut stranger = Device::new(3);
    let kept_own = stranger.says(NO);
    kept.send(&[one.says(NO), two.says(NO), kept_own.clone()]).await;
    let acct = "pseudonym-of-a-person";

    let foreign = Host(SigningKey::from_bytes(&[98; 32]));
    for token in [
        String::new(),
        host.token(acct, &one.sub(), now() + 60),
        host.erases("another", now() + 60),
        host.erases(acct, now() - 1),
        host.erases(acct, now() + 4000),
        foreign.erases(acct, now() + 60),
        host.says(&json!({"acct": acct, "do": "link", "exp": now() + 60})),
        host.says(&json!({"acct": acct, "do": "erase", "exp": now() + 60, "sub": one.sub().text()})),
    ] {
        let (status, answer) = delete(&kept, acct, &token).await;
        assert_eq!((status, &answer["code"]), (401, &json!("account/not-signed")), "{token}");
    }
    assert_eq!(bodies(&pull(&kept, &one).await).len(), 4);

    let token = host.erases(acct, now() + 60);
    assert_eq!(delete(&kept, acct, &token).await, (200, json!({"events": 4})));
    assert_eq!(delete(&kept, acct, &token).await, (200, json!({"events": 0})));
    for device in [&one, &two] {
        gone(&kept, text(&device.nonce(2)).as_bytes()).await;
        let answer = pull(&kept, device).await;
        assert!(bodies(&answer).iter().all(|it| it.is_null()), "{answer}");
    }
    assert_eq!(bodies(&pull(&kept, &stranger).await), [&json!(kept_own)]);
    let path = format!("/v1/subjects/{}/receipts/0", one.sub().text());
    let (status, answer) = kept.get(&one, &path).await;
    assert_eq!((status.as_u16(), &answer["code"]), (410, &json!("receipt/erased")));

    // Who is still signed in goes on deciding; who signs out leaves no name behind.
    assert_eq!(kept.said(&[one.says(NO)]).await, ["stored"]);
    for device in [&mut one, &mut two] {
        device.acct = String::new();
        assert_eq!(kept.said(&[device.does(Kind::Unlink, "{}")]).await, ["stored"]);
    }
    assert!(on_disk(kept.folder.path(), acct.as_bytes()));
    assert_eq!(delete(&kept, acct, &token).await, (200, json!({"events": 1})));
    gone(&kept, acct.as_bytes()).await;
}
