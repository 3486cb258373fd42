//! Files and streams to try things with.

use std::vec::Vec;

use crate::vault::{Fault, Gcm, Key, Layout, Opener, START, Sealer, Start};

/// Segments that hold 8 bytes, the first one, and 48.
pub(crate) const TINY: Layout = Layout::of(64);
/// What streams are bound to.
pub(crate) const BOUND: &[u8] = b"bound to this";

/// A file.
pub(crate) fn plain(length: u64) -> Vec<u8> {
    (0..length).map(|it| (7 * it + (it >> 8)) as u8).collect()
}

/// Bytes out of hexadecimal digits.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digit = |it: &u8| char::from(*it).to_digit(16).expect("a digit") as u8;
    text.as_bytes().chunks(2).map(|it| digit(&it[0]) << 4 | digit(&it[1])).collect()
}

/// A key.
pub(crate) fn key(byte: u8) -> Key {
    Key::from([byte; 32])
}

/// A start.
pub(crate) fn start(byte: u8) -> Start {
    Start::new(&mut |to| to.fill(byte))
}

/// Seals a file in pieces of some length.
pub(crate) fn seal_in(
    pieces: usize,
    layout: Layout,
    key: &Key,
    start: Start,
    associated: &[u8],
    plain: &[u8],
) -> Vec<u8> {
    let mut out = Vec::new();
    let engine = Gcm::new(&start.key(key, associated));
    let mut sealer = Sealer::new(engine, layout, start, &mut out);
    for piece in plain.chunks(pieces) {
        sealer.push(piece, &mut out).expect("sealed");
    }
    sealer.finish(&mut out).expect("sealed");
    out
}

/// Seals a file.
pub(crate) fn seal(layout: Layout, plain: &[u8]) -> Vec<u8> {
    seal_in(1 << 20, layout, &key(1), start(2), BOUND, plain)
}

/// Opens a stream in pieces of some length: what was handed out, and how it ended.
pub(crate) fn open_in(
    pieces: usize,
    layout: Layout,
    key: &Key,
    associated: &[u8],
    sealed: &[u8],
) -> (Vec<u8>, Result<(), Fault>) {
    let mut out = Vec::new();
    let mut go = || {
        let (header, body) = sealed.split_first_chunk::<START>().ok_or(Fault::Length)?;
        let start = Start::read(header)?;
        let engine = Gcm::new(&start.key(key, associated));
        let mut opener = Opener::new(engine, layout, start.prefix);
        for piece in body.chunks(pieces) {
            opener.push(piece, &mut out)?;
        }
        opener.finish(&mut out)
    };
    let end = go();
    (out, end)
}

/// Opens a stream.
pub(crate) fn open(layout: Layout, sealed: &[u8]) -> (Vec<u8>, Result<(), Fault>) {
    open_in(1 << 20, layout, &key(1), BOUND, sealed)
}
