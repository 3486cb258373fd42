//! The recipient who has a passphrase: Argon2id (RFC 9106), at a cost that is neither too little to be safe nor so
//! much that a file from somebody else holds up a page.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::stanza::{Kind, Stanza};
use super::wrapper::{SALT, lock, unlock};
use super::{Fault, Head, KEY, Key};

/// How much a passphrase costs to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory: u32,
    /// How often it is gone through.
    pub passes: u8,
    /// How many lanes it has.
    pub lanes: u8,
}

/// From OWASP's least to what a phone's browser has.
const MEMORY: RangeInclusive<u32> = 19 * 1024..=256 * 1024;
const PASSES: RangeInclusive<u8> = 2..=16;
const LANES: RangeInclusive<u8> = 1..=4;
const KIND: (Kind, &str) = (Kind::Passphrase, "passphrase");

impl Cost {
    /// What new files get: about a quarter of a second.
    pub const USUAL: Cost = Cost {
        memory: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    /// Whether it is within the bounds, which readers check too.
    pub fn is_sound(self) -> bool {
        MEMORY.contains(&self.memory) && PASSES.contains(&self.passes) && LANES.contains(&self.lanes)
    }

    /// Argon2id of a passphrase.
    fn stretch(self, passphrase: &[u8], salt: &[u8; SALT]) -> Result<Key, Fault> {
        if !self.is_sound() {
            return Err(Fault::Cost);
        }
        let (passes, lanes) = (self.passes.into(), self.lanes.into());
        let params = Params::new(self.memory, passes, lanes, Some(KEY)).map_err(|_| Fault::Cost)?;
        let mut memory: Vec<Block> = Vec::new();
        // A page without the memory says so; it does not die.
        memory.try_reserve_exact(params.block_count()).map_err(|_| Fault::Memory)?;
        memory.resize(params.block_count(), Block::default());
        let mut out = [0; KEY];
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let done = argon.hash_password_into_with_memory(passphrase, salt, &mut out, &mut memory);
        done.map_err(|_| Fault::Cost)?;
        Ok(Key::from(out))
    }

    fn before(self, salt: &[u8; SALT]) -> Vec<u8> {
        [&salt[..], &self.memory.to_be_bytes(), &[self.passes, self.lanes]].concat()
    }
}

/// Wraps a file's secret with a passphrase: UTF-8 in its normal form C. The salt is random.
pub fn to_passphrase(
    head: &Head,
    secret: &Key,
    passphrase: &[u8],
    cost: Cost,
    salt: [u8; SALT],
) -> Result<Stanza, Fault> {
    let stretched = cost.stretch(passphrase, &salt)?;
    lock(head, secret, &stretched, KIND, &salt, &cost.before(&salt))
}

/// The secret in a stanza for a passphrase.
pub(super) fn open(head: &Head, stanza: &Stanza, passphrase: &[u8]) -> Result<Option<Key>, Fault> {
    let mut bytes = stanza.of(KIND.0).ok_or(Fault::Closed)?;
    let (salt, memory) = (bytes.array().ok_or(Fault::Form)?, bytes.array().ok_or(Fault::Form)?);
    let [passes, lanes] = bytes.array().ok_or(Fault::Form)?;
    let memory = u32::from_be_bytes(memory);
    let cost = Cost {
        memory,
        passes,
        lanes,
    };
    let stretched = cost.stretch(passphrase, &salt)?;
    Ok(unlock(head, &stretched, KIND.1, &salt, &cost.before(&salt), bytes))
}
