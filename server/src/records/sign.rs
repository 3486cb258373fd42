//! The keys: the log's own, and those with which others sign.

use ed25519_dalek::{Signer as _, SigningKey};
use mixus_privacy::ledger::{self, Checkpoint, Event, Fault, Hash, Subject, key_id, verifier_key};
use mixus_privacy::sync::{asking, is_fresh};

pub(crate) use crate::verify::is_signed;

/// Reads an event, and checks that its key has signed it.
pub(crate) fn verified(line: &str) -> Result<(Event<'_>, Hash), Fault> {
    let event = Event::read(line)?;
    let unsigned = ledger::without_signature(line);
    if !is_signed(&event.key, &unsigned, &event.sig) {
        return Err(Fault::Signature);
    }
    Ok((event, ledger::hash(&unsigned)))
}

/// The log's name and key.
#[derive(Clone)]
pub(crate) struct Signer {
    pub origin: String,
    key: SigningKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Signer {
    pub(crate) fn new(origin: &str, secret: &[u8; 32]) -> Signer {
        Signer {
            origin: origin.to_owned(),
            key: SigningKey::from_bytes(secret),
        }
    }

    /// The key for whoever verifies: `name+id+base64`.
    pub(crate) fn verifier_key(&self) -> String {
        verifier_key(&self.origin, &self.key.verifying_key().to_bytes())
    }

    /// The note that says what the log is now.
    pub(crate) fn note(&self, size: u64, root: Hash) -> String {
        let checkpoint = Checkpoint {
            origin: self.origin.clone(),
            size,
            root,
        };
        let signature = ledger::Signature {
            name: self.origin.clone(),
            id: key_id(&self.origin, &self.key.verifying_key().to_bytes()),
            signature: self.key.sign(checkpoint.body().as_bytes()).to_bytes(),
        };
        checkpoint.signed(&signature)
    }
}

/// Whether `Authorization: Mixus <time>.<public key>.<signature>` is a subject's own question, asked just now.
pub(crate) fn asks(header: &str, sub: &Subject, method: &str, path: &str, now: u64) -> bool {
    let asked = || {
        let mut parts = header.strip_prefix("Mixus ")?.split('.');
        let at: u64 = parts.next()?.parse().ok()?;
        let key = ledger::bytes(parts.next()?)?;
        let signature = ledger::bytes(parts.next()?)?;
        let text = asking(method, path, at);
        (parts.next().is_none() && is_fresh(at, now) && sub.is_of(&key) && is_signed(&key, &text, &signature))
            .then_some(())
    };
    asked().is_some()
}
