//! Regimes, signals, ages and organisations.

use anyhow::Result;
use mixus_privacy_tests::{BANNER, Browser, Engine, Flow, Options, Outcome, PANEL, Page, done};
use serde_json::{Value, json};

const TAGS: &str = r#"
<script type="text/plain" data-service="plausible" data-src="http://plausible.io/js/script.js"></script>
<script type="text/plain" data-service="chatwoot" data-src="http://app.chatwoot.com/sdk.js"></script>
<script type="text/plain" data-category="social" data-src="http://platform.twitter.com/widgets.js"></script>"#;

async fn rule(browser: &Browser, key: &str) -> Result<String> {
    browser.get(&format!("privacy.explain('{key}').rule")).await
}

pub(crate) async fn opt_out_signal(flow: Flow) -> Result<Outcome> {
    let Flow { site, engine } = &flow;
    // Firefox sends the signal itself; for the others the page says what its server heard.
    let own = *engine == Engine::Firefox;
    let mut config = json!({"region": "US-CA"});
    if !own {
        config["gpc"] = json!(true);
    }
    Page::new().body(TAGS).config(config).put(site, "/");
    let browser = flow
        .browser_with(Options {
            gpc: own,
            ..Options::default()
        })
        .await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    if own {
        assert!(browser.get::<bool>("navigator.globalPrivacyControl").await?);
    }
    assert!(browser.get::<bool>("privacy.decision().gpc").await?);
    assert_eq!(rule(&browser, "social").await?, "opt-out-signal");
    let shown: String = browser.get(&format!("{BANNER}.textContent")).await?;
    assert!(shown.contains("Opt-out request honored"), "{shown}");
    // What the signal closes is not asked about, and "accept all" does not open it.
    assert!(!browser.asked().await?.contains(&"Social embeds".into()));
    browser.accept().await?;
    browser.control().await?;
    site.wait("plausible.io/js/script.js").await?;
    assert!(!browser.get::<bool>("privacy.allows('social')").await?);
    let arrived = browser.beacon(site, "signal").await?;
    assert!(!arrived.iter().any(|it| it.contains("twitter")), "{arrived:?}");

    // A later choice of the person against the signal may stand, and is shown as such.
    browser.control_button(0).await?;
    browser.panel().await?;
    let shown: String = browser.get(&format!("{PANEL}.textContent")).await?;
    assert!(shown.contains("Opt-out request honored"), "{shown}");
    browser.turn("social").await?;
    browser.panel_button("save").await?;
    browser.wait("privacy.allows('social')").await?;
    site.wait("platform.twitter.com/widgets.js").await?;
    browser.control_button(0).await?;
    browser.panel().await?;
    let shown: String = browser.get(&format!("{PANEL}.textContent")).await?;
    assert!(shown.contains("despite your browser's opt-out request"), "{shown}");
    done()
}

pub(crate) async fn california(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAGS).config(json!({"region": "US-CA"})).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    // Opting out: what the policy does not promise to ask about runs, with notice.
    let facts: Value = browser
        .get("(({ regime, model, decided }) => ({ regime, model, decided }))(privacy.decision())")
        .await?;
    assert_eq!(facts, json!({"regime": "ccpa", "model": "opt-out", "decided": false}));
    assert_eq!(browser.allowed().await?, ["preferences", "support-chat"]);
    site.wait("app.chatwoot.com/sdk.js").await?;
    assert_eq!(browser.beacon(site, "notice").await?, ["app.chatwoot.com/sdk.js"]);
    browser.reject().await?;
    browser.control().await?;
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert_eq!(browser.control_texts().await?, ["Your Privacy Choices"]);
    browser
        .wait("document.querySelector('mixus-privacy').shadowRoot.querySelector('.control .icon svg')")
        .await?;
    // The opt-out is kept.
    site.forget();
    browser.session.refresh().await?;
    browser.control().await?;
    assert_eq!(browser.beacon(site, "out").await?, [""; 0]);
    browser.control_button(0).await?;
    browser.panel().await?;
    done()
}

pub(crate) async fn minors(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    let page = |path: &str, config: Value| Page::new().body(TAGS).config(config).put(site, path);
    page("/child", json!({"region": "US-CA", "age": 12}));
    page("/authorised", json!({"region": "US-CA", "age": 12, "parent": true}));
    page("/fifteen", json!({"region": "US-CA", "age": 15}));
    page("/german", json!({"region": "DE", "age": 15}));
    let browser = flow.browser().await?;

    // Without a parent's authorisation nothing optional runs, and nothing is asked.
    for path in ["/child", "/german"] {
        site.forget();
        browser.open(&site.url(path)).await?;
        browser.control().await?;
        assert_eq!(browser.allowed().await?, [""; 0]);
        assert_eq!(rule(&browser, "support-chat").await?, "minor");
        assert_eq!(browser.beacon(site, path.trim_start_matches('/')).await?, [""; 0]);
        browser.control_button(0).await?;
        browser.panel().await?;
        let closed: Vec<bool> = browser
            .get(&format!("[...{PANEL}.querySelectorAll('input')].map((it) => it.disabled)"))
            .await?;
        assert!(closed.len() >= 4 && closed.iter().all(|it| *it), "{closed:?}");
        browser.panel_button("accept").await?;
        browser.wait(&format!("!({PANEL})")).await?;
        assert_eq!(browser.allowed().await?, [""; 0], "accepted by a minor");
        browser
            .run("document.cookie = 'mixus_privacy=;Max-Age=0;Path=/'; localStorage.clear();")
            .await?;
    }
    browser.open(&site.url("/authorised")).await?;
    browser.banner().await?;
    assert_eq!(browser.allowed().await?, ["preferences", "support-chat"]);
    // From 13 to 15 a sale or sharing needs a yes of one's own.
    browser.open(&site.url("/fifteen")).await?;
    browser.banner().await?;
    assert!(!browser.get::<bool>("privacy.allows('social')").await?);
    done()
}

pub(crate) async fn organisation(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new()
        .body(TAGS)
        .config(json!({"region": "DE", "organisation": {"deny": ["support-chat"]}}))
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    assert!(!browser.asked().await?.contains(&"Support chat".into()));
    browser.accept().await?;
    browser.control().await?;
    assert_eq!(browser.allowed().await?, ["analytics", "preferences", "social"]);
    assert_eq!(rule(&browser, "support-chat").await?, "organisation");
    assert_eq!(rule(&browser, "chatwoot").await?, "organisation");
    site.wait("plausible.io/js/script.js").await?;
    let arrived = browser.beacon(site, "ceiling").await?;
    assert!(!arrived.iter().any(|it| it.contains("chatwoot")), "{arrived:?}");
    done()
}

pub(crate) async fn unknown_region(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAGS).config(json!({})).put(site, "/");
    Page::new().body(TAGS).config(json!({"region": "ZZ"})).put(site, "/zz");
    let browser = flow.browser().await?;
    for path in ["/", "/zz"] {
        browser.open(&site.url(path)).await?;
        browser.banner().await?;
        let regime: [String; 2] = browser
            .get("(({ regime, model }) => [regime, model])(privacy.decision())")
            .await?;
        assert_eq!(regime, ["unknown", "opt-in"]);
        assert_eq!(browser.allowed().await?, [""; 0]);
    }
    assert_eq!(browser.beacon(site, "unknown").await?, [""; 0]);
    done()
}
