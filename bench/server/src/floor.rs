//! The least that any server would have to do: answer, and commit what it was sent in groups.

use std::path::Path;
use std::thread;

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use rusqlite::{Connection, params};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// Answers, and does nothing.
pub(crate) async fn hello() -> Result<String> {
    serve(Router::new().route("/v1/events", post(|| async { "stored" }))).await
}

async fn serve(router: Router) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

type Work = (String, oneshot::Sender<()>);

/// Keeps bodies as they come, under a number, with everything that waits in one commit: no check, no
/// index, no log, no proof.
pub(crate) async fn bare(path: &Path) -> Result<String> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000;
         CREATE TABLE event (place INTEGER PRIMARY KEY, body TEXT NOT NULL);",
    )?;
    let (sender, mut receiver) = mpsc::channel::<Work>(4096);
    thread::spawn(move || -> Result<()> {
        while let Some(first) = receiver.blocking_recv() {
            let mut together = vec![first];
            while together.len() < 1024 && let Ok(next) = receiver.try_recv() {
                together.push(next);
            }
            let transaction = connection.transaction()?;
            for (body, _) in &together {
                transaction.prepare_cached("INSERT INTO event (body) VALUES (?)")?.execute(params![body])?;
            }
            transaction.commit()?;
            for (_, answer) in together {
                let _ = answer.send(());
            }
        }
        Ok(())
    });
    let keep = |State(sender): State<mpsc::Sender<Work>>, body: String| async move {
        let (answer, answered) = oneshot::channel();
        let kept = sender.send((body, answer)).await.is_ok() && answered.await.is_ok();
        if kept { (StatusCode::OK, "stored") } else { (StatusCode::SERVICE_UNAVAILABLE, "") }
    };
    serve(Router::new().route("/v1/events", post(keep)).with_state(sender)).await
}
