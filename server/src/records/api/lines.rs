//! One line in the log for each question, and what is counted of it: what was asked and how it went. Nothing of who asked,
//! what about, or what was in it: a path names a subject, so that only its template is written.

use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::super::metrics::{Asked, Route};
use super::super::{Inner, Records};
use super::paths;

/// Whoever asked has gone before there was an answer (nginx's word for it).
const GONE: u16 = 499;
/// By which an answer and its line know each other.
const REQUEST: HeaderName = HeaderName::from_static("x-request-id");

/// How many events an answer was about.
#[derive(Clone, Copy)]
pub(super) struct Events(pub usize);

pub(super) async fn write(State(records): State<Records>, request: Request, next: Next) -> Response {
    let mut line = Line {
        inner: &records.0,
        method: method(request.method()),
        route: route(request.extensions().get()),
        number: records.0.questions.fetch_add(1, Ordering::Relaxed),
        begin: Instant::now(),
        status: GONE,
        events: 0,
    };
    let mut response = next.run(request).await;
    line.status = response.status().as_u16();
    line.events = response.extensions().get().map_or(0, |Events(count)| *count);
    if let Ok(id) = HeaderValue::try_from(line.id()) {
        response.headers_mut().insert(REQUEST, id);
    }
    response
}

/// A question on its way. It is written down however it ends.
struct Line<'r> {
    inner: &'r Inner,
    method: &'static str,
    route: &'static str,
    number: u64,
    begin: Instant,
    status: u16,
    events: usize,
}

impl Line<'_> {
    fn id(&self) -> String {
        format!("{:08x}-{:x}", self.inner.process, self.number)
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let Line {
            method,
            route,
            status,
            events,
            ..
        } = *self;
        let took = self.begin.elapsed();
        let metrics = &self.inner.metrics;
        metrics
            .requests
            .get_or_create(&Asked {
                method,
                route,
                status,
            })
            .inc();
        metrics.durations.get_or_create(&Route { route }).observe(took.as_secs_f64());
        tracing::info!(
            method,
            route,
            status,
            seconds = took.as_secs_f64(),
            events,
            request = self.id(),
            "answered"
        );
    }
}

/// Anybody can make a method up.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The template that a path has matched, wherever the end points are nested.
fn route(matched: Option<&MatchedPath>) -> &'static str {
    static PATHS: OnceLock<Vec<&'static str>> = OnceLock::new();
    let paths = PATHS.get_or_init(paths);
    let known = |matched: &MatchedPath| paths.iter().find(|it| matched.as_str().ends_with(*it));
    matched.and_then(known).copied().unwrap_or("none")
}
