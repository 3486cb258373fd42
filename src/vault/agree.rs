//! X25519, for where no browser does it.

use x25519_dalek::{PublicKey, StaticSecret};

use super::Key;

/// What two keys agree on. Public keys that lead to the same result whoever agrees are refused (RFC 9180, 7.1.4).
pub fn agree(private: &Key, public: &[u8; 32]) -> Option<Key> {
    let shared = StaticSecret::from(*private.bytes()).diffie_hellman(&PublicKey::from(*public));
    shared.was_contributory().then(|| Key::from(shared.to_bytes()))
}

/// The public key of a private one.
pub fn public(private: &Key) -> [u8; 32] {
    PublicKey::from(&StaticSecret::from(*private.bytes())).to_bytes()
}
