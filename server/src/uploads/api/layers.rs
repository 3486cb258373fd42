//! What pages may ask, and what all answers say.

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, CONTENT_LENGTH, CONTENT_LOCATION,
    CONTENT_RANGE, CONTENT_TYPE, DATE, ETAG, IF_NONE_MATCH, IF_RANGE, LOCATION, RANGE, RETRY_AFTER,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::cors::CorsLayer;

use super::super::checksum::ALGORITHMS;
use super::{
    CHECKSUM, CONCAT, DEFER, EXPIRES, EXTENSIONS, LENGTH, METADATA, OFFSET, OVERRIDE, REQUEST, RESUMABLE,
    TUS_CHECKSUM, TUS_EXTENSION, TUS_MAX_SIZE, TUS_VERSION, VERSION,
};
use crate::records::Records;
use crate::records::api::allowed;

/// Which pages may ask: those of the list.
pub(crate) fn cors(allow: &[String]) -> CorsLayer {
    allowed(allow)
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ])
        .allow_headers([
            AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH, IF_RANGE, RANGE, RESUMABLE, LENGTH, OFFSET,
            // That these are refused can only be read where they may be sent.
            METADATA, DEFER, CHECKSUM, CONCAT, OVERRIDE,
            // Some clients number their requests; nobody looks at that.
            REQUEST,
        ])
        .expose_headers([
            ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_RANGE, DATE, ETAG, LOCATION,
            RETRY_AFTER, RESUMABLE, TUS_VERSION, TUS_EXTENSION, TUS_MAX_SIZE, TUS_CHECKSUM, OFFSET, LENGTH,
            EXPIRES, CONCAT,
        ])
}

/// What a page may read of an answer that says what there is.
const EXPOSED_OPTIONS: &str =
    "tus-resumable, tus-version, tus-extension, tus-max-size, tus-checksum-algorithm";

/// Every answer says which protocol it is of; one to `OPTIONS`, whoever gives it, what of that there is.
pub(crate) async fn tus(State(records): State<Records>, request: Request, next: Next) -> Response {
    let is_options = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    let says_version = is_options || response.status() == StatusCode::PRECONDITION_FAILED;
    let headers = response.headers_mut();
    let text = HeaderValue::from_static;
    headers.insert(RESUMABLE, text(VERSION));
    if says_version {
        headers.insert(TUS_VERSION, text(VERSION));
    }
    if is_options {
        // A page that asks what there is may read the answer, too: what is in front takes its question for a browser's own.
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, text(EXPOSED_OPTIONS));
        headers.insert(TUS_EXTENSION, text(EXTENSIONS));
        headers.insert(TUS_CHECKSUM, text(ALGORITHMS));
        if let Some(uploads) = records.uploads() {
            headers.insert(TUS_MAX_SIZE, uploads.settings.longest.into());
        }
    }
    response
}
