//! The browsers that the tests drive.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::debian::{self, Need};
use super::rust;
use crate::paths;

/// Where the browsers and their drivers are.
#[derive(Clone, Debug)]
pub struct Browsers {
    /// Chromium.
    pub chromium: PathBuf,
    /// Chromium's driver.
    pub chromedriver: PathBuf,
    /// Firefox ESR.
    pub firefox: PathBuf,
    /// Firefox's driver.
    pub geckodriver: PathBuf,
    /// The driver of WebKitGTK.
    pub webkit_driver: PathBuf,
    /// The small browser of WebKitGTK.
    pub minibrowser: PathBuf,
    /// The X server for WebKitGTK, which has no headless mode.
    pub xvfb: PathBuf,
}

impl Browsers {
    /// The environment variables by which the browser tests are told.
    pub fn variables(&self) -> [(&'static str, &Path); 7] {
        [
            ("MIXUS_CHROMIUM", &self.chromium),
            ("MIXUS_CHROMEDRIVER", &self.chromedriver),
            ("MIXUS_FIREFOX", &self.firefox),
            ("MIXUS_GECKODRIVER", &self.geckodriver),
            ("MIXUS_WEBKIT_DRIVER", &self.webkit_driver),
            ("MIXUS_MINIBROWSER", &self.minibrowser),
            ("MIXUS_XVFB", &self.xvfb),
        ]
    }
}

const NEEDS: [Need; 9] = [
    Need::program("chromium", "chromium"),
    Need::program("chromium-driver", "chromedriver"),
    Need::program("firefox-esr", "firefox-esr"),
    Need::program("webkit2gtk-driver", "WebKitWebDriver"),
    Need::files("libwebkit2gtk-4.1-0"),
    Need::program("xvfb", "Xvfb"),
    Need::program("xauth", "xauth"),
    // Texts in every language that the package has.
    Need::files("fonts-noto-core"),
    Need::files("fonts-noto-cjk"),
];

pub(super) fn install() -> Result<Browsers> {
    debian::install(&NEEDS)?;
    if paths::program("geckodriver").is_none() {
        rust::program("geckodriver")?;
    }
    let find = |name: &str| paths::program(name).with_context(|| format!("{name} is not installed"));
    Ok(Browsers {
        chromium: find("chromium")?,
        chromedriver: find("chromedriver")?,
        firefox: find("firefox-esr")?,
        geckodriver: find("geckodriver")?,
        webkit_driver: find("WebKitWebDriver")?,
        minibrowser: minibrowser().context("MiniBrowser of WebKitGTK is not installed")?,
        xvfb: find("Xvfb")?,
    })
}

/// Debian keeps it beside the library, in a folder for each architecture.
fn minibrowser() -> Option<PathBuf> {
    let libraries = fs::read_dir("/usr/lib").ok()?.flatten().map(|it| it.path());
    let places = libraries.chain([PathBuf::from("/usr/libexec")]);
    places.map(|it| it.join("webkit2gtk-4.1/MiniBrowser")).find(|it| it.is_file())
}
