//! Sites as there are: vendors' kits inside their own code, and an application of one page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context as _, Result, bail};
use mixus_privacy_tests::policy::{add_service, document, source};
use mixus_privacy_tests::{Browser, Flow, Outcome, Page, Reply, Site, done, root};

use crate::strict::{GUARDS, fired, missing, page, settle, silent};

/// Marked tags only.
const GUARD: &str = "<script src=\"/pkg/guard.js\"></script>";
/// Names under which the kits keep something.
const NAMES: &str = "data-names=\"ph_* mp_* __mp* AMP_* amp_* sentry*\" ";
const KITS: [&str; 7] = ["amplitude", "chat", "mixpanel", "plausible", "posthog", "sentry", "vitals"];

/// Bundles a file of `tests/sites/`, once.
fn bundle(name: &str) -> Result<Reply> {
    static ONE: Mutex<()> = Mutex::new(());
    let guard = ONE.lock();
    let to = root().join("target/sites").join(name).with_extension("js");
    let made = Command::new(root().join("js/node_modules/.bin/esbuild"))
        .arg(root().join("tests/sites").join(name))
        .args(["--bundle", "--minify", "--jsx=automatic", "--log-level=error"])
        .arg("--define:process.env.NODE_ENV=\"production\"")
        .arg(format!("--outfile={}", to.display()))
        .status()?;
    drop(guard);
    if !made.success() {
        bail!("{name} was not bundled");
    }
    Ok(Reply::script(fs::read(&to).with_context(|| to.display().to_string())?))
}

/// What is stored and is not the package's own.
const KEPT: &str = "[...document.cookie.split('; ').map((it) => it.split('=')[0]), ...Object.keys(localStorage), \
    ...Object.keys(sessionStorage)].filter((it) => it && !it.startsWith('mixus')).sort()";

fn kits() -> BTreeSet<String> {
    KITS.map(String::from).into()
}

async fn site(flow: &Flow, guards: &str) -> Result<Browser> {
    flow.site.reply("/sdks.js", bundle("sdks.js")?);
    page(&flow.site, &[], guards)?
        .body("<script src=\"/sdks.js\"></script>")
        .put(&flow.site, "/");
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    Ok(browser)
}

/// Without the guards, every kit reaches its vendor and keeps something.
pub(crate) async fn kits_control(flow: Flow) -> Result<Outcome> {
    let browser = site(&flow, "").await?;
    assert_eq!(missing(&browser, &flow.site, &kits()).await?, BTreeSet::new());
    let kept: Vec<String> = browser.get(KEPT).await?;
    assert!(kept.len() > 3, "{kept:?}");
    done()
}

pub(crate) async fn kits_are_silent(flow: Flow) -> Result<Outcome> {
    let site_ = &flow.site;
    let guards = GUARDS.replace("data-allow", &format!("{NAMES}data-allow"));
    let browser = site(&flow, &guards).await?;
    let nothing = |stage: &'static str| {
        let browser = &browser;
        async move {
            silent(browser, site_, stage).await?;
            let kept: Vec<String> = browser.get(KEPT).await?;
            assert_eq!(kept, [""; 0], "{stage}");
            anyhow::Ok(())
        }
    };
    browser.banner().await?;
    nothing("before").await?;
    browser.run("act()").await?;
    nothing("before-act").await?;
    browser.reject().await?;
    browser.control().await?;
    browser.run("act()").await?;
    nothing("refused").await?;
    browser.session.refresh().await?;
    browser.control().await?;
    nothing("refused-next").await?;

    browser.control_button(0).await?;
    browser.panel().await?;
    browser.panel_button("accept").await?;
    browser.wait("allowed().length === 4").await?;
    browser.session.refresh().await?;
    browser.control().await?;
    browser.run("act()").await?;
    assert_eq!(missing(&browser, site_, &kits()).await?, BTreeSet::new(), "accepted");
    let kept: Vec<String> = browser.get(KEPT).await?;
    assert!(kept.len() > 2, "{kept:?}");

    browser.run("privacy.withdraw()").await?;
    browser.wait("news.some((it) => it.name === 'erased')").await?;
    settle(&browser, site_, "withdrawn").await?;
    site_.forget();
    browser.run("act()").await?;
    nothing("withdrawn").await?;
    // Leaving, with what the kits have queued.
    browser.session.refresh().await?;
    browser.control().await?;
    nothing("next").await?;
    assert_eq!(fired(site_), BTreeSet::new());
    done()
}

async fn application(flow: &Flow, guards: &str) -> Result<Browser> {
    let site: &Site = &flow.site;
    site.reply("/app.js", bundle("app.jsx")?);
    site.reply(
        "/own.svg",
        Reply::of(
            "image/svg+xml",
            "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>",
        ),
    );
    site.reply("/data.json", Reply::json(&serde_json::json!({"text": "loaded"})));
    for address in ["/", "/media"] {
        page(site, &[], guards)?
            .body("<div id=\"root\"></div><script src=\"/app.js\"></script>")
            .put(site, address);
    }
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    Ok(browser)
}

/// An application of one page works as before: taken over without a fault, with its state, routes
/// and data; what it shows of vendors comes and goes with the decision.
pub(crate) async fn application_of_one_page(flow: Flow) -> Result<Outcome> {
    let site = &flow.site;
    let browser = application(&flow, GUARDS).await?;
    browser.banner().await?;
    browser.run("document.getElementById('count').click()").await?;
    browser.wait("document.getElementById('count').textContent === '1'").await?;
    browser.wait("document.getElementById('own').naturalWidth === 8").await?;
    let style: String = browser.get("document.getElementById('styled').style.backgroundImage").await?;
    assert!(style.contains("/own.svg?style"), "{style}");
    browser.run("document.getElementById('media').click()").await?;
    browser
        .wait("document.getElementById('data')?.textContent === 'loaded'")
        .await?;
    silent(&browser, site, "before").await?;
    browser.accept().await?;
    let all: BTreeSet<String> = ["pixel", "embed", "markup"].map(String::from).into();
    assert_eq!(missing(&browser, site, &all).await?, BTreeSet::new(), "accepted");
    // Away and back: what React takes out and puts in again.
    browser.run("document.getElementById('home').click()").await?;
    browser.wait("document.getElementById('count')").await?;
    browser.run("document.getElementById('media').click()").await?;
    browser
        .wait("document.getElementById('data')?.textContent === 'loaded'")
        .await?;
    browser.run("privacy.withdraw()").await?;
    browser.wait("allowed().length === 0").await?;
    settle(&browser, site, "withdrawn").await?;
    site.forget();
    browser.run("document.getElementById('home').click()").await?;
    browser.wait("document.getElementById('count')").await?;
    browser.run("document.getElementById('media').click()").await?;
    browser
        .wait("document.getElementById('data')?.textContent === 'loaded'")
        .await?;
    silent(&browser, site, "withdrawn").await?;
    // A page deep inside, made on the server.
    browser.open(&site.url("/media")).await?;
    browser.control().await?;
    browser
        .wait("document.getElementById('data')?.textContent === 'loaded'")
        .await?;
    silent(&browser, site, "inside").await?;
    let faults: Vec<String> = browser.get("faults").await?;
    assert_eq!(faults, [""; 0]);
    assert_eq!(browser.errors().await?, [""; 0]);
    done()
}

/// Nothing that code can find out about the platform is different, so that nothing breaks that looks
/// for features, extends classes or counts on errors.
pub(crate) async fn hooks_are_invisible(flow: Flow) -> Result<Outcome> {
    let site = &flow.site;
    let script = fs::read(root().join("tests/sites/probe.js"))?;
    site.reply("/probe.js", Reply::script(script));
    let browser = flow.browser().await?;
    let mut seen: Vec<BTreeMap<String, String>> = Vec::new();
    for (address, guards) in [("/plain", ""), ("/guarded", GUARDS)] {
        page(site, &[], guards)?
            .body("<script src=\"/probe.js\"></script>")
            .put(site, address);
        browser.open(&site.url(address)).await?;
        browser.banner().await?;
        seen.push(browser.get("probe").await?);
    }
    assert!(seen[0].len() > 60, "{}", seen[0].len());
    for (name, plain) in &seen[0] {
        assert_eq!(seen[1].get(name), Some(plain), "{name}");
    }
    done()
}

/// Kits that can be told to stop are told so by a withdrawal, and to go on by a new grant; those of
/// what stays allowed are left alone.
pub(crate) async fn kits_are_told(flow: Flow) -> Result<Outcome> {
    let site = &flow.site;
    let mut document = document()?;
    add_service(&mut document, "posthog", "analytics", "posthog.com");
    add_service(&mut document, "intercom", "support-chat", "intercom.io");
    let kits = "window.calls = []; window.posthog = { opt_out_capturing() { calls.push('out'); }, opt_in_capturing() { calls.push('in'); } };\
        window.Intercom = (...args) => calls.push(args.join());\
        window.clarity = () => { throw new Error('a faulty kit'); };";
    site.reply("/kits.js", Reply::script(kits));
    for (address, guards) in [("/marked", GUARD), ("/strict", GUARDS)] {
        Page::new()
            .guard(&guards.replace("VERSION", "x"))
            .policy(&source(&document)?.to_string())
            .body("<script src=\"/kits.js\"></script>")
            .put(site, address);
        let browser = flow.browser().await?;
        browser.open(&site.url(address)).await?;
        browser.accept().await?;
        browser.wait("allowed().length === 4").await?;
        browser.run("privacy.withdraw('analytics')").await?;
        browser.wait("calls.length").await?;
        assert_eq!(browser.get::<Vec<String>>("calls").await?, ["out"], "{address}");
        browser.control_button(0).await?;
        browser.panel().await?;
        browser.panel_button("accept").await?;
        browser.wait("calls.length === 2").await?;
        browser.run("privacy.withdraw()").await?;
        browser.wait("calls.length === 4").await?;
        assert_eq!(
            browser.get::<Vec<String>>("calls").await?,
            ["out", "in", "out", "shutdown"],
            "{address}"
        );
    }
    done()
}

/// A service worker that nobody listed ends with the withdrawal.
pub(crate) async fn service_worker_ends(flow: Flow) -> Result<Outcome> {
    let site = &flow.site;
    site.reply("/vendor-worker.js", Reply::script("addEventListener('fetch', () => {});"));
    site.reply(
        "/own-worker.js",
        Reply::script("addEventListener('fetch', () => {});").header("service-worker-allowed", "/"),
    );
    let guards = GUARDS.replace("data-allow=\"", "data-allow=\"/own-worker.js ");
    page(site, &[], &guards)?.put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    let register = "(async () => { const all = [];\
        for (const [url, scope] of [['/vendor-worker.js', '/v/'], ['/own-worker.js', '/o/']])\
            all.push(await navigator.serviceWorker.register(url, { scope }).then(() => 'yes', (error) => error.name));\
        return all; })()";
    let listed = "(async () => (await navigator.serviceWorker.getRegistrations()).map((it) => new URL(it.scope).pathname).sort())()";
    if !browser.get::<bool>("'serviceWorker' in navigator").await? {
        return Ok(Outcome::Skipped("no service workers".into()));
    }
    assert_eq!(
        browser.settled(register).await?["value"],
        serde_json::json!(["SecurityError", "yes"])
    );
    browser.accept().await?;
    browser.wait("allowed().length === 4").await?;
    assert_eq!(browser.settled(register).await?["value"], serde_json::json!(["yes", "yes"]));
    assert_eq!(browser.settled(listed).await?["value"], serde_json::json!(["/o/", "/v/"]));
    browser.run("privacy.withdraw()").await?;
    browser.wait("news.some((it) => it.name === 'erased')").await?;
    assert_eq!(browser.settled(listed).await?["value"], serde_json::json!(["/o/"]));
    let told: Vec<String> = browser
        .get("news.find((it) => it.name === 'erased').detail.removed.filter((it) => it.area === 'worker').map((it) => new URL(it.name).pathname)")
        .await?;
    assert_eq!(told, ["/vendor-worker.js"]);
    done()
}

/// The developer's panel names what is held, with the line that would let it pass.
pub(crate) async fn developer_panel(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    page(site, &[], GUARDS)?.put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    browser.run("fetch('http://unknown.example/event').catch(() => {})").await?;
    browser
        .run("Promise.all([import('/pkg/devtools.js'), import('/pkg/index.js')]).then(([it, privacy]) => window.shut = it.open(privacy))")
        .await?;
    let panel = "document.querySelector('mixus-privacy-devtools')";
    let rows = format!("[...{panel}.shadowRoot.querySelectorAll('section:first-of-type li')]");
    browser
        .wait(&format!(
            "{panel} && {rows}.some((it) => it.querySelector('b').textContent === 'unknown.example')"
        ))
        .await?;
    let line: String = browser
        .get(&format!(
            "{rows}.find((it) => it.textContent.includes('unknown')).querySelector('button').textContent"
        ))
        .await?;
    assert_eq!(line, "Copy data-allow=\"unknown.example\"");
    let mode: String = browser
        .get(&format!("{panel}.shadowRoot.querySelector('.mode').textContent"))
        .await?;
    assert_eq!(mode, "strict");
    // What is held while it is open is shown too; and it goes when it is told to.
    browser.run("fetch('http://later.example/event').catch(() => {})").await?;
    browser
        .wait(&format!("{rows}.some((it) => it.textContent.includes('later.example'))"))
        .await?;
    browser.run("window.shut()").await?;
    browser.wait(&format!("!{panel}")).await?;
    done()
}
