//! The public keys for which pages seal files.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;

use super::super::Records;
use super::{Answered, ask, refused};

/// `GET /v1/keys`: the statement, as it was signed.
pub(super) async fn get(State(records): State<Records>, headers: HeaderMap) -> Answered {
    let keyset = records.0.keyset.as_ref();
    let keyset = keyset.ok_or(refused(StatusCode::NOT_FOUND, "keyset/none"))?;
    let about = [(CACHE_CONTROL, "no-cache"), (ETAG, keyset.tag.as_str())];
    if ask::is_known(&headers, &keyset.tag) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(CONTENT_TYPE, "application/json")], keyset.text.clone()).into_response())
}
