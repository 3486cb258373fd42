//! Everything that three devices of an account can do about two purposes, up to a number of events: who decides what, who
//! had heard of what by then, and in which order it reached the log.
//!
//! `cargo xtask faults fold` goes up to six events, which takes a while; the usual size takes a moment.

use std::string::String;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::vec;
use std::vec::Vec;

use super::world::{event, standing};
use crate::ledger::{Choices, Entry, Event, Hash, NOTHING};

/// What can be said.
const SAID: [(&str, char, bool); 4] = [
    ("{\"a\":1}", 'a', true),
    ("{\"a\":0}", 'a', false),
    ("{\"b\":1}", 'b', true),
    ("{\"b\":0}", 'b', false),
];
/// A clock that goes wild must not be heard: by ten years, and both ways.
const SKEWS: [i64; 3] = [315_360_000, -315_360_000, 0];

/// One device decides. It may have taken in the log just before, and send all that it has just after.
#[derive(Clone, Copy, Debug)]
struct Move {
    device: usize,
    said: usize,
    pull: bool,
    push: bool,
}

#[derive(Clone, Debug)]
struct Device {
    seq: u64,
    prev: Hash,
    /// How much of the log it has taken in.
    seen: u64,
    /// What it has not sent.
    waiting: Vec<usize>,
    /// What lies on its table, a bit for each event.
    table: u32,
}

/// A history as it is played.
#[derive(Clone, Debug)]
struct Play {
    moves: Vec<Move>,
    entries: Vec<Entry<'static>>,
    /// What was on the device's table when it decided each.
    tables: Vec<u32>,
    log: Vec<usize>,
    devices: [Device; 3],
}

impl Play {
    fn new() -> Play {
        let device = Device {
            seq: 0,
            prev: NOTHING,
            seen: 0,
            waiting: Vec::new(),
            table: 0,
        };
        Play {
            moves: Vec::new(),
            entries: Vec::new(),
            tables: Vec::new(),
            log: Vec::new(),
            devices: [device.clone(), device.clone(), device],
        }
    }

    fn push(&mut self, device: usize) {
        for at in self.devices[device].waiting.drain(..) {
            self.entries[at].index = Some(self.log.len() as u64);
            self.log.push(at);
        }
    }

    fn make(&mut self, made: Move) {
        let at = self.entries.len();
        let device = &mut self.devices[made.device];
        if made.pull {
            device.seen = self.log.len() as u64;
            device.table |= self.log.iter().fold(0, |bits, at| bits | 1 << at);
        }
        let time = 1_764_000_000_i64 + at as i64 + SKEWS[made.device];
        device.seq += 1;
        let event = Event {
            acct: "account",
            at: time as u64,
            exp: time as u64 + 9_000_000,
            hlc: (time as u64 * 1000) << 16,
            grant: Choices(SAID[made.said].0),
            prev: device.prev,
            seen: device.seen,
            seq: device.seq,
            ..event(made.device as u8)
        };
        // A hash stands for an event, as long as no two have the same.
        let mut hash = [made.device as u8 + 1; 32];
        hash[0] = at as u8 + 1;
        device.prev = hash;
        self.tables.push(device.table);
        device.table |= 1 << at;
        device.waiting.push(at);
        self.entries.push(Entry {
            event,
            hash,
            index: None,
        });
        self.moves.push(made);
        if made.push {
            self.push(made.device);
        }
    }

    fn with(&self, made: Move) -> Play {
        let mut play = self.clone();
        play.make(made);
        play
    }

    /// What has to stand for whoever has some of the events, told by the tables: a grant stands if some last one had every
    /// refusal on its table. Nothing of this looks at clocks, numbers or chains.
    fn stands(&self, some: u32) -> String {
        let mut out = String::new();
        for key in ['a', 'b'] {
            let about = |at: usize| some >> at & 1 == 1 && SAID[self.moves[at].said].1 == key;
            let granted = |at: usize| SAID[self.moves[at].said].2;
            let all = || (0..self.moves.len()).filter(|at| about(*at));
            let last = || all().filter(|a| !all().any(|b| self.tables[b] >> a & 1 == 1));
            let refusals = all().filter(|at| !granted(*at)).fold(0_u32, |bits, at| bits | 1 << at);
            let sign = if last().any(|at| granted(at) && self.tables[at] & refusals == refusals) {
                '+'
            } else if last().any(granted) {
                '*'
            } else if last().next().is_some() {
                '!'
            } else {
                continue;
            };
            if !out.is_empty() {
                out.push(' ');
            }
            out.extend([key, sign]);
        }
        out
    }
}

/// Every history of so many events that goes on from one. Devices appear in the order of their numbers, and the first
/// decision is about the first purpose: what is left out is the same under other names.
fn histories(play: &Play, left: usize, visit: &mut impl FnMut(Play)) {
    if left == 0 {
        let mut play = play.clone();
        for device in 0..3 {
            play.push(device);
        }
        return visit(play);
    }
    for next in moves(play) {
        // Whatever is left is sent in the end.
        if left > 1 || !next.push {
            histories(&play.with(next), left - 1, visit);
        }
    }
}

fn moves(play: &Play) -> Vec<Move> {
    let devices = play.moves.iter().map(|it| it.device + 2).max().unwrap_or(1).min(3);
    let said = if play.moves.is_empty() { 2 } else { 4 };
    let mut moves = Vec::new();
    for device in 0..devices {
        let news = play.devices[device].seen < play.log.len() as u64;
        for said in 0..said {
            for pull in [false, true] {
                for push in [false, true] {
                    // To take in what is there already changes nothing.
                    if news || !pull {
                        moves.push(Move {
                            device,
                            said,
                            pull,
                            push,
                        });
                    }
                }
            }
        }
    }
    moves
}

/// Calls with every order of a list.
fn orders<T: Clone>(items: &mut Vec<T>, from: usize, visit: &mut impl FnMut(&[T])) {
    if from == items.len() {
        return visit(items);
    }
    for at in from..items.len() {
        items.swap(from, at);
        orders(items, from + 1, visit);
        items.swap(from, at);
    }
}

fn size() -> usize {
    option_env!("MIXUS_FOLD").and_then(|it| it.parse().ok()).unwrap_or(3)
}

/// Every history up to the size, on all processors: `check` answers how much it has checked.
fn all(size: usize, check: impl Fn(&Play) -> u64 + Sync) -> u64 {
    let count = AtomicU64::new(0);
    let next = AtomicU64::new(0);
    let mut starts = Vec::new();
    for length in 1..=size {
        // What they have in common at the start is done by one of them.
        let depth = length.min(2);
        let mut frontier = vec![Play::new()];
        for done in 0..depth {
            let last = done + 1 == length;
            frontier = frontier
                .iter()
                .flat_map(|play| {
                    moves(play)
                        .into_iter()
                        .filter(move |it| !(last && it.push))
                        .map(|it| play.with(it))
                })
                .collect();
        }
        starts.extend(frontier.into_iter().map(|play| (play, length - depth)));
    }
    let workers = thread::available_parallelism().map_or(1, Into::into);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((play, left)) = starts.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    histories(play, *left, &mut |play| {
                        count.fetch_add(check(&play), Ordering::Relaxed);
                    });
                }
            });
        }
    });
    count.into_inner()
}

/// Tells how much was checked, for whoever counts.
#[allow(clippy::disallowed_macros, reason = "a test has no page")]
fn told(count: u64, what: &str, size: usize) {
    std::println!("count: {count} {what} of up to {size} events");
}

#[test]
fn every_history_says_what_the_tables_say() {
    let count = all(size(), |play| {
        let everything = u32::MAX;
        let wanted = play.stands(everything);
        assert_eq!(standing(&play.entries), wanted, "{:?}", play.moves);
        // In another order, with one of them twice, once without its place.
        let mut mixed = play.entries.clone();
        let seed = play.moves.iter().fold(7_usize, |sum, it| {
            sum * 48 + it.device * 16 + it.said * 4 + usize::from(it.pull) * 2 + usize::from(it.push)
        });
        mixed.push(Entry {
            index: None,
            ..mixed[seed % mixed.len()]
        });
        let mut rest = seed;
        for at in (1..mixed.len()).rev() {
            rest = rest.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            mixed.swap(at, (rest >> 33) % (at + 1));
        }
        assert_eq!(standing(&mixed), wanted, "{:?}", play.moves);
        1
    });
    told(count, "histories, each in two orders,", size());
    assert!(count > 1_000, "{count}");
}

#[test]
fn every_part_of_the_log_says_what_the_tables_say() {
    let count = all(size().min(5), |play| {
        for length in 0..=play.log.len() {
            let some = &play.log[..length];
            let part: Vec<Entry<'_>> = some.iter().map(|at| play.entries[*at]).collect();
            let wanted = play.stands(some.iter().fold(0, |bits, at| bits | 1 << at));
            assert_eq!(standing(&part), wanted, "{:?} {length}", play.moves);
        }
        play.log.len() as u64 + 1
    });
    told(count, "parts of the log, in histories", size().min(5));
    assert!(count > 5_000, "{count}");
}

#[test]
fn every_order_and_repetition_says_the_same() {
    let count = all(size().min(4), |play| {
        let wanted = standing(&play.entries);
        let mut count = 0;
        for twice in 0..play.entries.len() {
            let mut some = play.entries.clone();
            some.push(some[twice]);
            orders(&mut some, 0, &mut |order| {
                count += 1;
                assert_eq!(standing(order), wanted, "{:?}", play.moves);
            });
        }
        count
    });
    told(count, "orders with one event twice, in histories", size().min(4));
    assert!(count > 100_000, "{count}");
}
