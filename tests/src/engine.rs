//! The browsers, and where they are.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::root;

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Blink, as Debian's Chromium.
    Chromium,
    /// Gecko, as Firefox ESR.
    Firefox,
    /// WebKit, as WebKitGTK's small browser.
    WebKit,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

    /// Its name in the names of tests.
    pub const fn name(self) -> &'static str {
        match self {
            Engine::Chromium => "chromium",
            Engine::Firefox => "firefox",
            Engine::WebKit => "webkit",
        }
    }

    /// Its driver.
    pub(crate) fn driver(self) -> Result<PathBuf> {
        match self {
            Engine::Chromium => find("MIXUS_CHROMEDRIVER", &["chromedriver"]),
            Engine::Firefox => find("MIXUS_GECKODRIVER", &["geckodriver"]),
            Engine::WebKit => find("MIXUS_WEBKIT_DRIVER", &["WebKitWebDriver"]),
        }
    }

    /// The browser itself.
    pub(crate) fn browser(self) -> Result<PathBuf> {
        match self {
            Engine::Chromium => find("MIXUS_CHROMIUM", &["chromium", "google-chrome"]),
            Engine::Firefox => find("MIXUS_FIREFOX", &["firefox-esr", "firefox"]),
            Engine::WebKit => find("MIXUS_MINIBROWSER", &["MiniBrowser"]),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The X server that engines without a headless mode draw on.
pub(crate) fn display_server() -> Result<PathBuf> {
    find("MIXUS_XVFB", &["Xvfb"])
}

/// A program: where `variable` says, among the project's own tools, in `PATH`, or where
/// Debian keeps WebKitGTK's programs, which are in no `PATH`.
fn find(variable: &str, names: &[&str]) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    let mut folders = vec![root().join("target/tools/bin")];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    if let Ok(libraries) = std::fs::read_dir("/usr/lib") {
        let libraries = libraries.flatten().map(|it| it.path());
        folders.extend(libraries.map(|it| it.join("webkit2gtk-4.1")));
    }
    let there = |folder: &PathBuf| {
        names
            .iter()
            .map(|name| folder.join(name))
            .find(|it: &PathBuf| Path::is_file(it))
    };
    match folders.iter().find_map(there) {
        Some(path) => Ok(path),
        None => bail!("{} is not installed; {variable} can name it", names.join(" or ")),
    }
}
