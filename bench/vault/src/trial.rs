//! One contestant with one file in a new tab.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use mixus_privacy_tests::{Browser, Site};
use serde::Deserialize;
use serde_json::Value;
use thirtyfour::prelude::*;

use crate::memory::Watch;

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often it is asked whether it is done.
const EACH: Duration = Duration::from_millis(100);

/// What was measured.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    /// How many MiB came out in a second.
    pub(crate) rate: f64,
    /// The longest time in which the page could do nothing else, in ms.
    pub(crate) still: f64,
    /// The most memory above what the page had before, in MiB.
    pub(crate) memory: f64,
}

/// What a page tells.
#[derive(Debug, Deserialize)]
struct Made {
    /// In bytes.
    #[serde(rename = "made")]
    bytes: f64,
    /// In ms.
    spent: f64,
    longest: f64,
}

/// Has a contestant do something (`way`) in a tab of its own, with a file of the disk and what `of` has kept.
pub(crate) async fn trial(browser: &Browser, site: &Site, file: &Path, what: [&str; 3]) -> Result<Trial> {
    let before = browser.session.window().await?;
    let tab = browser.session.new_tab().await?;
    browser.session.switch_to_window(tab).await?;
    let made = within(browser, site, file, what).await;
    browser.session.close_window().await?;
    browser.session.switch_to_window(before).await?;
    made.with_context(|| format!("{}: {}, {}", browser.engine, what[0], what[1]))
}

async fn within(browser: &Browser, site: &Site, file: &Path, [name, way, of]: [&str; 3]) -> Result<Trial> {
    browser.open(&site.url("/bench/")).await?;
    browser.wait("window.ready").await?;
    let input = browser.session.find(By::Css("input")).await?;
    input.send_keys(file.to_str().context("a path")?).await?;
    browser.wait("document.querySelector('input').files.length").await?;
    let watch = Watch::start(browser.engine);
    browser.run(&format!("begin('{name}', '{way}', '{of}')")).await?;
    let end = Instant::now() + PATIENCE;
    let outcome = loop {
        let outcome: Value = browser.get("window.outcome ?? null").await?;
        if !outcome.is_null() {
            break outcome;
        }
        if Instant::now() > end {
            bail!("it does not end");
        }
        tokio::time::sleep(EACH).await;
    };
    let memory = watch.most();
    if let Some(failed) = outcome["failed"].as_str() {
        bail!("{failed}");
    }
    let Made {
        bytes,
        spent,
        longest,
    } = serde_json::from_value(outcome["value"].clone())?;
    Ok(Trial {
        rate: bytes / spent * 1000.0 / 1_048_576.0,
        still: longest,
        memory,
    })
}
