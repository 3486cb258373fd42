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

/// Keeps bodies under an id in order of time, with an index of subjects, everything that waits in one
/// commit: no check, no signature, no chain, no log, no proof.
pub(crate) async fn bare(path: &Path) -> Result<String> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 1000;
         CREATE TABLE event (id BLOB PRIMARY KEY, sub TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
         CREATE INDEX event_sub ON event (sub);",
    )?;
    let (sender, mut receiver) = mpsc::channel::<Work>(4096);
    thread::spawn(move || -> Result<()> {
        let mut count = 0_u64;
        while let Some(first) = receiver.blocking_recv() {
            let mut together = vec![first];
            while together.len() < 1024
                && let Ok(next) = receiver.try_recv()
            {
                together.push(next);
            }
            let transaction = connection.transaction()?;
            for (body, _) in &together {
                let mut id = [7; 22];
                count += 1;
                id[..8].copy_from_slice(&count.to_be_bytes());
                let sub = body.split_once("\"sub\":\"").and_then(|(_, rest)| rest.get(..27)).unwrap_or("");
                transaction
                    .prepare_cached("INSERT INTO event VALUES (?, ?, ?)")?
                    .execute(params![id, sub, body])?;
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
        if kept {
            (StatusCode::OK, "stored")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "")
        }
    };
    serve(Router::new().route("/v1/events", post(keep)).with_state(sender)).await
}
