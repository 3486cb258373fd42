//! Events as devices would send them, signed before the clock runs.

use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy::consent::{Act, Source};
use mixus_privacy::ledger::{Choices, Event, Hash, Kind, NOTHING, Subject};
use mixus_privacy::policy::Model;

/// A device with its chain so far.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    key: SigningKey,
    number: u64,
    seq: u64,
    prev: Hash,
    at: u64,
}

impl Device {
    /// One of many, by its number; made at a time in seconds since 1970.
    pub(crate) fn new(number: u64, at: u64) -> Device {
        let mut secret = [7; 32];
        secret[..8].copy_from_slice(&number.to_le_bytes());
        Device {
            key: SigningKey::from_bytes(&secret),
            number,
            seq: 0,
            prev: NOTHING,
            at,
        }
    }

    /// Its next event.
    pub(crate) fn decide(&mut self, at: u64) -> String {
        let key = self.key.verifying_key().to_bytes();
        self.seq += 1;
        let mut nonce = [3; 16];
        nonce[..8].copy_from_slice(&self.seq.to_le_bytes());
        nonce[8..].copy_from_slice(&self.number.to_le_bytes());
        let granted = self.seq % 2 == 1;
        let mut event = Event {
            acct: "",
            act: if granted { Act::AcceptAll } else { Act::WithdrawAll },
            at,
            dev: self.number.to_be_bytes(),
            exp: at + 15_552_000,
            gpc: false,
            grant: Choices(if granted {
                r#"{"analytics":1,"preferences":1,"social":1,"support-chat":1}"#
            } else {
                r#"{"analytics":0,"preferences":0,"social":0,"support-chat":0}"#
            }),
            hlc: (at * 1000) << 16,
            lang: "en",
            model: Model::OptIn,
            nonce,
            notice: [9; 32],
            version: "2026-11-01",
            key,
            prev: self.prev,
            regime: "gdpr",
            region: "DE",
            seen: 0,
            seq: self.seq,
            sig: [0; 64],
            src: Source::Banner,
            sub: Subject::of(&key, self.at),
            svc: Choices(if granted {
                r#"{"plausible":1,"sentry":1}"#
            } else {
                r#"{"plausible":0,"sentry":0}"#
            }),
            kind: if granted { Kind::Decision } else { Kind::Withdraw },
            ui: "0.1.0-box",
        };
        self.prev = event.hash();
        event.sig = self.key.sign(event.unsigned().as_bytes()).to_bytes();
        event.canonical()
    }
}
