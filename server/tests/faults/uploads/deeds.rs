//! What is done with uploads, and what may be answered.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use axum::body::{Body, Bytes};
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;
use sha2::{Digest as _, Sha256};

use super::model::{Life, Model, Upload};

/// What can be done with uploads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Begin,
    Patch,
    End,
    Join,
}

/// Pieces of a body, and then its end, or that the connection breaks.
pub(super) fn body(bytes: &[u8], breaks: bool, rng: &mut Rng) -> Body {
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

    async fn read(&mut self, rng: &mut Rng) -> Result<()> {
        let Some(path) = self.any(rng, |it| it.life == Life::There && !it.is_part) else {
            return Ok(());
        };
        self.reads(&path).await
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
}
