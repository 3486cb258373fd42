//! A device that asks, and does not always ask what it should.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy::consent::{Act, Source};
use mixus_privacy::ledger::{Choices, Event, Hash, Kind, NOTHING, Subject, text};
use mixus_privacy::policy::Model;
use mixus_privacy::sync::asking;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{ACCOUNTS, What};

/// What it has said: the event, its hash, and for which account.
type Said = (String, Hash, String);

pub(crate) struct Device {
    key: SigningKey,
    number: u8,
    made: u8,
    /// What the server has of it, and then what it has not.
    chain: Vec<Said>,
    last: Option<Said>,
}

impl Device {
    pub(crate) fn new(number: u8) -> Device {
        Device {
            key: SigningKey::from_bytes(&[number; 32]),
            number,
            made: 0,
            chain: Vec::new(),
            last: None,
        }
    }

    pub(crate) fn sub(&self) -> Subject {
        Subject::of(&self.key.verifying_key().to_bytes(), 1_790_000_000)
    }

    pub(crate) fn document(number: usize) -> String {
        format!("{{\"shown\":{number}}}")
    }

    pub(crate) fn hash_of(text: &str) -> Hash {
        Sha256::digest(text).into()
    }

    /// Its next line.
    pub(crate) fn says(&mut self, what: What, now: u64) -> String {
        let (prev, seq, acct) = match self.chain.last() {
            Some((_, hash, acct)) => (*hash, self.chain.len() as u64 + 1, acct.clone()),
            None => (NOTHING, 1, String::new()),
        };
        let made = match what {
            What::Next(kind) => self.event(kind, (seq, prev, &acct), now),
            What::Account(kind, at) => self.event(kind, (seq, prev, ACCOUNTS[at]), now),
            What::Again => match self.chain.last() {
                Some(said) => said.clone(),
                None => self.event(Kind::Decision, (seq, prev, &acct), now),
            },
            What::Behind => self.event(Kind::Decision, (seq + 1, [7; 32], &acct), now),
            What::Fork if self.chain.len() > 1 => {
                let (_, before, acct) = self.chain[self.chain.len() - 2].clone();
                self.event(Kind::Decision, (seq - 1, before, &acct), now)
            }
            What::Fork => self.event(Kind::Decision, (seq, prev, &acct), now),
            What::Forged => {
                let (event, hash, acct) = self.event(Kind::Decision, (seq, prev, &acct), now);
                (event.replace(":1}", ":0}"), hash, acct)
            }
            What::Junk => ("{\"a\":[[[]]]}".into(), NOTHING, String::new()),
        };
        let line = made.0.clone();
        if matches!(what, What::Next(_) | What::Account(..)) || self.chain.is_empty() {
            self.chain.push(made.clone());
        }
        self.last = Some(made);
        line
    }

    /// What became of it: what was not taken is not part of the chain.
    pub(crate) fn heard(&mut self, what: What, taken: bool) {
        if !taken && matches!(what, What::Next(_) | What::Account(..)) {
            self.chain.pop();
        }
    }

    fn event(&mut self, kind: Kind, (seq, prev, acct): (u64, Hash, &str), now: u64) -> Said {
        self.made = self.made.wrapping_add(1);
        let mut event = Event {
            acct,
            act: Act::Custom,
            at: now,
            dev: [self.number; 8],
            exp: now + 9_000_000,
            gpc: false,
            grant: Choices("{\"analytics\":1}"),
            hlc: (now * 1000) << 16 | u64::from(self.made),
            lang: "en",
            model: Model::OptIn,
            nonce: [self.made; 16],
            notice: Device::hash_of(&Device::document(usize::from(self.number % 3))),
            version: "2026-11",
            key: self.key.verifying_key().to_bytes(),
            prev,
            regime: "gdpr",
            region: "",
            seen: 0,
            seq,
            sig: [0; 64],
            src: Source::Banner,
            sub: self.sub(),
            svc: Choices::NONE,
            kind,
            ui: Device::hash_of(&Device::document(usize::from(self.made % 3))),
        };
        event.sig = self.key.sign(event.unsigned().as_bytes()).to_bytes();
        (event.canonical(), event.hash(), acct.into())
    }

    /// What shows that a question is its own.
    pub(crate) fn asks(&self, method: &str, path: &str, at: u64) -> String {
        let signature = self.key.sign(asking(method, path, at).as_bytes());
        let key = text(&self.key.verifying_key().to_bytes());
        format!("Mixus {at}.{key}.{}", text(&signature.to_bytes()))
    }
}

/// What a site's server says of who has signed in.
pub(crate) fn token(host: &SigningKey, acct: &str, sub: &Subject, exp: u64) -> String {
    let claim = json!({"acct": acct, "exp": exp, "sub": sub.text()});
    let claim = URL_SAFE_NO_PAD.encode(claim.to_string());
    format!("{claim}.{}", text(&host.sign(claim.as_bytes()).to_bytes()))
}
