//! The real server for clients that are no pages: it listens until it is told to end.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use mixus_privacy_server::{Records, Settings};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server that listens.
#[derive(Debug)]
pub struct Listening {
    /// Where it is.
    pub address: SocketAddr,
    end: oneshot::Sender<()>,
    serving: JoinHandle<Result<()>>,
}

impl Listening {
    /// Starts one.
    pub async fn new(settings: Settings) -> Result<Listening> {
        let records = Records::open(settings).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (end, told) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let router = records.router();
            let serving = records.serve(listener, router, async { drop(told.await) });
            serving.await.context("it did not end well")
        });
        Ok(Listening {
            address,
            end,
            serving,
        })
    }

    /// Ends it, once it has answered what it was asked.
    pub async fn end(self) -> Result<()> {
        drop(self.end);
        self.serving.await?
    }
}
