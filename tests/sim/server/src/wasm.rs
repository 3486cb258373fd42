//! The server as the simulation holds it.
#![allow(
    unreachable_pub,
    reason = "exports must be public, although only JavaScript reaches them"
)]

use js_sys::{Function, Uint8Array};
use mixus_privacy::ledger::{
    Checkpoint, Event, Hash, bytes, is_consistent, leaf, root_of, text, verifier_key,
};
use mixus_privacy::sync::Last;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::server::{Keys, Pulled, Server};

/// Keys that are kept on the other side.
struct Outside<'f> {
    verify: &'f Function,
    sign: &'f Function,
    key: [u8; 32],
    link: [u8; 32],
}

impl Keys for Outside<'_> {
    fn is_signed(&self, key: &[u8; 32], signed: &str, signature: &[u8; 64]) -> bool {
        let given = (text(key), text(signature));
        let answer = self
            .verify
            .call3(&JsValue::NULL, &given.0.into(), &signed.into(), &given.1.into());
        answer.is_ok_and(|it| it.is_truthy())
    }

    fn sign(&self, signed: &str) -> [u8; 64] {
        let mut signature = [0; 64];
        if let Ok(bytes) = self.sign.call1(&JsValue::NULL, &signed.into()) {
            Uint8Array::new(&bytes).copy_to(&mut signature);
        }
        signature
    }

    fn key(&self) -> [u8; 32] {
        self.key
    }

    fn link_key(&self) -> [u8; 32] {
        self.link
    }
}

/// A server, or a backup of one.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Simulated {
    server: Server,
    verify: Function,
    sign: Function,
    key: [u8; 32],
    link: [u8; 32],
    touched: String,
    pulled: Pulled,
}

#[wasm_bindgen]
impl Simulated {
    /// An empty one. `verify(key, text, signature)` and `sign(text)` do what needs keys; keys are base64url.
    #[wasm_bindgen(constructor)]
    pub fn new(origin: &str, key: &str, link: &str, verify: Function, sign: Function) -> Simulated {
        let server = Server {
            origin: origin.into(),
            ..Server::default()
        };
        Simulated {
            server,
            verify,
            sign,
            key: bytes(key).unwrap_or_default(),
            link: bytes(link).unwrap_or_default(),
            touched: String::new(),
            pulled: Pulled::default(),
        }
    }

    fn keys(&self) -> Outside<'_> {
        Outside {
            verify: &self.verify,
            sign: &self.sign,
            key: self.key,
            link: self.link,
        }
    }

    /// A backup.
    pub fn copy(&self) -> Simulated {
        Simulated {
            server: self.server.clone(),
            verify: self.verify.clone(),
            sign: self.sign.clone(),
            key: self.key,
            link: self.link,
            touched: String::new(),
            pulled: Pulled::default(),
        }
    }

    /// Makes the log longer by events of nobody.
    pub fn fill(&mut self, count: u32, now: f64) {
        self.server.store.fill(count.into(), seconds(now));
    }

    /// Whether the last event that somebody says to know is in this log; nothing if that is none.
    pub fn fits(&self, last: &str) -> Option<bool> {
        Some(self.server.store.fits(Last::read(last)?))
    }

    /// `POST /v1/events`; nothing if it is no batch.
    pub fn append(&mut self, body: &str, token: &str, now: f64) -> Option<String> {
        let keys = Outside {
            verify: &self.verify,
            sign: &self.sign,
            key: self.key,
            link: self.link,
        };
        let (answer, touched) = self.server.append(&keys, body, token, seconds(now))?;
        self.touched = touched;
        Some(answer.to_string())
    }

    /// Whose events came with the last batch: `sub acct`, a line each.
    pub fn touched(&self) -> String {
        self.touched.clone()
    }

    /// Whether a question is the subject's own.
    pub fn asks(&self, header: &str, sub: &str, method: &str, path: &str, now: f64) -> bool {
        self.server.asks(&self.keys(), header, sub, method, path, seconds(now))
    }

    /// `GET /v1/subjects/{sub}/events`: whether whoever knows a tag can wait for more.
    pub fn pull(&mut self, sub: &str, after: f64, known: &str) -> bool {
        self.pulled = self.server.pull(sub, seconds(after), known).unwrap_or_default();
        self.pulled.waits
    }

    /// The answer to the last pull; nothing if whoever asked has it already.
    pub fn pulled(&self) -> Option<String> {
        (!self.pulled.same).then(|| self.pulled.body.clone())
    }

    /// Its tag.
    pub fn tag(&self) -> String {
        self.pulled.tag.clone()
    }

    /// `PUT /v1/notices/{hash}`: the status.
    pub fn notice(&mut self, name: &str, body: &str) -> u16 {
        self.server.notice(name, body).0
    }

    /// It was started anew: what it had in memory only is gone.
    pub fn restarted(&mut self) {
        self.server.named.clear();
    }

    /// The account for which a subject decides.
    pub fn account(&self, sub: &str) -> String {
        bytes(sub).map_or_else(String::new, |sub| {
            self.server.store.account(&mixus_privacy::ledger::Subject(sub)).into()
        })
    }

    /// The log's key, as whoever verifies its notes has it.
    pub fn verifier(&self) -> String {
        verifier_key(&self.server.origin, &self.key)
    }

    /// `GET /v1/log/checkpoint`.
    pub fn note(&self) -> Option<String> {
        self.server.note(&self.keys())
    }

    /// `GET /v1/log/consistency`.
    pub fn consistency(&self, from: f64, to: f64) -> Option<String> {
        Some(self.server.consistency(seconds(from), seconds(to))?.to_string())
    }

    /// How long the log is.
    #[allow(clippy::cast_precision_loss, reason = "no simulation makes 2^53 events")]
    pub fn size(&self) -> f64 {
        self.server.store.log.size() as f64
    }

    /// Everything that was taken in, as JSON: `{index, taken, event}`.
    pub fn rows(&self) -> String {
        let rows = self.server.store.rows.iter();
        let rows: Vec<_> = rows
            .map(|row| json!({"index": row.place.index, "taken": row.place.taken, "event": row.body}))
            .collect();
        json!(rows).to_string()
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times and places are positive and below 2^53"
)]
fn seconds(time: f64) -> u64 {
    time as u64
}

fn proof(lines: &str) -> Option<Vec<Hash>> {
    lines.lines().map(bytes).collect()
}

/// Whether a receipt shows that its event is in the log of its note, the proof being a hash a line.
#[wasm_bindgen]
pub fn proves(event: &str, index: f64, taken: f64, hashes: &str, note: &str) -> bool {
    let shown = || {
        let (checkpoint, ..) = Checkpoint::read(note)?;
        let index = seconds(index);
        let leaf = leaf(&Event::read(event).ok()?.hash(), index, seconds(taken));
        (root_of(&leaf, index, checkpoint.size, &proof(hashes)?)? == checkpoint.root).then_some(())
    };
    shown().is_some()
}

/// Whether the log of one note grew out of that of another, the proof being a hash a line.
#[wasm_bindgen]
pub fn grew(before: &str, after: &str, hashes: &str) -> bool {
    let shown = || {
        let (before, ..) = Checkpoint::read(before)?;
        let (after, ..) = Checkpoint::read(after)?;
        let (old, new) = ((before.size, &before.root), (after.size, &after.root));
        is_consistent(old, new, &proof(hashes)?).then_some(())
    };
    shown().is_some()
}

/// The id of an event; nothing if it is none.
#[wasm_bindgen]
pub fn id(event: &str) -> Option<String> {
    Some(Event::read(event).ok()?.id().text())
}
