//! `cargo xtask demo`: a small assistant app that uses the package as a customer would, with
//! vendors' real kits, and a collector on other ports of this machine in the vendors' place. The server
//! that keeps records is the real one; each of the person's two devices has a line of its own to it.

mod account;
mod collector;
mod line;
mod records;
mod server;
mod settings;
mod site;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::net::TcpListener;

use account::Accounts;
use collector::Collector;
use line::Line;
use records::Records;
use server::{Role, Server};
use site::{Places, Site};

use crate::setup;

/// Where the demo is served if nothing else is asked for; the vendors follow on the next ports.
const USUAL: u16 = 8300;

/// The vendors, each an origin of its own.
const VENDORS: [&str; 6] = ["analytics", "errors", "chat", "video", "ads", "pasted"];

/// How many devices a person has here.
const DEVICES: usize = 2;
/// The site, the vendors, the lines to the server of records.
const PORTS: usize = 1 + VENDORS.len() + DEVICES;

/// `cargo xtask demo [--port <port>] [--database <where>]`.
pub fn command(arguments: &[String]) -> Result<()> {
    let (mut port, mut database) = (None, None);
    for pair in arguments.chunks(2) {
        match pair {
            [name, value] if name == "--port" => port = Some(value.parse().context("--port takes a number")?),
            [name, value] if name == "--database" => database = Some(value.as_str()),
            _ => bail!("does not know {:?}", pair.join(" ")),
        }
    }
    setup::build()?;
    crate::build::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let serve = async {
            let demo = Demo::start(port, database).await?;
            println!("\nThe demo is at {}  (Ctrl-C ends it)\n", demo.address);
            demo.serve().await;
            Ok(())
        };
        tokio::select! {
            served = serve => served,
            ended = told_to_end() => ended,
        }
    })
}

/// Returns when the process is asked to end, so that the server of records ends with it.
async fn told_to_end() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// The demo, built and bound to its ports.
#[derive(Debug)]
pub struct Demo {
    /// Where the site is: `http://127.0.0.1:8300`.
    pub address: String,
    listeners: Vec<TcpListener>,
    collector: Collector,
    lines: [Line; DEVICES],
    records: Records,
    site: Arc<Site>,
    _home: Home,
}

/// Where the demo keeps what outlives it. A browser remembers a site by its port, and so does the demo; a demo on any
/// port is forgotten.
#[derive(Debug)]
struct Home {
    path: PathBuf,
    _passing: Option<TempDir>,
}

impl Home {
    fn of(asked: Option<u16>, ports: &[u16]) -> Result<Home> {
        let above = site::folder();
        std::fs::create_dir_all(&above)?;
        if asked == Some(0) {
            let passing = TempDir::with_prefix_in("records-", above)?;
            let path = passing.path().to_owned();
            return Ok(Home {
                path,
                _passing: Some(passing),
            });
        }
        let path = above.join(format!("records-{}", ports.first().context("a port")?));
        std::fs::create_dir_all(&path)?;
        Ok(Home { path, _passing: None })
    }
}

impl Demo {
    /// Binds the site, the vendors and the lines to ports of the loopback interface, nine in a row from the
    /// one that is asked for or, without one, the first that are free; port 0 takes any. Then builds the site
    /// for them, which needs the package in `pkg/`, and starts the server that keeps records, in a `database` of the
    /// demo's own if none is named.
    pub async fn start(port: Option<u16>, database: Option<&str>) -> Result<Demo> {
        let listeners = bind(port).await?;
        let ports: Vec<u16> =
            listeners.iter().map(|it| Ok(it.local_addr()?.port())).collect::<Result<_>>()?;
        let home = Home::of(port, &ports)?;
        let accounts = Accounts::open(&home.path)?;
        let places = Places::new(&ports)?;
        let records = Records::start(&home.path, &places.site, &accounts.key(), database).await?;
        let [address, _] = places.site.clone();
        let key = records.key.clone();
        let site = tokio::task::spawn_blocking(move || Site::build(places, accounts, key)).await??;
        Ok(Demo {
            address,
            listeners,
            collector: Collector::new(),
            lines: [Line::new(), Line::new()],
            records,
            site: Arc::new(site),
            _home: home,
        })
    }

    /// Serves until the future is dropped.
    pub async fn serve(self) {
        let mut running = tokio::task::JoinSet::new();
        let mut listeners = self.listeners.into_iter();
        let names = std::iter::once(Role::Site(self.lines.clone())).chain(VENDORS.map(Role::Vendor));
        for (role, listener) in names.zip(&mut listeners) {
            let server = Server::new(role, self.collector.clone(), Arc::clone(&self.site));
            running.spawn(server.serve(listener));
        }
        for (line, listener) in self.lines.into_iter().zip(listeners) {
            running.spawn(line.serve(listener, self.records.address));
        }
        running.join_all().await;
    }
}

async fn bind(port: Option<u16>) -> Result<Vec<TcpListener>> {
    let first = port.unwrap_or(USUAL);
    let tries = if port.is_some() { 1 } else { 100 };
    for first in (first..=u16::MAX).step_by(10).take(tries) {
        if let Ok(listeners) = row(first).await {
            return Ok(listeners);
        }
    }
    bail!("port {first} or one of the {} after it is not free", PORTS - 1)
}

async fn row(first: u16) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for at in 0..u16::try_from(PORTS)? {
        let port = match first {
            0 => 0,
            first => first.checked_add(at).context("there is no such port")?,
        };
        listeners.push(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?);
    }
    Ok(listeners)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_row_ends_with_the_ports() {
        assert!(bind(Some(u16::MAX)).await.is_err());
    }

    #[tokio::test]
    async fn a_taken_port_is_left_to_its_owner() {
        let taken = bind(Some(0)).await.expect("free ports");
        let port = taken[8].local_addr().expect("an address").port();
        assert!(bind(Some(port - 8)).await.is_err());
        assert_eq!(taken.len(), 9);
    }
}
