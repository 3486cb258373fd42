//! Records on their way to the real server, and to a person's other devices.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use mixus_privacy::ledger::{Checkpoint, Event, Hash, bytes, leaf, root_of};
use mixus_privacy_tests::{BANNER, Browser, Engine, Flow, Options, Outcome, Page, RecordServer, done, skip};
use serde_json::Value;

/// A page that keeps its records in step with a server.
pub(crate) fn page(server: &RecordServer) -> Page {
    Page::new().after(&server.script())
}

/// Opens it, and waits until it has started.
pub(crate) async fn open(browser: &Browser, flow: &Flow, path: &str) -> Result<()> {
    browser.open(&flow.site.url(path)).await?;
    browser.wait("window.records || window.unsynced").await?;
    assert_eq!(browser.get::<Option<String>>("window.unsynced").await?, None);
    Ok(())
}

/// The value of a promise that has to be kept.
pub(crate) async fn value(browser: &Browser, promise: &str) -> Result<Value> {
    let mut settled = browser.settled(promise).await?;
    if !settled["error"].is_null() {
        bail!("{promise}: {}", settled["error"]);
    }
    Ok(settled["value"].take())
}

/// What the device knows.
async fn history(browser: &Browser) -> Result<Vec<Value>> {
    Ok(serde_json::from_value(value(browser, "records.history()").await?)?)
}

/// Keeps what the device knows in `now`.
async fn watch(browser: &Browser) -> Result<()> {
    let again = "records.history().then((it) => (window.now = it)).then(() => setTimeout(look, 20))";
    browser
        .run(&format!("window.now = []; window.look ||= () => {again}; look()"))
        .await
}

/// Waits until so many events of the device are at the server.
pub(crate) async fn kept(browser: &Browser, count: usize) -> Result<Vec<Value>> {
    let own = "it.own && it.state === 'kept'";
    watch(browser).await?;
    browser.wait(&format!("now.filter((it) => {own}).length >= {count}")).await?;
    let all = history(browser).await?;
    Ok(all
        .into_iter()
        .filter(|it| it["own"] == true && it["state"] == "kept")
        .collect())
}

async fn subject(browser: &Browser) -> Result<String> {
    let all = history(browser).await?;
    let own = all.iter().find(|it| it["own"] == true).context("an event")?;
    Ok(own["event"]["sub"].as_str().context("a subject")?.to_owned())
}

/// What was decided is signed, arrives, and can be proved without the server.
pub(crate) async fn records_arrive(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.accept().await?;
    browser.control_button(1).await?;
    let all = kept(&browser, 2).await?;
    let kinds: Vec<&str> = all.iter().filter_map(|it| it["event"]["t"].as_str()).collect();
    assert_eq!(kinds, ["decision", "withdraw"]);
    for (entry, granted) in all.iter().zip([1, 0]) {
        assert_eq!(entry["event"]["grant"]["analytics"], granted, "{entry}");
        let id = entry["id"].as_str().context("an id")?;
        let receipt = value(&browser, &format!("records.receipt('{id}')")).await?;
        verify(&receipt)?;
    }
    // Nothing about who or where.
    let text = serde_json::to_string(&all)?;
    for word in ["127.0.0.1", "Mozilla", "http"] {
        assert!(!text.contains(word), "{word}");
    }
    // On the next visit the same device goes on.
    open(&browser, &flow, "/").await?;
    browser.run("privacy.set({ analytics: false })").await?;
    let next = kept(&browser, 3).await?;
    assert_eq!(next[2]["event"]["seq"], 3);
    assert_eq!(next[2]["event"]["sub"], all[0]["event"]["sub"]);
    done()
}

/// A receipt shows that its event is in the log, with nothing but itself.
pub(crate) fn verify(receipt: &Value) -> Result<()> {
    let text = receipt["event"].as_str().context("an event")?;
    let event = Event::read(text)?;
    let (index, taken) = (
        receipt["index"].as_u64().context("a place")?,
        receipt["taken"].as_u64().context("a time")?,
    );
    let proof: Option<Vec<Hash>> = receipt["proof"]
        .as_array()
        .context("a proof")?
        .iter()
        .map(|it| it.as_str().and_then(bytes))
        .collect();
    let (checkpoint, ..) =
        Checkpoint::read(receipt["checkpoint"].as_str().context("a note")?).context("a note")?;
    let root = root_of(
        &leaf(&event.hash(), index, taken),
        index,
        checkpoint.size,
        &proof.context("hashes")?,
    );
    assert_eq!(root, Some(checkpoint.root));
    Ok(())
}

/// Without a server nothing is lost, over reloads too, and everything arrives once there is one.
pub(crate) async fn offline_for_a_while(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::new(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.accept().await?;
    browser.control_button(1).await?;
    for _ in 0..2 {
        open(&browser, &flow, "/").await?;
        browser.run("privacy.set({ preferences: false })").await?;
        browser.run("privacy.set({ social: false })").await?;
    }
    watch(&browser).await?;
    browser.wait("now.length === 6").await?;
    let before = history(&browser).await?;
    assert!(before.iter().all(|it| it["state"] == "waiting"), "{before:?}");
    server.listen().await?;
    browser.run("dispatchEvent(new Event('online'))").await?;
    let after = kept(&browser, before.len()).await?;
    let ids = |all: &[Value]| all.iter().map(|it| it["id"].to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&after), ids(&before));
    // Gone in the middle of everything, and back.
    server.end();
    browser.run("privacy.set({ 'support-chat': false })").await?;
    browser.wait("!document.querySelector('none')").await?;
    server.listen().await?;
    browser.run("dispatchEvent(new Event('online'))").await?;
    kept(&browser, before.len() + 1).await?;
    done()
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

pub(crate) async fn sign_in(server: &RecordServer, browser: &Browser) -> Result<()> {
    // A device that has decided nothing has no name yet: it gets one by linking, so that it is asked for first.
    let sub = value(browser, "records.subject()").await?;
    let token = server.token("account-1", sub.as_str().context("a subject")?);
    value(browser, &format!("records.link('{token}')")).await?;
    Ok(())
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
    let all = kept(&browser, 1).await?;
    assert_eq!(all[0]["event"]["grant"]["analytics"], 0);
    done()
}
