//! A text of limited length that needs no allocator.

use crate::policy::Sink;

/// A text of at most `N` bytes.
///
/// What does not fit is left out, and the text says so by losing its end: sealed texts then
/// count as damaged, and what is damaged denies.
#[derive(Clone, Debug)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Text<N> {
    /// The empty text.
    pub const fn new() -> Text<N> {
        Text {
            bytes: [0; N],
            length: 0,
        }
    }

    /// Empties it.
    pub const fn clear(&mut self) {
        self.length = 0;
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Text::new()
    }
}

impl<const N: usize> Sink for Text<N> {
    #[inline(never)]
    fn put(&mut self, text: &[u8]) {
        // Not `copy_from_slice`: its panic would bring the formatting code along.
        for (place, byte) in self.bytes.iter_mut().skip(self.length).zip(text) {
            *place = *byte;
            self.length += 1;
        }
    }

    fn written(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(b"")
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::policy::{seal, unseal};

    proptest! {
        /// What is written is the beginning of what was put, whole as long as there is room: a
        /// short piece does not slip in after a long one that found none.
        #[test]
        fn it_loses_its_end_alone(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..8)) {
            let mut text = Text::<16>::new();
            for piece in &pieces {
                text.put(piece);
            }
            let whole = pieces.concat();
            prop_assert_eq!(text.written(), &whole[..whole.len().min(16)]);
        }
    }

    #[test]
    fn a_seal_does_not_cover_what_is_missing() {
        for length in 0..64 {
            let mut text = Text::<32>::new();
            text.put(b"1~v");
            for at in 0..length {
                text.put(&[b'a' + at % 26]);
            }
            text.put(b"!analytics");
            seal(&mut text);
            let body: Option<Vec<u8>> = unseal(text.written()).map(<[u8]>::to_vec);
            assert_eq!(body.is_some(), length + 3 + 10 + 8 <= 32, "{length}");
            assert!(body.is_none_or(|it| it.ends_with(b"!analytics")));
        }
    }
}
