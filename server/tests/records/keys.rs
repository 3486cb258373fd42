//! The public keys for which pages seal files.

use std::fs;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy_server::{NotOpened, Records, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Kept, Whole};

const KIND: &str = "application/vnd.mixus.keyset+json";
/// What Python's Tink wrote.
const TINK: &str = include_str!("tink.json");

fn said() -> Value {
    let keyset: Value = serde_json::from_str(TINK).expect("JSON");
    json!({"owner": "server", "serial": 1, "expires": 4_000_000_000_u64, "keyset": keyset})
}

fn signed(said: &Value) -> Value {
    let payload = said.to_string();
    let key = SigningKey::from_bytes(&[1; 32]);
    let text = format!("DSSEv1 {} {KIND} {} {payload}", KIND.len(), payload.len());
    let sig = STANDARD.encode(key.sign(text.as_bytes()).to_bytes());
    let keyid = URL_SAFE_NO_PAD.encode(key.verifying_key().to_bytes());
    json!({"payloadType": KIND, "payload": STANDARD.encode(payload), "signatures": [{"keyid": keyid, "sig": sig}]})
}

fn settings(folder: &TempDir, text: &str) -> Settings {
    let path = folder.path().join("keyset.json");
    fs::write(&path, text).expect("written");
    Settings {
        keyset: Some(path),
        ..Settings::default()
    }
}

async fn get(kept: &Kept, known: &str) -> Whole {
    let request = Request::get("/v1/keys").header("if-none-match", known).body(Body::empty());
    kept.whole(request.expect("a request")).await
}

#[tokio::test]
async fn the_statement_is_handed_out_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("{:#}\n", signed(&said()));
    let kept = Kept::with(settings(&folder, &text)).await;
    let answer = get(&kept, "").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, text.as_str()));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-cache");
    let tag = answer.header("etag").to_owned();
    assert_eq!(get(&kept, &tag).await.status.as_u16(), 304);
    assert_eq!(get(&kept, "\"another\"").await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_server_may_have_none() {
    let kept = Kept::new().await;
    assert_eq!(get(&kept, "").await.code(), (404, "keyset/none".into()));
}

#[tokio::test]
async fn what_pages_would_not_take_is_refused_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = |path: &str, value: Value| {
        let mut said = said();
        *said.pointer_mut(path).expect("a place") = value;
        signed(&said).to_string()
    };
    let statement = |path: &str, value: Value| {
        let mut statement = signed(&said());
        *statement.pointer_mut(path).expect("a place") = value;
        statement.to_string()
    };
    let other = STANDARD.encode(json!({"owner": "server"}).to_string());
    let zero = URL_SAFE_NO_PAD.encode([0; 32]);
    for (text, why) in [
        (TINK.to_owned(), "is no statement"),
        ("{}".into(), "is no statement"),
        (" ".repeat(1 << 17), "64 KiB"),
        (statement("/payloadType", json!("text/plain")), "another statement"),
        (statement("/payload", json!("?")), "payload"),
        (statement("/payload", json!(other)), "signatures[0] is not by keyid"),
        (statement("/signatures", json!([])), "signed by nobody"),
        (statement("/signatures/0/keyid", json!("key")), "signatures[0]: keyid is no key"),
        (statement("/signatures/0/keyid", json!(zero)), "signatures[0] is not by keyid"),
        (statement("/signatures/0/sig", json!("")), "signatures[0] is not by keyid"),
        (with("/owner", json!("vendor")), "payload: unknown variant `vendor`"),
        (with("/serial", json!(0)), "serial"),
        (with("/expires", json!(1_700_000_000)), "has ended"),
        (with("/keyset/primaryKeyId", json!(5)), "no primary key"),
        (with("/keyset/key/0/status", json!("DISABLED")), "no primary key"),
        (with("/keyset/key/0/outputPrefixType", json!("RAW")), "no primary key"),
        (
            with("/keyset/key/0/keyData/keyMaterialType", json!("ASYMMETRIC_PRIVATE")),
            "no primary key",
        ),
        (with("/keyset/key/0/keyData/value", json!("EgYIARABGAEaIA==")), "no primary key"),
    ] {
        let mut settings = settings(&folder, &text);
        settings.database = folder.path().join("records.db").into();
        let refused = Records::open(settings).await.err();
        match refused {
            Some(NotOpened::Setting("keyset", words)) if words.contains(why) => {}
            other => panic!("{why}: {other:?}"),
        }
    }
}
