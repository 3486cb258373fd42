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

/// What is to be kept, and who waits for it.
pub(crate) type Work = (String, oneshot::Sender<()>);

/// As many are committed together at most.
pub(crate) const MOST_TOGETHER: usize = 1024;

/// The id of an event in order of time, and its subject.
pub(crate) fn named<'b>(body: &'b str, count: &mut u64) -> ([u8; 22], &'b str) {
    let mut id = [7; 22];
    *count += 1;
    id[..8].copy_from_slice(&count.to_be_bytes());
    let sub = body.split_once("\"sub\":\"").and_then(|(_, rest)| rest.get(..27)).unwrap_or("");
    (id, sub)
}

/// Answers once what was sent was kept.
pub(crate) async fn keep(sender: mpsc::Sender<Work>) -> Result<String> {
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
            while together.len() < MOST_TOGETHER
                && let Ok(next) = receiver.try_recv()
            {
                together.push(next);
            }
            let transaction = connection.transaction()?;
            for (body, _) in &together {
                let (id, sub) = named(body, &mut count);
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
    keep(sender).await
}
