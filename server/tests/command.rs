//! The process, as somebody calls it who has a receipt or a database and trusts no server.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use mixus_privacy_server::{Records, Settings};
use serde_json::Value;

fn vectors() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/receipts.json");
    serde_json::from_slice(&fs::read(path).expect("vectors")).expect("JSON")
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixus-privacy-server"));
    // What whoever runs the tests has set is none of theirs.
    for name in ["MIXUS_KEY", "MIXUS_DATABASE"] {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

fn said(output: &Output) -> (bool, String) {
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn run(arguments: &[&str]) -> (bool, String) {
    said(&command(arguments).output().expect("run"))
}

#[test]
fn a_receipt_is_told_in_words() {
    let vectors = vectors();
    let key = vectors["key"].as_str().expect("a key");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("receipt.json");
    let good = vectors["good"][0]["receipt"].as_str().expect("a receipt");
    fs::write(&path, good).expect("written");
    let path = path.to_str().expect("a path");
    let (proved, words) = run(&["verify", path, "--key", key]);
    assert!(proved, "{words}");
    for part in [
        "receipt.json: proved",
        "privacy.example/log, when it had 7 entries",
        "2 (AZq2l-gA",
        "2025-11-24T16:01:42Z",
        "decided    2025-11-24T16:00:00Z by the clock of the device",
        "until      2026-05-28T20:26:40Z",
        "decision: custom in banner",
        "allowed    analytics\n",
        "refused    social@2\n",
        "gdpr (opt-in), DE",
        "version 2026-11, SHA-256 CQkJCQkJ",
        vectors["good"][0]["proves"]["subject"].as_str().expect("a subject"),
    ] {
        assert!(words.contains(part), "{part} is not in {words}");
    }
    assert!(!words.contains("account"), "{words}");
}

#[test]
fn several_are_told_one_after_the_other() {
    let vectors = vectors();
    let key = vectors["key"].as_str().expect("a key");
    let folder = tempfile::tempdir().expect("a folder");
    let mut paths = Vec::new();
    let bad = vectors["bad"].as_array().expect("receipts");
    // One of each code.
    let codes = ["form", "event", "proof", "checkpoint", "signature"].map(|it| format!("receipt/{it}"));
    let picked = codes
        .each_ref()
        .map(|code| bad.iter().find(|it| it["code"] == **code).expect("one of each"));
    let all = picked.iter().copied().chain([&vectors["good"][1]]);
    for (at, it) in all.enumerate() {
        let path = folder.path().join(format!("{at}.json"));
        fs::write(&path, it["receipt"].as_str().expect("a text")).expect("written");
        paths.push(path.to_str().expect("a path").to_owned());
    }
    let missing = folder.path().join("missing.json");
    paths.push(missing.to_str().expect("a path").to_owned());
    let arguments: Vec<&str> = ["verify", "--key", key]
        .into_iter()
        .chain(paths.iter().map(String::as_str))
        .collect();
    let (proved, words) = run(&arguments);
    assert!(!proved);
    for (at, it) in picked.iter().enumerate() {
        let code = it["code"].as_str().expect("a code");
        assert!(words.contains(&format!("{at}.json: {code}")), "{words}");
    }
    assert!(words.contains("5.json: proved"), "{words}");
    assert!(words.contains("missing.json: "), "{words}");
    let (proved, words) = run(&["verify", "--key", "no key", &paths[5]]);
    assert!(!proved && words.contains("5.json: receipt/key (key)"), "{words}");
}

#[test]
fn a_receipt_comes_through_a_pipe() {
    let vectors = vectors();
    let key = vectors["key"].as_str().expect("a key");
    let good = vectors["good"][2]["receipt"].as_str().expect("a receipt").as_bytes();
    let with = |bytes: &[u8]| {
        let mut child = command(&["verify", "-", "--key", key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        // It may have enough before all is written.
        let _ = child.stdin.take().expect("a pipe").write_all(bytes);
        said(&child.wait_with_output().expect("ended"))
    };
    let (proved, words) = with(good);
    assert!(proved && words.starts_with("-: proved\n"), "{words}");
    for bad in [&[0xff, 0xfe][..], &b" ".repeat(10_000_000), &[good, good].concat(), b""] {
        let (proved, words) = with(bad);
        assert_eq!((proved, words.as_str()), (false, "-: receipt/form\n"));
    }
}

#[test]
fn a_database_is_audited_while_a_server_has_it() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("records ?#%.db");
    let settings = Settings {
        database: path.as_path().into(),
        origin: "privacy.example/log".into(),
        ..Settings::default()
    };
    let records = runtime.block_on(Records::open(settings)).expect("records");
    let path = path.to_str().expect("a path");
    let (clean, words) = run(&["audit", "--database", path]);
    assert!(
        clean && words.contains("0 events") && words.ends_with("\n0 faults\n"),
        "{words}"
    );
    assert!(words.contains("held against no checkpoint: "), "{words}");

    // A checkpoint of a log that had more.
    let note = folder.path().join("note");
    let key = records.verifier_key();
    let vectors = vectors();
    let receipt: Value =
        serde_json::from_str(vectors["good"][0]["receipt"].as_str().expect("a receipt")).expect("JSON");
    fs::write(&note, receipt["checkpoint"].as_str().expect("a note")).expect("written");
    let note = note.to_str().expect("a path");
    let other = vectors["key"].as_str().expect("a key");
    let (clean, words) = run(&["audit", "--database", path, "--checkpoint", note, "--key", other]);
    assert!(!clean, "{words}");
    for part in ["audit/size checkpoint 0: ", "audit/key log: ", "2 faults"] {
        assert!(words.contains(part), "{part} is not in {words}");
    }
    // One of another log says nothing about this one.
    let output = command(&["audit", "--database", path, "--checkpoint", note, "--key", &key]).output();
    let output = output.expect("run");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("receipt/key"), "{output:?}");
    drop(records);
}

#[test]
fn what_is_no_database_is_said_to_be_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = folder.path().join("none.db");
    fs::write(&none, "no database at all, whatever it says").expect("written");
    for path in [none.as_path(), &folder.path().join("missing.db"), folder.path()] {
        let output = command(&["audit", "--database", path.to_str().expect("a path")]).output();
        let output = output.expect("run");
        assert!(!output.status.success());
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("audit/unreadable"),
            "{output:?}"
        );
    }
    assert!(!folder.path().join("missing.db").exists(), "nothing is written");
}

#[test]
fn one_help_names_everything() {
    let (done, words) = run(&["--help"]);
    assert!(done);
    for part in ["verify", "audit", "--database", "--listen", "MIXUS_ORIGIN"] {
        assert!(words.contains(part), "{part} is not in {words}");
    }
}
