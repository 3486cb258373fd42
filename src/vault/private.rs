//! Private keys, where they are at hand: on a server, or in a browser that cannot agree by itself.

use super::agree::{agree, public};
use super::pair::{self, to_pair_agreed};
use super::{Fault, Head, KEY, Key, PublicKey, Stanza};

/// A private key of a keyset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateKey {
    id: u32,
    secret: Key,
    public: [u8; KEY],
}

impl PrivateKey {
    /// With its id in its keyset.
    pub fn new(id: u32, secret: Key) -> PrivateKey {
        let public = public(&secret);
        PrivateKey { id, secret, public }
    }

    /// The other half.
    pub const fn public(&self) -> PublicKey {
        PublicKey {
            id: self.id,
            key: self.public,
        }
    }

    /// The secret in a stanza for this key.
    pub(super) fn open(&self, head: &Head, stanza: &Stanza) -> Option<Key> {
        let agreed = agree(&self.secret, &pair::for_key(stanza, self.id)?)?;
        pair::message(head, stanza, &self.public(), &agreed)?.open().and_then(Key::take)
    }
}

/// Wraps a file's secret for a public key. `once` is random, and used for nothing else.
pub fn to_pair(head: &Head, secret: &Key, to: &PublicKey, once: &Key) -> Result<Stanza, Fault> {
    let agreed = agree(once, &to.key).ok_or(Fault::Unfit)?;
    to_pair_agreed(head, secret, to, &public(once), &agreed)?.seal()
}
