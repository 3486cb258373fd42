//! The demo's servers: the site, and the vendors that only listen and answer politely.

use std::convert::Infallible;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::collector::Collector;
use super::site;
use crate::paths;

/// How long the page waits for news before it asks again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Serves the site or, with a name, a vendor.
pub(super) async fn serve(listener: TcpListener, vendor: Option<&'static str>, collector: Collector) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let collector = collector.clone();
        connections.spawn(async move {
            let answer = service_fn(|request| answer(request, vendor, collector.clone()));
            // A connection that breaks is the browser's affair.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

type Reply = Response<Full<Bytes>>;

async fn answer(
    request: Request<Incoming>,
    vendor: Option<&'static str>,
    collector: Collector,
) -> Result<Reply, Infallible> {
    let reply = match vendor {
        Some(vendor) => listen(request, vendor, &collector).await,
        None => page(request, &collector).await,
    };
    Ok(reply.unwrap_or_else(|_| status(StatusCode::BAD_REQUEST)))
}

fn status(code: StatusCode) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = code;
    reply
}

/// Takes whatever a vendor's kit sends, and answers as the vendor would.
async fn listen(request: Request<Incoming>, vendor: &str, collector: &Collector) -> Result<Reply> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let path = head.uri.path();
    if head.method != Method::OPTIONS && path != "/favicon.ico" {
        collector.add(vendor, head.method.as_str(), path, &body);
    }
    let (kind, text) = match vendor {
        "chat" if body.windows(13).any(|it| it == b"\"sendMessage\"") => (
            "application/json",
            r#"{"output":"Thank you, a colleague will answer here within the hour. (This reply comes from your own machine.)"}"#.into(),
        ),
        "chat" => ("application/json", r#"{"data":[]}"#.into()),
        "errors" => ("application/json", r#"{"id":"00000000000000000000000000000000"}"#.into()),
        "video" => ("text/html; charset=utf-8", std::fs::read(paths::root().join("www/video.html"))?),
        _ => ("text/plain", b"ok".to_vec()),
    };
    let kind = if paths::kind(path) == "js" { "text/javascript" } else { kind };
    let reply = Response::builder()
        .header(CONTENT_TYPE, kind)
        .header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
        .header(ACCESS_CONTROL_ALLOW_HEADERS, "*");
    Ok(reply.body(Full::new(text.into()))?)
}

/// Serves the site's files and the news of the collector.
async fn page(request: Request<Incoming>, collector: &Collector) -> Result<Reply> {
    let path = request.uri().path();
    if path == "/collected" {
        if request.method() == Method::DELETE {
            collector.clear();
            return Ok(status(StatusCode::NO_CONTENT));
        }
        let seen = request
            .uri()
            .query()
            .and_then(|it| it.strip_prefix("after="))
            .and_then(|it| it.parse().ok());
        let news = collector.after(seen.unwrap_or(0), PATIENCE).await;
        let reply = Response::builder().header(CONTENT_TYPE, "application/json");
        return Ok(reply.body(Full::new(news.to_string().into()))?);
    }
    let Some((file, kind)) = file(path) else {
        return Ok(status(StatusCode::NOT_FOUND));
    };
    let Ok(bytes) = std::fs::read(file) else {
        return Ok(status(StatusCode::NOT_FOUND));
    };
    let mut reply = Response::builder().header(CONTENT_TYPE, kind).header(CACHE_CONTROL, "no-cache");
    if kind.starts_with("text/html") {
        reply = reply.header(CONTENT_SECURITY_POLICY, site::content_policy()?);
    }
    Ok(reply.body(Full::new(bytes.into()))?)
}

/// The file that an address stands for, and its media type.
fn file(path: &str) -> Option<(PathBuf, &'static str)> {
    let relative = Path::new(path.strip_prefix('/')?);
    // Nothing above the two folders.
    if !relative.components().all(|it| matches!(it, Component::Normal(_))) {
        return None;
    }
    let file = match relative.strip_prefix("pkg") {
        Ok(rest) => paths::package().join(rest),
        Err(_) if path == "/" => site::folder().join("index.html"),
        Err(_) => site::folder().join(relative),
    };
    let kind = match file.extension()?.to_str()? {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        _ => return None,
    };
    Some((file, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serves_nothing_from_above() {
        assert!(file("/../Cargo.toml").is_none());
        assert!(file("/pkg/../../etc/x.js").is_none());
        assert!(file("//etc/x.js").is_none());
        assert!(file("/pkg/index.js").is_some());
        assert!(file("/").is_some());
    }
}
