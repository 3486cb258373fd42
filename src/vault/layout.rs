//! Where the segments of a sealed file lie. Lengths alone: nothing here knows a key.

use super::engine::TAG;
use super::stream::START;

/// What a header takes of the first segment.
const START_BYTES: u64 = START as u64;
/// What each segment is longer sealed than open.
const TAG_BYTES: u64 = TAG as u64;
/// As many segments as the counter in a nonce can number.
pub(super) const MOST: u64 = 1 << 32;
/// As many are sealed at most: some readers count with signed numbers.
pub(super) const MOST_SEALED: u64 = (1 << 31) - 1;

/// How long the segments are: each as long as this with its tag, the first one together with the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    segment: u64,
    suite: u8,
}

impl Layout {
    /// Tink's `AES256_GCM_HKDF_1MB`.
    pub const LARGE: Layout = Layout::new(20, 1);
    /// Tink's `AES256_GCM_HKDF_4KB`.
    pub const SMALL: Layout = Layout::new(12, 2);
    /// The same with segments of 512 KiB, for which Tink has no template: the longest power of two that Chromium has
    /// memory at hand for. With a megabyte each segment costs new pages, which is several times what the cipher does.
    pub const USUAL: Layout = Layout::new(19, 3);

    const fn new(bits: u8, suite: u8) -> Layout {
        Layout {
            segment: 1 << bits,
            suite,
        }
    }

    /// That of a suite.
    pub fn of_suite(suite: u8) -> Option<Layout> {
        match suite {
            1 => Some(Layout::LARGE),
            2 => Some(Layout::SMALL),
            3 => Some(Layout::USUAL),
            _ => None,
        }
    }

    /// The suite that has it; zero for one that no file has.
    pub const fn suite(self) -> u8 {
        self.suite
    }

    /// Segments so short that every case can be tried.
    #[cfg(test)]
    pub(super) const fn of(segment: u64) -> Layout {
        Layout { segment, suite: 0 }
    }

    /// How long a segment is when sealed; the last one may be shorter.
    pub const fn segment(self) -> u64 {
        self.segment
    }

    /// How much of the file a segment holds.
    pub const fn capacity(self, index: u64) -> u64 {
        if index == 0 {
            self.segment - TAG_BYTES - START_BYTES
        } else {
            self.segment - TAG_BYTES
        }
    }

    /// The capacity of every segment but the first one. It is never zero, which the compiler cannot know.
    fn step(self) -> u64 {
        self.capacity(1).max(1)
    }

    /// How many segments hold a file of this length. An empty file has one; no other has an empty one.
    pub fn count(self, plain: u64) -> u64 {
        match plain.checked_sub(self.capacity(0)) {
            None | Some(0) => 1,
            Some(rest) => 1 + rest.div_ceil(self.step()),
        }
    }

    /// How long a file of this length is when sealed, with its header; `None` beyond what the format holds.
    pub fn sealed(self, plain: u64) -> Option<u64> {
        let count = self.count(plain);
        (count <= MOST).then(|| START_BYTES + plain + TAG_BYTES * count)
    }

    /// How long a sealed file is when open; `None` if none is sealed to this length.
    pub fn plain(self, sealed: u64) -> Option<u64> {
        let tags = sealed.div_ceil(self.segment.max(1)).checked_mul(TAG_BYTES)?;
        let plain = sealed.checked_sub(START_BYTES + tags)?;
        (self.sealed(plain) == Some(sealed)).then_some(plain)
    }

    /// Where in the open file a segment starts.
    pub(super) const fn offset(self, index: u64) -> u64 {
        match index.checked_sub(1) {
            None => 0,
            Some(before) => self.capacity(0) + before * self.capacity(1),
        }
    }

    /// The segment that holds a byte of the open file.
    pub(super) fn at(self, byte: u64) -> u64 {
        match byte.checked_sub(self.capacity(0)) {
            None => 0,
            Some(rest) => 1 + rest / self.step(),
        }
    }
}
