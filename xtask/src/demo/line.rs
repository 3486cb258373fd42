//! A device's way to the server that keeps records: a port of its own, which can be cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Whether connections are let through. Copies are of the same line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    open: Arc<watch::Sender<bool>>,
}

impl Line {
    /// An open line.
    pub(super) fn new() -> Line {
        Line {
            open: Arc::new(watch::Sender::new(true)),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// Cuts it, with every connection that there is, or mends it.
    pub(super) fn set(&self, open: bool) {
        self.open.send_replace(open);
    }

    /// Passes connections on for as long as the future lives.
    pub(super) async fn serve(self, listener: TcpListener, to: SocketAddr) {
        let mut connections = JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            connections.spawn(pass(stream, to, self.open.subscribe()));
            while connections.try_join_next().is_some() {}
        }
    }
}

async fn pass(mut from: TcpStream, to: SocketAddr, mut open: watch::Receiver<bool>) {
    // Without a word to the end, as a cable that is pulled: nothing is still delivered.
    let _ = from.set_zero_linger();
    let through = async {
        if let Ok(mut to) = TcpStream::connect(to).await {
            let _ = copy_bidirectional(&mut from, &mut to).await;
        }
    };
    tokio::select! {
        biased;
        _ = open.wait_for(|open| !open) => {}
        () = through => {}
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_cut_line_lets_nothing_through_until_it_is_mended() {
        let echo = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let to = echo.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = echo.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    tokio::io::copy(&mut read, &mut write).await
                });
            }
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let line = Line::new();
        tokio::spawn(line.clone().serve(listener, to));
        let asked = async || {
            let mut stream = TcpStream::connect(address).await.ok()?;
            stream.write_all(b"x").await.ok()?;
            let mut said = [0];
            (stream.read(&mut said).await.ok()? == 1).then_some(stream)
        };
        let mut before = asked().await.expect("an open line");
        line.set(false);
        // What was there is cut as well.
        assert!(before.read(&mut [0]).await.map_or(true, |length| length == 0));
        assert!(asked().await.is_none());
        line.set(true);
        assert!(asked().await.is_some());
    }
}
