//! The archive of what was shown.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use mixus_privacy::ledger::{Hash, bytes};

use super::super::Records;
use super::super::archive::{Expected, LONGEST, hash_of};
use super::ask::{self, Named};
use super::{Answered, Failed, refused};

const UNKNOWN: Failed = refused(StatusCode::NOT_FOUND, "notice/unknown");

/// `GET /v1/notices/{hash}`: a document that events name. Nothing else can ever have this hash.
pub(super) async fn get(
    State(records): State<Records>,
    Named(name): Named<String>,
    headers: HeaderMap,
) -> Answered {
    let hash: Hash = bytes(&name).ok_or(UNKNOWN)?;
    let (taken, body) = records.0.store.notice(hash).await?.ok_or(UNKNOWN)?;
    let tag = format!("\"{name}\"");
    let same = ask::is_known(&headers, &tag);
    let about = [
        (CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        (ETAG, tag),
        (LAST_MODIFIED, ask::date(taken)),
    ];
    if same {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    // Anybody can have had it archived: no browser may take it for a page.
    Ok((about, [(CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response())
}

/// `PUT /v1/notices/{hash}`: a document for the archive, if an event that is kept names it.
pub(super) async fn put(State(records): State<Records>, Named(name): Named<String>, body: Body) -> Answered {
    let inner = &records.0;
    let hash: Hash = bytes(&name).ok_or(UNKNOWN)?;
    match inner.archive.expects(&inner.store, hash).await? {
        Expected::There => return Ok(StatusCode::OK.into_response()),
        Expected::Unnamed => return Err(refused(StatusCode::FORBIDDEN, "notice/unwanted")),
        Expected::Full => return Err(refused(StatusCode::INSUFFICIENT_STORAGE, "notice/too-many")),
        Expected::Wanted => (),
    }
    let body = ask::text(inner, body, LONGEST, ["notice/too-long", "notice/form"]).await?;
    if hash_of(&body) != hash {
        return Err(refused(StatusCode::BAD_REQUEST, "notice/hash"));
    }
    let new = inner.archive.keep(&inner.store, hash, body).await?;
    Ok(if new { StatusCode::NO_CONTENT } else { StatusCode::OK }.into_response())
}
