//! What others have written for the same purpose, for tests to compare with.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::debian::{self, Need};
use super::{changed, say};
use crate::paths;
use crate::run::output;

/// The name of the program that checks what our logs prove, and where its source is.
const CHECK: (&str, &str) = ("mixus-log-check", "tests/interop/log.go");

pub(super) fn install() -> Result<()> {
    debian::install(&[
        Need::program("golang-go", "go"),
        // The transparency logs of the Go project, as sources.
        Need::files("golang-golang-x-mod-dev"),
    ])?;
    tink()?;
    let (name, source) = CHECK;
    let (program, source) = (paths::tools().join("bin").join(name), paths::root().join(source));
    if changed(&program).is_some_and(|built| Some(built) >= changed(&source)) {
        return Ok(());
    }
    say(&format!("go build {}", source.display()));
    build(&source, &program)
}

/// Google's Tink for Python, in a folder of its own.
fn tink() -> Result<()> {
    debian::install(&[Need::program("python3", "python3"), Need::files("python3-venv")])?;
    let wanted = paths::root().join("tests/interop/requirements.txt");
    let python = paths::tink();
    let folder = paths::tools().join("tink");
    // Written once all is there.
    let mark = folder.join("requirements.txt");
    if changed(&mark).is_some_and(|then| Some(then) >= changed(&wanted)) {
        return Ok(());
    }
    say(&format!("pip install -r {}", wanted.display()));
    output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))
        .context("python3 -m venv")?;
    output(
        Command::new(python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&wanted),
    )
    .context("pip")?;
    std::fs::copy(&wanted, &mark)?;
    Ok(())
}

/// Builds with what Debian has installed: nothing is fetched.
fn build(source: &Path, program: &Path) -> Result<()> {
    output(
        Command::new("go")
            .arg("build")
            .arg("-o")
            .args([program, source])
            .env("GO111MODULE", "off")
            .env("GOPATH", "/usr/share/gocode")
            .env("GOCACHE", paths::root().join("target/go"))
            .env("GOTOOLCHAIN", "local")
            .env_remove("GOFLAGS"),
    )
    .map(drop)
    .context("the program that checks our logs")
}
