//! `HEAD /v1/files/{id}`: how far an upload is.

use axum::http::HeaderValue;
use axum::http::header::HeaderMap;
use axum::response::IntoResponse as _;

use super::super::Manner;
use super::super::id::Key;
use super::super::state::Kind;
use super::{At, CONCAT, LENGTH, OFFSET, asked, says_where};
use crate::records::api::Answered;

/// Who asks is going to go on there: whoever is at the upload lets go of it, so that the answer holds.
pub(super) async fn tell(At(uploads, key): At, headers: HeaderMap) -> Answered {
    asked::version(&headers)?;
    let told = |it| uploads.told(it);
    let held = uploads.hold(key.id(), Manner::Asking).await.map_err(told)?;
    let state = held.state();
    drop(held);
    let mut headers = HeaderMap::new();
    headers.insert(LENGTH, state.length.into());
    match state.kind {
        Kind::Whole => {}
        Kind::Part => {
            headers.insert(CONCAT, HeaderValue::from_static("partial"));
        }
        Kind::Joined => {
            let parts = uploads.parts(key.id()).await.map_err(told)?;
            let parts: Vec<String> = parts.iter().map(Key::text).collect();
            if let Ok(value) = HeaderValue::try_from(format!("final;{}", parts.join(" "))) {
                headers.insert(CONCAT, value);
            }
        }
    }
    // One that is not joined yet is nowhere.
    if state.kind != Kind::Joined || state.is_finished() {
        headers.insert(OFFSET, state.offset.into());
    }
    says_where(&state, &key.id().text(), &mut headers);
    uploads.says_when(&state, &mut headers);
    Ok(headers.into_response())
}
