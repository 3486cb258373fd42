//! What a person takes away.

use ed25519_dalek::SigningKey;
use mixus_privacy::ledger::{Kind, bytes, leaf, root_of};
use mixus_privacy_server::Settings;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::device::{Device, Host, now};
use crate::log::{proof, verified};
use crate::{Kept, said};

const NO: &str = "{\"analytics\":0}";

#[tokio::test]
async fn everything_is_in_it_and_proved() {
    let host = Host(SigningKey::from_bytes(&[99; 32]));
    let kept = Kept::with(Settings {
        link_keys: vec![host.key()],
        ..Settings::default()
    })
    .await;
    let key = kept.records.verifier_key();
    let (mut one, mut two, mut stranger) = (Device::new(1), Device::new(2), Device::new(3));
    let mut sent = Vec::new();
    for device in [&mut one, &mut two] {
        let token = host.token("account", &device.sub(), now() + 60);
        device.acct = "account".into();
        let link = device.does(Kind::Link, "{}");
        assert_eq!(said(&kept.send_with(std::slice::from_ref(&link), &token).await), ["stored"]);
        sent.push(link);
    }
    // More than one page, between those of others.
    for _ in 0..30 {
        let batch = [one.says(NO), stranger.says(NO), two.says(NO), one.says(NO)];
        kept.send(&batch).await;
        let [first, _, rest @ ..] = batch;
        sent.push(first);
        sent.extend(rest);
    }
    let path = format!("/v1/subjects/{}/export?as=events", one.sub().text());
    let (_, export) = kept.get(&one, &path).await;
    assert_eq!(
        (export["v"].as_u64(), &export["sub"], &export["acct"]),
        (Some(1), &json!(one.sub().text()), &json!("account"))
    );
    let at = verified(export["checkpoint"].as_str().expect("a note"), &key);
    let events = export["events"].as_array().expect("events");
    let texts: Vec<&str> = events.iter().map(|it| it["event"].as_str().expect("an event")).collect();
    assert_eq!(texts, sent);
    for event in events {
        let (index, taken) = (
            event["index"].as_u64().expect("a place"),
            event["taken"].as_u64().expect("a time"),
        );
        let hash = event["hash"].as_str().and_then(bytes).expect("a hash");
        let leaf = leaf(&hash, index, taken);
        assert_eq!(root_of(&leaf, index, at.size, &proof(&event["proof"])), Some(at.root));
    }
}

#[tokio::test]
async fn who_has_nothing_gets_nothing_and_others_nothing_at_all() {
    let kept = Kept::new().await;
    let device = Device::new(1);
    let path = |form: &str| format!("/v1/subjects/{}/export{form}", device.sub().text());
    let (_, export) = kept.get(&device, &path("?as=events")).await;
    assert_eq!(export["events"], json!([]));
    for (form, status, code) in [
        ("?as=csv", 404, "export/unknown"),
        ("?as=", 404, "export/unknown"),
        ("?as=ISO27560", 404, "export/unknown"),
        ("", 400, "question/form"),
    ] {
        let (said, answer) = kept.get(&device, &path(form)).await;
        assert_eq!((said.as_u16(), &answer["code"]), (status, &json!(code)), "{form}");
    }
    let other = Device::new(2);
    assert_eq!(kept.get(&other, &path("?as=events")).await.0, 401);
}

#[tokio::test]
async fn exactly_a_page_ends_well() {
    for count in [63, 64, 65, 128] {
        let kept = Kept::new().await;
        let mut device = Device::new(1);
        for _ in 0..count {
            kept.send(&[device.says(NO)]).await;
        }
        let path = format!("/v1/subjects/{}/export?as=events", device.sub().text());
        let (_, export) = kept.get(&device, &path).await;
        assert_eq!(export["events"].as_array().map(Vec::len), Some(count));
    }
}

#[tokio::test]
async fn others_can_read_it_too() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/policy/default");
    let kept = Kept::with(Settings {
        notices: Some(folder.into()),
        ..Settings::default()
    })
    .await;
    let mut device = Device::new(1);
    // The default policy, as it was archived.
    let documents = std::fs::read_to_string(format!("{folder}/policy.json")).expect("a file");
    let mut policy: Value = serde_json::from_str(&documents).expect("JSON");
    for text in policy["texts"].as_object_mut().expect("texts").values_mut() {
        let path = format!("{folder}/{}", text.as_str().expect("a path"));
        *text = serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON");
    }
    let name = policy["controller"]["name"].as_str().expect("a name").to_owned();
    let canonical = serde_json_canonicalizer::to_string(&policy).expect("canonical JSON");
    device.notice = Sha256::digest(canonical).into();
    kept.send(&[device.says("{\"analytics\":1,\"social\":0}")]).await;
    let sub = device.sub().text();
    let path = |form: &str| format!("/v1/subjects/{sub}/export?as={form}");

    let (_, iso) = kept.get(&device, &path("iso27560")).await;
    assert!(iso["@context"].is_object() && iso.to_string().contains(&name), "{iso}");
    let (_, kantara) = kept.get(&device, &path("kantara")).await;
    assert_eq!(kantara["receipts"][0]["version"], "KI-CR-v1.1.0");
    let (_, mode) = kept.get(&device, &path("consent-mode")).await;
    assert_eq!(
        (&mode["analytics_storage"], &mode["ad_storage"]),
        (&json!("granted"), &json!("denied"))
    );

    // Of what was erased there is nothing to tell; and of a document that nobody has archived, nothing is made up.
    kept.send(&[device.does(Kind::Erase, "{}")]).await;
    let (_, kantara) = kept.get(&device, &path("kantara")).await;
    assert_eq!(kantara["receipts"], json!([]));
    let mut other = Device::new(2);
    kept.send(&[other.says("{\"analytics\":1}")]).await;
    let path = format!("/v1/subjects/{}/export?as=consent-mode", other.sub().text());
    assert_eq!(kept.get(&other, &path).await.1["analytics_storage"], "denied");
}
