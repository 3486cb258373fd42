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
        let end = self.length.saturating_add(text.len());
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            // Not `copy_from_slice`: its panic would bring the formatting code along.
            for (place, byte) in room.iter_mut().zip(text) {
                *place = *byte;
            }
            self.length = end;
        }
    }

    fn written(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(b"")
    }
}
