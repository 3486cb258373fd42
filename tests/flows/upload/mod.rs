//! Files on their way to the real server.

mod resumed;
mod whole;

use std::fs;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Browser, Flow, Page, RecordServer, Reply, Test, flows};
use serde_json::Value;

use crate::sync::value;

/// A size whose body takes several pieces.
pub(crate) const MUCH: u64 = 14_000_000;

/// Every flow of these files.
pub(crate) fn all() -> Vec<Test> {
    flows![whole::uploaded_and_opened, resumed::after_a_reload, resumed::changed_since,].to_vec()
}

/// A page that can upload files.
pub(crate) fn page(flow: &Flow) -> Page {
    flow.site.reply("/upload-page.js", Reply::script(include_str!("page.js")));
    Page::new().after("import('/upload-page.js').then((it) => (window.files = it))")
}

/// Opens it.
pub(crate) async fn open(browser: &Browser, flow: &Flow) -> Result<()> {
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.started && window.files").await
}

/// Begins an upload of a file, and does not wait for it.
pub(crate) async fn begin(browser: &Browser, at: &str, file: &str, options: &str) -> Result<()> {
    browser
        .run(&format!("files.begin({{ {file} }}, {{ at: '{at}', {options} }})"))
        .await
}

/// Waits until it is there; its address.
pub(crate) async fn done(browser: &Browser) -> Result<String> {
    browser.wait("state.done || state.failed").await?;
    assert_eq!(browser.get::<Option<String>>("state.failed").await?, None);
    browser.get("state.done.url").await
}

/// Waits until the server has so many bytes of it.
pub(crate) async fn has(browser: &Browser, bytes: u64) -> Result<()> {
    browser
        .wait(&format!("state.failed || state.told.some(({{ sent }}) => sent >= {bytes})"))
        .await
}

/// Opens what was uploaded last, and sees that it is the file.
pub(crate) async fn is_right(browser: &Browser) -> Result<()> {
    assert_eq!(value(browser, "files.difference()").await?, Value::from(""));
    Ok(())
}

/// The one file that a server keeps.
pub(crate) fn only(server: &RecordServer) -> Result<Vec<u8>> {
    let all = server.kept_files()?;
    assert_eq!(all.len(), 1, "{all:?}");
    fs::read(&all[0]).context("a file")
}
