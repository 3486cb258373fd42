//! Reading bytes from the front.

use alloc::vec::Vec;

/// What remains to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    /// As many bytes as fit.
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    /// So many bytes.
    pub(super) fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// One byte.
    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    /// A number of two bytes, and so many bytes.
    pub(super) fn counted(&mut self) -> Option<&'a [u8]> {
        let length = u16::from_be_bytes(self.array()?);
        self.slice(length.into())
    }

    /// Whether nothing but zeros is left.
    pub(super) fn is_zero(self) -> bool {
        self.0.iter().all(|it| *it == 0)
    }
}

/// Moves as many bytes as make `held` so long, and answers the rest.
pub(super) fn fill<'a>(held: &mut Vec<u8>, full: usize, from: &'a [u8]) -> &'a [u8] {
    let room = full.saturating_sub(held.len()).min(from.len());
    let (taken, rest) = from.split_at_checked(room).unwrap_or((from, &[]));
    held.extend_from_slice(taken);
    rest
}
