//! Whatever fails: the page works, everything optional is denied, and it is said why.

use anyhow::Result;
use mixus_privacy_tests::policy::document;
use mixus_privacy_tests::{BANNER, Browser, Flow, Outcome, Page, Reply, Site, done};
use serde_json::{Value, json};

/// Tags that some regime or other would allow, and a script of the page's own.
const TAGS: &str = r#"
<script type="text/plain" data-service="plausible" data-src="http://plausible.io/js/script.js"></script>
<script type="text/plain" data-service="chatwoot" data-src="http://app.chatwoot.com/sdk.js"></script>
<iframe title="A post" data-service="x-posts" data-src="http://platform.twitter.com/embed/1" width="480" height="300"></iframe>
<script>window.page = 'works'; window.uncaught = [];
addEventListener('error', (event) => uncaught.push(event.message));</script>"#;

/// A page for a visitor to whom much is allowed without asking.
fn page() -> Page {
    Page::new().body(TAGS).config(json!({"region": "US-CA"}))
}

/// The page is as it was, nothing has arrived, and every call answers without throwing.
async fn denied(browser: &Browser, site: &Site, name: &str) -> Result<()> {
    assert_eq!(browser.get::<String>("window.page").await?, "works");
    assert_eq!(browser.allowed().await?, [""; 0]);
    assert_eq!(browser.beacon(site, name).await?, [""; 0]);
    let layers: usize = browser.get("document.querySelectorAll('mixus-privacy').length").await?;
    assert_eq!(layers, 0, "something is left in the page");
    let rule: String = browser.get("privacy.explain('analytics').rule").await?;
    assert_eq!(rule, "failure");
    for call in ["acceptAll()", "rejectAll()", "set({ analytics: true })", "openPreferences()"] {
        let answer = browser.settled(&format!("await privacy.{call}")).await?;
        assert!(answer["error"]["code"].is_string(), "{call}: {answer}");
    }
    browser.run("privacy.show()").await?;
    let modes: Vec<Value> = browser
        .get("dataLayer.filter((it) => it[0] === 'consent').map((it) => it[2].analytics_storage)")
        .await?;
    assert!(modes.iter().all(|it| it == "denied"), "{modes:?}");
    assert_eq!(browser.get::<Vec<String>>("uncaught").await?, [""; 0]);
    Ok(())
}

pub(crate) async fn no_webassembly(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    page().first("<script>delete window.WebAssembly</script>").put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.wait("window.failed").await?;
    assert_eq!(browser.get::<String>("failed.code").await?, "module/unavailable");
    assert_eq!(browser.get::<String>("failed.name").await?, "PrivacyError");
    assert_eq!(browser.errors().await?, ["module/unavailable"], "told once");
    denied(&browser, site, "none").await?;
    done()
}

pub(crate) async fn module_missing(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    page().put(site, "/");
    let browser = flow.browser().await?;
    let replies = [
        Reply::status(404),
        Reply::html("<!doctype html><title>Not what was asked for</title>"),
        Reply::of("application/wasm", &b"\0asm\x01\0\0\0"[..]),
    ];
    for (at, reply) in replies.into_iter().enumerate() {
        site.reply("/pkg/boot.wasm", reply);
        browser.open(&site.url("/")).await?;
        browser.wait("window.failed").await?;
        let code: String = browser.get("failed.code").await?;
        assert!(code.starts_with("module/"), "reply {at}: {code}");
        denied(&browser, site, &format!("missing{at}")).await?;
    }
    done()
}

/// A module in the place of the real one: it shows a banner, holds every tag or lets it run,
/// and dies in a call.
fn trap(when: &str, allows: bool) -> Result<Reply> {
    let banner = "0|section|box\n1|h2||title\n1|div|actions\n2|button||reject|3\n2|button||accept|2\n\
        2|button|quiet|choose|1";
    let facts = "ccpa\nopt-out\n000000000\n";
    let data = |text: &str| text.replace('\n', "\\0a");
    let text = format!(
        "(module (memory (export \"memory\") 5)
           (global $out (mut i32) (i32.const 196608))
           (data (i32.const 196608) \"{}\")
           (data (i32.const 262144) \"{}\")
           (func (export \"a\") (param i32) (result i32)
             (if (i32.eq (local.get 0) (i32.const 3)) (then (return (global.get $out))))
             (i32.mul (local.get 0) (i32.const 65536)))
           (func (export \"c\") (param i32 i32 i32) (result i32)
             (if ({when}) (then (unreachable)))
             (global.set $out (select (i32.const 262144) (i32.const 196608) (i32.eq (local.get 0) (i32.const 8))))
             (if (i32.eq (local.get 0) (i32.const 8)) (then (return (i32.const {}))))
             (if (i32.eq (local.get 0) (i32.const 7)) (then (return (i32.const {}))))
             (if (i32.eq (local.get 0) (i32.const 2)) (then (return (i32.const {}))))
             (if (i32.eq (local.get 0) (i32.const 6)) (then (return (i32.const {}))))
             (i32.eqz (local.get 0))))",
        data(banner),
        data(facts),
        facts.len(),
        banner.len(),
        u8::from(!allows),
        u8::from(allows),
    );
    Ok(Reply::of("application/wasm", wat::parse_str(text)?))
}

pub(crate) async fn trap_at_start(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    page().put(site, "/");
    let browser = flow.browser().await?;
    // At the very first call, and at the first one after it.
    for (name, when, expected) in [
        ("open", "i32.eqz (local.get 0)", "module/unavailable"),
        ("refresh", "i32.eq (local.get 0) (i32.const 1)", "module/dead"),
        ("show", "i32.eq (local.get 0) (i32.const 7)", "module/dead"),
    ] {
        site.reply("/pkg/boot.wasm", trap(when, false)?);
        browser.open(&site.url("/")).await?;
        browser.wait("window.started || window.failed").await?;
        let code: Value = browser.get("window.failed?.code ?? null").await?;
        assert_eq!(code, expected, "{name}: the start has to fail");
        assert_eq!(browser.errors().await?, [expected], "{name}: told once");
        denied(&browser, site, name).await?;
    }
    done()
}

pub(crate) async fn trap_at_decision(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    page().put(site, "/");
    // Until it dies, it allows everything. It dies of accepting, which is eight characters of input,
    // and not of the grant that nobody asked for.
    let accepted = "i32.and (i32.eq (local.get 0) (i32.const 4)) (i32.eq (local.get 1) (i32.const 8))";
    site.reply("/pkg/boot.wasm", trap(accepted, true)?);
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    site.wait("plausible.io/js/script.js").await?;
    let frame = "document.querySelector('iframe').contentDocument";
    browser.wait(&format!("{frame} === null")).await?;
    browser.accept().await?;
    browser.wait("errors.length").await?;
    assert_eq!(browser.errors().await?, ["module/dead"]);
    browser.wait(&format!("!({BANNER})")).await?;
    let stored: Value = browser.get("localStorage['mixus-privacy'] ?? null").await?;
    assert_eq!(stored, Value::Null);
    // What it had let run is stopped, and nothing else starts.
    browser.wait(&format!("{frame}?.location.href === 'about:blank'")).await?;
    let modes: Vec<String> = browser
        .get("dataLayer.filter((it) => it[0] === 'consent').map((it) => it[2].analytics_storage)")
        .await?;
    assert_eq!(modes, ["denied", "granted", "denied"]);
    site.forget();
    browser
        .run(
            "const it = document.createElement('script'); it.type = 'text/plain';\
             it.dataset.service = 'plausible'; it.dataset.src = 'http://plausible.io/js/again.js';\
             document.body.append(it); dataLayer.length = 0; uncaught.length = 0;",
        )
        .await?;
    denied(&browser, site, "decision").await?;
    done()
}

/// A page with the guard, where tests start the package themselves.
async fn bare(flow: &Flow) -> Result<Browser> {
    let Flow { site, .. } = flow;
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><title>Bare</title><script src=\"/pkg/guard.js\"></script></head><body>{TAGS}</body></html>"
    );
    site.reply("/bare", Reply::html(html));
    let browser = flow.browser().await?;
    browser.open(&site.url("/bare")).await?;
    Ok(browser)
}

/// Starts a copy of the package with a configuration; what came of it.
async fn start(browser: &Browser, number: usize, config: &str) -> Result<Value> {
    browser
        .settled(&format!(
            "(await (await import('/pkg/index.js?{number}')).start({config})) && 'started'"
        ))
        .await
}

/// Nothing of all that was started shows, runs or is allowed.
async fn untouched(browser: &Browser, site: &Site) -> Result<()> {
    assert_eq!(browser.get::<String>("window.page").await?, "works");
    assert_eq!(browser.beacon(site, "untouched").await?, [""; 0]);
    let layers: usize = browser.get("document.querySelectorAll('mixus-privacy').length").await?;
    assert_eq!(layers, 0, "something is left in the page");
    Ok(())
}

pub(crate) async fn bad_config(flow: Flow) -> Result<Outcome> {
    let browser = bare(&flow).await?;
    for (at, (config, path)) in [
        ("{ region: 'Germany' }", "region"),
        ("{ region: 5 }", "region"),
        ("{ region: null }", "region"),
        ("{ regime: 'GDPR!' }", "regime"),
        ("{ language: 'english please' }", "language"),
        ("{ layout: 'round' }", "layout"),
        ("{ cookieDomain: 'a;b' }", "cookieDomain"),
        ("{ age: 'twelve' }", "age"),
        ("{ age: -1 }", "age"),
        ("{ gpc: 'yes' }", "gpc"),
        ("{ parent: 1 }", "parent"),
        ("{ organisation: {} }", "organisation.deny"),
        ("{ organisation: { deny: 'support-chat' } }", "organisation.deny"),
        ("{ organisation: 'none' }", "organisation"),
        ("null", ""),
        ("'DE'", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = start(&browser, at, config).await?;
        let error = &answer["error"];
        assert_eq!(error["name"], "PrivacyError", "{config}: {answer}");
        assert_eq!(error["code"], "config/type", "{config}: {answer}");
        let said = error["path"].as_str().unwrap_or_default();
        assert!(said.starts_with(path.split('.').next().unwrap_or("")), "{config}: {answer}");
    }
    untouched(&browser, &flow.site).await?;
    done()
}

pub(crate) async fn bad_policy(flow: Flow) -> Result<Outcome> {
    let browser = bare(&flow).await?;
    let mut faulty = document()?;
    faulty["purposes"][1]["key"] = json!("essential");
    faulty["services"][3]["purpose"] = json!("nothing");
    faulty["services"][4]["hosts"] = json!(["https://Not A Host"]);
    faulty["regimes"][0]["regions"][0] = json!("Germany");
    flow.site.reply("/faulty.json", Reply::json(&faulty));
    for (at, policy) in [faulty.to_string(), "'/faulty.json'".into()].into_iter().enumerate() {
        let answer = browser
            .settled(&format!(
                "await (await import('/pkg/index.js?faulty{at}')).start({{ policy: {policy} }}).catch((error) => \
                 ({{ code: error.code, path: error.path, faults: error.faults.map(({{ code, path }}) => code + ' ' + path) }}))"
            ))
            .await?;
        let told = &answer["value"];
        assert_eq!(told["code"], "policy/invalid", "{answer}");
        let faults = told["faults"].to_string();
        // All of them, each with its place, not the first.
        for fault in [
            "policy/duplicate-key purposes[1].key",
            "policy/unknown-purpose services[3].purpose",
            "policy/host services[4].hosts[0]",
            "policy/region regimes[0].regions[0]",
        ] {
            assert!(faults.contains(fault), "{fault} is not in {faults}");
        }
    }
    for (at, policy) in [
        "5",
        "{}",
        "[]",
        "null && 0",
        "{ plan: 'nonsense', texts: { en: { purposes: {} } }, language: 'en' }",
        "{ plan: 5, texts: { en: {} }, language: 'en' }",
        "{ plan: '1|x|y|\\n~0000000' }",
        "() => { throw new Error('no'); }",
    ]
    .into_iter()
    .enumerate()
    {
        if policy == "null && 0" {
            continue;
        }
        let answer = start(&browser, 100 + at, &format!("{{ policy: {policy} }}")).await?;
        let error = &answer["error"];
        assert_eq!(error["name"], "PrivacyError", "{policy}: {answer}");
        let code = error["code"].as_str().unwrap_or_default();
        assert!(code.starts_with("policy/"), "{policy}: {answer}");
    }
    untouched(&browser, &flow.site).await?;
    done()
}

pub(crate) async fn unreachable_policy(flow: Flow) -> Result<Outcome> {
    let browser = bare(&flow).await?;
    flow.site
        .reply("/page.html", Reply::html("<!doctype html><title>Not JSON</title>"));
    for (at, policy) in ["'/missing.json'", "'/page.html'", "'http://'"].into_iter().enumerate() {
        let answer = start(&browser, at, &format!("{{ policy: {policy} }}")).await?;
        assert_eq!(answer["error"]["code"], "policy/unreachable", "{policy}: {answer}");
        assert_eq!(answer["error"]["path"], "policy", "{policy}: {answer}");
    }
    untouched(&browser, &flow.site).await?;
    done()
}

pub(crate) async fn unknown_names(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new()
        .body(
            r#"
<script type="text/plain" data-category="nothing-of-the-kind" data-src="http://one.example/a.js"></script>
<script type="text/plain" data-category="analytics" data-src="http://two.example/a.js"></script>
<script type="text/plain" data-category="analytics,nothing" data-src="/held/both.js"></script>
<script type="text/plain" data-service="plausible" data-src="http://plausible.io/js/script.js"></script>"#,
        )
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.accept().await?;
    browser.control().await?;
    site.wait("plausible.io/js/script.js").await?;
    assert_eq!(browser.beacon(site, "unknown").await?, ["plausible.io/js/script.js"]);
    assert!(!site.requests().iter().any(|it| it.path == "/held/both.js"));
    // Each is told once, with the words of the markup.
    assert_eq!(
        browser.errors().await?,
        [
            "gate/unknown-name nothing-of-the-kind",
            "gate/undeclared-service analytics",
            "gate/unknown-name analytics,nothing"
        ]
    );
    let answer = browser.settled("await privacy.set({ nothing: true })").await?;
    assert_eq!(answer["error"]["code"], "consent/unknown-key", "{answer}");
    assert_eq!(answer["error"]["path"], "nothing", "{answer}");
    let answer = browser.settled("await privacy.set({ analytics: 'yes' })").await?;
    assert_eq!(answer["error"]["code"], "consent/type", "{answer}");
    let answer = browser.settled("await privacy.set({ essential: false })").await?;
    assert_eq!(answer["error"]["code"], "consent/not-optional", "{answer}");
    assert!(!browser.get::<bool>("privacy.allows('nothing')").await?);
    assert!(!browser.get::<bool>("privacy.allows('advertising')").await?);
    done()
}

pub(crate) async fn missing_language(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().language("tlh").put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    assert_eq!(browser.errors().await?, ["texts/missing-language tlh"]);
    let shown: [String; 2] = browser
        .get(&format!(
            "[document.querySelector('mixus-privacy').lang, {BANNER}.querySelector('h2').textContent]"
        ))
        .await?;
    assert_eq!(shown, ["en", "Your choice, before anything runs"]);
    assert_eq!(browser.get::<String>("document.documentElement.lang").await?, "tlh");
    done()
}

pub(crate) async fn started_twice(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    Page::new().body(TAGS).put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    let same = browser
        .settled("(await privacy.start({ region: 'US-CA' })) === (await privacy.start())")
        .await?;
    assert_eq!(same["value"], true);
    assert_eq!(browser.get::<String>("privacy.decision().regime").await?, "gdpr");
    let layers: usize = browser.get("document.querySelectorAll('mixus-privacy').length").await?;
    assert_eq!(layers, 1);
    browser.accept().await?;
    browser.control().await?;
    site.wait("plausible.io/js/script.js").await?;
    browser.wait("window.ran?.length === 2").await?;
    let arrived = browser.beacon(site, "twice").await?;
    assert_eq!(arrived.iter().filter(|it| it.contains("plausible")).count(), 1, "{arrived:?}");
    done()
}
