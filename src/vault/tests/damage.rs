//! Whatever is done to a sealed stream: it does not open, and what was handed out before was in the file.

use std::vec::Vec;

use proptest::prelude::*;

use super::world::{BOUND, TINY, key, open, open_in, plain, seal, seal_in, start};
use crate::vault::{Fault, Gcm, Layout, Opener, Start};

/// Three segments, the last one shorter: 8, 48 and 30 bytes.
fn three() -> (Vec<u8>, Vec<u8>) {
    let text = plain(86);
    let sealed = seal(TINY, &text);
    assert_eq!(sealed.len(), 40 + 86 + 3 * 16);
    assert_eq!(open(TINY, &sealed), (text.clone(), Ok(())));
    (text, sealed)
}

/// Where they are.
const SEGMENTS: [core::ops::Range<usize>; 3] = [40..64, 64..128, 128..174];

fn closed(text: &[u8], sealed: &[u8], what: &str) {
    for pieces in [1, 1000] {
        let (opened, end) = open_in(pieces, TINY, &key(1), BOUND, sealed);
        let fault = end.expect_err(what);
        assert!(text.starts_with(&opened), "{what}");
        // Of the end nothing is seen: it is the last to be authenticated.
        assert!(opened.len() < text.len(), "{what}");
        assert_eq!(std::format!("{fault}"), "the file cannot be opened", "{what}");
    }
}

#[test]
fn every_bit() {
    let (text, sealed) = three();
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        closed(&text, &changed, &std::format!("bit {bit}"));
    }
}

/// The same with the segments that are in use, where a bit of each byte is turned in part of the file.
#[test]
fn bits_of_longer_segments() {
    let text = plain(2 * 4096);
    let sealed = seal(Layout::SMALL, &text);
    for at in (0..sealed.len()).step_by(97) {
        let mut changed = sealed.clone();
        changed[at] ^= 1 << (at % 8);
        let (opened, end) = open(Layout::SMALL, &changed);
        assert!(end.is_err() && text.starts_with(&opened), "byte {at}");
    }
}

#[test]
fn every_length() {
    let (text, sealed) = three();
    for length in 0..sealed.len() {
        closed(&text, &sealed[..length], &std::format!("cut to {length}"));
    }
    let mut longer = sealed;
    for _ in 0..200 {
        longer.push(0);
        let (opened, end) = open(TINY, &longer);
        assert!(end.is_err() && text.starts_with(&opened), "{} bytes", longer.len());
    }
}

/// Every order of up to five of the segments, with any of them more than once or not at all.
#[test]
fn every_order_of_segments() {
    let (text, sealed) = three();
    let mut orders: Vec<Vec<usize>> = Vec::from([Vec::new()]);
    let mut tried = 0;
    while let Some(order) = orders.pop() {
        if order.len() < 5 {
            orders.extend((0..3).map(|it| [&order[..], &[it]].concat()));
        }
        let mut changed = sealed[..40].to_vec();
        for index in &order {
            changed.extend_from_slice(&sealed[SEGMENTS[*index].clone()]);
        }
        let (opened, end) = open(TINY, &changed);
        let unchanged = order == [0, 1, 2];
        assert_eq!(end.is_ok(), unchanged, "{order:?}");
        assert!(text.starts_with(&opened), "{order:?}");
        tried += 1;
    }
    assert_eq!(tried, 364);
}

/// Segments of two files under the same key, and of one file sealed twice.
#[test]
fn segments_of_other_streams() {
    let text = plain(86);
    let one = seal(TINY, &text);
    let others = [
        ("start", seal_in(9, TINY, &key(1), start(3), BOUND, &text)),
        ("key", seal_in(9, TINY, &key(2), start(2), BOUND, &text)),
        ("associated data", seal_in(9, TINY, &key(1), start(2), b"bound to that", &text)),
    ];
    for (what, other) in others {
        let headed = [&other[..40], &one[40..]].concat();
        if headed != one {
            closed(&text, &headed, what);
        }
        for range in SEGMENTS {
            let mut mixed = one.clone();
            mixed[range.clone()].copy_from_slice(&other[range]);
            closed(&text, &mixed, what);
        }
    }
}

/// After a fault nothing more is opened, whatever comes.
#[test]
fn nothing_follows_a_fault() {
    let (_, sealed) = three();
    let mut changed = sealed.clone();
    changed[50] ^= 1;
    let header = sealed.first_chunk().expect("a header");
    let start = Start::read(header).expect("a start");
    let engine = Gcm::new(&start.key(&key(1), BOUND));
    let mut opener = Opener::new(engine, TINY, start.prefix);
    let mut out = Vec::new();
    assert_eq!(opener.push(&changed[40..], &mut out), Err(Fault::Closed));
    assert_eq!(opener.push(&sealed[40..], &mut out), Err(Fault::Closed));
    assert_eq!(opener.finish(&mut out), Err(Fault::Closed));
    assert!(out.is_empty());
}

proptest! {
    /// Whatever the length and the pieces: it is sealed as planned, and opens to what it was.
    #[test]
    fn opens_to_what_it_was(length in 0_u64..400, pieces in 1_usize..130, back in 1_usize..200) {
        let text = plain(length);
        let sealed = seal_in(pieces, TINY, &key(1), start(2), BOUND, &text);
        prop_assert_eq!(Some(sealed.len() as u64), TINY.sealed(length));
        prop_assert_eq!(TINY.plain(sealed.len() as u64), Some(length));
        prop_assert_eq!(&sealed, &seal(TINY, &text));
        prop_assert_eq!(open_in(back, TINY, &key(1), BOUND, &sealed), (text, Ok(())));
    }

    /// Whatever bytes: nothing of them is a file.
    #[test]
    fn bytes_are_no_stream(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), header: bool) {
        if header && let Some(first) = bytes.first_mut() {
            *first = 40;
        }
        let (opened, end) = open(TINY, &bytes);
        prop_assert!(end.is_err() && opened.is_empty());
    }
}

/// Every length near where a segment ends, of the segments that are in use.
#[test]
fn lengths_near_boundaries() {
    for layout in [TINY, Layout::SMALL] {
        for ends in 0..4 {
            let boundary = layout.capacity(0) + ends * layout.capacity(1);
            for length in boundary.saturating_sub(3)..=boundary + 3 {
                let text = plain(length);
                let sealed = seal(layout, &text);
                assert_eq!(Some(sealed.len() as u64), layout.sealed(length));
                assert_eq!(open(layout, &sealed), (text, Ok(())), "{length}");
            }
        }
    }
}
