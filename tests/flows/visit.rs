//! A visitor comes, decides and comes back.

use anyhow::Result;
use mixus_privacy_tests::policy::{kept, records, version};
use mixus_privacy_tests::{BANNER, Browser, CONTROL, Flow, Outcome, Page, Reply, done};
use serde_json::{Value, json};

/// Tags of several services, in the marked form.
const TAGS: &str = r#"
<script type="text/plain" data-service="plausible" data-src="http://plausible.io/js/script.js"></script>
<script type="text/plain" data-category="analytics">window.counted = true;</script>
<script type="text/plain" data-service="chatwoot" data-src="http://app.chatwoot.com/sdk.js"></script>
<iframe title="A post" data-service="x-posts" data-src="http://platform.twitter.com/embed/1" width="480" height="300"></iframe>
<img alt="" data-category="analytics" data-src="/pixel.svg">
<script type="text/plain" data-src="http://www.doubleclick.net/ad.js" data-category="analytics"></script>"#;

/// What the page got into its data layer about consent, in order.
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
        .get(&format!(
            "[...{BANNER}.querySelectorAll('.actions button')].map((it) => it.textContent)"
        ))
        .await?;
    assert_eq!(buttons, ["Reject all", "Accept all", "Choose in detail"]);
    assert_eq!(browser.allowed().await?, [""; 0]);
    let modes = consent_mode(&browser).await?;
    assert_eq!(modes[0]["what"], "default");
    assert_eq!(modes[0].as_object().map(serde_json::Map::len), Some(8), "{modes:?}");
    for mode in &modes {
        for (name, value) in mode.as_object().into_iter().flatten() {
            assert!(name == "what" || value == "denied" || name == "security_storage", "{mode}");
        }
    }
    assert_eq!(browser.beacon(site, "first").await?, [""; 0]);
    assert!(!site.requests().iter().any(|it| it.path == "/pixel.svg"));
    let facts: Value = browser
        .get(
            "{ ran: window.ran ?? null, counted: window.counted ?? null, \
             frame: document.querySelector('iframe').getAttribute('src'), \
             stored: Object.keys(localStorage).filter((it) => it !== 'mixus-privacy-start'), \
             cookie: document.cookie }",
        )
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
    assert_eq!(browser.allowed().await?, ["analytics", "preferences", "support-chat", "social"]);
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
    assert_eq!(browser.control_texts().await?, ["Privacy choices", "Withdraw all"]);
    let records = records(&browser).await?;
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].0.as_str(), records[0].1.as_str()), ("accept_all", "banner"));
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
    assert_eq!(browser.control_texts().await?, ["Privacy choices"]);
    // The refusal is kept: the next page does not ask.
    browser.open(&site.url("/")).await?;
    browser.control().await?;
    assert_eq!(browser.beacon(site, "again").await?, [""; 0]);
    assert_eq!(records(&browser).await?[0].0, "reject_all");
    done()
}

pub(crate) async fn custom(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAGS).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.choose().await?;
    // Nothing is on before somebody turns it on.
    let panel = mixus_privacy_tests::PANEL;
    let on: Vec<String> = browser
        .get(&format!(
            "[...{panel}.querySelectorAll('input:checked')].map((it) => it.dataset.key)"
        ))
        .await?;
    assert_eq!(on, [""; 0]);
    browser.turn("support-chat").await?;
    browser.panel_button("save").await?;
    browser.control().await?;
    browser.wait(&format!("!({panel})")).await?;

    site.wait("app.chatwoot.com/sdk.js").await?;
    assert_eq!(browser.allowed().await?, ["support-chat"]);
    let arrived = browser.beacon(site, "custom").await?;
    assert_eq!(arrived, ["app.chatwoot.com/sdk.js"]);
    assert_eq!(browser.get::<Value>("window.counted ?? null").await?, Value::Null);
    let picks = kept(&browser).await?.expect("a state").picks;
    assert!(picks.contains(&"+support-chat".into()) && picks.contains(&"!analytics".into()));
    let records = records(&browser).await?;
    assert_eq!((records[0].0.as_str(), records[0].1.as_str()), ("custom", "panel"));
    done()
}

/// The guard with the version of the policy, so that what is allowed starts at once.
fn early_guard() -> Result<String> {
    let version = version()?;
    Ok(format!("<script src=\"/pkg/guard.js\" data-version=\"{version}\"></script>"))
}

pub(crate) async fn return_visit(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAGS).guard(&early_guard()?).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;
    site.wait("plausible.io/js/script.js").await?;

    // From now on the module only comes when a script that needs a permission has been asked
    // for: had the script to wait for the module, both would wait for ever.
    site.forget();
    let module = Reply::file("/pkg/boot.wasm")?.after("plausible.io/js/script.js");
    site.reply("/pkg/boot.wasm", module);
    browser.session.refresh().await?;
    browser.control().await?;
    site.wait("app.chatwoot.com/sdk.js").await?;
    site.wait("platform.twitter.com/embed/1").await?;
    assert!(!browser.get::<bool>(&format!("!!({BANNER})")).await?, "asked again");
    // Once, although guard and module both let it run.
    browser.wait("window.ran?.length === 2").await?;
    let arrived = browser.beacon(site, "returned").await?;
    let times = arrived.iter().filter(|it| it.contains("plausible")).count();
    assert_eq!(times, 1, "{arrived:?}");
    assert_eq!(records(&browser).await?.len(), 1, "a visit is no decision");
    done()
}

pub(crate) async fn no_early_start_of_what_was_withdrawn(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAGS).guard(&early_guard()?).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;
    site.wait("plausible.io/js/script.js").await?;
    // A script that has run cannot be unrun; that is no reason to start it on the next page.
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;
    site.forget();
    browser.session.refresh().await?;
    browser.control().await?;
    assert_eq!(browser.beacon(site, "next").await?, [""; 0]);
    done()
}

pub(crate) async fn no_early_start_on_a_changed_mirror(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    let beacon = "<script>fetch('/beacon/parsed')</script>";
    Page::new().body(TAGS).body(beacon).guard(&early_guard()?).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;
    site.wait("plausible.io/js/script.js").await?;
    site.wait("platform.twitter.com/embed/1").await?;

    // Another tab refuses and is not heard: the cookie changes, the list of what may start
    // early does not.
    browser
        .run("const kept = localStorage['mixus-privacy-start']; privacy.rejectAll().then(() => { localStorage['mixus-privacy-start'] = kept; window.put = true; })")
        .await?;
    browser.wait("window.put").await?;
    site.forget();
    let module = Reply::file("/pkg/boot.wasm")?.after("/beacon/late");
    site.reply("/pkg/boot.wasm", module);
    browser.session.refresh().await?;
    site.wait("/beacon/parsed").await?;
    assert_eq!(browser.beacon(site, "before").await?, [""; 0]);
    browser.run("fetch('/beacon/late')").await?;
    browser.control().await?;
    assert_eq!(browser.beacon(site, "after").await?, [""; 0]);
    done()
}

pub(crate) async fn withdraw(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAGS).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;
    site.wait("platform.twitter.com/embed/1").await?;
    let frame = "document.querySelector('iframe')";
    // A document of another origin cannot be seen.
    browser.wait(&format!("{frame}.contentDocument === null")).await?;
    browser
        .run(
            "document.cookie = 'cw_conversation=1;Path=/'; document.cookie = 'cw_user_42=1;Path=/';\
             document.cookie = 'basket=1;Path=/'; localStorage['plausible_ignore'] = '1';\
             localStorage['basket'] = '1';",
        )
        .await?;

    let steps: u32 = browser.get("history.length").await?;
    browser.control_button(1).await?;
    browser.wait("allowed().length === 0").await?;
    assert_eq!(browser.control_texts().await?, ["Privacy choices"]);
    browser
        .wait(&format!("{frame}.contentDocument?.location.href === 'about:blank'"))
        .await?;
    assert_eq!(
        browser.get::<Value>(&format!("{frame}.getAttribute('src')")).await?,
        Value::Null
    );
    // Unloading is no step in the history: the way back would lead to what was withdrawn.
    assert_eq!(browser.get::<u32>("history.length").await?, steps);
    let modes = consent_mode(&browser).await?;
    assert_eq!(modes.last().expect("an update")["analytics_storage"], "denied");
    let state = kept(&browser).await?.expect("a state");
    assert!(state.picks.iter().all(|it| it.starts_with('!')), "{state:?}");
    // What the services stored goes with the permission; what is not theirs stays.
    browser
        .wait("!/cw_/.test(document.cookie) && !('plausible_ignore' in localStorage)")
        .await?;
    let rest: [bool; 2] = browser
        .get("[/basket=1/.test(document.cookie), localStorage.basket === '1']")
        .await?;
    assert_eq!(rest, [true, true]);
    let acts: Vec<String> = records(&browser).await?.into_iter().map(|it| it.0).collect();
    assert_eq!(acts, ["accept_all", "withdraw_all"]);
    // A tag that comes now is held.
    site.forget();
    browser
        .run(
            "const it = document.createElement('script'); it.type = 'text/plain';\
             it.dataset.service = 'plausible'; it.dataset.src = 'http://plausible.io/js/again.js';\
             document.body.append(it);",
        )
        .await?;
    assert_eq!(browser.beacon(site, "withdrawn").await?, [""; 0]);
    // And so it stays on the next page.
    browser.session.refresh().await?;
    browser.control().await?;
    assert_eq!(browser.beacon(site, "next").await?, [""; 0]);
    done()
}

pub(crate) async fn centre_layout(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new()
        .body(TAGS)
        .config(json!({"region": "DE", "layout": "centre"}))
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    assert!(browser.get::<bool>(&format!("{BANNER}.matches('dialog:modal')")).await?);
    // Putting the question aside is no answer, and above all no permission.
    browser.press(thirtyfour::Key::Escape).await?;
    browser.control().await?;
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert_eq!(browser.beacon(site, "aside").await?, [""; 0]);
    assert_eq!(records(&browser).await?[0].0, "dismiss");
    // It is not asked again on the very next page.
    browser.session.refresh().await?;
    browser.control().await?;
    // Whoever wants to can still say yes.
    browser.control_button(0).await?;
    browser.panel().await?;
    browser.panel_button("accept").await?;
    browser.wait("allowed().length === 4").await?;
    assert!(browser.get::<bool>(&format!("{CONTROL} !== null")).await?);
    done()
}

pub(crate) async fn inline_entry(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().entry("inline").body(TAGS).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    assert_eq!(browser.beacon(site, "first").await?, [""; 0]);
    browser.accept().await?;
    browser.control().await?;
    site.wait("plausible.io/js/script.js").await?;
    let asked: Vec<String> = site.requests().into_iter().map(|it| it.path).collect();
    for name in ["/pkg/boot.wasm", "/pkg/index.js", "/pkg/policy.js"] {
        assert!(!asked.iter().any(|it| it == name), "{asked:?}");
    }
    done()
}
