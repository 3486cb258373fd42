//! The web as far as the tests are concerned: one server that is the site itself, when asked
//! directly, and any other host, when asked as a proxy. It writes down every request.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use mixus_privacy::serve::{Visitor, headers};

use crate::policy::now;
use crate::{PATIENCE, root};

/// Hosts that browsers ask for reasons of their own. Pages of tests do not name them.
const MAKERS: [&str; 13] = [
    "mozilla.com", "mozilla.org", "mozilla.net", "firefox.com", "mozgcp.net", "mozaws.net", "google.com",
    "googleapis.com", "gvt1.com", "gstatic.com", "chromium.org", "debian.org", "duckduckgo.com",
];

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method; `CONNECT` when an encrypted connection was asked for.
    pub method: String,
    /// The host, without a port; empty for the site itself.
    pub host: String,
    /// The path, with the query.
    pub path: String,
    /// The body.
    pub body: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    kind: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    after: Option<String>,
    plan: Option<Arc<str>>,
}

impl Reply {
    /// A body of a media type.
    pub fn of(kind: &'static str, body: impl Into<Bytes>) -> Reply {
        Reply {
            status: 200,
            kind,
            headers: Vec::new(),
            body: body.into(),
            after: None,
            plan: None,
        }
    }

    /// A page.
    pub fn html(body: impl Into<Bytes>) -> Reply {
        Reply::of("text/html; charset=utf-8", body)
    }

    /// A script.
    pub fn script(body: impl Into<Bytes>) -> Reply {
        Reply::of("text/javascript; charset=utf-8", body)
    }

    /// A document.
    pub fn json(value: &serde_json::Value) -> Reply {
        Reply::of("application/json", value.to_string())
    }

    /// A file of the package, or of an npm package of the tests, by its path.
    pub fn file(path: &str) -> Result<Reply> {
        file(path)
    }

    /// Nothing, with a status.
    pub fn status(status: u16) -> Reply {
        Reply {
            status,
            ..Reply::of("text/plain", "")
        }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    /// With the headers that a plan has for whoever asks.
    #[must_use]
    pub fn served(mut self, plan: &str) -> Reply {
        self.plan = Some(plan.into());
        self
    }

    /// Not before another request has arrived (`host/path`): a slow answer without a clock.
    #[must_use]
    pub fn after(mut self, address: &str) -> Reply {
        self.after = Some(address.into());
        self
    }
}

#[derive(Debug, Default)]
struct Shared {
    replies: Mutex<HashMap<String, Reply>>,
    requests: Mutex<Vec<Request>>,
    news: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Waits until `found` finds something in what has arrived.
    async fn wait<T>(&self, what: &str, found: impl Fn(&[Request]) -> Option<T>) -> Result<T> {
        let end = Instant::now() + PATIENCE;
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            if let Some(found) = found(&lock(&self.requests)) {
                return Ok(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if tokio::time::timeout(left, news).await.is_err() {
                bail!("{what} did not arrive; there were {:?}", addresses(&lock(&self.requests)));
            }
        }
    }
}

fn addresses(requests: &[Request]) -> Vec<String> {
    requests
        .iter()
        .filter(|it| !it.path.starts_with("/pkg/"))
        .map(|it| format!("{}{}", it.host, it.path))
        .collect()
}

/// A site on a free port of the loopback interface, and all other hosts behind it.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Site {
    /// Starts serving.
    pub async fn start() -> Result<Site> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let state = shared.clone();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = state.clone();
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(&state, address, request));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Ok(Site {
            address,
            shared,
            server,
        })
    }

    /// Where it listens; also as a proxy.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a path of the site.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What `host/path` answers; the site itself has an empty host: `/page`.
    pub fn reply(&self, address: &str, reply: Reply) {
        lock(&self.shared.replies).insert(address.into(), reply);
    }

    /// What has arrived at hosts other than the site, oldest first. What browsers ask of
    /// their makers is not counted.
    pub fn arrived(&self) -> Vec<String> {
        let of_maker = |host: &str| {
            MAKERS
                .iter()
                .any(|maker| host.strip_suffix(maker).is_some_and(|it| it.is_empty() || it.ends_with('.')))
        };
        let requests = lock(&self.shared.requests);
        let others = requests.iter().filter(|it| !it.host.is_empty() && !of_maker(&it.host));
        addresses(&others.cloned().collect::<Vec<_>>())
    }

    /// Every request.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// Forgets what has arrived.
    pub fn forget(&self) {
        lock(&self.shared.requests).clear();
    }

    /// Waits until `host/path` has been asked for.
    pub async fn wait(&self, address: &str) -> Result<Request> {
        let at = |it: &&Request| format!("{}{}", it.host, it.path) == address;
        self.shared.wait(address, |all| all.iter().find(at).cloned()).await
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(
    shared: &Shared,
    own: SocketAddr,
    request: hyper::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let header = head.headers.get("host").and_then(|it| it.to_str().ok()).unwrap_or("");
    let named = head.uri.authority().map_or(header, |it| it.as_str());
    let host = if named == own.to_string() {
        ""
    } else {
        named.split(':').next().unwrap_or("")
    };
    let path = head.uri.path_and_query().map_or("", |it| it.as_str());
    let body = body.collect().await.map(http_body_util::Collected::to_bytes);
    let body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
    lock(&shared.requests).push(Request {
        method: head.method.to_string(),
        host: host.into(),
        path: path.into(),
        body,
    });
    shared.news.notify_waiters();
    if head.method == Method::CONNECT {
        return Ok(make(Reply::status(502), ""));
    }
    let bare = path.split('?').next().unwrap_or("");
    let found = {
        let replies = lock(&shared.replies);
        replies
            .get(&format!("{host}{path}"))
            .or_else(|| replies.get(&format!("{host}{bare}")))
            .cloned()
    };
    let reply = match found {
        Some(reply) => reply,
        // Every host has the package, so that any of them can be the page's site.
        None if bare.starts_with("/pkg/") || bare.starts_with("/node_modules/") => {
            file(bare).unwrap_or_else(|_| Reply::status(404))
        }
        None if host.is_empty() && bare.starts_with("/beacon/") => Reply::status(204),
        None if bare.starts_with("/held/") => third_party(host, bare),
        None if host.is_empty() => Reply::status(404),
        None => third_party(host, bare),
    };
    if let Some(after) = &reply.after {
        let at = |it: &Request| format!("{}{}", it.host, it.path) == *after;
        let _ = shared.wait(after, |all| all.iter().any(at).then_some(())).await;
    }
    let cookies = head.headers.get("cookie").and_then(|it| it.to_str().ok());
    Ok(make(reply, cookies.unwrap_or("")))
}

fn make(mut reply: Reply, cookies: &str) -> Response<Full<Bytes>> {
    if let Some(plan) = reply.plan.take()
        && let Some(visitor) = Visitor::read(plan.as_bytes(), b"DE", cookies.as_bytes(), false, now())
    {
        reply.headers.extend(headers(&visitor, &["seen.example"]));
    }
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or_default();
    let headers = response.headers_mut();
    let standard = [
        ("content-type", reply.kind.to_string()),
        ("cache-control", "no-cache".to_string()),
        ("access-control-allow-origin", "*".to_string()),
    ];
    for (name, value) in standard.into_iter().chain(reply.headers) {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    response
}

/// A file of the package, or of the npm packages of the tests.
fn file(path: &str) -> Result<Reply> {
    if path.contains("..") {
        bail!("outside");
    }
    let base: PathBuf = if path.starts_with("/node_modules/") { root().join("tests") } else { root() };
    let path = base.join(path.trim_start_matches('/'));
    let kind = match path.extension().and_then(|it| it.to_str()) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    };
    let body = std::fs::read(&path).with_context(|| format!("{}", path.display()))?;
    Ok(Reply::of(kind, body))
}

/// What any other host has: scripts that say that they ran, pages, pictures.
fn third_party(host: &str, path: &str) -> Reply {
    let says = format!("(window.ran ||= []).push('{host}{path}');");
    match path.rsplit('.').next() {
        Some("js" | "mjs") => Reply::script(says),
        Some("css") => Reply::of("text/css", "main { outline-color: rgb(1, 2, 3) }"),
        Some("svg" | "png" | "gif") => Reply::of(
            "image/svg+xml",
            "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'/>",
        ),
        _ => Reply::html(format!("<!doctype html><title>{host}</title><script>{says}</script><p>{host}")),
    }
}
