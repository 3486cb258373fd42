//! What is sent.

use alloc::string::{String, ToString as _};

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
