//! What every question passes before it is answered, and every answer before it leaves.

use std::any::Any;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::super::{Inner, Records, rates};
use super::{Failed, refused};

/// What takes longer than this will not be answered: news are waited for for less than half as long.
const LONGEST: Duration = Duration::from_secs(60);

/// Who asks, as far as it is known; forgotten with the question.
#[derive(Clone, Copy)]
pub(crate) struct Address(pub Option<IpAddr>);

/// Lets through what is not too much, and does not wait for ever for an answer.
pub(super) async fn guard(state: State<Records>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(LONGEST, guard_files(state, request, next)).await {
        Ok(response) => response,
        Err(_) => told(Failed::Later(StatusCode::SERVICE_UNAVAILABLE, "server/slow", 1).into_response()),
    }
}

/// The same for what may take long, and looks after that itself.
pub(super) async fn guard_files(
    State(records): State<Records>,
    mut request: Request,
    next: Next,
) -> Response {
    let inner = &records.0;
    let peer: Option<&ConnectInfo<SocketAddr>> = request.extensions().get();
    let address = rates::address(peer.map(|it| it.0), request.headers(), inner.settings.proxies);
    inner.look_for_proxies(request.headers());
    if let Err(failed) = inner.admit(Address(address), 1) {
        return told(failed.into_response());
    }
    request.extensions_mut().insert(Address(address));
    told(next.run(request).await)
}

impl Inner {
    /// Whether somebody may send some more events. A question counts as one.
    pub(super) fn admit(&self, Address(address): Address, events: usize) -> Result<(), Failed> {
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        self.rates.take(address, events).map_err(|wait| {
            self.metrics.limited.inc();
            Failed::Later(StatusCode::TOO_MANY_REQUESTS, "rate/too-many", wait.as_secs() + 1)
        })
    }

    /// Behind a proxy that nobody told of, everyone would be one and the same address.
    fn look_for_proxies(&self, headers: &HeaderMap) {
        let unknown = self.settings.proxies == 0 && self.settings.rate > 0;
        if unknown && headers.contains_key("x-forwarded-for") && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "there is a proxy in front, and `proxies` is 0: all that comes through it shares one rate"
            );
        }
    }
}

/// An answer is its asker's alone unless it says otherwise, and nothing but what it says it is.
fn told(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A handler has panicked. What it said about that may hold anything.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response {
    refused(StatusCode::INTERNAL_SERVER_ERROR, "server/failed").into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_panic_says_nothing() {
        let broken = || async { if true { panic!("somebody's secret") } else { "" } };
        let router: Router = Router::new().route("/", get(broken)).layer(CatchPanicLayer::custom(panicked));
        let request = Request::get("/").body(Body::empty()).expect("a request");
        let response = router.oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 500);
        let body = to_bytes(response.into_body(), 1000).await.expect("a body");
        assert_eq!(body, "{\"code\":\"server/failed\"}");
    }
}
