//! `POST /v1/files`: an upload begins.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, HeaderMap, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse as _;

use super::super::Uploads;
use super::super::id::Key;
use super::super::receive::Ended;
use super::super::state::State as Progress;
use super::asked::{self, Asked};
use super::{DEFER, LENGTH, METADATA, OFFSET, all, says_where, why};
use crate::records::api::{Address, Answered, Failed, refused};
use crate::records::{Records, token};

pub(super) async fn create(
    State(records): State<Records>,
    Extension(Address(address)): Extension<Address>,
    headers: HeaderMap,
    body: Body,
) -> Answered {
    let uploads = all(&records)?;
    asked::version(&headers)?;
    may(&uploads, &headers)?;
    // It would be what a file is called and what it is. Who sends it learns so at the first try, and not never.
    if asked::one(&headers, &METADATA)?.is_some_and(|it| !it.is_empty()) {
        return Err(refused(StatusCode::BAD_REQUEST, "upload/metadata"));
    }
    let kind = match asked::concat(&headers)? {
        Asked::Upload(kind) => kind,
        Asked::Joined(parts) => {
            if headers.contains_key(LENGTH) || asked::has_body(&body) {
                return Err(refused(StatusCode::BAD_REQUEST, "upload/form"));
            }
            let joined = uploads.join(address, parts).await;
            let (key, state) = joined.map_err(|it| uploads.told(it))?;
            return Ok((StatusCode::CREATED, about(&uploads, &key, &state)).into_response());
        }
    };
    // The length of what was sealed is known before its first byte, and has to be: room is kept for it.
    let length = asked::number(&headers, &LENGTH)?.filter(|_| !headers.contains_key(DEFER));
    let length = length.ok_or(refused(StatusCode::BAD_REQUEST, "upload/length"))?;
    let checksum = asked::checksum(&headers)?;
    let has_body = asked::has_body(&body);
    if has_body {
        asked::is_bytes(&headers)?;
        if asked::length(&headers)?.is_some_and(|it| it > length) {
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "upload/too-long"));
        }
    }
    let held = uploads.begin(address, length, kind).await;
    let (key, held) = held.map_err(|it| uploads.told(it))?;
    if !has_body {
        return Ok((StatusCode::CREATED, about(&uploads, &key, &held.state())).into_response());
    }
    // What came of it is there; how it goes on is up to who asked.
    let (held, ended) = uploads.receive(&records, held, body, checksum).await?;
    match ended {
        Ended::TooLong | Ended::Checksum => {
            uploads.end(held).await.map_err(|it| uploads.told(it))?;
            Err(why(ended).unwrap_or(super::UNKNOWN))
        }
        _ => {
            let state = held.state();
            let mut headers = about(&uploads, &key, &state);
            headers.insert(OFFSET, state.offset.into());
            Ok((StatusCode::CREATED, headers).into_response())
        }
    }
}

/// Where an upload is, and until when. Where this server stands in whose paths it does not know: what is named is named
/// beside what was asked.
fn about(uploads: &Uploads, key: &Key, state: &Progress) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::try_from(format!("files/{}", key.text())) {
        headers.insert(LOCATION, value);
    }
    says_where(state, &format!("files/{}", key.id().text()), &mut headers);
    uploads.says_when(state, &mut headers);
    headers
}

/// Whether the site's server lets somebody begin an upload, if it has a say in that.
fn may(uploads: &Uploads, headers: &HeaderMap) -> Result<(), Failed> {
    let keys = &uploads.settings.keys;
    if keys.is_empty() {
        return Ok(());
    }
    let token = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    let token = token.and_then(|it| it.strip_prefix("Bearer ")).unwrap_or("");
    let now = uploads.now();
    if token::uploads(token, keys, now) {
        return Ok(());
    }
    Err(Failed::NotSigned("Bearer", "upload/not-signed", now))
}
