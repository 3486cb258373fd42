//! Many tabs of one browser.

use std::collections::BTreeSet;

use anyhow::Result;
use mixus_privacy_tests::{Browser, Fault, FaultProxy, Flow, Outcome, Page, RecordServer, done};
use serde_json::Value;

use super::{kept, open, page, whole};

/// Opens so many tabs that decide at a word.
async fn tabs(browser: &Browser, flow: &Flow, count: usize) -> Result<Vec<thirtyfour::WindowHandle>> {
    let mut tabs = Vec::new();
    for at in 0..count {
        if at > 0 {
            let tab = browser.session.new_tab().await?;
            browser.session.switch_to_window(tab).await?;
        }
        tabs.push(browser.session.window().await?);
        open(browser, flow, "/").await?;
        browser
            .run("new BroadcastChannel('now').onmessage = () => privacy.rejectAll()")
            .await?;
    }
    Ok(tabs)
}

/// Many tabs decide in the same moment: every decision arrives, once, in one chain.
pub(crate) async fn tabs_at_once(flow: Flow) -> Result<Outcome> {
    const TABS: usize = 20;
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser().await?;
    let tabs = tabs(&browser, &flow, TABS).await?;
    browser.run("new BroadcastChannel('now').postMessage(1)").await?;
    let all = kept(&browser, TABS).await?;
    assert_eq!(all.len(), TABS);
    let seqs: BTreeSet<u64> = all.iter().filter_map(|it| it["event"]["seq"].as_u64()).collect();
    assert_eq!(seqs, (1..=TABS as u64).collect());
    whole(&browser, &server, TABS).await?;
    for tab in tabs {
        browser.session.switch_to_window(tab).await?;
        assert_eq!(browser.get::<Option<Value>>("told.fork").await?, None);
        // Each of them was told, whichever has sent it.
        browser.wait("told.synced").await?;
    }
    done()
}

/// A server that asks for patience gets it from all tabs together.
pub(crate) async fn one_pause_for_all(flow: Flow) -> Result<Outcome> {
    const TABS: usize = 8;
    const REFUSED: usize = 3;
    let server = RecordServer::start(&flow.site).await?;
    let mut proxy = FaultProxy::start(server.address).await?;
    Page::new().after(&server.script_with(proxy.address, "")).put(&flow.site, "/");
    let browser = flow.browser().await?;
    tabs(&browser, &flow, TABS).await?;
    proxy.wrong(Fault::Patience, REFUSED).await;
    browser.run("new BroadcastChannel('now').postMessage(1)").await?;
    browser
        .run("window.nudge = setInterval(() => dispatchEvent(new Event('online')), 100)")
        .await?;
    whole(&browser, &server, TABS).await?;
    // One that finds the server well, and one for whoever was slower than that.
    assert!(proxy.posts() <= REFUSED + 2, "{} requests of {TABS} tabs", proxy.posts());
    done()
}
