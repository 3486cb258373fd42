//! A group of requests that is judged and committed together.

use std::sync::Arc;

use mixus_privacy::ledger::{Kind, Log, Subject, Tile, leaf};
use mixus_privacy::sync::Token;
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
    /// How often what was read before had been found to be no longer true.
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

    pub(super) fn events(&self) -> Vec<&Incoming> {
        self.appends.iter().flat_map(|it| &it.events).collect()
    }

    /// Hands its answers to those who asked.
    pub(super) fn each(&self, answers: Vec<Answer>) -> Vec<Vec<Answer>> {
        let mut answers = answers.into_iter();
        let each = self.appends.iter().map(|it| answers.by_ref().take(it.events.len()).collect());
        each.collect()
    }
}

/// What is to become of events, if the log ends where it was thought to end.
#[derive(Debug)]
pub(super) struct Judged<'g> {
    pub answers: Vec<Answer>,
    pub stored: Vec<&'g Incoming>,
    pub taken: u64,
    /// The log with them.
    pub log: Log,
    /// Tiles that are full with them.
    pub full: Vec<(u32, u64, Arc<Tile>)>,
    /// Tokens that have linked.
    pub spent: Vec<Token>,
    /// The subject, and its account, of which everything before a place is to be erased.
    pub erase: Option<(Subject, String, Place)>,
    /// The same events, as those after them see them.
    pub chains: Chains,
}

impl<'g> Judged<'g> {
    /// Judges one event after the other, each by what is known and by those before it; up to one that erases, since
    /// what is known is another then.
    pub(super) fn of(events: &[&'g Incoming], mut known: Chains, log: Log, taken: u64) -> Judged<'g> {
        let mut judged = Judged {
            answers: Vec::new(),
            stored: Vec::new(),
            taken,
            log,
            full: Vec::new(),
            spent: Vec::new(),
            erase: None,
            chains: Chains::default(),
        };
        for event in events {
            let answer = match judge(event, &known.known(event)) {
                Err(answer) => answer,
                Ok(fork) => {
                    let place = judged.store(event, &mut known);
                    if fork { Answer::Fork(place) } else { Answer::Stored(place) }
                }
            };
            judged.answers.push(answer);
            if judged.erase.is_some() {
                break;
            }
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
            if let Some(token) = event.token {
                chains.spend(token.hash);
            }
        }
        self.spent.extend(event.token);
        if event.kind == Kind::Erase {
            self.erase = Some((event.sub, event.acct.clone(), place));
        }
        place
    }

    /// Whether an answer names a place that this log does not reach.
    pub(super) fn is_beyond(&self) -> bool {
        self.answers.iter().any(|it| match it {
            Answer::Stored(place) | Answer::Duplicate(place) | Answer::Fork(place) => {
                place.index >= self.log.size()
            }
            Answer::Rejected(_) => false,
        })
    }
}
