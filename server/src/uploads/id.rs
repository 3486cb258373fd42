//! What names an upload: a key, by which its sender writes and ends it, and a name that is made of the key, by which the
//! finished file is read. Who was handed the name to read has no part in the rest, since nobody makes the key of the name.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// So many random bytes a key has, and so many of a hash of it a name: as base64url both fill their characters, so that each
/// is written in one way, and none passes for one of the others.
const SECRET: usize = 24;
const BYTES: usize = 18;
/// What a name is made of, before its key.
const NAMED: &[u8] = b"mixus-privacy file\n";
/// What the key of a joined upload is made of, before those of its parts.
const JOINED: &[u8] = b"mixus-privacy joined upload\n";

/// By what an upload is written, and ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key([u8; SECRET]);

impl std::fmt::Debug for Key {
    /// It is not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// How many bytes it has.
    pub(super) const LENGTH: usize = SECRET;

    pub(super) fn fresh() -> Result<Key, getrandom::Error> {
        let mut bytes = [0; SECRET];
        getrandom::fill(&mut bytes)?;
        Ok(Key(bytes))
    }

    /// The key of what these parts, which nobody else knows, are joined to: whoever did not hear that they were joined
    /// finds the same upload again.
    pub(super) fn joined(parts: &[Key]) -> Key {
        let mut hash = Sha256::new_with_prefix(JOINED);
        for part in parts {
            hash.update(part.0);
        }
        let mut bytes = [0; SECRET];
        bytes.copy_from_slice(&hash.finalize()[..SECRET]);
        Key(bytes)
    }

    pub(super) fn parse(text: &str) -> Option<Key> {
        Key::of_bytes(&URL_SAFE_NO_PAD.decode(text).ok()?)
    }

    /// The upload that an address names: whatever stands before its last part is between its sender and their proxies.
    pub(super) fn of_address(address: &str) -> Option<Key> {
        Key::parse(address.rsplit('/').next()?)
    }

    pub(super) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Key> {
        Some(Key(bytes.try_into().ok()?))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Under what it is kept and read.
    pub(super) fn id(&self) -> Id {
        let hash = Sha256::new_with_prefix(NAMED).chain_update(self.0).finalize();
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&hash[..BYTES]);
        Id(bytes)
    }
}

/// An upload's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id([u8; BYTES]);

impl std::fmt::Debug for Id {
    /// It is not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Id")
    }
}

impl Id {
    pub(super) fn parse(text: &str) -> Option<Id> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Id(bytes.try_into().ok()?))
    }

    pub(super) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The file that has what was sent, and the one that says how far it is good.
    pub(super) fn files(&self) -> [String; 2] {
        let text = self.text();
        let state = format!("{text}{STATE}");
        [text, state]
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// How the name of a file ends that says how far an upload is.
pub(super) const STATE: &str = ".state";

#[cfg(test)]
impl Id {
    pub(super) fn fresh() -> Id {
        Key::fresh().expect("a key").id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_in_one_way() {
        let key = Key::fresh().expect("a key");
        let id = key.id();
        assert_eq!((Key::parse(&key.text()), Id::parse(&id.text())), (Some(key), Some(id)));
        assert_eq!((key.text().len(), id.text().len()), (32, 24));
        assert_ne!(Key::fresh().expect("a key"), key);
        let address = format!("https://files.example/eu/v1/files/{}", key.text());
        assert_eq!(Key::of_address(&address), Some(key));
        assert_eq!(Key::of_address(&key.text()), Some(key));
        for bad in [
            "",
            "..",
            "../../etc/passwd",
            "AAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAAA=",
            "AAAAAAAAAAAAAAAAAAAAAA/A",
            "AAAAAAAAAAAAAAAAAAAAAA.A",
            "AAAAAAAAAAAAAAAAAAAAAAAA.state",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAA\u{e9}",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/A",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!((Key::parse(bad), Id::parse(bad)), (None, None), "{bad}");
        }
        assert_eq!(Key::of_address(&format!("{}?name=x", key.text())), None);
        assert_eq!(Key::parse(&id.text()), None, "who reads does not write");
        assert_eq!(Id::parse(&key.text()), None);
    }

    /// A back end that is told a key knows where the file is: `docs/server.md` says how.
    #[test]
    fn a_name_is_made_of_its_key() {
        let key = Key::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").expect("a key");
        assert_eq!(key.id().text(), "_N0ihgr378EgKEcWuXro7SRE");
    }

    #[test]
    fn what_is_joined_has_the_key_of_its_parts() {
        let keys: Vec<Key> = (0..3).map(|_| Key::fresh().expect("a key")).collect();
        assert_eq!(Key::joined(&keys), Key::joined(&keys));
        assert_ne!(Key::joined(&keys), Key::joined(&keys[..2]));
        assert_ne!(Key::joined(&[keys[0], keys[1]]), Key::joined(&[keys[1], keys[0]]));
        assert!(!keys.contains(&Key::joined(&keys[..1])));
    }
}
