//! What a file is, for those who can open it. Sealed, in blocks that hide how long its name is.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroize as _;

use super::bytes::Bytes;
use super::head::Purpose;
use super::{Fault, Head, Key, Message, NONCE, padme};

/// It is as long as a number of these.
const BLOCK: usize = 256;
/// The longest name and type, in bytes.
const NAME: usize = 1024;
const TYPE: usize = 255;

/// What a file is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Its name, without a path.
    pub name: String,
    /// Its media type.
    pub kind: String,
    /// How long it is. The body is longer if it is padded.
    pub size: u64,
    /// When it was changed, in milliseconds since 1970.
    pub modified: u64,
    /// The hash of the consent record in force when it was sealed; zeros without one.
    pub record: [u8; 32],
}

impl Metadata {
    /// Whether a body of the length that the head says can hold it.
    fn fits(&self, head: &Head) -> bool {
        head.plain == if head.padded { padme(self.size) } else { self.size }
    }

    /// It as it is to be sealed. The nonce is random, and stands in front of what is sealed.
    pub fn message(&self, head: &Head, secret: &Key, nonce: [u8; NONCE]) -> Result<Message, Fault> {
        if self.name.len() > NAME || self.kind.len() > TYPE || !self.fits(head) {
            return Err(Fault::Unfit);
        }
        let mut text = Vec::new();
        text.extend_from_slice(&self.size.to_be_bytes());
        text.extend_from_slice(&self.modified.to_be_bytes());
        text.extend_from_slice(&self.record);
        for part in [&self.kind, &self.name] {
            let length = u16::try_from(part.len()).map_err(|_| Fault::Unfit)?;
            text.extend_from_slice(&length.to_be_bytes());
            text.extend_from_slice(part.as_bytes());
        }
        text.resize(text.len().next_multiple_of(BLOCK), 0);
        Ok(Metadata::as_message(head, secret, nonce, text))
    }

    fn as_message(head: &Head, secret: &Key, nonce: [u8; NONCE], text: Vec<u8>) -> Message {
        Message {
            key: head.derive(secret, Purpose::Metadata),
            nonce,
            aad: head.digest().into(),
            text,
        }
    }

    /// What is to be opened.
    pub(super) fn sealed(head: &Head, secret: &Key, sealed: &[u8]) -> Option<Message> {
        let mut bytes = Bytes(sealed);
        Some(Metadata::as_message(head, secret, bytes.array()?, bytes.0.to_vec()))
    }

    /// Reads what was opened.
    pub(super) fn opened(head: &Head, mut text: Vec<u8>) -> Option<Metadata> {
        let metadata = Metadata::read(&text);
        text.zeroize();
        metadata.filter(|it| it.fits(head))
    }

    fn read(text: &[u8]) -> Option<Metadata> {
        let mut bytes = Bytes(text);
        let size = u64::from_be_bytes(bytes.array()?);
        let modified = u64::from_be_bytes(bytes.array()?);
        let record = bytes.array()?;
        let kind = core::str::from_utf8(bytes.counted()?).ok()?.into();
        let name = core::str::from_utf8(bytes.counted()?).ok()?.into();
        // There is one way to write it.
        let rest = bytes.0.len() < BLOCK && text.len().is_multiple_of(BLOCK) && bytes.is_zero();
        let metadata = Metadata {
            name,
            kind,
            size,
            modified,
            record,
        };
        (rest && metadata.name.len() <= NAME && metadata.kind.len() <= TYPE).then_some(metadata)
    }
}
