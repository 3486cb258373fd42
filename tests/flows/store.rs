//! Storage that is blocked, full, damaged, shared or somebody else's.

use anyhow::Result;
use mixus_privacy_tests::policy::{kept, records};
use mixus_privacy_tests::{Browser, Engine, Flow, Options, Outcome, PANEL, Page, Reply, Site, done, skip};
use serde_json::json;

const TAG: &str = r#"<script type="text/plain" data-service="plausible" data-src="http://plausible.io/js/script.js"></script>"#;

/// Storage that throws whatever is done, as browsers do that block it.
const BLOCKED: &str = "<script>
for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });
Object.defineProperty(Document.prototype, 'cookie', {
  get() { throw new DOMException('no', 'SecurityError'); },
  set() { throw new DOMException('no', 'SecurityError'); },
});
window.uncaught = [];
addEventListener('error', (event) => uncaught.push(event.message));
addEventListener('unhandledrejection', (event) => uncaught.push('' + event.reason));
</script>";

/// A visit in which nothing can be kept: it works, and the next page knows nothing of it.
async fn visit(browser: &Browser, site: &Site) -> Result<()> {
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    assert_eq!(browser.beacon(site, "first").await?, [""; 0]);
    browser.accept().await?;
    browser.control().await?;
    assert!(browser.errors().await?.contains(&"store/blocked".into()));
    site.wait("plausible.io/js/script.js").await?;
    site.forget();
    browser.session.refresh().await?;
    browser.banner().await?;
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert_eq!(browser.beacon(site, "second").await?, [""; 0]);
    browser.reject().await?;
    browser.control().await?;
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert_eq!(browser.beacon(site, "third").await?, [""; 0]);
    Ok(())
}

pub(crate) async fn blocked_storage(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().first(BLOCKED).body(TAG).put(site, "/");
    let browser = flow.browser().await?;
    visit(&browser, site).await?;
    assert_eq!(browser.get::<Vec<String>>("uncaught").await?, [""; 0]);
    done()
}

pub(crate) async fn blocked_by_browser(flow: Flow) -> Result<Outcome> {
    let Flow { site, engine } = &flow;
    if *engine == Engine::WebKit {
        return skip("WebKitGTK's driver has no setting that blocks storage");
    }
    Page::new().body(TAG).put(site, "/");
    let options = Options {
        blocked: true,
        ..Options::default()
    };
    let browser = flow.browser_with(options).await?;
    browser.open(&site.url("/")).await?;
    let blocked = "(() => { try { localStorage.x = 1; return false; } catch { return true; } })()";
    assert!(browser.get::<bool>(blocked).await?, "the browser does not block storage");
    visit(&browser, site).await?;
    done()
}

pub(crate) async fn full_storage(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    // Filled to the last byte.
    let fill = "<script>
localStorage.clear();
for (let size = 4194304, at = 0; size; ) {
  try { localStorage['filler' + at++] = 'x'.repeat(size); } catch { size >>= 1; }
}
window.uncaught = [];
addEventListener('error', (event) => uncaught.push(event.message));
addEventListener('unhandledrejection', (event) => uncaught.push('' + event.reason));
</script>";
    Page::new().first(fill).body(TAG).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    let full = "(() => { try { localStorage.more = 'more'; return false; } catch { return true; } })()";
    assert!(browser.get::<bool>(full).await?, "storage is not full");
    browser.banner().await?;
    browser.reject().await?;
    browser.control().await?;
    assert!(browser.errors().await?.contains(&"store/blocked".into()));
    assert_eq!(browser.get::<Vec<String>>("uncaught").await?, [""; 0]);
    // The cookie has room: the refusal is remembered by it alone.
    browser.session.refresh().await?;
    browser.control().await?;
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert_eq!(browser.beacon(site, "full").await?, [""; 0]);
    done()
}

pub(crate) async fn corrupted_store(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    let chat = r#"<script type="text/plain" data-service="chatwoot" data-src="http://app.chatwoot.com/sdk.js"></script>"#;
    Page::new()
        .body(TAG)
        .body(chat)
        .config(json!({"region": "US-CA"}))
        .put(site, "/");
    site.reply("/empty", Reply::html("<!doctype html><title>Empty</title>"));
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;
    let state: String = browser.get("localStorage['mixus-privacy']").await?;

    let cut = &state[..state.len() - 9];
    let changed = state.replace('!', "+").replacen("+a", "+b", 1);
    for (at, damaged) in ["nonsense", "1~~~", cut, &changed].into_iter().enumerate() {
        browser.open(&site.url("/empty")).await?;
        let text = json!(damaged);
        browser
            .run(&format!(
                "document.cookie = 'mixus_privacy=' + {text} + ';Path=/;Max-Age=9999';\
                 localStorage['mixus-privacy'] = {text};"
            ))
            .await?;
        site.forget();
        browser.open(&site.url("/")).await?;
        browser.banner().await?;
        // Even what this regime allows by default: a refusal may have been lost.
        assert_eq!(browser.allowed().await?, [""; 0], "{damaged}");
        let note: String = browser.get("privacy.explain('support-chat').note").await?;
        assert_eq!(note, "damaged", "{damaged}");
        assert_eq!(browser.beacon(site, &format!("damaged{at}")).await?, [""; 0]);
    }
    // A decision makes it whole again.
    browser.reject().await?;
    browser.control().await?;
    let picks = kept(&browser).await?.expect("a state").picks;
    assert!(picks.contains(&"!support-chat".into()), "{picks:?}");
    done()
}

pub(crate) async fn cookie_across_subdomains(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    let page = Page::new()
        .body(TAG)
        .config(json!({"region": "DE", "cookieDomain": "shop.example"}));
    page.put(site, "www.shop.example/");
    page.put(site, "app.shop.example/");
    let browser = flow.browser().await?;
    browser.open("http://www.shop.example/").await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;
    site.wait("plausible.io/js/script.js").await?;

    // Another subdomain has its own storage, but the same cookie.
    browser.open("http://app.shop.example/").await?;
    browser.control().await?;
    assert_eq!(browser.allowed().await?.len(), 4);
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;

    site.forget();
    browser.open("http://www.shop.example/").await?;
    browser.control().await?;
    assert_eq!(browser.allowed().await?, [""; 0], "the withdrawal did not come along");
    done()
}

pub(crate) async fn other_manager(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAG).put(site, "/");
    site.reply("/empty", Reply::html("<!doctype html><title>Empty</title>"));
    let browser = flow.browser().await?;
    browser.open(&site.url("/empty")).await?;
    // vanilla-cookieconsent: analytics was allowed, and nothing else.
    browser
        .run(
            "document.cookie = 'cc_cookie=' + encodeURIComponent(JSON.stringify({ \
             categories: ['necessary', 'analytics'], revision: 0, data: null, \
             consentTimestamp: '2026-01-01T00:00:00.000Z', consentId: 'x', services: {} })) + ';Path=/';",
        )
        .await?;
    browser.open(&site.url("/")).await?;
    // The refusals are taken over; about the rest the banner still asks.
    browser
        .wait("window.started && privacy.explain('support-chat').note === 'refused'")
        .await?;
    browser.banner().await?;
    assert_eq!(browser.asked().await?, ["Analytics and performance"]);
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert_eq!(browser.beacon(site, "import").await?, [""; 0]);
    assert_eq!(records(&browser).await?[0].0, "import");
    // The grant is only filled in: it takes a person to save it.
    browser.choose().await?;
    let on: Vec<String> = browser
        .get(&format!(
            "[...{PANEL}.querySelectorAll('input:checked')].map((it) => it.dataset.key)"
        ))
        .await?;
    assert_eq!(on, ["analytics"]);
    browser.panel_button("save").await?;
    browser.wait("privacy.allows('analytics')").await?;
    site.wait("plausible.io/js/script.js").await?;
    done()
}
