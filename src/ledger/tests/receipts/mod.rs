//! Receipts: what is proved, and what is not.

mod bad;
mod form;
mod good;

use std::format;
use std::string::{String, ToString as _};
use std::sync::LazyLock;
use std::vec::Vec;

use ed25519_dalek::{Signature, VerifyingKey};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::ledger::{LONGEST, LONGEST_RECEIPT, Proved, Receipt, Signed};

fn is_signed(it: &Signed<'_>) -> bool {
    let key = VerifyingKey::from_bytes(&it.key);
    key.is_ok_and(|key| {
        key.verify_strict(it.text.as_bytes(), &Signature::from_bytes(&it.signature))
            .is_ok()
    })
}

/// What a receipt proves, or its code and the member that this is about.
fn verified(text: &str, key: &str) -> Result<Value, (String, String)> {
    let proved = |receipt: &Receipt| -> Result<Value, crate::ledger::Unproved> {
        Ok(shown(&receipt.claim(key)?.verified(is_signed)?))
    };
    let receipt = Receipt::read(text);
    receipt
        .and_then(|it| proved(&it))
        .map_err(|it| (it.code().into(), it.member().to_string()))
}

fn shown(it: &Proved<'_>) -> Value {
    json!({
        "id": it.id.text(),
        "subject": it.event.sub.text(),
        "index": it.index,
        "taken": it.taken,
        "origin": it.checkpoint.origin,
        "size": it.checkpoint.size,
    })
}

/// Read once: there are many.
fn vectors() -> &'static Value {
    static VECTORS: LazyLock<Value> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../../../../tests/vectors/receipts.json")).expect("vectors")
    });
    &VECTORS
}

/// Others can take the file as it is; `MIXUS_WRITE=1` writes it anew when the form of events has changed.
#[test]
#[allow(clippy::disallowed_methods, reason = "who tests says whether to write")]
fn the_vectors_are_these() {
    let made = format!("{:#}\n", good::vectors());
    if std::env::var_os("MIXUS_WRITE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/receipts.json");
        std::fs::write(path, &made).expect("written");
    } else {
        assert_eq!(&serde_json::from_str::<Value>(&made).expect("JSON"), vectors());
    }
}

#[test]
fn good_receipts() {
    let vectors = vectors();
    let key = vectors["key"].as_str().expect("a key");
    let good = vectors["good"].as_array().expect("receipts");
    assert!(good.len() >= 10, "{}", good.len());
    for it in good {
        let text = it["receipt"].as_str().expect("a text");
        assert_eq!(verified(text, key).as_ref(), Ok(&it["proves"]), "{}", it["says"]);
    }
}

#[test]
fn bad_receipts() {
    let vectors = vectors();
    let bad = vectors["bad"].as_array().expect("receipts");
    assert!(bad.len() >= 100, "{}", bad.len());
    let member =
        |it: &Value, name: &str| it[name].as_str().or(vectors[name].as_str()).unwrap_or("").to_owned();
    for it in bad {
        let wanted = (member(it, "code"), member(it, "path"));
        assert_eq!(
            verified(&member(it, "receipt"), &member(it, "key")),
            Err(wanted),
            "{}",
            it["says"]
        );
    }
}

/// What is too large to be written down.
#[test]
fn nothing_is_read_without_end() {
    let vectors = vectors();
    let key = vectors["key"].as_str().expect("a key");
    let plain = vectors["good"][0]["receipt"].as_str().expect("a text");
    let form = |member: &str| Err(("receipt/form".into(), member.into()));
    let long = |name: &str, value: Value| {
        let mut receipt: Value = serde_json::from_str(plain).expect("JSON");
        receipt[name] = value;
        verified(&receipt.to_string(), key)
    };
    assert_eq!(long("event", "a".repeat(LONGEST + 1).into()), form("event"));
    assert_eq!(long("event", "a".repeat(LONGEST_RECEIPT).into()), form(""));
    assert_eq!(long("checkpoint", "a".repeat(128 * 1024 + 1).into()), form("checkpoint"));
    assert_eq!(long("proof", vec!["A".repeat(43); 65].into()), form("proof[64]"));
    assert_eq!(
        long("proof", vec!["A".repeat(43); 64].into()),
        Err(("receipt/proof".into(), "proof".into()))
    );
    let deep = "[".repeat(200_000);
    assert_eq!(verified(&deep, key), form(""));
    assert_eq!(verified(&format!("{{\"proof\":{deep}"), key), form("proof[0]"));
    assert_eq!(verified(&format!("{{\"{deep}"), key), form(""));
    assert_eq!(verified(&format!("{plain}{}", " ".repeat(LONGEST_RECEIPT)), key), form(""));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    /// No byte can be another one, be missing or be too many, unless it means nothing.
    #[test]
    fn one_byte_changes_nothing_or_everything(which in any::<Index>(), at in any::<Index>(), how in 0..4_u8, byte in any::<u8>()) {
        let vectors = vectors();
        let key = vectors["key"].as_str().expect("a key");
        let it = which.get(vectors["good"].as_array().expect("receipts"));
        let mut bytes = it["receipt"].as_str().expect("a text").as_bytes().to_vec();
        let at = at.index(bytes.len());
        match how {
            0 => bytes[at] = byte,
            1 => bytes[at] ^= 1 << (byte % 8),
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, byte),
        }
        // What is no text is no receipt.
        if let Ok(text) = String::from_utf8(bytes)
            && let Ok(proves) = verified(&text, key)
        {
            prop_assert_eq!(&proves, &it["proves"]);
        }
    }

    #[test]
    fn reading_never_fails_otherwise(text in "\\PC*", json in "[\\[{\"\\\\:,}u0-9vepit\\]]*") {
        prop_assert!(verified(&text, "").is_err());
        prop_assert!(verified(&json, "").is_err());
        let text = format!("{{\"v\":1,\"event\":\"{json}");
        prop_assert!(verified(&text, "").is_err());
    }
}

/// Every byte of one receipt, two bits of each.
#[test]
fn no_bit_can_fall() {
    let vectors = vectors();
    let key = vectors["key"].as_str().expect("a key");
    let it = &vectors["good"][0];
    let good = it["receipt"].as_str().expect("a text").as_bytes();
    let mut refused = 0;
    for at in 0..good.len() {
        for bit in [at % 8, (at * 5 + 3) % 8] {
            let mut bad = good.to_vec();
            bad[at] ^= 1 << bit;
            match String::from_utf8(bad).map(|text| verified(&text, key)) {
                Ok(Ok(proves)) => panic!("{at}, {bit}: {proves}"),
                _ => refused += 1,
            }
        }
    }
    assert_eq!(refused, good.len() * 2);
    let kept: Vec<usize> = (0..good.len())
        .filter(|at| verified(&String::from_utf8_lossy(&good[..*at]), key).is_ok())
        .collect();
    assert_eq!(kept, [0; 0]);
}
