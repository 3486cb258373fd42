//! A text that AES-256-GCM seals or opens once, by whoever has the cipher: a browser has it, and this room need not.

use alloc::vec::Vec;

use super::Key;
use super::stream::NONCE;
#[cfg(feature = "cipher")]
use super::{Fault, Gcm};

/// What the cipher is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The key.
    pub key: Key,
    /// The nonce.
    pub nonce: [u8; NONCE],
    /// The associated data.
    pub aad: Vec<u8>,
    /// The text: open, or sealed with its tag behind it.
    pub text: Vec<u8>,
}

#[cfg(feature = "cipher")]
impl Message {
    /// The text sealed, with its tag.
    pub fn seal(mut self) -> Result<Vec<u8>, Fault> {
        Gcm::new(&self.key).seal_with(&self.nonce, &self.aad, &mut self.text)?;
        Ok(self.text)
    }

    /// The text open.
    pub fn open(mut self) -> Option<Vec<u8>> {
        Gcm::new(&self.key).open_with(&self.nonce, &self.aad, &mut self.text).ok()?;
        Some(self.text)
    }
}

/// What wraps a file's secret for a recipient, but for the sealing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrap {
    /// What is to be sealed.
    pub message: Message,
    /// What stands in front of it in the recipient's part of an envelope.
    pub front: Vec<u8>,
}
