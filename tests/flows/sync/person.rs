//! What a person can ask for: their records, and to be forgotten. And what others can prove by them.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mixus_privacy::policy::{Json, canonical};
use mixus_privacy_tests::policy::document;
use mixus_privacy_tests::{BANNER, Browser, Flow, Outcome, Page, RecordServer, done};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{history, kept, open, page, sign_in, subject, value};

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// A document of the server's archive, once it is there.
async fn archived(browser: &Browser, server: &RecordServer, hash: &Value) -> Result<String> {
    let hash = hash.as_str().context("a hash")?;
    let address = format!("http://{}/v1/notices/{hash}", server.address);
    let look = format!(
        "(async () => {{ for (;;) {{ const it = await fetch('{address}'); if (it.ok) return it.text(); \
         await new Promise((resolve) => setTimeout(resolve, 50)); }} }})()"
    );
    let text = value(browser, &look).await?;
    Ok(text.as_str().context("a text")?.to_owned())
}

/// The texts that were shown, and the policy, are in the server's archive under the hashes that the event names.
pub(crate) async fn what_was_shown_is_archived(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    let document = document()?;
    Page::new()
        .policy(&document.to_string())
        .after(&server.script())
        .put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.banner().await?;
    let title: String = browser.get(&format!("{BANNER}.querySelector('h2').textContent")).await?;
    browser.reject().await?;
    let all = kept(&browser, 1).await?;
    let event = &all[0]["event"];
    let text = archived(&browser, &server, &event["ui"]).await?;
    assert_eq!(event["ui"], hash(&text).as_str());
    let shown: Value = serde_json::from_str(&text)?;
    assert_eq!(canonical(&mut Json::new(&shown)).as_deref(), Some(text.as_str()));
    assert_eq!(
        (&shown["lang"], &shown["layout"], &shown["v"]),
        (&"en".into(), &"box".into(), &1.into())
    );
    assert_eq!(shown["notice"], event["notice"]["hash"]);
    assert!(shown["plan"].as_str().is_some_and(|it| it.starts_with("1|")));
    assert!(shown["texts"].to_string().contains(title.trim()), "{title}");
    assert_eq!(
        shown["texts"]["purposes"]["analytics"]["title"],
        document["texts"]["en"]["purposes"]["analytics"]["title"]
    );
    let text = archived(&browser, &server, &event["notice"]["hash"]).await?;
    assert_eq!(canonical(&mut Json::new(&document)).as_deref(), Some(text.as_str()));
    // Everything together is a text that proves itself.
    let text = value(&browser, "records.export()").await?;
    let export: Value = serde_json::from_str(text.as_str().context("a text")?)?;
    super::verify(&export["events"][0])?;
    for name in [&event["ui"], &event["notice"]["hash"]] {
        let name = name.as_str().context("a hash")?;
        assert_eq!(hash(export["notices"][name].as_str().context("a document")?), name);
    }
    done()
}

/// Erased, nothing of it is left in the browser, and the server has no word of it. What is allowed stays allowed, and
/// who decides then is somebody else.
pub(crate) async fn erased(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    browser.accept().await?;
    browser.run("privacy.set({ social: false })").await?;
    kept(&browser, 2).await?;
    let before = subject(&browser).await?;
    // Even where the server cannot be told yet.
    server.end();
    browser.run("privacy.set({ analytics: false })").await?;
    super::watch(&browser).await?;
    browser.wait("now.length === 3").await?;
    assert_eq!(value(&browser, "records.erase()").await?, false);
    let all = history(&browser).await?;
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["event"]["t"], &all[0]["event"]["seq"]), (&"erase".into(), &3.into()));
    let names: Vec<String> = browser.get("Object.keys(localStorage)").await?;
    assert!(
        !names.iter().any(|it| it.starts_with("mixus-privacy.") || it.contains("device")),
        "{names:?}"
    );
    server.listen().await?;
    browser.run("dispatchEvent(new Event('online'))").await?;
    super::watch(&browser).await?;
    browser.wait("now.length === 0").await?;
    assert_eq!(server.size().await?, 3);
    let allowed = browser.allowed().await?;
    assert_eq!(allowed, ["preferences", "support-chat"]);
    // On the next visit it holds, and the next decision is another's first.
    open(&browser, &flow, "/").await?;
    assert_eq!(browser.allowed().await?, allowed);
    assert_eq!(history(&browser).await?.len(), 0);
    browser.run("privacy.set({ preferences: false })").await?;
    let all = kept(&browser, 1).await?;
    assert_eq!(
        (&all[0]["event"]["seq"], all[0]["event"]["sub"] == before.as_str()),
        (&1.into(), false)
    );
    assert_eq!(
        browser
            .get::<Option<Value>>("told['dead-letter'] || told['storage-lost'] || null")
            .await?,
        None
    );
    // With nothing there, there is nothing to tell.
    assert_eq!(value(&browser, "records.erase()").await?, true);
    done()
}

/// What one device of an account has erased goes from the others too.
pub(crate) async fn erased_with_the_account(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let (one, two) = (flow.browser().await?, flow.browser().await?);
    for browser in [&one, &two] {
        open(browser, &flow, "/").await?;
        sign_in(&server, browser).await?;
    }
    one.accept().await?;
    two.wait("allowed().length === 4").await?;
    assert_eq!(value(&one, "records.erase()").await?, true);
    super::watch(&two).await?;
    two.wait("!now.some((it) => it.event.t === 'decision')").await?;
    two.wait("now.some((it) => it.event.t === 'erase')").await?;
    assert_eq!(two.allowed().await?.len(), 4);
    // The other device goes on.
    two.run("privacy.set({ social: false })").await?;
    two.wait("now.some((it) => it.state === 'kept' && it.event.t === 'decision')")
        .await?;
    open(&two, &flow, "/").await?;
    assert_eq!(two.allowed().await?.len(), 3);
    done()
}
