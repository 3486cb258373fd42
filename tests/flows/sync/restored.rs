//! A server that was set up again from a copy of its database: what came after that is gone.

use anyhow::{Context as _, Result};
use mixus_privacy::ledger::Checkpoint;
use mixus_privacy_tests::{BANNER, Browser, Flow, Outcome, Page, RecordServer, done};
use serde_json::Value;

use super::{kept, open, page, sign_in, whole};

/// What is still on the device is there again, with other receipts; and who watches the log sees that it was another.
pub(crate) async fn restored_from_a_copy(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.run("privacy.set({ social: false })").await?;
    kept(&browser, 1).await?;
    let copy = server.copy()?;
    browser.run("privacy.set({ analytics: false })").await?;
    browser.run("privacy.set({ preferences: false })").await?;
    whole(&browser, &server, 3).await?;
    server.restore(copy).await?;
    assert_eq!(server.size().await?, 1);
    // Taken in again within the same second, the log would be the one that it was: a leaf has the time in seconds.
    let now: u64 = browser.get("Math.floor(Date.now() / 1000)").await?;
    browser.wait(&format!("Date.now() / 1000 >= {}", now + 1)).await?;
    browser.run("privacy.set({ 'support-chat': false })").await?;
    // From then on everything is offered once more.
    browser.wait("told['log-forked']").await?;
    whole(&browser, &server, 4).await?;
    browser.run("privacy.set({ social: false })").await?;
    whole(&browser, &server, 5).await?;
    let told: Vec<Value> = browser.get("told['log-forked']").await?;
    assert_eq!(told.len(), 1, "{told:?}");
    let note = |name: &str| {
        let text = told[0][name].as_str().context("a note")?;
        Ok::<_, anyhow::Error>(Checkpoint::read(text).context("a checkpoint")?.0)
    };
    let (before, after) = (note("before")?, note("after")?);
    assert_eq!(before.origin, after.origin);
    assert_eq!((before.size, after.size), (3, 4));
    done()
}

async fn two_of_an_account(flow: &Flow, server: &RecordServer) -> Result<(Browser, Browser)> {
    let (one, two) = (flow.browser().await?, flow.browser().await?);
    for browser in [&one, &two] {
        open(browser, flow, "/").await?;
        sign_in(server, browser).await?;
    }
    Ok((one, two))
}

/// Two devices of an account: each hands in again what it has. A grant that had seen a refusal before has not seen the
/// one that stands in its place now.
pub(crate) async fn restored_account(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let (one, two) = two_of_an_account(&flow, &server).await?;
    let copy = server.copy()?;
    one.reject().await?;
    kept(&one, 2).await?;
    two.wait("news.some((it) => it.name === 'change')").await?;
    two.run("privacy.show()").await?;
    two.accept().await?;
    kept(&two, 2).await?;
    for browser in [&one, &two] {
        browser.wait("allowed().length === 4").await?;
    }
    server.restore(copy).await?;
    for browser in [&one, &two] {
        browser.run("dispatchEvent(new Event('online'))").await?;
    }
    for browser in [&one, &two] {
        browser.wait("told.conflict?.length && allowed().length === 0").await?;
        browser.wait(BANNER).await?;
    }
    one.accept().await?;
    for browser in [&one, &two] {
        browser.wait("allowed().length === 4").await?;
        kept(browser, 2).await?;
    }
    // Two links, a refusal, and two grants.
    assert_eq!(server.size().await?, 5);
    done()
}

/// The log has grown again before anybody looked: nothing is missing by its length. A refusal that is gone is not taken to have
/// been seen by whoever allowed something in its place.
pub(crate) async fn restored_and_grown_again(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    Page::new().put(&flow.site, "/away");
    let (one, two) = two_of_an_account(&flow, &server).await?;
    let other = flow.browser().await?;
    let copy = server.copy()?;
    one.reject().await?;
    kept(&one, 2).await?;
    two.wait("news.some((it) => it.name === 'change')").await?;
    for browser in [&one, &two] {
        super::value(browser, "records.flush()").await?;
        browser.open(&flow.site.url("/away")).await?;
    }
    server.restore(copy).await?;
    open(&other, &flow, "/").await?;
    other.reject().await?;
    kept(&other, 1).await?;
    assert_eq!(server.size().await?, 3);
    open(&two, &flow, "/").await?;
    two.run("privacy.show()").await?;
    two.accept().await?;
    kept(&two, 2).await?;
    open(&one, &flow, "/").await?;
    for browser in [&one, &two] {
        browser.wait("told.conflict?.length && allowed().length === 0").await?;
    }
    kept(&one, 2).await?;
    // Two links, somebody else's decision, a grant, and the refusal once more.
    assert_eq!(server.size().await?, 5);
    done()
}
