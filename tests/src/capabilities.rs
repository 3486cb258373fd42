//! How each engine is asked for a browser.

use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value, json};
use thirtyfour::Capabilities;

use crate::browser::Options;
use crate::engine::Engine;
use crate::site::Site;

/// Where a browser puts what is saved, in its folder.
pub(crate) const DOWNLOADS: &str = "downloads";

/// What a new session is asked for; without a profile the browser keeps what it stores in `folder`.
pub(crate) fn capabilities(
    engine: Engine,
    site: &Site,
    options: Options,
    profile: Option<&Path>,
    folder: &Path,
) -> Result<Capabilities> {
    let proxy = site.address();
    let program = engine.browser()?;
    let downloads = folder.join(DOWNLOADS);
    let own = match engine {
        Engine::Chromium => {
            let mut arguments = vec![
                "--headless".to_string(),
                "--no-sandbox".into(),
                "--disable-gpu".into(),
                "--disable-quic".into(),
                "--disable-dev-shm-usage".into(),
                "--disable-breakpad".into(),
                "--disable-crash-reporter".into(),
                "--no-first-run".into(),
                "--disable-background-networking".into(),
                "--disable-component-update".into(),
                "--disable-sync".into(),
                "--window-size=1280,900".into(),
                format!("--user-data-dir={}", profile.unwrap_or(&folder.join("profile")).display()),
                // Loopback addresses do not go through it.
                format!("--proxy-server=http://{proxy}"),
            ];
            if options.dark {
                arguments.push("--blink-settings=preferredColorScheme=0".into());
            }
            if options.private {
                arguments.push("--incognito".into());
            }
            let mut preferences = json!({
                "download.default_directory": downloads,
                "download.prompt_for_download": false,
                // More than one without a click.
                "profile.default_content_setting_values.automatic_downloads": 1,
            });
            if options.blocked {
                preferences["profile.default_content_setting_values.cookies"] = json!(2);
            }
            json!({
                "browserName": "chrome",
                "goog:chromeOptions": {"binary": program, "args": arguments, "prefs": preferences},
            })
        }
        Engine::Firefox => {
            let mut preferences = json!({
                "network.proxy.type": 1,
                "network.proxy.http": proxy.ip().to_string(),
                "network.proxy.http_port": proxy.port(),
                "network.proxy.ssl": proxy.ip().to_string(),
                "network.proxy.ssl_port": proxy.port(),
                "dom.security.https_first": false,
                // A form of a page on the loopback may be sent to a host that is played.
                "security.warn_submit_secure_to_insecure": false,
                // Other hosts are played over plain HTTP.
                "network.stricttransportsecurity.preloadlist": false,
                "network.captive-portal-service.enabled": false,
                "network.connectivity-service.enabled": false,
                "layout.css.prefers-color-scheme.content-override": i32::from(!options.dark),
                "browser.download.folderList": 2,
                "browser.download.dir": downloads,
                // Tab goes to every control, whatever the desktop says.
                "accessibility.tabfocus": 7,
            });
            if options.gpc {
                preferences["privacy.globalprivacycontrol.enabled"] = json!(true);
                preferences["privacy.globalprivacycontrol.functionality.enabled"] = json!(true);
            }
            if options.blocked {
                preferences["network.cookie.cookieBehavior"] = json!(2);
            }
            if options.private {
                preferences["browser.privatebrowsing.autostart"] = json!(true);
            }
            let mut arguments = vec!["-headless".to_string(), "--width=1280".into(), "--height=900".into()];
            if let Some(profile) = profile {
                arguments.extend(["-profile".into(), profile.display().to_string()]);
            }
            json!({
                "browserName": "firefox",
                "moz:firefoxOptions": {
                    "binary": program,
                    "args": arguments,
                    "prefs": preferences,
                },
            })
        }
        Engine::WebKit => {
            // As in the other engines. The browser's own arguments say it: of the capability's `noProxy` WebKitGTK makes a
            // list without an end, and is gone at the start as often as not.
            let mut arguments = vec![
                "--automation".to_string(),
                format!("--proxy=http://{proxy}"),
                "--ignore-host=127.0.0.1".into(),
                "--ignore-host=localhost".into(),
            ];
            if options.dark {
                arguments.push("--dark-mode".into());
            }
            json!({
                "browserName": "MiniBrowser",
                "webkitgtk:browserOptions": {"binary": program, "args": arguments},
            })
        }
    };
    let own: Map<String, Value> = serde_json::from_value(own)?;
    Ok(Capabilities::from(own))
}
