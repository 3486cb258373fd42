//! How a sealed stream starts: Google Tink's streaming AEAD, `AesGcmHkdfStreaming` with 32-byte keys and SHA-256.

use super::{Fault, Key};

/// How long the header is.
pub const START: usize = 40;
/// How long a nonce is.
pub const NONCE: usize = 12;
/// How much of it is the same in the whole stream.
pub const PREFIX: usize = 7;
const SALT: usize = 32;

/// The header: what makes the key of this stream, and its nonces, its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// What the stream's key is derived with.
    pub salt: [u8; SALT],
    /// What its nonces begin with.
    pub prefix: [u8; PREFIX],
}

impl Start {
    /// A new one out of randomness, never used for another stream.
    pub fn new(random: &mut dyn FnMut(&mut [u8])) -> Start {
        let (mut salt, mut prefix) = ([0; SALT], [0; PREFIX]);
        random(&mut salt);
        random(&mut prefix);
        Start { salt, prefix }
    }

    /// Reads the header.
    pub fn read(bytes: &[u8; START]) -> Result<Start, Fault> {
        let [length, rest @ ..] = bytes;
        let (salt, prefix) = rest.split_first_chunk().ok_or(Fault::Form)?;
        if usize::from(*length) != START {
            return Err(Fault::Form);
        }
        let prefix = prefix.try_into().map_err(|_| Fault::Form)?;
        Ok(Start { salt: *salt, prefix })
    }

    /// The header's bytes.
    pub fn write(&self) -> [u8; START] {
        let mut out = [0; START];
        let parts = [0x28].iter().chain(&self.salt).chain(&self.prefix);
        for (to, from) in out.iter_mut().zip(parts) {
            *to = *from;
        }
        out
    }

    /// The key of the stream's segments. Associated data enters here and nowhere else: with other data it is another
    /// key.
    pub fn key(&self, file: &Key, associated: &[u8]) -> Key {
        file.key(&self.salt, &[associated])
    }
}

/// The nonce of a segment.
pub fn nonce(prefix: &[u8; PREFIX], index: u32, last: bool) -> [u8; NONCE] {
    let mut out = [0; NONCE];
    let parts = prefix.iter().copied().chain(index.to_be_bytes()).chain([last.into()]);
    for (to, from) in out.iter_mut().zip(parts) {
        *to = from;
    }
    out
}
