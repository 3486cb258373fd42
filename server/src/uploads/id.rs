//! What names an upload. Who knows it may write, read and end the upload, and nobody else can.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// So many random bytes: as base64url they fill their characters, so that each is written in one way.
const BYTES: usize = 18;
/// What the name of a joined upload is made of, before those of its parts.
const JOINED: &[u8] = b"mixus-privacy joined upload\n";

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
    pub(super) fn fresh() -> Result<Id, getrandom::Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Id(bytes))
    }

    /// The name of what these parts, which nobody else knows, are joined to: whoever did not hear that they were joined
    /// finds the same upload again.
    pub(super) fn joined(parts: &[Id]) -> Id {
        let mut hash = Sha256::new_with_prefix(JOINED);
        for part in parts {
            hash.update(part.0);
        }
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&hash.finalize()[..BYTES]);
        Id(bytes)
    }

    pub(super) fn parse(text: &str) -> Option<Id> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Id(bytes.try_into().ok()?))
    }

    /// The upload that an address names: whatever stands before its last part is between its sender and their proxies.
    pub(super) fn of_address(address: &str) -> Option<Id> {
        Id::parse(address.rsplit('/').next()?)
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

    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Id> {
        Some(Id(bytes.try_into().ok()?))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// How the name of a file ends that says how far an upload is.
pub(super) const STATE: &str = ".state";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_in_one_way() {
        let id = Id::fresh().expect("a name");
        assert_eq!(Id::parse(&id.text()), Some(id));
        assert_eq!(id.text().len(), 24);
        assert_ne!(Id::fresh().expect("a name"), id);
        let address = format!("https://files.example/eu/v1/files/{}", id.text());
        assert_eq!(Id::of_address(&address), Some(id));
        assert_eq!(Id::of_address(&id.text()), Some(id));
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
        ] {
            assert_eq!(Id::parse(bad), None, "{bad}");
        }
        assert_eq!(Id::of_address(&format!("{}?name=x", id.text())), None);
    }

    #[test]
    fn what_is_joined_has_the_name_of_its_parts() {
        let ids: Vec<Id> = (0..3).map(|_| Id::fresh().expect("a name")).collect();
        assert_eq!(Id::joined(&ids), Id::joined(&ids));
        assert_ne!(Id::joined(&ids), Id::joined(&ids[..2]));
        assert_ne!(Id::joined(&[ids[0], ids[1]]), Id::joined(&[ids[1], ids[0]]));
        assert!(!ids.contains(&Id::joined(&ids[..1])));
    }
}
