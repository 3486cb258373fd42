//! Devices that decide: chains of events, signed before anything runs.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy::consent::{Act, Source};
use mixus_privacy::ledger::{Choices, Event, Hash, Kind, NOTHING, Subject, text};
use mixus_privacy::policy::Model;
use mixus_privacy::sync::asking;
use serde_json::json;

use crate::AT;

/// An event as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub text: String,
    pub hash: Hash,
    pub kind: Kind,
    /// Which device says it.
    pub device: usize,
    /// What a link needs beside it.
    pub token: String,
}

/// A device with all that it will ever say.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    key: SigningKey,
    number: u64,
    acct: String,
    pub chain: Vec<Signed>,
    /// What a copy of its profile says after its first event.
    pub copy: Option<Signed>,
}

/// The server of the site, which knows who has signed in.
pub(crate) fn host() -> SigningKey {
    SigningKey::from_bytes(&[99; 32])
}

/// What that says of a subject, until a time in seconds since 1970.
pub(crate) fn token(host: &SigningKey, acct: &str, sub: &Subject, exp: u64) -> String {
    let claim = URL_SAFE_NO_PAD.encode(json!({"acct": acct, "exp": exp, "sub": sub.text()}).to_string());
    let signature = host.sign(claim.as_bytes());
    format!("{claim}.{}", text(&signature.to_bytes()))
}

impl Device {
    /// A device with its first events.
    pub(crate) fn new(number: u64, events: usize) -> Device {
        let mut secret = [7; 32];
        secret[..8].copy_from_slice(&number.to_le_bytes());
        let mut device = Device {
            key: SigningKey::from_bytes(&secret),
            number,
            acct: String::new(),
            chain: Vec::new(),
            copy: None,
        };
        for at in 0..events {
            // Some decide for an account, which two of them share; some end with everything erased.
            let kind = match (number % 8, at) {
                (3, 1) => {
                    device.acct = format!("account-{}", number / 16);
                    Kind::Link
                }
                (3, 6) => {
                    device.acct.clear();
                    Kind::Unlink
                }
                (5, at) if at + 1 == events => Kind::Erase,
                _ => Kind::Decision,
            };
            if at == 1 && number % 8 == 6 {
                let prev = device.chain[0].hash;
                device.copy = Some(device.sign(Kind::Decision, 2, prev, 1));
            }
            device.says(kind);
        }
        device
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    pub(crate) fn sub(&self) -> Subject {
        Subject::of(&self.key.verifying_key().to_bytes(), AT + self.number * 60)
    }

    /// Adds an event to its chain.
    pub(crate) fn says(&mut self, kind: Kind) -> &Signed {
        let seq = self.chain.len() as u64 + 1;
        let prev = self.chain.last().map_or(NOTHING, |it| it.hash);
        let signed = self.sign(kind, seq, prev, 0);
        self.chain.push(signed);
        &self.chain[self.chain.len() - 1]
    }

    pub(crate) fn sign(&self, kind: Kind, seq: u64, prev: Hash, variant: u8) -> Signed {
        let yes = seq % 2 == 1;
        let key = self.key.verifying_key().to_bytes();
        let mut nonce = [variant; 16];
        nonce[..8].copy_from_slice(&seq.to_le_bytes());
        let mut event = Event {
            acct: &self.acct,
            act: if yes { Act::AcceptAll } else { Act::RejectAll },
            at: AT + seq,
            dev: self.number.to_be_bytes(),
            exp: AT + 15_552_000,
            gpc: false,
            grant: Choices(if yes {
                r#"{"analytics":1,"preferences":1,"social":1,"support-chat":1}"#
            } else {
                r#"{"analytics":0,"preferences":0,"social":0,"support-chat":0}"#
            }),
            hlc: ((AT + seq) * 1000) << 16,
            lang: "en",
            model: Model::OptIn,
            nonce,
            notice: [9; 32],
            version: "2026-11-01",
            key,
            prev,
            regime: "gdpr",
            region: "DE",
            seen: 0,
            seq,
            sig: [0; 64],
            src: Source::Banner,
            sub: self.sub(),
            svc: Choices(r#"{"plausible":0,"sentry":0}"#),
            kind,
            ui: [8; 32],
        };
        event.sig = self.key.sign(event.unsigned().as_bytes()).to_bytes();
        let token = match kind {
            Kind::Link => token(&host(), &self.acct, &self.sub(), AT + 3600),
            _ => String::new(),
        };
        Signed {
            text: event.canonical(),
            hash: event.hash(),
            kind,
            device: usize::try_from(self.number).expect("a number"),
            token,
        }
    }

    /// What shows that a question is its own.
    pub(crate) fn asks(&self, method: &str, path: &str) -> String {
        let at = AT + 125;
        let signature = self.key.sign(asking(method, path, at).as_bytes());
        let key = text(&self.key.verifying_key().to_bytes());
        format!("Mixus {at}.{key}.{}", text(&signature.to_bytes()))
    }
}

/// Devices that every test may use: signing takes longer than all the rest.
pub(crate) fn fleet() -> &'static [Device] {
    static FLEET: OnceLock<Vec<Device>> = OnceLock::new();
    FLEET.get_or_init(|| (0..160).map(|number| Device::new(number, 10)).collect())
}
