//! Projects that use the package as a site would: packed, and installed from its tarball.
//!
//! A project's sources and its lock file are in `tests/packaging/`; it is installed and built
//! in `target/packaging/`, so that nothing is written beside the sources.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, Result};

use crate::browser::{free_port, ready};
use crate::process::{Process, output};
use crate::root;
use crate::site::{Reply, Site};

/// The lock file that the packages of a project were installed from.
const INSTALLED: &str = "installed-lock.json";

/// The projects that are installed. Only one is being installed at a time.
static DONE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// A project with the package in its `node_modules`.
#[derive(Clone, Debug)]
pub struct Fixture {
    folder: PathBuf,
}

/// A server that a project's tools run.
#[derive(Debug)]
pub struct Server {
    port: u16,
    _process: Process,
}

impl Server {
    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Fixture {
    /// Installs a project of `tests/packaging/`, once a run.
    pub fn install(name: &str) -> Result<Fixture> {
        let folder = work().join(name);
        let fixture = Fixture { folder };
        let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
        if !done.contains(name) {
            fixture
                .set_up(&root().join("tests/packaging").join(name))
                .context(name.to_owned())?;
            done.insert(name.to_owned());
        }
        Ok(fixture)
    }

    fn set_up(&self, source: &Path) -> Result<()> {
        let folder = &self.folder;
        fs::create_dir_all(folder)?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() && entry.file_name() != "node_modules" {
                fs::remove_dir_all(entry.path())?;
            }
        }
        copy(source, folder)?;
        let lock = fs::read(folder.join("package-lock.json"))?;
        if fs::read(folder.join(INSTALLED)).ok().as_ref() != Some(&lock) {
            npm(folder, &["ci"])?;
            fs::write(folder.join(INSTALLED), lock)?;
        }
        let modules = folder.join("node_modules");
        // What was installed and built from an older tarball has the same name and version.
        for old in ["@mixus", ".vite"].map(|name| modules.join(name)) {
            if old.exists() {
                fs::remove_dir_all(old)?;
            }
        }
        let tarball = tarball()?;
        let tarball = tarball.to_str().context("a path that is not UTF-8")?;
        npm(folder, &["install", "--no-save", "--prefer-offline", tarball])
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the package is.
    pub fn package(&self) -> PathBuf {
        self.folder.join("node_modules/@mixus/privacy")
    }

    /// Runs a program in the project's folder and answers what it printed.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        output(Command::new(program).current_dir(&self.folder).args(arguments))
    }

    /// Starts a server of the project: a script in its folder with arguments, and a port.
    pub async fn serve(&self, script: &str, arguments: &[&str]) -> Result<Server> {
        let port = free_port()?;
        let log = self.folder.join(format!("server-{port}.log"));
        let out = File::create(&log)?;
        let mut command = Command::new("node");
        command
            .current_dir(&self.folder)
            .arg(script)
            .args(arguments)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out);
        let mut process = Process::start(&mut command)?;
        let started = ready(&mut process, port).await;
        started.with_context(|| fs::read_to_string(log).unwrap_or_default())?;
        Ok(Server {
            port,
            _process: process,
        })
    }

    /// Puts a file or a folder of the project on a site, under the path it has here.
    pub fn publish(&self, site: &Site, path: &str) -> Result<()> {
        let file = self.folder.join(path);
        if file.is_dir() {
            for entry in fs::read_dir(&file).with_context(|| path.to_owned())? {
                let name = entry?.file_name().into_string().ok().context("a name that is not UTF-8")?;
                self.publish(site, &format!("{path}/{name}"))?;
            }
            return Ok(());
        }
        let body = fs::read(&file).with_context(|| path.to_owned())?;
        let reply = match file.extension().and_then(|it| it.to_str()) {
            Some("html") => Reply::html(body),
            Some("js") => Reply::script(body),
            Some("wasm") => Reply::of("application/wasm", body),
            _ => Reply::of("application/octet-stream", body),
        };
        let address = format!("/{path}");
        site.reply(address.strip_suffix("index.html").unwrap_or(&address), reply);
        Ok(())
    }
}

fn work() -> PathBuf {
    root().join("target/packaging")
}

/// The package, packed as it is published; once a run.
fn tarball() -> Result<PathBuf> {
    static PACKED: OnceLock<PathBuf> = OnceLock::new();
    if let Some(path) = PACKED.get() {
        return Ok(path.clone());
    }
    let to = work();
    fs::create_dir_all(&to)?;
    let printed = output(
        Command::new("npm")
            .current_dir(root().join("pkg"))
            .args(["pack", "--pack-destination"])
            .arg(&to),
    )?;
    let name = printed.lines().last().context("npm pack said nothing")?;
    Ok(PACKED.get_or_init(|| to.join(name.trim())).clone())
}

fn npm(folder: &Path, arguments: &[&str]) -> Result<()> {
    let quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    output(Command::new("npm").current_dir(folder).args(arguments).args(quiet)).map(drop)
}

/// Copies a folder without what npm put there.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if !entry.file_type()?.is_dir() {
            fs::copy(entry.path(), to.join(name))?;
        } else if name != "node_modules" {
            copy(&entry.path(), &to.join(name))?;
        }
    }
    Ok(())
}
