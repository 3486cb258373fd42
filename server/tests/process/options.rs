//! What it is told, from where, and what it says of what it cannot be told.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

use crate::program::{Running, ask, program, said};

/// The key that openssl made, and its verifier key's last part.
const KEY: &str = include_str!("key.pem");
const OTHER: &str = include_str!("other.pem");
const PUBLIC: &str = "AWNRtr5JZ2EZ9CW/vNbSt/L+UyK3JJsA6t7ZAZYWSGh9";

fn file(folder: &Path, name: &str, text: &str, mode: u32) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    path.to_str().expect("a path").to_owned()
}

#[test]
fn flags_come_before_the_environment_and_that_before_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = file(folder.path(), "key.pem", KEY, 0o600);
    let config = file(
        folder.path(),
        "config.toml",
        &format!("origin = \"file/log\"\nkey-file = {key:?}"),
        0o644,
    );
    let asked = |arguments: &[&str], environment: &[(&str, &str)]| {
        let (done, words) = said(&[&["key"], arguments].concat(), environment);
        assert!(done, "{words}");
        let (name, rest) = words.trim().split_once('+').expect("a key");
        assert!(rest.ends_with(PUBLIC), "{rest}");
        name.to_owned()
    };
    let in_file = ["--config", &config];
    assert_eq!(asked(&["--key-file", &key], &[]), "localhost/log");
    assert_eq!(asked(&in_file, &[]), "file/log");
    assert_eq!(asked(&in_file, &[("MIXUS_ORIGIN", "environment/log")]), "environment/log");
    let both = [&in_file[..], &["--origin", "flag/log"]].concat();
    assert_eq!(asked(&both, &[("MIXUS_ORIGIN", "environment/log")]), "flag/log");
    assert_eq!(asked(&[], &[("MIXUS_CONFIG", &config)]), "file/log");
}

#[test]
fn what_cannot_be_told_is_said_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let of = |text: &str| file(folder.path(), "config.toml", text, 0o644);
    for (text, parts) in [
        ("rat = 5", ["config.toml", "line 1", "unknown field `rat`", "`rate`"]),
        ("\nrate = \"many\"", ["config.toml", "line 2", "rate", "invalid type"]),
        (
            "allow = [\"www.example.com\"]",
            ["config.toml", "line 1", "no origin", "www.example.com"],
        ),
        ("link-key = [\"short\"]", ["config.toml", "line 1", "link-key", "32 bytes"]),
        (
            "origin = \"https://example.com\"",
            ["config.toml", "line 1", "origin", "without a scheme"],
        ),
        ("connections = 0", ["config.toml", "line 1", "connections", "one at least"]),
        ("upload-longest = \"5 G\"", ["config.toml", "line 1", "no size", "512M"]),
        ("log = \"loud\"", ["config.toml", "line 1", "loud", "error"]),
        ("rate = ", ["config.toml", "line 1", "rate", ""]),
    ] {
        let (done, words) = said(&["--config", &of(text)], &[]);
        assert!(!done && parts.iter().all(|it| words.contains(it)), "{text}: {words}");
    }
    let (done, words) = said(&["--config", "missing.toml"], &[]);
    assert!(!done && words.contains("missing.toml: No such file"), "{words}");

    for (name, flag, value, why) in [
        ("MIXUS_RATE", "--rate", "many", "invalid digit"),
        ("MIXUS_ALLOW", "--allow", "https://www.example.com/", "no origin"),
        ("MIXUS_LINK_KEY", "--link-key", "short", "32 bytes"),
        ("MIXUS_ORIGIN", "--origin", "a b", "no name"),
        ("MIXUS_CONNECTIONS", "--connections", "0", "one at least"),
        ("MIXUS_LOG", "--log", "loud", "possible values"),
        ("MIXUS_RETAIN", "--retain", "-1", ""),
        ("MIXUS_UPLOAD_TOTAL", "--upload-total", "1.5G", "no size"),
        ("MIXUS_UPLOAD_KEY", "--upload-key", "short", "32 bytes"),
    ] {
        let (done, words) = said(&[], &[(name, value)]);
        assert!(
            !done
                && words.contains(flag)
                && words.contains(why)
                && words.contains(&format!("that of {name} in")),
            "{words}"
        );
        let (done, words) = said(&[&format!("{flag}={value}")], &[(name, value)]);
        assert!(
            !done && words.contains(flag) && words.contains(why) && !words.contains("environment."),
            "{words}"
        );
    }
}

#[test]
fn what_cannot_be_had_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("records.db");
    let database = database.to_str().expect("a path");
    let run = |arguments: &[&str]| said(&[&["--database", database], arguments].concat(), &[]);
    let (done, words) = run(&["--listen", "192.0.2.1:80"]);
    assert!(!done && words.contains("listen: 192.0.2.1:80: "), "{words}");
    let (done, words) = run(&["--listen", "127.0.0.1:0", "--metrics", "nowhere"]);
    assert!(!done && words.contains("metrics: nowhere: "), "{words}");
    let (done, words) = run(&["--notices", "missing"]);
    assert!(!done && words.contains("notices: missing: No such file"), "{words}");
    let (done, words) = run(&["--keyset", "missing.json"]);
    assert!(!done && words.contains("keyset: missing.json: No such file"), "{words}");
    let (done, words) = run(&["--uploads", "missing/uploads"]);
    assert!(!done && words.contains("uploads: No such file"), "{words}");
    let (done, words) = said(&["key", "--database", "missing.db"], &[]);
    assert!(!done && words.contains("database: there is no log yet"), "{words}");
    assert!(!Path::new("missing.db").exists(), "it is not made by asking");
}

#[test]
fn the_help_says_it_all() {
    let output = program(&["--help"], &[]).output().expect("run");
    let words = String::from_utf8(output.stdout).expect("text");
    let text =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/options/mod.rs")).expect("a source");
    let names: Vec<&str> = text.split("env = \"").skip(1).filter_map(|it| it.split('"').next()).collect();
    assert!(names.len() >= 25);
    for name in names {
        let flag = name.trim_start_matches("MIXUS_").to_lowercase().replace('_', "-");
        assert!(
            words.contains(&format!("[env: {name}=]")) && words.contains(&format!("--{flag} ")),
            "{name}: {words}"
        );
    }
    for command in ["serve", "key", "verify", "audit"] {
        assert!(words.contains(&format!("\n  {command} ")), "{words}");
    }
    let (done, words) = said(&["--version"], &[]);
    assert!(
        done && words.trim() == format!("mixus-privacy-server {}", env!("CARGO_PKG_VERSION")),
        "{words}"
    );
}

/// The key as `key` prints it for a database, or what it says instead.
fn printed(folder: &TempDir, more: &[&str]) -> String {
    let database = folder.path().join("records.db");
    said(
        &[&["key", "--database", database.to_str().expect("a path")], more].concat(),
        &[],
    )
    .1
    .trim()
    .to_owned()
}

/// Whether a server on this folder starts, and what it says if not.
fn starts(folder: TempDir, arguments: &[&str]) -> (TempDir, String) {
    let database = folder.path().join("records.db");
    let all = [&["--database", database.to_str().expect("a path")], arguments].concat();
    let words = said(&all, &[]).1;
    (folder, words)
}

#[test]
fn a_log_keeps_its_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = file(folder.path(), "key.pem", KEY, 0o600);
    let other = file(folder.path(), "other.pem", OTHER, 0o600);
    let open = file(folder.path(), "open.pem", KEY, 0o640);
    let none = file(folder.path(), "none.pem", &KEY.replace('M', "N"), 0o600);

    let server = Running::start_in(folder, &["--key-file", &key]);
    let note = server.ask("GET", "/v1/log/checkpoint", &[], "").body;
    // Whoever is at the machine can ask while the server has the database.
    let database = server.folder().join("records.db");
    let words = said(&["key", "--database", database.to_str().expect("a path")], &[]).1;
    assert!(words.trim().ends_with(PUBLIC), "{words}");
    let name = words.split('+').next().expect("a name");
    assert!(
        note.starts_with(&format!("{name}\n0\n")) && note.contains(&format!("\u{2014} {name} ")),
        "{note}"
    );
    let (folder, _) = server.end();
    let bytes = fs::read(folder.path().join("records.db")).expect("a file");
    let secret = &[0x7c, 0x74, 0x18, 0xc4, 0xb8, 0xcf, 0xd1, 0x7f];
    assert!(
        !bytes.windows(8).any(|it| it == secret),
        "the secret half is not in the database"
    );

    for (arguments, why) in [
        (vec!["--key-file", &other], "the log was begun with another key"),
        (vec![], "this log has its key in a file, and none is named"),
        (vec!["--key-file", &open], "others can read it (mode 640)"),
        (vec!["--key-file", &none], "no Ed25519 key in PEM"),
        (vec!["--key-file", "missing.pem"], "missing.pem: No such file"),
    ] {
        let database = folder.path().join("records.db");
        let all = [&["--database", database.to_str().expect("a path")], arguments.as_slice()].concat();
        let (done, words) = said(&all, &[]);
        assert!(!done && words.contains("key-file: ") && words.contains(why), "{words}");
    }
    let (folder, words) = starts(folder, &["--key-file", &key]);
    assert!(
        words.contains("listen: 256.0.0.1:0"),
        "with its own key it comes further: {words}"
    );

    // One whose key is in the database tells it too, and takes no other.
    fs::remove_file(folder.path().join("records.db")).expect("gone");
    let _ = fs::remove_file(folder.path().join("records.db-wal"));
    let (folder, _) = starts(folder, &[]);
    assert!(printed(&folder, &[]).starts_with("localhost/log+"), "{}", printed(&folder, &[]));
    let (_folder, words) = starts(folder, &["--key-file", &key]);
    assert!(words.contains("the log was begun with another key"), "{words}");
}

#[test]
fn metrics_can_be_apart() {
    let mut server = Running::start(&["--metrics", "127.0.0.1:0"]);
    let address = &server.line();
    assert_eq!(server.ask("GET", "/metrics", &[], "").status, 404);
    assert_eq!(server.ask("GET", "/v1/ready", &[], "").status, 200);
    let answer = ask(address, "GET", "/metrics", &[], "");
    assert!(
        answer.status == 200 && answer.body.contains("mixus_privacy_log_entries 0\n"),
        "{}",
        answer.body
    );
    assert_eq!(ask(address, "GET", "/v1/health", &[], "").status, 200);
    assert_eq!(ask(address, "POST", "/v1/events", &[], "").status, 404);
    server.end();
}

#[test]
fn a_name_that_is_no_option_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("records.db");
    let arguments = [
        "serve",
        "--database",
        database.to_str().expect("a path"),
        "--listen",
        "256.0.0.1:0",
    ];
    let output = program(&arguments, &[("MIXUS_RAET", "5"), ("MIXUS_RATE", "5")])
        .output()
        .expect("run");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        words.contains("\"name\":\"MIXUS_RAET\"") && !words.contains("\"MIXUS_RATE\""),
        "{words}"
    );
}
