//! Sealed files by clients of others: tus-js-client and Uppy, to the project's own server and to npm's.

mod clients;
mod resumed;
mod servers;

use std::fs;
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context as _, Result, bail};
use mixus_privacy_tests::{Browser, Flow, Page, Reply, Test, flows, root};
use serde_json::{Value, json};

use crate::sync::value;
use servers::Server;

/// Every flow of these files.
pub(crate) fn all() -> Vec<Test> {
    flows![
        clients::tus_js_client_seals,
        clients::tus_js_client_in_parts,
        clients::uppy_seals,
        clients::uppy_in_parts,
        clients::parts_where_there_are_none,
        clients::uppy_refuses_what_others_fetch,
        resumed::tus_js_client_paused,
        resumed::tus_js_client_goes_on,
        resumed::tus_js_client_with_another_file,
        resumed::tus_js_client_in_two_tabs,
        resumed::parts_go_on,
        resumed::uppy_goes_on,
        resumed::uploads_that_are_gone,
    ]
    .to_vec()
}

/// The page's script with the clients, bundled once.
fn bundle() -> Result<Reply> {
    static ONE: Mutex<()> = Mutex::new(());
    let to = root().join("target/sites/tus.js");
    let guard = ONE.lock();
    let made = Command::new(root().join("js/node_modules/.bin/esbuild"))
        .arg(root().join("tests/flows/tus/page.js"))
        .args(["--bundle", "--minify", "--format=esm", "--log-level=error", "--external:/pkg/*"])
        .arg("--define:process.env.NODE_ENV=\"production\"")
        .arg(format!("--outfile={}", to.display()))
        .status()?;
    let script = fs::read(&to).with_context(|| to.display().to_string());
    drop(guard);
    if !made.success() {
        bail!("the clients were not bundled");
    }
    Ok(Reply::script(script?))
}

/// A browser with a page that has the clients.
async fn page(flow: &Flow) -> Result<Browser> {
    flow.site.reply("/clients.js", bundle()?);
    Page::new()
        .after("import('/clients.js').then((it) => (window.files = it))")
        .put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, flow).await?;
    Ok(browser)
}

/// Opens it, or opens it again.
async fn open(browser: &Browser, flow: &Flow) -> Result<()> {
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.started && window.files").await
}

/// Begins to send a file by tus-js-client, and does not wait for it.
async fn send(browser: &Browser, file: &Value, options: &Value) -> Result<()> {
    browser.run(&format!("void files.send({file}, {options})")).await
}

/// Waits until it is there; where it is read.
async fn done(browser: &Browser) -> Result<String> {
    browser.wait("state.done || state.failed").await?;
    assert_eq!(browser.get::<Option<String>>("state.failed").await?, None);
    browser.get("state.done").await
}

/// Waits until it has stopped.
async fn stopped(browser: &Browser) -> Result<()> {
    browser.wait("state.stopped || state.done || state.failed").await?;
    let said: Value = browser.get("[state.stopped, state.done, state.failed]").await?;
    assert_eq!(said, json!([true, null, null]));
    Ok(())
}

/// A file that was sent is what it was.
async fn is_right(browser: &Browser, flow: &Flow, server: &Server, file: &Value, url: &str) -> Result<()> {
    let url = server.reads(&flow.site, url)?;
    let said = value(browser, &format!("files.difference({file}, '{url}')")).await?;
    assert_eq!(said, "", "{file} at {url}");
    Ok(())
}

/// What is in a file of the page, by its seed.
#[allow(clippy::cast_possible_truncation, reason = "bytes")]
fn content(size: usize, seed: usize) -> Vec<u8> {
    let byte = |at: usize| at * 7 + (at >> 8) * 3 + (at >> 16) * 11 + (at >> 20) * 101 + seed;
    (0..size).map(|at| byte(at) as u8).collect()
}
