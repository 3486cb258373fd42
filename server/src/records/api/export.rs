//! All that is kept of a person, to take away (GDPR 15, 20).

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use futures_util::stream::try_unfold;
use mixus_privacy::ledger::{Subject, text};
use serde::Deserialize;
use serde_json::json;

use super::super::kept::{Tip, Unavailable};
use super::super::{Inner, Records};
use super::ask::{Asked, Own};
use super::{Answered, refused};

/// As many events are in memory at once, however many there are.
const PAGE: u32 = 64;

#[derive(Debug, Deserialize)]
pub(super) struct Form {
    #[serde(rename = "as")]
    form: String,
}

/// `GET /v1/subjects/{sub}/export?as=events`: every event of a subject and of its account, each with its place, its time
/// and its proof, under one checkpoint. It is written while it is read.
pub(super) async fn export(
    State(records): State<Records>,
    Own(sub): Own,
    Asked(Form { form }): Asked<Form>,
) -> Answered {
    if form != "events" {
        return Err(refused(StatusCode::NOT_FOUND, "export/unknown"));
    }
    let inner = Arc::clone(&records.0);
    let acct = inner.store.account(sub).await?;
    let tip = inner.store.tip();
    let note = inner.note(&tip).await?;
    let mut head = json!({"v": 1, "sub": sub.text(), "acct": acct, "checkpoint": note}).to_string();
    // Goes on where it would have ended.
    head.pop();
    head.push_str(",\"events\":[");
    let export = Export {
        inner,
        tip,
        sub,
        acct,
    };
    let body = Body::from_stream(try_unfold(Some((0, head)), move |state| {
        let export = export.clone();
        async move {
            let Some((after, head)) = state else {
                return Ok(None);
            };
            let (events, next) = export.page(after).await?;
            let last = if next.is_none() { "]}" } else { "" };
            let separator = if after > 0 && !events.is_empty() { "," } else { "" };
            let part = Bytes::from([head.as_str(), separator, &events, last].concat());
            Ok::<_, Unavailable>(Some((part, next.map(|next| (next, String::new())))))
        }
    }));
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// What is exported: the log as it is now, however long it takes.
#[derive(Clone)]
struct Export {
    inner: Arc<Inner>,
    tip: Arc<Tip>,
    sub: Subject,
    acct: String,
}

impl Export {
    /// The events from a place on, as JSON, and the place after them if there are more.
    async fn page(&self, after: u64) -> Result<(String, Option<u64>), Unavailable> {
        let found = self.inner.store.events(self.sub, self.acct.clone(), after, PAGE).await?;
        let whole = found.len() < PAGE as usize;
        let mut texts = Vec::new();
        for it in &found {
            if it.place.index >= self.tip.log.size() {
                return Ok((texts.join(","), None));
            }
            let event = json!({
                "index": it.place.index,
                "taken": it.place.taken,
                "event": it.body,
                "hash": text(&it.hash),
                "proof": self.inner.proof(&self.tip, it.place.index).await?,
            });
            texts.push(event.to_string());
        }
        let next = found.last().map(|it| it.place.index + 1).filter(|_| !whole);
        Ok((texts.join(","), next))
    }
}
