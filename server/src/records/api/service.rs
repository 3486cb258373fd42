//! For whoever runs the server.

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::super::Records;
use super::Answered;

/// `GET /v1/health`: whether it can write.
pub(super) async fn health(State(records): State<Records>) -> Answered {
    records.0.store.ready().await?;
    Ok(Json(json!({"size": records.0.store.tip().log.size()})).into_response())
}

/// `GET /metrics`: counters for Prometheus.
pub(super) async fn metrics(State(records): State<Records>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], records.0.metrics.text()).into_response()
}
