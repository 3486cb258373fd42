//! Keysets as docs/keys.md has them made: by the example, handed out by the server, sealed for by a page, opened by the other example.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use mixus_privacy_server::Settings;
use mixus_privacy_tests::{Listening, output, root};
use serde_json::Value;

fn said(command: &mut Command) -> String {
    output(command).expect("well").trim_end().to_owned()
}

/// One of the examples, in a folder.
fn example(name: &str, folder: &Path, arguments: &[&str]) -> String {
    said(
        Command::new(xtask::paths::tink())
            .arg(root().join("docs/examples").join(name))
            .args(arguments)
            .current_dir(folder),
    )
}

/// A private key as OpenSSL writes it (PKCS #8, RFC 8410), and the public one as policies name it.
fn pin(path: &Path, number: u8) -> String {
    let mut bytes = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    bytes.extend([number; 32]);
    let text = STANDARD.encode(bytes);
    fs::write(
        path,
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"),
    )
    .expect("written");
    URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&[number; 32]).verifying_key().to_bytes())
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

/// What a page says that seals a file of this name for what the server hands out, and believes these.
async fn sealed(folder: &Path, name: &str, pins: &[&str]) -> String {
    let server = Listening::new(Settings {
        database: folder.join(format!("{name}.db")).as_path().into(),
        keyset: Some(folder.join("keyset.json")),
        ..Settings::default()
    })
    .await
    .expect("a server");
    let mut page = Command::new("node");
    page.arg(root().join("tests/interop/keyset.mjs"))
        .arg(format!("http://{}/v1/keys", server.address))
        .arg(folder)
        .arg(name)
        .args(pins);
    let words = tokio::task::spawn_blocking(move || said(&mut page)).await.expect("no panic");
    server.end().await.expect("well");
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_example_signs_is_sealed_for_and_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (first, next) = (pin(&folder.join("pin.pem"), 1), pin(&folder.join("next.pem"), 2));
    assert_eq!(example("keyset.py", folder, &["pin", "pin.pem"]), first);
    let keyset = |pins: &[&str], serial: &str| {
        example("keyset.py", folder, &["rotate", "private.json"]);
        let mode = fs::metadata(folder.join("private.json")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let sign = [&["sign"], pins, &["private.json", "--owner", "server", "--serial", serial]].concat();
        fs::write(folder.join("keyset.json"), example("keyset.py", folder, &sign)).expect("written");
        json(folder.join("private.json"))["primaryKeyId"].to_string()
    };

    let older = keyset(&["pin.pem"], "1");
    assert_eq!(sealed(folder, "older", &[&first]).await, older);
    assert_eq!(sealed(folder, "nobody", &[&next]).await, "keys/unpinned server");

    // Another key, and somebody else who signs: pages with either policy take it.
    let newer = keyset(&["pin.pem", "next.pem"], "2");
    assert_ne!(newer, older);
    assert_eq!(sealed(folder, "before", &[&first]).await, newer);
    assert_eq!(sealed(folder, "after", &[&next]).await, newer);

    // No private key has left.
    let public = json(folder.join("keyset.json"));
    let public = STANDARD.decode(public["payload"].as_str().expect("text")).expect("base64");
    let public: Value = serde_json::from_slice(&public).expect("JSON");
    for key in public["keyset"]["key"].as_array().expect("keys") {
        assert_eq!(key["keyData"]["keyMaterialType"], "ASYMMETRIC_PUBLIC");
    }

    // Who has the private keyset opens what was sealed for any key in it.
    for name in ["older", "before", "after"] {
        let opened = folder.join(name).with_extension("opened");
        let sealed = format!("{name}.sealed");
        example("open.py", folder, &["private.json", &sealed, &format!("{name}.opened")]);
        assert_eq!(
            fs::read(opened).expect("a file"),
            fs::read(folder.join(name).with_extension("open")).expect("a file")
        );
    }
}
