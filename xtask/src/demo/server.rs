//! The demo's servers: the site, and the vendors that only listen and answer politely.

use std::convert::Infallible;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_LANGUAGE, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, REFERER, REFERRER_POLICY,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

use super::collector::Collector;
use super::line::Line;
use super::site::{self, Site};
use crate::paths;

/// How long the page waits for news before it asks again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Every page that is served has a number of its own. The vendors' addresses on the page carry
/// it, so that what arrives is counted for the page that sent it and no other.
static PAGES: AtomicU64 = AtomicU64::new(0);

type Reply = Response<Full<Bytes>>;

/// What a server is.
#[derive(Clone, Debug)]
pub(super) enum Role {
    /// The site, which can cut the lines of the devices.
    Site([Line; 2]),
    Vendor(&'static str),
}

/// One of the servers.
#[derive(Clone, Debug)]
pub(super) struct Server {
    role: Role,
    collector: Collector,
    site: Arc<Site>,
}

impl Server {
    pub(super) fn new(role: Role, collector: Collector, site: Arc<Site>) -> Server {
        Server {
            role,
            collector,
            site,
        }
    }

    pub(super) async fn serve(self, listener: TcpListener) {
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Too many open files, say: they become fewer when others have ended.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let server = self.clone();
            connections.spawn(async move {
                let answer = service_fn(|request| server.answer(request));
                // A connection that breaks is the browser's affair.
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), answer)
                    .await;
            });
            while connections.try_join_next().is_some() {}
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Reply, Infallible> {
        let reply = match &self.role {
            Role::Vendor(vendor) => self.listen(vendor, request).await,
            Role::Site(lines) => self.page(lines, &request).await,
        };
        Ok(reply.unwrap_or_else(|error| {
            eprintln!("demo: {error:#}");
            status(StatusCode::INTERNAL_SERVER_ERROR)
        }))
    }

    /// Takes whatever a vendor's kit sends, and answers as the vendor would.
    async fn listen(&self, vendor: &str, request: Request<Incoming>) -> Result<Reply> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let (page, path) = numbered(head.uri.path());
        // A question of the browser whether it may ask is not yet a request of the kit.
        if head.method != Method::OPTIONS && path != "/favicon.ico" {
            self.collector.add(vendor, page, head.method.as_str(), path, &body);
        }
        let language = head.uri.query().unwrap_or("").trim_start_matches("hl=");
        let (kind, text) = match vendor {
            "chat" => ("application/json", self.chat(&body, language)),
            "errors" => ("application/json", r#"{"id":"00000000000000000000000000000000"}"#.to_owned()),
            "video" if head.method == Method::GET => ("text/html; charset=utf-8", self.site.film(language)?),
            "ads" | "pasted" => ("text/javascript", String::new()),
            _ => ("text/plain", "ok".to_owned()),
        };
        let reply = Response::builder()
            .header(CONTENT_TYPE, kind)
            .header(CACHE_CONTROL, "no-store")
            .header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
            .header(ACCESS_CONTROL_ALLOW_HEADERS, "*");
        Ok(reply.body(Full::new(text.into()))?)
    }

    /// The answer to a message or, for a chat that opens, the earlier messages.
    fn chat(&self, body: &[u8], language: &str) -> String {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        match asked["action"].as_str() {
            Some("sendMessage") => {
                serde_json::json!({"output": self.site.texts(language)["chat"]["answer"]}).to_string()
            }
            _ => r#"{"data":[]}"#.to_owned(),
        }
    }

    /// Serves the site's pages and files, and what its own back end says.
    async fn page(&self, lines: &[Line; 2], request: &Request<Incoming>) -> Result<Reply> {
        let header = |name: HeaderName| request.headers().get(name).and_then(|it| it.to_str().ok());
        let query = request.uri().query().unwrap_or("");
        let path = request.uri().path();
        let get = |name: &str| value(query, name);
        let posted = request.method() == Method::POST;
        let (page, device) = match path {
            "/" => ("index.html", 0),
            "/second" => ("second.html", 1),
            "/privacy" => ("privacy.html", 0),
            "/collected" => {
                let seen = get("after").parse().unwrap_or(0);
                let news = self.collector.after(get("page"), seen, PATIENCE).await;
                return said("application/json", Value::from(news).to_string());
            }
            "/line" if posted => {
                let line = get("device").parse().ok().and_then(|at: usize| lines.get(at));
                let Some(line) = line else {
                    return Ok(status(StatusCode::NOT_FOUND));
                };
                line.set(get("open") == "1");
                return said("text/plain", String::new());
            }
            "/sign-in" if posted => {
                return match self.site.accounts.token(get("account"), get("subject")) {
                    Some(token) => said("text/plain", token),
                    None => Ok(status(StatusCode::BAD_REQUEST)),
                };
            }
            _ => return Ok(send(path).unwrap_or_else(|| status(StatusCode::NOT_FOUND))),
        };
        // A link from one page to the other need not repeat the settings.
        let before = header(REFERER).and_then(|it| it.split_once('?')).map(|(_, query)| query);
        let settings = self.site.settings(
            if query.is_empty() { before.unwrap_or("") } else { query },
            header(ACCEPT_LANGUAGE).unwrap_or(""),
            header(HeaderName::from_static("sec-gpc")) == Some("1"),
        );
        let number = format!("p{}", PAGES.fetch_add(1, Ordering::Relaxed) + 1);
        let open = [lines[0].is_open(), lines[1].is_open()];
        let html = self
            .site
            .page(page, &number, &settings, (device, open), header(HOST).unwrap_or(""))?;
        let reply = Response::builder()
            .header(CONTENT_TYPE, "text/html; charset=utf-8")
            .header(CACHE_CONTROL, "no-store")
            .header(REFERRER_POLICY, "same-origin")
            .header(CONTENT_SECURITY_POLICY, self.site.content_policy(page));
        Ok(reply.body(Full::new(html.into()))?)
    }
}

/// A value of a query; empty where there is none.
fn value<'q>(query: &'q str, name: &str) -> &'q str {
    let mut pairs = query.split('&').filter_map(|it| it.split_once('='));
    pairs.find(|(it, _)| *it == name).map_or("", |(_, value)| value)
}

/// A short answer.
fn said(kind: &str, text: String) -> Result<Reply> {
    Ok(Response::builder().header(CONTENT_TYPE, kind).body(Full::new(text.into()))?)
}

fn status(code: StatusCode) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = code;
    reply
}

/// A file of the site or the package.
fn send(path: &str) -> Option<Reply> {
    let (file, kind) = file(path)?;
    let bytes = std::fs::read(file).ok()?;
    let reply = Response::builder().header(CONTENT_TYPE, kind).header(CACHE_CONTROL, "no-cache");
    reply.body(Full::new(bytes.into())).ok()
}

/// The number of the page that a vendor's address carries, and the path without it.
fn numbered(path: &str) -> (&str, &str) {
    let rest = path.get(1..).unwrap_or("");
    match rest.find('/') {
        Some(end) if rest.starts_with('p') => (rest.get(..end).unwrap_or(""), rest.get(end..).unwrap_or("")),
        _ => ("", path),
    }
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
        // A service worker is of the folder that it lies in, and of those below.
        Err(_) if path == "/sealed-worker.js" => paths::package().join(relative),
        Err(_) => site::folder().join(relative),
    };
    let kind = match paths::kind(path) {
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
    }

    #[test]
    fn arrivals_belong_to_a_page() {
        assert_eq!(numbered("/p12/api/event"), ("p12", "/api/event"));
        assert_eq!(numbered("/pixel.js"), ("", "/pixel.js"));
        assert_eq!(numbered("/"), ("", "/"));
    }
}
