//! The clients: connections that each send one event, wait for its answer, and send the next.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use mixus_privacy_bench::stats::quantile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What came of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ran {
    /// Answers a second.
    pub rate: f64,
    /// How long one took, in ms: half of them, 99 of 100.
    pub quantiles: [f64; 2],
}

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: &str) -> Result<Client> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Client {
            stream,
            buffer: vec![0; 64 * 1024],
        })
    }

    /// Sends a request as it stands, and answers the status and the body.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        loop {
            let read = self
                .stream
                .read(self.buffer.get_mut(filled..).context("an answer that is too long")?)
                .await?;
            if read == 0 {
                bail!("the connection was closed");
            }
            filled += read;
            let so_far = &self.buffer[..filled];
            let Some(head) = so_far.windows(4).position(|it| it == b"\r\n\r\n") else {
                continue;
            };
            let text = std::str::from_utf8(&so_far[..head])?.to_ascii_lowercase();
            let length: usize = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .context("a length")?
                .parse()?;
            if filled >= head + 4 + length {
                let status = text.split(' ').nth(1).context("a status")?.parse()?;
                return Ok((status, &self.buffer[head + 4..head + 4 + length]));
            }
        }
    }
}

/// A request with a body.
pub(crate) fn post(path: &str, body: &str) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// A round of requests, a list for each connection. What one device sends goes over one connection, in its order.
pub(crate) type Requests = Arc<Vec<Vec<Vec<u8>>>>;

/// When requests are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// The next when the last was answered.
    Closed,
    /// So many a second over all connections, whether the last was answered or not; how long one takes counts from
    /// when it was due.
    Open(f64),
}

/// Sends every request. Every answer has to have `wanted` in it. The rate is that until the first connection has
/// sent all of its own.
pub(crate) async fn run(
    address: &str,
    requests: &Requests,
    wanted: &'static [u8],
    pace: Pace,
) -> Result<Ran> {
    let mut running = JoinSet::new();
    let sent = Arc::new(AtomicUsize::new(0));
    let first = Arc::new(OnceLock::new());
    let connections = requests.len();
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(Client::connect(address).await?);
    }
    let start = Instant::now();
    for (which, mut client) in clients.into_iter().enumerate() {
        let (requests, sent, first) = (Arc::clone(requests), Arc::clone(&sent), Arc::clone(&first));
        running.spawn(async move {
            let mut took = Vec::new();
            for (at, request) in requests[which].iter().enumerate() {
                let mut begin = Instant::now();
                if let Pace::Open(rate) = pace {
                    let due = (at * connections + which) as f64 / rate;
                    begin = start + Duration::from_secs_f64(due);
                    tokio::time::sleep_until(begin.into()).await;
                }
                let (status, body) = client.ask(request).await?;
                if status != 200 || !body.windows(wanted.len()).any(|it| it == wanted) {
                    bail!("{status}: {}", String::from_utf8_lossy(body));
                }
                took.push(begin.elapsed().as_secs_f64() * 1000.0);
                sent.fetch_add(1, Ordering::Relaxed);
            }
            first.get_or_init(|| sent.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64());
            Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(took) = running.join_next().await {
        all.extend(took??);
    }
    all.sort_by(f64::total_cmp);
    let at = |share: f64| quantile(&all, share).unwrap_or(0.0);
    Ok(Ran {
        rate: first.get().copied().unwrap_or(0.0),
        quantiles: [at(0.5), at(0.99)],
    })
}
