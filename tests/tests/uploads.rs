//! Uploads by the clients that others use: tus-js-client and Uppy, to a server that listens.

use std::process::Stdio;

use mixus_privacy_server::{Settings, UploadSettings};
use mixus_privacy_tests::{Listening, root};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

#[tokio::test]
async fn clients_of_others_upload_and_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Listening::new(Settings {
        database: folder.path().join("records.db").as_path().into(),
        rate: 0,
        uploads: Some(UploadSettings {
            folder: folder.path().join("uploads"),
            ..UploadSettings::default()
        }),
        ..Settings::default()
    })
    .await
    .expect("a server");
    let endpoint = format!("http://{}/v1/files", server.address);
    let mut child = Command::new("node")
        .arg(root().join("tests/interop/uploads.mjs"))
        .arg(&endpoint)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let (mut tried, mut failed) = (0, Vec::new());
    while let Some(line) = lines.next_line().await.expect("text") {
        let said: Value = serde_json::from_str(&line).expect("JSON");
        tried += 1;
        if let Some(error) = said["error"].as_str() {
            failed.push(format!("{}: {error}", said["name"]));
        }
    }
    assert!(child.wait().await.expect("ended").success());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(tried >= 18, "{tried}");
    server.end().await.expect("well");
    // What was ended, joined and finished left nothing else behind; what was never gone on with waits.
    let names = std::fs::read_dir(folder.path().join("uploads")).expect("a folder");
    for name in names {
        let name = name.expect("a file").file_name().into_string().expect("text");
        let bytes = std::fs::read(folder.path().join("uploads").join(&name)).expect("a file");
        for secret in [&b"secret"[..], b"text/plain"] {
            assert!(!bytes.windows(secret.len()).any(|it| it == secret), "{name} tells");
        }
    }
}
