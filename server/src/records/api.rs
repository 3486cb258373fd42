//! The end points.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use mixus_privacy::ledger::{Hash, Kind, Subject, text};
use mixus_privacy::sync::{MOST_BYTES, lines};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::kept::{Answer, Incoming, Place, Refusal, Stored, Tip, Unavailable};
use super::{Inner, Records, now, sign, wait};

/// A token of the site's server that links a subject to an account.
const LINK: HeaderName = HeaderName::from_static("mixus-link");
/// As many events are handed back at once.
const PAGE: u32 = 500;
/// How long a reader may wait for news, in seconds.
const LONGEST_WAIT: u64 = 25;

/// What is answered where something is wrong: a stable code, and nothing else.
fn refuse(status: StatusCode, code: &str) -> Response {
    (status, Json(json!({"code": code}))).into_response()
}

impl axum::response::IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "store");
        let mut response = refuse(StatusCode::SERVICE_UNAVAILABLE, "store/unavailable");
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        response
    }
}

type Answered = Result<Response, Unavailable>;

impl Records {
    /// The end points, to be nested wherever a site wants them.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/events", post(append))
            .route("/v1/subjects/{sub}/events", get(pull))
            .route("/v1/subjects/{sub}/receipts/{index}", get(receipt))
            .route("/v1/log/checkpoint", get(checkpoint))
            .route("/v1/log/inclusion", get(inclusion))
            .route("/v1/log/consistency", get(consistency))
            .route("/v1/health", get(health))
            .route("/metrics", get(metrics))
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .layer(cors(&self.0.settings.allow))
            .with_state(self.clone())
    }
}

/// Which pages may ask. No cookie plays a part, so that no page can ask in anybody's name.
fn cors(allow: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = allow.iter().filter_map(|it| it.parse().ok()).collect();
    let any = allow.iter().any(|it| it == "*");
    CorsLayer::new()
        .allow_origin(if any { AllowOrigin::any() } else { AllowOrigin::list(origins) })
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH, LINK])
        .expose_headers([ETAG, RETRY_AFTER])
        .max_age(Duration::from_secs(86_400))
}

// --- Taking in -------------------------------------------------------------------------------

/// `POST /v1/events`: a batch, see [`mixus_privacy::sync::batch`]. Answers about each line, in order, once
/// all that is kept is durable.
async fn append(State(records): State<Records>, headers: HeaderMap, body: Bytes) -> Answered {
    let inner = &records.0;
    let Some(lines) = std::str::from_utf8(&body).ok().and_then(lines) else {
        return Ok(refuse(StatusCode::BAD_REQUEST, "batch/form"));
    };
    let token = headers.get(LINK).and_then(|it| it.to_str().ok()).unwrap_or("");
    let mut events = Vec::new();
    let mut read = Vec::new();
    for line in lines {
        read.push(match sign::verified(line) {
            Err(fault) => Err(fault.code()),
            Ok((event, _))
                if event.kind == Kind::Link
                    && !sign::links(token, &inner.settings.link_keys, &event.sub, event.acct, now()) =>
            {
                Err(Refusal::Account.code())
            }
            Ok((event, hash)) => {
                let event = Incoming::new(&event, hash, line);
                let id = event.id().text();
                events.push(event);
                Ok(id)
            }
        });
    }
    let mut answers = inner.store.append(events).await?.into_iter();
    let tip = inner.store.tip();
    let note = inner.note(&tip).await?;
    let mut said = Vec::new();
    for line in read {
        said.push(match line {
            Err(code) => inner.refused(None, code),
            Ok(id) => match answers.next() {
                Some(Answer::Stored(place)) => inner.acknowledge("stored", &id, place, &tip).await?,
                Some(Answer::Duplicate(place)) => inner.acknowledge("duplicate", &id, place, &tip).await?,
                Some(Answer::Fork(place)) => inner.acknowledge("fork", &id, place, &tip).await?,
                Some(Answer::Rejected(why)) => inner.refused(Some(&id), why.code()),
                None => return Err(Unavailable("the store answered too little".into())),
            },
        });
    }
    Ok(Json(json!({"answers": said, "checkpoint": note})).into_response())
}

impl Inner {
    /// The signed checkpoint of a tip.
    async fn note(&self, tip: &Tip) -> Result<String, Unavailable> {
        if let Some(note) = tip.note.get() {
            return Ok(note.clone());
        }
        let size = tip.log.size();
        let root = self.store.proved(tip, move |log, tiles| log.root(size, tiles)).await?;
        Ok(tip.note.get_or_init(|| self.signer.note(size, root)).clone())
    }

    fn refused(&self, id: Option<&str>, code: &'static str) -> Value {
        self.metrics.count(code);
        json!({"id": id, "status": "rejected", "code": code})
    }

    async fn proof(&self, tip: &Tip, index: u64) -> Result<Vec<String>, Unavailable> {
        let proof = self
            .store
            .proved(tip, move |log, tiles| log.inclusion(index, log.size(), tiles))
            .await?;
        Ok(proof.iter().map(|it| text(it)).collect())
    }

    async fn acknowledge(
        &self,
        status: &'static str,
        id: &str,
        place: Place,
        tip: &Tip,
    ) -> Result<Value, Unavailable> {
        self.metrics.count(status);
        let proof = self.proof(tip, place.index).await?;
        Ok(json!({"id": id, "status": status, "index": place.index, "taken": place.taken, "proof": proof}))
    }
}

// --- Handing back ------------------------------------------------------------------------------

#[derive(Debug, Deserialize)]
struct Pull {
    /// The place from which on.
    #[serde(default)]
    after: u64,
    /// How long to wait if there is nothing new, in seconds.
    #[serde(default)]
    wait: u64,
}

/// Reads whose question it is; the answer to anyone else is the same, whether there is such a subject or not.
fn own(sub: &str, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Subject, Box<Response>> {
    let refused = || Box::new(refuse(StatusCode::UNAUTHORIZED, "subject/not-signed"));
    let sub = Subject::parse(sub).ok_or_else(refused)?;
    let header = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok()).unwrap_or("");
    let path = uri.path_and_query().map_or("", |it| it.as_str());
    if sign::asks(header, &sub, method.as_str(), path, now()) {
        Ok(sub)
    } else {
        Err(refused())
    }
}

/// `GET /v1/subjects/{sub}/events?after=&wait=`: the subject's events from a place of the log on, and those
/// of the account for which it decides. `seen` is how much of the log has been looked through.
async fn pull(
    State(records): State<Records>,
    Path(sub): Path<String>,
    Query(Pull {
        after,
        wait: patience,
    }): Query<Pull>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answered {
    let inner = &records.0;
    let sub = match own(&sub, &method, &uri, &headers) {
        Ok(sub) => sub,
        Err(response) => return Ok(*response),
    };
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
        let seen = if found.len() < PAGE as usize {
            size
        } else {
            found.last().map_or(size, |it| it.place.index + 1)
        };
        if found.is_empty() && tokio::time::timeout_at(until, bell).await.is_ok() {
            continue;
        }
        let tag = format!("\"{}\"", found.last().map_or(after, |it| it.place.index + 1));
        if found.is_empty() && headers.get(IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == tag.as_bytes()) {
            return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
        }
        let events: Vec<Value> = found
            .iter()
            .map(|it| json!({"index": it.place.index, "taken": it.place.taken, "event": it.body, "hash": text(&it.hash)}))
            .collect();
        let headers = [(ETAG, tag), (CACHE_CONTROL, "private, no-store".into())];
        return Ok((headers, Json(json!({"events": events, "seen": seen}))).into_response());
    }
}

/// `GET /v1/subjects/{sub}/receipts/{index}`: what a person can keep, and anyone verify without this server.
async fn receipt(
    State(records): State<Records>,
    Path((sub, index)): Path<(String, u64)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answered {
    let inner = &records.0;
    let sub = match own(&sub, &method, &uri, &headers) {
        Ok(sub) => sub,
        Err(response) => return Ok(*response),
    };
    let found = inner.store.events(sub, String::new(), index, 1).await?;
    let tip = inner.store.tip();
    let Some(stored) = found.into_iter().find(|it| it.place.index == index && index < tip.log.size()) else {
        return Ok(refuse(StatusCode::NOT_FOUND, "receipt/unknown"));
    };
    let receipt = json!({
        "v": 1,
        "event": stored.body,
        "index": index,
        "taken": stored.place.taken,
        "proof": inner.proof(&tip, index).await?,
        "checkpoint": inner.note(&tip).await?,
    });
    Ok(Json(receipt).into_response())
}

// --- The log -----------------------------------------------------------------------------------

/// `GET /v1/log/checkpoint`: what the log is now, as a signed note.
async fn checkpoint(State(records): State<Records>) -> Answered {
    let note = records.0.note(&records.0.store.tip()).await?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-cache")], note).into_response())
}

#[derive(Debug, Deserialize)]
struct Inclusion {
    index: u64,
    size: u64,
}

/// `GET /v1/log/inclusion?index=&size=`: the proof for a leaf in the log as it was with so many leaves.
async fn inclusion(
    State(records): State<Records>,
    Query(Inclusion { index, size }): Query<Inclusion>,
) -> Answered {
    let tip = records.0.store.tip();
    if index >= size || size > tip.log.size() {
        return Ok(refuse(StatusCode::NOT_FOUND, "log/beyond"));
    }
    let proof = records
        .0
        .store
        .proved(&tip, move |log, tiles| log.inclusion(index, size, tiles))
        .await?;
    Ok(hashes(&proof))
}

#[derive(Debug, Deserialize)]
struct Consistency {
    from: u64,
    to: u64,
}

/// `GET /v1/log/consistency?from=&to=`: the proof that the log has only grown.
async fn consistency(
    State(records): State<Records>,
    Query(Consistency { from, to }): Query<Consistency>,
) -> Answered {
    let tip = records.0.store.tip();
    if from == 0 || from > to || to > tip.log.size() {
        return Ok(refuse(StatusCode::NOT_FOUND, "log/beyond"));
    }
    let proof = records
        .0
        .store
        .proved(&tip, move |log, tiles| log.consistency(from, to, tiles))
        .await?;
    Ok(hashes(&proof))
}

fn hashes(proof: &[Hash]) -> Response {
    let proof: Vec<String> = proof.iter().map(|it| text(it)).collect();
    Json(json!({"proof": proof})).into_response()
}

/// `GET /v1/health`: whether it can write.
async fn health(State(records): State<Records>) -> Answered {
    records.0.store.ready().await?;
    Ok(Json(json!({"size": records.0.store.tip().log.size()})).into_response())
}

/// `GET /metrics`: counters for Prometheus.
async fn metrics(State(records): State<Records>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], records.0.metrics.text()).into_response()
}
