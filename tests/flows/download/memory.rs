//! What a file costs that is longer than anybody wants in memory: told, and not asserted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use mixus_privacy_tests::{Flow, Outcome, done, rounds, skip};

use super::{NO_WORKERS, serving, shown};

/// In mebibytes, where figures are asked for; and otherwise.
const LARGE: usize = 1024;
const SMALL: usize = 64;

/// How much memory each process of a browser has that runs pages and workers, in KiB. All of them are in the group of the one that
/// was told where to keep its files: what a browser starts overwrites what it was started with.
fn memory(home: &Path) -> BTreeMap<String, u64> {
    let home = home.display().to_string();
    let mut groups = BTreeSet::new();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let read = |name: &str| {
            String::from_utf8_lossy(&fs::read(entry.path().join(name)).unwrap_or_default()).into_owned()
        };
        let stat = read("stat");
        // Its name stands in brackets and may hold anything; then come its state, its parent and its group.
        let group = stat.rsplit(") ").next().and_then(|it| it.split(' ').nth(2).map(str::to_owned));
        let line = read("cmdline");
        if line.contains(&home) || read("environ").contains(&home) {
            groups.extend(group.clone());
        }
        if ["--type=renderer", "-contentproc", "WebKitWebProcess"]
            .iter()
            .any(|it| line.contains(it))
        {
            let status = read("status");
            let rss = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
            let rss = rss.and_then(|it| it.trim().trim_end_matches(" kB").parse().ok());
            found.push((group, entry.file_name().to_string_lossy().into_owned(), rss.unwrap_or(0)));
        }
    }
    let own = found
        .into_iter()
        .filter(|(group, ..)| group.as_ref().is_some_and(|it| groups.contains(it)));
    own.map(|(_, process, rss)| (process, rss)).collect()
}

/// A long file is saved through the worker, in as much memory as a short one.
pub(crate) async fn saved_in_little_memory(flow: Flow) -> Result<Outcome> {
    let Some((browser, server)) = serving(&flow).await? else {
        return skip(NO_WORKERS);
    };
    let size = rounds(SMALL, LARGE);
    let downloads = browser.downloads();
    let home = downloads.parent().context("a folder")?;
    shown(&browser, &format!("large('{}', {size})", server.url())).await?;
    let pause = || tokio::time::sleep(Duration::from_millis(50));
    while !browser.get::<bool>("!!window.large").await? {
        pause().await;
    }
    let url: String = browser.get("large").await?;
    // In a page that has done nothing yet.
    browser.open(&flow.site.url("/")).await?;
    shown(&browser, "canServe()").await?;
    let before = memory(home);
    shown(&browser, &format!("keep('{url}')")).await?;
    let mut most = before.clone();
    while !browser.get::<bool>("!!window.saved").await? {
        for (process, now) in memory(home) {
            let one = most.entry(process).or_default();
            *one = now.max(*one);
        }
        pause().await;
    }
    let said: String = browser.get("saved").await?;
    assert!(said.starts_with("worker"), "{said}");
    let mebibytes = |it: &BTreeMap<String, u64>| it.values().map(|it| it / 1024).collect::<Vec<_>>();
    println!(
        "figure: {size} MiB saved in {} by the {said}; each of its processes before: {:?} MiB, and at most: {:?} MiB",
        flow.engine,
        mebibytes(&before),
        mebibytes(&most)
    );
    done()
}
