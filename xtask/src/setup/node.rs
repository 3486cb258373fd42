//! Node.js, and packages from npm as a lock file names them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::debian::{self, Need};
use super::{changed, say};
use crate::run::output;

/// Node.js with npm.
pub(super) fn node() -> Result<()> {
    debian::install(&[Need::program("nodejs", "node"), Need::program("npm", "npm")])
}

/// The packages of a folder's lock file, if they are missing or older than it.
pub fn packages(folder: &Path) -> Result<()> {
    // npm writes this list when all the packages are there.
    let installed = changed(&folder.join("node_modules/.package-lock.json"));
    let wanted = changed(&folder.join("package-lock.json"));
    if installed.is_some() && installed >= wanted {
        return Ok(());
    }
    say(&format!("npm ci in {}", folder.display()));
    output(Command::new("npm").current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))
        .map(drop)
        .with_context(|| format!("in {}", folder.display()))
}
