//! The files that are sealed, and what pages are made of. All of it is gone when it is dropped.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use mixus_privacy_tests::{Reply, Site};

use crate::report::ALL;

/// One mebibyte.
pub(crate) const MIB: u64 = 1 << 20;

/// A folder of the project's own, since what comes into it is large.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// An empty one, in which browsers keep what is theirs as well. What was left by one that was ended goes.
    pub(crate) fn new(root: &Path) -> Result<Folder> {
        let path = root.join("target/bench-vault");
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        if tempfile::env::override_temp_dir(&path).is_err() {
            bail!("browsers have another folder already");
        }
        Ok(Folder(path))
    }

    /// A file of so many mebibytes, none of them twice in it.
    pub(crate) fn full(&self, mebibytes: u64) -> Result<PathBuf> {
        let path = self.0.join("full");
        let mut file = File::create(&path)?;
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut block = Vec::new();
        for _ in 0..mebibytes {
            block.clear();
            for _ in 0..MIB / 8 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                block.extend_from_slice(&state.to_ne_bytes());
            }
            file.write_all(&block)?;
        }
        Ok(path)
    }

    /// A file of so many mebibytes that takes no room.
    pub(crate) fn sparse(&self, mebibytes: u64) -> Result<PathBuf> {
        let path = self.0.join("sparse");
        File::create(&path)?.set_len(mebibytes * MIB)?;
        Ok(path)
    }

    /// Puts the page and its contestants on a site.
    pub(crate) fn put(&self, root: &Path, site: &Site) -> Result<()> {
        let from = root.join("bench/vault/page");
        let to = self.0.join("page");
        let names = || ALL.iter().map(|it| it.file).chain(["page", "reader", "software"]);
        let made = Command::new(root.join("js/node_modules/.bin/esbuild"))
            .args(names().map(|name| from.join(format!("{name}.js"))))
            .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
            .args(["--external:/pkg/*", "--platform=browser"])
            .arg(format!("--outdir={}", to.display()))
            .status()
            .context("esbuild")?;
        if !made.success() {
            bail!("the page cannot be made");
        }
        for name in names() {
            let script = fs::read(to.join(format!("{name}.js")))?;
            site.reply(&format!("/bench/{name}.js"), Reply::script(script));
        }
        let page = "<!doctype html><title>Vault</title><link rel=\"icon\" href=\"data:,\"><input type=\"file\">\
            <script type=\"module\" src=\"/bench/page.js\"></script>";
        site.reply("/bench/", Reply::html(page));
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
