//! Taking in.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::{Extension, Json};
use mixus_privacy::ledger::{Hash, Kind};
use mixus_privacy::sync::{MOST_BYTES, lines};
use serde::Deserialize;

use super::super::kept::{Answer, Incoming, Place, Tip, Unavailable};
use super::super::{Inner, Records, sign, token};
use super::answers::{Answers, Hashes, Said};
use super::ask::{self, Asked, Known};
use super::guard::Address;
use super::lines::Events;
use super::{Answered, LINK, refused};

/// A line that is an event: its id, and the documents that it names.
struct Line {
    id: String,
    kind: Kind,
    names: [Hash; 2],
}

#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    #[serde(default)]
    last: Known,
}

/// `POST /v1/events?last=`: a batch, see [`mixus_privacy::sync::batch`]. Answers about each line, in order, once
/// all that is kept is durable. What says to have seen another log is not taken into this one.
pub(super) async fn append(
    State(records): State<Records>,
    Asked(Sent { last }): Asked<Sent>,
    Extension(address): Extension<Address>,
    headers: HeaderMap,
    body: Body,
) -> Answered {
    let inner = &records.0;
    let body = ask::text(inner, body, MOST_BYTES, ["batch/too-long", "batch/form"]).await?;
    let lines = lines(&body).ok_or(refused(StatusCode::BAD_REQUEST, "batch/form"))?;
    let lines: Vec<&str> = lines.collect();
    // As a question it has been counted as one already.
    inner.admit(address, lines.len().saturating_sub(1))?;
    last.check(inner).await?;
    let token = headers.get(LINK).and_then(|it| it.to_str().ok()).unwrap_or("");
    let now = (inner.settings.clock)();
    let mut events = Vec::new();
    let mut read = Vec::new();
    for line in lines {
        read.push(match sign::verified(line) {
            Err(fault) => Err(fault.code()),
            Ok((event, hash)) => {
                let names = [event.notice, event.ui];
                let kind = event.kind;
                let keys = &inner.settings.link_keys;
                let token = (kind == Kind::Link)
                    .then(|| token::links(token, keys, &event.sub, event.acct, now))
                    .flatten();
                let event = Incoming {
                    token,
                    ..Incoming::new(&event, hash, line)
                };
                let id = event.id().text();
                events.push(event);
                Ok(Line { id, kind, names })
            }
        });
    }
    let mut answers = inner.store.append(events).await?.into_iter();
    let tip = inner.store.tip();
    let note = inner.note(&tip).await?;
    let mut said = Vec::new();
    let mut named = Vec::new();
    for line in read {
        let Line { id, kind, names } = match line {
            Ok(line) => line,
            Err(code) => {
                said.push(inner.refused(None, code));
                continue;
            }
        };
        let answer = answers.next();
        let answer = answer.ok_or_else(|| Unavailable("the store answered too little".into()))?;
        let (status, place) = match answer {
            Answer::Stored(place) => ("stored", place),
            Answer::Duplicate(place) => ("duplicate", place),
            Answer::Fork(place) => ("fork", place),
            Answer::Rejected(why) => {
                said.push(inner.refused(Some(id), why.code()));
                continue;
            }
        };
        if kind == Kind::Erase {
            inner.untidy.notify_one();
        }
        named.extend(names);
        said.push(inner.acknowledge(status, id, place, &tip).await?);
    }
    let wanted = inner.archive.wanted(&inner.store, named).await;
    let events = Extension(Events(said.len()));
    let answers = Answers {
        said,
        checkpoint: &note,
        wanted: Hashes(wanted),
    };
    Ok((events, Json(answers)).into_response())
}

impl Inner {
    fn refused(&self, id: Option<String>, code: &'static str) -> Said {
        self.metrics.count(code);
        let status = "rejected";
        Said::Refused { id, status, code }
    }

    async fn acknowledge(
        &self,
        status: &'static str,
        id: String,
        Place { index, taken }: Place,
        tip: &Tip,
    ) -> Result<Said, Unavailable> {
        self.metrics.count(status);
        let proof = self.proof(tip, index).await?;
        Ok(Said::Kept {
            id,
            status,
            index,
            taken,
            proof,
        })
    }
}
