//! Where the programs are, and who may run them.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// Where Debian has them, by version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder with the programs of the newest version.
pub(crate) fn folder() -> Result<PathBuf> {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut debian: Vec<PathBuf> = std::fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .filter_map(|it| Some(it.ok()?.path()))
        .collect();
    debian.sort_by_key(|it| version(it).unwrap_or(0));
    let debian = debian.into_iter().rev().map(|it| it.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian
        .chain(std::env::split_paths(&path))
        .find(|it| it.join("initdb").is_file())
        .context("there is no initdb; cargo xtask setup, or as root: apt-get install postgresql")
}

/// Somebody who is not root: as root the server does not run.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    user: u32,
    group: u32,
}

/// Whose files the server has; `None` for those of whoever runs the test.
pub(crate) fn account() -> Result<Option<Account>> {
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let list = std::fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let mut fields = list
            .lines()
            .map(|it| it.split(':'))
            .find_map(|mut it| (it.next()? == name).then_some(it))?;
        let user = fields.nth(1)?.parse().ok()?;
        Some(Account {
            user,
            group: fields.next()?.parse().ok()?,
        })
    };
    let found = find("postgres").or_else(|| find("nobody"));
    found.context("there is neither a user postgres nor nobody").map(Some)
}

impl Account {
    /// Gives a folder to it.
    pub(crate) fn give(&self, folder: &Path) -> Result<()> {
        Ok(chown(folder, Some(self.user), Some(self.group))?)
    }

    /// Has it run a program.
    pub(crate) fn assume(&self, command: &mut Command) {
        command.uid(self.user).gid(self.group);
    }
}
