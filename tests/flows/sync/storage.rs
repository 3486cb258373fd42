//! Browsers that store nothing, little, or no longer.

use anyhow::Result;
use mixus_privacy_tests::{Browser, Engine, Flow, Options, Outcome, RecordServer, done, skip};
use serde_json::{Value, json};
use thirtyfour::cdp::Cdp;

use super::{history, kept, open, page, subject, value, whole};

/// What was told so far.
async fn told(browser: &Browser, name: &str) -> Result<Vec<Value>> {
    browser.get(&format!("told['{name}'] || []")).await
}

/// A browser that stores nothing: what is decided is sent all the same, and nothing breaks.
pub(crate) async fn without_storage(flow: Flow) -> Result<Outcome> {
    if flow.engine == Engine::WebKit {
        return skip("no setting that a driver could make");
    }
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow
        .browser_with(Options {
            blocked: true,
            ..Options::default()
        })
        .await?;
    open(&browser, &flow, "/").await?;
    browser.reject().await?;
    browser.run("privacy.set({ social: false })").await?;
    let all = kept(&browser, 2).await?;
    assert_eq!(all[0]["event"]["grant"]["analytics"], 0);
    assert_eq!(all[0]["event"]["sub"], all[1]["event"]["sub"]);
    assert_eq!(server.size().await?, 2);
    done()
}

/// A private window, whose browser keeps no keys: a decision is sent once, by whichever of its tabs.
pub(crate) async fn private_window(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow
        .browser_with(Options {
            private: true,
            ..Options::default()
        })
        .await?;
    open(&browser, &flow, "/").await?;
    let first = browser.session.window().await?;
    let second = browser.session.new_tab().await?;
    browser.session.switch_to_window(second).await?;
    open(&browser, &flow, "/").await?;
    browser.session.switch_to_window(first).await?;
    browser.accept().await?;
    let all = kept(&browser, 1).await?;
    assert_eq!(all[0]["event"]["grant"]["analytics"], 1);
    browser.run("privacy.set({ social: false })").await?;
    kept(&browser, 2).await?;
    // On the next page it is the same window still.
    open(&browser, &flow, "/").await?;
    assert_eq!(browser.allowed().await?.len(), 3);
    browser.run("privacy.set({ analytics: false })").await?;
    browser.wait("told.synced").await?;
    assert_eq!(server.size().await?, 3);
    assert_eq!(told(&browser, "storage-lost").await?.len(), 0);
    let names: Vec<Value> = history(&browser)
        .await?
        .into_iter()
        .map(|it| it["event"]["sub"].clone())
        .collect();
    println!(
        "{}: {} of 3 events are remembered in a private window",
        flow.engine,
        names.len()
    );
    done()
}

/// The database goes while the page is open: the loss is told, with the truth about it, and the page goes on.
pub(crate) async fn database_that_goes(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.accept().await?;
    kept(&browser, 1).await?;
    let before = subject(&browser).await?;
    server.end();
    browser.run("privacy.set({ social: false })").await?;
    super::watch(&browser).await?;
    browser.wait("now.length === 2").await?;
    let gone = "new Promise((resolve, reject) => { const it = indexedDB.deleteDatabase('mixus-privacy'); \
                it.onsuccess = () => resolve(1); it.onerror = reject; })";
    assert_eq!(value(&browser, gone).await?, 1);
    server.listen().await?;
    browser.run("privacy.set({ analytics: false })").await?;
    // The lines are there still: all three are signed again, by somebody else.
    kept(&browser, 3).await?;
    let all = history(&browser).await?;
    assert!(all.iter().all(|it| it["event"]["sub"] != before.as_str()), "{all:?}");
    assert_eq!(told(&browser, "storage-lost").await?, [json!({"events": 0})]);
    assert_eq!(server.size().await?, 4);
    // Without the lines, what had not arrived is lost, and that is said.
    server.end();
    browser.run("privacy.set({ preferences: false })").await?;
    super::watch(&browser).await?;
    browser.wait("now.some((it) => it.state === 'waiting')").await?;
    browser
        .run("for (const name of Object.keys(localStorage)) if (name.startsWith('mixus-privacy.')) localStorage.removeItem(name)")
        .await?;
    assert_eq!(value(&browser, gone).await?, 1);
    open(&browser, &flow, "/").await?;
    assert_eq!(told(&browser, "storage-lost").await?, [json!({"events": 1})]);
    assert_eq!(history(&browser).await?.len(), 0);
    done()
}

/// The disk is full: what is decided is sent from memory, once, and written down as soon as there is room.
pub(crate) async fn full_disk(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    page(&server)
        .before(
            "const { put } = IDBObjectStore.prototype;\n\
             IDBObjectStore.prototype.put = function (...all) {\n\
             if (window.full) throw new DOMException('full', 'QuotaExceededError');\n\
             return put.apply(this, all); };",
        )
        .put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.run("privacy.set({ social: false })").await?;
    kept(&browser, 1).await?;
    let before = subject(&browser).await?;
    browser.run("window.full = true").await?;
    browser.run("privacy.set({ analytics: false })").await?;
    let all = kept(&browser, 2).await?;
    assert_ne!(
        all[1]["event"]["sub"],
        before.as_str(),
        "a number in the chain may be given once only"
    );
    browser.run("window.full = false; dispatchEvent(new Event('online'))").await?;
    browser.run("privacy.set({ preferences: false })").await?;
    kept(&browser, 3).await?;
    open(&browser, &flow, "/").await?;
    let all = kept(&browser, 3).await?;
    let own = all.iter().filter(|it| it["event"]["sub"] == before.as_str());
    assert_eq!(own.count(), 2);
    assert_eq!(server.size().await?, 3);
    assert_eq!(told(&browser, "storage-lost").await?.len(), 0);
    done()
}

/// The browser itself allows no more bytes.
pub(crate) async fn no_quota(flow: Flow) -> Result<Outcome> {
    if flow.engine != Engine::Chromium {
        return skip("no command to set a quota");
    }
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    let tools = Cdp::new(browser.session.clone());
    let quota = |bytes: Option<u64>| {
        let mut about = json!({"origin": flow.site.url("")});
        if let Some(bytes) = bytes {
            about["quotaSize"] = bytes.into();
        }
        tools.send_raw("Storage.overrideQuotaForOrigin", about)
    };
    quota(Some(1)).await?;
    browser.accept().await?;
    kept(&browser, 1).await?;
    open(&browser, &flow, "/").await?;
    assert_eq!(browser.allowed().await?.len(), 4);
    quota(None).await?;
    browser.run("dispatchEvent(new Event('online'))").await?;
    browser.run("privacy.set({ social: false })").await?;
    browser.wait("told.synced").await?;
    assert_eq!(server.size().await?, 2);
    open(&browser, &flow, "/").await?;
    assert!(!history(&browser).await?.is_empty());
    done()
}

/// Nothing more can be stored, not even who makes an event of a decision: one of two tabs does.
pub(crate) async fn full_disk_and_two_tabs(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    page(&server)
        .before(
            "const full = (really) => function (...all) {\n\
             if (window.full) throw new DOMException('full', 'QuotaExceededError');\n\
             return really.apply(this, all); };\n\
             IDBObjectStore.prototype.put = full(IDBObjectStore.prototype.put);\n\
             const really = localStorage;\n\
             Object.defineProperty(window, 'localStorage', { value: new Proxy(really, {\n\
             get: (_, name) => typeof really[name] === 'function' ? really[name].bind(really) : really[name],\n\
             set: (_, name, value) => { if (window.full && name.includes('taken')) throw new DOMException('full', 'QuotaExceededError'); really[name] = value; return true; },\n\
             }) });",
        )
        .put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.run("window.full = true").await?;
    let first = browser.session.window().await?;
    let second = browser.session.new_tab().await?;
    browser.session.switch_to_window(second.clone()).await?;
    open(&browser, &flow, "/").await?;
    browser.run("window.full = true").await?;
    browser.session.switch_to_window(first).await?;
    browser.run("privacy.set({ social: false })").await?;
    value(&browser, "records.flush()").await?;
    let mut own = history(&browser).await?.len();
    browser.session.switch_to_window(second).await?;
    let arrived = "Object.keys(localStorage).some((name) => name.startsWith('mixus-privacy.'))";
    browser.wait(arrived).await?;
    value(&browser, "records.flush()").await?;
    own += history(&browser).await?.len();
    assert_eq!(own, 1, "one of them has made an event of it");
    assert_eq!(server.size().await?, 1);
    done()
}

/// Without locks, and without channels, there is a lease in the database, and an entry that comes and goes.
pub(crate) async fn without_locks_and_channels(flow: Flow) -> Result<Outcome> {
    const TABS: usize = 5;
    let server = RecordServer::start(&flow.site).await?;
    let without = "<script>delete window.BroadcastChannel; delete Navigator.prototype.locks</script>";
    page(&server).first(without).put(&flow.site, "/");
    let browser = flow.browser().await?;
    for at in 0..TABS {
        if at > 0 {
            let tab = browser.session.new_tab().await?;
            browser.session.switch_to_window(tab).await?;
        }
        open(&browser, &flow, "/").await?;
        assert_eq!(
            browser
                .get::<Value>("[!!navigator.locks, 'BroadcastChannel' in window]")
                .await?,
            json!([false, false])
        );
        browser
            .run("addEventListener('storage', ({ key }) => key === 'now' && privacy.rejectAll())")
            .await?;
    }
    browser.run("localStorage.now = 1; privacy.rejectAll()").await?;
    whole(&browser, &server, TABS).await?;
    browser.wait("told.synced").await?;
    done()
}
