//! What is sent.

use alloc::string::{String, ToString as _};

use crate::ledger::{Hash, Log, Tiles, bytes, leaf};

/// As many events travel together.
pub const MOST_EVENTS: usize = 64;
/// As many bytes. Browsers keep up to 64 KiB on its way when a page goes (Fetch standard, `keepalive`).
pub const MOST_BYTES: usize = 60 * 1024;
/// How far the clocks of a reader and a server may be apart, in seconds.
const APART: u64 = 300;

/// A batch: events as canonical JSON, a line each. It travels as `text/plain`, for which a browser
/// asks no other site's server for permission first.
pub fn batch<'a>(events: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for event in events {
        out.push_str(event);
        out.push('\n');
    }
    out
}

/// The events of a batch, as they were sent; `None` if there are too many or too much.
pub fn lines(batch: &str) -> Option<impl Iterator<Item = &str>> {
    let lines = || batch.split('\n').filter(|line| !line.is_empty());
    (batch.len() <= MOST_BYTES && lines().count() <= MOST_EVENTS).then(lines)
}

/// What a subject signs to ask for what is its own: the method, the path with its query, and the time in
/// seconds since 1970. An event begins with a brace, so that neither signature can pass for the other.
pub fn asking(method: &str, path: &str, at: u64) -> String {
    let mut out = String::from("mixus-privacy\n");
    for part in [method, path, &at.to_string()] {
        out.push_str(part);
        out.push('\n');
    }
    out
}

/// Whether a question that was signed at one time may still be answered at another.
pub fn is_fresh(at: u64, now: u64) -> bool {
    at.abs_diff(now) <= APART
}

/// The last event of a log that whoever asks it something knows: `<place>.<taken>.<hash>`, the time in seconds since 1970.
/// A log that was set up again from a copy has something else in that place, and must not be told what was seen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    index: u64,
    taken: u64,
    hash: Hash,
}

impl Last {
    /// Reads one.
    pub fn read(text: &str) -> Option<Last> {
        let mut parts = text.split('.');
        let last = Last {
            index: parts.next()?.parse().ok()?,
            taken: parts.next()?.parse().ok()?,
            hash: bytes(parts.next()?)?,
        };
        parts.next().is_none().then_some(last)
    }

    /// Whether a log can be the one that it is of: `None` if a tile is missing. Of places that it does not have yet, a log says
    /// nothing: processes side by side may lag.
    pub fn fits<T: Tiles + ?Sized>(&self, log: &Log, tiles: &mut T) -> Option<bool> {
        if self.index >= log.size() {
            return Some(true);
        }
        Some(log.leaf(self.index, tiles)? == leaf(&self.hash, self.index, self.taken))
    }
}
