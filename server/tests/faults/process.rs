//! A server's process, as far as it can be had within this one: its records, asked as HTTP would ask.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use mixus_privacy_server::{NotOpened, Records, Settings};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::device::{Device, Signed, host};

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub status: StatusCode,
    pub body: String,
}

impl Answered {
    /// What was answered, if all went well; nothing if the store was unavailable, which may always be.
    pub(crate) fn value(&self) -> Result<Option<Value>> {
        match self.status {
            StatusCode::OK => Ok(Some(serde_json::from_str(&self.body).context("no JSON")?)),
            StatusCode::SERVICE_UNAVAILABLE => {
                ensure!(self.body == r#"{"code":"store/unavailable"}"#, "503 and {}", self.body);
                Ok(None)
            }
            status => anyhow::bail!("{status}: {}", self.body),
        }
    }
}

pub(crate) fn settings(database: &Path) -> Settings {
    Settings {
        database: database.into(),
        link_keys: vec![host().verifying_key().to_bytes()],
        rate: 0,
        clock: crate::clock,
        ..Settings::default()
    }
}

/// A process that is running.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    router: Router,
    pub key: String,
}

impl Process {
    pub(crate) async fn start(database: &Path) -> Result<Process, NotOpened> {
        let records = Records::open(settings(database)).await?;
        Ok(Process {
            router: records.router(),
            key: records.verifier_key(),
        })
    }

    /// One that is asked through something else.
    pub(crate) fn of(router: Router, key: String) -> Process {
        Process { router, key }
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Result<Answered> {
        let response = self.router.clone().oneshot(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let body = String::from_utf8(body.to_vec())?;
        Ok(Answered { status, body })
    }

    pub(crate) async fn send(&self, events: &[&Signed]) -> Result<Option<Value>> {
        let (text, token) = batch(events);
        let request = Request::post("/v1/events").header("mixus-link", token);
        self.ask(request.body(text.into())?).await?.value()
    }

    /// What anyone may ask for.
    pub(crate) async fn get(&self, path: &str) -> Result<Answered> {
        self.ask(Request::get(path).body(Body::empty())?).await
    }

    /// What only a device itself may ask for.
    pub(crate) async fn own(&self, device: &Device, path: &str) -> Result<Answered> {
        let request = Request::get(path).header("authorization", device.asks("GET", path));
        self.ask(request.body(Body::empty())?).await
    }
}

/// A batch, and the token that goes with it.
pub(crate) fn batch(events: &[&Signed]) -> (String, String) {
    let text = mixus_privacy::sync::batch(events.iter().map(|it| it.text.as_str()));
    let token = events.iter().map(|it| it.token.as_str()).find(|it| !it.is_empty());
    (text, token.unwrap_or("").to_owned())
}
