//! What never changes in front of a sealed file, and commits to its secret: AES-GCM alone does not, and one stream can
//! open under two keys to two texts.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::bytes::Bytes;
use super::key::{KEY, same};
use super::{Fault, Key, Layout, Plan, Start};

/// How long it is.
pub const HEAD: usize = 72;
/// The part of it that the commitment covers.
const FRONT: usize = 40;
/// The first byte is no text, and line ends that somebody converts show.
const MAGIC: [u8; 8] = *b"\x89MXV\r\n\x1a\n";
const VERSION: u8 = 1;
/// What every derivation from a file's secret begins with.
const CONTEXT: &[u8] = b"mixus vault 1 ";

/// What a key is derived for out of a file's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Commitment,
    Stream,
    Metadata,
    Mac,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Purpose::Commitment => "commitment",
            Purpose::Stream => "stream",
            Purpose::Metadata => "metadata",
            Purpose::Mac => "mac",
        }
    }
}

/// The head of a sealed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How the body is cut.
    pub layout: Layout,
    /// Whether the body is longer than the file, so that its length says less.
    pub padded: bool,
    /// Which file it is: random.
    pub id: [u8; 16],
    /// How long the body is when open.
    pub plain: u64,
    /// What no other secret leads to.
    commitment: [u8; KEY],
}

impl Head {
    /// For a body of this length under a new secret.
    pub fn new(layout: Layout, padded: bool, id: [u8; 16], plain: u64, secret: &Key) -> Result<Head, Fault> {
        let mut head = Head {
            layout,
            padded,
            id,
            plain,
            commitment: [0; KEY],
        };
        if layout.count(plain) > super::layout::MOST_SEALED || layout.suite() == 0 {
            return Err(Fault::Limit);
        }
        head.commitment = *head.derive(secret, Purpose::Commitment).bytes();
        Ok(head)
    }

    /// Reads a head.
    pub fn read(bytes: &[u8; HEAD]) -> Result<Head, Fault> {
        Head::scan(&mut Bytes(bytes)).ok_or(Fault::Form)
    }

    pub(super) fn scan(bytes: &mut Bytes<'_>) -> Option<Head> {
        let [magic, rest] = [bytes.array::<8>()?, bytes.array::<8>()?];
        let [VERSION, suite, flags @ (0 | 1), 0, 0, 0, 0, 0] = rest else {
            return None;
        };
        let layout = Layout::of_suite(suite)?;
        let head = Head {
            layout,
            padded: flags == 1,
            id: bytes.array()?,
            plain: u64::from_be_bytes(bytes.array()?),
            commitment: bytes.array()?,
        };
        (magic == MAGIC && layout.sealed(head.plain).is_some()).then_some(head)
    }

    /// What the commitment covers.
    fn front(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[VERSION, self.layout.suite(), self.padded.into(), 0, 0, 0, 0, 0]);
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&self.plain.to_be_bytes());
        debug_assert_eq!(out.len(), FRONT);
        out
    }

    /// The head's bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut out = self.front();
        out.extend_from_slice(&self.commitment);
        out
    }

    /// SHA-256 of it: the associated data of the body, and part of every wrap of the secret, so that neither
    /// belongs to another file.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.write()).into()
    }

    /// Whether a secret is the one that this head commits to.
    pub(super) fn is_of(&self, secret: &Key) -> bool {
        same(self.derive(secret, Purpose::Commitment).bytes(), &self.commitment)
    }

    /// A key out of the file's secret.
    pub(super) fn derive(&self, secret: &Key, purpose: Purpose) -> Key {
        secret.key(&self.id, &[CONTEXT, purpose.as_str().as_bytes(), &self.front()])
    }

    /// The key of the body's segments.
    pub fn segment_key(&self, secret: &Key, start: &Start) -> Key {
        start.key(&self.derive(secret, Purpose::Stream), &self.digest())
    }

    /// The body's segments.
    pub fn plan(&self, start: &Start) -> Result<Plan, Fault> {
        Plan::to_open(self.layout, start.prefix, self.plain)
    }

    /// What a wrap of the secret is bound to.
    pub(super) fn wrap(&self, kind: &str) -> Vec<u8> {
        [CONTEXT, b"wrap ", kind.as_bytes(), &self.digest()].concat()
    }
}
