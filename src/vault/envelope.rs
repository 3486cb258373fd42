//! What stands in front of a sealed file: the head, and a part that changes when recipients do, under a MAC that only
//! who has the file's secret can make.

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::bytes::Bytes;
use super::head::{HEAD, Purpose};
use super::{Fault, Head, Key, Kind, Message, Metadata, Plan, PublicKey, Stanza, Start, Stretch};
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

    /// What a passphrase has to be stretched with to open it.
    pub fn stretch(&self) -> Result<Stretch, Fault> {
        passphrase::stretch_of(self.for_passphrase()?)
    }

    fn for_passphrase(&self) -> Result<&Stanza, Fault> {
        let stanza = self.stanzas.iter().find(|it| it.kind() == Some(Kind::Passphrase));
        stanza.ok_or(Fault::Closed)
    }

    /// What may hold the secret: for whoever agreed on this with the key that [`pair::for_key`] names. More than one can stand in
    /// front of one's own.
    pub fn for_agreed(&self, own: &PublicKey, agreed: &Key) -> Vec<Message> {
        let of = |stanza| pair::message(&self.head, stanza, own, agreed);
        self.stanzas.iter().filter_map(of).collect()
    }

    /// The same for a key-encryption key.
    pub fn for_wrapper(&self, id: &[u8; 16], key: &Key) -> Vec<Message> {
        let of = |stanza| wrapper::message(&self.head, stanza, id, key);
        self.stanzas.iter().filter_map(of).collect()
    }

    /// The same for what became of a passphrase.
    pub fn for_stretched(&self, stretched: &Key) -> Result<Message, Fault> {
        let message = passphrase::message(&self.head, self.for_passphrase()?, stretched)?;
        message.ok_or(Fault::Closed)
    }

    /// Proves that a secret is the file's, and that nothing of the envelope changed. The file's metadata is still sealed.
    pub fn proved(&self, secret: &Key) -> Result<Message, Fault> {
        let proved = || {
            if !self.head.is_of(secret) {
                return None;
            }
            mac(&self.head, secret, &self.covered)?.verify_slice(&self.mac).ok()?;
            Metadata::sealed(&self.head, secret, &self.metadata)
        };
        proved().ok_or(Fault::Closed)
    }

    /// The envelope opened by a secret that was proved, and by what its metadata are.
    pub fn opened(&self, secret: &Key, metadata: Vec<u8>) -> Result<Opened, Fault> {
        Ok(Opened {
            head: self.head,
            generation: self.generation,
            metadata: Metadata::opened(&self.head, metadata).ok_or(Fault::Closed)?,
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

    /// The envelope for these recipients, with the metadata as they were sealed, behind their nonce; at least so long: as that
    /// which it takes the place of.
    pub fn write_with(&self, stanzas: &[Stanza], metadata: &[u8], least: usize) -> Result<Vec<u8>, Fault> {
        if stanzas.len() > MOST || !one_passphrase(stanzas) {
            return Err(Fault::Unfit);
        }
        let mut rest = self.generation.to_be_bytes().to_vec();
        rest.extend_from_slice(&u16::try_from(stanzas.len()).map_err(|_| Fault::Unfit)?.to_be_bytes());
        for stanza in stanzas {
            stanza.write(&mut rest)?;
        }
        rest.extend_from_slice(&u16::try_from(metadata.len()).map_err(|_| Fault::Unfit)?.to_be_bytes());
        rest.extend_from_slice(metadata);
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
