//! Keys in memory: they are wiped when they are no longer needed, and nothing prints them.

#[cfg(feature = "cipher")]
use alloc::vec::Vec;
use core::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

/// How long every key is.
pub const KEY: usize = 32;

/// A secret of 32 bytes.
#[derive(Clone)]
pub struct Key([u8; KEY]);

impl Key {
    /// The bytes, for whoever hands them to a cipher.
    pub const fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }

    /// A key out of bytes, which are wiped.
    #[cfg(feature = "cipher")]
    pub(super) fn take(mut bytes: Vec<u8>) -> Option<Key> {
        let key = <[u8; KEY]>::try_from(bytes.as_slice()).ok().map(Key);
        bytes.zeroize();
        key
    }

    /// A key derived from this one by HKDF-SHA256.
    pub(super) fn key(&self, salt: &[u8], info: &[&[u8]]) -> Key {
        Key(derive(&self.0, salt, info))
    }
}

impl From<[u8; KEY]> for Key {
    fn from(bytes: [u8; KEY]) -> Key {
        Key(bytes)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// How long it takes says nothing about where two keys differ.
impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        same(&self.0, &other.0)
    }
}

impl Eq for Key {}

/// Whether two values are the same, in a time that does not depend on them.
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

/// HKDF-SHA256 (RFC 5869), both steps.
pub(super) fn derive<const N: usize>(secret: &[u8], salt: &[u8], info: &[&[u8]]) -> [u8; N] {
    const { assert!(N <= 255 * 32, "HKDF ends here") };
    let mut out = [0; N];
    // The only failure is a length that the line above excludes.
    let _ = Hkdf::<Sha256>::new(Some(salt), secret).expand_multi_info(info, &mut out);
    out
}
