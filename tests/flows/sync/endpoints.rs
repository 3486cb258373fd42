//! Which server gets what, and whether it is the one that it says it is.

use anyhow::Result;
use mixus_privacy_tests::{Browser, Flow, Outcome, Page, RecordServer, done};
use serde_json::{Value, json};

use super::{history, kept, open, value};

/// A page for somebody in a region, with a server of Europe's own.
fn page(flow: &Flow, path: &str, region: &str, servers: [&RecordServer; 2]) {
    let [world, europe] = servers.map(|it| it.address);
    Page::new()
        .config(json!({"region": region}))
        .after(
            &servers[0]
                .script_with(world, &format!("to: {{ default: 'http://{world}', eu: 'http://{europe}' }}")),
        )
        .put(&flow.site, path);
}

async fn decide(browser: &Browser, flow: &Flow, path: &str, count: usize) -> Result<()> {
    open(browser, flow, path).await?;
    browser.run("privacy.set({ analytics: false })").await?;
    kept(browser, count).await?;
    Ok(())
}

/// What is decided in Europe, or nobody knows where, goes to Europe's server and to no other, and stays there.
pub(crate) async fn residency(flow: Flow) -> Result<Outcome> {
    let (world, europe) = (RecordServer::start(&flow.site).await?, RecordServer::start(&flow.site).await?);
    for (path, region) in [("/de", "DE"), ("/us", "US-CA"), ("/somewhere", "")] {
        page(&flow, path, region, [&world, &europe]);
    }
    let one = flow.browser().await?;
    decide(&one, &flow, "/de", 1).await?;
    // Abroad it is the same person still, whose records lie there.
    decide(&one, &flow, "/us", 2).await?;
    assert_eq!((world.size().await?, europe.size().await?), (0, 2));
    // Who comes from elsewhere is somebody new there.
    let two = flow.browser().await?;
    decide(&two, &flow, "/us", 1).await?;
    assert_eq!((world.size().await?, europe.size().await?), (1, 2));
    decide(&two, &flow, "/somewhere", 2).await?;
    assert_eq!((world.size().await?, europe.size().await?), (1, 3));
    let subs: Vec<Value> = history(&two).await?.into_iter().map(|it| it["event"]["sub"].clone()).collect();
    assert_ne!(subs[0], subs[1]);
    done()
}

/// Addresses that are none, or over a connection that anybody reads.
pub(crate) async fn addresses(flow: Flow) -> Result<Outcome> {
    Page::new()
        .after("import('/pkg/sync.js').then(({ sync }) => (window.sync = sync))")
        .put(&flow.site, "/");
    let browser = flow.browser().await?;
    browser.open(&flow.site.url("/")).await?;
    browser.wait("window.started && window.sync").await?;
    for (to, code) in [
        ("'http://privacy.example.com'", "sync/insecure"),
        (
            "{ default: 'https://privacy.example.com', eu: 'http://eu.example.com' }",
            "sync/insecure",
        ),
        ("{ US: 'https://us.example.com' }", "sync/no-endpoint"),
    ] {
        let said =
            value(&browser, &format!("sync(privacy, {{ to: {to} }}).catch(({{ code }}) => code)")).await?;
        assert_eq!(said, code, "{to}");
    }
    done()
}

/// The log's key is checked where a site gives it, and a log with another key is told, once; what was decided
/// arrives all the same.
pub(crate) async fn log_key(flow: Flow) -> Result<Outcome> {
    let (server, other) = (RecordServer::start(&flow.site).await?, RecordServer::new(&flow.site).await?);
    for (path, key) in [("/right", &server.key), ("/wrong", &other.key)] {
        Page::new()
            .after(&server.script_with(server.address, &format!("logKey: '{key}'")))
            .put(&flow.site, path);
    }
    let browser = flow.browser().await?;
    decide(&browser, &flow, "/right", 1).await?;
    browser.run("privacy.set({ social: false })").await?;
    kept(&browser, 2).await?;
    assert_eq!(browser.errors().await?, [""; 0]);
    decide(&browser, &flow, "/wrong", 3).await?;
    browser.wait("errors.length").await?;
    browser.run("privacy.set({ social: false })").await?;
    kept(&browser, 4).await?;
    assert_eq!(browser.errors().await?, ["sync/log-key logKey"]);
    done()
}
