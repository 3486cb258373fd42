//! Receipts that prove nothing, each for another reason.

use std::format;
use std::string::String;
use std::vec::Vec;

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::super::world;
use super::form;
use super::good::{line, note as signed, receipt, with};
use crate::ledger::{Choices, Event, Subject, text, verifier_key};

const NAME: &str = "privacy.example/log";

/// What is wrong, the receipt, its code and the member; a key of its own.
pub(super) struct Bad(Vec<Value>);

impl Bad {
    #[allow(clippy::needless_pass_by_value, reason = "a text or a value")]
    pub(super) fn add(&mut self, says: &str, receipt: impl ToString, code: &str, path: &str) {
        let code = format!("receipt/{code}");
        self.0
            .push(json!({"says": says, "receipt": receipt.to_string(), "code": code, "path": path}));
    }

    fn key(&mut self, says: &str, receipt: &Value, key: &str, path: &str) {
        self.add(says, receipt, "key", path);
        if let Some(last) = self.0.last_mut() {
            last["key"] = key.into();
        }
    }
}

pub(super) fn bad(log: &[String], plain: &Value) -> Vec<Value> {
    let mut bad = Bad(Vec::new());
    form::texts(&mut bad, plain);
    form::members(&mut bad, plain);
    events(&mut bad, plain);
    proofs(&mut bad, log, plain);
    checkpoints(&mut bad, plain);
    keys(&mut bad, plain);
    bad.0
}

fn events(bad: &mut Bad, plain: &Value) {
    let good = plain["event"].as_str().unwrap_or("");
    let read = Event::read(good).expect("an event");
    for (says, event) in [
        ("no event", String::new()),
        ("an event with a space", good.replacen(',', ", ", 1)),
        ("an event with a line feed", format!("{good}\n")),
        ("an event that is cut off", good[..good.len() - 1].into()),
        ("an event with more in it", good.replace("\"v\":1}", "\"v\":1,\"w\":1}")),
        (
            "an event with names in another order",
            good.replacen(
                "{\"act\":\"custom\",\"at\":1764000000",
                "{\"at\":1764000000,\"act\":\"custom\"",
                1,
            ),
        ),
        (
            "an event with a number written otherwise",
            good.replace("\"seq\":1", "\"seq\":01"),
        ),
        ("an event with an escape", good.replace("custom", "c\\u0075stom")),
        ("an event of another version", good.replace("\"v\":1}", "\"v\":2}")),
        ("an event under another key", good.replace(&text(&read.key), &text(&[1; 32]))),
        ("an event out of its chain", good.replace("\"seq\":1", "\"seq\":2")),
    ] {
        assert_ne!(event, good, "{says}");
        bad.add(says, with(plain, "event", event), "event", "event");
    }
    // Somebody else says that this subject is theirs.
    let stolen = Event {
        sub: Subject([1; 20]),
        ..world::event(2)
    };
    bad.add(
        "an event of another's subject",
        with(plain, "event", world::signed(stolen)),
        "event",
        "event",
    );
    // The leaf holds the hash of what was signed, not the signature.
    let mut forged = read;
    forged.sig[63] ^= 1;
    bad.add(
        "an event whose signature is another",
        with(plain, "event", forged.canonical()),
        "signature",
        "event",
    );
    forged.sig = SigningKey::from_bytes(&[77; 32]).sign(read.unsigned().as_bytes()).to_bytes();
    bad.add(
        "an event that another key signed",
        with(plain, "event", forged.canonical()),
        "signature",
        "event",
    );
    forged.sig = [0; 64];
    bad.add(
        "an event that nobody signed",
        with(plain, "event", forged.canonical()),
        "signature",
        "event",
    );
}

fn proofs(bad: &mut Bad, log: &[String], plain: &Value) {
    let mut add = |says: &str, receipt: Value, path: &str| bad.add(says, receipt, "proof", path);
    let good = plain["event"].as_str().unwrap_or("");
    let said = world::signed(Event {
        grant: Choices("{\"analytics\":0,\"social@2\":0}"),
        ..world::event(2)
    });
    add("another event of the same device", with(plain, "event", said), "proof");
    add(
        "an event that was changed",
        with(plain, "event", good.replace("\"analytics\":1", "\"analytics\":0")),
        "proof",
    );
    add("the event before", with(plain, "event", log[1].as_str()), "proof");
    for index in [0, 1, 3, 6] {
        add(&format!("at place {index}"), with(plain, "index", index), "proof");
    }
    for index in [7_u64, 8, 9_007_199_254_740_991] {
        add(&format!("beyond the end, at {index}"), with(plain, "index", index), "index");
    }
    for taken in [0, 1_764_000_101, 1_764_000_103] {
        add(&format!("taken in at {taken}"), with(plain, "taken", taken), "proof");
    }
    let proof: Vec<&str> = plain["proof"]
        .as_array()
        .expect("a proof")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let [a, b, c] = proof[..] else { return };
    let zero = text(&[0; 32]);
    for (says, other) in [
        ("without a proof", json!([])),
        ("without the first hash", json!([b, c])),
        ("without the second hash", json!([a, c])),
        ("without the last hash", json!([a, b])),
        ("with a hash too many", json!([a, b, c, c])),
        ("with a hash too many at the start", json!([a, a, b, c])),
        ("with hashes in another order", json!([b, a, c])),
        ("with another hash", json!([a, b, zero])),
        ("with the first hash twice", json!([a, a, c])),
    ] {
        add(says, with(plain, "proof", other), "proof");
    }
    let (next, _) = receipt(log, 3);
    add(
        "with the proof of its neighbour",
        with(plain, "proof", next["proof"].clone()),
        "proof",
    );
    let (early, _) = receipt(&log[..6], 2);
    add(
        "with an earlier checkpoint",
        with(plain, "checkpoint", early["checkpoint"].clone()),
        "proof",
    );
    add(
        "with the proof for an earlier checkpoint",
        with(plain, "proof", early["proof"].clone()),
        "proof",
    );
    let note = plain["checkpoint"].as_str().unwrap_or("");
    add(
        "with another size",
        with(plain, "checkpoint", note.replace("\n7\n", "\n15\n")),
        "proof",
    );
    add(
        "of an empty log",
        with(plain, "checkpoint", note.replace("\n7\n", "\n0\n")),
        "index",
    );
    let root = note.lines().nth(2).unwrap_or("");
    let other = note.replace(root, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    add("with another root", with(plain, "checkpoint", other), "proof");
}

fn checkpoints(bad: &mut Bad, plain: &Value) {
    let note = plain["checkpoint"].as_str().unwrap_or("");
    let (text, signature) = note.split_once("\n\n").expect("a note");
    let body = format!("{text}\n");
    for (says, other) in [
        ("no checkpoint", String::new()),
        ("a checkpoint without signatures", format!("{body}\n")),
        ("a checkpoint that is no note", body.clone()),
        ("a checkpoint that is cut off", note.trim_end().into()),
        ("a checkpoint of two lines", signed("privacy.example/log\n7\n")),
        ("a checkpoint with a name of no length", signed(&body.replace(NAME, ""))),
        ("a checkpoint with an empty line", signed(&format!("{body}\nmore\n"))),
        (
            "a checkpoint with a size written otherwise",
            signed(&body.replace("\n7\n", "\n07\n")),
        ),
        (
            "a checkpoint with a size beyond numbers",
            signed(&body.replace("\n7\n", "\n9007199254740992\n")),
        ),
        ("a checkpoint with a root written otherwise", signed(&body.replace("=\n", "\n"))),
        ("a checkpoint with other line ends", note.replace('\n', "\r\n")),
        ("a checkpoint with a line that is no signature", format!("{note}more\n")),
        (
            "a checkpoint with a signature of no length",
            format!("{note}\u{2014} witness.example/w AAAAAA==\n"),
        ),
        ("a checkpoint with 65 signatures", format!("{body}\n{}", signature.repeat(65))),
    ] {
        bad.add(says, with(plain, "checkpoint", other), "checkpoint", "checkpoint");
    }
    let log = SigningKey::from_bytes(&[200; 32]);
    let elsewhere = line(NAME, &log, "something else\n");
    let forged = signature.replace(signature.trim_end().rsplit(' ').next().unwrap_or(""), &{
        use base64::Engine as _;
        let mut bytes = crate::ledger::key_id(NAME, &log.verifying_key().to_bytes()).to_vec();
        bytes.extend(SigningKey::from_bytes(&[77; 32]).sign(body.as_bytes()).to_bytes());
        base64::engine::general_purpose::STANDARD.encode(bytes)
    });
    for (says, other) in [
        ("a line more in the checkpoint", note.replace("=\n\n", "=\nmore\n\n")),
        ("a checkpoint with the signature of another", format!("{body}\n{elsewhere}")),
        ("a checkpoint signed by another under the log's id", format!("{body}\n{forged}")),
        ("a checkpoint signed well, then badly", format!("{note}{elsewhere}")),
        (
            "a checkpoint signed badly, then well",
            format!("{body}\n{elsewhere}{signature}"),
        ),
    ] {
        bad.add(says, with(plain, "checkpoint", other), "signature", "checkpoint");
    }
}

fn keys(bad: &mut Bad, plain: &Value) {
    let note = plain["checkpoint"].as_str().unwrap_or("");
    let body = format!("{}\n", note.split_once("\n\n").expect("a note").0);
    let log = SigningKey::from_bytes(&[200; 32]);
    let other = SigningKey::from_bytes(&[77; 32]);
    let good = verifier_key(NAME, &log.verifying_key().to_bytes());
    let (id_at, key_at) = (
        good.find('+').unwrap_or(0) + 1,
        good.match_indices('+').nth(1).map_or(0, |(at, _)| at + 1),
    );
    for (says, key) in [
        ("no key", String::new()),
        ("a key without its id", good.replacen(&good[id_at..key_at], "", 1)),
        ("a key without its name", good[id_at..].into()),
        (
            "a key with another id",
            format!("{}00000000+{}", &good[..id_at], &good[key_at..]),
        ),
        (
            "a key with an id in capitals",
            format!("{}{}", &good[..id_at], good[id_at..].to_uppercase()),
        ),
        (
            "a key with a name of no length",
            verifier_key("", &log.verifying_key().to_bytes()),
        ),
        ("a key that is cut off", good[..good.len() - 4].into()),
        (
            "a key of another kind",
            format!("{}{}", &good[..key_at], good[key_at..].replacen('A', "B", 1)),
        ),
        ("a key with a space", format!("{good} ")),
        ("a key that is not of this form", text(&log.verifying_key().to_bytes())),
    ] {
        bad.key(says, plain, &key, "key");
    }
    for (says, name, key) in [
        ("the key of another log", "other.example/log", &other),
        ("this key under the name of another log", "other.example/log", &log),
        ("another key under this name", NAME, &other),
        ("a name in other letters", "Privacy.example/log", &log),
    ] {
        bad.key(says, plain, &verifier_key(name, &key.verifying_key().to_bytes()), "checkpoint");
    }
    for (says, checkpoint) in [
        (
            "signed by a witness alone",
            format!("{body}\n{}", line("witness.example/w", &other, &body)),
        ),
        (
            "signed by this key under another name",
            format!("{body}\n{}", line("other.example/log", &log, &body)),
        ),
        (
            "signed by another key under this name",
            format!("{body}\n{}", line(NAME, &other, &body)),
        ),
        ("of another log", signed(&body.replace("privacy.", "other."))),
    ] {
        bad.add(says, with(plain, "checkpoint", checkpoint), "key", "checkpoint");
    }
}
