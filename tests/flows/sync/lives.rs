//! Browsers that are killed, pages that are put aside, profiles that are copied.

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Browser, Engine, Flow, Outcome, Page, Profile, RecordServer, done, skip};
use serde_json::{Value, json};
use thirtyfour::cdp::Cdp;

use super::{history, kept, open, page, sign_in, subject, value, watch, whole};

const NO_PROFILE: &str = "automated, it keeps everything in memory";

/// Killed after a decision was written down, and opened again: the decision holds, and arrives once.
pub(crate) async fn killed_and_opened_again(flow: Flow) -> Result<Outcome> {
    let Some(profile) = Profile::new(flow.engine)? else {
        return skip(NO_PROFILE);
    };
    let mut server = RecordServer::new(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser_in(&profile).await?;
    open(&browser, &flow, "/").await?;
    browser.accept().await?;
    watch(&browser).await?;
    browser.wait("now.length === 1").await?;
    drop(browser);
    server.listen().await?;
    let browser = flow.browser_in(&profile).await?;
    open(&browser, &flow, "/").await?;
    browser.wait("allowed().length === 4").await?;
    whole(&browser, &server, 1).await?;
    drop(browser);
    // In the middle of everything: it is there and arrives, or it was never made.
    let mut count = 1;
    for round in 0..3 {
        let browser = flow.browser_in(&profile).await?;
        open(&browser, &flow, "/").await?;
        let allowed = if round % 2 == 0 { 3 } else { 4 };
        let picks = json!({"social": allowed == 4});
        browser
            .run(&format!("document.body.onclick = (event) => privacy.set({picks}, event)"))
            .await?;
        browser.click("document.querySelector('h1')").await?;
        drop(browser);
        let browser = flow.browser_in(&profile).await?;
        open(&browser, &flow, "/").await?;
        let made = history(&browser).await?.len();
        println!(
            "{}: killed at once, the decision was {}",
            flow.engine,
            ["not made", "made"][made - count]
        );
        if made > count {
            browser.wait(&format!("allowed().length === {allowed}")).await?;
        }
        whole(&browser, &server, made).await?;
        count = made;
        drop(browser);
    }
    done()
}

/// Two browsers with one identity: both are heard, the one that learns of it takes another, and neither loses anything.
pub(crate) async fn copied_profile(flow: Flow) -> Result<Outcome> {
    let Some(profile) = Profile::new(flow.engine)? else {
        return skip(NO_PROFILE);
    };
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser_in(&profile).await?;
    open(&browser, &flow, "/").await?;
    browser.accept().await?;
    kept(&browser, 1).await?;
    let before = subject(&browser).await?;
    drop(browser);
    let copy = profile.copy()?;
    let (one, two) = (flow.browser_in(&profile).await?, flow.browser_in(&copy).await?);
    for browser in [&one, &two] {
        open(browser, &flow, "/").await?;
    }
    one.run("privacy.set({ social: false })").await?;
    kept(&one, 2).await?;
    two.run("privacy.set({ analytics: false })").await?;
    let now = renamed(&two, None).await?;
    assert_ne!(now, before);
    // Both go on, and it does not happen again.
    two.run("privacy.set({ preferences: false })").await?;
    one.run("privacy.set({ 'support-chat': false })").await?;
    let all = kept(&two, 3).await?;
    let subs: Vec<bool> = all.iter().map(|it| it["event"]["sub"] == now.as_str()).collect();
    assert_eq!((subs, &all[2]["event"]["seq"]), ([false, false, true].into(), &1.into()));
    let all = kept(&one, 3).await?;
    assert!(all.iter().all(|it| it["event"]["sub"] == before.as_str()));
    assert_eq!(server.size().await?, 5);
    assert_eq!(one.get::<Option<Value>>("told.fork").await?, None);
    // What it decided under either name is its own.
    sign_in(&server, &two).await?;
    value(&two, "records.unlink()").await?;
    assert_eq!(two.allowed().await?, ["support-chat", "social"]);
    done()
}

/// The name under which a browser goes on, once it was told that another uses its own.
async fn renamed(browser: &Browser, account: Option<&str>) -> Result<String> {
    browser.wait("told.fork").await?;
    let told: Vec<Value> = browser.get("told.fork").await?;
    assert_eq!((told.len(), told[0]["account"].as_str()), (1, account));
    let now = told[0]["subject"].as_str().context("a subject")?.to_owned();
    assert_eq!(value(browser, "records.subject()").await?, now.as_str());
    Ok(now)
}

/// With an account it is noticed before anything is decided; signed in again, both agree as two devices do.
pub(crate) async fn copied_profile_of_an_account(flow: Flow) -> Result<Outcome> {
    let Some(profile) = Profile::new(flow.engine)? else {
        return skip(NO_PROFILE);
    };
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser_in(&profile).await?;
    open(&browser, &flow, "/").await?;
    sign_in(&server, &browser).await?;
    browser.accept().await?;
    kept(&browser, 2).await?;
    drop(browser);
    let copy = profile.copy()?;
    let one = flow.browser_in(&profile).await?;
    open(&one, &flow, "/").await?;
    one.run("privacy.set({ social: false })").await?;
    kept(&one, 3).await?;
    let two = flow.browser_in(&copy).await?;
    open(&two, &flow, "/").await?;
    let now = renamed(&two, Some("account-1")).await?;
    let token = server.token("account-1", &now);
    value(&two, &format!("records.link('{token}')")).await?;
    two.wait("allowed().length === 3").await?;
    two.run("privacy.set({ analytics: false })").await?;
    one.wait("allowed().length === 2").await?;
    one.run("privacy.rejectAll()").await?;
    two.wait("allowed().length === 0").await?;
    assert_eq!(one.get::<Option<Value>>("told.fork || told.conflict || null").await?, None);
    assert_eq!(two.get::<usize>("told.fork.length").await?, 1);
    // Two links, and what was decided before and behind the copy.
    kept(&two, 4).await?;
    kept(&one, 4).await?;
    assert_eq!(server.size().await?, 6);
    done()
}

/// Counts what a page has under way in its database: browsers neither freeze it meanwhile nor put it into a cache.
const BUSY: &str = "window.busy = 0; const { transaction } = IDBDatabase.prototype;\n\
    IDBDatabase.prototype.transaction = function (...all) {\n\
    const it = transaction.apply(this, all); busy += 1; window.last = performance.now();\n\
    for (const name of ['complete', 'abort']) it.addEventListener(name, () => (busy -= 1)); return it; };\n";

/// Waits until it has been at rest for a moment.
async fn quiet(browser: &Browser) -> Result<()> {
    browser.run("window.look = undefined").await?;
    browser.wait("busy === 0 && performance.now() - last > 500").await
}

/// A page that comes back from the cache of pages sends what it could not.
pub(crate) async fn back_from_the_cache(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    page(&server)
        .before(BUSY)
        .before("addEventListener('pageshow', (event) => (window.restored = event.persisted));")
        .put(&flow.site, "/");
    Page::new().put(&flow.site, "/elsewhere");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    sign_in(&server, &browser).await?;
    server.end();
    browser.reject().await?;
    watch(&browser).await?;
    browser.wait("now.length === 2").await?;
    quiet(&browser).await?;
    browser.open(&flow.site.url("/elsewhere")).await?;
    browser.control().await?;
    server.listen().await?;
    browser.session.back().await?;
    browser.wait("location.pathname === '/' && window.records").await?;
    let restored: Option<bool> = browser.get("window.restored ?? null").await?;
    println!(
        "{}: restored from the back-forward cache: {}",
        flow.engine,
        restored == Some(true)
    );
    kept(&browser, 2).await?;
    // And it goes on.
    browser.run("privacy.set({ social: false })").await?;
    kept(&browser, 3).await?;
    assert_eq!(server.size().await?, 3);
    done()
}

/// A tab that the browser has frozen, in the middle of sending, stands in nobody's way.
pub(crate) async fn frozen_tab(flow: Flow) -> Result<Outcome> {
    if flow.engine != Engine::Chromium {
        return skip("no command to freeze a page");
    }
    let server = RecordServer::start(&flow.site).await?;
    page(&server).before(BUSY).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    sign_in(&server, &browser).await?;
    browser.reject().await?;
    kept(&browser, 2).await?;
    quiet(&browser).await?;
    let first = browser.session.window().await?;
    let tools = Cdp::new(browser.session.clone());
    let become_ = |state: &str| tools.send_raw("Page.setWebLifecycleState", json!({"state": state}));
    become_("frozen").await?;
    let second = browser.session.new_tab().await?;
    browser.session.switch_to_window(second).await?;
    open(&browser, &flow, "/").await?;
    browser.run("privacy.set({ social: false })").await?;
    kept(&browser, 3).await?;
    browser.session.switch_to_window(first).await?;
    become_("active").await?;
    browser.run("privacy.set({ analytics: false })").await?;
    kept(&browser, 4).await?;
    assert_eq!(server.size().await?, 4);
    done()
}
