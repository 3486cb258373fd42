//! What a log proves, as others check it: the Go project's own transparency logs (`golang.org/x/mod/sumdb`), from
//! which the C2SP specifications come, and a reader of receipts around them that shares nothing with ours.

#[allow(dead_code, reason = "these tests ask for less")]
#[path = "../../server/tests/records/device.rs"]
mod device;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use device::Device;
use ed25519_dalek::{Signer as _, SigningKey};
use http_body_util::BodyExt as _;
use mixus_privacy::ledger::{Checkpoint, Event, Hash, Log, Signature, key_id, leaf, text, verifier_key};
use mixus_privacy_server::{Records, Settings};
use mixus_privacy_tests::root;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// What the other says to each statement: nothing, or why not.
fn checked(statements: &[Value]) -> Vec<Option<String>> {
    let program = xtask::paths::program("mixus-log-check").expect("cargo xtask setup builds it");
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut input = child.stdin.take().expect("a pipe");
    let lines: Vec<String> = statements.iter().map(ToString::to_string).collect();
    let lines = lines.join("\n");
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("ended");
    writing.join().expect("a thread").expect("written");
    let said = String::from_utf8(output.stdout).expect("text");
    let said: Vec<_> = said.lines().map(|it| (it != "true").then(|| it.to_owned())).collect();
    assert_eq!(said.len(), statements.len());
    said
}

fn receipt(key: &str, receipt: &str) -> Value {
    json!({"Key": key, "Receipt": receipt})
}

fn growth(key: &str, old: &str, new: &str, proof: &Value) -> Value {
    json!({"Key": key, "Old": old, "New": new, "Proof": proof})
}

/// All of these are right.
fn agree(statements: &[Value]) {
    for (statement, said) in statements.iter().zip(checked(statements)) {
        assert_eq!(said, None, "{statement}");
    }
}

/// None of these is.
fn refuse(statements: &[Value]) {
    for (statement, said) in statements.iter().zip(checked(statements)) {
        assert!(said.is_some(), "{statement}");
    }
}

/// Bad receipts that others take: they know nothing of what a checkpoint may hold behind its root, read up to a hundred
/// signatures, and of those by one key the first alone.
const LENIENT: [&str; 3] = [
    "a checkpoint with an empty line",
    "a checkpoint with 65 signatures",
    "a checkpoint signed well, then badly",
];

#[test]
fn the_vectors_are_what_others_take_them_for() {
    let vectors = fs::read(root().join("tests/vectors/receipts.json")).expect("vectors");
    let vectors: Value = serde_json::from_slice(&vectors).expect("JSON");
    let of = |it: &Value| {
        let member = |name: &str| it[name].as_str().or(vectors[name].as_str()).unwrap_or("").to_owned();
        receipt(&member("key"), &member("receipt"))
    };
    let good: Vec<Value> = vectors["good"].as_array().expect("receipts").iter().map(of).collect();
    agree(&good);
    let bad = vectors["bad"].as_array().expect("receipts").iter();
    let bad: Vec<&Value> = bad.filter(|it| it["code"] != "receipt/form").collect();
    assert!(bad.len() > 70, "{}", bad.len());
    let said = checked(&bad.iter().copied().map(of).collect::<Vec<_>>());
    let taken: Vec<&Value> = bad
        .iter()
        .zip(said)
        .filter(|(_, it)| it.is_none())
        .map(|(it, _)| &it["says"])
        .collect();
    assert_eq!(taken, LENIENT);
}

async fn ask(records: &Records, request: Request<Body>) -> String {
    let response = records.router().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(body.to_vec()).expect("text")
}

async fn open(records: &Records, path: &str) -> String {
    ask(records, Request::get(path).body(Body::empty()).expect("a request")).await
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// What a server says over HTTP, from its first event on and across the edges of its tiles.
#[tokio::test]
async fn what_a_server_proves_others_find_proved() {
    let folder = tempfile::tempdir().expect("a folder");
    let records = Records::open(Settings {
        database: folder.path().join("records.db").as_path().into(),
        origin: "privacy.example/log".into(),
        ..Settings::default()
    })
    .await
    .expect("records");
    let key = records.verifier_key();
    let mut devices: Vec<Device> = (1..=20).map(Device::new).collect();
    let (mut size, mut notes, mut events) = (0, Vec::new(), Vec::new());
    for wanted in [1, 2, 3, 7, 8, 100, 255, 256, 257, 511, 512, 513, 600_usize] {
        while size < wanted {
            let device = size % devices.len();
            let event = devices[device].says("{\"analytics\":0}");
            let request = Request::post("/v1/events").body(Body::from(event.clone())).expect("a request");
            ask(&records, request).await;
            events.push(event);
            size += 1;
        }
        notes.push((size, open(&records, "/v1/log/checkpoint").await));
    }
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (at, (from, old)) in notes.iter().enumerate() {
        for (to, new) in &notes[at..] {
            let proof = value(&open(&records, &format!("/v1/log/consistency?from={from}&to={to}")).await);
            good.push(growth(&key, old, new, &proof["proof"]));
            if from != to {
                bad.push(growth(&key, new, old, &proof["proof"]));
                bad.push(growth(&key, old, new, &json!([])));
            }
            if let [first, .., last] = &proof["proof"].as_array().expect("hashes")[..] {
                bad.push(growth(&key, old, new, &json!([last, first])));
            }
        }
        // What was proved of the log as it was then.
        for index in [0, from / 2, from - 1] {
            let proof = value(&open(&records, &format!("/v1/log/inclusion?index={index}&size={from}")).await);
            let device = &devices[index % devices.len()];
            let path = format!("/v1/subjects/{}/receipts/{index}", device.sub().text());
            let request = Request::get(&path).header("authorization", device.asks("GET", &path));
            let now = ask(&records, request.body(Body::empty()).expect("a request")).await;
            good.push(receipt(&key, &now));
            let mut then = value(&now);
            assert_eq!(then["event"], events[index].as_str());
            then["proof"] = proof["proof"].clone();
            then["checkpoint"] = old.as_str().into();
            good.push(receipt(&key, &then.to_string()));
            bad.extend(others(&then).into_iter().map(|it| receipt(&key, &it.to_string())));
        }
    }
    assert!(good.len() > 150 && bad.len() > 450, "{} and {}", good.len(), bad.len());
    agree(&good);
    refuse(&bad);
}

/// A receipt, changed in ways each of which makes it wrong.
fn others(it: &Value) -> Vec<Value> {
    let with = |name: &str, value: Value| {
        let mut other = it.clone();
        other[name] = value;
        other
    };
    let note = it["checkpoint"].as_str().expect("a note");
    let event = it["event"].as_str().expect("an event");
    let number = |name: &str| it[name].as_u64().expect("a number");
    let mut proof = it["proof"].clone();
    let hashes = proof.as_array_mut().expect("hashes");
    hashes.push(json!("A".repeat(43)));
    let mut all = vec![
        with("proof", proof.clone()),
        with("index", (number("index") + 1).into()),
        with("taken", (number("taken") + 1).into()),
        with("event", event.replace("\"analytics\":0", "\"analytics\":1").into()),
        with("checkpoint", note.replace("privacy.", "other.").into()),
        with("checkpoint", note.trim_end().into()),
    ];
    let hashes = proof.as_array_mut().expect("hashes");
    hashes.pop();
    if hashes.pop().is_some() {
        all.push(with("proof", proof));
    }
    all
}

/// A log with tiles of a third level begun.
#[test]
fn a_large_log_is_one_to_others() {
    const NAME: &str = "privacy.example/large";
    let signer = SigningKey::from_bytes(&[3; 32]);
    let key = verifier_key(NAME, &signer.verifying_key().to_bytes());
    let event = Device::new(1).says("{\"analytics\":1}");
    let hash = Event::read(&event).expect("an event").hash();
    let (mut log, mut kept, mut notes) = (Log::default(), BTreeMap::new(), Vec::new());
    let sizes = [255, 256, 65_535, 65_536, 65_537, 66_000];
    for index in 0..66_000 {
        // The same event everywhere: a leaf holds its place too.
        log.push(leaf(&hash, index, 7), |level, at, tile| {
            kept.insert((level, at), tile);
        });
        if sizes.contains(&log.size()) {
            let root = log.root(log.size(), &mut kept).expect("a root");
            notes.push((log.size(), note(NAME, &signer, log.size(), root)));
        }
    }
    let texts = |proof: Vec<Hash>| -> Vec<String> { proof.iter().map(|it| text(it)).collect() };
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (at, (size, new)) in notes.iter().enumerate() {
        for (from, old) in &notes[..=at] {
            let proof = texts(log.consistency(*from, *size, &mut kept).expect("a proof"));
            good.push(growth(&key, old, new, &json!(proof)));
            if let [rest @ .., _] = &proof[..] {
                bad.push(growth(&key, old, new, &json!(rest)));
            }
        }
        for index in [0, 1, 254, size / 2, size - 2, size - 1] {
            let proof = texts(log.inclusion(index, *size, &mut kept).expect("a proof"));
            let said = json!({"v": 1, "event": event, "index": index, "taken": 7, "proof": proof, "checkpoint": new});
            good.push(receipt(&key, &said.to_string()));
            let mut other = said;
            other["index"] = (index ^ 1).into();
            bad.push(receipt(&key, &other.to_string()));
        }
    }
    agree(&good);
    refuse(&bad);
}

fn note(name: &str, signer: &SigningKey, size: u64, root: Hash) -> String {
    let checkpoint = Checkpoint {
        origin: name.into(),
        size,
        root,
    };
    checkpoint.signed(&Signature {
        name: name.into(),
        id: key_id(name, &signer.verifying_key().to_bytes()),
        signature: signer.sign(checkpoint.body().as_bytes()).to_bytes(),
    })
}
