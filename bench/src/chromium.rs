//! Chromium with a new profile. It ends when it is dropped.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::json;
use tempfile::TempDir;

use crate::cdp::Cdp;

/// A running browser.
#[derive(Debug)]
pub(crate) struct Chromium {
    /// The connection to it.
    pub(crate) cdp: Cdp,
    /// Its name and version.
    pub(crate) version: String,
    // The process ends before its folder does.
    _process: Process,
    _folder: TempDir,
}

#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(group) = i32::try_from(self.0.id()) {
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        let _ = self.0.wait();
    }
}

fn program() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("MIXUS_CHROMIUM") {
        return Ok(path.into());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| ["chromium", "google-chrome"].map(|name| folder.join(name)))
        .find(|path| path.is_file());
    found.context("chromium is not installed; MIXUS_CHROMIUM can name it")
}

/// Waits until a browser says where it listens. Whatever it says later is read by nobody, but
/// it is read: a full pipe would hold it up.
fn address(process: &mut Process) -> Option<String> {
    let says = BufReader::new(process.0.stderr.take()?);
    let mut lines = says.lines().map_while(Result::ok);
    let found = lines.find_map(|line| {
        let (_, address) = line.split_once("DevTools listening on ")?;
        Some(address.trim().to_owned())
    });
    std::thread::spawn(|| lines.for_each(drop));
    found
}

impl Chromium {
    /// Starts one.
    pub(crate) fn start() -> Result<Chromium> {
        let folder = TempDir::with_prefix("mixus-privacy-bench-")?;
        let mut command = Command::new(program()?);
        command
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
            .args(["--disable-dev-shm-usage", "--disable-breakpad", "--disable-crash-reporter"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
            .args(["--disable-component-update", "--disable-extensions", "--mute-audio"])
            // A page that is measured is never one in the background.
            .args(["--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"])
            .args(["--window-size=1280,900", "--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg("about:blank")
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0);
        let child = command.spawn().context("cannot start chromium")?;
        let mut process = Process(child);
        let address = address(&mut process).context("chromium does not start")?;
        let mut cdp = Cdp::connect(&address)?;
        let version = cdp.call("", "Browser.getVersion", json!({}))?;
        let version = version["product"].as_str().unwrap_or("Chromium").to_owned();
        Ok(Chromium {
            cdp,
            version,
            _process: process,
            _folder: folder,
        })
    }
}
