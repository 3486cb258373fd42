//! Files that did not get to their end.

use anyhow::Result;
use mixus_privacy_tests::{Browser, Flow, Outcome, done};

use super::tus::Tus;
use super::{LONG, give, page, press, spoken, state};

/// The page is left in the midst: the next one says that something is left, and the same file goes on where it was.
async fn left(flow: &Flow, tus: &Tus) -> Result<Browser> {
    let browser = page(flow, tus).await?;
    tus.hold(1);
    give(&browser, &[("long.bin", LONG)]).await?;
    browser.wait("row('long.bin')?.querySelector('progress').value > .8").await?;
    assert!(browser.get::<bool>("one('.earlier').hidden").await?);
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready && !one('.earlier').hidden").await?;
    let text: String = browser.get("one('.earlier p').textContent").await?;
    assert_eq!(
        text,
        "Not finished earlier: 1 (5 MB). Choose the same files again, and they go on where they stopped. Their names are not kept."
    );
    Ok(browser)
}

pub(crate) async fn files_after_a_reload(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = left(&flow, &tus).await?;
    tus.let_go();
    give(&browser, &[("long.bin", LONG)]).await?;
    browser.wait("one('.earlier').hidden").await?;
    state(&browser, "long.bin", "done").await?;
    assert_eq!(tus.count("POST"), 1);
    assert_eq!(tus.whole(), [4136 + LONG + 10 * 16]);
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready").await?;
    assert!(browser.get::<bool>("one('.earlier').hidden").await?);
    done()
}

/// Who does not want to go on says so, and it is gone everywhere.
pub(crate) async fn files_discarded(flow: Flow) -> Result<Outcome> {
    let tus = Tus::start().await?;
    let browser = left(&flow, &tus).await?;
    press(&browser, "Discard them").await?;
    browser.wait("one('.earlier').hidden").await?;
    spoken(&browser, "Discarded.").await?;
    assert_eq!(
        browser.get::<String>("focused()").await?,
        "Choose filesor drop them here, folders too"
    );
    assert_eq!(tus.count("DELETE"), 1);
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.ready").await?;
    assert!(browser.get::<bool>("one('.earlier').hidden").await?);
    tus.let_go();
    give(&browser, &[("long.bin", LONG)]).await?;
    state(&browser, "long.bin", "done").await?;
    assert_eq!(tus.count("POST"), 2);
    done()
}
