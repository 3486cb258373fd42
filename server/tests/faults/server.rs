//! The real server: the program, with a database, started and ended.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};

/// What a server is told where its records are, and how these are read behind its back. A store of another kind is
/// another of these.
pub(crate) trait Database: Sync {
    /// What stands behind `--database`.
    fn url(&self) -> String;
    fn kept(&self) -> Result<crate::kept::Kept>;
}

/// A file of `SQLite`.
impl Database for Path {
    fn url(&self) -> String {
        self.display().to_string()
    }

    fn kept(&self) -> Result<crate::kept::Kept> {
        crate::kept::sqlite(self)
    }
}

/// A server that is running. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
    /// The key of its log.
    pub key: String,
}

/// The command of a server with a database.
pub(crate) fn command(database: &(impl Database + ?Sized)) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixus-privacy-server"));
    command
        .args(["--database", &database.url(), "--listen", "127.0.0.1:0", "--rate", "0"])
        .args(["--origin", "faults.example/log", "--log", "info"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Server {
    /// Starts one, and waits until it listens.
    pub(crate) fn start(mut command: Command) -> Result<Server> {
        let mut child = command.spawn()?;
        let mut out = BufReader::new(child.stdout.take().context("its output")?);
        let mut errors = BufReader::new(child.stderr.take().context("its log")?);
        let mut address = None;
        let mut line = String::new();
        while address.is_none() && out.read_line(&mut line)? > 0 {
            address = line.trim_end().strip_prefix("http://").map(str::to_owned);
            line.clear();
        }
        let Some(address) = address else {
            let mut why = String::new();
            errors.read_to_string(&mut why)?;
            child.wait()?;
            bail!("it did not start: {why}");
        };
        let mut key = None;
        while key.is_none() {
            let mut line = String::new();
            errors.read_line(&mut line)?;
            let line: serde_json::Value = serde_json::from_str(&line).context("a log that is no JSON")?;
            key = line["key"].as_str().map(str::to_owned);
        }
        // Nobody reads the rest, and it must not wait for that.
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        Ok(Server {
            child,
            address,
            key: key.context("its key")?,
        })
    }

    /// Kills it, from one instruction to the next.
    pub(crate) fn kill(&mut self) -> Result<ExitStatus> {
        self.child.kill()?;
        Ok(self.child.wait()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
