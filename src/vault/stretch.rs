//! Argon2id (RFC 9106).

use alloc::vec::Vec;

use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::{Cost, Fault, Head, KEY, Key, Stanza, Stretch, to_stretched};

impl Stretch {
    /// What becomes of a passphrase: UTF-8 in its normal form C.
    pub fn of(&self, passphrase: &[u8]) -> Result<Key, Fault> {
        let Cost {
            memory,
            passes,
            lanes,
        } = self.cost;
        if !self.cost.is_sound() {
            return Err(Fault::Cost);
        }
        let params = Params::new(memory, passes.into(), lanes.into(), Some(KEY)).map_err(|_| Fault::Cost)?;
        let mut memory: Vec<Block> = Vec::new();
        // A page without the memory says so; it does not die.
        memory.try_reserve_exact(params.block_count()).map_err(|_| Fault::Memory)?;
        memory.resize(params.block_count(), Block::default());
        let mut out = [0; KEY];
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let done = argon.hash_password_into_with_memory(passphrase, &self.salt, &mut out, &mut memory);
        done.map_err(|_| Fault::Cost)?;
        Ok(Key::from(out))
    }
}

/// Wraps a file's secret with a passphrase. The salt is random.
pub fn to_passphrase(
    head: &Head,
    secret: &Key,
    passphrase: &[u8],
    cost: Cost,
    salt: [u8; 16],
) -> Result<Stanza, Fault> {
    let with = Stretch { salt, cost };
    to_stretched(head, secret, &with.of(passphrase)?, &with)?.seal()
}

/// The secret in a stanza for a passphrase.
#[cfg(test)]
pub(super) fn open(head: &Head, stanza: &Stanza, passphrase: &[u8]) -> Result<Option<Key>, Fault> {
    let stretched = super::passphrase::stretch_of(stanza)?.of(passphrase)?;
    let message = super::passphrase::message(head, stanza, &stretched)?;
    Ok(message.and_then(super::Message::open).and_then(Key::take))
}
