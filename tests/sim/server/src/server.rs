//! The end points, without HTTP: what is asked and what is answered, word for word.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mixus_privacy::ledger::{
    self, Checkpoint, Event, Hash, Kind, Signature, Subject, bytes, key_id, text, without_signature,
};
use mixus_privacy::sync::{Answer, Incoming, Place, Refusal, asking, is_fresh, lines};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::store::Store;

/// As many events are handed back at once.
const PAGE: usize = 500;

/// Who signs and checks signatures.
pub trait Keys {
    /// Whether a signature is one of this key over a text.
    fn is_signed(&self, key: &[u8; 32], text: &str, signature: &[u8; 64]) -> bool;
    /// The log's own signature over a text.
    fn sign(&self, text: &str) -> [u8; 64];
    /// The log's own key.
    fn key(&self) -> [u8; 32];
    /// The key of the site's server, which signs who may be linked to an account.
    fn link_key(&self) -> [u8; 32];
}

/// One server: its store, and the log's name.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// What it keeps.
    pub store: Store,
    /// The log's name.
    pub origin: String,
}

/// What a site's server says about a person who has signed in there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    acct: String,
    exp: u64,
    sub: String,
}

fn links(keys: &impl Keys, token: &str, sub: &Subject, acct: &str, now: u64) -> bool {
    let allowed = || {
        let (claim, signature) = token.split_once('.')?;
        keys.is_signed(&keys.link_key(), claim, &bytes(signature)?).then_some(())?;
        let claim: Claim = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claim).ok()?).ok()?;
        (claim.acct == acct && claim.sub == sub.text() && claim.exp >= now).then_some(())
    };
    allowed().is_some()
}

/// An event whose form and signature are right, or why it is none.
fn verified<'l>(keys: &impl Keys, line: &'l str) -> Result<(Event<'l>, Hash), &'static str> {
    let event = Event::read(line).map_err(ledger::Fault::code)?;
    let unsigned = without_signature(line);
    if !keys.is_signed(&event.key, &unsigned, &event.sig) {
        return Err(ledger::Fault::Signature.code());
    }
    Ok((event, ledger::hash(&unsigned)))
}

impl Server {
    /// `POST /v1/events`: the answer, and whose events came (`sub acct`, a line each); `None` if it is no batch.
    pub fn append(&mut self, keys: &impl Keys, body: &str, token: &str, now: u64) -> Option<(Value, String)> {
        let mut events = Vec::new();
        let mut read = Vec::new();
        for line in lines(body)? {
            read.push(match verified(keys, line) {
                Err(code) => Err(code),
                Ok((event, _))
                    if event.kind == Kind::Link && !links(keys, token, &event.sub, event.acct, now) =>
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
        let answers = self.store.append(&events, now);
        let mut touched = String::new();
        for (event, answer) in events.iter().zip(&answers) {
            if matches!(answer, Answer::Stored(_) | Answer::Fork(_)) {
                touched += &format!("{} {}\n", event.sub.text(), event.acct);
            }
        }
        let mut answers = answers.into_iter();
        let refused = |id: Option<&str>, code: &str| json!({"id": id, "status": "rejected", "code": code});
        let said: Vec<Value> = read
            .iter()
            .map(|line| match line {
                Err(code) => refused(None, code),
                Ok(id) => match answers.next() {
                    Some(Answer::Stored(place)) => self.acknowledged("stored", id, place),
                    Some(Answer::Duplicate(place)) => self.acknowledged("duplicate", id, place),
                    Some(Answer::Fork(place)) => self.acknowledged("fork", id, place),
                    Some(Answer::Rejected(why)) => refused(Some(id), why.code()),
                    None => Value::Null,
                },
            })
            .collect();
        Some((json!({"answers": said, "checkpoint": self.note(keys)}), touched))
    }

    fn acknowledged(&self, status: &str, id: &str, place: Place) -> Value {
        let proof = hashes(self.store.inclusion(place.index, self.store.log.size()));
        json!({"id": id, "status": status, "index": place.index, "taken": place.taken, "proof": proof})
    }

    /// `GET /v1/log/checkpoint`.
    pub fn note(&self, keys: &impl Keys) -> Option<String> {
        let size = self.store.log.size();
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size,
            root: self.store.root(size)?,
        };
        Some(checkpoint.signed(&Signature {
            name: self.origin.clone(),
            id: key_id(&self.origin, &keys.key()),
            signature: keys.sign(&checkpoint.body()),
        }))
    }

    /// Whether `Authorization` shows that a question is the subject's own.
    pub fn asks(
        &self,
        keys: &impl Keys,
        header: &str,
        sub: &str,
        method: &str,
        path: &str,
        now: u64,
    ) -> bool {
        let asked = || {
            let sub = Subject::parse(sub)?;
            let mut parts = header.strip_prefix("Mixus ")?.split('.');
            let at: u64 = parts.next()?.parse().ok()?;
            let key = bytes(parts.next()?)?;
            let signature = bytes(parts.next()?)?;
            let text = asking(method, path, at);
            let own = parts.next().is_none() && is_fresh(at, now) && sub.is_of(&key);
            (own && keys.is_signed(&key, &text, &signature)).then_some(())
        };
        asked().is_some()
    }

    /// `GET /v1/subjects/{sub}/events`: the answer and, if there is anything new in it, the place behind that.
    pub fn pull(&self, sub: &str, after: u64) -> Option<(Value, Option<u64>)> {
        let sub = Subject::parse(sub)?;
        let found = self.store.events(&sub, self.store.account(&sub), after, PAGE);
        let size = self.store.log.size();
        let next = found.last().map(|row| row.place.index + 1);
        let seen = if found.len() < PAGE { size } else { next.unwrap_or(size) };
        let events: Vec<Value> = found
            .iter()
            .map(|row| json!({"index": row.place.index, "taken": row.place.taken, "event": row.body, "hash": text(&row.hash)}))
            .collect();
        Some((json!({"events": events, "seen": seen}), next))
    }

    /// `GET /v1/log/consistency`.
    pub fn consistency(&self, from: u64, to: u64) -> Option<Value> {
        Some(json!({"proof": hashes(self.store.consistency(from, to))?}))
    }
}

fn hashes(proof: Option<Vec<Hash>>) -> Option<Vec<String>> {
    Some(proof?.iter().map(|it| text(it)).collect())
}
