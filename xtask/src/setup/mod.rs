//! Installs what is missing, and says so. What is there is left alone, in silence.
//!
//! Each command asks for what it needs: [`build`], [`checks`], [`database`], [`browsers`], [`peers`]. Nothing asks a
//! question, so that all of it works unattended.

mod browsers;
mod debian;
mod node;
mod peers;
mod rust;

use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;

pub use browsers::Browsers;
pub use node::packages as npm;

use crate::paths;

/// `cargo xtask setup`: everything that any command needs.
pub fn command(arguments: &[String]) -> Result<()> {
    crate::no_arguments(arguments)?;
    build()?;
    checks()?;
    database()?;
    browsers()?;
    peers()?;
    println!("Everything is there.");
    Ok(())
}

/// What building the package takes: the WebAssembly target, Node.js, the tools from npm.
pub fn build() -> Result<()> {
    rust::wasm()?;
    node::node()?;
    node::packages(&paths::root().join("js"))
}

/// What checking the sources takes: rustfmt and clippy.
pub fn checks() -> Result<()> {
    rust::component("rustfmt", "fmt")?;
    rust::component("clippy", "clippy")
}

/// What measuring the server takes.
pub fn server() -> Result<()> {
    debian::install(&[debian::Need::program("strace", "strace")])
}

/// The database that several servers share. Tests start one of their own; the system's is left alone.
pub fn database() -> Result<()> {
    debian::install(&[debian::Need::files("postgresql")])
}

/// The browsers and their drivers.
pub fn browsers() -> Result<Browsers> {
    // The accessibility checker.
    node::packages(&paths::root().join("tests"))?;
    browsers::install()
}

/// What fuzzing takes.
pub fn fuzzer() -> Result<()> {
    debian::install(&[debian::Need::program("g++", "c++")])?;
    rust::nightly()?;
    if paths::program("cargo-fuzz").is_none() {
        rust::program("cargo-fuzz")?;
    }
    Ok(())
}

/// Programs of others, which tests compare with.
pub fn peers() -> Result<()> {
    peers::install()
}

/// When a file was changed last.
fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}

fn say(what: &str) {
    println!("setup: {what}");
}
