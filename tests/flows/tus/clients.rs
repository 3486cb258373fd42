//! Files that arrive at once.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Flow, Outcome, done as end, root};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::servers::Server;
use super::{content, done, is_right, page, send};
use crate::sync::value;

/// Python's Tink, with a key of its own.
fn tink(arguments: &[&str], folder: &Path) -> Result<Vec<String>> {
    let output = Command::new(xtask::paths::tink())
        .arg(root().join("tests/interop/sealed.py"))
        .args(arguments)
        .arg(folder)
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}

/// What nobody on the way may see: the file's name, its type, and the bytes that it begins with.
fn tells_nothing(server: &Server) -> Result<()> {
    let begins = content(1_000, 0);
    for path in [server.files()?, server.notes()?].concat() {
        let bytes = fs::read(path)?;
        for secret in [&b"a secret name"[..], b"application/pdf", &begins[100..140]] {
            assert!(!bytes.windows(secret.len()).any(|it| it == secret), "it tells");
        }
    }
    Ok(())
}

/// Of all lengths, in as many requests as the client likes: what arrives is sealed, is as long as the server was told, and opens; for
/// a back end too.
pub(crate) async fn tus_js_client_seals(flow: Flow) -> Result<Outcome> {
    let keys = tink(&["keys"], Path::new("."))?;
    let (_, public) = keys[0].split_once(' ').context("two keys")?;
    let browser = page(&flow).await?;
    for server in Server::all(&flow.site).await? {
        for (size, options) in [
            (0, json!({})),
            (1, json!({})),
            (524_232, json!({"uploadDataDuringCreation": true})),
            (3_000_000, json!({"chunkSize": 250_000})),
            (20_000_000, json!({})),
            (21_000_000, json!({"chunkSize": 9_000_000})),
        ] {
            let file = json!({"size": size});
            let mut options = options;
            options["endpoint"] = json!(server.at);
            options["key"] = json!(public);
            send(&browser, &file, &options).await?;
            let url = done(&browser).await?;
            is_right(&browser, &flow, &server, &file, &url).await?;
        }
        let files = server.files()?;
        assert_eq!(files.len(), 6, "{}", server.name);
        tells_nothing(&server)?;
        // A back end, which has the one that was sent last on its disk.
        let folder = TempDir::with_prefix("mixus-privacy-")?;
        for path in files {
            let size = fs::metadata(&path)?.len();
            if size > 21_000_000 {
                fs::copy(path, folder.path().join("1.sealed"))?;
            }
        }
        fs::write(folder.path().join("1.open"), content(21_000_000, 0))?;
        let opened = tink(&["open"], folder.path())?;
        assert_eq!(opened, ["1.sealed a secret name.pdf 21000000 true"], "{}", server.name);
        // With the project's own server, who is handed the file does not end it.
        let url: String = browser.get("state.done").await?;
        let write: String = browser.get("state.upload").await?;
        let refused = if server.name == "own" { 404 } else { 204 };
        assert_eq!(url == write, server.name == "npm");
        assert_eq!(value(&browser, &format!("files.ends('{url}')")).await?, refused);
    }
    let texts: String = browser.get("files.texts()").await?;
    assert!(!texts.contains("secret") && !texts.contains("tus"), "{texts}");
    end()
}

/// In parts side by side, of which the server makes one file.
pub(crate) async fn tus_js_client_in_parts(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let server = Server::own(&flow.site).await?;
    for (size, parts, chunk) in [(30_000_000, 3, 2_000_000), (40_000_000, 2, 100_000_000), (5_000, 4, 1_000)]
    {
        let file = json!({"size": size});
        let options = json!({"endpoint": server.at, "parallelUploads": parts, "chunkSize": chunk});
        send(&browser, &file, &options).await?;
        let url = done(&browser).await?;
        is_right(&browser, &flow, &server, &file, &url).await?;
        let addresses: u64 = browser.get("new Set(state.patches.map(([url]) => url)).size").await?;
        assert_eq!(addresses, parts, "{}", server.name);
    }
    tells_nothing(&server)?;
    end()
}

/// Some files at once, none of them told of, and each handed on by where it is read.
pub(crate) async fn uppy_seals(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    for server in Server::all(&flow.site).await? {
        let files = json!([
            {"size": 12_000_000},
            {"size": 1_000, "name": "another name.pdf"},
            {"size": 0, "name": "nothing.pdf"}
        ]);
        let options = json!({"endpoint": server.at, "chunkSize": 5_000_000});
        browser.run(&format!("void files.uppy({files}, {options})")).await?;
        browser.wait("state.done || state.failed").await?;
        assert_eq!(browser.get::<Option<String>>("state.failed").await?, None);
        let urls: Vec<String> = browser.get("state.done").await?;
        assert_eq!(urls.len(), 3);
        for (file, url) in files.as_array().context("files")?.iter().zip(&urls) {
            is_right(&browser, &flow, &server, file, url).await?;
        }
        let writes: Vec<String> = browser.get("state.upload").await?;
        assert_eq!(writes == urls, server.name == "npm");
        // What is said of how far it is counts what is sent.
        let last: Vec<u64> = browser
            .get("state.told.filter(([sent, all]) => sent === all && all > 12_000_000)[0]")
            .await?;
        assert!(last[0] > 12_000_000, "{last:?}");
        tells_nothing(&server)?;
    }
    let texts: String = browser.get("files.texts()").await?;
    assert!(!texts.contains("secret") && !texts.contains("tus"), "{texts}");
    end()
}

pub(crate) async fn uppy_in_parts(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let server = Server::own(&flow.site).await?;
    let file = json!({"size": 25_000_000});
    let options = json!({"endpoint": server.at, "parallelUploads": 3});
    browser.run(&format!("void files.uppy([{file}], {options})")).await?;
    browser.wait("state.done || state.failed").await?;
    assert_eq!(browser.get::<Option<String>>("state.failed").await?, None);
    let urls: Vec<String> = browser.get("state.done").await?;
    is_right(&browser, &flow, &server, &file, &urls[0]).await?;
    end()
}

/// npm's server joins nothing: who asks for parts is told, and nothing passes for a file.
pub(crate) async fn parts_where_there_are_none(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let [_, server] = Server::all(&flow.site).await?;
    let options = json!({"endpoint": server.at, "parallelUploads": 3});
    send(&browser, &json!({"size": 5_000_000}), &options).await?;
    browser.wait("state.done || state.failed").await?;
    let said: Value = browser.get("[state.done, state.failed]").await?;
    assert!(
        said[0].is_null() && said[1].as_str().is_some_and(|it| it.contains("501")),
        "{said}"
    );
    assert_eq!(server.files()?.len(), 0);
    end()
}

/// A file that another server would fetch is seen by that: it is not sent.
pub(crate) async fn uppy_refuses_what_others_fetch(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let file =
        json!({"size": 10, "remote": {"companionUrl": flow.site.url("/companion"), "url": "x", "body": {}}});
    let options = json!({"endpoint": flow.site.url("/files")});
    browser.run(&format!("void files.uppy([{file}], {options})")).await?;
    browser.wait("state.done || state.failed").await?;
    let said: Value = browser.get("[state.done, state.failed]").await?;
    let text = said[1].as_str().context("a reason")?;
    assert!(text.contains("vault/unfit"), "{said}");
    assert!(
        !flow
            .site
            .requests()
            .iter()
            .any(|it| it.path.starts_with("/companion") || it.path.starts_with("/files"))
    );
    end()
}
