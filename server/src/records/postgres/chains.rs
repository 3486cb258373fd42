//! What is known of the chains that a group of events belongs to.

use std::collections::{BTreeMap, HashMap, HashSet};

use mixus_privacy::ledger::{Hash, Subject};

use super::super::kept::{Incoming, Known, Place};

/// A device's place in its chain.
type At = (Subject, [u8; 8], u64);

/// An event that is there.
#[derive(Clone, Debug)]
struct Link {
    hash: Hash,
    place: Place,
    acct: String,
}

/// Events around those that are to be judged, subjects that were erased, tokens that have linked.
#[derive(Clone, Debug, Default)]
pub(super) struct Chains {
    links: HashMap<At, Vec<Link>>,
    erased: HashSet<Subject>,
    /// Tokens that have linked.
    spent: HashSet<Hash>,
}

impl Chains {
    /// Adds an event that is there. What is known already is not known better.
    pub(super) fn link(&mut self, at: At, hash: Hash, place: Place, acct: String) {
        let links = self.links.entry(at).or_default();
        if links.iter().all(|it| it.place.index != place.index) {
            links.push(Link { hash, place, acct });
        }
    }

    pub(super) fn erase(&mut self, sub: Subject) {
        self.erased.insert(sub);
    }

    pub(super) fn spend(&mut self, token: Hash) {
        self.spent.insert(token);
    }

    /// Adds what others have found or done.
    pub(super) fn absorb(&mut self, other: &Chains) {
        for (at, links) in &other.links {
            for Link { hash, place, acct } in links {
                self.link(*at, *hash, *place, acct.clone());
            }
        }
        self.erased.extend(&other.erased);
        self.spent.extend(&other.spent);
    }

    /// What matters to an event.
    pub(super) fn known(&self, event: &Incoming) -> Known {
        let links = |seq: u64| self.links.get(&(event.sub, event.dev, seq)).into_iter().flatten();
        let mut before = event.seq.checked_sub(1).into_iter().flat_map(links);
        Known {
            same: links(event.seq).map(|it| (it.hash, it.place)).collect(),
            before: before.find(|it| it.hash == event.prev).map(|it| it.acct.clone()),
            erased: self.erased.contains(&event.sub),
            spent: event.token.is_some_and(|token| self.spent.contains(&token.hash)),
        }
    }
}

/// The first 8 bytes of a subject as a number: an index of these is half as much to write.
pub(super) fn near(sub: &Subject) -> i64 {
    sub.0.first_chunk().map_or(0, |first| i64::from_be_bytes(*first))
}

/// Runs of numbers in the chains of subjects, and tokens, as columns.
#[derive(Debug, Default)]
pub(super) struct Wanted<'e> {
    pub near: Vec<i64>,
    pub low: Vec<i64>,
    pub high: Vec<i64>,
    pub sub: Vec<&'e [u8]>,
    pub tokens: Vec<&'e [u8]>,
}

impl<'e> Wanted<'e> {
    /// Everything that matters to some events, in the order of the index.
    pub(super) fn by(events: impl Iterator<Item = &'e Incoming>) -> Wanted<'e> {
        let mut wanted = Wanted::default();
        let mut numbers: BTreeMap<&Subject, Vec<i64>> = BTreeMap::new();
        for event in events {
            // Beyond what anyone may have there is nothing.
            let seq = i64::try_from(event.seq).unwrap_or(i64::MAX);
            numbers.entry(&event.sub).or_default().push(seq);
            wanted.tokens.extend(event.token.as_ref().map(|it| &it.hash[..]));
        }
        for (sub, mut numbers) in numbers {
            numbers.sort_unstable();
            let mut numbers = numbers.into_iter().peekable();
            while let Some(first) = numbers.next() {
                let mut last = first;
                while let Some(next) = numbers.next_if(|it| *it <= last.saturating_add(1)) {
                    last = next;
                }
                wanted.near.push(near(sub));
                wanted.low.push(first.saturating_sub(1));
                wanted.high.push(last);
                wanted.sub.push(&sub.0);
            }
        }
        wanted
    }
}
