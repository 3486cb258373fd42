//! HTTP by hand, for what a client that behaves would not do.

use std::net::SocketAddr;
use std::time::Duration;

use mixus_privacy_server::{Records, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Kept;

/// What nobody has to wait longer for than this is broken.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A server that listens.
pub(crate) struct Served {
    pub kept: Kept,
    pub address: SocketAddr,
    pub end: oneshot::Sender<()>,
    pub serving: JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub(crate) async fn with(settings: Settings) -> Served {
        let kept = Kept::with(settings).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (end, told) = oneshot::channel();
        let records: Records = kept.records.clone();
        let serving = tokio::spawn(async move {
            let router = records.router();
            records.serve(listener, router, async { drop(told.await) }).await
        });
        Served {
            kept,
            address,
            end,
            serving,
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// Waits until something is true of the metrics.
    pub(crate) async fn until(&self, line: &str) {
        let counted = async {
            while !self
                .kept
                .open("/metrics")
                .await
                .as_str()
                .is_some_and(|it| it.lines().any(|it| it == line))
            {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, counted)
            .await
            .unwrap_or_else(|_| panic!("never {line}"));
    }
}

/// Sends a request as it stands.
pub(crate) async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.expect("sent");
}

/// All that comes until the other side closes.
pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // A connection that is cut off has said what it had to say.
    let _ = tokio::time::timeout(LONG, stream.read_to_end(&mut all)).await.expect("an end");
    String::from_utf8_lossy(&all).into_owned()
}

/// The next answer, of those whose body ends with a brace.
pub(crate) async fn answer(stream: &mut TcpStream) -> String {
    let mut all = String::new();
    while !(all.contains("\r\n\r\n") && all.ends_with('}')) {
        let mut some = [0; 4096];
        let count = tokio::time::timeout(LONG, stream.read(&mut some))
            .await
            .expect("an answer")
            .expect("bytes");
        assert_ne!(count, 0, "closed after {all:?}");
        all.push_str(&String::from_utf8_lossy(&some[..count]));
    }
    all
}
