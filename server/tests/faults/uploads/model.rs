//! What is uploaded, and what was said of it; held against what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;
use http_body_util::BodyExt as _;
use mixus_privacy_server::{Records, Settings, UploadSettings};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

use super::disk::Disk;
use crate::vfs::Machine;

/// What became of an upload, as far as anybody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    There,
    /// Somebody has asked for its end, and did not hear that it came; or joined it.
    Unsure,
    Gone,
}

#[derive(Clone, Debug)]
struct Upload {
    content: Arc<Vec<u8>>,
    is_part: bool,
    /// It was said to be so far.
    said: usize,
    /// So much of it was sent.
    sent: usize,
    life: Life,
}

/// What was done and seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub acknowledged: u64,
    pub unheard: u64,
    pub joined: u64,
    pub ended: u64,
    pub finished: u64,
    pub broken: u64,
}

/// What can be done with uploads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Begin,
    Patch,
    End,
    Join,
}

/// What was said of uploads up to some time.
pub(super) struct Memory(BTreeMap<String, Upload>);

/// A server in this process, and who uploads to it.
pub(super) struct Model {
    pub disk: Disk,
    router: Router,
    /// The records beside it, which are no part of this, live as long.
    machine: Machine,
    uploads: BTreeMap<String, Upload>,
    pub told: Told,
}

/// What was answered.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn offset(&self) -> Result<usize> {
        let offset = self.headers.get("upload-offset").context("no offset")?;
        Ok(offset.to_str()?.parse()?)
    }

    fn is_fault(&self) -> bool {
        matches!(self.status, 503 | 507)
    }
}

fn settings(disk: &Disk, machine: &Machine) -> Settings {
    Settings {
        database: machine.database().into(),
        rate: 0,
        clock: || crate::AT,
        uploads: Some(UploadSettings {
            files: Some(Arc::new(disk.clone())),
            ..UploadSettings::default()
        }),
        ..Settings::default()
    }
}

async fn start(disk: &Disk, rng: &mut Rng) -> Result<(Router, Machine)> {
    let machine = Machine::new(rng);
    let mut why = None;
    for _ in 0..100 {
        match Records::open(settings(disk, &machine)).await {
            Ok(records) => return Ok((records.router(), machine)),
            Err(error) => why = Some(error),
        }
        if disk.is_gone() {
            break;
        }
    }
    Err(why.context("it never started")?.into())
}

/// Pieces of a body, and then its end, or that the connection breaks.
fn body(bytes: &[u8], breaks: bool, rng: &mut Rng) -> Body {
    let mut pieces: Vec<Result<Bytes, std::io::Error>> = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, more) = rest.split_at(rng.usize(1..=rest.len()));
        pieces.push(Ok(Bytes::copy_from_slice(piece)));
        rest = more;
    }
    if breaks {
        pieces.push(Err(std::io::Error::other("gone")));
    }
    Body::from_stream(futures_util::stream::iter(pieces))
}

fn content(rng: &mut Rng) -> Vec<u8> {
    // Up to where several pieces are written.
    let length = match rng.u8(..8) {
        0 => 0,
        1 => rng.usize(1..=3),
        2 => rng.usize(250_000..600_000),
        _ => rng.usize(1..20_000),
    };
    std::iter::repeat_with(|| rng.u8(..)).take(length).collect()
}

impl Model {
    pub(super) async fn new(disk: Disk, rng: &mut Rng) -> Result<Model> {
        let (router, machine) = start(&disk, rng).await?;
        Ok(Model {
            disk,
            router,
            machine,
            uploads: BTreeMap::new(),
            told: Told::default(),
        })
    }

    /// Goes on on another disk; nothing if the power went again before it could.
    pub(super) async fn again(&mut self, disk: Disk, rng: &mut Rng) -> Result<bool> {
        self.disk = disk;
        match start(&self.disk, rng).await {
            Ok((router, machine)) => {
                self.router = router;
                drop(std::mem::replace(&mut self.machine, machine));
                Ok(true)
            }
            Err(_) if self.disk.is_gone() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, request: axum::http::request::Builder, body: Body) -> Result<Answer> {
        let request: Request<Body> = request.header("tus-resumable", "1.0.0").body(body)?;
        let response = self.router.clone().oneshot(request).await?;
        let (head, body) = response.into_parts();
        let status = head.status.as_u16();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            // It breaks off in the midst of a file: whoever reads notices.
            Err(_) => {
                return Ok(Answer {
                    status: 503,
                    headers: HeaderMap::new(),
                    body: Bytes::new(),
                });
            }
        };
        Ok(Answer {
            status,
            headers: head.headers,
            body,
        })
    }

    fn any(&self, rng: &mut Rng, good: impl Fn(&Upload) -> bool) -> Option<String> {
        let paths: Vec<&String> = self.uploads.iter().filter(|it| good(it.1)).map(|it| it.0).collect();
        rng.choice(paths).cloned()
    }

    /// Does one thing, whatever else could be done.
    pub(super) async fn does(&mut self, deed: Deed, rng: &mut Rng) -> Result<()> {
        match deed {
            Deed::Begin => self.begin(rng).await,
            Deed::Patch => self.patch(rng).await,
            Deed::End => self.end(rng).await,
            Deed::Join => self.join(rng).await,
        }
    }

    /// What is known so far, to come back to.
    pub(super) fn memory(&self) -> Memory {
        Memory(self.uploads.clone())
    }

    pub(super) fn recalls(&mut self, memory: &Memory) {
        self.uploads.clone_from(&memory.0);
    }

    /// Does something.
    pub(super) async fn step(&mut self, rng: &mut Rng) -> Result<()> {
        match rng.u8(..20) {
            0..4 => self.begin(rng).await,
            4..12 => self.patch(rng).await,
            12..15 => self.head(rng).await,
            15 => self.read(rng).await,
            16 => self.end(rng).await,
            17..19 => self.join(rng).await,
            _ => self.wrong(rng).await,
        }
    }

    async fn begin(&mut self, rng: &mut Rng) -> Result<()> {
        let content = content(rng);
        let is_part = rng.u8(..3) == 0;
        let mut request = Request::post("/v1/files").header("upload-length", content.len());
        if is_part {
            request = request.header("upload-concat", "partial");
        }
        let count = if rng.bool() { rng.usize(..=content.len()) } else { 0 };
        let breaks = count > 0 && rng.u8(..5) == 0;
        let sent = if count > 0 {
            request = request.header("content-type", "application/offset+octet-stream");
            body(&content[..count], breaks, rng)
        } else {
            Body::empty()
        };
        let answer = self.ask(request, sent).await?;
        if answer.is_fault() {
            self.told.unheard += 1;
            return Ok(());
        }
        ensure!(answer.status == 201, "begin: {}", answer.status);
        let said = if count > 0 { answer.offset()? } else { 0 };
        ensure!(said == count, "{said} of {count} bytes that were sent with it");
        let path = format!("/v1/{}", answer.headers["location"].to_str()?);
        self.told.acknowledged += 1;
        let upload = Upload {
            content: Arc::new(content),
            is_part,
            said,
            sent: count,
            life: Life::There,
        };
        ensure!(self.uploads.insert(path, upload).is_none(), "a name was given twice");
        Ok(())
    }

    async fn patch(&mut self, rng: &mut Rng) -> Result<()> {
        let Some(path) = self.any(rng, |it| it.life == Life::There && it.said < it.content.len()) else {
            return Ok(());
        };
        let upload = &self.uploads[&path];
        let (from, content) = (upload.said, Arc::clone(&upload.content));
        let count = if rng.bool() {
            content.len() - from
        } else {
            rng.usize(..=content.len() - from)
        };
        let bytes = &content[from..from + count];
        let breaks = rng.u8(..4) == 0;
        let mut request = Request::patch(&path)
            .header("upload-offset", from)
            .header("content-type", "application/offset+octet-stream");
        let checksum = rng.u8(..4) == 0;
        let wrong = checksum && rng.bool();
        if checksum {
            let sum = if wrong { Sha256::digest(b"other") } else { Sha256::digest(bytes) };
            request = request.header("upload-checksum", format!("sha256 {}", STANDARD.encode(sum)));
        }
        let answer = self.ask(request, body(bytes, breaks, rng)).await?;
        let told = &mut self.told;
        let upload = self.uploads.get_mut(&path).context("it")?;
        // What has a sum that is not right, or not looked at, is dropped.
        if !(checksum && (wrong || breaks)) {
            upload.sent = upload.sent.max(from + count);
        }
        match answer.status {
            204 => {
                ensure!(!breaks && !wrong, "what broke was acknowledged");
                ensure!(answer.offset()? == from + count, "another offset than was sent");
                told.acknowledged += 1;
                upload.said = from + count;
            }
            460 => ensure!(wrong && !breaks, "a sum was right"),
            400 => {
                ensure!(breaks, "400");
                told.broken += 1;
            }
            // It came further than anybody heard.
            409 => ensure!(upload.sent > from, "409 at {from}"),
            _ if answer.is_fault() => told.unheard += 1,
            status => bail!("patch: {status}"),
        }
        Ok(())
    }

    async fn head(&mut self, rng: &mut Rng) -> Result<()> {
        let Some(path) = self.any(rng, |_| true) else {
            return Ok(());
        };
        self.looks(&path).await
    }

    /// How far an upload is, held against what was said.
    async fn looks(&mut self, path: &str) -> Result<()> {
        let answer = self.ask(Request::head(path), Body::empty()).await?;
        let upload = self.uploads.get_mut(path).context("it")?;
        match (answer.status, upload.life) {
            (200, Life::There | Life::Unsure) => {
                let offset = answer.offset()?;
                let Upload { said, sent, .. } = *upload;
                ensure!(offset >= said, "{offset} bytes are there, and {said} were acknowledged");
                ensure!(offset <= sent, "{offset} bytes are there, and {sent} were sent");
                upload.said = offset;
            }
            (404, Life::Unsure) => upload.life = Life::Gone,
            (404, Life::Gone) => {}
            _ if answer.is_fault() => {}
            (status, life) => bail!("{status} of an upload that is {life:?}"),
        }
        Ok(())
    }

    async fn read(&mut self, rng: &mut Rng) -> Result<()> {
        let Some(path) = self.any(rng, |it| it.life == Life::There && !it.is_part) else {
            return Ok(());
        };
        self.reads(&path).await
    }

    async fn reads(&mut self, path: &str) -> Result<()> {
        let answer = self.ask(Request::get(path), Body::empty()).await?;
        let upload = &self.uploads[path];
        let is_finished = upload.said == upload.content.len();
        match answer.status {
            200 => {
                ensure!(upload.sent == upload.content.len(), "finished before it was sent");
                ensure!(answer.body[..] == upload.content[..], "a file is another than was sent");
            }
            409 => ensure!(!is_finished, "a finished file is said to be none"),
            _ if answer.is_fault() => {}
            status => bail!("get: {status}"),
        }
        Ok(())
    }

    async fn end(&mut self, rng: &mut Rng) -> Result<()> {
        let Some(path) = self.any(rng, |it| it.life != Life::Gone) else {
            return Ok(());
        };
        let answer = self.ask(Request::delete(&path), Body::empty()).await?;
        let upload = self.uploads.get_mut(&path).context("it")?;
        match answer.status {
            204 => {
                upload.life = Life::Gone;
                self.told.ended += 1;
            }
            404 if upload.life == Life::Unsure => {}
            _ if answer.is_fault() => upload.life = Life::Unsure,
            status => bail!("delete: {status}"),
        }
        Ok(())
    }

    async fn join(&mut self, rng: &mut Rng) -> Result<()> {
        let is_good = |it: &Upload| it.is_part && it.life == Life::There && it.said == it.content.len();
        let mut parts: Vec<String> =
            self.uploads.iter().filter(|it| is_good(it.1)).map(|it| it.0.clone()).collect();
        rng.shuffle(&mut parts);
        parts.truncate(rng.usize(1..=4));
        if parts.is_empty() {
            return Ok(());
        }
        let mut tries = 0;
        let answer = loop {
            let request =
                Request::post("/v1/files").header("upload-concat", format!("final;{}", parts.join(" ")));
            let answer = self.ask(request, Body::empty()).await?;
            tries += 1;
            // Who did not hear it asks again.
            if !answer.is_fault() || tries == 3 || self.disk.is_gone() {
                break answer;
            }
        };
        let content: Vec<u8> = parts.iter().flat_map(|it| self.uploads[it].content.to_vec()).collect();
        for part in &parts {
            // Parts go with it, or expire later.
            self.uploads.get_mut(part).context("it")?.life = Life::Unsure;
        }
        match answer.status {
            201 => {
                let path = format!("/v1/{}", answer.headers["location"].to_str()?);
                self.told.joined += 1;
                let length = content.len();
                let upload = Upload {
                    content: Arc::new(content),
                    is_part: false,
                    said: length,
                    sent: length,
                    life: Life::There,
                };
                self.uploads.insert(path, upload);
                Ok(())
            }
            // What is left of one that was begun is in the way until it is tidied up.
            423 => Ok(()),
            _ if answer.is_fault() => {
                self.told.unheard += 1;
                Ok(())
            }
            status => bail!("join: {status}"),
        }
    }

    /// Asks for what cannot be.
    async fn wrong(&mut self, rng: &mut Rng) -> Result<()> {
        let Some(path) = self.any(rng, |it| it.life == Life::There) else {
            return Ok(());
        };
        let upload = &self.uploads[&path];
        let offset = upload.sent + 1 + rng.usize(..10);
        let request = Request::patch(&path)
            .header("upload-offset", offset)
            .header("content-type", "application/offset+octet-stream");
        let answer = self.ask(request, body(b"x", false, rng)).await?;
        // 403: it was joined.
        ensure!(
            matches!(answer.status, 409 | 403) || answer.is_fault(),
            "wrong: {}",
            answer.status
        );
        Ok(())
    }

    /// Every upload is as it was said to be.
    pub(super) async fn checks(&mut self) -> Result<()> {
        for path in self.uploads.keys().cloned().collect::<Vec<_>>() {
            self.looks(&path).await?;
        }
        Ok(())
    }

    /// Every part goes on to its end.
    pub(super) async fn finishes_parts(&mut self, rng: &mut Rng) -> Result<()> {
        let parts = self.uploads.iter().filter(|(_, it)| it.is_part);
        let parts = parts.map(|(path, _)| path.clone()).collect();
        self.finishes_these(parts, rng).await
    }

    /// Every upload goes on to its end, on a disk that is well, and is what was sent.
    pub(super) async fn finishes(&mut self, rng: &mut Rng) -> Result<()> {
        let all = self.uploads.keys().cloned().collect();
        self.finishes_these(all, rng).await
    }

    async fn finishes_these(&mut self, paths: Vec<String>, rng: &mut Rng) -> Result<()> {
        for path in paths {
            self.looks(&path).await?;
            let Upload {
                content,
                said,
                is_part,
                life,
                ..
            } = self.uploads[&path].clone();
            if life != Life::There {
                continue;
            }
            let request = Request::patch(&path)
                .header("upload-offset", said)
                .header("content-type", "application/offset+octet-stream");
            let answer = self.ask(request, body(&content[said..], false, rng)).await?;
            // 403: it was joined, and is whole.
            ensure!(matches!(answer.status, 204 | 403), "it does not go on: {}", answer.status);
            let upload = self.uploads.get_mut(&path).context("it")?;
            (upload.said, upload.sent) = (content.len(), content.len());
            self.told.finished += 1;
            if !is_part {
                self.reads(&path).await?;
            }
        }
        Ok(())
    }
}
