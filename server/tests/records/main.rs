//! Records, asked over HTTP as a browser asks. These are two programs: `records`, and over PostgreSQL `records_postgres`.

mod device;
mod link;
mod log;
mod store;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use mixus_privacy_cluster::Cluster;
use mixus_privacy_server::{Database, Records, Settings};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

use device::Device;

/// Whether this is the program over PostgreSQL.
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
        let mut settings = settings;
        settings.database = database;
        let database = settings.database.clone();
        let records = Records::open(settings).await.expect("records");
        Kept {
            database,
            folder,
            records,
        }
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let router: Router = self.records.router();
        let response = router.oneshot(request).await.expect("an answer");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let json = serde_json::from_slice(&body);
        (
            status,
            json.unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into()),
        )
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

fn said(answer: &Value) -> Vec<String> {
    let answers = answer["answers"].as_array().expect("answers");
    answers
        .iter()
        .map(|it| it["code"].as_str().or(it["status"].as_str()).unwrap_or("").to_owned())
        .collect()
}
