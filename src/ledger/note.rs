//! Checkpoints of the log as signed notes (C2SP `signed-note` and `tlog-checkpoint`).

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::event::Hash;
use super::subject::KEY;

/// What the log was at one time: its name, how many leaves it had, and their root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, a host and path without a scheme: `privacy.example.com/log`.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// One signature of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Who signed, the same as the log's name for the log itself.
    pub name: String,
    /// The first bytes of a hash over name and key: see [`key_id`].
    pub id: [u8; 4],
    /// Ed25519.
    pub signature: [u8; 64],
}

/// As many signatures are read at most. The C2SP asks for 16 or more.
const MOST_SIGNATURES: usize = 64;

/// Whether this can be the name of a key, which for a log is the log's own: something without white space and `+`.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|it: char| it == '+' || it.is_whitespace())
}

/// The id of an Ed25519 key under a name: SHA-256(name, line feed, 1, key), the first four bytes.
pub fn key_id(name: &str, key: &[u8; KEY]) -> [u8; 4] {
    let mut hash = Sha256::new();
    hash.update(name);
    hash.update([b'\n', 1]);
    hash.update(key);
    let digest: Hash = hash.finalize().into();
    let [a, b, c, d, ..] = digest;
    [a, b, c, d]
}

/// A verifier's key as others write it down: `name+0badcafe+base64`.
pub fn verifier_key(name: &str, key: &[u8; KEY]) -> String {
    let mut out = String::from(name);
    out.push('+');
    for byte in key_id(name, key) {
        for digit in [byte >> 4, byte & 15] {
            out.extend(char::from_digit(digit.into(), 16));
        }
    }
    out.push('+');
    let mut bytes = [1; KEY + 1];
    for (to, from) in bytes.iter_mut().skip(1).zip(key) {
        *to = *from;
    }
    out.push_str(&STANDARD.encode(bytes));
    out
}

/// The name and key of a verifier's key; `None` if it is not one for Ed25519.
pub fn read_verifier_key(text: &str) -> Option<(&str, [u8; KEY])> {
    let mut parts = text.splitn(3, '+');
    let (name, _, key) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = STANDARD.decode(key).ok()?;
    let [1, key @ ..] = bytes.as_slice() else {
        return None;
    };
    let key = key.try_into().ok()?;
    (is_name(name) && verifier_key(name, &key) == text).then_some((name, key))
}

impl Checkpoint {
    /// What is signed: three lines.
    pub fn body(&self) -> String {
        let mut out = self.origin.clone();
        out.push('\n');
        out.push_str(&self.size.to_string());
        out.push('\n');
        out.push_str(&STANDARD.encode(self.root));
        out.push('\n');
        out
    }

    /// The note with one signature.
    pub fn signed(&self, signature: &Signature) -> String {
        let mut bytes = signature.id.to_vec();
        bytes.extend_from_slice(&signature.signature);
        let mut out = self.body();
        out.push_str("\n\u{2014} ");
        out.push_str(&signature.name);
        out.push(' ');
        out.push_str(&STANDARD.encode(bytes));
        out.push('\n');
        out
    }

    /// Reads a note: the checkpoint, the text that was signed, and the signatures that can be those of Ed25519 keys.
    /// Lines that extend a checkpoint are part of what was signed, and say nothing here. Signatures of other kinds,
    /// such as those of witnesses, are passed over.
    pub fn read(note: &str) -> Option<(Checkpoint, &str, Vec<Signature>)> {
        // Everyone has to see the same lines.
        if note.bytes().any(|it| it < b' ' && it != b'\n') {
            return None;
        }
        let (body, rest) = note.split_at_checked(note.rfind("\n\n")? + 1)?;
        let mut lines = body.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let checkpoint = Checkpoint {
            origin: origin.into(),
            size: size.parse().ok()?,
            root: STANDARD.decode(root).ok()?.try_into().ok()?,
        };
        // A size and a root have one way to be written.
        if origin.is_empty() || !body.starts_with(&checkpoint.body()) || lines.any(str::is_empty) {
            return None;
        }
        let mut signatures = Vec::new();
        let lines = rest.strip_prefix('\n')?.strip_suffix('\n')?.split('\n');
        for (count, line) in lines.enumerate() {
            let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
            let bytes = STANDARD.decode(bytes).ok()?;
            // There is always something behind the id.
            let (id, signature) = bytes.split_first_chunk().filter(|(_, it)| !it.is_empty())?;
            if count >= MOST_SIGNATURES || !is_name(name) {
                return None;
            }
            if let Ok(signature) = signature.try_into() {
                signatures.push(Signature {
                    name: name.into(),
                    id: *id,
                    signature,
                });
            }
        }
        Some((checkpoint, body, signatures))
    }
}
