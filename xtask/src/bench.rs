//! `cargo xtask bench web`, `… guard`, `… latency`, `… server` and `… vault`: builds what is measured and what measures, and starts it.

use std::process::Command;

use anyhow::{Result, bail};

use crate::run::{cargo, lines, run};
use crate::{build, paths, readme, setup};

/// `cargo xtask bench`: the name of a benchmark, and its options.
pub fn command(arguments: &[String]) -> Result<()> {
    match arguments.split_first() {
        Some((name, options)) if name == "web" => peers(name, "bench", options),
        Some((name, options)) if name == "guard" => peers(name, "bench guard", options),
        Some((name, options)) if name == "latency" => {
            measure("mixus-privacy-bench-latency", &[], "bench latency", options)
        }
        Some((name, options)) if name == "server" => server(options),
        Some((name, options)) if name == "vault" => {
            setup::npm(&paths::root().join("bench"))?;
            measure("mixus-privacy-bench-vault", &[], "bench vault", options)
        }
        Some((name, _)) => {
            bail!("there is no benchmark {name:?}; there are: web, guard, latency, server, vault")
        }
        None => bail!("which benchmark? There are: web, guard, latency, server, vault"),
    }
}

/// Measures the package beside those of others.
fn peers(name: &str, mark: &str, options: &[String]) -> Result<()> {
    setup::npm(&paths::root().join("bench"))?;
    measure("mixus-privacy-bench", &[name], mark, options)
}

/// Builds the server for the processor that is here, as whoever runs it would (`--portable`: for any), with what
/// measures it, and starts that.
fn server(options: &[String]) -> Result<()> {
    let readme = options.iter().any(|it| it == "--readme");
    let portable = options.iter().any(|it| it == "--portable");
    let options = options.iter().filter(|it| !["--readme", "--portable"].contains(&it.as_str()));
    setup::server()?;
    setup::database()?;
    let root = paths::root();
    let target = root.join(if portable { "target" } else { "target/native" });
    let cargo = |arguments: &[&str]| {
        let mut command = cargo();
        command
            .current_dir(&root)
            .env("CARGO_TARGET_DIR", &target)
            .args(arguments)
            .args(["--quiet", "--release"]);
        if !portable {
            command.env("RUSTFLAGS", "-C target-cpu=native");
        }
        command
    };
    run(&mut cargo(&["build", "--package", "mixus-privacy-server"]))?;
    run(&mut cargo(&["build", "--package", "mixus-privacy-bench-server"]))?;
    let mut command = Command::new(target.join("release/mixus-privacy-bench-server"));
    command.current_dir(&target).args(options);
    if readme {
        command.arg("--markdown");
    }
    printed(&mut command, readme.then_some("bench server"))
}

/// Builds the package, and runs what measures it; with `--readme` what that prints is put between the marks `mark`.
fn measure(program: &str, arguments: &[&str], mark: &str, options: &[String]) -> Result<()> {
    let (readme, options): (Vec<&String>, Vec<&String>) = options.iter().partition(|it| *it == "--readme");
    let browsers = setup::browsers()?;
    build::build()?;
    let mut command = cargo();
    command
        .current_dir(paths::root())
        .args(["run", "--quiet", "--release", "--package", program, "--"])
        .args(arguments)
        .args(options)
        .envs(browsers.variables());
    if !readme.is_empty() {
        command.arg("--markdown");
    }
    printed(&mut command, (!readme.is_empty()).then_some(mark))
}

/// Runs what prints figures, and puts them between marks of the README.
fn printed(command: &mut Command, mark: Option<&str>) -> Result<()> {
    let mut printed = String::new();
    lines(command, |line| {
        printed.push_str(line);
        printed.push('\n');
    })?;
    mark.map_or(Ok(()), |mark| readme::put(mark, &printed))
}
