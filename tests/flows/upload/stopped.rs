//! Uploads that somebody stops, and that something stops.

use anyhow::Result;
use mixus_privacy_tests::{Browser, Flow, Outcome, RecordServer, done as end};

use super::{MUCH, begin, behind_a_network, done, is_right, open, page};
use crate::sync::value;

const FILE: &str = "size: 14000000";

/// Paused it sends nothing; gone on with it goes on where it was; given up it is nowhere.
pub(crate) async fn paused_uploads(flow: Flow) -> Result<Outcome> {
    let (server, network, browser, at) = behind_a_network(&flow).await?;
    // It is held in the midst, so that there is something to be paused.
    network.hold(6_000_000);
    begin(&browser, &at, FILE, "").await?;
    network.cut(1).await?;
    browser.run("state.upload.pause()").await?;
    network.hold(u64::MAX);
    let cuts = network.cuts();
    // Another one goes through, and nothing is sent of this one meanwhile.
    browser.run("window.first = state").await?;
    begin(&browser, &at, "size: 100, seed: 9", "").await?;
    done(&browser).await?;
    is_right(&browser).await?;
    assert!(browser.get::<bool>("!first.done && !first.failed").await?);
    let before = network.sent();
    browser.run("window.state = first, state.upload.resume()").await?;
    done(&browser).await?;
    is_right(&browser).await?;
    assert!(network.sent() - before < MUCH - 4_000_000);
    assert_eq!(network.cuts(), cuts);
    assert_eq!(server.kept_files()?.len(), 2);

    // Given up while it is under way, and while it is paused.
    for pause in ["", "state.upload.pause(),"] {
        network.hold(6_000_000);
        let cuts = network.cuts();
        begin(&browser, &at, &format!("{FILE}, seed: 11"), "").await?;
        network.cut(cuts + 1).await?;
        assert_eq!(server.kept_files()?.len(), 3);
        network.hold(u64::MAX);
        value(&browser, &format!("{pause} state.upload.abort()")).await?;
        browser.wait("state.failed === 'AbortError'").await?;
        assert_eq!(server.kept_files()?.len(), 2);
        assert!(
            value(&browser, "files.unfinished()")
                .await?
                .as_array()
                .is_some_and(Vec::is_empty)
        );
    }

    // A signal stops it, and leaves it to be gone on with.
    network.hold(6_000_000);
    let cuts = network.cuts();
    browser.run("window.stop = new AbortController()").await?;
    begin(&browser, &at, FILE, "signal: stop.signal").await?;
    network.cut(cuts + 1).await?;
    browser.run("stop.abort()").await?;
    browser.wait("state.failed === 'AbortError'").await?;
    network.hold(u64::MAX);
    let before = network.sent();
    begin(&browser, &at, FILE, "").await?;
    done(&browser).await?;
    is_right(&browser).await?;
    assert!(network.sent() - before < MUCH - 4_000_000);
    end()
}

/// However often connections break, in the midst of whichever segment, the file arrives, and no byte is another.
pub(crate) async fn network_cuts(flow: Flow) -> Result<Outcome> {
    let (_server, network, browser, at) = behind_a_network(&flow).await?;
    // Whoever waits is told that the network is back.
    browser.run("setInterval(() => dispatchEvent(new Event('online')), 50)").await?;
    for (most, options) in [(700_000, ""), (1_500_000, "parts: 2")] {
        network.after(most);
        let before = network.cuts();
        begin(&browser, &at, "size: 9000000", options).await?;
        done(&browser).await?;
        network.after(u64::MAX);
        is_right(&browser).await?;
        let cuts = network.cuts() - before;
        println!("count: {cuts} connections cut under one upload in {}", flow.engine);
        assert!(cuts >= 4, "{cuts}");
    }
    end()
}

/// A server that has no room, takes no such length, is none, or is not there for a while.
pub(crate) async fn refused_uploads(flow: Flow) -> Result<Outcome> {
    let mut server = RecordServer::for_files(&flow.site).await?;
    page(&flow).put(&flow.site, "/");
    let browser = flow.browser().await?;
    open(&browser, &flow).await?;
    for (at, options, wanted) in [
        (flow.site.url("/nothing-here"), "", "PrivacyError upload/refused 404"),
        ("http://files.example.com/".into(), "", "PrivacyError upload/insecure at"),
        (server.files(), "to: []", "PrivacyError vault/unfit to"),
        (server.files(), "at: undefined", "PrivacyError upload/no-endpoint at"),
        (
            server.files(),
            "headers: () => ({ 'Upload-Metadata': 'name YQ==' })",
            "PrivacyError upload/refused 400",
        ),
    ] {
        begin(&browser, &at, "size: 10", options).await?;
        browser.wait("state.done || state.failed").await?;
        assert_eq!(browser.get::<Option<String>>("state.failed").await?.as_deref(), Some(wanted));
    }
    assert!(server.kept_files()?.is_empty());
    // It is gone, and comes back.
    server.end();
    begin(&browser, &server.files(), "size: 10", "").await?;
    has_tried(&browser).await?;
    server.listen().await?;
    done(&browser).await?;
    is_right(&browser).await?;
    end()
}

/// It has asked a server that is not there, and waits.
async fn has_tried(browser: &Browser) -> Result<()> {
    browser
        .wait("performance.getEntriesByType('resource').some(({ name, responseStatus }) => name.endsWith('/v1/files') && !responseStatus)")
        .await
}
