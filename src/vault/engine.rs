//! Who runs the cipher.

use alloc::vec::Vec;

use super::Fault;
use super::stream::NONCE;

/// How long a tag is.
pub const TAG: usize = 16;

/// AES-256-GCM with one key over whole segments, without associated data.
pub trait Engine {
    /// Seals in place: what was there becomes ciphertext, and the tag is put behind it.
    fn seal(&self, nonce: &[u8; NONCE], segment: &mut Vec<u8>) -> Result<(), Fault>;

    /// Opens in place. After a fault `segment` may hold anything: its caller wipes it.
    fn open(&self, nonce: &[u8; NONCE], segment: &mut Vec<u8>) -> Result<(), Fault>;
}
