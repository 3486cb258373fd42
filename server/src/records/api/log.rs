//! The log: what anyone may ask, and verify.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use mixus_privacy::ledger::{Hash, Log, Tiles};
use serde::Deserialize;
use serde_json::json;

use super::super::kept::{Tip, Unavailable};
use super::super::{Inner, Records};
use super::answers::Hashes;
use super::ask::Asked;
use super::{Answered, refused};

impl Inner {
    /// The signed checkpoint of a tip.
    pub(super) async fn note(&self, tip: &Tip) -> Result<String, Unavailable> {
        if let Some(note) = tip.note.get() {
            return Ok(note.clone());
        }
        let size = tip.log.size();
        let root = self.store.proved(tip, move |log, tiles| log.root(size, tiles)).await?;
        Ok(tip.note.get_or_init(|| self.signer.note(size, root)).clone())
    }

    /// The proof that a leaf is in the log of a tip.
    pub(super) async fn proof(&self, tip: &Tip, index: u64) -> Result<Hashes, Unavailable> {
        let ask = move |log: &Log, tiles: &mut dyn Tiles| log.inclusion(index, log.size(), tiles);
        Ok(Hashes(self.store.proved(tip, ask).await?))
    }
}

/// `GET /v1/log/checkpoint`: what the log is now, as a signed note.
pub(super) async fn checkpoint(State(records): State<Records>) -> Answered {
    let note = records.0.note(&records.0.store.tip()).await?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-cache")], note).into_response())
}

#[derive(Debug, Deserialize)]
pub(super) struct Inclusion {
    index: u64,
    size: u64,
}

/// `GET /v1/log/inclusion?index=&size=`: the proof for a leaf in the log as it was with so many leaves.
pub(super) async fn inclusion(
    State(records): State<Records>,
    Asked(Inclusion { index, size }): Asked<Inclusion>,
) -> Answered {
    let tip = records.0.store.tip();
    if index >= size || size > tip.log.size() {
        return Err(refused(StatusCode::NOT_FOUND, "log/beyond"));
    }
    let proof = records
        .0
        .store
        .proved(&tip, move |log, tiles| log.inclusion(index, size, tiles))
        .await?;
    Ok(hashes(proof))
}

#[derive(Debug, Deserialize)]
pub(super) struct Consistency {
    from: u64,
    to: u64,
}

/// `GET /v1/log/consistency?from=&to=`: the proof that the log has only grown.
pub(super) async fn consistency(
    State(records): State<Records>,
    Asked(Consistency { from, to }): Asked<Consistency>,
) -> Answered {
    let tip = records.0.store.tip();
    if from == 0 || from > to || to > tip.log.size() {
        return Err(refused(StatusCode::NOT_FOUND, "log/beyond"));
    }
    let proof = records
        .0
        .store
        .proved(&tip, move |log, tiles| log.consistency(from, to, tiles))
        .await?;
    Ok(hashes(proof))
}

fn hashes(proof: Vec<Hash>) -> Response {
    Json(json!({"proof": Hashes(proof)})).into_response()
}
