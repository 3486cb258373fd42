//! `cargo xtask demo`: a small assistant app that uses the package as a customer would, with
//! vendors' real kits, and a collector on other ports of this machine in the vendors' place.

mod collector;
mod server;
mod settings;
mod site;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use tokio::net::TcpListener;

use collector::Collector;
use site::Site;

use crate::setup;

/// Where the demo is served if nothing else is asked for; the vendors follow on the next ports.
const USUAL: u16 = 8300;

/// The vendors, each an origin of its own.
const VENDORS: [&str; 6] = ["analytics", "errors", "chat", "video", "ads", "pasted"];

/// `cargo xtask demo [--port <port>]`.
pub fn command(arguments: &[String]) -> Result<()> {
    let port = match arguments {
        [] => None,
        [name, port] if name == "--port" => Some(port.parse().context("--port takes a number")?),
        [first, ..] => bail!("does not know {first:?}"),
    };
    setup::build()?;
    crate::build::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let demo = Demo::start(port).await?;
        println!("\nThe demo is at {}  (Ctrl-C ends it)\n", demo.address);
        demo.serve().await;
        Ok(())
    })
}

/// The demo, built and bound to its ports.
#[derive(Debug)]
pub struct Demo {
    /// Where the site is: `http://127.0.0.1:8300`.
    pub address: String,
    listeners: Vec<TcpListener>,
    site: Arc<Site>,
}

impl Demo {
    /// Binds the site and the vendors to ports of the loopback interface, seven in a row from the
    /// one that is asked for or, without one, the first that are free; port 0 takes any. Then
    /// builds the site for them, which needs the package in `pkg/`.
    pub async fn start(port: Option<u16>) -> Result<Demo> {
        let listeners = bind(port).await?;
        let mut origins = listeners.iter().map(origin).collect::<Result<Vec<_>>>()?;
        let address = origins.remove(0);
        let vendors = VENDORS.into_iter().zip(origins).collect();
        let site = tokio::task::spawn_blocking(move || Site::build(vendors)).await??;
        Ok(Demo {
            address,
            listeners,
            site: Arc::new(site),
        })
    }

    /// Serves until the future is dropped.
    pub async fn serve(self) {
        let collector = Collector::new();
        let mut running = tokio::task::JoinSet::new();
        let names = std::iter::once(None).chain(VENDORS.into_iter().map(Some));
        for (listener, vendor) in self.listeners.into_iter().zip(names) {
            let server = server::Server::new(vendor, collector.clone(), Arc::clone(&self.site));
            running.spawn(server.serve(listener));
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
    bail!("port {first} or one of the six after it is not free")
}

async fn row(first: u16) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for at in 0..=u16::try_from(VENDORS.len())? {
        let port = match first {
            0 => 0,
            first => first.checked_add(at).context("there is no such port")?,
        };
        listeners.push(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?);
    }
    Ok(listeners)
}

fn origin(listener: &TcpListener) -> Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
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
        let port = taken[6].local_addr().expect("an address").port();
        assert!(bind(Some(port - 6)).await.is_err());
        assert_eq!(taken.len(), 7);
    }
}
