//! What a server will never take.

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Browser, FaultProxy, Flow, Outcome, Page, Poison, RecordServer, done};
use serde_json::Value;

use super::{history, kept, open, page, sign_in, value, watch, whole};

/// The dead letters that were told.
async fn dead(browser: &Browser, count: usize) -> Result<Vec<Value>> {
    browser.wait(&format!("told['dead-letter']?.length >= {count}")).await?;
    let told: Vec<Value> = browser.get("told['dead-letter']").await?;
    assert_eq!(told.len(), count, "{told:?}");
    Ok(told)
}

/// One that is refused blocks nobody, and is not lost.
pub(crate) async fn dead_letters(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    let proxy = FaultProxy::start(server.address).await?;
    Page::new().after(&server.script_with(proxy.address, "")).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    // Nothing gets through until all of them wait, so that they travel together.
    let poison = |text, status, body| Some(Poison { text, status, body });
    proxy.poison(poison("\"grant\"", "502 Bad Gateway", ""));
    for key in ["social", "preferences", "analytics", "support-chat"] {
        browser.run(&format!("privacy.set({{ '{key}': false }})")).await?;
    }
    watch(&browser).await?;
    browser.wait("now.length === 4").await?;
    let code = "{\"code\":\"batch/too-long\"}";
    proxy.poison(poison("\"preferences\":0", "413 Content Too Large", code));
    browser.run("dispatchEvent(new Event('online'))").await?;
    kept(&browser, 3).await?;
    let told = dead(&browser, 1).await?;
    assert_eq!(told[0]["code"], "batch/too-long");
    let id = told[0]["id"].as_str().context("an id")?;
    let all = history(&browser).await?;
    let entry = all.iter().find(|it| it["id"] == id).context("the dead one")?;
    assert_eq!((&entry["state"], &entry["code"]), (&"dead".into(), &"batch/too-long".into()));
    assert_eq!(server.size().await?, 3);
    // Later ones still flow, on the next visit too, and it is not tried by itself.
    open(&browser, &flow, "/").await?;
    browser.run("privacy.set({ social: false })").await?;
    kept(&browser, 4).await?;
    // Asked for, it is signed anew; refused again, it is dead again.
    value(&browser, &format!("records.retry('{id}')")).await?;
    let told = dead(&browser, 1).await?;
    let id = told[0]["id"].as_str().context("an id")?.to_owned();
    proxy.poison(None);
    value(&browser, &format!("records.retry('{id}')")).await?;
    whole(&browser, &server, 5).await?;
    // An answer that is not the server's counts only if it comes again and again.
    proxy.poison(poison("\"analytics\":0", "400 Bad Request", "<p>no"));
    browser.run("privacy.set({ analytics: false })").await?;
    browser
        .run("window.nudge = setInterval(() => dispatchEvent(new Event('online')), 50)")
        .await?;
    let told = dead(&browser, 2).await?;
    assert_eq!(told[1]["code"], "http/400");
    browser.run("clearInterval(nudge)").await?;
    proxy.poison(None);
    // Forgotten, it does not come back.
    let id = told[1]["id"].as_str().context("an id")?;
    value(&browser, &format!("records.forget('{id}')")).await?;
    assert_eq!(history(&browser).await?.len(), 5);
    open(&browser, &flow, "/").await?;
    browser.run("privacy.set({ social: false })").await?;
    whole(&browser, &server, 6).await?;
    done()
}

/// A token that nobody believes: what was decided meanwhile is the device's own, and nothing is lost.
pub(crate) async fn link_that_is_refused(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    let sub = value(&browser, "records.subject()").await?;
    let token = server.forged_token("account-1", sub.as_str().context("a subject")?);
    server.end();
    value(&browser, &format!("records.link('{token}')")).await?;
    browser.accept().await?;
    watch(&browser).await?;
    browser.wait("now.length === 2").await?;
    server.listen().await?;
    browser.run("dispatchEvent(new Event('online'))").await?;
    let told = dead(&browser, 1).await?;
    assert_eq!(told[0]["code"], "event/account");
    assert_eq!((&told[0]["subject"], &told[0]["account"]), (&sub, &"account-1".into()));
    let all = kept(&browser, 1).await?;
    assert_eq!((&all[0]["event"]["acct"], &all[0]["event"]["seq"]), (&Value::Null, &1.into()));
    assert_eq!(browser.allowed().await?.len(), 4);
    // With a good one it is linked.
    sign_in(&server, &browser).await?;
    browser.run("privacy.set({ social: false })").await?;
    let all = kept(&browser, 3).await?;
    assert_eq!(all[2]["event"]["acct"], "account-1");
    assert_eq!(server.size().await?, 3);
    assert_eq!(
        value(&browser, "records.link('no token').catch(({ code }) => code)").await?,
        "sync/token"
    );
    done()
}
