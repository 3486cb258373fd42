//! Several devices of one person.

use anyhow::Result;
use mixus_privacy_tests::{BANNER, Flow, Outcome, RecordServer, done};

use super::{kept, open, page, sign_in, subject, value};

/// Two browsers of one person who has signed in: what one decides holds in the other, refusals too.
pub(crate) async fn devices_of_an_account(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let (one, two) = (flow.browser().await?, flow.browser().await?);
    for browser in [&one, &two] {
        open(browser, &flow, "/").await?;
    }
    one.accept().await?;
    kept(&one, 1).await?;
    // Nothing travels before both have signed in.
    two.banner().await?;
    sign_in(&server, &one).await?;
    sign_in(&server, &two).await?;
    // What was decided before the sign-in was the device's own; what is decided now is the account's.
    two.accept().await?;
    kept(&two, 2).await?;
    one.control_button(1).await?;
    let begin: i64 = one.get("Date.now()").await?;
    two.wait("allowed().length === 0").await?;
    let heard: i64 = two.get("news.filter((it) => it.name === 'change').at(-1).at").await?;
    println!("{}: {} ms from a withdrawal to the other device", flow.engine, heard - begin);
    // Signed out, it has what it had decided for itself: nothing.
    value(&two, "records.unlink()").await?;
    one.run("privacy.acceptAll()").await?;
    assert_eq!(two.allowed().await?, [""; 0]);
    done()
}

/// Two that did not know of each other: denied on both, and asked again on both.
pub(crate) async fn devices_that_disagree(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let (one, two) = (flow.browser().await?, flow.browser().await?);
    for browser in [&one, &two] {
        open(browser, &flow, "/").await?;
        sign_in(&server, browser).await?;
    }
    server.end();
    one.accept().await?;
    two.reject().await?;
    one.wait("allowed().length === 4").await?;
    server.listen().await?;
    for browser in [&one, &two] {
        browser.run("dispatchEvent(new Event('online'))").await?;
        kept(browser, 2).await?;
    }
    for browser in [&one, &two] {
        browser.wait("told.conflict?.length").await?;
        browser.wait("allowed().length === 0").await?;
        browser.wait(BANNER).await?;
    }
    // Who decides now has seen both, and settles it.
    one.accept().await?;
    for browser in [&one, &two] {
        browser.wait("allowed().length === 4").await?;
    }
    assert_ne!(subject(&one).await?, subject(&two).await?);
    done()
}
