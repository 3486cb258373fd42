//! The server that keeps records: the real one, as a process of its own with a database of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command as Spawning};

use crate::paths;
use crate::run::{cargo, run};

const PACKAGE: &str = "mixus-privacy-server";

/// A running server. It ends with this.
#[derive(Debug)]
pub(super) struct Records {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// The key of its log, as a verifier takes it.
    pub(super) key: String,
    _child: Child,
}

/// Builds it as it is while one works on it: quickly.
fn program() -> Result<PathBuf> {
    let target = paths::root().join("target");
    run(cargo()
        .current_dir(paths::root())
        .args(["build", "--quiet", "--package", PACKAGE, "--bin", PACKAGE, "--target-dir"])
        .arg(&target))?;
    Ok(target.join("debug").join(PACKAGE))
}

impl Records {
    /// Starts it for pages of these origins. `link_key` is the public half of the key with which the site's own server
    /// vouches for an account; the database is in the folder `home` if none is named.
    pub(super) async fn start(
        home: &Path,
        allow: &[String],
        link_key: &str,
        database: Option<&str>,
    ) -> Result<Records> {
        let program = tokio::task::spawn_blocking(program).await??;
        let own = home.join("records.db").display().to_string();
        let mut child = Spawning::new(program)
            .args([
                "--listen", "127.0.0.1:0", "--origin", "localhost/demo", "--rate", "0", "--log", "info",
            ])
            .args(["--allow", &allow.join(","), "--link-key", link_key])
            .args(["--uploads", &home.join("files").display().to_string()])
            .args(["--database", database.unwrap_or(&own)])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {PACKAGE}"))?;
        let mut said = lines(child.stdout.take())?;
        let mut log = lines(child.stderr.take())?;
        let mut key = None;
        while key.is_none() {
            let Some(line) = log.next_line().await? else {
                bail!("{PACKAGE} ended: {}", child.wait().await?)
            };
            key = told(&line);
        }
        let first = said.next_line().await?.context("no address")?;
        let address = first.trim_start_matches("http://").parse().context(first)?;
        tokio::spawn(async move {
            while let Ok(Some(line)) = log.next_line().await {
                told(&line);
            }
        });
        Ok(Records {
            address,
            key: key.unwrap_or_default(),
            _child: child,
        })
    }
}

fn lines<R: AsyncRead + Unpin>(from: Option<R>) -> Result<Lines<BufReader<R>>> {
    Ok(BufReader::new(from.context("a pipe")?).lines())
}

/// Passes on what went wrong; the key of the log, if a line of the server's own log names it.
fn told(line: &str) -> Option<String> {
    let Ok(value) = serde_json::from_str::<Value>(line) else {
        eprintln!("{line}");
        return None;
    };
    if matches!(value["level"].as_str(), Some("WARN" | "ERROR")) {
        eprintln!("{PACKAGE}: {line}");
    }
    value["key"].as_str().map(Into::into)
}
