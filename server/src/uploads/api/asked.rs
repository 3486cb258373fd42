//! What is read of a question before it is answered.

use axum::body::{Body, HttpBody as _};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};

use super::super::checksum::Checksum;
use super::super::id::Key;
use super::super::state::{Kind, MOST_PARTS};
use super::{BYTES, CHECKSUM, CONCAT, RESUMABLE, VERSION};
use crate::records::api::{Failed, refused};

const FORM: Failed = refused(StatusCode::BAD_REQUEST, "upload/form");

/// The one value of a header. That there are two, or that it is no text, is an error.
pub(super) fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Failed> {
    let mut all = headers.get_all(name).iter();
    let first = all.next().map(|it| it.to_str().map_err(|_| FORM)).transpose()?;
    if all.next().is_some() { Err(FORM) } else { Ok(first) }
}

/// A number of bytes, written as the protocol writes it: digits, and nothing else.
pub(super) fn number(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>, Failed> {
    let Some(text) = one(headers, name)? else {
        return Ok(None);
    };
    let is_written = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    // What no file can have is as bad as what is no number.
    let number: Option<u64> = text.parse().ok().filter(|it| i64::try_from(*it).is_ok());
    number.filter(|_| is_written).map(Some).ok_or(FORM)
}

/// Only those who speak the protocol are answered.
pub(super) fn version(headers: &HeaderMap) -> Result<(), Failed> {
    if one(headers, &RESUMABLE)? == Some(VERSION) {
        return Ok(());
    }
    Err(refused(StatusCode::PRECONDITION_FAILED, "upload/version"))
}

pub(super) fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, Failed> {
    let Some(text) = one(headers, &CHECKSUM)? else {
        return Ok(None);
    };
    let unknown = refused(StatusCode::BAD_REQUEST, "upload/algorithm");
    Checksum::read(text).map(Some).ok_or(unknown)
}

/// Whether something is going to come.
pub(super) fn has_body(body: &Body) -> bool {
    !body.is_end_stream()
}

/// How much is going to come, if it is said.
pub(super) fn length(headers: &HeaderMap) -> Result<Option<u64>, Failed> {
    number(headers, &CONTENT_LENGTH)
}

pub(super) fn is_bytes(headers: &HeaderMap) -> Result<(), Failed> {
    if one(headers, &CONTENT_TYPE)? == Some(BYTES) {
        return Ok(());
    }
    Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "upload/type"))
}

/// What is to be begun.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Upload(Kind),
    Joined(Vec<Key>),
}

pub(super) fn concat(headers: &HeaderMap) -> Result<Asked, Failed> {
    let parts = match one(headers, &CONCAT)? {
        None => return Ok(Asked::Upload(Kind::Whole)),
        Some("partial") => return Ok(Asked::Upload(Kind::Part)),
        Some(text) => text.strip_prefix("final;").ok_or(FORM)?,
    };
    let parts: Option<Vec<Key>> = parts.split(' ').map(Key::of_address).collect();
    match parts {
        Some(parts) if parts.len() <= MOST_PARTS => Ok(Asked::Joined(parts)),
        _ => Err(refused(StatusCode::BAD_REQUEST, "upload/parts")),
    }
}
