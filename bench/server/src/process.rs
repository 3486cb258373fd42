//! The real server as a process of its own.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use mixus_privacy_cluster::Cluster;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::postgres;

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it listens.
    pub address: String,
    child: Child,
    /// What works for it besides, if that is its own.
    cluster: Option<&'static Cluster>,
}

/// The program, beside this one.
fn program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.parent().context("a folder")?.join("mixus-privacy-server"))
}

impl Server {
    /// Starts it, and waits until it answers.
    pub(crate) async fn start(database: &str, cluster: Option<&'static Cluster>) -> Result<Server> {
        let program = program()?;
        let mut child = Command::new(&program)
            .args([
                "--listen", "127.0.0.1:0", "--rate", "0", "--log", "error", "--database", database,
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| program.display().to_string())?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let line = lines.next_line().await?.context("the server ended at once")?;
        let address = line.strip_prefix("http://").context("an address")?.to_owned();
        Ok(Server {
            address,
            child,
            cluster,
        })
    }

    fn id(&self) -> Result<u32> {
        self.child.id().context("the server has ended")
    }

    /// As much memory as it ever had, in MB.
    pub(crate) fn memory(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.id()?))?;
        let line = text
            .lines()
            .find_map(|it| it.strip_prefix("VmHWM:"))
            .context("no such figure")?;
        Ok(line.trim_matches(['\t', ' ', 'k', 'B']).parse::<f64>()? / 1000.0)
    }

    /// It, and the processes of its database.
    fn processes(&self) -> Result<Vec<u32>> {
        let mut all = vec![self.id()?];
        all.extend(self.cluster.map(postgres::processes).transpose()?.unwrap_or_default());
        Ok(all)
    }

    /// How much processor time it and its database have had, in seconds.
    pub(crate) fn processor(&self) -> Result<f64> {
        self.processes()?.into_iter().map(processor).sum()
    }

    /// A count of what it asks of the disk from now on; none where there is no strace.
    pub(crate) fn trace(&self) -> Result<Option<Trace>> {
        let mut command = Command::new("strace");
        command.args(["--quiet=none", "-f", "-e", "trace=fsync,fdatasync"]);
        let all = self.processes()?;
        for id in &all {
            command.args(["-p", &id.to_string()]);
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        match child {
            Ok(child) => Ok(Some(Trace {
                child,
                traced: all.len(),
                text: None,
            })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends it without a warning.
    pub(crate) async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn end(mut self) -> Result<()> {
        let id = self.id()?.to_string();
        Command::new("kill").arg(id).status().await?;
        let ended = self.child.wait().await?;
        if ended.success() { Ok(()) } else { bail!("the server ended with {ended}") }
    }
}

/// How much processor time a process has had, in seconds.
fn processor(id: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, after) = text.rsplit_once(") ").context("a figure")?;
    let figures: Vec<&str> = after.split(' ').collect();
    let two = figures.get(11..13).context("two figures")?;
    Ok(two.iter().filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() / 100.0)
}

/// A trace of processes.
#[derive(Debug)]
pub(crate) struct Trace {
    child: Child,
    /// How many they are.
    traced: usize,
    /// What it says once they are: read as it comes, or the trace waits for a reader, and what it traces for the trace.
    text: Option<JoinHandle<std::io::Result<String>>>,
}

impl Trace {
    /// Waits until it sees what happens.
    pub(crate) async fn attached(mut self) -> Result<Trace> {
        let mut errors = self.child.stderr.take().context("its output")?;
        let mut byte = [0];
        let (mut text, mut attached) = (Vec::new(), 0);
        while attached < self.traced {
            if errors.read(&mut byte).await? == 0 {
                bail!("strace: {}", String::from_utf8_lossy(&text));
            }
            text.extend(byte);
            attached += usize::from(text.ends_with(b" attached"));
        }
        self.text = Some(tokio::spawn(async move {
            let mut text = String::new();
            errors.read_to_string(&mut text).await.map(|_| text)
        }));
        Ok(self)
    }

    /// Ends it, and answers how many calls there were.
    pub(crate) async fn count(mut self) -> Result<usize> {
        let id = self.child.id().context("it has ended")?.to_string();
        let text = self.text.take().context("nothing is traced")?;
        Command::new("kill").args(["-INT", &id]).status().await?;
        self.child.wait().await?;
        let text = text.await??;
        Ok(text.lines().filter(|line| line.contains("sync(")).count())
    }
}
