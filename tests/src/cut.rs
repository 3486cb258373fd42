//! A network on which no connection lasts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::PATIENCE;

/// Between a browser and a server: cuts each connection once so many bytes went from the browser to the server.
#[derive(Debug)]
pub struct CutProxy {
    /// Where it stands.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    most: AtomicU64,
    whole: AtomicU64,
    cuts: watch::Sender<u64>,
    deaf: Mutex<Option<String>>,
    sent: AtomicU64,
}

impl CutProxy {
    /// A network that does nothing yet.
    pub async fn start(server: SocketAddr) -> Result<CutProxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            server,
            most: u64::MAX.into(),
            whole: u64::MAX.into(),
            cuts: watch::Sender::new(0),
            deaf: Mutex::new(None),
            sent: 0.into(),
        });
        let all = Arc::clone(&shared);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&all);
                tokio::spawn(async move { shared.pass(stream).await });
            }
        });
        Ok(CutProxy {
            address,
            shared,
            serving,
        })
    }

    /// From here on no connection carries more than that to the server; `u64::MAX` ends it.
    pub fn after(&self, bytes: u64) {
        self.shared.most.store(bytes, Ordering::Relaxed);
    }

    /// From here on all connections together carry no more than that to the server; `u64::MAX` ends it.
    pub fn hold(&self, bytes: u64) {
        let whole = bytes.saturating_add(self.sent());
        self.shared.whole.store(whole, Ordering::Relaxed);
    }

    /// The next request that has these words, in lower case, arrives, and its answer does not; nor does anything after it, until
    /// `hold` says otherwise.
    pub fn deaf(&self, to: &str) {
        *self.shared.deaf() = Some(to.into());
    }

    /// Waits until so many connections were cut.
    pub async fn cut(&self, times: u64) -> Result<()> {
        let mut cuts = self.shared.cuts.subscribe();
        timeout(PATIENCE, cuts.wait_for(|it| *it >= times)).await??;
        Ok(())
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> u64 {
        *self.shared.cuts.borrow()
    }

    /// How many bytes went to the server.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn deaf(&self) -> MutexGuard<'_, Option<String>> {
        self.deaf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut(&self) {
        self.cuts.send_modify(|it| *it += 1);
    }

    /// One connection, from its beginning to its end.
    async fn pass(&self, mut browser: TcpStream) {
        let Ok(mut server) = TcpStream::connect(self.server).await else {
            return;
        };
        let (mut from, mut to) = browser.split();
        let (mut answers, mut requests) = server.split();
        let unheard = AtomicBool::new(false);
        let forth = async {
            let mut buffer = vec![0; 16 * 1024];
            let mut carried = 0;
            while let Ok(count @ 1..) = from.read(&mut buffer).await {
                carried += count as u64;
                let sent = self.sent.fetch_add(count as u64, Ordering::Relaxed) + count as u64;
                if carried > self.most.load(Ordering::Relaxed) || sent > self.whole.load(Ordering::Relaxed) {
                    self.sent.fetch_sub(count as u64, Ordering::Relaxed);
                    self.cut();
                    return;
                }
                let text = String::from_utf8_lossy(&buffer[..count]).to_lowercase();
                if self.deaf().take_if(|it| text.contains(it.as_str())).is_some() {
                    unheard.store(true, Ordering::Relaxed);
                }
                if requests.write_all(&buffer[..count]).await.is_err() {
                    return;
                }
            }
        };
        let back = async {
            let mut buffer = vec![0; 16 * 1024];
            while let Ok(count @ 1..) = answers.read(&mut buffer).await {
                if unheard.load(Ordering::Relaxed) {
                    self.whole.store(0, Ordering::Relaxed);
                    self.cut();
                    return;
                }
                if to.write_all(&buffer[..count]).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = forth => {}
            () = back => {}
        }
    }
}

impl Drop for CutProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
