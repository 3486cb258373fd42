//! What is uploaded, and what was said of it; held against what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request};
use fastrand::Rng;
use http_body_util::BodyExt as _;
use mixus_privacy_server::{Records, Settings, UploadSettings};
use tower::ServiceExt as _;

use super::disk::Disk;
use crate::vfs::Machine;

/// What became of an upload, as far as anybody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    There,
    /// Somebody has asked for its end, and did not hear that it came; or joined it.
    Unsure,
    Gone,
}

#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) content: Arc<Vec<u8>>,
    pub(super) is_part: bool,
    /// It was said to be so far.
    pub(super) said: usize,
    /// So much of it was sent.
    pub(super) sent: usize,
    pub(super) life: Life,
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

/// What was said of uploads up to some time.
pub(super) struct Memory(BTreeMap<String, Upload>);

/// A server in this process, and who uploads to it.
pub(super) struct Model {
    pub disk: Disk,
    router: Router,
    /// The records beside it, which are no part of this, live as long.
    machine: Machine,
    pub(super) uploads: BTreeMap<String, Upload>,
    pub told: Told,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn offset(&self) -> Result<usize> {
        let offset = self.headers.get("upload-offset").context("no offset")?;
        Ok(offset.to_str()?.parse()?)
    }

    pub(super) fn is_fault(&self) -> bool {
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

    pub(super) async fn ask(&self, request: axum::http::request::Builder, body: Body) -> Result<Answer> {
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

    /// What is known so far, to come back to.
    pub(super) fn memory(&self) -> Memory {
        Memory(self.uploads.clone())
    }

    pub(super) fn recalls(&mut self, memory: &Memory) {
        self.uploads.clone_from(&memory.0);
    }
}
