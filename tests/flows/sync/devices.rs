//! Several devices of one person.

use anyhow::Result;
use mixus_privacy_tests::{BANNER, Flow, Outcome, RecordServer, done};

use super::{history, kept, open, page, sign_in, subject, value, watch};

/// A script that sets the page's clock wrong by so many seconds.
fn clock(seconds: i64) -> String {
    format!(
        "<script>{{ const Real = Date; const now = () => Real.now() + {seconds} * 1000;\n\
         window.Date = class extends Real {{ constructor(...all) {{ all.length ? super(...all) : super(now()); }} \
         static now() {{ return now(); }} }}; }}</script>"
    )
}

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

/// Clocks that are wrong by days, one ahead and one behind: each device is heard, and hears.
pub(crate) async fn clocks_that_are_wrong(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    let (one, two) = (flow.browser().await?, flow.browser().await?);
    for (browser, path, seconds) in [(&one, "/ahead", 3 * 86_400), (&two, "/behind", -3 * 86_400)] {
        page(&server).first(&clock(seconds)).put(&flow.site, path);
        open(browser, &flow, path).await?;
        sign_in(&server, browser).await?;
    }
    // (What was allowed in the future by its own clock is allowed by none.)
    two.accept().await?;
    one.wait("allowed().length === 4").await?;
    one.control_button(1).await?;
    two.wait("allowed().length === 0").await?;
    for browser in [&one, &two] {
        kept(browser, 2).await?;
        assert_eq!(browser.get::<Option<bool>>("told.conflict && true").await?, None);
    }
    done()
}

/// Three devices of one person, without a network for a week: then they agree, on no more than all of them allowed.
pub(crate) async fn a_week_offline(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    page(&server).first(&clock(7 * 86_400)).put(&flow.site, "/later");
    let all = [flow.browser().await?, flow.browser().await?, flow.browser().await?];
    for browser in &all {
        open(browser, &flow, "/").await?;
        sign_in(&server, browser).await?;
    }
    server.end();
    let [one, two, three] = &all;
    one.accept().await?;
    two.reject().await?;
    for browser in &all {
        open(browser, &flow, "/later").await?;
    }
    // The third decides only now, and knows of neither.
    three.accept().await?;
    for browser in &all {
        watch(browser).await?;
        browser.wait("now.some((it) => it.state === 'waiting')").await?;
    }
    assert_eq!(one.allowed().await?.len(), 4);
    server.listen().await?;
    for browser in &all {
        browser.run("dispatchEvent(new Event('online'))").await?;
    }
    for browser in &all {
        browser.wait("told.conflict && allowed().length === 0").await?;
        browser.wait(BANNER).await?;
    }
    // Whoever decides next has seen all of it.
    two.accept().await?;
    for browser in &all {
        browser.wait("allowed().length === 4").await?;
        watch(browser).await?;
        browser
            .wait("now.length === 7 && now.every((it) => it.state === 'kept')")
            .await?;
    }
    assert_eq!(history(one).await?, normal(history(two).await?, one).await?);
    assert_eq!(server.size().await?, 7);
    done()
}

/// The same history as another device has it: what is its own there is not here.
async fn normal(
    mut all: Vec<serde_json::Value>,
    here: &mixus_privacy_tests::Browser,
) -> Result<Vec<serde_json::Value>> {
    let own = subject(here).await?;
    for entry in &mut all {
        entry["own"] = (entry["event"]["sub"] == own.as_str()).into();
    }
    Ok(all)
}
