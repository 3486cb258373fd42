//! A group of requests that is judged and committed together.

use std::sync::Arc;

use mixus_privacy::ledger::{Kind, Log, Subject, Tile, leaf};
use tokio::sync::mpsc;

use super::super::kept::{Answer, Append, Incoming, Place, judge};
use super::chains::Chains;

/// As many events are committed together at most.
const MOST_TOGETHER: usize = 1024;

/// Requests that came together.
#[derive(Debug)]
pub(super) struct Group {
    pub appends: Vec<Append>,
    /// What was read around its events, if it was.
    pub read: Option<Read>,
}

/// What was read around the events of a group.
#[derive(Debug)]
pub(super) struct Read {
    /// It has seen everything before this place, and maybe more.
    pub from: u64,
    /// How often other processes had been found to have gone on.
    pub turn: u64,
    pub chains: Chains,
}

impl Group {
    /// Waits for a request, and takes with it what else is there.
    pub(super) async fn gather(queue: &mut mpsc::Receiver<Append>) -> Option<Group> {
        let first = queue.recv().await?;
        let mut count = first.events.len();
        let mut appends = vec![first];
        while count < MOST_TOGETHER
            && let Ok(next) = queue.try_recv()
        {
            count += next.events.len();
            appends.push(next);
        }
        Some(Group { appends, read: None })
    }

    pub(super) fn events(&self) -> impl Iterator<Item = &Incoming> {
        self.appends.iter().flat_map(|it| &it.events)
    }
}

/// What is to become of a group, if the log ends where it was thought to end.
#[derive(Debug)]
pub(super) struct Judged<'g> {
    pub answers: Vec<Vec<Answer>>,
    pub stored: Vec<&'g Incoming>,
    pub taken: u64,
    /// The log with them.
    pub log: Log,
    /// Tiles that are full with them.
    pub full: Vec<(u32, u64, Arc<Tile>)>,
    /// Subjects, or accounts with them, of which everything before a place is to be erased.
    pub erases: Vec<(Subject, String, Place)>,
    /// The same events, as those after them see them.
    pub chains: Chains,
}

impl<'g> Judged<'g> {
    /// Judges one event after the other, each by what is known and by those before it.
    pub(super) fn of(group: &'g Group, mut known: Chains, log: Log, taken: u64) -> Judged<'g> {
        let mut judged = Judged {
            answers: Vec::new(),
            stored: Vec::new(),
            taken,
            log,
            full: Vec::new(),
            erases: Vec::new(),
            chains: Chains::default(),
        };
        for append in &group.appends {
            let mut answers = Vec::new();
            for event in &append.events {
                answers.push(match judge(event, &known.known(event)) {
                    Err(answer) => answer,
                    Ok(fork) => {
                        let place = judged.store(event, &mut known);
                        if fork { Answer::Fork(place) } else { Answer::Stored(place) }
                    }
                });
            }
            judged.answers.push(answers);
        }
        judged
    }

    fn store(&mut self, event: &'g Incoming, known: &mut Chains) -> Place {
        let place = Place {
            index: self.log.size(),
            taken: self.taken,
        };
        let full = &mut self.full;
        self.log.push(leaf(&event.hash, place.index, place.taken), |level, at, tile| {
            full.push((level, at, Arc::new(tile)));
        });
        self.stored.push(event);
        for chains in [known, &mut self.chains] {
            chains.link((event.sub, event.dev, event.seq), event.hash, place, event.acct.clone());
            if event.kind == Kind::Erase {
                chains.erase(event.sub);
            }
        }
        if event.kind == Kind::Erase {
            self.erases.push((event.sub, event.acct.clone(), place));
        }
        place
    }

    /// Whether an answer names a place that this log does not reach.
    pub(super) fn is_beyond(&self) -> bool {
        self.answers.iter().flatten().any(|it| match it {
            Answer::Stored(place) | Answer::Duplicate(place) | Answer::Fork(place) => {
                place.index >= self.log.size()
            }
            Answer::Rejected(_) => false,
        })
    }
}
