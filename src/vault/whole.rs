//! Envelopes opened and written in one go, where the cipher is at hand.

use alloc::vec::Vec;

use super::{Envelope, Fault, Head, Key, Message, Metadata, NONCE, Opened, PrivateKey, PublicKey, Stanza};

impl Envelope {
    /// Opens it with private keys, whichever of them it is for.
    pub fn with_keys(&self, keys: &[PrivateKey]) -> Result<Opened, Fault> {
        let secrets = self
            .stanzas()
            .iter()
            .filter_map(|stanza| keys.iter().find_map(|key| key.open(self.head(), stanza)));
        self.first(secrets)
    }

    /// Opens it with what the owner of a key agreed on elsewhere with the key that [`super::for_key`] names.
    pub fn with_agreed(&self, own: &PublicKey, agreed: &Key) -> Result<Opened, Fault> {
        self.first(secrets(self.for_agreed(own, agreed)))
    }

    /// Opens it with a key-encryption key.
    pub fn with_wrapper(&self, id: &[u8; 16], key: &Key) -> Result<Opened, Fault> {
        self.first(secrets(self.for_wrapper(id, key)))
    }

    /// Opens it with a passphrase.
    pub fn with_passphrase(&self, passphrase: &[u8]) -> Result<Opened, Fault> {
        let message = self.for_stretched(&self.stretch()?.of(passphrase)?)?;
        self.first(secrets([message].into()))
    }

    /// Opens it with the file's secret, for whoever has kept that.
    pub fn with_secret(&self, secret: &Key) -> Result<Opened, Fault> {
        let metadata = self.proved(secret)?.open().ok_or(Fault::Closed)?;
        self.opened(secret, metadata)
    }

    /// Goes on after a stanza that leads nowhere: others may be in front of one's own.
    fn first(&self, mut secrets: impl Iterator<Item = Key>) -> Result<Opened, Fault> {
        secrets.find_map(|it| self.with_secret(&it).ok()).ok_or(Fault::Closed)
    }
}

fn secrets(messages: Vec<Message>) -> impl Iterator<Item = Key> {
    messages.into_iter().filter_map(Message::open).filter_map(Key::take)
}

impl Opened {
    /// The envelope for these recipients, at least so long: as that which it takes the place of. The nonce is random.
    pub fn write(&self, stanzas: &[Stanza], nonce: [u8; NONCE], least: usize) -> Result<Vec<u8>, Fault> {
        let sealed = self.metadata.seal(&self.head, self.secret(), nonce)?;
        self.write_with(stanzas, &sealed, least)
    }
}

impl Metadata {
    /// Seals it. The nonce is random.
    pub(super) fn seal(&self, head: &Head, secret: &Key, nonce: [u8; NONCE]) -> Result<Vec<u8>, Fault> {
        let sealed = self.message(head, secret, nonce)?.seal()?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens it.
    #[cfg(test)]
    pub(super) fn open(head: &Head, secret: &Key, sealed: &[u8]) -> Option<Metadata> {
        Metadata::opened(head, Metadata::sealed(head, secret, sealed)?.open()?)
    }
}
