//! Strict mode: every way in which a script can send something to a vendor that nobody marked or
//! declared. A vector is a file of `tests/vectors/`: its first line says whether it makes an
//! `element`, which is held and let go, or a `call`, which is dropped and has to be made again.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::policy::{document, source, version};
use mixus_privacy_tests::{Browser, Engine, Flow, Outcome, Page, Reply, Site, done, root};

pub(crate) const GUARDS: &str = "<script src=\"/pkg/guard.js\" data-version=\"VERSION\"></script>\
    <script src=\"/pkg/guard-strict.js\" data-allow=\"seen.example\"></script>";
/// What makes a request to a vendor from a worker.
const WORKER: &str = "fetch(location.hash.slice(1), { mode: 'no-cors' }).catch(() => {});";

pub(crate) struct Vector {
    name: String,
    /// It makes an element, which is held.
    element: bool,
    /// It can only run while the page is being parsed.
    once: bool,
    /// A browser that has what it loads asks nobody for it again.
    cached: bool,
    script: String,
}

/// The vectors that can fire in an engine.
fn vectors(engine: Engine) -> Result<Vec<Vector>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("tests/vectors"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|it| it != "js") {
            continue;
        }
        let name = path.file_stem().and_then(|it| it.to_str()).context("a name")?.to_owned();
        let script = fs::read_to_string(&path)?;
        let head = script.lines().next().unwrap_or("").to_owned();
        let says = |word: &str| head.split(' ').any(|it| it == word);
        if says(&engine.to_string()) {
            continue;
        }
        let (element, once, cached) = (says("element"), says("once"), says("cached"));
        found.push(Vector {
            name,
            element,
            once,
            cached,
            script,
        });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// A page with all of them, each of which has a host of its own.
pub(crate) fn page(site: &Site, vectors: &[Vector], guards: &str) -> Result<Page> {
    let mut document = document()?;
    for purpose in document["purposes"].as_array_mut().context("a list")? {
        purpose.as_object_mut().context("a purpose")?.shift_remove("closed");
    }
    let mut script = String::from("window.vectors = {");
    for Vector {
        name, script: body, ..
    } in vectors
    {
        write!(script, "'{name}': (at) => {{\n{body}\n}},")?;
    }
    script.push_str(
        "};\
        window.fire = (names = Object.keys(vectors).filter((it) => !/^\\/\\/ .*once/m.test(vectors[it]))) => {\
            for (const name of names) {\
                try { vectors[name]((path) => `http://${name}.vendor.example/${path}`); }\
                catch (error) { console.error(name, error); (window.thrown ||= []).push(`${name}: ${error}`); }\
            }\
        };\
        fire(Object.keys(vectors));",
    );
    site.reply("/vectors/all.js", Reply::script(script));
    site.reply("/vectors/worker.js", Reply::script(WORKER));
    Ok(Page::new()
        .guard(&guards.replace("VERSION", &version()?))
        .policy(&source(&document)?.to_string())
        .body("<script src=\"/vectors/all.js\"></script>"))
}

/// The vectors whose hosts have been asked for something.
pub(crate) fn fired(site: &Site) -> BTreeSet<String> {
    let arrived = site.arrived().into_iter();
    arrived
        .filter_map(|it| it.split_once(".vendor.example").map(|(name, _)| name.to_owned()))
        .collect()
}

fn names(vectors: &[Vector], which: impl Fn(&Vector) -> bool) -> BTreeSet<String> {
    vectors.iter().filter(|it| which(it)).map(|it| it.name.clone()).collect()
}

/// Waits until all of `wanted` have fired, or answers which have not.
pub(crate) async fn missing(
    browser: &Browser,
    site: &Site,
    wanted: &BTreeSet<String>,
) -> Result<BTreeSet<String>> {
    for round in 0..60 {
        let left: BTreeSet<String> = wanted.difference(&fired(site)).cloned().collect();
        if left.is_empty() {
            return Ok(left);
        }
        // A page may be on its way to the next one.
        let _ = settle(browser, site, &format!("m{round}")).await;
    }
    Ok(wanted.difference(&fired(site)).cloned().collect())
}

/// Lets a page do what it is about to do: what was started before a request of its own, a frame
/// and a timer has then been sent.
pub(crate) async fn settle(browser: &Browser, site: &Site, name: &str) -> Result<()> {
    browser
        .settled("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
        .await?;
    browser
        .run(&format!("new Image().src = 'http://seen.example/{name}.svg?' + Math.random()"))
        .await?;
    let start = format!("seen.example/{name}.svg");
    for _ in 0..200 {
        if site.arrived().iter().any(|it| it.starts_with(&start)) {
            break;
        }
        browser.settled("new Promise((done) => setTimeout(done, 10))").await?;
    }
    Ok(())
}

/// Nothing has fired, and nothing was thrown.
pub(crate) async fn silent(browser: &Browser, site: &Site, stage: &str) -> Result<()> {
    settle(browser, site, stage).await?;
    settle(browser, site, &format!("{stage}-more")).await?;
    assert_eq!(fired(site), BTreeSet::new(), "{stage}");
    let thrown: Vec<String> = browser.get("window.thrown ?? []").await?;
    assert_eq!(thrown, [""; 0], "{stage}");
    Ok(())
}

/// Without guards every vector fires, or it would prove nothing that it does not with them.
pub(crate) async fn control_run(flow: Flow) -> Result<Outcome> {
    let Flow { site, engine } = &flow;
    let vectors = vectors(*engine)?;
    page(site, &vectors, "")?.put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    let left = missing(&browser, site, &names(&vectors, |_| true)).await?;
    assert_eq!(left, BTreeSet::new());
    done()
}

pub(crate) async fn held_until_refused(flow: Flow) -> Result<Outcome> {
    let Flow { site, engine } = &flow;
    let vectors = vectors(*engine)?;
    page(site, &vectors, GUARDS)?.put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    silent(&browser, site, "before").await?;
    browser.reject().await?;
    browser.control().await?;
    browser.run("fire()").await?;
    silent(&browser, site, "refused").await?;
    browser.session.refresh().await?;
    browser.control().await?;
    silent(&browser, site, "next").await?;
    done()
}

pub(crate) async fn let_go_and_taken_back(flow: Flow) -> Result<Outcome> {
    let Flow { site, engine } = &flow;
    let vectors = vectors(*engine)?;
    page(site, &vectors, GUARDS)?.put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    silent(&browser, site, "before").await?;
    // What was held as an element comes by itself, what was a call when it is made again.
    browser.accept().await?;
    let elements = names(&vectors, |it| it.element);
    assert_eq!(missing(&browser, site, &elements).await?, BTreeSet::new(), "let go");
    let calls = names(&vectors, |it| !it.element && !it.once);
    browser.run(&format!("fire({})", serde_json::to_string(&calls)?)).await?;
    assert_eq!(missing(&browser, site, &calls).await?, BTreeSet::new(), "made again");
    // On the next page all of it, without another word.
    site.forget();
    browser.session.refresh().await?;
    browser.control().await?;
    let again = names(&vectors, |it| it.element && !it.cached);
    assert_eq!(missing(&browser, site, &again).await?, BTreeSet::new(), "returned");
    // Code that has run is still there, and reaches nobody any more, not even on leaving.
    browser.run("privacy.withdraw()").await?;
    browser.wait("allowed().length === 0").await?;
    settle(&browser, site, "withdrawn").await?;
    site.forget();
    let again = names(&vectors, |it| !it.once);
    let again = serde_json::to_string(&again)?;
    browser
        .run(&format!(
            "addEventListener('pagehide', () => {{\
                 navigator.sendBeacon('http://unload-beacon.vendor.example/', '1');\
                 fetch('http://unload-fetch.vendor.example/', {{ method: 'POST', mode: 'no-cors', keepalive: true }}).catch(() => {{}});\
             }});\
             fire({again})"
        ))
        .await?;
    silent(&browser, site, "taken-back").await?;
    browser.session.refresh().await?;
    browser.control().await?;
    silent(&browser, site, "next").await?;
    done()
}

/// What a vendor's script keeps, by every way there is.
const STORES: &str = "window.store = async () => {\
    const may = async (write) => { try { await write(); } catch {} };\
    await may(() => { document.cookie = '_vendor_a=1;Path=/'; });\
    await may(() => globalThis.cookieStore?.set('_vendor_b', '1'));\
    await may(() => { localStorage.vendorA = '1'; });\
    await may(() => localStorage.setItem('vendorB', '1'));\
    await may(() => sessionStorage.setItem('vendorC', '1'));\
    await may(() => new Promise((done, failed) => {\
        const request = indexedDB.open('vendorD');\
        request.onerror = failed;\
        request.onsuccess = () => { request.result.close(); done(); };\
    }));\
    await may(() => caches.open('vendorE'));\
    window.stored = (window.stored || 0) + 1;\
};\
window.look = () => [document.cookie, Object.keys(localStorage), localStorage.getItem('own'), localStorage.own];\
store();";

/// The names of everything that is stored and is not the package's own.
const KEPT: &str = "(async () => [\
    ...document.cookie.split('; ').map((it) => it.split('=')[0]),\
    ...Object.keys(localStorage), ...Object.keys(sessionStorage),\
    ...(await indexedDB.databases()).map((it) => it.name), ...(globalThis.caches ? await caches.keys() : []),\
].filter((it) => /vendor/i.test(it)).sort())()";

/// What an undeclared vendor stored goes when it may not be here any more, and it stores nothing new.
pub(crate) async fn storage_of_a_vendor(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    site.reply("store.vendor.example/store.js", Reply::script(STORES));
    let insert = "const it = document.createElement('script'); it.src = 'http://store.vendor.example/store.js'; document.head.append(it); localStorage.own = 'mine';";
    page(site, &[], GUARDS)?
        .body(&format!("<script>{insert}</script>"))
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    silent(&browser, site, "before").await?;
    assert_eq!(browser.settled(KEPT).await?["value"], serde_json::json!([]));
    browser.accept().await?;
    browser.wait("window.stored === 1").await?;
    let kept = browser.settled(KEPT).await?["value"].clone();
    let kept: BTreeSet<String> = serde_json::from_value(kept)?;
    for name in ["_vendor_a", "vendorA", "vendorB", "vendorC", "vendorD"] {
        assert!(kept.contains(name), "{name} of {kept:?}");
    }
    // On another page than the one on which it was written.
    browser.session.refresh().await?;
    browser.control().await?;
    browser.wait("window.stored === 1").await?;
    browser.run("privacy.withdraw()").await?;
    browser.wait("news.some((it) => it.name === 'erased')").await?;
    assert_eq!(browser.settled(KEPT).await?["value"], serde_json::json!([]));
    let left: Vec<String> = browser
        .get("news.find((it) => it.name === 'erased').detail.left.map((it) => it.name)")
        .await?;
    assert_eq!(left, [""; 0]);
    browser.run("store()").await?;
    browser.wait("window.stored === 2").await?;
    assert_eq!(browser.settled(KEPT).await?["value"], serde_json::json!([]));
    // It does not read either, and the page's own code does.
    let seen: serde_json::Value = browser.get("look()").await?;
    assert_eq!(seen[0], "");
    assert_eq!(seen[2], serde_json::Value::Null);
    assert_eq!(seen[3], serde_json::Value::Null);
    let own: String = browser.get("localStorage.own").await?;
    assert_eq!(own, "mine");
    done()
}

/// The hosts that have been asked, of some that are asked now.
async fn reached(browser: &Browser, site: &Site, stage: &str, hosts: &[&str]) -> Result<Vec<String>> {
    site.forget();
    let hosts_json = serde_json::to_string(hosts)?;
    browser
        .run(&format!(
            "for (const host of {hosts_json}) fetch(host.startsWith('/') ? host : `http://${{host}}`, {{ mode: 'no-cors' }}).catch(() => {{}})"
        ))
        .await?;
    settle(browser, site, stage).await?;
    let all = site.requests();
    let asked = |it: &&&str| all.iter().any(|request| format!("{}{}", request.host, request.path) == ***it);
    Ok(hosts.iter().filter(asked).map(|it| (*it).to_owned()).collect())
}

/// What the site needs passes, what it disguises does not, and every service as the person decided.
pub(crate) async fn each_as_decided(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    let guards = GUARDS.replace(
        "data-allow=\"seen.example\"",
        "data-allow=\"seen.example cdn.example\" data-hold=\"/stats/\" data-names=\"_ga* chat=support-chat\"",
    );
    page(site, &[], &guards)?.put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    let hosts = [
        "cdn.example/lib.js",
        "images.cdn.example/a.svg",
        "/own",
        "/stats/event",
        "plausible.io/event",
        "app.chatwoot.com/embed",
        "unknown.example/event",
        "stats.g.doubleclick.net/event",
    ];
    let needed = ["cdn.example/lib.js", "images.cdn.example/a.svg", "/own"];
    assert_eq!(reached(&browser, site, "asked", &hosts).await?, needed);
    // Names of optional services are held whoever writes them, and no others.
    browser
        .run("document.cookie = '_ga_1=1'; document.cookie = 'theme=dark'; localStorage.chat = '1'; localStorage.setItem('cart', '1')")
        .await?;
    let kept = "[document.cookie.split('; ').filter((it) => /_ga|theme/.test(it)), localStorage.getItem('chat'), localStorage.cart]";
    let seen: serde_json::Value = browser.get(kept).await?;
    assert_eq!(seen, serde_json::json!([["theme=dark"], null, "1"]));

    browser.choose().await?;
    browser.turn("analytics").await?;
    browser.panel_button("save").await?;
    browser.control().await?;
    let some = [&needed[..], &["plausible.io/event"]].concat();
    assert_eq!(reached(&browser, site, "some", &hosts).await?, some);

    browser.control_button(0).await?;
    browser.panel().await?;
    browser.panel_button("accept").await?;
    browser.wait("allowed().length === 4").await?;
    let all = &hosts[..7];
    assert_eq!(reached(&browser, site, "all", &hosts).await?, all);
    browser.run("document.cookie = '_ga_1=1'; localStorage.chat = '1'").await?;
    let seen: serde_json::Value = browser.get(kept).await?;
    assert_eq!(seen, serde_json::json!([["theme=dark", "_ga_1=1"], "1", "1"]));
    done()
}

/// To introduce strict mode: nothing is held, and what would be is listed with what would let it pass.
pub(crate) async fn report_mode(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    page(site, &[], &GUARDS.replace("data-allow", "data-mode=\"report\" data-allow"))?.put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    let hosts = ["unknown.example/event", "plausible.io/event"];
    assert_eq!(reached(&browser, site, "report", &hosts).await?, hosts);
    browser.wait("mixusPrivacyGuard.report.length").await?;
    let report: serde_json::Value = browser
        .get("mixusPrivacyGuard.report.filter((it) => it.kind === 'fetch')")
        .await?;
    assert_eq!(
        report,
        serde_json::json!([
            {"kind": "fetch", "url": "http://unknown.example/event", "line": "data-allow=\"unknown.example\""},
            {"kind": "fetch", "url": "http://plausible.io/event", "line": "data-allow=\"plausible.io\""},
        ])
    );
    done()
}

/// A tag of the markup can be essential; one that a script made cannot call itself so.
pub(crate) async fn essential_tags(flow: Flow) -> Result<Outcome> {
    let Flow { site, .. } = &flow;
    let made = "const it = document.createElement('script'); it.dataset.essential = ''; it.src = 'http://made.vendor.example/made.js'; document.body.append(it);";
    page(site, &[], GUARDS)?
        .body(&format!(
            "<script data-essential src=\"http://markup.example/pay.js\"></script><script>{made}</script>"
        ))
        .put(site, "/");
    let browser = flow.browser().await?;
    browser.open(&site.url("/")).await?;
    browser.banner().await?;
    site.wait("markup.example/pay.js").await?;
    silent(&browser, site, "made").await?;
    let source: Option<String> = browser
        .get("document.querySelector('script[src*=pay]').getAttribute('src')")
        .await?;
    assert_eq!(source.as_deref(), Some("http://markup.example/pay.js"));
    done()
}
