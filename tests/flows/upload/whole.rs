//! Files that arrive at once.

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Flow, Outcome, RecordServer, done as end};
use serde_json::Value;

use super::{begin, done, is_right, open, page};
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
        (1_048_520, ""),
        (1_048_521, ""),
        (super::MUCH, ""),
        (super::MUCH, "parts: 3"),
        (5_000_000, "small: true"),
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
