//! Recipients with a key of 32 bytes: what a passkey gives, a key-management service, a recovery code on paper.

use super::bytes::Bytes;
use super::key::{derive, same};
use super::stanza::{Kind, Stanza};
use super::{Head, KEY, Key, Message, NONCE, Wrap};

/// How long the salt of a wrap is.
pub(super) const SALT: usize = 16;
/// The key of a wrap seals one text.
const ONCE: [u8; NONCE] = [0; NONCE];

/// What wraps a secret: a key, and a commitment to it, since AES-GCM would open under more than one.
struct Lock {
    key: Key,
    commitment: [u8; KEY],
}

impl Lock {
    fn new(from: &Key, salt: &[u8; SALT], info: &[&[u8]]) -> Lock {
        let both: [u8; 2 * KEY] = derive(from.bytes(), salt, info);
        let (key, commitment) = both.split_first_chunk().unwrap_or((&[0; KEY], &[]));
        Lock {
            key: Key::from(*key),
            commitment: commitment.try_into().unwrap_or([0; KEY]),
        }
    }

    fn message(self, before: &[u8], text: &[u8]) -> Message {
        Message {
            key: self.key,
            nonce: ONCE,
            aad: before.to_vec(),
            text: text.to_vec(),
        }
    }
}

/// Wraps a secret with a key, bound to a file and to what stands before in the stanza.
pub(super) fn lock(
    head: &Head,
    secret: &Key,
    from: &Key,
    kind: (Kind, &str),
    salt: &[u8; SALT],
    before: &[u8],
) -> Wrap {
    let lock = Lock::new(from, salt, &[&head.wrap(kind.1), before]);
    let commitment = lock.commitment;
    kind.0.wrap(&[before, &commitment], lock.message(before, secret.bytes()))
}

/// What holds the secret, if this key is the one that the commitment is to.
pub(super) fn unlock(
    head: &Head,
    from: &Key,
    kind: &str,
    salt: &[u8; SALT],
    before: &[u8],
    mut rest: Bytes<'_>,
) -> Option<Message> {
    let lock = Lock::new(from, salt, &[&head.wrap(kind), before]);
    if !same(&lock.commitment, &rest.array::<KEY>()?) {
        return None;
    }
    Some(lock.message(before, rest.0))
}

const KIND: (Kind, &str) = (Kind::Wrapper, "wrapper");

/// Wraps a file's secret with a key-encryption key that has this id. The salt is random.
pub fn to_wrapper(head: &Head, secret: &Key, id: &[u8; 16], wrapper: &Key, salt: [u8; SALT]) -> Wrap {
    lock(head, secret, wrapper, KIND, &salt, &[*id, salt].concat())
}

/// What holds the secret in a stanza for a key-encryption key.
pub(super) fn message(head: &Head, stanza: &Stanza, id: &[u8; 16], wrapper: &Key) -> Option<Message> {
    let mut bytes = stanza.of(KIND.0)?;
    let (found, salt) = (bytes.array::<16>()?, bytes.array()?);
    if found != *id {
        return None;
    }
    unlock(head, wrapper, KIND.1, &salt, &[found, salt].concat(), bytes)
}
