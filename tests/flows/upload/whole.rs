//! Files that arrive at once.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mixus_privacy_tests::policy::{document, source, version};
use mixus_privacy_tests::{CutProxy, Flow, Outcome, RecordServer, done as end};
use serde_json::{Value, json};

use super::{begin, behind_a_network, done, is_right, open, page};
use crate::strict::GUARDS;
use crate::sync::value;

/// Of all lengths: what the server has is not the file, what it is told is its length, and whoever it is for opens it.
pub(crate) async fn uploaded_and_opened(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::for_files(&flow.site).await?;
    page(&flow).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow).await?;
    for (size, options) in [
        (0, ""),
        (1, ""),
        (524_232, ""),
        (524_233, ""),
        (super::MUCH, ""),
        (super::MUCH, "parts: 3"),
        (5_000_000, "segment: 4096"),
        (1_000_000, "padded: true"),
    ] {
        begin(&browser, &server.files(), &format!("size: {size}"), options).await?;
        done(&browser).await?;
        is_right(&browser).await?;
        let told = value(&browser, "files.told()").await?;
        let told: Vec<Vec<f64>> = serde_json::from_value(told)?;
        let sent: Vec<f64> = told.iter().map(|it| it[0]).collect();
        assert!(sent.is_sorted(), "{sent:?}");
        let last = told.last().context("progress")?;
        assert_eq!((last[0], last[3]), (last[1], 0.0), "{told:?}");
    }
    let files = server.kept_files()?;
    assert_eq!(files.len(), 8);
    for file in files {
        let bytes = std::fs::read(file)?;
        assert!(!bytes.windows(4).any(|it| it == b".pdf"));
    }
    assert_eq!(value(&browser, "files.unfinished()").await?, Value::Array(Vec::new()));
    end()
}

/// Whatever has been decided, and in strict mode: files go where the policy says for the person's region, the envelope names the
/// record in force, and nobody hears of them.
pub(crate) async fn whatever_was_decided(flow: Flow) -> Result<Outcome> {
    let (world, europe) = (
        RecordServer::for_files(&flow.site).await?,
        RecordServer::for_files(&flow.site).await?,
    );
    let mut document = document()?;
    document["endpoints"] = json!([
        {"regimes": ["gdpr", "unknown"], "url": format!("http://{}", europe.address)},
        {"url": format!("http://{}", world.address)},
    ]);
    for (path, region) in [("/de", "DE"), ("/us", "US-CA"), ("/somewhere", "")] {
        let page = page(&flow)
            .guard(&GUARDS.replace("VERSION", &version()?))
            .config(json!({ "region": region }))
            .policy(&source(&document)?.to_string());
        let page = if region.is_empty() {
            page
        } else {
            page.after(&format!(";{}", europe.script()))
        };
        page.put(&flow.site, path);
    }
    let browser = flow.browser().await?;
    let server = |path: &str| if path == "/us" { &world } else { &europe };
    for (path, decide) in [
        ("/de", ""),
        ("/de", "privacy.rejectAll()"),
        ("/us", "privacy.set({ analytics: false })"),
        ("/somewhere", "privacy.rejectAll()"),
    ] {
        browser.open(&flow.site.url(path)).await?;
        browser.wait("window.started && window.files").await?;
        if !decide.is_empty() {
            value(&browser, decide).await?;
        }
        let synced = path != "/somewhere";
        if synced {
            browser.wait("window.records || window.unsynced").await?;
            value(&browser, "records.flush()").await?;
        }
        let before = server(path).kept_files()?.len();
        let sync = if synced { "sync: records" } else { "" };
        browser
            .run(&format!("files.begin({{ size: 3000000 }}, {{ privacy, {sync} }})"))
            .await?;
        done(&browser).await?;
        is_right(&browser).await?;
        assert_eq!(server(path).kept_files()?.len(), before + 1, "{path}");
        let named: Vec<u8> = serde_json::from_value(value(&browser, "files.recordIn()").await?)?;
        if decide.is_empty() {
            assert_eq!(named, [0; 32]);
        } else if synced {
            let id = value(&browser, "records.history().then((it) => it.at(-1).id)").await?;
            let id = URL_SAFE_NO_PAD.decode(id.as_str().context("an id")?)?;
            assert_eq!(named[..16], id[6..]);
        } else {
            assert_ne!(named, [0; 32]);
        }
    }
    assert_eq!(flow.site.arrived(), Vec::<String>::new());
    let requests = flow.site.requests();
    assert!(requests.iter().all(|it| !it.path.contains("pdf") && !it.body.contains("pdf")));
    assert!(!requests.iter().any(|it| it.path.contains("/v1/files")));
    end()
}

/// Where nothing can be kept a file is uploaded all the same, and after a reload from its beginning.
pub(crate) async fn nothing_kept(flow: Flow) -> Result<Outcome> {
    let server = RecordServer::for_files(&flow.site).await?;
    let network = CutProxy::start(server.address).await?;
    let at = format!("http://{}/v1/files", network.address);
    // Refused from the beginning, and while it is under way.
    for (refused, waits) in [
        (
            "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }",
            false,
        ),
        (
            "const put = IDBObjectStore.prototype.put; \
             IDBObjectStore.prototype.put = function (...all) { \
               if (this.name === 'tags' && (window.puts = (window.puts || 0) + 1) > 2) throw new DOMException('full', 'QuotaExceededError'); \
               return put.apply(this, all); }",
            true,
        ),
    ] {
        page(&flow).before(refused).put(&flow.site, "/");
        let browser = flow.browser().await?;
        open(&browser, &flow).await?;
        network.hold(10_000_000);
        let cuts = network.cuts();
        begin(&browser, &at, "size: 14000000", "").await?;
        network.cut(cuts + 2).await?;
        assert_eq!(waits, browser.get::<bool>("window.puts > 2").await?);
        assert!(
            value(&browser, "files.unfinished()")
                .await?
                .as_array()
                .is_some_and(Vec::is_empty)
        );
        // As long as the page is there it goes on where it was.
        let before = network.sent();
        network.hold(u64::MAX);
        done(&browser).await?;
        is_right(&browser).await?;
        assert!(network.sent() - before < 8_000_000);
    }
    assert_eq!(server.kept_files()?.len(), 2);
    end()
}

/// One file in two tabs: one sends it, and then the other does; neither spoils the other's.
pub(crate) async fn two_tabs_with_a_file(flow: Flow) -> Result<Outcome> {
    let (server, network, browser, at) = behind_a_network(&flow).await?;
    let first = browser.session.window().await?;
    network.hold(6_000_000);
    begin(&browser, &at, "size: 14000000", "").await?;
    network.cut(1).await?;
    let second = browser.session.new_tab().await?;
    browser.session.switch_to_window(second).await?;
    open(&browser, &flow).await?;
    begin(&browser, &at, "size: 14000000", "").await?;
    // It waits for the first, and giving it up leaves the first alone.
    browser
        .wait("navigator.locks.query().then(({ pending }) => pending.length === 1)")
        .await?;
    value(&browser, "state.upload.abort()").await?;
    browser.wait("state.failed === 'AbortError'").await?;
    begin(&browser, &at, "size: 14000000", "").await?;
    network.hold(u64::MAX);
    done(&browser).await?;
    is_right(&browser).await?;
    browser.session.switch_to_window(first).await?;
    done(&browser).await?;
    is_right(&browser).await?;
    assert_eq!(server.kept_files()?.len(), 2);
    end()
}
