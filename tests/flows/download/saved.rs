//! Opened files on the disk.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use mixus_privacy_tests::{Browser, Engine, Flow, Outcome, PATIENCE, done, skip};
use serde_json::json;

use super::{NO_WORKERS, serving, shown};

/// More than the browser takes before it is known what becomes of the rest.
const SIZE: u64 = 20_000_000;

/// What there is in the folder, by name, and how long.
fn files(browser: &Browser) -> Result<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(browser.downloads())? {
        let entry = entry?;
        // What is moved just now is found the next time.
        if let Ok(about) = entry.metadata() {
            found.insert(entry.file_name().to_string_lossy().into_owned(), about.len());
        }
    }
    Ok(found)
}

/// Waits until the folder is as it should be.
async fn until(
    browser: &Browser,
    is: impl Fn(&BTreeMap<String, u64>) -> bool,
) -> Result<BTreeMap<String, u64>> {
    let end = Instant::now() + PATIENCE;
    loop {
        let found = files(browser)?;
        if is(&found) {
            return Ok(found);
        }
        if Instant::now() > end {
            bail!("there is {found:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A download like any other; where a segment does not open, one that failed: nothing has the file's name.
pub(crate) async fn saved_by_the_worker(flow: Flow) -> Result<Outcome> {
    let Some((browser, _server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    let said = shown(&browser, &format!("saved('Läbel 1.bin', {SIZE}, {{ by: 'worker' }})")).await?;
    assert_eq!(said, json!(["worker", SIZE]));
    until(&browser, |it| *it == BTreeMap::from([("Läbel 1.bin".to_owned(), SIZE)])).await?;
    let said = shown(&browser, "saved('empty.bin', 0, { by: 'worker' })").await?;
    assert_eq!(said, json!(["worker", 0]));
    until(&browser, |it| it.get("empty.bin") == Some(&0)).await?;

    // The last segment, and one in the midst.
    for (name, broken) in [("last.bin", SIZE), ("midst.bin", SIZE / 2)] {
        let call = format!("saved('{name}', {SIZE}, {{ by: 'worker', broken: {broken} }})");
        let said = shown(&browser, &call).await?;
        assert_eq!(said[0], "vault/closed", "{name}");
        assert!(said[1].as_u64().is_some_and(|it| it > 0 && it < SIZE), "{said}");
    }
    // Somebody stops it.
    assert_eq!(shown(&browser, &format!("stopped('worker', {SIZE})")).await?, "AbortError");
    // What comes after them is there: so would they be.
    shown(&browser, "saved('after.bin', 5, { by: 'worker' })").await?;
    let found = until(&browser, |it| it.get("after.bin") == Some(&5)).await?;
    for name in ["last.bin", "midst.bin", "a"] {
        let left = found.get(name);
        match flow.engine {
            Engine::Chromium => assert_eq!(left, None, "{found:?}"),
            // It keeps the name for a download that somebody may begin again.
            Engine::Firefox => assert_eq!(left, Some(&0), "{found:?}"),
            // It writes nothing aside, and leaves what failed.
            Engine::WebKit => assert!(left.is_some_and(|it| *it < SIZE), "{found:?}"),
        }
    }
    done()
}

/// The browser writes aside, and what was there before stays there if the file is not whole.
pub(crate) async fn saved_by_a_picker(flow: Flow) -> Result<Outcome> {
    let Some((browser, _server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    if !browser.get::<bool>("!!globalThis.showSaveFilePicker").await? {
        return skip("nobody can pick a place");
    }
    shown(&browser, "picks('picked.bin')").await?;
    let call =
        |broken: u64, more: &str| format!("saved('../picked.bin', {SIZE}, {{ broken: {broken}, {more} }})");
    assert_eq!(shown(&browser, &call(SIZE, "")).await?[0], "vault/closed");
    assert_eq!(shown(&browser, "there('picked.bin')").await?, "nothing");
    assert_eq!(shown(&browser, &call(0, "")).await?, json!(["picker", SIZE]));
    assert_eq!(shown(&browser, "there('picked.bin')").await?, SIZE);
    assert_eq!(browser.get::<String>("suggested").await?, "_picked.bin");
    shown(&browser, "picks('before.bin', 'what was there')").await?;
    assert_eq!(shown(&browser, &call(SIZE, "")).await?[0], "vault/closed");
    assert_eq!(shown(&browser, "there('before.bin')").await?, 14);
    assert_eq!(shown(&browser, &format!("stopped('picker', {SIZE})")).await?, "AbortError");
    assert_eq!(shown(&browser, "there('before.bin')").await?, 14);
    // Who closes the dialog has not asked for another way; where there may be no dialog, there is one.
    shown(&browser, "refusing('AbortError')").await?;
    assert_eq!(shown(&browser, &call(0, "")).await?, json!(["AbortError", 0]));
    assert!(files(&browser)?.is_empty());
    shown(&browser, "refusing('SecurityError')").await?;
    assert_eq!(shown(&browser, &call(0, "")).await?, json!(["worker", SIZE]));
    until(&browser, |it| it.get("_picked.bin") == Some(&SIZE)).await?;
    done()
}

/// Where there is neither, all of it is opened first.
pub(crate) async fn saved_as_a_blob(flow: Flow) -> Result<Outcome> {
    let Some((browser, _server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    browser.run("window.showSaveFilePicker = undefined").await?;
    let call = |broken: u64, name: &str, more: &str| {
        format!("saved('{name}', {SIZE}, {{ broken: {broken}, options: {{ worker: undefined, {more} }} }})")
    };
    let gone = "navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((it) => it.unregister())))";
    crate::sync::value(&browser, gone).await?;
    browser.open(&flow.site.url("/")).await?;
    browser.run("window.showSaveFilePicker = undefined").await?;
    assert_eq!(shown(&browser, &call(SIZE, "broken.bin", "")).await?[0], "vault/closed");
    assert_eq!(shown(&browser, &call(0, "whole.bin", "")).await?, json!(["blob", SIZE]));
    let found = until(&browser, |it| it.get("whole.bin") == Some(&SIZE)).await?;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        shown(&browser, &call(0, "no.bin", "by: 'worker'")).await?[0],
        "download/unavailable"
    );
    done()
}
