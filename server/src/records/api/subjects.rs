//! Handing back: a subject's own, to the subject alone.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::{Extension, Json};
use mixus_privacy::ledger::text;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::kept::Stored;
use super::super::{Records, wait};
use super::ask::{self, Asked, Known, Named, Own};
use super::lines::Events;
use super::{Answered, Failed, refused};

/// As many events are handed back at once.
const PAGE: u32 = 500;
/// As many bytes of them, roughly: what a slow reader makes the server hold.
const BYTES: usize = 1024 * 1024;
/// How long a reader may wait for news, in seconds.
const LONGEST_WAIT: u64 = 25;

#[derive(Debug, Deserialize)]
pub(super) struct Pull {
    /// The place from which on.
    #[serde(default)]
    after: u64,
    /// How long to wait if there is nothing new, in seconds.
    #[serde(default)]
    wait: u64,
    #[serde(default)]
    last: Known,
}

/// `GET /v1/subjects/{sub}/events?after=&wait=&last=`: the subject's events from a place of the log on, and those
/// of the account for which it decides. `seen` is how much of the log has been looked through. It is less than `after`
/// when the log has lost what it once had, which a server that was set up again from a copy does.
///
/// The tag says which events there are and which have their bodies, and not what `seen` is: it is weak. With
/// `If-None-Match` whoever waits does so until that has changed.
pub(super) async fn pull(
    State(records): State<Records>,
    Own(sub): Own,
    Asked(Pull {
        after,
        wait: patience,
        last,
    }): Asked<Pull>,
    headers: HeaderMap,
) -> Answered {
    let inner = &records.0;
    last.check(inner).await?;
    let mut place = None;
    let until = tokio::time::Instant::now() + Duration::from_secs(patience.min(LONGEST_WAIT));
    loop {
        let acct = inner.store.account(sub).await?;
        let seat = inner.waiting.sit(wait::bell(&sub, &acct));
        let bell = seat.bell.notified();
        tokio::pin!(bell);
        bell.as_mut().enable();
        // What is committed from here on rings.
        let size = inner.store.tip().log.size();
        let found = inner.store.events(sub, acct, after, PAGE).await?;
        let found: Vec<Stored> = found.into_iter().filter(|it| it.place.index < size).collect();
        let (found, seen) = page(found, size);
        let tag = tag(after, &found);
        let same = ask::is_known(&headers, &tag);
        if (found.is_empty() || same) && after <= size && patience > 0 {
            if place.is_none() {
                // Asked again in a while: without a pause it would be asked again at once.
                let full = Failed::Later(StatusCode::SERVICE_UNAVAILABLE, "wait/too-many", 5);
                place = Some(inner.seats.try_acquire().map_err(|_| full)?);
            }
            tokio::select! {
                () = bell => continue,
                () = tokio::time::sleep_until(until) => {}
                () = inner.ending() => {}
            }
        }
        if same && after <= size {
            return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
        }
        let events: Vec<Value> = found
            .iter()
            .map(|it| json!({"index": it.place.index, "taken": it.place.taken, "event": it.body, "hash": text(&it.hash)}))
            .collect();
        let count = Extension(Events(found.len()));
        return Ok((count, [(ETAG, tag)], Json(json!({"events": events, "seen": seen}))).into_response());
    }
}

/// As much as is handed back at once, and up to where the log has been looked through then.
fn page(mut found: Vec<Stored>, size: u64) -> (Vec<Stored>, u64) {
    let whole = found.len() < PAGE as usize;
    let mut bytes = 0;
    let most = found.iter().take_while(|it| {
        let fits = bytes < BYTES;
        bytes += it.body.as_ref().map_or(0, String::len);
        fits
    });
    let most = most.count();
    let whole = whole && most == found.len();
    found.truncate(most);
    let seen = if whole { size } else { found.last().map_or(size, |it| it.place.index + 1) };
    (found, seen)
}

/// Events are added at the end, and lose their bodies.
fn tag(after: u64, found: &[Stored]) -> String {
    match found.last() {
        None => format!("W/\"{after}\""),
        Some(last) => {
            let bodies = found.iter().filter(|it| it.body.is_some()).count();
            format!("W/\"{}-{bodies}\"", last.place.index + 1)
        }
    }
}

/// `GET /v1/subjects/{sub}/receipts/{index}`: what a person can keep, and anyone verify without this server.
pub(super) async fn receipt(
    State(records): State<Records>,
    Own(sub): Own,
    Named((_, index)): Named<(String, u64)>,
) -> Answered {
    let inner = &records.0;
    let found = inner.store.events(sub, String::new(), index, 1).await?;
    let tip = inner.store.tip();
    let stored = found
        .into_iter()
        .find(|it| it.place.index == index && index < tip.log.size())
        .ok_or(refused(StatusCode::NOT_FOUND, "receipt/unknown"))?;
    // Without the event there is nothing that a proof would be of.
    let event = stored.body.ok_or(refused(StatusCode::GONE, "receipt/erased"))?;
    let receipt = json!({
        "v": 1,
        "event": event,
        "index": index,
        "taken": stored.place.taken,
        "proof": inner.proof(&tip, index).await?,
        "checkpoint": inner.note(&tip).await?,
    });
    Ok(Json(receipt).into_response())
}
