//! `DELETE /v1/files/{id}`: an upload is ended, and what there is of it taken away.

use axum::http::StatusCode;
use axum::http::header::HeaderMap;
use axum::response::IntoResponse as _;

use super::super::Manner;
use super::{At, asked};
use crate::records::api::Answered;

pub(super) async fn end(At(uploads, key): At, headers: HeaderMap) -> Answered {
    asked::version(&headers)?;
    let told = |it| uploads.told(it);
    let held = uploads.hold(key.id(), Manner::Asking).await.map_err(told)?;
    uploads.end(held).await.map_err(told)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
