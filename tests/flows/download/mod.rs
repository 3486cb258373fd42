//! Sealed files at addresses: opened in parts over networks that break.

mod address;
mod saved;
mod served;

use anyhow::Result;
use mixus_privacy_tests::{Browser, FileServer, Flow, Page, Reply, Test, flows};
use serde_json::Value;

use crate::sync::value;

/// Every flow of these files.
pub(crate) fn all() -> Vec<Test> {
    flows![
        address::opened_at_an_address,
        address::address_in_parts,
        address::address_over_a_bad_network,
        address::address_cut_everywhere,
        address::given_up_at_an_address,
        address::addresses_that_are_none,
        address::damaged_at_an_address,
        served::served_sound,
        served::served_film,
        served::served_in_parts,
        served::served_types,
        served::served_files_do_nothing,
        served::served_while_the_page_is_there,
        served::served_by_a_worker_that_was_ended,
        served::served_by_the_sites_own_worker,
        saved::saved_by_the_worker,
        saved::saved_by_a_picker,
        saved::saved_as_a_blob,
    ]
    .to_vec()
}

/// A page that has the functions of `page.js`, and a server of files that it may ask.
async fn page(flow: &Flow) -> Result<(Browser, FileServer)> {
    flow.site.reply("/download-page.js", Reply::script(include_str!("page.js")));
    Page::new().put(&flow.site, "/");
    let server = FileServer::start(&flow.site).await?;
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    Ok((browser, server))
}

/// The same, with what serves and saves; nothing where there are no service workers.
async fn serving(flow: &Flow) -> Result<Option<(Browser, FileServer)>> {
    let site = &flow.site;
    site.reply("/served-page.js", Reply::script(include_str!("served.js")));
    site.reply("/download-media.js", Reply::script(include_str!("media.js")));
    site.reply("/sealed-worker.js", Reply::file("/pkg/sealed-worker.js")?);
    let (browser, server) = page(flow).await?;
    let can = shown(&browser, "canServe()").await?;
    Ok((can == true).then_some((browser, server)))
}

const NO_WORKERS: &str = "no service workers here";

/// What a function of the page that serves promises.
async fn shown(browser: &Browser, call: &str) -> Result<Value> {
    value(browser, &format!("import('/served-page.js').then((it) => it.{call})")).await
}

/// What a function of the page promises.
async fn asked(browser: &Browser, call: &str) -> Result<Value> {
    value(browser, &format!("import('/download-page.js').then((it) => it.{call})")).await
}
