//! Small texts without an allocator, `core::fmt` or the string searchers: what the boot
//! module can afford. They are ASCII, and so bytes. Each function is compiled once and
//! called, not copied into its callers.

#[cfg(not(feature = "boot"))]
use alloc::vec::Vec;

/// Where text is written to.
pub trait Sink {
    /// Appends.
    fn put(&mut self, text: &[u8]);
    /// Everything that was appended.
    fn written(&self) -> &[u8];
}

#[cfg(not(feature = "boot"))]
impl Sink for Vec<u8> {
    fn put(&mut self, text: &[u8]) {
        self.extend_from_slice(text);
    }

    fn written(&self) -> &[u8] {
        self
    }
}

/// The place of the first `separator`, or the end.
#[inline(never)]
pub fn index(text: &[u8], separator: u8) -> usize {
    text.iter().position(|byte| *byte == separator).unwrap_or(text.len())
}

/// The parts of a text between separators.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

/// Splits a text at a separator.
pub const fn parts(text: &[u8], separator: u8) -> Parts<'_> {
    Parts {
        rest: Some(text),
        separator,
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    #[inline(never)]
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let end = index(rest, self.separator);
        self.rest = rest.get(end + 1..);
        rest.get(..end)
    }
}

/// The field at this place, empty where there is none.
#[inline(never)]
pub fn field(text: &[u8], separator: u8, at: usize) -> &[u8] {
    parts(text, separator).nth(at).unwrap_or(b"")
}

/// Whether `word` is one of the words of a list that is joined by blanks.
#[inline(never)]
pub fn has_word(list: &[u8], word: &[u8]) -> bool {
    !word.is_empty() && parts(list, b' ').any(|it| it == word)
}

/// A number of fixed width, in base 32 with the digits `0` to `9` and `a` to `v`. What is no
/// digit counts as something: texts with numbers are sealed.
#[inline(never)]
pub fn number(text: &[u8]) -> u32 {
    text.iter().fold(0, |value, byte| {
        let digit = if *byte > b'9' {
            byte.wrapping_sub(b'a' - 10)
        } else {
            byte.wrapping_sub(b'0')
        };
        value << 5 | u32::from(digit & 31)
    })
}

/// Writes a number with `width` digits, as [`number`] reads it.
#[inline(never)]
pub fn put_number<S: Sink>(out: &mut S, value: u32, width: u32) {
    for at in (0..width).rev() {
        let [digit, ..] = (value >> (at * 5) & 31).to_le_bytes();
        out.put(&[digit + if digit < 10 { b'0' } else { b'a' - 10 }]);
    }
}

/// The width of a number of 32 bits.
pub(super) const WIDE: u32 = 7;

/// FNV-1a, 32 bits (draft-eastlake-fnv). It finds damage, not forgery.
#[inline(never)]
pub fn sum(text: &[u8]) -> u32 {
    text.iter()
        .fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The text before a separator and its sum, if the sum is right.
#[inline(never)]
pub fn unseal(text: &[u8]) -> Option<&[u8]> {
    let end = text.len().checked_sub(WIDE as usize + 1)?;
    let (body, rest) = text.split_at_checked(end)?;
    (number(rest.get(1..)?) == sum(body)).then_some(body)
}

/// Appends a separator and the sum of all that was written.
pub fn seal<S: Sink>(out: &mut S) {
    let sum = sum(out.written());
    out.put(b"~");
    put_number(out, sum, WIDE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_the_standard_library_does() {
        for text in ["", "a", "a b", " a", "a ", "  "] {
            let bytes = text.as_bytes();
            assert!(parts(bytes, b' ').eq(text.split(' ').map(str::as_bytes)), "{text:?}");
        }
        assert_eq!(field(b"a|b||d", b'|', 3), b"d");
        assert_eq!(field(b"a|b", b'|', 2), b"");
    }

    #[test]
    fn numbers_make_the_round_trip() {
        for value in [0, 9, 10, 31, 32, 1_764_000_000, u32::MAX] {
            let mut out = Vec::new();
            put_number(&mut out, value, WIDE);
            assert_eq!((out.len(), number(&out)), (7, value));
            let text = core::str::from_utf8(&out).expect("ASCII");
            assert_eq!(u64::from_str_radix(text, 32), Ok(u64::from(value)));
        }
    }

    #[test]
    fn a_seal_finds_damage() {
        let mut text = b"1~a~b".to_vec();
        seal(&mut text);
        assert_eq!(unseal(&text), Some(b"1~a~b".as_slice()));
        for at in 0..text.len() {
            let mut bad = text.clone();
            bad[at] ^= 1;
            if bad.get(5) == Some(&b'~') {
                assert_eq!(unseal(&bad), None, "{at}");
            }
            assert_eq!(unseal(&text[..at]), None);
        }
    }
}
