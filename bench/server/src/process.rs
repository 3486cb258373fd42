//! The real server as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it listens.
    pub address: String,
    child: Child,
}

/// The program, beside this one.
fn program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.parent().context("a folder")?.join("mixus-privacy-server"))
}

impl Server {
    /// Starts it, and waits until it answers. `command` may be a program that starts it.
    pub(crate) async fn start(database: &str, command: &[&str]) -> Result<Server> {
        let program = program()?;
        let mut words = command.iter().map(Path::new).chain([program.as_path()]);
        let mut child = Command::new(words.next().context("a program")?)
            .args(words)
            .args([
                "--listen", "127.0.0.1:0", "--rate", "0", "--log", "error", "--database", database,
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the server: cargo build --release -p mixus-privacy-server")?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let line = lines.next_line().await?.context("the server ended at once")?;
        let address = line.strip_prefix("http://").context("an address")?.to_owned();
        Ok(Server { address, child })
    }

    /// What the system says about the process, by a name in `/proc/…/status`, in kB.
    pub(crate) fn status(&self, name: &str) -> Result<u64> {
        let id = self.child.id().context("it has ended")?;
        let text = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = text.lines().find_map(|it| it.strip_prefix(name)).context("no such figure")?;
        Ok(line.trim_matches([':', '\t', ' ', 'k', 'B']).parse()?)
    }

    /// How much processor time it has had, in seconds.
    pub(crate) fn processor(&self) -> Result<f64> {
        let id = self.child.id().context("it has ended")?;
        let text = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let (_, after) = text.rsplit_once(") ").context("a figure")?;
        let figures: Vec<&str> = after.split(' ').collect();
        let ticks: f64 = figures
            .get(11..13)
            .context("two figures")?
            .iter()
            .filter_map(|it| it.parse::<f64>().ok())
            .sum();
        Ok(ticks / 100.0)
    }

    /// Ends it without a warning.
    pub(crate) async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn end(mut self) -> Result<()> {
        let id = self.child.id().context("it has ended")?.to_string();
        Command::new("kill").arg(id).status().await?;
        self.child.wait().await?;
        Ok(())
    }
}
