//! A `PostgreSQL` of one's own, for as long as a test runs.
//!
//! It is made in a temporary folder by the programs of the system, as another user where the test is root, and ends with
//! the process that started it, however that ends.

mod guard;
mod programs;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, anyhow, bail};

use guard::Guard;
use programs::{Account, account, folder};

/// How often another port is tried, after one was taken by somebody else in between.
const PORTS: usize = 5;

/// A database server.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    account: Option<Account>,
    folder: PathBuf,
    port: u16,
    databases: AtomicUsize,
    _guard: Guard,
}

impl Cluster {
    /// The one of this process.
    pub fn shared() -> Result<&'static Cluster> {
        static CLUSTER: OnceLock<Result<Cluster>> = OnceLock::new();
        let cluster = CLUSTER.get_or_init(Cluster::start);
        cluster.as_ref().map_err(|error| anyhow!("no PostgreSQL: {error:#}"))
    }

    /// Makes one, and starts it.
    pub fn start() -> Result<Cluster> {
        let programs = folder()?;
        let account = account()?;
        let folder = tempfile::Builder::new().prefix("mixus-postgres-").tempdir()?.keep();
        if let Some(account) = &account {
            account.give(&folder)?;
        }
        let guard = Guard::new(&programs, &folder, account.as_ref())?;
        let mut cluster = Cluster {
            programs,
            account,
            folder,
            port: 0,
            databases: AtomicUsize::new(0),
            _guard: guard,
        };
        // Everybody may in, since there is no way in from elsewhere.
        let make = [
            "--auth=trust", "--username=mixus", "--encoding=UTF8", "--no-locale", "--no-sync",
        ];
        cluster.run("initdb", &[&["--pgdata=data"], &make[..]].concat())?;
        for _ in 1..PORTS {
            cluster.port = free_port()?;
            if cluster.go().is_ok() {
                return Ok(cluster);
            }
        }
        cluster.port = free_port()?;
        cluster.go()?;
        Ok(cluster)
    }

    /// Starts it again, where it was, after [`Cluster::stop`].
    pub fn go(&self) -> Result<()> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c max_connections=200",
            self.port,
            self.folder.display()
        );
        self.run(
            "pg_ctl",
            &[
                "start", "--pgdata=data", "--log=log", "--wait", "--silent", "--options", &options,
            ],
        )
    }

    /// Ends it at once, without a checkpoint, as if it had been killed.
    pub fn stop(&self) -> Result<()> {
        self.run("pg_ctl", &["stop", "--pgdata=data", "--mode=immediate", "--silent"])
    }

    /// Makes an empty database; its URL.
    pub fn database(&self) -> Result<String> {
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        Ok(self.url(&name))
    }

    /// The URL of a database.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://mixus@127.0.0.1:{}/{name}", self.port)
    }

    /// Where it listens, on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Executes statements in a database; the values of what they answer.
    pub fn execute(&self, database: &str, statements: &str) -> Result<String> {
        let url = self.url(database);
        let output = self
            .command("psql")
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"])
            .args(["--dbname", &url, "--command", statements])
            .output()
            .context("psql")?;
        if !output.status.success() {
            bail!("psql: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.folder).stdin(Stdio::null());
        if let Some(account) = &self.account {
            account.assume(&mut command);
        }
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        // What it starts keeps what it is given to write to: a pipe would never end.
        let said = self.folder.join("said");
        let file = std::fs::File::create(&said)?;
        let status = self
            .command(program)
            .args(arguments)
            .stdout(file.try_clone()?)
            .stderr(file)
            .status()
            .with_context(|| program.to_owned())?;
        if !status.success() {
            let said = std::fs::read_to_string(said).unwrap_or_default();
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            bail!("{program}: {said}\n{log}");
        }
        Ok(())
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
