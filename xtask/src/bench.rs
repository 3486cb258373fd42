//! `cargo xtask bench web`: builds what is measured and what measures, and starts it.

use std::process::Command;

use anyhow::{Result, bail};

use crate::run::lines;
use crate::{build, paths, readme, setup};

/// `cargo xtask bench`: the name of a benchmark, and its options.
pub fn command(arguments: &[String]) -> Result<()> {
    match arguments.split_first() {
        Some((name, options)) if name == "web" => web(options),
        Some((name, _)) => bail!("there is no benchmark {name:?}; there is: web"),
        None => bail!("which benchmark? There is: web"),
    }
}

fn web(options: &[String]) -> Result<()> {
    let (readme, options): (Vec<&String>, Vec<&String>) = options.iter().partition(|it| *it == "--readme");
    let browsers = setup::browsers()?;
    build::build()?;
    let root = paths::root();
    setup::npm(&root.join("bench"))?;
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(&root)
        .args(["run", "--quiet", "--release", "--package", "mixus-privacy-bench", "--"])
        .args(options)
        .envs(browsers.variables());
    if !readme.is_empty() {
        command.arg("--markdown");
    }
    let mut printed = String::new();
    lines(&mut command, |line| {
        printed.push_str(line);
        printed.push('\n');
    })?;
    if readme.is_empty() { Ok(()) } else { readme::put("bench", &printed) }
}
