//! One recipient: who can have the file's secret, and what for it.

use alloc::vec::Vec;

use super::bytes::Bytes;
use super::{Fault, KEY, Message, TAG, Wrap};

/// How long a secret is when wrapped.
pub(super) const WRAPPED: usize = KEY + TAG;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $length:expr;)*) => {
        /// What a recipient has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            const ALL: &[Kind] = &[$(Kind::$name,)*];

            pub(super) const fn number(self) -> u8 {
                match self { $(Kind::$name => $number,)* }
            }

            const fn length(self) -> usize {
                match self { $(Kind::$name => $length,)* }
            }
        }
    };
}

kinds! {
    /// A key pair: the output of Tink's hybrid encryption with HPKE.
    Pair = 1, 1 + 4 + 32 + WRAPPED;
    /// A passphrase: salt, cost, commitment, wrapped secret.
    Passphrase = 2, 16 + 4 + 1 + 1 + KEY + WRAPPED;
    /// A key-encryption key: its id, salt, commitment, wrapped secret.
    Wrapper = 3, 16 + 16 + KEY + WRAPPED;
}

/// A recipient's part of an envelope. Those of a kind that this version does not know are kept as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stanza {
    kind: u8,
    body: Vec<u8>,
}

impl Kind {
    /// What wraps a secret in this way: this in front, and a message behind it.
    pub(super) fn wrap(self, front: &[&[u8]], message: Message) -> Wrap {
        let length = u16::try_from(self.length()).unwrap_or(u16::MAX).to_be_bytes();
        let front = [&[self.number(), 0], &length[..], &front.concat()].concat();
        Wrap { message, front }
    }
}

#[cfg(feature = "cipher")]
impl Wrap {
    /// It with its message sealed.
    pub fn seal(self) -> Result<Stanza, Fault> {
        let bytes = [self.front, self.message.seal()?].concat();
        Stanza::scan(&mut Bytes(&bytes)).ok_or(Fault::Unfit)
    }
}

impl Stanza {
    /// Which kind, if it is known.
    pub fn kind(&self) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|it| it.number() == self.kind)
    }

    /// What there is for a recipient of this kind.
    pub(super) fn of(&self, kind: Kind) -> Option<Bytes<'_>> {
        (self.kind == kind.number()).then_some(Bytes(&self.body))
    }

    /// Reads one: kind, zero, length, body.
    pub(super) fn scan(bytes: &mut Bytes<'_>) -> Option<Stanza> {
        let [kind, reserved] = bytes.array()?;
        let body = bytes.counted()?.to_vec();
        let stanza = Stanza { kind, body };
        let fits = stanza.kind().is_none_or(|it| stanza.body.len() == it.length());
        (fits && kind != 0 && reserved == 0).then_some(stanza)
    }

    /// Reads as many as there are.
    pub fn all(bytes: &[u8]) -> Result<Vec<Stanza>, Fault> {
        let mut bytes = Bytes(bytes);
        let mut all = Vec::new();
        while !bytes.0.is_empty() {
            all.push(Stanza::scan(&mut bytes).ok_or(Fault::Unfit)?);
        }
        Ok(all)
    }

    /// Writes it as it stands in an envelope.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), Fault> {
        let length = u16::try_from(self.body.len()).map_err(|_| Fault::Unfit)?;
        out.extend_from_slice(&[self.kind, 0]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.body);
        Ok(())
    }
}
