//! Files that go on: after a pause, in another page, and not if they are other files.

use std::fs;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Browser, Flow, Outcome, done as end};
use serde_json::{Value, json};

use super::servers::Server;
use super::{done, is_right, open, page, send, stopped};

/// A size that takes several requests; and after how many bytes it stops.
const MUCH: u64 = 24_000_000;
const STOP: u64 = 9_000_000;

/// Where the first request that sent something began.
async fn first_offset(browser: &Browser) -> Result<u64> {
    browser.get("state.patches[0][1]").await
}

async fn found(browser: &Browser) -> Result<bool> {
    browser.wait("state.found !== undefined || state.failed").await?;
    browser.get("state.found").await
}

/// With these, it stops once some of a file has gone.
fn some(server: &Server) -> Value {
    json!({"endpoint": server.at, "stop": STOP, "chunkSize": 1_000_000})
}

/// In the same page.
pub(crate) async fn tus_js_client_paused(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    for server in Server::all(&flow.site).await? {
        let file = json!({"size": MUCH});
        send(&browser, &file, &some(&server)).await?;
        stopped(&browser).await?;
        let before: u64 = browser.get("state.patches.length").await?;
        browser.run("state.again()").await?;
        let url = done(&browser).await?;
        is_right(&browser, &flow, &server, &file, &url).await?;
        let after: u64 = browser.get(&format!("state.patches[{before}][1]")).await?;
        assert!(after >= STOP - 1_000_000, "it began anew at {after}");
        assert_eq!(server.files()?.len(), 1, "{}", server.name);
    }
    end()
}

/// In another page.
pub(crate) async fn tus_js_client_goes_on(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    for server in Server::all(&flow.site).await? {
        let file = json!({"size": MUCH});
        for (nth, options) in [
            json!({"stop": STOP, "chunkSize": 1_000_000}),
            json!({"stop": 2 * STOP, "chunkSize": 1_000_000}),
            json!({}),
        ]
        .iter()
        .enumerate()
        {
            let mut options = options.clone();
            options["endpoint"] = json!(server.at);
            open(&browser, &flow).await?;
            send(&browser, &file, &options).await?;
            assert_eq!(found(&browser).await?, nth > 0, "{}", server.name);
            if nth < 2 {
                stopped(&browser).await?;
            }
        }
        let url = done(&browser).await?;
        assert!(first_offset(&browser).await? >= STOP, "it began anew");
        is_right(&browser, &flow, &server, &file, &url).await?;
        assert_eq!(server.files()?.len(), 1, "{}", server.name);
        // What is there is not found again: the next is another upload, under another secret.
        open(&browser, &flow).await?;
        send(&browser, &file, &json!({"endpoint": server.at})).await?;
        assert!(!found(&browser).await?);
        assert_ne!(done(&browser).await?, url);
    }
    end()
}

/// It looks the same, and is another; or is for somebody else. What was begun has no part in it.
pub(crate) async fn tus_js_client_with_another_file(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let server = Server::own(&flow.site).await?;
    let begun = json!({"size": MUCH});
    let begin = async || {
        open(&browser, &flow).await?;
        send(&browser, &begun, &some(&server)).await?;
        assert!(!found(&browser).await?);
        stopped(&browser).await?;
        open(&browser, &flow).await
    };
    let key = "11".repeat(32);
    for (other, more) in [
        (json!({"size": MUCH, "other": 0}), json!({})),
        (json!({"size": MUCH, "other": STOP - 2_000_000}), json!({})),
        (begun.clone(), json!({"key": key})),
    ] {
        begin().await?;
        let before = server.files()?;
        let mut options = more;
        options["endpoint"] = json!(server.at);
        send(&browser, &other, &options).await?;
        assert!(!found(&browser).await?, "{other}");
        let url = done(&browser).await?;
        is_right(&browser, &flow, &server, &other, &url).await?;
        let new: Vec<_> = server.files()?.into_iter().filter(|it| !before.contains(it)).collect();
        assert_eq!(new.len(), 1);
        let new = fs::read(&new[0])?;
        for old in before {
            // Number and commitment of the secret: there is no other of it.
            assert_ne!(fs::read(old)?[..72], new[..72]);
        }
    }
    // What was not sent before may be anything: nobody has seen anything else of it.
    begin().await?;
    let other = json!({"size": MUCH, "other": MUCH - 1});
    send(&browser, &other, &json!({"endpoint": server.at})).await?;
    assert!(found(&browser).await?);
    let url = done(&browser).await?;
    is_right(&browser, &flow, &server, &other, &url).await?;
    end()
}

/// Two that send the same file at once do not go on with each other's.
pub(crate) async fn tus_js_client_in_two_tabs(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let server = Server::own(&flow.site).await?;
    let file = json!({"size": MUCH});
    send(&browser, &file, &some(&server)).await?;
    stopped(&browser).await?;
    let first = browser.session.window().await?;
    let second = browser.session.new_tab().await?;
    browser.session.switch_to_window(second).await?;
    open(&browser, &flow).await?;
    send(&browser, &file, &json!({"endpoint": server.at})).await?;
    assert!(!found(&browser).await?);
    let url = done(&browser).await?;
    is_right(&browser, &flow, &server, &file, &url).await?;
    browser.session.switch_to_window(first).await?;
    browser.run("state.again()").await?;
    let other = done(&browser).await?;
    assert_ne!(url, other);
    is_right(&browser, &flow, &server, &file, &other).await?;
    assert_eq!(server.files()?.len(), 2);
    end()
}

/// Parts, in another page.
pub(crate) async fn parts_go_on(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let server = Server::own(&flow.site).await?;
    let file = json!({"size": MUCH});
    let options = json!({"endpoint": server.at, "parallelUploads": 3, "chunkSize": 1_000_000});
    let mut first = options.clone();
    first["stop"] = json!(STOP);
    send(&browser, &file, &first).await?;
    stopped(&browser).await?;
    open(&browser, &flow).await?;
    send(&browser, &file, &options).await?;
    assert!(found(&browser).await?, "{}", server.name);
    let url = done(&browser).await?;
    is_right(&browser, &flow, &server, &file, &url).await?;
    let offsets: Vec<u64> = browser.get("state.patches.map(([, offset]) => offset)").await?;
    assert!(
        offsets.iter().filter(|it| **it == 0).count() < 3,
        "they began anew: {offsets:?}"
    );
    // One that changed begins anew in parts, too.
    open(&browser, &flow).await?;
    send(&browser, &file, &first).await?;
    stopped(&browser).await?;
    open(&browser, &flow).await?;
    let other = json!({"size": MUCH, "other": MUCH / 3 + 100_000});
    send(&browser, &other, &options).await?;
    assert!(!found(&browser).await?, "{}", server.name);
    let url = done(&browser).await?;
    is_right(&browser, &flow, &server, &other, &url).await?;
    end()
}

/// Paused in Uppy, and gone on with; then in another page.
pub(crate) async fn uppy_goes_on(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    for server in Server::all(&flow.site).await? {
        let file = json!({"size": MUCH});
        let options = json!({"endpoint": server.at, "chunkSize": 1_000_000, "pause": STOP});
        browser.run(&format!("void files.uppy([{file}], {options})")).await?;
        browser.wait("state.paused || state.failed").await?;
        open(&browser, &flow).await?;
        browser.run(&format!("void files.uppy([{file}], {options})")).await?;
        browser.wait("state.paused || state.failed").await?;
        let first: u64 = browser.get("state.told.find(([sent]) => sent > 0)[0]").await?;
        assert!(first >= STOP - 1_000_000, "it began anew at {first}");
        browser.run("state.uppy.resumeAll()").await?;
        browser.wait("state.done || state.failed").await?;
        assert_eq!(browser.get::<Option<String>>("state.failed").await?, None);
        let urls: Vec<String> = browser.get("state.done").await?;
        is_right(&browser, &flow, &server, &file, &urls[0]).await?;
        assert_eq!(server.files()?.len(), 1, "{}", server.name);
        // One that changed is another upload.
        browser.run(&format!("void files.uppy([{file}], {options})")).await?;
        browser.wait("state.paused || state.failed").await?;
        open(&browser, &flow).await?;
        let other = json!({"size": MUCH, "other": 5});
        let options = json!({"endpoint": server.at});
        browser.run(&format!("void files.uppy([{other}], {options})")).await?;
        browser.wait("state.done || state.failed").await?;
        assert_eq!(browser.get::<Option<String>>("state.failed").await?, None);
        let urls: Vec<String> = browser.get("state.done").await?;
        is_right(&browser, &flow, &server, &other, &urls[0]).await?;
        assert_eq!(server.files()?.len(), 3, "{}", server.name);
    }
    end()
}

/// The server has done away with it, or its sender does: nothing is kept of it, and it can be sent again.
pub(crate) async fn uploads_that_are_gone(flow: Flow) -> Result<Outcome> {
    let browser = page(&flow).await?;
    let server = Server::own(&flow.site).await?;
    let file = json!({"size": MUCH});
    let first = some(&server);
    let all = json!({"endpoint": server.at, "chunkSize": 1_000_000});
    let other = json!({"size": MUCH, "other": 1_000_000});
    for (next, goes_on) in [(&file, true), (&other, false)] {
        open(&browser, &flow).await?;
        send(&browser, &file, &first).await?;
        stopped(&browser).await?;
        for path in [server.files()?, server.notes()?].concat() {
            fs::remove_file(path)?;
        }
        open(&browser, &flow).await?;
        send(&browser, &file, &first).await?;
        assert!(found(&browser).await?);
        stopped(&browser).await?;
        assert_eq!(first_offset(&browser).await?, 0);
        // It was begun again, and goes on from there, if it is the file of which some was sent before.
        open(&browser, &flow).await?;
        send(&browser, next, &all).await?;
        assert_eq!(found(&browser).await?, goes_on);
        let url = done(&browser).await?;
        assert_eq!(first_offset(&browser).await? > 0, goes_on);
        is_right(&browser, &flow, &server, next, &url).await?;
    }
    // Ended by its sender.
    send(&browser, &file, &first).await?;
    stopped(&browser).await?;
    let before = server.files()?.len();
    crate::sync::value(&browser, "state.ended()").await?;
    assert_eq!(server.files()?.len(), before - 1);
    open(&browser, &flow).await?;
    send(&browser, &file, &all).await?;
    assert!(!found(&browser).await?);
    let url: Value = done(&browser).await?.into();
    is_right(&browser, &flow, &server, &file, url.as_str().context("an address")?).await?;
    end()
}
