//! Accounts: what travels between devices, and what does not.

use ed25519_dalek::SigningKey;
use mixus_privacy::ledger::Kind;
use mixus_privacy_server::Settings;

use crate::device::{Device, Host, now};
use crate::{Kept, said};

fn linked(number: u8, acct: &str) -> (Device, String) {
    let mut device = Device::new(number);
    device.acct = acct.into();
    let event = device.does(Kind::Link, "{}");
    (device, event)
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
