//! A visitor comes, decides and comes back.

use anyhow::Result;
use mixus_privacy_tests::{BANNER, Browser, CONTROL, Flow, Outcome, Page, done};
use serde_json::{Value, json};

/// Tags of four services, in the marked form.
const TAGS: &str = r#"
<script type="text/plain" data-service="plausible" data-src="http://plausible.io/js/script.js"></script>
<script type="text/plain" data-category="analytics">window.counted = true;</script>
<script type="text/plain" data-service="chatwoot" data-src="http://app.chatwoot.com/sdk.js"></script>
<iframe title="A post" data-service="x-posts" data-src="http://platform.twitter.com/embed/1" width="480" height="300"></iframe>
<img alt="" data-category="analytics" data-src="/pixel.svg">
<script type="text/plain" data-src="http://www.doubleclick.net/ad.js" data-category="analytics"></script>"#;

/// Every Consent Mode type, in the order in which `dataLayer` got it.
async fn consent_mode(browser: &Browser) -> Result<Vec<Value>> {
    browser
        .get("dataLayer.filter((it) => it[0] === 'consent').map((it) => ({ what: it[1], ...it[2] }))")
        .await
}

pub(crate) async fn first_visit(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAGS).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;

    let buttons: Vec<String> = browser
        .get(&format!("[...{BANNER}.querySelectorAll('.actions button')].map((it) => it.textContent)"))
        .await?;
    assert_eq!(buttons, ["Reject all", "Accept all", "Choose in detail"]);
    assert_eq!(browser.allowed().await?, [""; 0]);
    let modes = consent_mode(&browser).await?;
    assert_eq!(modes[0]["what"], "default");
    for mode in &modes {
        for (name, value) in mode.as_object().into_iter().flatten() {
            assert!(name == "what" || value == "denied" || name == "security_storage", "{mode}");
        }
    }
    assert_eq!(browser.beacon(site, "first").await?, [""; 0]);
    assert!(!site.requests().iter().any(|it| it.path == "/pixel.svg"));
    let facts: Value = browser
        .get("{ ran: window.ran ?? null, counted: window.counted ?? null, frame: document.querySelector('iframe').getAttribute('src'), stored: Object.keys(localStorage).filter((it) => it !== 'mixus-privacy-start'), cookie: document.cookie }")
        .await?;
    assert_eq!(
        facts,
        json!({"ran": null, "counted": null, "frame": null, "stored": [], "cookie": ""})
    );
    assert_eq!(browser.errors().await?, [""; 0]);
    done()
}

pub(crate) async fn accept(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAGS).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;

    site.wait("plausible.io/js/script.js").await?;
    site.wait("app.chatwoot.com/sdk.js").await?;
    site.wait("platform.twitter.com/embed/1").await?;
    site.wait("/pixel.svg").await?;
    browser.wait("window.counted && window.ran?.length === 2").await?;
    assert_eq!(
        browser.allowed().await?,
        ["analytics", "preferences", "support-chat", "social"]
    );
    let modes = consent_mode(&browser).await?;
    let last = modes.last().expect("an update");
    assert_eq!(last["what"], "update");
    assert_eq!(last["analytics_storage"], "granted");
    // Nothing in the policy stands for advertising, whoever accepts everything.
    for name in ["ad_storage", "ad_user_data", "ad_personalization"] {
        assert_eq!(last[name], "denied");
    }
    // Never means never.
    let arrived = browser.beacon(site, "accepted").await?;
    assert!(!arrived.iter().any(|it| it.contains("doubleclick")), "{arrived:?}");
    let withdraw: bool = browser
        .get(&format!("{CONTROL}.textContent.includes('Withdraw all')"))
        .await?;
    assert!(withdraw);
    done()
}

pub(crate) async fn reject(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAGS).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.reject().await?;
    browser.control().await?;

    assert_eq!(browser.beacon(site, "rejected").await?, [""; 0]);
    assert_eq!(browser.allowed().await?, [""; 0]);
    let withdraw: bool = browser
        .get(&format!("{CONTROL}.textContent.includes('Withdraw all')"))
        .await?;
    assert!(!withdraw, "there is nothing to withdraw");
    // The refusal is kept: the next page does not ask.
    browser.open(&site.url("/")).await?;
    browser.control().await?;
    assert_eq!(browser.beacon(site, "again").await?, [""; 0]);
    done()
}
