//! The server is killed while much is uploaded to it, and started again in the same folder. What was acknowledged is
//! there, what was not goes on, and every file is what was sent.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, bail, ensure};
use fastrand::Rng;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::reading::read_at;
use crate::server::{Server, command};
use crate::{counts, first_seed, rounds};

/// As many upload at once.
const CLIENTS: u64 = 12;
/// As many rounds are done in one folder.
const TOGETHER: u64 = 5;

/// What was seen in all rounds.
#[derive(Debug, Default)]
struct Told {
    rounds: u64,
    acknowledged: u64,
    broken: u64,
    further: u64,
    files: u64,
    bytes: u64,
}

/// What all who upload have in common: with so many bytes on their way it is enough.
#[derive(Debug)]
struct Load {
    sent: AtomicU64,
    enough: u64,
    reached: Notify,
}

impl Load {
    fn sends(&self, bytes: usize) {
        let before = self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        if before < self.enough && before + bytes as u64 >= self.enough {
            self.reached.notify_one();
        }
    }
}

/// An upload, as who sends it knows it.
#[derive(Debug)]
struct Upload {
    path: Option<String>,
    content: Arc<Vec<u8>>,
    said: usize,
    sent: usize,
    acknowledged: u64,
    was_broken: bool,
}

/// An answer: its status, head and body.
struct Answer(u16, String, Vec<u8>);

impl Answer {
    fn header(&self, name: &str) -> Result<&str> {
        let mut lines = self.1.lines();
        let value = lines.find_map(|it| it.strip_prefix(name)?.strip_prefix(": "));
        value.with_context(|| format!("no {name} in {}", self.1))
    }
}

/// Asks, in pieces that are counted. An error is that the connection broke.
async fn ask(address: &str, head: &str, body: &[u8], load: Option<&Load>) -> Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    let length = body.len();
    let head = format!(
        "{head}Host: x\r\nTus-Resumable: 1.0.0\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    for piece in body.chunks(64 * 1024) {
        stream.write_all(piece).await?;
        if let Some(load) = load {
            load.sends(piece.len());
        }
    }
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await?;
    let end = all.windows(4).position(|it| it == b"\r\n\r\n").context("no answer")?;
    let head = std::str::from_utf8(&all[..end])?.to_ascii_lowercase();
    let status = head.split(' ').nth(1).context("a status")?.parse()?;
    // A name is not the same in small letters.
    let kept = std::str::from_utf8(&all[..end])?.to_owned();
    let lines: Vec<String> = kept
        .lines()
        .filter_map(|it| it.split_once(": "))
        .map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase()))
        .collect();
    Ok(Answer(status, lines.join("\n"), all[end + 4..].to_vec()))
}

impl Upload {
    fn new(rng: &mut Rng) -> Upload {
        let most = [0, 1_000, 300_000, 3_000_000, 20_000_000][rng.usize(..5)];
        let length = rng.usize(0..=most);
        Upload {
            path: None,
            content: Arc::new(std::iter::repeat_with(|| rng.u8(..)).take(length).collect()),
            said: 0,
            sent: 0,
            acknowledged: 0,
            was_broken: false,
        }
    }

    /// Uploads as far as it goes; whether that was all.
    async fn goes(&mut self, address: &str, rng: &mut Rng, load: Option<&Load>) -> Result<bool> {
        let length = self.content.len();
        if self.path.is_none() {
            let head = format!("POST /v1/files HTTP/1.1\r\nUpload-Length: {length}\r\n");
            let Ok(answer) = ask(address, &head, b"", load).await else {
                return Ok(false);
            };
            ensure!(answer.0 == 201, "begin: {}", answer.0);
            self.acknowledged += 1;
            self.path = Some(format!("/v1/{}", answer.header("location")?));
        }
        let begun = self.path.clone().context("it was begun")?;
        while self.said < length {
            let count = if rng.bool() { length - self.said } else { rng.usize(1..=length - self.said) };
            let (from, to) = (self.said, self.said + count);
            let head = format!(
                "PATCH {begun} HTTP/1.1\r\nUpload-Offset: {from}\r\nContent-Type: application/offset+octet-stream\r\n"
            );
            self.sent = self.sent.max(to);
            let Ok(answer) = ask(address, &head, &self.content[from..to], load).await else {
                self.was_broken = true;
                return Ok(false);
            };
            ensure!(answer.0 == 204, "patch: {} {}", answer.0, answer.1);
            self.said = answer.header("upload-offset")?.parse()?;
            ensure!(self.said == to, "another offset than was sent");
            self.acknowledged += 1;
        }
        Ok(true)
    }

    /// How far it is, held against what was said.
    async fn looks(&mut self, address: &str, told: &mut Told) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let answer = ask(address, &format!("HEAD {path} HTTP/1.1\r\n"), b"", None).await?;
        ensure!(answer.0 == 200, "an upload that was acknowledged is not there: {}", answer.0);
        let offset: usize = answer.header("upload-offset")?.parse()?;
        let Upload { said, sent, .. } = *self;
        ensure!(offset >= said, "{offset} bytes are there, and {said} were acknowledged");
        ensure!(offset <= sent, "{offset} bytes are there, and {sent} were sent");
        told.further += u64::from(offset > said);
        self.said = offset;
        Ok(())
    }

    async fn reads(&self, address: &str, rng: &mut Rng, told: &mut Told) -> Result<()> {
        let path = read_at(self.path.as_deref().context("it was begun")?);
        let answer = ask(address, &format!("GET {path} HTTP/1.1\r\n"), b"", None).await?;
        ensure!(answer.0 == 200 && answer.2 == *self.content, "a file is another than was sent");
        if !self.content.is_empty() {
            let from = rng.usize(..self.content.len());
            let head = format!("GET {path} HTTP/1.1\r\nRange: bytes={from}-\r\n");
            let answer = ask(address, &head, b"", None).await?;
            ensure!(
                answer.0 == 206 && answer.2 == self.content[from..],
                "a part is another than was sent"
            );
        }
        told.files += 1;
        told.bytes += self.content.len() as u64;
        Ok(())
    }
}

fn serves(folder: &Path) -> Command {
    let mut command = command(folder.join("privacy.db").as_path());
    command.arg("--uploads").arg(folder.join("uploads"));
    command
}

/// Load, a kill in the midst of it, and a look at what is there.
async fn round(folder: &Path, rng: &mut Rng, told: &mut Told) -> Result<()> {
    let mut server = Server::start(serves(folder))?;
    let most = [1_000_000, 10_000_000, 60_000_000][rng.usize(..3)];
    let load = Arc::new(Load {
        sent: AtomicU64::new(0),
        enough: rng.u64(1..=most),
        reached: Notify::new(),
    });
    let mut running = JoinSet::new();
    for _ in 0..CLIENTS {
        let (address, mut rng, load) = (server.address.clone(), rng.fork(), Arc::clone(&load));
        running.spawn(async move {
            let mut all = Vec::new();
            // Until the server is gone.
            loop {
                let mut upload = Upload::new(&mut rng);
                let went = upload.goes(&address, &mut rng, Some(&load)).await;
                let is_all = matches!(went, Ok(true));
                all.push(upload);
                if !is_all {
                    return went.map(|_| all);
                }
            }
        });
    }
    tokio::select! {
        () = load.reached.notified() => {}
        done = running.join_next() => bail!("somebody stopped before it was killed: {:?}", done.map(|it| it.map(drop))),
    }
    server.kill()?;
    let server = Server::start(serves(folder))?;
    while let Some(done) = running.join_next().await {
        for mut upload in done?? {
            told.acknowledged += upload.acknowledged;
            told.broken += u64::from(upload.was_broken);
            upload.looks(&server.address, told).await?;
            ensure!(upload.goes(&server.address, rng, None).await?, "it does not go on");
            upload.reads(&server.address, rng, told).await?;
        }
    }
    told.rounds += 1;
    Ok(())
}

/// What lies in the folder: nothing is there by half.
fn looks_through(folder: &PathBuf) -> Result<()> {
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string().ok());
    }
    for name in &names {
        let other = match name.strip_suffix(".state") {
            Some(data) => data.to_owned(),
            None => format!("{name}.state"),
        };
        ensure!(names.contains(&other), "half of an upload");
    }
    Ok(())
}

#[tokio::test]
async fn what_was_acknowledged_of_uploads_survives_a_kill() {
    let count = rounds(4, 200);
    let mut told = Told::default();
    let mut at = 0;
    while at < count {
        let folder = TempDir::with_prefix("mixus-faults-").expect("a folder");
        for _ in 0..TOGETHER.min(count - at) {
            let mut rng = Rng::with_seed(first_seed() + at);
            let done = round(folder.path(), &mut rng, &mut told).await;
            let done = done.with_context(|| format!("round {at}, MIXUS_SEED={}", first_seed() + at));
            done.unwrap_or_else(|error| panic!("{error:#}"));
            at += 1;
        }
        drop(Server::start(serves(folder.path())).expect("it starts"));
        looks_through(&folder.path().join("uploads")).expect("whole");
    }
    counts(told.rounds, &format!("kills under {CLIENTS} uploads at once"));
    counts(told.acknowledged, "answers to uploads, none lost");
    counts(told.broken, "uploads that broke off");
    counts(told.further, "uploads that had come further than was heard");
    counts(told.files, "files, each what was sent");
    counts(told.bytes, "bytes of them");
}
