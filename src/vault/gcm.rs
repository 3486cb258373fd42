//! The cipher, for where no browser has it.

use alloc::vec::Vec;
use core::fmt;

use aes_gcm::aead::AeadInOut as _;
use aes_gcm::{Aes256Gcm, KeyInit as _};

use super::{Engine, Fault, Key, NONCE, TAG};

/// AES-256-GCM.
#[derive(Clone)]
pub struct Gcm(Aes256Gcm);

impl Gcm {
    /// With a key, which for a stream is the derived one.
    pub fn new(key: &Key) -> Gcm {
        Gcm(Aes256Gcm::new(key.bytes().into()))
    }

    /// Seals with associated data.
    pub(super) fn seal_with(&self, nonce: &[u8; NONCE], aad: &[u8], text: &mut Vec<u8>) -> Result<(), Fault> {
        let sealed = self.0.encrypt_inout_detached(nonce.into(), aad, text.as_mut_slice().into());
        let tag = sealed.map_err(|_| Fault::Limit)?;
        // A segment grows where it lies, instead of moving to where there is room for twice as much.
        text.reserve_exact(TAG);
        text.extend_from_slice(&tag);
        Ok(())
    }

    /// Opens with associated data.
    pub(super) fn open_with(&self, nonce: &[u8; NONCE], aad: &[u8], text: &mut Vec<u8>) -> Result<(), Fault> {
        let (rest, tag) = text.split_last_chunk_mut::<TAG>().ok_or(Fault::Closed)?;
        let tag = (*tag).into();
        let opened = self.0.decrypt_inout_detached(nonce.into(), aad, rest.into(), &tag);
        opened.map_err(|_| Fault::Closed)?;
        text.truncate(text.len() - TAG);
        Ok(())
    }
}

impl fmt::Debug for Gcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gcm")
    }
}

impl Engine for Gcm {
    fn seal(&self, nonce: &[u8; NONCE], segment: &mut Vec<u8>) -> Result<(), Fault> {
        self.seal_with(nonce, &[], segment)
    }

    fn open(&self, nonce: &[u8; NONCE], segment: &mut Vec<u8>) -> Result<(), Fault> {
        self.open_with(nonce, &[], segment)
    }
}
