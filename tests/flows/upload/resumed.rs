//! Uploads that are gone on with, and those that must not be.

use std::path::PathBuf;

use anyhow::Result;
use mixus_privacy_tests::{Browser, CutProxy, Flow, Outcome, Profile, RecordServer, done as end, skip};

use super::{MUCH, begin, behind_a_network, done, is_right, open, page};
use crate::sync::value;

/// A server behind a network, and a page that has sent some of a file when the network goes.
struct Half {
    server: RecordServer,
    network: CutProxy,
    browser: Browser,
    at: String,
}

const FILE: &str = "size: 14000000";
/// How much of it has gone when the network goes.
const SOME: u64 = 6_000_000;

impl Half {
    async fn new(flow: &Flow, options: &str) -> Result<Half> {
        let browser = flow.browser().await?;
        Half::of(flow, browser, options).await
    }

    async fn of(flow: &Flow, browser: Browser, options: &str) -> Result<Half> {
        let server = RecordServer::for_files(&flow.site).await?;
        let network = CutProxy::start(server.address).await?;
        page(flow).put(&flow.site, "/");
        open(&browser, flow).await?;
        let at = format!("http://{}/v1/files", network.address);
        network.hold(SOME);
        begin(&browser, &at, FILE, options).await?;
        network.cut(2).await?;
        Ok(Half {
            server,
            network,
            browser,
            at,
        })
    }

    /// What there is of it at the server.
    fn there(&self) -> Result<Vec<PathBuf>> {
        self.server.kept_files()
    }

    /// The network is back, and the page has the file once more.
    async fn again(&self, flow: &Flow, file: &str, options: &str) -> Result<u64> {
        open(&self.browser, flow).await?;
        self.network.hold(u64::MAX);
        let before = self.network.sent();
        begin(&self.browser, &self.at, file, options).await?;
        done(&self.browser).await?;
        is_right(&self.browser).await?;
        assert!(
            value(&self.browser, "files.unfinished()")
                .await?
                .as_array()
                .is_some_and(Vec::is_empty)
        );
        Ok(self.network.sent() - before)
    }
}

/// After a reload it goes on where the server has it, in parts as well.
pub(crate) async fn after_a_reload(flow: Flow) -> Result<Outcome> {
    for (options, files) in [("", 1), ("parts: 3", 3)] {
        let half = Half::new(&flow, options).await?;
        let before = half.there()?;
        assert_eq!(before.len(), files);
        assert_eq!(value(&half.browser, "files.unfinished()").await?[0]["size"], 14_004_568);
        let sent = half.again(&flow, FILE, options).await?;
        assert!(sent < MUCH - SOME + 2_500_000, "{sent} bytes were sent again");
        let after = half.there()?;
        assert_eq!(after.len(), 1);
        // Parts become another file.
        assert_eq!(before.contains(&after[0]), files == 1);
    }
    end()
}

/// Another file of the same name, length and time begins again under another secret, and what was there is done away with.
pub(crate) async fn changed_since(flow: Flow) -> Result<Outcome> {
    // The first is where much of it was sent, the second where nothing was.
    for (options, changed) in [("", 1_000), ("", 13_000_000), ("parts: 2", 1_000)] {
        let half = Half::new(&flow, options).await?;
        let before = half.there()?;
        let mut starts = Vec::new();
        for path in &before {
            starts.push(std::fs::read(path)?);
        }
        half.again(&flow, &format!("{FILE}, changed: {changed}"), options).await?;
        let after = half.there()?;
        assert_eq!(after.len(), 1);
        if changed < SOME {
            assert!(!before.contains(&after[0]));
            // Nothing that was sealed is the same: the envelope, the salt and every segment are others.
            let whole = std::fs::read(&after[0])?;
            assert!(starts.iter().all(|it| it.len() < 4200 || it[4136..4200] != whole[4136..4200]));
        }
    }
    end()
}

/// Killed in the middle, a browser goes on as well.
pub(crate) async fn after_a_crash(flow: Flow) -> Result<Outcome> {
    let Some(profile) = Profile::new(flow.engine)? else {
        return skip("automated, it keeps everything in memory");
    };
    let half = Half::of(&flow, flow.browser_in(&profile).await?, "").await?;
    let before = half.there()?;
    let Half {
        server,
        network,
        browser,
        at,
    } = half;
    drop(browser);
    let half = Half {
        browser: flow.browser_in(&profile).await?,
        server,
        network,
        at,
    };
    let sent = half.again(&flow, FILE, "").await?;
    assert!(sent < MUCH - SOME + 2_500_000, "{sent} bytes were sent again");
    assert_eq!(half.there()?, before);
    end()
}

/// What the server no longer has begins again, and so does what is for somebody else now.
pub(crate) async fn begun_again(flow: Flow) -> Result<Outcome> {
    let half = Half::new(&flow, "").await?;
    let before = half.there()?;
    for path in &before {
        std::fs::remove_file(path.with_extension("state"))?;
        std::fs::remove_file(path)?;
    }
    half.again(&flow, FILE, "").await?;
    // Who knows what the first time would have opened it learns nothing of it the second time.
    let passphrase = |it| format!("to: [{{ passphrase: '{it}' }}]");
    for (first, second, same) in [("one", "one", true), ("one", "two", false)] {
        let half = Half::new(&flow, &passphrase(first)).await?;
        let before = half.there()?;
        open(&half.browser, &flow).await?;
        half.network.hold(u64::MAX);
        begin(&half.browser, &half.at, FILE, &passphrase(second)).await?;
        done(&half.browser).await?;
        assert_eq!(half.there()? == before, same);
        let by = |it| format!("files.difference(state.done.url, state.file, {{ passphrase: '{it}' }})");
        assert_eq!(value(&half.browser, &by(second)).await?, "");
        if !same {
            let said = half.browser.settled(&by(first)).await?;
            assert_eq!(said["error"]["code"], "vault/closed");
        }
    }
    end()
}

/// What was joined, and nobody heard of it, is not sent once more.
pub(crate) async fn joined_unheard(flow: Flow) -> Result<Outcome> {
    let (server, network, browser, at) = behind_a_network(&flow).await?;
    network.deaf("upload-concat: final");
    begin(&browser, &at, FILE, "parts: 2").await?;
    network.cut(1).await?;
    let joined = server.kept_files()?;
    assert_eq!(joined.len(), 1);
    open(&browser, &flow).await?;
    network.hold(u64::MAX);
    let before = network.sent();
    begin(&browser, &at, FILE, "parts: 2").await?;
    done(&browser).await?;
    is_right(&browser).await?;
    assert!(network.sent() - before < 100_000);
    assert_eq!(server.kept_files()?, joined);
    end()
}
