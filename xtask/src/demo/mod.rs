//! `cargo xtask demo`: a small assistant app that uses the package as a customer would, with
//! vendors' real kits, and a collector on other ports of this machine in the vendors' place.

mod collector;
mod server;
mod site;

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, bail};
use tokio::net::TcpListener;

use collector::Collector;
pub use site::build as build_site;

use crate::setup;

/// Where the demo is served if nothing else is asked for; the vendors follow on the next ports.
const USUAL: u16 = 8300;

/// The vendors, each an origin of its own.
pub(crate) const VENDORS: [&str; 5] = ["analytics", "errors", "chat", "video", "ads"];

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
        let demo = Demo::bind(port).await?;
        build_site(&demo.address, &demo.vendors())?;
        println!("\nThe demo is at {}  (Ctrl-C ends it)\n", demo.address);
        demo.serve().await;
        Ok(())
    })
}

/// The demo's servers, bound and ready.
#[derive(Debug)]
pub struct Demo {
    /// Where the site is: `http://127.0.0.1:8300`.
    pub address: String,
    listeners: Vec<TcpListener>,
}

impl Demo {
    /// Binds the site and the vendors to ports of the loopback interface: six in a row from the
    /// one that is asked for or, without one, the first that are free. Port 0 takes any.
    pub async fn bind(port: Option<u16>) -> Result<Demo> {
        let first = port.unwrap_or(USUAL);
        let tries = if port.is_some() { 1 } else { 100 };
        for first in (first..).step_by(10).take(tries) {
            if let Ok(listeners) = row(first).await {
                let address = listeners.first().map(origin).context("no listener")?;
                return Ok(Demo { address, listeners });
            }
        }
        bail!("port {first} or one of the five after it is taken")
    }

    /// The origins of the vendors, by name.
    pub fn vendors(&self) -> Vec<(&'static str, String)> {
        VENDORS.into_iter().zip(self.listeners.iter().skip(1).map(origin)).collect()
    }

    /// Serves until the future is dropped.
    pub async fn serve(self) {
        let collector = Collector::new();
        let mut running = tokio::task::JoinSet::new();
        let names = std::iter::once(None).chain(VENDORS.into_iter().map(Some));
        for (listener, vendor) in self.listeners.into_iter().zip(names) {
            running.spawn(server::serve(listener, vendor, collector.clone()));
        }
        running.join_all().await;
    }
}

async fn row(first: u16) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for at in 0..=VENDORS.len() {
        let port = if first == 0 { 0 } else { first + u16::try_from(at)? };
        listeners.push(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?);
    }
    Ok(listeners)
}

fn origin(listener: &TcpListener) -> String {
    listener
        .local_addr()
        .map_or_else(|_| String::new(), |it| format!("http://{it}"))
}
