//! The end points: tus 1.0 (<https://tus.io/protocols/resumable-upload>), and `GET` for what is finished.

mod asked;
mod create;
mod end;
mod go_on;
pub(crate) mod layers;
mod range;
mod read;
mod tell;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::http::header::{CONTENT_LOCATION, HeaderMap};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::Uploads;
use super::checksum::Checksum;
use super::held::Held;
use super::id::{Id, Key};
use super::receive::{Ended, Patience, Receiving};
use super::state::{Kind, State};
use super::trouble::Trouble;
use crate::records::api::{Failed, date, refused};
use crate::records::{Records, Unavailable};

const VERSION: &str = "1.0.0";
const EXTENSIONS: &str = "creation,creation-with-upload,termination,expiration,checksum,concatenation";
/// What the bytes of an upload are called.
const BYTES: &str = "application/offset+octet-stream";

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const TUS_CHECKSUM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const DEFER: HeaderName = HeaderName::from_static("upload-defer-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const CONCAT: HeaderName = HeaderName::from_static("upload-concat");
const REQUEST: HeaderName = HeaderName::from_static("x-request-id");
const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Every end point.
pub(crate) fn routes() -> Vec<(&'static str, MethodRouter<Records>)> {
    vec![
        ("/v1/files", post(create::create)),
        (
            "/v1/files/{id}",
            get(read::read)
                .head(tell::tell)
                .patch(go_on::go_on)
                .delete(end::end)
                .post(go_on::overridden),
        ),
    ]
}

/// The uploads, where there are any; and, of a path, which of them, for whoever may write and end it.
struct At(Arc<Uploads>, Key);

impl FromRequestParts<Records> for At {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, records: &Records) -> Result<At, Failed> {
        let uploads = all(records)?;
        let named = Path::<String>::from_request_parts(parts, records).await;
        let key = named.ok().and_then(|it| Key::parse(&it)).ok_or(UNKNOWN)?;
        Ok(At(uploads, key))
    }
}

/// The same for whoever may read what is finished.
struct Of(Arc<Uploads>, Id);

impl FromRequestParts<Records> for Of {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, records: &Records) -> Result<Of, Response> {
        let uploads = all(records).map_err(IntoResponse::into_response)?;
        let named = Path::<String>::from_request_parts(parts, records).await;
        let named = named.map(|it| it.0).unwrap_or_default();
        if let Some(id) = Id::parse(&named) {
            return Ok(Of(uploads, id));
        }
        let Some(key) = Key::parse(&named) else {
            return Err(UNKNOWN.into_response());
        };
        // Who hands on an address has tried it before: so this is found at once, and nobody else can end the file.
        let there = [(CONTENT_LOCATION, key.id().text())];
        Err((there, refused(StatusCode::FORBIDDEN, "upload/write-only")).into_response())
    }
}

const UNKNOWN: Failed = refused(StatusCode::NOT_FOUND, "upload/unknown");

fn all(records: &Records) -> Result<Arc<Uploads>, Failed> {
    records.uploads().cloned().ok_or(refused(StatusCode::NOT_FOUND, "path/unknown"))
}

impl Uploads {
    /// What a trouble is called. What the disk says is written down, without a name.
    fn told(&self, trouble: Trouble) -> Failed {
        match trouble {
            Trouble::Unknown => UNKNOWN,
            Trouble::Locked => Failed::Later(StatusCode::LOCKED, "upload/locked", 1),
            Trouble::Full => refused(StatusCode::INSUFFICIENT_STORAGE, "upload/full"),
            Trouble::TooMany => Failed::Later(StatusCode::TOO_MANY_REQUESTS, "upload/too-many", 60),
            Trouble::TooLong => refused(StatusCode::PAYLOAD_TOO_LARGE, "upload/too-long"),
            Trouble::Parts => refused(StatusCode::BAD_REQUEST, "upload/parts"),
            Trouble::Final => refused(StatusCode::FORBIDDEN, "upload/final"),
            Trouble::Failed(error) => {
                self.counted.failures.inc();
                Failed::Unavailable(Unavailable(error.to_string()))
            }
        }
    }

    /// When an upload goes, as a header says it.
    fn says_when(&self, state: &State, headers: &mut HeaderMap) {
        if let Some(at) = self.expires(state)
            && let Ok(value) = HeaderValue::try_from(date(at))
        {
            headers.insert(EXPIRES, value);
        }
    }

    /// Takes a body in. The upload as it is then, or why it did not go as asked.
    async fn receive(
        self: &Arc<Self>,
        records: &Records,
        held: Held,
        body: Body,
        checksum: Option<Checksum>,
    ) -> Result<(Held, Ended), Failed> {
        let patience = records.patience();
        let receiving = Receiving {
            uploads: Arc::clone(self),
            held,
            body,
            checksum,
            patience: Patience {
                idle: patience.idle,
                whole: patience.upload,
            },
            ending: records.ended(),
        };
        receiving.run().await.map_err(|it| self.told(it))
    }
}

/// Where it is read, for whoever gets to know by what it is written; a part is nowhere.
fn says_where(state: &State, at: &str, headers: &mut HeaderMap) {
    if state.kind != Kind::Part
        && let Ok(value) = HeaderValue::try_from(at)
    {
        headers.insert(CONTENT_LOCATION, value);
    }
}

/// Why a body was not taken in to its end, for whoever still hears it.
fn why(ended: Ended) -> Option<Failed> {
    let later = |status, code| Some(Failed::Later(status, code, 1));
    match ended {
        Ended::Whole => None,
        Ended::Broken => Some(refused(StatusCode::BAD_REQUEST, "upload/broken")),
        Ended::TooLong => Some(refused(StatusCode::PAYLOAD_TOO_LARGE, "upload/too-long")),
        Ended::Checksum => {
            let mismatch = StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST);
            Some(refused(mismatch, "upload/checksum"))
        }
        Ended::Taken => later(StatusCode::LOCKED, "upload/locked"),
        // 408 is not tried again by clients.
        Ended::Slow => later(StatusCode::SERVICE_UNAVAILABLE, "upload/slow"),
        Ended::Ending => later(StatusCode::SERVICE_UNAVAILABLE, "server/ending"),
    }
}

/// For how long an answer about a file that never changes holds.
const FOREVER: Duration = Duration::from_secs(31_536_000);
