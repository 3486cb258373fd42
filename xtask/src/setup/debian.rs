//! Packages of the Debian system.

use std::process::Command;
use std::sync::Once;

use anyhow::{Context as _, Result, bail};

use super::say;
use crate::paths;
use crate::run::output;

/// Lists of packages that are out of date name files that are gone.
static UPDATE: Once = Once::new();

/// A package, and how to tell that it need not be installed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    package: &'static str,
    program: Option<&'static str>,
}

impl Need {
    /// A package for the sake of a program, wherever that comes from.
    pub(super) const fn program(package: &'static str, program: &'static str) -> Need {
        Need {
            package,
            program: Some(program),
        }
    }

    /// A package for the sake of its files.
    pub(super) const fn files(package: &'static str) -> Need {
        Need {
            package,
            program: None,
        }
    }

    fn is_met(self) -> bool {
        if let Some(program) = self.program {
            return paths::program(program).is_some();
        }
        // Another system has its own ways; what is missing there shows in use.
        if paths::program("dpkg-query").is_none() {
            return true;
        }
        let asked =
            output(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", self.package]));
        asked.is_ok_and(|it| it == "installed")
    }
}

/// Installs the packages of the needs that are not met.
pub(super) fn install(needs: &[Need]) -> Result<()> {
    let packages: Vec<&str> = needs.iter().filter(|it| !it.is_met()).map(|it| it.package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if paths::program("apt-get").is_none() {
        bail!("there is no apt-get here; install what corresponds to Debian's {list}");
    }
    let by_hand = || format!("cannot install packages; as root: apt-get install {list}");
    say(&format!("apt-get install {list}"));
    let mut updated = Ok(());
    UPDATE.call_once(|| updated = apt(&["update"]));
    updated.with_context(by_hand)?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt(&[&install[..], &packages].concat()).with_context(by_hand)
}

fn apt(arguments: &[&str]) -> Result<()> {
    let root = output(Command::new("id").arg("-u"))?.trim() == "0";
    let mut command = Command::new(if root { "env" } else { "sudo" });
    if !root {
        command.args(["--non-interactive", "env"]);
    }
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2"])
        .args(["-o", "DPkg::Lock::Timeout=300"])
        .args(arguments);
    output(&mut command).map(drop)
}
