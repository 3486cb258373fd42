//! What is read of a question before it is answered.

use std::time::{Duration, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Query, RawPathParams};
use axum::http::header::{AUTHORIZATION, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use mixus_privacy::ledger::Subject;
use mixus_privacy::sync::Last;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use super::super::{Inner, Records, sign};
use super::{Failed, refused};

/// What stands behind the question mark.
pub(super) struct Asked<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Asked<T>, Failed> {
        let Query(asked) =
            Query::try_from_uri(&parts.uri).map_err(|_| refused(StatusCode::BAD_REQUEST, "question/form"))?;
        Ok(Asked(asked))
    }
}

/// The last event of the log that whoever asks knows, if they say so: see [`Last`].
#[derive(Debug, Default)]
pub(super) struct Known(Option<Last>);

impl<'de> Deserialize<'de> for Known {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Known, D::Error> {
        let text = String::deserialize(from)?;
        let last = Last::read(&text).ok_or_else(|| D::Error::custom("another form"))?;
        Ok(Known(Some(last)))
    }
}

impl Known {
    /// Whoever knows another log is told so, and not answered from this one.
    pub(super) async fn check(&self, inner: &Inner) -> Result<(), Failed> {
        let Known(Some(last)) = self else { return Ok(()) };
        let fits = inner
            .store
            .proved(&inner.store.tip(), |log, tiles| last.fits(log, tiles))
            .await?;
        if fits { Ok(()) } else { Err(refused(StatusCode::CONFLICT, "log/other")) }
    }
}

/// What stands in the path.
pub(super) struct Named<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Named<T>, Failed> {
        let Path(named) = Path::from_request_parts(parts, state)
            .await
            .map_err(|_| refused(StatusCode::NOT_FOUND, "path/unknown"))?;
        Ok(Named(named))
    }
}

/// The subject of the path, which has signed the question itself. The answer to anyone else is the same, whether there
/// is such a subject or not.
///
/// Whoever has seen a signed question can ask it again for five minutes. There is no nonce against that: a
/// question changes nothing, and is answered with what only who could read the first answer has seen; and every
/// process would have to know what any other has been asked.
pub(super) struct Own(pub Subject);

impl FromRequestParts<Records> for Own {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, records: &Records) -> Result<Own, Failed> {
        let now = (records.0.settings.clock)();
        let not_signed = || Failed::NotSigned("Mixus", "subject/not-signed", now);
        let named = RawPathParams::from_request_parts(parts, records).await;
        let named = named.map_err(|_| not_signed())?;
        let sub = named.iter().find(|(name, _)| *name == "sub");
        let sub = sub.and_then(|(_, sub)| Subject::parse(sub)).ok_or_else(not_signed)?;
        let header = parts.headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
        let path = parts.uri.path_and_query().map_or("", |it| it.as_str());
        if sign::asks(header.unwrap_or(""), &sub, parts.method.as_str(), path, now) {
            Ok(Own(sub))
        } else {
            Err(not_signed())
        }
    }
}

/// A body that is text. `long` and `form` are the codes for one that is too long, and for one that is none.
pub(super) async fn text(
    inner: &Inner,
    body: Body,
    most: usize,
    [long, form]: [&'static str; 2],
) -> Result<String, Failed> {
    let whole = tokio::time::timeout(inner.settings.patience.body, Limited::new(body, most).collect()).await;
    let whole = whole.map_err(|_| refused(StatusCode::REQUEST_TIMEOUT, "body/slow"))?;
    let whole = whole.map_err(|error| {
        if error.is::<LengthLimitError>() {
            refused(StatusCode::PAYLOAD_TOO_LARGE, long)
        } else {
            refused(StatusCode::BAD_REQUEST, form)
        }
    })?;
    String::from_utf8(whole.to_bytes().into()).map_err(|_| refused(StatusCode::BAD_REQUEST, form))
}

/// Whether `If-None-Match` names a tag (RFC 9110, 13.1.2: weak comparison).
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let named = headers.get_all(IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    let tag = bare(tag);
    named.flat_map(|it| it.split(',')).any(|it| it.trim() == "*" || bare(it) == tag)
}

/// A time in seconds since 1970, as headers write it.
pub(crate) fn date(at: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(at))
}
