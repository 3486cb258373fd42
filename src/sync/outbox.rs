//! What is sent next, and what becomes of an answer.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::wire::{MOST_BYTES, MOST_EVENTS};
use crate::ledger::Id;

/// The first pause after a failure, and the longest, in milliseconds.
const PAUSES: [u64; 2] = [1_000, 300_000];
/// The longest that a server can ask for, in milliseconds.
const MOST_ASKED: u64 = 3_600_000;

/// What a server said of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is kept: now, or it was before.
    Kept,
    /// An event before it is missing there: that has to be sent first.
    Gap,
    /// It will never be taken.
    Rejected,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, until an event is added.
    Idle,
    /// Nothing until this time, in milliseconds since 1970.
    Wait(u64),
    /// Send these, in this order.
    Send(Vec<Id>),
}

/// What has to be written down after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has arrived and leaves the outbox.
    Done(Id),
    /// It goes to the dead letters, where it blocks nobody.
    Dead(Id),
    /// Everything of its device goes into the outbox again: the server has lost what came before it.
    Again(Id),
}

/// The events that wait, by their number in the device's chain.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    waiting: BTreeMap<u64, (Id, usize)>,
    failures: u32,
    until: u64,
}

impl Outbox {
    /// An outbox that has failed so often, and waits until a time in milliseconds since 1970.
    pub fn resumed(failures: u32, until: u64) -> Outbox {
        Outbox {
            waiting: BTreeMap::new(),
            failures,
            until,
        }
    }

    /// How often it has failed since something arrived, and until when it waits.
    pub const fn pause(&self) -> (u32, u64) {
        (self.failures, self.until)
    }

    /// Adds an event by its number, with its length in bytes.
    pub fn add(&mut self, seq: u64, id: Id, length: usize) {
        self.waiting.insert(seq, (id, length));
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What to do at this time, in milliseconds since 1970.
    pub fn next(&self, now: u64) -> Step {
        if self.waiting.is_empty() {
            return Step::Idle;
        }
        // A clock that was set back must not make anyone wait for longer than the longest pause there is.
        if now < self.until && self.until - now <= MOST_ASKED {
            return Step::Wait(self.until);
        }
        let mut room = MOST_BYTES;
        let mut ids = Vec::new();
        for (id, length) in self.waiting.values().take(MOST_EVENTS) {
            // The line's end counts too. One that fits alone into no batch was never made.
            if *length + 1 > room && !ids.is_empty() {
                break;
            }
            room = room.saturating_sub(length + 1);
            ids.push(*id);
        }
        Step::Send(ids)
    }

    /// The connection is back, or a person came: what waits is tried at once.
    pub fn hurry(&mut self) {
        self.until = 0;
    }

    /// Nothing was heard, or nothing that could be understood. `random` is any number, `pause` what the server asked
    /// for in milliseconds.
    pub fn failed(&mut self, now: u64, random: u64, pause: Option<u64>) {
        let [first, most] = PAUSES;
        let span = first.checked_shl(self.failures).unwrap_or(most).min(most);
        self.failures = (self.failures + 1).min(20);
        // Full jitter: devices that failed together do not come back together.
        let wait = (first / 2 + random % span).min(most);
        self.until = now + wait.max(pause.unwrap_or(0).min(MOST_ASKED));
    }

    /// The server answered. What it said nothing about waits on.
    pub fn answered(&mut self, outcomes: &[(Id, Outcome)], now: u64, random: u64) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut moved = false;
        for (id, outcome) in outcomes {
            let found = self.waiting.iter().find(|(_, (waiting, _))| waiting == id).map(|(seq, _)| *seq);
            let Some(seq) = found else { continue };
            match outcome {
                Outcome::Kept => changes.push(Change::Done(*id)),
                Outcome::Rejected => changes.push(Change::Dead(*id)),
                Outcome::Gap => {
                    changes.push(Change::Again(*id));
                    continue;
                }
            }
            moved = true;
            self.waiting.remove(&seq);
        }
        if moved {
            self.failures = 0;
            self.until = 0;
        } else {
            self.failed(now, random, None);
        }
        changes
    }
}
