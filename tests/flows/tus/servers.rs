//! The servers that files are sent to: the project's own, and npm's `@tus/server`.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use mixus_privacy_server::{Records, Settings, UploadSettings};
use mixus_privacy_tests::{Reply, Site, root};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// A server, and the folder where it keeps files.
pub(crate) struct Server {
    /// Where uploads begin.
    pub at: String,
    pub name: &'static str,
    folder: TempDir,
    /// What ends with it.
    _runs: Runs,
}

#[allow(dead_code, reason = "they end when they are dropped")]
enum Runs {
    Own(Serving),
    Npm(Box<Child>),
}

struct Serving(JoinHandle<std::io::Result<()>>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Server {
    /// Both.
    pub(crate) async fn all(site: &Site) -> Result<[Server; 2]> {
        Ok([Server::own(site).await?, Server::npm().await?])
    }

    /// The project's own.
    pub(crate) async fn own(site: &Site) -> Result<Server> {
        let folder = TempDir::with_prefix("mixus-privacy-")?;
        let records = Records::open(Settings {
            database: folder.path().join("records.db").into(),
            allow: vec![site.url("")],
            rate: 0,
            uploads: Some(UploadSettings {
                folder: folder.path().join("files"),
                ..UploadSettings::default()
            }),
            ..Settings::default()
        })
        .await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let at = format!("http://{}/v1/files", listener.local_addr()?);
        let router = records.router();
        let serving =
            tokio::spawn(async move { records.serve(listener, router, std::future::pending()).await });
        Ok(Server {
            at,
            name: "own",
            folder,
            _runs: Runs::Own(Serving(serving)),
        })
    }

    async fn npm() -> Result<Server> {
        let folder = TempDir::with_prefix("mixus-privacy-")?;
        fs::create_dir(folder.path().join("files"))?;
        let mut child = Command::new("node")
            .arg(root().join("tests/interop/tus-server.mjs"))
            .arg(folder.path().join("files"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = child.stdout.take().context("a pipe")?;
        let line = BufReader::new(out).lines().next_line().await?;
        Ok(Server {
            at: line.context("an address")?,
            name: "npm",
            folder,
            _runs: Runs::Npm(Box::new(child)),
        })
    }

    /// Where a page gets a finished file: from the server itself, or, as npm's lets no page read, from its folder.
    pub(crate) fn reads(&self, site: &Site, url: &str) -> Result<String> {
        if self.name == "own" {
            return Ok(url.to_owned());
        }
        let name = url.rsplit('/').next().context("a name")?;
        let path = format!("/stored/{name}");
        let bytes = fs::read(self.folder.path().join("files").join(name))?;
        site.reply(&path, Reply::of("application/octet-stream", bytes));
        Ok(site.url(&path))
    }

    /// The files that it keeps, as they came.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        self.kept(|name| !name.contains('.'))
    }

    /// What it knows of them beside that.
    pub(crate) fn notes(&self) -> Result<Vec<PathBuf>> {
        self.kept(|name| name.contains('.'))
    }

    fn kept(&self, is_one: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(self.folder.path().join("files"))? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(&is_one) {
                all.push(entry.path());
            }
        }
        Ok(all)
    }
}
