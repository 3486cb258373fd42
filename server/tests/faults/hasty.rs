//! The control of kills and of losses of power: a server that answers before it commits. To be killed, it is this test's
//! own program, started once more.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::response::Response;
use http_body_util::BodyExt as _;
use mixus_privacy_server::{Records, Settings};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tower::ServiceExt as _;

/// Names the database for the program that is started.
const DATABASE: &str = "MIXUS_HASTY_DATABASE";

/// The command of such a server.
pub(crate) fn command(database: &Path) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program"));
    command
        .args(["hasty::serves", "--exact", "--ignored", "--nocapture"])
        .env(DATABASE, database)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Answers come from a copy of the records, in their order; the records themselves follow.
struct Hasty {
    copy: Router,
    behind: mpsc::UnboundedSender<(HeaderValue, Vec<u8>)>,
}

async fn answer(State(hasty): State<Arc<Mutex<Hasty>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|it| it.to_bytes().to_vec()).unwrap_or_default();
    // One after the other, so that both come to the same places.
    let hasty = hasty.lock().await;
    let request = Request::from_parts(parts, Body::from(body.clone()));
    let sends = request.method() == "POST";
    let token = request.headers().get("mixus-link").cloned();
    let response = hasty.copy.clone().oneshot(request).await.unwrap_or_default();
    if sends {
        let _ = hasty.behind.send((token.unwrap_or(HeaderValue::from_static("")), body));
    }
    response
}

fn settings(database: PathBuf) -> Settings {
    Settings {
        database: database.into(),
        origin: "faults.example/log".into(),
        rate: 0,
        clock: || crate::AT,
        ..Settings::default()
    }
}

/// Records that follow a copy of theirs, which answers.
pub(crate) fn ahead(copy: Router, records: Router) -> Router {
    let (behind, mut bodies) = mpsc::unbounded_channel::<(HeaderValue, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((token, body)) = bodies.recv().await {
            let request = Request::post("/v1/events").header("mixus-link", token);
            let request = request.body(Body::from(body)).expect("a request");
            let _ = records.clone().oneshot(request).await;
        }
    });
    let hasty = Hasty { copy, behind };
    Router::new().fallback(answer).with_state(Arc::new(Mutex::new(hasty)))
}

async fn serve(database: &Path) -> Result<()> {
    let records = Records::open(settings(database.into())).await?;
    let folder = tempfile::tempdir()?;
    let copied = folder.path().join("copy.db");
    fs::copy(database, &copied)?;
    let log = database.with_extension("db-wal");
    fs::copy(log, folder.path().join("copy.db-wal"))?;
    let copy = Records::open(settings(copied)).await?;
    let app = ahead(copy.router(), records.router());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    crate::say(&format!("http://{}", listener.local_addr()?));
    eprintln!("{}", serde_json::json!({"key": records.verifier_key()}));
    axum::serve(listener, app).await.context("serving")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is started by the control of the kill"]
async fn serves() {
    if let Some(database) = env::var_os(DATABASE) {
        serve(Path::new(&database)).await.expect("a server");
    }
}
