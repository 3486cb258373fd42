//! Opening a file anywhere, sealing it in any order, and sealing it again.

use std::vec::Vec;

use proptest::prelude::*;

use super::world::{BOUND, TINY, key, plain, seal, start};
use crate::vault::{Access, Engine as _, Fault, Gcm, Journal, Plan};

fn engine() -> Gcm {
    Gcm::new(&start(2).key(&key(1), BOUND))
}

fn at(range: &core::ops::Range<u64>) -> core::ops::Range<usize> {
    range.start as usize..range.end as usize
}

fn plan(plain: u64) -> Plan {
    Plan::to_seal(TINY, start(2).prefix, plain).expect("a plan")
}

proptest! {
    /// Of any part, the segments that hold it are named, and opened they hold it.
    #[test]
    fn any_part(length in 0_u64..400, from in 0_u64..400, count in 0_u64..400) {
        let part = from..from + count;
        let plan = plan(length);
        let text = plain(length);
        let sealed = seal(TINY, &text);
        let Some(span) = plan.holding(&part) else {
            prop_assert!(part.end > length);
            return Ok(());
        };
        prop_assert!(part.end <= length);
        let mut access = Access::of_known_length(engine(), plan);
        let mut opened = Vec::new();
        let mut read = 0;
        for index in span.segments {
            let segment = plan.segment(index).expect("a segment");
            prop_assert!(span.sealed.start <= segment.sealed.start && segment.sealed.end <= span.sealed.end);
            read += segment.sealed.end - segment.sealed.start;
            let bytes = sealed[at(&segment.sealed)].to_vec();
            let bytes = access.segment(index, bytes).expect("open");
            prop_assert_eq!(&bytes, &text[at(&segment.plain)]);
            opened.extend(bytes);
        }
        // Nothing is read that is not needed.
        prop_assert_eq!(read, span.sealed.end - span.sealed.start);
        let skip = span.skip as usize;
        prop_assert_eq!(&opened[skip..skip + count as usize], &text[at(&part)]);
        prop_assert!(span.skip == 0 || span.skip < TINY.capacity(1));
    }

    /// Segments that are sealed one by one, the last one first, are those of the stream.
    #[test]
    fn any_order(length in 0_u64..400) {
        let (plan, text) = (plan(length), plain(length));
        let mut out = std::vec![0; plan.sealed() as usize];
        out[..40].copy_from_slice(&start(2).write());
        for index in (0..plan.count()).rev() {
            let segment = plan.segment(index).expect("a segment");
            let mut bytes = text[at(&segment.plain)].to_vec();
            engine().seal(&segment.nonce, &mut bytes).expect("sealed");
            out[at(&segment.sealed)].copy_from_slice(&bytes);
        }
        prop_assert!(plan.segment(plan.count()).is_none());
        prop_assert_eq!(out, seal(TINY, &text));
    }
}

/// A stream that was cut where a segment ends, and whose length is that of the cut: nothing of it is handed out.
#[test]
fn a_length_that_nobody_vouches_for_is_proved_first() {
    let text = plain(86);
    let sealed = seal(TINY, &text);
    for cut in [64, 128] {
        let plan = Plan::of_sealed(TINY, start(2).prefix, cut).expect("a length");
        let mut access = Access::new(engine(), plan);
        let last = access.plan().count() - 1;
        for index in [0, last, 0] {
            let segment = plan.segment(index).expect("a segment");
            let opened = access.segment(index, sealed[at(&segment.sealed)].to_vec());
            assert_eq!(opened, Err(if index == last { Fault::Closed } else { Fault::Order }));
        }
    }
    let plan = Plan::of_sealed(TINY, start(2).prefix, sealed.len() as u64).expect("a length");
    let mut access = Access::new(engine(), plan);
    let bytes = |index: u64| sealed[at(&plan.segment(index).expect("a segment").sealed)].to_vec();
    assert_eq!(access.segment(1, bytes(1)), Err(Fault::Order));
    assert_eq!(access.segment(2, bytes(2)).as_deref(), Ok(&text[56..]));
    assert_eq!(access.segment(1, bytes(1)).as_deref(), Ok(&text[8..56]));
    assert_eq!(access.segment(0, bytes(1)), Err(Fault::Length));
    assert_eq!(access.segment(1, bytes(2)), Err(Fault::Length));
    assert_eq!(access.segment(3, bytes(2)), Err(Fault::Order));
    let mut changed = bytes(1);
    changed[0] ^= 1;
    assert_eq!(access.segment(1, changed), Err(Fault::Closed));
}

fn segments(text: &[u8]) -> Vec<Vec<u8>> {
    let plan = plan(text.len() as u64);
    let sealed = seal(TINY, text);
    let all = (0..plan.count()).filter_map(|index| plan.segment(index));
    all.map(|it| sealed[at(&it.sealed)].to_vec()).collect()
}

/// Whatever changed in a file between two tries, no byte of a segment that differs is released.
#[test]
fn a_changed_file_is_not_sent_on() {
    let text = plain(86);
    let whole = plan(86);
    let first = segments(&text);
    let mut journal = Journal::new(whole);
    assert_eq!(journal.admit(1, &first[1]), Err(Fault::Order));
    assert_eq!(journal.admit(0, &first[0]), Ok(true));
    assert_eq!(journal.admit(1, &first[1]), Ok(true));
    let kept = journal.tags().concat();
    let read = || Journal::read(whole, &whole, &kept).expect("a journal");

    let mut same = read();
    assert_eq!(same, journal);
    assert_eq!(
        first
            .iter()
            .zip(0..)
            .map(|(it, index)| same.admit(index, it))
            .collect::<Vec<_>>(),
        [Ok(false), Ok(false), Ok(true)],
    );
    for byte in 0..86 {
        let mut changed = text.clone();
        changed[byte] ^= 1;
        let mut journal = read();
        let admitted: Vec<_> = segments(&changed)
            .iter()
            .zip(0..)
            .map(|(it, index)| journal.admit(index, it))
            .collect();
        let (first, second) = (byte < 8, (8..56).contains(&byte));
        assert_eq!(admitted[0], if first { Err(Fault::Changed) } else { Ok(false) });
        assert_eq!(admitted[1], if second { Err(Fault::Changed) } else { Ok(false) });
    }
    // Another length, and a journal that is not one of this file.
    assert_eq!(Journal::read(plan(85), &whole, &kept), Err(Fault::Changed));
    assert_eq!(Journal::read(whole, &whole, &kept[1..]), Err(Fault::Changed));
    assert_eq!(
        Journal::read(whole, &whole, &[kept.clone(), kept.clone()].concat()),
        Err(Fault::Changed)
    );
    assert_eq!(read().admit(0, &first[0][1..]), Err(Fault::Changed));
    assert_eq!(read().admit(3, &first[0]), Err(Fault::Order));
}
