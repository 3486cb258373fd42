//! A server of uploads that does as it is told: it waits, refuses, and remembers everything that it was sent.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What was asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// The first line and all headers.
    pub(crate) head: String,
    pub(crate) body: Bytes,
}

#[derive(Debug)]
struct Upload {
    length: usize,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Shared {
    uploads: Mutex<HashMap<String, Upload>>,
    asked: Mutex<Vec<Asked>>,
    rules: watch::Sender<Rules>,
}

/// How it behaves.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// What comes behind so many bytes of an upload gets no answer.
    held: usize,
    /// What it says to whoever begins an upload, instead of doing so.
    refuses: Option<u16>,
    longest: u64,
}

#[derive(Debug)]
pub(crate) struct Tus {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tus {
    pub(crate) async fn start() -> Result<Tus> {
        let rules = Rules {
            held: usize::MAX,
            refuses: None,
            longest: 1 << 40,
        };
        let shared = Arc::new(Shared {
            uploads: Mutex::default(),
            asked: Mutex::default(),
            rules: watch::Sender::new(rules),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Tus {
            address,
            shared,
            server,
        })
    }

    pub(crate) fn at(&self) -> String {
        format!("http://{}/files", self.address)
    }

    /// Gives no answer to what comes behind so many bytes of an upload, until it is let go.
    pub(crate) fn hold(&self, held: usize) {
        self.shared.rules.send_modify(|it| it.held = held);
    }

    pub(crate) fn let_go(&self) {
        self.hold(usize::MAX);
    }

    pub(crate) fn refuse(&self, status: Option<u16>) {
        self.shared.rules.send_modify(|it| it.refuses = status);
    }

    pub(crate) fn longest(&self, longest: u64) {
        self.shared.rules.send_modify(|it| it.longest = longest);
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        lock(&self.shared.asked).clone()
    }

    /// How often it was asked something.
    pub(crate) fn count(&self, method: &str) -> usize {
        lock(&self.shared.asked).iter().filter(|it| it.method == method).count()
    }

    /// What is there as a whole, in the order of their lengths.
    pub(crate) fn whole(&self) -> Vec<usize> {
        let uploads = lock(&self.shared.uploads);
        let whole = uploads.values().filter(|it| it.bytes.len() == it.length);
        let mut lengths: Vec<usize> = whole.map(|it| it.length).collect();
        lengths.sort_unstable();
        lengths
    }
}

impl Drop for Tus {
    fn drop(&mut self) {
        self.server.abort();
    }
}

const OPEN: [(&str, &str); 5] = [
    ("tus-resumable", "1.0.0"),
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "OPTIONS, POST, HEAD, PATCH, DELETE"),
    (
        "access-control-allow-headers",
        "tus-resumable, upload-length, upload-offset, content-type",
    ),
    (
        "access-control-expose-headers",
        "location, upload-offset, upload-length, tus-max-size",
    ),
];

fn number(headers: &HeaderMap, name: &str) -> usize {
    let value = headers.get(name).and_then(|it| it.to_str().ok());
    value.and_then(|it| it.parse().ok()).unwrap_or(usize::MAX)
}

fn said(status: u16, headers: &[(&'static str, String)]) -> Response {
    let mut response = StatusCode::from_u16(status).unwrap_or_default().into_response();
    let open = OPEN.map(|(name, value)| (name, value.to_owned()));
    for (name, value) in open.iter().chain(headers) {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(*name, value);
        }
    }
    response
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    lock(&shared.asked).push(Asked {
        method: head.method.to_string(),
        head: format!("{} {:?}", head.uri, head.headers),
        body: body.clone(),
    });
    let path = head.uri.path().to_owned();
    let rules = *shared.rules.borrow();
    match head.method {
        Method::OPTIONS => said(204, &[("tus-max-size", rules.longest.to_string())]),
        Method::POST => {
            if let Some(status) = rules.refuses {
                return said(status, &[]);
            }
            let mut uploads = lock(&shared.uploads);
            // A name is given once, though what had it may be gone.
            let place = format!("/files/{}", lock(&shared.asked).len());
            let length = number(&head.headers, "upload-length");
            uploads.insert(
                place.clone(),
                Upload {
                    length,
                    bytes: Vec::new(),
                },
            );
            said(201, &[("location", place)])
        }
        Method::PATCH => {
            let offset = number(&head.headers, "upload-offset");
            let mut news = shared.rules.subscribe();
            let _ = news.wait_for(|it| offset < it.held).await;
            let mut uploads = lock(&shared.uploads);
            match uploads.get_mut(&path) {
                Some(it) if it.bytes.len() == offset => {
                    it.bytes.extend_from_slice(&body);
                    said(204, &[("upload-offset", it.bytes.len().to_string())])
                }
                Some(_) => said(409, &[]),
                None => said(404, &[]),
            }
        }
        Method::HEAD => match lock(&shared.uploads).get(&path) {
            Some(it) => said(
                200,
                &[
                    ("upload-offset", it.bytes.len().to_string()),
                    ("upload-length", it.length.to_string()),
                ],
            ),
            None => said(404, &[]),
        },
        Method::DELETE => {
            let was = lock(&shared.uploads).remove(&path);
            said(if was.is_some() { 204 } else { 404 }, &[])
        }
        _ => said(405, &[]),
    }
}
