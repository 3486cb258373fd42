//! The outbox, and what is known of a log, by themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::vec::Vec;

use proptest::prelude::*;

use super::{Change, Last, MOST_BYTES, MOST_EVENTS, Outbox, Outcome, Step, batch, lines};
use crate::ledger::{Hash, Id, Log, Tile, Tiles, leaf, text};

fn id(seq: u64) -> Id {
    Id::of(seq << 16, &[seq.to_le_bytes()[0]; 32])
}

fn filled(lengths: &[usize]) -> Outbox {
    let mut outbox = Outbox::default();
    for (at, length) in (1..).zip(lengths) {
        outbox.add(at, id(at), *length);
    }
    outbox
}

#[test]
fn sends_in_order_and_in_bounds() {
    let Step::Send(ids) = filled(&[700; 100]).next(0) else {
        panic!("something to send")
    };
    assert_eq!(ids, (1..=64).map(id).collect::<Vec<_>>());
    let Step::Send(ids) = filled(&[16_000; 10]).next(0) else {
        panic!("something to send")
    };
    assert_eq!(ids.len(), 3);
    assert_eq!(Outbox::default().next(0), Step::Idle);
}

#[test]
fn only_what_was_answered_leaves() {
    let mut outbox = filled(&[700; 4]);
    let changes = outbox.answered(
        &[(id(2), Outcome::Kept), (id(9), Outcome::Kept), (id(1), Outcome::Rejected)],
        0,
        0,
    );
    assert_eq!(changes, [Change::Done(id(2)), Change::Dead(id(1))]);
    assert_eq!(outbox.next(0), Step::Send([id(3), id(4)].into()));
    // A gap is no reason to give up an event, nor to ask without a pause.
    assert_eq!(outbox.answered(&[(id(3), Outcome::Gap)], 0, 0), [Change::Again(id(3))]);
    assert!(matches!(outbox.next(0), Step::Wait(_)));
    assert_eq!(outbox.len(), 2);
}

#[test]
fn pauses_grow_and_end() {
    let mut outbox = filled(&[700]);
    let mut longest = 0;
    for _ in 0..40 {
        outbox.failed(1_000, u64::MAX, None);
        let Step::Wait(until) = outbox.next(1_000) else {
            panic!("a pause")
        };
        longest = longest.max(until - 1_000);
        assert!((500..=300_000).contains(&(until - 1_000)));
    }
    assert!(longest > 100_000);
    outbox.failed(1_000, 0, Some(60_000));
    assert_eq!(outbox.next(1_000), Step::Wait(61_000));
    // A server may ask for more than it takes by itself, and not for ever.
    outbox.failed(1_000, 0, Some(1_800_000));
    assert_eq!(outbox.next(1_000), Step::Wait(1_801_000));
    outbox.failed(1_000, 0, Some(u64::MAX));
    assert_eq!(outbox.next(1_000), Step::Wait(3_601_000));
    outbox.failed(1_000, 0, Some(60_000));
    // A clock that was set back for years does not stop it for years.
    assert!(matches!(outbox.next(0), Step::Wait(61_000)));
    let mut late = filled(&[700]);
    late.failed(1_000_000_000, 0, None);
    assert!(matches!(late.next(5), Step::Send(_)));
    outbox.hurry();
    assert!(matches!(outbox.next(1_000), Step::Send(_)));
}

#[test]
fn batches_come_apart_as_they_were_put_together() {
    let whole = batch(["{\"a\":1}", "{\"b\":2}"]);
    assert_eq!(
        lines(&whole).map(Iterator::collect::<Vec<_>>),
        Some(["{\"a\":1}", "{\"b\":2}"].into())
    );
    assert!(lines(&"x\n".repeat(MOST_EVENTS + 1)).is_none());
    assert!(lines(&"x".repeat(MOST_BYTES + 1)).is_none());
    assert_eq!(lines("").map(Iterator::count), Some(0));
}

proptest! {
    /// Whatever a server says, an event leaves only when it was said to be kept or refused, and the rest is
    /// sent again.
    #[test]
    fn nothing_is_lost(
        lengths in prop::collection::vec(100_usize..16_000, 1..200),
        said in prop::collection::vec((0_u64..220, 0_u8..4), 0..400),
        now in any::<u32>(),
    ) {
        let mut outbox = filled(&lengths);
        let mut left: BTreeSet<u64> = (1..=lengths.len() as u64).collect();
        for some in said.chunks(9) {
            let outcomes: Vec<_> = some.iter().filter(|(_, what)| *what < 3).map(|(seq, what)| {
                (id(*seq), [Outcome::Kept, Outcome::Rejected, Outcome::Gap][usize::from(*what)])
            }).collect();
            for change in outbox.answered(&outcomes, now.into(), 7) {
                if let Change::Done(gone) | Change::Dead(gone) = change {
                    let seq = left.iter().copied().find(|it| id(*it) == gone);
                    prop_assert!(seq.is_some_and(|it| left.remove(&it)));
                }
            }
            prop_assert_eq!(outbox.len(), left.len());
            outbox.hurry();
            match outbox.next(now.into()) {
                Step::Send(ids) => prop_assert_eq!(ids.first().copied(), left.first().map(|it| id(*it))),
                step => prop_assert!(left.is_empty() && step == Step::Idle),
            }
        }
    }
}

#[derive(Default)]
struct Full(BTreeMap<(u32, u64), Tile>);

impl Tiles for Full {
    fn tile(&mut self, level: u32, at: u64) -> Option<Tile> {
        self.0.get(&(level, at)).cloned()
    }
}

fn grown(leaves: &[Hash]) -> (Log, Full) {
    let (mut log, mut full) = (Log::default(), Full::default());
    for leaf in leaves {
        log.push(*leaf, |level, at, tile| {
            full.0.insert((level, at), tile);
        });
    }
    (log, full)
}

/// Of what both have they say the same; of what a log has lost it says so once it has grown again, and nothing before.
#[test]
fn a_log_that_was_set_up_again_is_another() {
    let (copy, end) = (300, 600);
    let again: Vec<Hash> = (0..end).map(|at| leaf(&[if at < copy { 1 } else { 2 }; 32], at, at)).collect();
    let (log, mut kept) = grown(&again);
    let (short, mut few) = grown(&again[..310]);
    for at in 0..end {
        let last = Last::read(&format!("{at}.{at}.{}", text(&[1; 32]))).expect("an event's place");
        assert_eq!(last.fits(&log, &mut kept), Some(at < copy), "{at}");
        assert_eq!(last.fits(&short, &mut few), Some(at < copy || at >= 310), "{at}");
    }
    let last = Last::read(&format!("7.7.{}", text(&[1; 32]))).expect("an event's place");
    assert_eq!(last.fits(&log, &mut Full::default()), None);
    for bad in ["", "7", "7.7", "7.7.x", "7.-1.", "7.7.AAAA"] {
        assert_eq!(Last::read(bad), None, "{bad}");
    }
}
