//! Whose records these are: a name that certifies itself.

use alloc::string::String;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The length of an Ed25519 public key (RFC 8032), in bytes.
pub const KEY: usize = 32;

/// A subject: the hour in which it was made (u32, big-endian, hours since 1970) and the first 16
/// bytes of SHA-256 over its public key and that hour. Whoever has the key can show that the name is
/// theirs; nothing else is known of them. The hour in front keeps indexes of a server in order of
/// time, which is worth several times the speed of random names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(pub [u8; 20]);

impl Subject {
    /// The subject of a public key that was made at a time, in seconds since 1970.
    pub fn of(key: &[u8; KEY], at: u64) -> Subject {
        let hour = u32::try_from(at / 3600).unwrap_or(u32::MAX).to_be_bytes();
        let mut hash = Sha256::new();
        hash.update(key);
        hash.update(hour);
        let digest = hash.finalize();
        let mut name = [0; 20];
        for (to, from) in name.iter_mut().zip(hour.iter().chain(digest.iter())) {
            *to = *from;
        }
        Subject(name)
    }

    /// Whether it is the name of this key.
    pub fn is_of(&self, key: &[u8; KEY]) -> bool {
        let [a, b, c, d, ..] = self.0;
        Subject::of(key, u64::from(u32::from_be_bytes([a, b, c, d])) * 3600) == *self
    }

    /// From its text, 27 characters of base64url.
    pub fn parse(text: &str) -> Option<Subject> {
        bytes(text).map(Subject)
    }

    /// As text.
    pub fn text(&self) -> String {
        text(&self.0)
    }
}

/// Bytes as base64url without padding (RFC 4648, 5).
pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A fixed number of bytes from base64url; `None` if it is not the one text that stands for them.
pub fn bytes<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    let mut out = [0; LENGTH];
    // Another length is refused by its text, before anything is decoded.
    if text.len() != (LENGTH * 8).div_ceil(6) {
        return None;
    }
    let written = URL_SAFE_NO_PAD.decode_slice(text, &mut out).ok()?;
    (written == LENGTH).then_some(out)
}
