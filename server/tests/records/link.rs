//! Accounts: what travels between devices, and what does not.

use std::sync::atomic::{AtomicU64, Ordering};

use ed25519_dalek::SigningKey;
use mixus_privacy::ledger::Kind;
use mixus_privacy_server::Settings;
use serde_json::json;

use crate::device::{Device, Host, now};
use crate::{Kept, said};

fn linked(number: u8, acct: &str) -> (Device, String) {
    let mut device = Device::new(number);
    device.acct = acct.into();
    let event = device.does(Kind::Link, "{}");
    (device, event)
}

/// A site, and its records, with a clock.
async fn site(clock: fn() -> u64) -> (Host, Kept) {
    let host = Host(SigningKey::from_bytes(&[99; 32]));
    let link_keys = vec![host.key()];
    let settings = Settings {
        link_keys,
        clock,
        ..Settings::default()
    };
    (host, Kept::with(settings).await)
}

#[tokio::test]
async fn decisions_travel_within_an_account_only() {
    let host = Host(SigningKey::from_bytes(&[99; 32]));
    let kept = Kept::with(Settings {
        link_keys: vec![host.key()],
        ..Settings::default()
    })
    .await;
    let (mut one, link_one) = linked(1, "account");
    let (two, link_two) = linked(2, "account");
    let (mut three, link_three) = linked(3, "another");
    for (device, link) in [(&one, link_one), (&two, link_two), (&three, link_three)] {
        let token = host.token(&device.acct, &device.sub(), now() + 60);
        assert_eq!(said(&kept.send_with(&[link], &token).await), ["stored"]);
    }
    let refusal = one.says("{\"analytics\":0}");
    kept.send(&[refusal.clone(), three.says("{\"analytics\":1}")]).await;
    let path = |device: &Device| format!("/v1/subjects/{}/events?after=3", device.sub().text());
    let (_, answer) = kept.get(&two, &path(&two)).await;
    assert_eq!(answer["events"][0]["event"], refusal.as_str());
    assert_eq!(answer["events"].as_array().map(Vec::len), Some(1));

    // Signed out, it decides for itself, and neither side hears of the other.
    one.acct = String::new();
    let own = [one.does(Kind::Unlink, "{}"), one.says("{\"analytics\":1}")];
    assert_eq!(kept.said(&own).await, ["stored", "stored"]);
    let (_, answer) = kept.get(&two, &path(&two)).await;
    assert_eq!(answer["events"].as_array().map(Vec::len), Some(1));
    kept.send(&[three.says("{\"analytics\":0}")]).await;
    let (_, answer) = kept.get(&one, &path(&one)).await;
    assert_eq!(
        answer["events"].as_array().map(Vec::len),
        Some(3),
        "its own events, and no others"
    );
}

#[tokio::test]
async fn a_link_needs_the_word_of_the_site() {
    let host = Host(SigningKey::from_bytes(&[99; 32]));
    let stranger = Host(SigningKey::from_bytes(&[98; 32]));
    let kept = Kept::with(Settings {
        link_keys: vec![host.key()],
        ..Settings::default()
    })
    .await;
    let (device, link) = linked(1, "account");
    let other = Device::new(2);
    let late = now() - 1;
    for token in [
        String::new(),
        stranger.token("account", &device.sub(), now() + 60),
        host.token("another", &device.sub(), now() + 60),
        host.token("account", &other.sub(), now() + 60),
        host.token("account", &device.sub(), late),
        "a.b".into(),
    ] {
        let answer = kept.send_with(std::slice::from_ref(&link), &token).await;
        assert_eq!(said(&answer), ["event/account"], "{token}");
    }
    // Nor can an event slip into an account without a link.
    let mut device = Device::new(1);
    kept.send(&[device.says("{}")]).await;
    device.acct = "account".into();
    assert_eq!(kept.said(&[device.says("{}")]).await, ["event/account"]);
}

#[tokio::test]
async fn a_token_links_once() {
    let (host, kept) = site(now).await;
    let (mut device, link) = linked(1, "account");
    let token = host.token("account", &device.sub(), now() + 60);
    assert_eq!(said(&kept.send_with(std::slice::from_ref(&link), &token).await), ["stored"]);
    // Again, because the answer was lost; and again, from another tab.
    assert_eq!(said(&kept.send_with(&[link], &token).await), ["duplicate"]);
    let again = device.does(Kind::Link, "{}");
    assert_eq!(said(&kept.send_with(&[again], &token).await), ["stored"]);
    assert_eq!(kept.said(&[device.says("{}")]).await, ["stored"]);

    // Whoever comes next at this browser finds the token, and is not let in with it.
    device.acct = String::new();
    assert_eq!(kept.said(&[device.does(Kind::Unlink, "{}")]).await, ["stored"]);
    device.acct = "account".into();
    let mut thief = device.clone();
    let replayed = thief.does(Kind::Link, "{}");
    assert_eq!(said(&kept.send_with(&[replayed], &token).await), ["event/account"]);
    // The person signs in again, which needs no pause.
    let token = host.token("account", &device.sub(), now() + 61);
    let link = device.does(Kind::Link, "{}");
    assert_eq!(said(&kept.send_with(&[link], &token).await), ["stored"]);
}

#[tokio::test]
async fn a_link_that_is_there_outlives_its_token() {
    static LATER: AtomicU64 = AtomicU64::new(0);
    let (host, kept) = site(|| now() + LATER.load(Ordering::Relaxed)).await;
    let (device, link) = linked(1, "account");
    let (other, late) = linked(2, "account");
    let token = host.token("account", &device.sub(), now() + 60);
    assert_eq!(said(&kept.send_with(std::slice::from_ref(&link), &token).await), ["stored"]);
    let unused = host.token("account", &other.sub(), now() + 60);
    LATER.store(3600, Ordering::Relaxed);
    // An answer that was lost, asked for after an hour: the event is there.
    assert_eq!(said(&kept.send_with(&[link], &token).await), ["duplicate"]);
    assert_eq!(said(&kept.send_with(&[late], &unused).await), ["event/account"]);
}

#[tokio::test]
async fn a_token_is_good_for_one_thing() {
    let (host, kept) = site(now).await;
    let (device, link) = linked(1, "account");
    let (sub, exp) = (device.sub().text(), now() + 60);
    for claim in [
        json!({"acct": "account", "do": "erase", "exp": exp}),
        json!({"acct": "account", "do": "erase", "exp": exp, "sub": sub}),
        json!({"acct": "account", "exp": exp}),
        json!({"acct": "account", "exp": exp.to_string(), "sub": sub}),
        // Somebody's habit of making them good for a year.
        json!({"acct": "account", "exp": exp + 3600, "sub": sub}),
        json!([]),
    ] {
        let answer = kept.send_with(std::slice::from_ref(&link), &host.says(&claim)).await;
        assert_eq!(said(&answer), ["event/account"], "{claim}");
    }
    // A batch has one token, which does not make others of its events links.
    let (_, second) = linked(2, "account");
    let token = host.token("account", &device.sub(), exp);
    assert_eq!(
        said(&kept.send_with(&[second, link], &token).await),
        ["event/account", "stored"]
    );
}

#[tokio::test]
async fn the_next_account_inherits_nothing() {
    let (host, kept) = site(now).await;
    let (mut device, link) = linked(1, "first");
    let (mut other, joins) = linked(2, "second");
    let (witness, sees) = linked(3, "first");
    for (device, link) in [(&device, link), (&other, joins), (&witness, sees)] {
        let token = host.token(&device.acct, &device.sub(), now() + 60);
        assert_eq!(said(&kept.send_with(&[link], &token).await), ["stored"]);
    }
    let secret = device.says("{\"analytics\":0}");
    device.acct = String::new();
    let out = device.does(Kind::Unlink, "{}");
    kept.send(&[secret.clone(), out]).await;
    device.acct = "second".into();
    let token = host.token("second", &device.sub(), now() + 60);
    let news = [device.does(Kind::Link, "{}"), device.says("{\"analytics\":1}")];
    assert_eq!(said(&kept.send_with(&news, &token).await), ["stored", "stored"]);
    kept.send(&[other.says("{\"social\":0}")]).await;

    let read = async |device: &Device| {
        let path = format!("/v1/subjects/{}/events", device.sub().text());
        let (_, answer) = kept.get(device, &path).await;
        let events = answer["events"].as_array().expect("events").clone();
        let texts: Vec<String> = events.iter().map(|it| it["event"].as_str().unwrap_or("").into()).collect();
        texts
    };
    assert!(
        !read(&other).await.contains(&secret),
        "the second account is not told of the first"
    );
    assert_eq!(read(&other).await.len(), 4);
    let first = read(&witness).await;
    assert!(
        first.contains(&secret) && !first.contains(&news[1]),
        "nor the first of the second"
    );
}
