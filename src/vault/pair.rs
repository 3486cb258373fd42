//! Recipients with a key pair: a person, an organisation, a server.

use super::bytes::Bytes;
use super::stanza::{Kind, Stanza};
use super::{Fault, Head, KEY, Key, Message, Wrap, hpke};

/// What Tink puts before the id of a key.
const TINK: u8 = 1;

/// A public key of a keyset. The primary one is sealed to; older ones still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The key's id in its keyset. It helps to find the key, and proves nothing.
    pub id: u32,
    /// X25519.
    pub key: [u8; KEY],
}

/// Wraps a file's secret for a public key, with what was agreed on with it by a key that is used this once: its public key, and
/// the result.
pub fn to_pair_agreed(
    head: &Head,
    secret: &Key,
    to: &PublicKey,
    once: &[u8; KEY],
    agreed: &Key,
) -> Result<Wrap, Fault> {
    if *agreed == Key::from([0; KEY]) {
        return Err(Fault::Unfit);
    }
    let message = hpke::message(agreed, once, &to.key, &head.wrap("pair"), secret.bytes());
    Ok(Kind::Pair.wrap(&[&[TINK], &to.id.to_be_bytes(), once], message))
}

fn scan(stanza: &Stanza) -> Option<(u32, [u8; KEY], Bytes<'_>)> {
    let mut bytes = stanza.of(Kind::Pair)?;
    let prefix = bytes.byte()?;
    let (id, encapsulated) = (u32::from_be_bytes(bytes.array()?), bytes.array()?);
    (prefix == TINK).then_some((id, encapsulated, bytes))
}

/// The public key to agree with, if a stanza is for the key with this id.
pub fn for_key(stanza: &Stanza, id: u32) -> Option<[u8; KEY]> {
    let (found, encapsulated, _) = scan(stanza)?;
    (found == id).then_some(encapsulated)
}

/// What holds the secret in a stanza, by what its recipient agreed on with the key that [`for_key`] names. A result of nothing
/// but zeros is none.
pub(super) fn message(head: &Head, stanza: &Stanza, own: &PublicKey, agreed: &Key) -> Option<Message> {
    let (id, encapsulated, sealed) = scan(stanza)?;
    if id != own.id || *agreed == Key::from([0; KEY]) {
        return None;
    }
    Some(hpke::message(agreed, &encapsulated, &own.key, &head.wrap("pair"), sealed.0))
}
