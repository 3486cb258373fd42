//! `cargo xtask bench web`: builds what is measured and what measures, and starts it.

use std::process::Command;

use anyhow::{Result, bail};

use crate::run::run;
use crate::{build, paths};

/// Runs a benchmark; `arguments` are its name and its options.
pub(crate) fn bench(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    match arguments.next().as_deref() {
        Some("web") => {}
        Some(other) => bail!("there is no benchmark {other}; there is: web"),
        None => bail!("which benchmark? there is: web"),
    }
    build::build()?;
    let root = paths::root();
    // Their packages are only read: nothing of them has to run to be installed.
    run(Command::new("npm")
        .current_dir(root.join("bench"))
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    run(Command::new(env!("CARGO"))
        .current_dir(&root)
        .args(["run", "--quiet", "--release", "--package", "mixus-privacy-bench", "--"])
        .args(arguments))
}
