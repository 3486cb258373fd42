//! All that is kept of a person, to take away (GDPR 15, 20).

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use futures_util::stream::try_unfold;
use mixus_privacy::ledger::{Event, Hash, Subject, text};
use mixus_privacy::policy::Json;
use mixus_privacy::rights::{self, As, Notice, Told};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::kept::{Stored, Tip, Unavailable};
use super::super::{Inner, Records};
use super::ask::{Asked, Own};
use super::{Answered, Failed, refused};

/// As many events are in memory at once, however many there are.
const PAGE: u32 = 64;

#[derive(Debug, Deserialize)]
pub(super) struct Form {
    #[serde(rename = "as")]
    form: String,
}

/// As much text a form may be made of: it is told of all events at once.
const LONGEST: usize = 16 * 1024 * 1024;

/// `GET /v1/subjects/{sub}/export?as=`: every event of a subject and of its account, each with its place, its time and its
/// proof, under one checkpoint (`events`), which is written while it is read; or what they amount to, in one of the forms of
/// [`As`].
pub(super) async fn export(
    State(records): State<Records>,
    Own(sub): Own,
    Asked(Form { form }): Asked<Form>,
) -> Answered {
    if form == "events" {
        return events(records, sub).await;
    }
    let form = As::parse(&form).ok_or(refused(StatusCode::NOT_FOUND, "export/unknown"))?;
    let inner = &records.0;
    let _place = inner.exports.acquire().await;
    let (found, documents) = all(inner, sub).await?;
    let now = (inner.settings.clock)();
    let written = tokio::task::spawn_blocking(move || {
        let notices: Vec<Notice> = documents.iter().filter_map(|it| read(it)).collect();
        let told: Vec<Told<'_>> = found.iter().filter_map(told).collect();
        rights::export(form, &sub, &told, &notices, now)
    });
    let written = written.await.map_err(|error| Unavailable(error.to_string()))?;
    let kind = if form == As::Iso27560 { "application/ld+json" } else { "application/json" };
    Ok(([(CONTENT_TYPE, kind)], written).into_response())
}

/// All that is kept of a subject and its account, and the documents that it names, as far as these are in the archive.
async fn all(inner: &Inner, sub: Subject) -> Result<(Vec<Stored>, Vec<String>), Failed> {
    let acct = inner.store.account(sub).await?;
    let size = inner.store.tip().log.size();
    let (mut found, mut after, mut bytes) = (Vec::new(), 0, 0);
    loop {
        let page = inner.store.events(sub, acct.clone(), after, PAGE).await?;
        let whole = page.len() < PAGE as usize;
        after = page.last().map_or(after, |it| it.place.index + 1);
        bytes += page.iter().filter_map(|it| it.body.as_ref()).map(String::len).sum::<usize>();
        if bytes > LONGEST {
            // As events it is handed out however much it is.
            return Err(refused(StatusCode::UNPROCESSABLE_ENTITY, "export/too-long"));
        }
        found.extend(page.into_iter().filter(|it| it.place.index < size));
        if whole {
            break;
        }
    }
    let named = found
        .iter()
        .filter_map(|it| Some(Event::read(it.body.as_deref()?).ok()?.notice));
    let named: BTreeSet<Hash> = named.collect();
    let mut documents = Vec::new();
    for hash in named {
        if let Some((_, document)) = inner.store.notice(hash).await?
            && bytes <= LONGEST
        {
            bytes += document.len();
            documents.push(document);
        }
    }
    Ok((found, documents))
}

fn told(it: &Stored) -> Option<Told<'_>> {
    Some(Told {
        event: it.body.as_deref()?,
        index: Some(it.place.index),
        taken: Some(it.place.taken),
    })
}

/// What is archived may be anything.
fn read(document: &str) -> Option<Notice> {
    let document: Value = serde_json::from_str(document).ok()?;
    Notice::read(&mut Json::new(&document))
}

async fn events(records: Records, sub: Subject) -> Answered {
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
