//! Parts of the Rust toolchain that is in use.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::say;
use crate::run::{cargo, output};

const WASM: &str = "wasm32-unknown-unknown";

/// The standard library for WebAssembly.
pub(super) fn wasm() -> Result<()> {
    if has_wasm()? {
        return Ok(());
    }
    rustup(&["target", "add", WASM])?;
    if !has_wasm()? {
        bail!("rustup has {WASM}, but not for the rustc in use");
    }
    Ok(())
}

fn has_wasm() -> Result<bool> {
    let libraries = output(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]))?;
    Ok(Path::new(libraries.trim()).is_dir())
}

/// A component that brings a subcommand of cargo.
pub(super) fn component(name: &str, subcommand: &str) -> Result<()> {
    if output(cargo().args([subcommand, "--version"])).is_ok() {
        return Ok(());
    }
    rustup(&["component", "add", name])
}

/// A compiler with what is not stable yet, for the sanitizer of a fuzzer.
pub(super) fn nightly() -> Result<()> {
    let mut command = Command::new("rustup");
    if output(command.args(["run", "nightly", "cargo", "--version"])).is_ok() {
        return Ok(());
    }
    rustup(&["toolchain", "install", "nightly", "--profile", "minimal"])
}

/// A program from crates.io, for the project alone.
pub(super) fn program(name: &str) -> Result<()> {
    say(&format!("cargo install {name} (takes about three minutes)"));
    output(
        cargo()
            .args(["install", "--quiet", "--locked", name, "--root"])
            .arg(crate::paths::tools()),
    )
    .map(drop)
}

fn rustup(arguments: &[&str]) -> Result<()> {
    say(&format!("rustup {}", arguments.join(" ")));
    output(Command::new("rustup").args(arguments))
        .map(drop)
        .context("install this part of the toolchain by hand")
}
