//! What is decided arrives.

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Flow, Outcome, Page, RecordServer, done};
use serde_json::Value;

use super::{history, kept, open, page, value, verify, watch};

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

/// Nor does it wait for another reason if somebody decided while the script was on its way.
pub(crate) async fn decided_meanwhile(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::start(&flow.site).await?;
    let meanwhile = "const { track } = privacy;\n\
        privacy = { ...privacy, track: async (...given) => {\n\
        const made = await track(...given); await privacy.rejectAll(); return made; } };\n";
    Page::new()
        .after(&format!(
            "let {{ ...privacy }} = window.privacy;\n{meanwhile}{}",
            server.script()
        ))
        .put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow, "/").await?;
    kept(&browser, 1).await?;
    done()
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
