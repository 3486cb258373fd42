//! The vectors of receipts: good ones, and what others could make of them.

use std::fmt::Write as _;
use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::super::world::{event, grown, signed};
use crate::ledger::{Checkpoint, Choices, Event, Hash, Id, Signature, key_id, leaf, text, verifier_key};

const ORIGIN: &str = "privacy.example/log";
const TAKEN: u64 = 1_764_000_100;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[200; 32])
}

/// One line of a signature under a note.
pub(super) fn line(name: &str, key: &SigningKey, body: &str) -> String {
    let signature = Signature {
        name: name.into(),
        id: key_id(name, &key.verifying_key().to_bytes()),
        signature: key.sign(body.as_bytes()).to_bytes(),
    };
    let at = Checkpoint {
        origin: String::new(),
        size: 0,
        root: [0; 32],
    };
    let note = at.signed(&signature);
    format!("{}\n", note.trim_end().rsplit('\n').next().unwrap_or(""))
}

pub(super) fn note(body: &str) -> String {
    format!("{body}\n{}", line(ORIGIN, &key(), body))
}

/// The events of a log: each of another device, which says the same.
fn events(count: u8) -> Vec<String> {
    let said = Choices("{\"analytics\":1,\"social@2\":0}");
    (0..count)
        .map(|device| {
            signed(Event {
                grant: said,
                ..event(device)
            })
        })
        .collect()
}

fn hash(event: &str) -> Hash {
    Event::read(event).expect("an event").hash()
}

/// The receipt of one event of a log, and what it proves.
pub(super) fn receipt(events: &[String], index: usize) -> (Value, Value) {
    let leaves = (0..).zip(events).map(|(at, event)| leaf(&hash(event), at, TAKEN + at));
    let (log, mut kept) = grown(leaves);
    let (size, at) = (log.size(), index as u64);
    let root = log.root(size, &mut kept).expect("a root");
    let proof = log.inclusion(at, size, &mut kept).expect("a proof");
    let proof: Vec<String> = proof.iter().map(|it| text(it)).collect();
    let checkpoint = Checkpoint {
        origin: ORIGIN.into(),
        size,
        root,
    };
    let event = Event::read(&events[index]).expect("an event");
    let id = Id::of(event.hlc, &event.hash());
    (
        sorted(json!({
            "v": 1,
            "event": events[index],
            "index": index,
            "taken": TAKEN + at,
            "proof": proof,
            "checkpoint": note(&checkpoint.body()),
        })),
        json!({
            "id": id.text(),
            "subject": event.sub.text(),
            "index": index,
            "taken": TAKEN + at,
            "origin": ORIGIN,
            "size": size,
        }),
    )
}

/// A receipt with another value of one member.
pub(super) fn with(receipt: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut receipt = receipt.clone();
    receipt[name] = value.into();
    sorted(receipt)
}

pub(super) fn without(receipt: &Value, name: &str) -> Value {
    let mut receipt = receipt.clone();
    receipt.as_object_mut().and_then(|it| it.remove(name)).expect("a member");
    sorted(receipt)
}

/// In the order of names, whatever another crate of the build has chosen for `serde_json`: the vectors hold texts.
fn sorted(mut receipt: Value) -> Value {
    receipt.sort_all_objects();
    receipt
}

/// Each character of a text as it need not be written.
fn escaped(receipt: &Value) -> String {
    let mut out = String::from("{");
    for (name, value) in receipt.as_object().expect("an object") {
        let value = value.as_str().map_or_else(
            || value.to_string(),
            |text| {
                let units = text.encode_utf16().map(|it| format!("\\u{it:04X}"));
                format!("\"{}\"", units.collect::<String>())
            },
        );
        let _ = write!(out, "\r\n\t\"{name}\" :\t{value} ,");
    }
    format!("{}\n}}\n", out.trim_end_matches(','))
}

pub(super) fn vectors() -> Value {
    let log = events(7);
    let (plain, proves) = receipt(&log, 2);
    json!({
        "about": "Receipts of the log whose verifier key is `key`. A good one proves what `proves` says; a bad one is refused with `code`, about the member `path`. Where a bad one has a key of its own, it is that which is given.",
        "key": verifier_key(ORIGIN, &key().verifying_key().to_bytes()),
        "good": good(&log, &plain, &proves),
        "bad": super::bad::bad(&log, &plain),
    })
}

fn good(log: &[String], plain: &Value, proves: &Value) -> Vec<Value> {
    let made = |says: &str, receipt: String, proves: &Value| json!({"says": says, "receipt": receipt, "proves": proves});
    let checkpoint = plain["checkpoint"].as_str().unwrap_or("").to_owned();
    let (body, signature) = checkpoint.split_once("\n\n").expect("a note");
    let body = format!("{body}\n");
    let with_note = |note: String| with(plain, "checkpoint", note).to_string();
    let witness = |at: u8| line("witness.example/w", &SigningKey::from_bytes(&[at; 32]), &body);
    let long = format!("\u{2014} pq.example/w AAAAAAAA{}\n", "AAAA".repeat(1600));
    let extended = format!("{body}extended\nby two lines\n");
    let (one, one_proves) = receipt(&log[..1], 0);
    let (last, last_proves) = receipt(log, 6);
    let (deep, deep_proves) = receipt(&events(250), 249);
    Vec::from([
        made("as the server writes it", plain.to_string(), proves),
        made("indented", format!("{plain:#}"), proves),
        made("escaped, spaced", escaped(plain), proves),
        made(
            "without escapes that need not be",
            plain.to_string().replace('/', "\\/"),
            proves,
        ),
        made("of a log with one event", one.to_string(), &one_proves),
        made("the last of its log", last.to_string(), &last_proves),
        made("of a larger log", deep.to_string(), &deep_proves),
        made("with a witness", with_note(format!("{checkpoint}{}", witness(1))), proves),
        made(
            "with a witness before the log",
            with_note(format!("{body}\n{}{signature}", witness(1))),
            proves,
        ),
        made(
            "with sixteen signatures",
            with_note(checkpoint.clone() + &(1..16).map(witness).collect::<String>()),
            proves,
        ),
        made(
            "with a long signature of another kind",
            with_note(checkpoint.clone() + &long),
            proves,
        ),
        made("signed twice", with_note(format!("{checkpoint}{signature}")), proves),
        made("with lines that extend the checkpoint", with_note(note(&extended)), proves),
    ])
}
