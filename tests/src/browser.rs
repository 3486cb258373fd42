//! One browser with a new profile, driven over WebDriver.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::common::keys::Key;
use thirtyfour::session::handle::SessionHandle;
use thirtyfour::{WebDriver, WebElement};

use crate::PATIENCE;
use crate::capabilities::{DOWNLOADS, capabilities};
use crate::engine::{Engine, display_server};
use crate::page::{BANNER, CONTROL, PANEL};
use crate::process::Process;
use crate::profile::Profile;
use crate::site::Site;

/// What is special about a browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The system is set to dark colours.
    pub dark: bool,
    /// The browser sends the opt-out signal (Firefox alone has such a setting).
    pub gpc: bool,
    /// The browser refuses every cookie and all storage (WebKitGTK has no such setting that a
    /// driver could make).
    pub blocked: bool,
    /// Its windows are private ones. (Those of the automated WebKitGTK always are.)
    pub private: bool,
}

/// One browser.
#[derive(Debug)]
pub struct Browser {
    /// The session, for what has no method here.
    pub session: Arc<SessionHandle>,
    /// What it is.
    pub engine: Engine,
    // Fields end in this order: the browser before the display it draws on and the folder it
    // writes to.
    _driver: Process,
    _display: Option<Process>,
    folder: TempDir,
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

impl Browser {
    /// Starts a driver and a session, with a new profile if there is none yet; `site` is its proxy.
    pub async fn start(
        engine: Engine,
        site: &Site,
        options: Options,
        profile: Option<&Profile>,
    ) -> Result<Browser> {
        let folder = TempDir::with_prefix("mixus-privacy-")?;
        std::fs::create_dir_all(folder.path().join(DOWNLOADS))?;
        // Where WebKitGTK looks for that.
        std::fs::create_dir_all(folder.path().join("config"))?;
        let said = format!("XDG_DOWNLOAD_DIR=\"$HOME/{DOWNLOADS}\"\n");
        std::fs::write(folder.path().join("config/user-dirs.dirs"), said)?;
        let mut last = None;
        // The port is free when it is chosen; somebody else may take it before the driver.
        for _ in 0..3 {
            match Browser::attempt(engine, site, options, folder.path(), profile).await {
                Ok((session, driver, display)) => {
                    return Ok(Browser {
                        session,
                        engine,
                        _driver: driver,
                        _display: display,
                        folder,
                    });
                }
                Err(error) => last = Some(error),
            }
        }
        let log = std::fs::read_to_string(folder.path().join("driver.log")).unwrap_or_default();
        Err(last.context("no attempt")?).with_context(|| format!("{engine} does not start: {log}"))
    }

    async fn attempt(
        engine: Engine,
        site: &Site,
        options: Options,
        folder: &Path,
        profile: Option<&Profile>,
    ) -> Result<(Arc<SessionHandle>, Process, Option<Process>)> {
        let display = match engine {
            Engine::WebKit => Some(display(folder).await?),
            _ => None,
        };
        let port = free_port()?;
        let log = File::options().create(true).append(true).open(folder.join("driver.log"))?;
        let mut command = Command::new(engine.driver()?);
        command
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .env("XDG_CACHE_HOME", folder.join("cache"))
            .env("XDG_CONFIG_HOME", folder.join("config"))
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("MOZ_CRASHREPORTER_DISABLE", "1")
            .env("LANG", "C.UTF-8")
            .env_remove("http_proxy")
            .env_remove("https_proxy")
            .env_remove("WAYLAND_DISPLAY");
        if let Some((_, number)) = &display {
            command
                .env("DISPLAY", format!(":{number}"))
                .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
                .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
        }
        let mut driver = Process::start(&mut command)?;
        ready(&mut driver, port).await?;
        let capabilities = capabilities(engine, site, options, profile.map(Profile::path), folder)?;
        let web_driver = WebDriver::builder(format!("http://127.0.0.1:{port}"), capabilities)
            .request_timeout(Duration::from_secs(60))
            .connect()
            .await?;
        let session = web_driver.handle().clone();
        // The browser ends with its process; nobody has to ask it to.
        let _ = web_driver.leak();
        session.set_script_timeout(PATIENCE).await?;
        Ok((session, driver, display.map(|(process, _)| process)))
    }

    /// Where it puts what is saved.
    pub fn downloads(&self) -> PathBuf {
        self.folder.path().join(DOWNLOADS)
    }

    /// Goes to a page.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.session.goto(url).await.with_context(|| format!("goto {url}"))
    }

    /// The value of an expression.
    pub async fn get<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        let script = format!("return ({expression});");
        let value = self.session.execute(script, Vec::new()).await;
        let value = value.with_context(|| expression.to_string())?;
        value.convert().with_context(|| format!("{expression}: {}", value.json()))
    }

    /// Runs statements.
    pub async fn run(&self, statements: &str) -> Result<()> {
        let done = self.session.execute(statements, Vec::new()).await;
        done.with_context(|| statements.to_string())?;
        Ok(())
    }

    /// The value of a promise.
    pub async fn settled(&self, promise: &str) -> Result<Value> {
        // In the page's own world: in Firefox a driver's scripts run beside it, and objects of
        // theirs are not the page's.
        let call = Value::from(format!("(async () => ({promise}))()"));
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             window.eval({call}).then((value) => done({{ value: value ?? null }}), \
             (error) => done({{ error: {{ code: error.code, path: error.path, name: error.name, text: '' + error }} }}));",
        );
        let value = self.session.execute_async(script, Vec::new()).await;
        Ok(value.with_context(|| promise.to_string())?.json().clone())
    }

    /// Waits until an expression is true.
    pub async fn wait(&self, expression: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        let mut last;
        loop {
            // While a page is being left, nothing can be asked of it.
            last = match self.get::<Value>(&format!("!!({expression})")).await {
                Ok(Value::Bool(true)) => return Ok(()),
                Ok(value) => value.to_string(),
                Err(error) => format!("{error:#}"),
            };
            if Instant::now() > end {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let facts = self
            .get::<Value>(
                "{ started: window.started ?? null, failed: window.failed ?? null, errors: window.errors ?? null, trap: window.trap ?? null, \
                 address: location.href, layer: document.querySelector('mixus-privacy')?.shadowRoot.textContent ?? null }",
            )
            .await;
        bail!("never became true ({last}): {expression}; {facts:?}")
    }

    /// The element that an expression stands for.
    pub async fn element(&self, expression: &str) -> Result<WebElement> {
        self.wait(expression).await?;
        let script = format!("return ({expression});");
        let value = self.session.execute(script, Vec::new()).await?;
        value.element().with_context(|| expression.to_string())
    }

    /// Clicks on an element as a person would.
    pub async fn click(&self, expression: &str) -> Result<()> {
        let element = self.element(expression).await?;
        element.click().await.with_context(|| format!("click on {expression}"))
    }

    /// Presses a key.
    pub async fn press(&self, key: Key) -> Result<()> {
        let actions = self.session.action_chain().key_down(key.clone()).key_up(key);
        Ok(actions.perform().await?)
    }

    /// Presses a key while another is held.
    pub async fn press_with(&self, held: Key, key: Key) -> Result<()> {
        let actions = self.session.action_chain();
        let actions = actions.key_down(held.clone()).key_down(key.clone()).key_up(key).key_up(held);
        Ok(actions.perform().await?)
    }

    /// Waits for the banner, at rest.
    pub async fn banner(&self) -> Result<()> {
        self.wait(&format!("window.started && {BANNER}")).await?;
        self.at_rest(BANNER).await
    }

    /// Waits for the control that is there after a decision.
    pub async fn control(&self) -> Result<()> {
        self.wait(&format!("window.started && {CONTROL} && !{BANNER}")).await
    }

    /// Waits for the panel, at rest.
    pub async fn panel(&self) -> Result<()> {
        self.wait(PANEL).await?;
        self.at_rest(PANEL).await
    }

    /// Waits until an element no longer moves.
    pub async fn at_rest(&self, expression: &str) -> Result<()> {
        let moving = "getAnimations({ subtree: true }).some((it) => it.playState === 'running')";
        self.wait(&format!("!({expression}).{moving}")).await
    }

    /// Presses "Reject all" in the banner.
    pub async fn reject(&self) -> Result<()> {
        self.click(&format!("{BANNER}?.querySelectorAll('.actions button')[0]")).await
    }

    /// Presses "Accept all" in the banner.
    pub async fn accept(&self) -> Result<()> {
        self.click(&format!("{BANNER}?.querySelectorAll('.actions button')[1]")).await
    }

    /// Opens the panel from the banner.
    pub async fn choose(&self) -> Result<()> {
        self.click(&format!("{BANNER}?.querySelectorAll('.actions button')[2]")).await?;
        self.panel().await
    }

    /// Presses a button of the panel: `close`, `reject`, `accept`, `save`, `about`.
    pub async fn panel_button(&self, does: &str) -> Result<()> {
        self.click(&format!("{PANEL}?.querySelector('[data-do={does}]')")).await
    }

    /// Turns a switch of the panel.
    pub async fn turn(&self, key: &str) -> Result<()> {
        let switch = format!("{PANEL}?.querySelector('input[data-key={key}]')");
        // Switches of services stand behind their purpose's "n services".
        self.run(&format!("const it = {switch}?.closest('details'); if (it) it.open = true;"))
            .await?;
        if self.engine == Engine::WebKit {
            // Its driver finds no point to click at within the panel's scrolling part.
            self.run(&format!("{switch}.focus()")).await?;
            return self.press(Key::Space).await;
        }
        self.click(&switch).await
    }

    /// Presses a button of the control, by its place: choices, and withdraw.
    pub async fn control_button(&self, at: usize) -> Result<()> {
        self.click(&format!("{CONTROL}?.querySelectorAll('button')[{at}]")).await
    }

    /// The texts of the control's buttons.
    pub async fn control_texts(&self) -> Result<Vec<String>> {
        self.get(&format!(
            "[...{CONTROL}.querySelectorAll('button')].map((it) => it.textContent)"
        ))
        .await
    }

    /// The keys of what the banner asks about, by the titles that it shows.
    pub async fn asked(&self) -> Result<Vec<String>> {
        self.get(&format!(
            "[...{BANNER}.querySelectorAll('dt')].map((it) => it.textContent.trim())"
        ))
        .await
    }

    /// The purposes that are allowed.
    pub async fn allowed(&self) -> Result<Vec<String>> {
        self.get("allowed()").await
    }

    /// The codes of the errors that were told.
    pub async fn errors(&self) -> Result<Vec<String>> {
        self.get("errors.map((it) => it.path ? it.code + ' ' + it.path : it.code)")
            .await
    }

    /// Sends a request of the page's own and one to another host, and waits until both have
    /// arrived: what was sent before them would have arrived as well.
    pub async fn beacon(&self, site: &Site, name: &str) -> Result<Vec<String>> {
        let host = format!("beacon-{name}.example");
        self.run(&format!("fetch('/beacon/{name}'); new Image().src = 'http://{host}/seen.svg';"))
            .await?;
        site.wait(&format!("/beacon/{name}")).await?;
        site.wait(&format!("{host}/seen.svg")).await?;
        Ok(site.arrived().into_iter().filter(|it| !it.starts_with("beacon-")).collect())
    }
}

/// Waits until a driver answers.
pub(crate) async fn ready(driver: &mut Process, port: u16) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if !driver.is_alive() {
            bail!("the driver ended");
        }
        // A driver that takes connections answers them.
        if tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() && driver.is_alive() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("the driver does not answer")
}

/// Starts an X server on a display that is free.
async fn display(folder: &Path) -> Result<(Process, String)> {
    let told = folder.join("display");
    let mut command = Command::new(display_server()?);
    // It says its number when it is ready.
    command
        .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"])
        .stdin(Stdio::null())
        .stdout(File::create(&told)?)
        .stderr(Stdio::null());
    let mut server = Process::start(&mut command)?;
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end && server.is_alive() {
        let number = std::fs::read_to_string(&told)?;
        if number.ends_with('\n') {
            return Ok((server, number.trim().into()));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bail!("the X server does not start")
}
