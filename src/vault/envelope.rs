//! What stands in front of a sealed file: the head, and a part that changes when recipients do, under a MAC that only
//! who has the file's secret can make.

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::bytes::Bytes;
use super::head::{HEAD, Purpose};
use super::{Fault, Head, Key, Kind, Metadata, Plan, PublicKey, Stanza, Start, Stretch};
use super::{pair, passphrase, wrapper};

/// It is as long as a number of these, so that recipients can change where a file lies in one piece with it.
pub const BLOCK: usize = 4096;
/// The longest one.
pub const LONGEST: usize = 65_536;
/// As many recipients at most: each costs a reader an agreement.
const MOST: usize = 64;
const MAC: usize = 32;
/// What says how long an envelope is: the head and a number behind it.
pub const FIRST: usize = HEAD + 4;

/// How long an envelope is, by its first bytes: so much has to be there for [`Envelope::read`], and the body begins
/// behind it.
pub fn length(first: &[u8; FIRST]) -> Result<usize, Fault> {
    let mut bytes = Bytes(first);
    let length = Head::scan(&mut bytes).and_then(|_| bytes.array().map(u32::from_be_bytes));
    let length = length.and_then(|it| usize::try_from(it).ok());
    let fits = |it: &usize| (BLOCK..=LONGEST).contains(it) && it.is_multiple_of(BLOCK);
    length.filter(fits).ok_or(Fault::Form)
}

/// An envelope as it was read. Nothing in it has been proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    head: Head,
    generation: u32,
    stanzas: Vec<Stanza>,
    metadata: Vec<u8>,
    /// All of it up to the MAC.
    covered: Vec<u8>,
    mac: [u8; MAC],
}

impl Envelope {
    /// Reads an envelope: these bytes, and no more.
    pub fn read(bytes: &[u8]) -> Result<Envelope, Fault> {
        let first = bytes.first_chunk().ok_or(Fault::Form)?;
        if length(first)? != bytes.len() {
            return Err(Fault::Form);
        }
        Envelope::scan(bytes).ok_or(Fault::Form)
    }

    fn scan(bytes: &[u8]) -> Option<Envelope> {
        let (covered, mac) = bytes.split_last_chunk()?;
        let mut bytes = Bytes(covered);
        let head = Head::scan(&mut bytes)?;
        let [_, generation]: [u32; 2] = [bytes.array()?, bytes.array()?].map(u32::from_be_bytes);
        let count = usize::from(u16::from_be_bytes(bytes.array()?));
        if count > MOST {
            return None;
        }
        let stanzas: Vec<Stanza> = (0..count).map(|_| Stanza::scan(&mut bytes)).collect::<Option<_>>()?;
        let metadata = bytes.counted()?.to_vec();
        let envelope = Envelope {
            head,
            generation,
            stanzas,
            metadata,
            covered: covered.to_vec(),
            mac: *mac,
        };
        (bytes.is_zero() && one_passphrase(&envelope.stanzas)).then_some(envelope)
    }

    /// The head.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The recipients.
    pub fn stanzas(&self) -> &[Stanza] {
        &self.stanzas
    }

    /// Opens it with private keys, whichever of them it is for.
    #[cfg(feature = "derive")]
    pub fn with_keys(&self, keys: &[super::PrivateKey]) -> Result<Opened, Fault> {
        self.first(|stanza| keys.iter().find_map(|key| key.open(&self.head, stanza)))
    }

    /// Opens it with what the owner of a key agreed on elsewhere with the key that [`pair::for_key`] names.
    pub fn with_agreed(&self, own: &PublicKey, agreed: &Key) -> Result<Opened, Fault> {
        self.first(|stanza| pair::open(&self.head, stanza, own, agreed))
    }

    /// Opens it with a key-encryption key.
    pub fn with_wrapper(&self, id: &[u8; 16], key: &Key) -> Result<Opened, Fault> {
        self.first(|stanza| wrapper::open(&self.head, stanza, id, key))
    }

    /// What a passphrase has to be stretched with to open it.
    pub fn stretch(&self) -> Result<Stretch, Fault> {
        passphrase::stretch_of(self.for_passphrase()?)
    }

    /// Opens it with what became of a passphrase by that.
    pub fn with_stretched(&self, stretched: &Key) -> Result<Opened, Fault> {
        let secret = passphrase::open(&self.head, self.for_passphrase()?, stretched)?;
        self.open(&secret.ok_or(Fault::Closed)?).ok_or(Fault::Closed)
    }

    /// Opens it with a passphrase.
    #[cfg(feature = "derive")]
    pub fn with_passphrase(&self, passphrase: &[u8]) -> Result<Opened, Fault> {
        self.with_stretched(&self.stretch()?.of(passphrase)?)
    }

    fn for_passphrase(&self) -> Result<&Stanza, Fault> {
        let stanza = self.stanzas.iter().find(|it| it.kind() == Some(Kind::Passphrase));
        stanza.ok_or(Fault::Closed)
    }

    /// Opens it with the file's secret, for whoever has kept that.
    pub fn with_secret(&self, secret: &Key) -> Result<Opened, Fault> {
        self.open(secret).ok_or(Fault::Closed)
    }

    /// Goes on after a stanza that leads nowhere: others may be in front of one's own.
    fn first(&self, secret: impl Fn(&Stanza) -> Option<Key>) -> Result<Opened, Fault> {
        let mut opened = self.stanzas.iter().filter_map(secret).filter_map(|it| self.open(&it));
        opened.next().ok_or(Fault::Closed)
    }

    /// Proves all of it: that the secret is the file's, that nothing changed, and what the file is.
    fn open(&self, secret: &Key) -> Option<Opened> {
        if !self.head.is_of(secret) {
            return None;
        }
        let mac = mac(&self.head, secret, &self.covered)?;
        mac.verify_slice(&self.mac).ok()?;
        Some(Opened {
            head: self.head,
            generation: self.generation,
            metadata: Metadata::open(&self.head, secret, &self.metadata)?,
            secret: secret.clone(),
        })
    }
}

/// A passphrase's stanza costs a reader much, and more than one would be tried by one guess.
fn one_passphrase(stanzas: &[Stanza]) -> bool {
    stanzas.iter().filter(|it| it.kind() == Some(Kind::Passphrase)).count() < 2
}

fn mac(head: &Head, secret: &Key, covered: &[u8]) -> Option<Hmac<Sha256>> {
    let key = head.derive(secret, Purpose::Mac);
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).ok()?;
    mac.update(covered);
    Some(mac)
}

/// An envelope that was opened or is being made: the file's secret, and what is proved of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The head.
    pub head: Head,
    /// How often the recipients changed. Somebody who can put back an older envelope is not noticed by it alone.
    pub generation: u32,
    /// What the file is.
    pub metadata: Metadata,
    secret: Key,
}

impl Opened {
    /// For a new file: a secret, random as the head's id is, that no other file has.
    pub fn new(head: Head, secret: Key, metadata: Metadata) -> Result<Opened, Fault> {
        let generation = 0;
        head.is_of(&secret).then_some(()).ok_or(Fault::Closed)?;
        Ok(Opened {
            head,
            generation,
            metadata,
            secret,
        })
    }

    /// The file's secret, to wrap it for another recipient.
    pub const fn secret(&self) -> &Key {
        &self.secret
    }

    /// The key of the body as Tink has it: the associated data is the head's digest.
    pub fn tink_key(&self) -> Key {
        self.head.derive(&self.secret, Purpose::Stream)
    }

    /// The key of the body's segments.
    pub fn segment_key(&self, start: &Start) -> Key {
        self.head.segment_key(&self.secret, start)
    }

    /// The body's segments. Their number is proved, so that a part can be opened without the end.
    pub fn plan(&self, start: &Start) -> Result<Plan, Fault> {
        self.head.plan(start)
    }

    /// The same for other recipients: the body stays as it is. Who had the secret keeps it.
    pub fn again(&self) -> Result<Opened, Fault> {
        let generation = self.generation.checked_add(1).ok_or(Fault::Limit)?;
        let opened = self.clone();
        Ok(Opened { generation, ..opened })
    }

    /// The envelope for these recipients, at least so long: that which it takes the place of. The nonce is random.
    pub fn write(&self, stanzas: &[Stanza], nonce: [u8; 12], least: usize) -> Result<Vec<u8>, Fault> {
        if stanzas.len() > MOST || !one_passphrase(stanzas) {
            return Err(Fault::Unfit);
        }
        let mut rest = self.generation.to_be_bytes().to_vec();
        rest.extend_from_slice(&u16::try_from(stanzas.len()).map_err(|_| Fault::Unfit)?.to_be_bytes());
        for stanza in stanzas {
            stanza.write(&mut rest)?;
        }
        let metadata = self.metadata.seal(&self.head, &self.secret, nonce)?;
        rest.extend_from_slice(&u16::try_from(metadata.len()).map_err(|_| Fault::Unfit)?.to_be_bytes());
        rest.extend_from_slice(&metadata);
        let length = (FIRST + rest.len() + MAC).max(least).next_multiple_of(BLOCK);
        let number = u32::try_from(length).ok().filter(|_| length <= LONGEST).ok_or(Fault::Unfit)?;
        let mut out = self.head.write();
        out.extend_from_slice(&number.to_be_bytes());
        out.extend_from_slice(&rest);
        out.resize(length - MAC, 0);
        let mac = mac(&self.head, &self.secret, &out).ok_or(Fault::Unfit)?;
        out.extend_from_slice(&mac.finalize().into_bytes());
        Ok(out)
    }
}
