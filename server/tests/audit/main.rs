//! What an audit finds: everything, or it says what it cannot know.

mod changes;
#[allow(dead_code, reason = "these tests ask for less")]
#[path = "../records/device.rs"]
mod device;
mod large;
mod mutation;
mod rewritten;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::OnceLock;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use http_body_util::BodyExt as _;
use mixus_privacy::ledger::{Checkpoint, Event, Kind, checkpoint_of, read_verifier_key, without_signature};
use mixus_privacy_server::audit::{Against, Code, Database, Fault, Summary, audit};
use mixus_privacy_server::{Records, Settings, verify};
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

use device::{Device, Host, now};

/// As many rows as there are: two tiles, and some.
const DEVICES: u8 = 30;
const EACH: usize = 18;

/// A database that the server has written, with its checkpoint.
struct Written {
    _folder: TempDir,
    path: PathBuf,
    note: String,
    key: String,
    bodies: Vec<String>,
}

/// Written once, and copied by whoever changes it.
fn written() -> &'static Written {
    static WRITTEN: OnceLock<Written> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(write())
    })
}

async fn write() -> Written {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("records.db");
    let host = Host(SigningKey::from_bytes(&[99; 32]));
    let records = Records::open(Settings {
        database: path.as_path().into(),
        origin: "privacy.example/log".into(),
        link_keys: vec![host.key()],
        ..Settings::default()
    })
    .await
    .expect("records");
    let mut bodies = Vec::new();
    let mut devices: Vec<Device> = (1..=DEVICES).map(Device::new).collect();
    // Some are of an account, from the start.
    for device in devices.iter_mut().take(4) {
        device.acct = "account".into();
        let link = device.does(Kind::Link, "{}");
        let token = host.token("account", &device.sub(), now() + 60);
        send(&records, std::slice::from_ref(&link), &token).await;
        bodies.push(link);
    }
    for round in 0..EACH {
        for device in &mut devices {
            let said = ["{\"analytics\":1}", "{\"analytics\":0,\"social\":1}", "{}"][round % 3];
            let event = device.says(said);
            send(&records, std::slice::from_ref(&event), "").await;
            bodies.push(event);
        }
    }
    // One asks for erasure for itself, and one for an account, whose other devices go on.
    for which in [10, 0] {
        let event = devices[which].does(Kind::Erase, "{}");
        send(&records, std::slice::from_ref(&event), "").await;
        bodies.push(event);
    }
    let event = devices[1].says("{\"analytics\":1}");
    send(&records, std::slice::from_ref(&event), "").await;
    bodies.push(event);
    let request = Request::get("/v1/log/checkpoint").body(Body::empty()).expect("a request");
    let note = ask(&records, request).await;
    Written {
        _folder: folder,
        path,
        note,
        key: records.verifier_key(),
        bodies,
    }
}

async fn ask(records: &Records, request: Request<Body>) -> String {
    let response = records.router().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(body.to_vec()).expect("a text")
}

async fn send(records: &Records, events: &[String], token: &str) {
    let request = Request::post("/v1/events")
        .header("mixus-link", token)
        .body(Body::from(events.join("\n")));
    let answer = ask(records, request.expect("a request")).await;
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    for said in answer["answers"].as_array().expect("answers") {
        assert_eq!(said["status"], "stored", "{answer}");
    }
}

impl Written {
    /// A copy that may be changed, in memory, with documents beside the log.
    fn copy(&self) -> Connection {
        let connection = Connection::open_in_memory().expect("a database");
        connection
            .execute_batch(&format!(
                "ATTACH '{}' AS written;
                 CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
                 CREATE TABLE event (
                     place INTEGER PRIMARY KEY, taken INTEGER NOT NULL, sub BLOB NOT NULL, dev BLOB NOT NULL,
                     seq INTEGER NOT NULL, hash BLOB NOT NULL, hlc INTEGER NOT NULL, acct TEXT NOT NULL, body TEXT);
                 CREATE TABLE tile (
                     level INTEGER NOT NULL, at INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, at)) WITHOUT ROWID;
                 CREATE TABLE notice (hash BLOB PRIMARY KEY, taken INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
                 INSERT INTO meta SELECT name, value FROM written.meta;
                 INSERT INTO event SELECT place, taken, sub, dev, seq, hash, hlc, acct, body FROM written.event;
                 INSERT INTO tile SELECT level, at, hashes FROM written.tile;
                 DETACH written;",
                self.path.display()
            ))
            .expect("a copy");
        for text in ["{}", "{\"version\":\"2026-11\"}"] {
            let hash = mixus_privacy::ledger::hash(text);
            connection
                .execute("INSERT INTO notice VALUES (?, 0, ?)", rusqlite::params![hash, text])
                .expect("a notice");
        }
        connection
    }

    /// What it is held against. Signatures that are good are remembered, since checking one is slow.
    fn against<'a>(&self, is_signed: &'a IsSigned) -> Against<'a> {
        Against {
            checkpoints: vec![self.checkpoint()],
            key: read_verifier_key(&self.key).map(|(_, key)| key),
            is_signed,
        }
    }

    fn checkpoint(&self) -> Checkpoint {
        let (checkpoint, signatures) = checkpoint_of(&self.note, &self.key).expect("a checkpoint");
        assert!(signatures.iter().all(verify::is_signed_by_key));
        checkpoint
    }

    /// The same answers as without it, and quicker.
    fn is_signed(&self) -> Box<IsSigned> {
        let mut good = HashSet::new();
        for body in &self.bodies {
            let event = Event::read(body).expect("an event");
            let unsigned = without_signature(body);
            assert!(checked(&event.key, &unsigned, &event.sig));
            good.insert((event.key, unsigned, event.sig));
        }
        Box::new(move |key: &[u8; 32], text: &str, signature: &[u8; 64]| {
            good.contains(&(*key, text.to_owned(), *signature)) || checked(key, text, signature)
        })
    }
}

type IsSigned = dyn Fn(&[u8; 32], &str, &[u8; 64]) -> bool + Sync;

fn checked(key: &[u8; 32], text: &str, signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_bytes(key);
    key.is_ok_and(|key| key.verify_strict(text.as_bytes(), &Signature::from_bytes(signature)).is_ok())
}

fn faults(kept: &Database, against: &Against<'_>) -> (Summary, Vec<Fault>) {
    let mut faults = Vec::new();
    let summary = audit(kept, against, &mut |fault| faults.push(*fault)).expect("read");
    assert_eq!(summary.faults, faults.len() as u64);
    (summary, faults)
}

fn codes(faults: &[Fault]) -> Vec<Code> {
    let mut codes: Vec<Code> = faults.iter().map(|it| it.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn what_the_server_writes_has_no_fault() {
    let written = written();
    let is_signed = written.is_signed();
    let against = written.against(&*is_signed);
    let summary = faults(&Database::open(&written.path).expect("a database"), &against);
    assert_eq!(summary.1, []);
    let rows = written.bodies.len() as u64;
    assert_eq!(
        (summary.0.events, summary.0.tiles, summary.0.checkpoints),
        (rows, rows / 256, 1)
    );
    assert_eq!(summary.0.root, Some(written.checkpoint().root));
    // All of the one that had itself erased, and of the four of the account.
    assert_eq!(summary.0.erased, (EACH + 4 * (EACH + 1)) as u64);
    assert_eq!(faults(&Database::of(written.copy()), &against).1, []);
}

/// An erased body is no fault. Whose a row without one was, is the word of whoever keeps it.
#[test]
fn what_cannot_be_known() {
    let written = written();
    let is_signed = written.is_signed();
    let against = written.against(&*is_signed);
    let erased = |copy: Connection| {
        let (summary, faults) = faults(&Database::of(copy), &against);
        assert_eq!(faults, []);
        summary.erased
    };
    let before = erased(written.copy());
    let copy = written.copy();
    copy.execute_batch("UPDATE event SET body = NULL WHERE place = 200")
        .expect("changed");
    assert_eq!(erased(copy), before + 1);
    let copy = written.copy();
    copy.execute_batch(
        "UPDATE event SET body = NULL, acct = '', sub = x'', dev = x'', seq = 0, hlc = 0 WHERE place = 200",
    )
    .expect("changed");
    assert_eq!(erased(copy), before + 1);
    let copy = written.copy();
    copy.execute_batch("UPDATE event SET hlc = hlc + 1, acct = '' WHERE body IS NULL AND length(sub) = 20")
        .expect("changed");
    assert_eq!(erased(copy), before);
}
