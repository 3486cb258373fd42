//! The end points, without HTTP: what is asked and what is answered, word for word.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mixus_privacy::ledger::{
    self, Checkpoint, Event, Hash, Kind, NOTHING, Signature, Subject, bytes, key_id, text, without_signature,
};
use mixus_privacy::sync::{Answer, Incoming, Place, Token, asking, is_fresh, lines};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::store::Store;

/// As many events are handed back at once.
const PAGE: usize = 500;
/// How far ahead the end of a token may be, in seconds.
const LONGEST: u64 = 3600;

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
    /// Hashes of documents that events named since it was started.
    pub named: BTreeSet<Hash>,
}

/// What a pull is answered.
#[derive(Clone, Debug, Default)]
pub struct Pulled {
    /// The answer.
    pub body: String,
    /// Its tag.
    pub tag: String,
    /// It is what whoever asks has already.
    pub same: bool,
    /// There is nothing new: whoever can wait does.
    pub waits: bool,
}

/// What a site's server says about a person who has signed in there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    acct: String,
    exp: u64,
    sub: String,
}

fn links(keys: &impl Keys, token: &str, sub: &Subject, acct: &str, now: u64) -> Option<Token> {
    let (text, signature) = token.split_once('.')?;
    keys.is_signed(&keys.link_key(), text, &bytes(signature)?).then_some(())?;
    let claim: Claim = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let token = Token {
        hash: Sha256::digest(text).into(),
        exp: claim.exp,
    };
    let good = (now..=now + LONGEST).contains(&claim.exp);
    (claim.acct == acct && claim.sub == sub.text() && good).then_some(token)
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
                Ok((event, hash)) => {
                    let token = (event.kind == Kind::Link)
                        .then(|| links(keys, token, &event.sub, event.acct, now))
                        .flatten();
                    let names = [event.notice, event.ui];
                    let event = Incoming {
                        token,
                        ..Incoming::new(&event, hash, line)
                    };
                    let id = event.id().text();
                    events.push(event);
                    Ok((id, names))
                }
            });
        }
        let answers = self.store.append(&events, now);
        let mut touched = String::new();
        for (event, answer) in events.iter().zip(&answers) {
            if matches!(answer, Answer::Stored(_) | Answer::Fork(_)) {
                let _ = writeln!(touched, "{} {}", event.sub.text(), event.acct);
            }
        }
        let mut answers = answers.into_iter();
        let refused = |id: Option<&str>, code: &str| json!({"id": id, "status": "rejected", "code": code});
        let mut wanted = BTreeSet::new();
        let mut said = Vec::new();
        for line in read {
            let (id, names) = match line {
                Ok(line) => line,
                Err(code) => {
                    said.push(refused(None, code));
                    continue;
                }
            };
            let (status, place) = match answers.next()? {
                Answer::Stored(place) => ("stored", place),
                Answer::Duplicate(place) => ("duplicate", place),
                Answer::Fork(place) => ("fork", place),
                Answer::Rejected(why) => {
                    said.push(refused(Some(&id), why.code()));
                    continue;
                }
            };
            wanted.extend(names);
            said.push(self.acknowledged(status, &id, place));
        }
        wanted.remove(&NOTHING);
        self.named.extend(&wanted);
        let wanted = wanted.iter().filter(|it| !self.store.notices.contains_key(*it));
        let wanted: Vec<String> = wanted.map(|it| text(it)).collect();
        Some((
            json!({"answers": said, "checkpoint": self.note(keys), "wanted": wanted}),
            touched,
        ))
    }

    /// `PUT /v1/notices/{hash}`: the status, and the code if that is no good one.
    pub fn notice(&mut self, name: &str, body: &str) -> (u16, &'static str) {
        let Some(hash) = bytes(name) else {
            return (404, "notice/unknown");
        };
        if self.store.notices.contains_key(&hash) {
            return (200, "");
        }
        if !self.named.contains(&hash) {
            return (403, "notice/unwanted");
        }
        if Hash::from(Sha256::digest(body)) != hash {
            return (400, "notice/hash");
        }
        self.store.notices.insert(hash, body.into());
        (204, "")
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

    /// `GET /v1/subjects/{sub}/events`: the answer, its tag, and whether whoever knows a tag can wait for more.
    pub fn pull(&self, sub: &str, after: u64, known: &str) -> Option<Pulled> {
        let sub = Subject::parse(sub)?;
        let found = self.store.events(&sub, self.store.account(&sub), after, PAGE);
        let size = self.store.log.size();
        let next = found.last().map(|row| row.place.index + 1);
        let seen = if found.len() < PAGE { size } else { next.unwrap_or(size) };
        let tag = match next {
            None => format!("W/\"{after}\""),
            Some(next) => format!("W/\"{next}-{}\"", found.iter().filter(|row| row.body.is_some()).count()),
        };
        let events: Vec<Value> = found
            .iter()
            .map(|row| json!({"index": row.place.index, "taken": row.place.taken, "event": row.body, "hash": text(&row.hash)}))
            .collect();
        let same = tag == known && after <= size;
        Some(Pulled {
            waits: (events.is_empty() || same) && after <= size,
            body: json!({"events": events, "seen": seen}).to_string(),
            same,
            tag,
        })
    }

    /// `GET /v1/log/consistency`.
    pub fn consistency(&self, from: u64, to: u64) -> Option<Value> {
        Some(json!({"proof": hashes(self.store.consistency(from, to))?}))
    }
}

fn hashes(proof: Option<Vec<Hash>>) -> Option<Vec<String>> {
    Some(proof?.iter().map(|it| text(it)).collect())
}
