//! The simulation: the package's own code in many tabs on many devices, and the server's judgement, in a
//! world of `tests/sim` where everything that is chance comes from a seed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::Counts;
use super::suite::read;
use crate::run::{cargo, run as run_command};
use crate::{build, bundle, paths, wasm};

/// Where what is made for it lies.
fn work() -> PathBuf {
    paths::root().join("target/sim")
}

/// Builds the package and what the simulation has besides, and runs it with these options.
pub(crate) fn run(options: &[String]) -> Result<Counts> {
    // Whoever works on the simulation or on what it runs needs no whole package each time.
    let (built, options): (Vec<&String>, Vec<&String>) = options.iter().partition(|it| *it == "--as-built");
    if built.is_empty() {
        build::build()?;
    }
    prepare()?;
    start(&options)
}

/// Builds what the simulation runs. Of the package that has to be there already it takes the compiled policy.
pub(crate) fn prepare() -> Result<()> {
    fs::create_dir_all(work())?;
    for (from, to) in [("policy.js", "policy.mjs"), ("policy.json", "policy.json")] {
        fs::copy(paths::package().join(from), work().join(to)).with_context(|| format!("pkg/{from}"))?;
    }
    let boot = wasm::bare("boot")?;
    fs::copy(boot, work().join("boot.wasm"))?;
    let sync = wasm::build("sync")?;
    fs::copy(sync.wasm, work().join("sync.wasm"))?;
    server()?;
    page(&sync.glue)
}

/// The server, as a module for Node.js.
fn server() -> Result<()> {
    let root = paths::root();
    run_command(
        cargo()
            .current_dir(&root)
            .args(["build", "--quiet", "--package", "mixus-privacy-sim-server", "--lib"])
            .args(["--target", "wasm32-unknown-unknown", "--release", "--target-dir"])
            .arg(root.join("target")),
    )?;
    Bindgen::new()
        .input_path(root.join("target/wasm32-unknown-unknown/release/mixus_privacy_sim_server.wasm"))
        .out_name("server")
        .nodejs(true)?
        .typescript(false)
        .generate_output()
        .context("wasm-bindgen")?
        .emit(work())
        .context("wasm-bindgen")?;
    // Node.js takes it for what it is although the folder says nothing.
    fs::write(work().join("package.json"), "{\"type\":\"commonjs\"}\n")?;
    Ok(())
}

/// The page: the package's own code, as one script whose globals the world hands in. It is not minified, so that a
/// trace can be read and known faults can be put in by their text.
fn page(glue: &Path) -> Result<()> {
    let root = paths::root();
    let texts = paths::root().join("src/web/texts/en.json");
    bundle::plain(
        &root.join("tests/sim/page/page.js"),
        &work().join("page.js"),
        &[
            ("parts", &root.join("tests/sim/page/parts.js")),
            ("glue-sync", &root.join("tests/sim/page/glue.js")),
            ("real-glue-sync", glue),
            ("english-texts", &texts),
        ],
        // Nothing here opens the panel, shows anything of an account or compiles a document.
        &[
            "./panel.js", "./history.js", "./account.js", "./ledger.js", "./track.js", "./compile.js",
        ],
    )
}

/// Runs it; its last lines are the counts.
fn start(options: &[&String]) -> Result<Counts> {
    let mut counts = Counts::new();
    let mut command = Command::new("node");
    command.current_dir(paths::root()).arg("tests/sim/main.js").args(options);
    read(&mut command, &mut counts)?;
    Ok(counts)
}
