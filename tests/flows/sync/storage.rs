//! Browsers that store nothing, little, or no longer.

use anyhow::Result;
use mixus_privacy_tests::{Engine, Flow, Options, Outcome, RecordServer, done, skip};

use super::{kept, open, page};

/// A browser that stores nothing: what is decided is sent all the same, and nothing breaks.
pub(crate) async fn without_storage(flow: Flow) -> Result<Outcome> {
    if flow.engine == Engine::WebKit {
        return skip("no setting that a driver could make");
    }
    let server = RecordServer::start(&flow.site).await?;
    page(&server).put(&flow.site, "/");
    let browser = flow
        .browser_with(Options {
            blocked: true,
            ..Options::default()
        })
        .await?;
    open(&browser, &flow, "/").await?;
    browser.reject().await?;
    let all = kept(&browser, 1).await?;
    assert_eq!(all[0]["event"]["grant"]["analytics"], 0);
    done()
}
