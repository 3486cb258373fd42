//! The clients: connections that each send one event, wait for its answer, and send the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What came of a run.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// Acknowledgements a second.
    pub rate: f64,
    /// How long one took, in ms: half of them, 99 of 100, the longest.
    pub quantiles: [f64; 3],
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

/// Sends every list of requests over a connection of its own, each as soon as the last was answered, until `time` is
/// over or one has sent all. Every answer has to have `wanted` in it.
pub(crate) async fn closed(
    address: &str,
    requests: Arc<Vec<Vec<Vec<u8>>>>,
    wanted: &'static [u8],
    time: Duration,
) -> Result<Ran> {
    let mut running = JoinSet::new();
    let sent = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    for which in 0..requests.len() {
        let (address, requests, sent) = (address.to_owned(), Arc::clone(&requests), Arc::clone(&sent));
        running.spawn(async move {
            let mut client = Client::connect(&address).await?;
            let mut took = Vec::new();
            for request in &requests[which] {
                let begin = Instant::now();
                if begin - start > time {
                    break;
                }
                let (status, body) = client.ask(request).await?;
                if status != 200 || !body.windows(wanted.len()).any(|it| it == wanted) {
                    bail!("{status}: {}", String::from_utf8_lossy(body));
                }
                took.push(begin.elapsed().as_secs_f64() * 1000.0);
                sent.fetch_add(1, Ordering::Relaxed);
            }
            Ok(took)
        });
    }
    let mut all = Vec::new();
    while let Some(took) = running.join_next().await {
        all.extend(took??);
    }
    let rate = sent.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
    all.sort_by(f64::total_cmp);
    let at = |share: f64| {
        all.get(((all.len() as f64 * share) as usize).min(all.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0.0)
    };
    Ok(Ran {
        rate,
        quantiles: [at(0.5), at(0.99), at(1.0)],
    })
}
