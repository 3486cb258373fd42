//! Records, asked over HTTP as a browser asks. These are two programs: `records`, and, over `PostgreSQL`, `records_postgres`.

mod cors;
mod described;
mod describes;
mod device;
mod disk;
mod erase;
mod export;
mod keys;
mod limits;
mod link;
mod log;
mod notices;
mod read;
mod retain;
mod socket;
mod store;
mod wire;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use mixus_privacy_cluster::Cluster;
use mixus_privacy_server::{Database, NotOpened, Records, Settings};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

use device::Device;

/// Whether this is the program over `PostgreSQL`.
const POSTGRES: bool = env!("CARGO_CRATE_NAME").len() > "records".len();

/// Records in a database of their own.
struct Kept {
    database: Database,
    folder: TempDir,
    records: Records,
}

impl Kept {
    async fn new() -> Kept {
        Kept::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Kept {
        let folder = tempfile::tempdir().expect("a folder");
        let database = if POSTGRES {
            Cluster::shared().and_then(Cluster::database).expect("a database").into()
        } else {
            folder.path().join("records.db").into()
        };
        let records = open(&database, &settings).await.expect("records");
        Kept {
            database,
            folder,
            records,
        }
    }

    /// The same database, opened again.
    async fn again(self, settings: &Settings) -> Kept {
        let Kept {
            database,
            folder,
            records,
        } = self;
        drop(records);
        // The writer ends a moment after the last who could ask it.
        let records = loop {
            match open(&database, settings).await {
                Ok(records) => break records,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        Kept {
            database,
            folder,
            records,
        }
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let answer = self.whole(request).await;
        let json = serde_json::from_str(&answer.body);
        (answer.status, json.unwrap_or(answer.body.into()))
    }

    async fn whole(&self, request: Request<Body>) -> Whole {
        let router: Router = self.records.router();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = router.oneshot(request).await.expect("an answer");
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8(body.into()).expect("text");
        let faults = describes::faults(&method, &path, head.status, &head.headers, &body);
        assert!(faults.is_empty(), "{method} {path}: {faults:?}");
        Whole {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    async fn send(&self, events: &[String]) -> Value {
        self.send_with(events, "").await
    }

    async fn send_with(&self, events: &[String], token: &str) -> Value {
        let request = Request::post("/v1/events")
            .header("mixus-link", token)
            .body(Body::from(events.join("\n")));
        let (status, answer) = self.ask(request.expect("a request")).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// What each event's answer is: its status, or its code.
    async fn said(&self, events: &[String]) -> Vec<String> {
        said(&self.send(events).await)
    }

    async fn get(&self, device: &Device, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path)
            .header("authorization", device.asks("GET", path))
            .body(Body::empty());
        self.ask(request.expect("a request")).await
    }

    async fn open(&self, path: &str) -> Value {
        let (status, answer) = self.ask(Request::get(path).body(Body::empty()).expect("a request")).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }
}

async fn open(database: &Database, settings: &Settings) -> Result<Records, NotOpened> {
    let mut settings = settings.clone();
    settings.database = database.clone();
    Records::open(settings).await
}

/// An answer with all that belongs to it.
struct Whole {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Whole {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().expect("text"))
    }

    fn code(&self) -> (u16, String) {
        let json: Value = serde_json::from_str(&self.body).unwrap_or_default();
        (self.status.as_u16(), json["code"].as_str().unwrap_or("").into())
    }
}

fn said(answer: &Value) -> Vec<String> {
    let answers = answer["answers"].as_array().expect("answers");
    answers
        .iter()
        .map(|it| it["code"].as_str().or(it["status"].as_str()).unwrap_or("").to_owned())
        .collect()
}
