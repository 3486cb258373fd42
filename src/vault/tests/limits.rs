//! Where the format ends.

use std::vec::Vec;

use proptest::prelude::*;

use super::world::{BOUND, TINY, key, plain, start};
use crate::vault::{Engine as _, Fault, Gcm, Layout, Opener, Plan, Sealer, nonce};

const SEALED: u64 = (1 << 31) - 1;
const OPENED: u64 = 1 << 32;

/// How long a file of so many full segments is.
fn full(layout: Layout, count: u64) -> u64 {
    layout.capacity(0) + (count - 1) * layout.capacity(1)
}

#[test]
fn lengths() {
    for layout in [Layout::LARGE, Layout::SMALL, Layout::USUAL] {
        let prefix = start(2).prefix;
        let most = full(layout, SEALED);
        let plan = Plan::to_seal(layout, prefix, most).expect("a plan");
        assert_eq!(plan.count(), SEALED);
        assert_eq!(Plan::to_seal(layout, prefix, most + 1), Err(Fault::Limit));
        let most = full(layout, OPENED);
        let plan = Plan::to_open(layout, prefix, most).expect("a plan");
        assert_eq!((plan.count(), plan.sealed()), (OPENED, OPENED * layout.segment()));
        assert_eq!(Plan::of_sealed(layout, prefix, plan.sealed()), Ok(plan));
        let last = plan.segment(OPENED - 1).expect("a segment");
        assert!(last.last && last.plain.end == most && last.sealed.end == plan.sealed());
        assert_eq!(last.nonce[7..], [255, 255, 255, 255, 1]);
        assert_eq!(plan.segment(OPENED), None);
        assert_eq!(plan.segment(u64::MAX), None);
        for more in [1, 17, u64::MAX - plan.sealed()] {
            assert_eq!(Plan::to_open(layout, prefix, most + more), Err(Fault::Length));
            assert_eq!(layout.sealed(most + more), None);
            assert_eq!(Plan::of_sealed(layout, prefix, plan.sealed() + more), Err(Fault::Length));
        }
        for length in (0..56).chain([layout.segment() + 1, layout.segment() + 16]) {
            assert_eq!(layout.plain(length), None, "{length}");
        }
        assert_eq!(layout.plain(layout.segment() + 17), Some(layout.capacity(0) + 1));
    }
}

#[test]
fn no_more_is_sealed_than_readers_count() {
    let mut out = Vec::new();
    let mut sealer = Sealer::new(Gcm::new(&key(1)), TINY, start(2), &mut out);
    sealer.skip_to(SEALED - 2);
    out.clear();
    // Two segments have room, the second of which is the last.
    sealer.push(&plain(96), &mut out).expect("sealed");
    sealer.finish(&mut out).expect("sealed");
    assert_eq!(out.len(), 128);
    let mut sealer = Sealer::new(Gcm::new(&key(1)), TINY, start(2), &mut out);
    sealer.skip_to(SEALED - 2);
    out.clear();
    assert_eq!(sealer.push(&plain(97), &mut out), Err(Fault::Limit));
    assert_eq!(out.len(), 64);
    assert_eq!(sealer.push(&plain(97), &mut out), Err(Fault::Limit));
    assert_eq!(sealer.finish(&mut out), Err(Fault::Order));
    assert_eq!(out.len(), 64);
}

#[test]
fn the_last_number_is_that_of_a_last_segment() {
    let engine = Gcm::new(&start(2).key(&key(1), BOUND));
    let prefix = start(2).prefix;
    for last in [true, false] {
        let mut segment = plain(48);
        engine.seal(&nonce(&prefix, u32::MAX, last), &mut segment).expect("sealed");
        let mut opener = Opener::new(engine.clone(), TINY, prefix);
        opener.skip_to(OPENED - 1);
        let mut out = Vec::new();
        if last {
            opener.push(&segment, &mut out).expect("a segment");
            assert_eq!(opener.finish(&mut out), Ok(()));
            assert_eq!(out, plain(48));
        } else {
            segment.push(0);
            assert_eq!(opener.push(&segment, &mut out), Err(Fault::Closed));
            assert!(out.is_empty());
        }
    }
}

proptest! {
    /// Lengths lead to each other, and no two files are sealed to the same length.
    #[test]
    fn lengths_lead_to_each_other(length in 0_u64..1 << 43) {
        for layout in [Layout::LARGE, Layout::SMALL, Layout::USUAL] {
            let sealed = layout.sealed(length).expect("a length");
            prop_assert_eq!(layout.plain(sealed), Some(length));
            let plan = Plan::to_open(layout, [0; 7], length).expect("a plan");
            let last = plan.segment(plan.count() - 1).expect("a segment");
            prop_assert_eq!((last.plain.end, last.sealed.end), (length, sealed));
            prop_assert!(last.last && (length == 0 || !last.plain.is_empty()));
        }
    }

    /// What is no such length leads nowhere.
    #[test]
    fn lengths_that_are_none(sealed: u64) {
        for layout in [Layout::LARGE, Layout::SMALL, Layout::USUAL] {
            if let Some(plain) = layout.plain(sealed) {
                prop_assert_eq!(layout.sealed(plain), Some(sealed));
            }
        }
    }
}
