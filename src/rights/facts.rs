//! The events that are told, in order, and what stands by them.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::Told;
use crate::ledger::{Entry, Event, Hash, Id, Scope, Standing, Subject, Word, fold};

/// An event that could be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fact<'a> {
    pub event: Event<'a>,
    pub hash: Hash,
    pub index: Option<u64>,
    pub taken: Option<u64>,
}

impl Fact<'_> {
    pub(super) fn id(&self) -> Id {
        Id::of(self.event.hlc, &self.hash)
    }

    /// What is said of each purpose (`true`) and of each service, by its key.
    pub(super) fn choices(&self) -> impl Iterator<Item = (bool, &str, bool)> {
        let of = |purpose| move |(name, granted): (_, bool)| (purpose, key_of(name), granted);
        let purposes = self.event.grant.iter().map(of(true));
        purposes.chain(self.event.svc.iter().map(of(false)))
    }
}

/// The key in `key@revision`.
pub(super) fn key_of(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

/// Each event once, in the order of the log and, behind that, of their chains. How many texts were no events.
pub(super) fn read<'a>(told: &[Told<'a>]) -> (Vec<Fact<'a>>, usize) {
    let mut known = BTreeSet::new();
    let mut unread = 0;
    let mut facts = Vec::new();
    for it in told {
        let Ok(event) = Event::read(it.event) else {
            unread += 1;
            continue;
        };
        let hash = event.hash();
        if known.insert(hash) {
            let (index, taken) = (it.index, it.taken);
            facts.push(Fact {
                event,
                hash,
                index,
                taken,
            });
        }
    }
    facts.sort_by_key(|it| (it.index.unwrap_or(u64::MAX), it.event.seq, it.id()));
    (facts, unread)
}

/// For whom a subject decides now: by the last event of its chain.
pub(super) fn last<'f, 'a>(sub: &Subject, facts: &'f [Fact<'a>]) -> Option<&'f Fact<'a>> {
    let own = facts.iter().filter(|it| it.event.sub == *sub);
    own.max_by_key(|it| (it.event.seq, it.id()))
}

/// What the events add up to for a subject.
pub(super) fn standings(sub: &Subject, facts: &[Fact<'_>]) -> Vec<Standing> {
    let Some(last) = last(sub, facts) else {
        return Vec::new();
    };
    let entries: Vec<Entry<'_>> = facts
        .iter()
        .map(|it| Entry {
            event: it.event,
            hash: it.hash,
            index: it.index,
        })
        .collect();
    let scope = Scope {
        dev: last.event.dev,
        acct: last.event.acct,
    };
    fold(&entries, scope)
}

/// What is allowed at a time, by the decision that allows it: the place of the event, and whether it is a purpose, with
/// its key.
pub(super) fn granted(sub: &Subject, facts: &[Fact<'_>], now: u64) -> BTreeMap<usize, Vec<(bool, String)>> {
    let mut by: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for it in standings(sub, facts) {
        if it.word != Word::Granted || it.exp <= now {
            continue;
        }
        let key = key_of(&it.name);
        let of = |fact: &Fact<'_>| {
            let said = fact.choices().find(|(_, name, granted)| *name == key && *granted);
            said.map(|(purpose, ..)| purpose)
        };
        let decided = facts
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, fact)| (fact.event.at, fact.event.exp) == (it.at, it.exp))
            .find_map(|(at, fact)| Some((at, of(fact)?)));
        if let Some((at, purpose)) = decided {
            by.entry(at).or_default().push((purpose, key.into()));
        }
    }
    by
}
