//! What a file of a known length is sealed to, segment by segment: all that is needed to drive a cipher from outside,
//! in any order and in several workers.

use core::ops::Range;

use super::Fault;
use super::layout::{Layout, MOST, MOST_SEALED};
use super::stream::{NONCE, PREFIX, START, nonce};

/// One segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its place.
    pub index: u64,
    /// Whether the file ends with it.
    pub last: bool,
    /// What it holds of the open file.
    pub plain: Range<u64>,
    /// Where it is in the sealed file, which begins with the header.
    pub sealed: Range<u64>,
    /// Its nonce. No two contents are ever sealed under the same one.
    pub nonce: [u8; NONCE],
}

/// What has to be read to have a part of the open file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// These segments.
    pub segments: Range<u64>,
    /// They are here in the sealed file.
    pub sealed: Range<u64>,
    /// So much of what they hold comes before the part.
    pub skip: u64,
}

/// The segments of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    layout: Layout,
    prefix: [u8; PREFIX],
    plain: u64,
}

impl Plan {
    /// For a file of this length that is to be sealed.
    pub fn to_seal(layout: Layout, prefix: [u8; PREFIX], plain: u64) -> Result<Plan, Fault> {
        Plan::of_most(MOST_SEALED, layout, prefix, plain).ok_or(Fault::Limit)
    }

    /// For a file that has this length when open.
    pub fn to_open(layout: Layout, prefix: [u8; PREFIX], plain: u64) -> Result<Plan, Fault> {
        Plan::of_most(MOST, layout, prefix, plain).ok_or(Fault::Length)
    }

    /// If it has no more segments than this.
    fn of_most(most: u64, layout: Layout, prefix: [u8; PREFIX], plain: u64) -> Option<Plan> {
        let plan = Plan {
            layout,
            prefix,
            plain,
        };
        (plan.count() <= most).then_some(plan)
    }

    /// For a sealed file of this length.
    pub fn of_sealed(layout: Layout, prefix: [u8; PREFIX], sealed: u64) -> Result<Plan, Fault> {
        Plan::to_open(layout, prefix, layout.plain(sealed).ok_or(Fault::Length)?)
    }

    /// How long the file is when open.
    pub const fn plain(&self) -> u64 {
        self.plain
    }

    /// How long the file is when sealed.
    pub fn sealed(&self) -> u64 {
        self.layout.sealed(self.plain).unwrap_or(u64::MAX)
    }

    /// How many segments there are.
    pub fn count(&self) -> u64 {
        self.layout.count(self.plain)
    }

    /// A segment; `None` after the last one.
    pub fn segment(&self, index: u64) -> Option<Segment> {
        let last = index.checked_add(1)? == self.count();
        if index >= self.count() {
            return None;
        }
        let end = if last { self.plain } else { self.layout.offset(index + 1) };
        let start = if index == 0 { START as u64 } else { index * self.layout.segment() };
        Some(Segment {
            index,
            last,
            plain: self.layout.offset(index)..end,
            sealed: start..if last { self.sealed() } else { (index + 1) * self.layout.segment() },
            nonce: nonce(&self.prefix, u32::try_from(index).ok()?, last),
        })
    }

    /// What has to be read for a part of the open file; `None` if it ends after the file, or before it starts.
    pub fn holding(&self, part: &Range<u64>) -> Option<Span> {
        if part.end > self.plain || part.start > part.end {
            return None;
        }
        let first = self.segment(self.layout.at(part.start).min(self.count() - 1))?;
        if part.is_empty() {
            return Some(Span {
                segments: first.index..first.index,
                sealed: first.sealed.start..first.sealed.start,
                skip: 0,
            });
        }
        let last = self.segment(self.layout.at(part.end - 1))?;
        Some(Span {
            segments: first.index..last.index + 1,
            sealed: first.sealed.start..last.sealed.end,
            skip: part.start - first.plain.start,
        })
    }
}
