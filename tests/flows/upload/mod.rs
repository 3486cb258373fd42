//! Files on their way to the real server.

mod resumed;
mod stopped;
mod whole;

use anyhow::Result;
use mixus_privacy_tests::{Browser, CutProxy, Flow, Page, RecordServer, Reply, Test, flows};
use serde_json::Value;

use crate::sync::value;

/// A size whose body takes several pieces.
pub(crate) const MUCH: u64 = 14_000_000;

/// Every flow of these files.
pub(crate) fn all() -> Vec<Test> {
    flows![
        whole::uploaded_and_opened,
        whole::whatever_was_decided,
        whole::nothing_kept,
        whole::two_tabs_with_a_file,
        resumed::after_a_reload,
        resumed::changed_since,
        resumed::after_a_crash,
        resumed::begun_again,
        resumed::joined_unheard,
        stopped::paused_uploads,
        stopped::network_cuts,
        stopped::refused_uploads,
    ]
    .to_vec()
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

/// A server behind a network that can break, a page that can upload, and where to.
pub(crate) async fn behind_a_network(flow: &Flow) -> Result<(RecordServer, CutProxy, Browser, String)> {
    let server = RecordServer::for_files(&flow.site).await?;
    let network = CutProxy::start(server.address).await?;
    page(flow).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, flow).await?;
    let at = format!("http://{}/v1/files", network.address);
    Ok((server, network, browser, at))
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

/// Opens what was uploaded last, and sees that it is the file.
pub(crate) async fn is_right(browser: &Browser) -> Result<()> {
    assert_eq!(value(browser, "files.difference()").await?, Value::from(""));
    Ok(())
}
