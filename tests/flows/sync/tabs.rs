//! Many tabs of one browser.

use std::collections::BTreeSet;

use anyhow::Result;
use mixus_privacy_tests::{Flow, Outcome, RecordServer, done};
use serde_json::Value;

use super::{kept, open, page};

/// Many tabs decide in the same moment: every decision arrives, once, in one chain.
pub(crate) async fn tabs_at_once(flow: Flow) -> Result<Outcome> {
    const TABS: usize = 20;
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser().await?;
    let mut tabs = Vec::new();
    for at in 0..TABS {
        if at > 0 {
            let tab = browser.session.new_tab().await?;
            browser.session.switch_to_window(tab).await?;
        }
        tabs.push(browser.session.window().await?);
        open(&browser, &flow, "/").await?;
        browser
            .run("new BroadcastChannel('now').onmessage = () => privacy.rejectAll()")
            .await?;
    }
    browser.run("new BroadcastChannel('now').postMessage(1)").await?;
    let all = kept(&browser, TABS).await?;
    assert_eq!(all.len(), TABS);
    let seqs: BTreeSet<u64> = all.iter().filter_map(|it| it["event"]["seq"].as_u64()).collect();
    assert_eq!(seqs, (1..=TABS as u64).collect());
    let prevs: BTreeSet<String> = all.iter().map(|it| it["event"]["prev"].to_string()).collect();
    assert_eq!(prevs.len(), TABS);
    for tab in tabs {
        browser.session.switch_to_window(tab).await?;
        assert_eq!(browser.get::<Option<Value>>("told.fork").await?, None);
    }
    done()
}
