//! `PATCH /v1/files/{id}`: an upload goes on.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::HeaderMap;
use axum::response::IntoResponse as _;

use super::super::Manner;
use super::super::state::Kind;
use super::super::trouble::Trouble;
use super::{At, OFFSET, OVERRIDE, asked, end, says_where, why};
use crate::records::Records;
use crate::records::api::{Answered, refused};

pub(super) async fn go_on(
    State(records): State<Records>,
    At(uploads, key): At,
    headers: HeaderMap,
    body: Body,
) -> Answered {
    asked::version(&headers)?;
    asked::is_bytes(&headers)?;
    let offset = asked::number(&headers, &OFFSET)?;
    let offset = offset.ok_or(refused(StatusCode::BAD_REQUEST, "upload/form"))?;
    let checksum = asked::checksum(&headers)?;
    let comes = asked::length(&headers)?;
    let told = |it| uploads.told(it);
    // Who lost a connection asks for the offset first, which takes the upload from whoever has it.
    let held = uploads.hold(key.id(), Manner::Briefly).await.map_err(told)?;
    let state = held.state();
    if state.kind == Kind::Joined {
        return Err(told(Trouble::Final));
    }
    if offset != state.offset {
        return Err(refused(StatusCode::CONFLICT, "upload/offset"));
    }
    if comes.is_some_and(|it| it > state.length - offset) {
        return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "upload/too-long"));
    }
    let (held, ended) = uploads.receive(&records, held, body, checksum).await?;
    let state = held.state();
    drop(held);
    if let Some(failed) = why(ended) {
        return Err(failed);
    }
    let mut headers = HeaderMap::new();
    headers.insert(OFFSET, state.offset.into());
    says_where(&state, &key.id().text(), &mut headers);
    uploads.says_when(&state, &mut headers);
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// `POST /v1/files/{id}`, for those whose surroundings know no other method: the one that they mean is in a header.
pub(super) async fn overridden(state: State<Records>, at: At, headers: HeaderMap, body: Body) -> Answered {
    match asked::one(&headers, &OVERRIDE)? {
        Some("PATCH") => go_on(state, at, headers, body).await,
        Some("DELETE") => end::end(at, headers).await,
        _ => Err(refused(StatusCode::METHOD_NOT_ALLOWED, "method/unknown")),
    }
}
