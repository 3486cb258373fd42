//! The end points.

mod accounts;
mod answers;
mod append;
mod ask;
mod export;
mod guard;
mod keys;
mod lines;
mod log;
mod notices;
mod service;
mod subjects;

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, DATE, ETAG, IF_NONE_MATCH, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use axum::{Json, Router};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::Records;
use super::kept::Unavailable;
use crate::uploads;

pub(crate) use ask::{date, is_known};
pub(crate) use guard::Address;

/// A token of the site's server that links a subject to an account.
const LINK: HeaderName = HeaderName::from_static("mixus-link");

const METRICS: &str = "/metrics";

/// What keeps a question from being answered as asked.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Something is wrong with it: a stable code, and nothing else.
    Refused(StatusCode, &'static str),
    /// It is not signed by whoever may ask it, or not at this time, in seconds since 1970: the scheme, the code, the time.
    NotSigned(&'static str, &'static str, u64),
    /// It can be asked again after so many seconds.
    Later(StatusCode, &'static str, u64),
    /// The store does not work.
    Unavailable(Unavailable),
}

pub(crate) type Answered = Result<Response, Failed>;

impl From<Unavailable> for Failed {
    fn from(error: Unavailable) -> Failed {
        Failed::Unavailable(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self {
            Failed::Refused(status, code) => (status, Json(json!({"code": code}))).into_response(),
            Failed::NotSigned(scheme, code, now) => (
                StatusCode::UNAUTHORIZED,
                [(WWW_AUTHENTICATE, scheme)],
                // A device whose clock is wrong can ask again by this one.
                Json(json!({"code": code, "now": now})),
            )
                .into_response(),
            Failed::Later(status, code, seconds) => {
                ([(RETRY_AFTER, seconds.to_string())], refused(status, code)).into_response()
            }
            Failed::Unavailable(error) => {
                tracing::error!(%error, "store");
                Failed::Later(StatusCode::SERVICE_UNAVAILABLE, "store/unavailable", 1).into_response()
            }
        }
    }
}

pub(crate) const fn refused(status: StatusCode, code: &'static str) -> Failed {
    Failed::Refused(status, code)
}

/// Every end point.
fn routes() -> Vec<(&'static str, MethodRouter<Records>)> {
    vec![
        ("/v1/events", post(append::append)),
        ("/v1/subjects/{sub}/events", get(subjects::pull)),
        ("/v1/subjects/{sub}/receipts/{index}", get(subjects::receipt)),
        ("/v1/subjects/{sub}/export", get(export::export)),
        ("/v1/accounts/{acct}", delete(accounts::erase)),
        ("/v1/notices/{hash}", get(notices::get).put(notices::put)),
        ("/v1/keys", get(keys::get)),
        ("/v1/log/checkpoint", get(log::checkpoint)),
        ("/v1/log/inclusion", get(log::inclusion)),
        ("/v1/log/consistency", get(log::consistency)),
        ("/v1/health", get(service::health)),
        ("/v1/ready", get(service::ready)),
        ("/v1/openapi.json", get(service::description)),
        (METRICS, get(service::metrics)),
    ]
}

/// Every path that there may be.
fn paths() -> Vec<&'static str> {
    routes().into_iter().chain(uploads::routes()).map(|(path, _)| path).collect()
}

impl Records {
    /// The end points, to be nested wherever a site wants them.
    pub fn router(&self) -> Router {
        let apart = self.0.settings.metrics_apart;
        let records = self.around(routes().into_iter().filter(|(path, _)| !apart || *path != METRICS));
        if self.0.uploads.is_some() { records.merge(self.files()) } else { records }
    }

    /// Those of them that only whoever runs the server needs, to be served where nobody else can ask.
    pub fn operators(&self) -> Router {
        let theirs = [METRICS, "/v1/health", "/v1/ready"];
        self.around(routes().into_iter().filter(|(path, _)| theirs.contains(path)))
    }

    fn around(&self, routes: impl Iterator<Item = (&'static str, MethodRouter<Records>)>) -> Router {
        routes
            .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
            .fallback(|| async { refused(StatusCode::NOT_FOUND, "path/unknown") })
            .method_not_allowed_fallback(no_method)
            // Whoever takes a body in says how long it may be.
            .layer(DefaultBodyLimit::disable())
            .layer(CatchPanicLayer::custom(guard::panicked))
            .layer(from_fn_with_state(self.clone(), guard::guard))
            // Outside of the guard, so that a page can read that it asks too much.
            .layer(cors(&self.0.settings.allow))
            .layer(from_fn_with_state(self.clone(), lines::write))
            .with_state(self.clone())
    }

    /// The end points of uploads. What they take in comes for as long as it takes.
    fn files(&self) -> Router {
        uploads::routes()
            .into_iter()
            .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
            .method_not_allowed_fallback(no_method)
            .layer(DefaultBodyLimit::disable())
            .layer(CatchPanicLayer::custom(guard::panicked))
            .layer(from_fn_with_state(self.clone(), guard::guard_files))
            .layer(uploads::layers::cors(&self.0.settings.allow))
            .layer(from_fn_with_state(self.clone(), uploads::layers::tus))
            .layer(from_fn_with_state(self.clone(), lines::write))
            .with_state(self.clone())
    }
}

async fn no_method() -> Failed {
    refused(StatusCode::METHOD_NOT_ALLOWED, "method/unknown")
}

/// Which pages may ask. No cookie plays a part, so that no page can ask in anybody's name.
pub(crate) fn allowed(allow: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = allow.iter().filter_map(|it| it.parse().ok()).collect();
    let any = allow.iter().any(|it| it == "*");
    CorsLayer::new()
        .allow_origin(if any { AllowOrigin::any() } else { AllowOrigin::list(origins) })
        .max_age(Duration::from_secs(86_400))
}

/// What pages have to ask.
fn cors(allow: &[String]) -> CorsLayer {
    allowed(allow)
        .allow_methods([Method::GET, Method::POST, Method::PUT])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH, LINK])
        // A device whose clock is wrong learns the time from `Date`.
        .expose_headers([DATE, ETAG, RETRY_AFTER])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn what_there_is_is_described_and_nothing_else() {
        let described: Value = serde_json::from_str(service::DESCRIPTION).expect("JSON");
        let described: BTreeSet<&str> = described["paths"]
            .as_object()
            .expect("paths")
            .keys()
            .map(String::as_str)
            .collect();
        let there: BTreeSet<&str> = paths().into_iter().collect();
        assert_eq!(there, described);
    }
}
