//! `cargo xtask bench web` and `… guard`: builds what is measured and what measures, and starts it.

use std::process::Command;

use anyhow::{Result, bail};

use crate::run::lines;
use crate::{build, paths, readme, setup};

/// `cargo xtask bench`: the name of a benchmark, and its options.
pub fn command(arguments: &[String]) -> Result<()> {
    match arguments.split_first() {
        Some((name, options)) if name == "web" => measure(name, "bench", options),
        Some((name, options)) if name == "guard" => measure(name, "bench guard", options),
        Some((name, _)) => bail!("there is no benchmark {name:?}; there are: web, guard"),
        None => bail!("which benchmark? There are: web, guard"),
    }
}

/// Runs one; with `--readme` what it prints is put between the marks `mark`.
fn measure(name: &str, mark: &str, options: &[String]) -> Result<()> {
    let (readme, options): (Vec<&String>, Vec<&String>) = options.iter().partition(|it| *it == "--readme");
    let browsers = setup::browsers()?;
    build::build()?;
    let root = paths::root();
    setup::npm(&root.join("bench"))?;
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(&root)
        .args(["run", "--quiet", "--release", "--package", "mixus-privacy-bench", "--"])
        .arg(name)
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
    if readme.is_empty() { Ok(()) } else { readme::put(mark, &printed) }
}
