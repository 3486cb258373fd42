//! What a sender says that its bytes add up to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// The names that a sum can have, as `Tus-Checksum-Algorithm` has them.
pub(super) const ALGORITHMS: &str = "sha1,sha256";

#[derive(Clone, Debug)]
enum Sum {
    Sha1(Sha1),
    Sha256(Sha256),
}

/// A sum that grows, and what it has to become.
#[derive(Clone, Debug)]
pub(super) struct Checksum {
    sum: Sum,
    wanted: Vec<u8>,
}

impl Checksum {
    /// What a header says: a name and a sum. Nothing for any other.
    pub(super) fn read(header: &str) -> Option<Checksum> {
        let (name, wanted) = header.split_once(' ')?;
        let (sum, length) = match name {
            "sha1" => (Sum::Sha1(Sha1::new()), 20),
            "sha256" => (Sum::Sha256(Sha256::new()), 32),
            _ => return None,
        };
        let wanted = STANDARD.decode(wanted).ok().filter(|it| it.len() == length)?;
        Some(Checksum { sum, wanted })
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        match &mut self.sum {
            Sum::Sha1(sum) => sum.update(bytes),
            Sum::Sha256(sum) => sum.update(bytes),
        }
    }

    pub(super) fn is_right(&self) -> bool {
        match &self.sum {
            Sum::Sha1(sum) => sum.clone().finalize().as_slice() == self.wanted,
            Sum::Sha256(sum) => sum.clone().finalize().as_slice() == self.wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_others() {
        for header in [
            "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
            "sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=",
        ] {
            let mut sum = Checksum::read(header).expect("a sum");
            sum.add(b"hello ");
            assert!(!sum.is_right(), "{header}");
            sum.add(b"world");
            assert!(sum.is_right(), "{header}");
        }
        for bad in [
            "",
            "sha1",
            "sha1 ",
            "md5 XrY7u+Ae7tCTyyK7j1rNww==",
            "SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
            "sha1 Kq5s",
            "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
            "sha1  Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
        ] {
            assert!(Checksum::read(bad).is_none(), "{bad}");
        }
    }
}
