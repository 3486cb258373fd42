//! The real server of files, and a line to it that does to answers what networks do.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::records::RecordServer;
use crate::site::Site;

/// What happens to an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// So many bytes of its body arrive, and the connection is closed.
    Cut(usize),
    /// Nothing of it arrives.
    Reset,
    /// So many bytes of its body arrive, and then nothing, while the connection stays.
    Stall(usize),
    /// Another answer comes in its place: `503 Service Unavailable`.
    Status(&'static str),
    /// A header has another value: name in lower case, with a colon.
    Header(&'static str, &'static str),
    /// The part that was asked for was not heard of: the whole file comes.
    Whole,
}

#[derive(Debug, Default)]
struct Plan {
    next: VecDeque<Option<Wrong>>,
    always: Option<Wrong>,
    ranges: Vec<String>,
    met: usize,
}

/// A server of files with an empty folder, and the line to it.
#[derive(Debug)]
pub struct FileServer {
    /// Where it is found.
    pub address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    server: RecordServer,
    line: JoinHandle<()>,
}

fn lock(plan: &Mutex<Plan>) -> MutexGuard<'_, Plan> {
    plan.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FileServer {
    /// A server that the pages of a site may ask.
    pub async fn start(site: &Site) -> Result<FileServer> {
        let server = RecordServer::for_files(site).await?;
        let behind = server.address;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let plan = Arc::new(Mutex::new(Plan::default()));
        let shared = Arc::clone(&plan);
        let line = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let plan = Arc::clone(&shared);
                // Whoever has hung up needs no answer.
                tokio::spawn(async move { drop(pass(stream, behind, &plan).await) });
            }
        });
        Ok(FileServer {
            address,
            plan,
            server,
            line,
        })
    }

    /// Where files are put.
    pub fn url(&self) -> String {
        format!("http://{}/v1/files", self.address)
    }

    /// Where the file of an address lies.
    pub fn path(&self, url: &str) -> Result<PathBuf> {
        let kept = self.server.kept_files()?;
        let is = |it: &PathBuf| it.file_name().is_some_and(|it| url.ends_with(&*it.to_string_lossy()));
        kept.into_iter().find(is).context("a file")
    }

    /// What happens to the next answers to questions for a part, in their order; nothing to those for which there is `None`.
    pub fn next(&self, wrong: impl IntoIterator<Item = Option<Wrong>>) {
        let mut plan = lock(&self.plan);
        plan.next = wrong.into_iter().collect();
        plan.met = 0;
    }

    /// What happens to all others.
    pub fn always(&self, wrong: Option<Wrong>) {
        lock(&self.plan).always = wrong;
    }

    /// How many answers something was done to, since it was said what.
    pub fn met(&self) -> usize {
        lock(&self.plan).met
    }

    /// The parts that were asked for since this was asked last.
    pub fn ranges(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.plan).ranges)
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.line.abort();
    }
}

/// One request and its answer; the connection ends with it.
async fn pass(mut stream: TcpStream, server: SocketAddr, plan: &Mutex<Plan>) -> Result<()> {
    let mut head = Vec::new();
    let mut part = vec![0; 64 * 1024];
    let end = loop {
        if let Some(at) = head.windows(4).position(|it| it == b"\r\n\r\n") {
            break at + 2;
        }
        let count = stream.read(&mut part).await?;
        if count == 0 {
            bail!("the browser went");
        }
        head.extend_from_slice(part.get(..count).context("what was read")?);
    };
    let body = head.split_off(end);
    let text = String::from_utf8(head)?;
    let range = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("range").then(|| value.to_owned())
    });
    let is_part = text.starts_with("GET ") && range.is_some();
    let wrong = {
        let mut plan = lock(plan);
        let wrong = if is_part {
            plan.next.pop_front().unwrap_or_else(|| plan.always.clone())
        } else {
            None
        };
        plan.met += usize::from(wrong.is_some());
        plan.ranges.extend(range);
        wrong
    };
    if let Some(Wrong::Status(status)) = wrong {
        let origin = "access-control-allow-origin: *\r\ncontent-length: 0\r\nconnection: close";
        stream
            .write_all(format!("HTTP/1.1 {status}\r\n{origin}\r\n\r\n").as_bytes())
            .await?;
        return Ok(());
    }
    let dropped = |line: &&str| {
        let name = line.split(':').next().unwrap_or("").to_lowercase();
        name != "connection" && (name != "range" || wrong != Some(Wrong::Whole))
    };
    let kept: Vec<&str> = text.lines().filter(dropped).collect();
    let mut to = TcpStream::connect(server).await?;
    let asked = format!("{}\r\nconnection: close\r\n", kept.join("\r\n"));
    to.write_all(asked.as_bytes()).await?;
    to.write_all(&body).await?;
    let (mut to_read, mut to_write) = to.into_split();
    let (from_read, mut from_write) = stream.into_split();
    if !is_part {
        let sent = tokio::spawn(async move {
            let mut from_read = from_read;
            let _ = tokio::io::copy(&mut from_read, &mut to_write).await;
        });
        tokio::io::copy(&mut to_read, &mut from_write).await?;
        sent.abort();
        return Ok(());
    }
    let mut answer = Vec::new();
    to_read.read_to_end(&mut answer).await?;
    let begin = answer.windows(4).position(|it| it == b"\r\n\r\n").context("an answer")? + 4;
    let some = |count: usize| answer.get(..(begin + count).min(answer.len())).unwrap_or_default();
    match wrong {
        Some(Wrong::Reset) => {}
        Some(Wrong::Cut(count)) => from_write.write_all(some(count)).await?,
        Some(Wrong::Stall(count)) => {
            from_write.write_all(some(count)).await?;
            // Until the browser has had enough of it.
            let mut from_read = from_read;
            while from_read.read(&mut part).await? > 0 {}
        }
        Some(Wrong::Header(name, value)) => {
            let head = String::from_utf8(some(0).to_vec())?;
            let other = |line: &str| {
                let is = line.to_lowercase().starts_with(name);
                if is { format!("{name} {value}") } else { line.to_owned() }
            };
            let head: Vec<String> = head.split("\r\n").map(other).collect();
            from_write.write_all(head.join("\r\n").as_bytes()).await?;
            from_write.write_all(answer.get(begin..).unwrap_or_default()).await?;
        }
        _ => from_write.write_all(&answer).await?,
    }
    Ok(())
}
