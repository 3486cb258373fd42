//! A device that decides.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy::consent::{Act, Source};
use mixus_privacy::ledger::{Choices, Event, Hash, Kind, NOTHING, Subject, text};
use mixus_privacy::policy::Model;
use mixus_privacy::sync::asking;
use serde_json::{Value, json};

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs())
}

#[derive(Clone)]
pub(crate) struct Device {
    key: SigningKey,
    pub number: u8,
    pub seq: u64,
    pub prev: Hash,
    pub seen: u64,
    pub acct: String,
    /// The document under which it decides.
    pub notice: Hash,
    pub ui: Hash,
}

impl Device {
    pub(crate) fn new(number: u8) -> Device {
        let key = SigningKey::from_bytes(&[number; 32]);
        Device {
            key,
            number,
            seq: 0,
            prev: NOTHING,
            seen: 0,
            acct: String::new(),
            notice: [9; 32],
            ui: NOTHING,
        }
    }

    pub(crate) fn sub(&self) -> Subject {
        Subject::of(&self.key.verifying_key().to_bytes(), 1_790_000_000)
    }

    /// Its next event.
    pub(crate) fn says(&mut self, grant: &str) -> String {
        self.does(Kind::Decision, grant)
    }

    pub(crate) fn does(&mut self, kind: Kind, grant: &str) -> String {
        self.next(kind, grant, "{}")
    }

    /// Its next event, with what it says of services.
    pub(crate) fn about(&mut self, grant: &str, services: &str) -> String {
        self.next(Kind::Decision, grant, services)
    }

    fn next(&mut self, kind: Kind, grant: &str, services: &str) -> String {
        self.seq += 1;
        let (event, hash) = self.event(kind, grant, services);
        self.prev = hash;
        event
    }

    fn event(&self, kind: Kind, grant: &str, services: &str) -> (String, Hash) {
        let mut event = Event {
            acct: &self.acct,
            act: Act::Custom,
            at: now(),
            dev: [self.number; 8],
            exp: now() + 9_000_000,
            gpc: false,
            grant: Choices(grant),
            hlc: (now() * 1000) << 16 | self.seq,
            lang: "en",
            model: Model::OptIn,
            nonce: self.nonce(self.seq),
            notice: self.notice,
            version: "2026-11",
            key: self.key.verifying_key().to_bytes(),
            prev: self.prev,
            regime: "gdpr",
            region: "",
            seen: self.seen,
            seq: self.seq,
            sig: [0; 64],
            src: Source::Banner,
            sub: self.sub(),
            svc: Choices(services),
            kind,
            ui: self.ui,
        };
        event.sig = self.key.sign(event.unsigned().as_bytes()).to_bytes();
        (event.canonical(), event.hash())
    }

    /// What makes its event of this number unlike any other.
    pub(crate) fn nonce(&self, seq: u64) -> [u8; 16] {
        let mut nonce = [self.number; 16];
        nonce[4..12].copy_from_slice(&(seq.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_be_bytes());
        nonce
    }

    /// What shows that a question is its own.
    pub(crate) fn asks(&self, method: &str, path: &str) -> String {
        self.asks_at(method, path, now())
    }

    pub(crate) fn asks_at(&self, method: &str, path: &str, at: u64) -> String {
        let signature = self.key.sign(asking(method, path, at).as_bytes());
        let key = text(&self.key.verifying_key().to_bytes());
        format!("Mixus {at}.{key}.{}", text(&signature.to_bytes()))
    }
}

/// A site's server, which knows who has signed in.
pub(crate) struct Host(pub SigningKey);

impl Host {
    pub(crate) fn key(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub(crate) fn token(&self, acct: &str, sub: &Subject, exp: u64) -> String {
        self.says(&json!({"acct": acct, "exp": exp, "sub": sub.text()}))
    }

    pub(crate) fn erases(&self, acct: &str, exp: u64) -> String {
        self.says(&json!({"acct": acct, "do": "erase", "exp": exp}))
    }

    pub(crate) fn says(&self, claim: &Value) -> String {
        let claim = URL_SAFE_NO_PAD.encode(claim.to_string());
        let signature = self.0.sign(claim.as_bytes());
        format!("{claim}.{}", text(&signature.to_bytes()))
    }
}
