//! The recipient who has a passphrase: Argon2id (RFC 9106), at a cost that is neither too little to be safe nor so
//! much that a file from somebody else holds up a page.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::bytes::Bytes;
use super::stanza::{Kind, Stanza};
use super::wrapper::{SALT, lock, unlock};
use super::{Fault, Head, Key, Message, Wrap};

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

    fn before(self, salt: &[u8; SALT]) -> Vec<u8> {
        [&salt[..], &self.memory.to_be_bytes(), &[self.passes, self.lanes]].concat()
    }
}

/// What a passphrase has to be stretched with before it opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The salt.
    pub salt: [u8; SALT],
    /// How much it costs.
    pub cost: Cost,
}

/// Wraps a file's secret with what became of a passphrase. The salt is random.
pub fn to_stretched(head: &Head, secret: &Key, stretched: &Key, with: &Stretch) -> Result<Wrap, Fault> {
    if !with.cost.is_sound() {
        return Err(Fault::Cost);
    }
    Ok(lock(head, secret, stretched, KIND, &with.salt, &with.cost.before(&with.salt)))
}

fn scan(stanza: &Stanza) -> Result<(Stretch, Bytes<'_>), Fault> {
    let mut bytes = stanza.of(KIND.0).ok_or(Fault::Closed)?;
    let (salt, memory) = (bytes.array().ok_or(Fault::Form)?, bytes.array().ok_or(Fault::Form)?);
    let [passes, lanes] = bytes.array().ok_or(Fault::Form)?;
    let memory = u32::from_be_bytes(memory);
    let cost = Cost {
        memory,
        passes,
        lanes,
    };
    if cost.is_sound() {
        Ok((Stretch { salt, cost }, bytes))
    } else {
        Err(Fault::Cost)
    }
}

/// What the passphrase of a stanza has to be stretched with.
pub(super) fn stretch_of(stanza: &Stanza) -> Result<Stretch, Fault> {
    Ok(scan(stanza)?.0)
}

/// What holds the secret in a stanza for a passphrase, by what became of that.
pub(super) fn message(head: &Head, stanza: &Stanza, stretched: &Key) -> Result<Option<Message>, Fault> {
    let (Stretch { salt, cost }, rest) = scan(stanza)?;
    Ok(unlock(head, stretched, KIND.1, &salt, &cost.before(&salt), rest))
}
