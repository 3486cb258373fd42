//! For whoever runs the server.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::super::{Records, Unavailable};
use super::Answered;

/// For so long an answer about the store holds: asking it writes to the disk.
const HOLDS: Duration = Duration::from_secs(1);

/// `GET /v1/health`: whether the process lives.
pub(super) async fn health() -> Response {
    Json(json!({"status": "alive"})).into_response()
}

/// `GET /v1/ready`: whether it can write.
pub(super) async fn ready(State(records): State<Records>) -> Answered {
    let inner = &records.0;
    let mut asked = inner.ready.lock().await;
    if asked.is_none_or(|at| at.elapsed() > HOLDS) {
        *asked = None;
        inner.store.ready().await?;
        if let Some(uploads) = &inner.uploads {
            uploads.ready().await.map_err(|error| Unavailable(error.to_string()))?;
        }
        *asked = Some(Instant::now());
    }
    Ok(Json(json!({"status": "ready", "size": inner.store.tip().log.size()})).into_response())
}

/// What the end points are, as OpenAPI 3.1. The tests hold every answer that they get against it.
pub(super) const DESCRIPTION: &str = include_str!("../../../openapi.json");

/// `GET /v1/openapi.json`
pub(super) async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], DESCRIPTION).into_response()
}

/// `GET /metrics`: what is counted, for Prometheus.
pub(super) async fn metrics(State(records): State<Records>) -> Response {
    let inner = &records.0;
    let metrics = &inner.metrics;
    if let Some(uploads) = &inner.uploads {
        uploads.measure();
    }
    metrics.entries.set(inner.store.tip().log.size());
    metrics
        .waiting
        .set((inner.settings.waiting - inner.seats.available_permits()) as u64);
    // What is not known now was known the last time.
    if let Ok(count) = inner.store.notices().await {
        metrics.notices.set(count);
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], metrics.text()).into_response()
}
