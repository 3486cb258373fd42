//! What a set of events adds up to: a pure function, whatever their order, however often each
//! is there, and whatever the clocks said.
//!
//! An event knows another if that is before it in its device's chain, or if its device had merged it
//! from the log (`seen`). For each key those events count that none other knows. A grant stands only if it
//! knew every refusal there is; otherwise the key is refused, and asked again. Clocks decide between
//! events that say the same, and nothing else.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::event::{Event, Hash};
use super::id::Id;
use crate::consent::{Head, State};
use crate::policy::{Sink, seal};

/// An event, and its place in the server's log once it has one.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The event.
    pub event: Event<'a>,
    /// Its hash.
    pub hash: Hash,
    /// Its place in the log, from 0.
    pub index: Option<u64>,
}

impl<'a> Entry<'a> {
    /// An event with its place, if it has one.
    pub fn new(event: Event<'a>, index: Option<u64>) -> Entry<'a> {
        let hash = event.hash();
        Entry { event, hash, index }
    }
}

/// For whom the events are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The device that asks. What it decided for itself counts on it and nowhere else.
    pub dev: [u8; 8],
    /// The account for which it decides now; empty for none.
    pub acct: &'a str,
}

impl Scope<'_> {
    /// Whether an event counts.
    fn has(&self, event: &Event<'_>) -> bool {
        let own = event.acct.is_empty() && event.dev == self.dev;
        own || !event.acct.is_empty() && event.acct == self.acct
    }
}

/// What stands about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Allowed.
    Granted,
    /// Refused.
    Refused,
    /// Refused, since events that did not know each other disagree: to be asked again.
    Conflict,
}

/// What stands about one purpose or service, and the decision by which it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// `key` or `key@revision`.
    pub name: String,
    /// What stands.
    pub word: Word,
    /// When it was decided, in seconds since 1970.
    pub at: u64,
    /// Until when it holds, in seconds since 1970.
    pub exp: u64,
    /// Whether the opt-out signal was on.
    pub gpc: bool,
}

/// One event among the others.
struct Fact<'e, 'a> {
    event: &'e Event<'a>,
    hash: Hash,
    index: Option<u64>,
    /// What its device had merged at that time, at least.
    seen: u64,
    /// The event before it in its device's chain, if that is here.
    parent: Option<usize>,
    /// Its place where each event stands directly in front of all that follow it in their chains, and how many those are.
    place: usize,
    after: usize,
}

/// Adds events up. The standings are in the order of their keys.
pub fn fold(entries: &[Entry<'_>], scope: Scope<'_>) -> Vec<Standing> {
    let facts = facts(entries);
    let mut keys: BTreeMap<&str, Vec<(usize, &str, bool)>> = BTreeMap::new();
    for (at, fact) in facts.iter().enumerate() {
        if !scope.has(fact.event) || !fact.event.lasts() {
            continue;
        }
        for (name, granted) in fact.event.grant.iter().chain(fact.event.svc.iter()) {
            keys.entry(key_of(name)).or_default().push((at, name, granted));
        }
    }
    keys.into_values().filter_map(|words| stand(&facts, &words)).collect()
}

fn facts<'e, 'a>(entries: &'e [Entry<'a>]) -> Vec<Fact<'e, 'a>> {
    // Each event once; parents before their children.
    let mut unique: BTreeMap<(u64, Hash), (&Event<'a>, Option<u64>)> = BTreeMap::new();
    for Entry { event, hash, index } in entries {
        let (_, known) = unique.entry((event.seq, *hash)).or_insert((event, None));
        *known = known.or(*index);
    }
    let mut places: BTreeMap<Hash, usize> = BTreeMap::new();
    let mut facts: Vec<Fact<'e, 'a>> = Vec::new();
    for ((_, hash), (event, index)) in unique {
        let parent = places.get(&event.prev).copied();
        let before = parent.and_then(|it| facts.get(it));
        let parent = parent
            .filter(|_| before.is_some_and(|it| it.event.dev == event.dev && it.event.sub == event.sub));
        // What was merged for one account says nothing about another.
        let before = parent.and_then(|it| facts.get(it)).filter(|it| it.event.acct == event.acct);
        // Nobody has merged what came later. Who says so had merged a log that is gone: its server was set up again from
        // a copy, and what stands in those places now is something else.
        let merged = if index.is_some_and(|index| event.seen > index) { 0 } else { event.seen };
        let seen = before.map_or(0, |it| it.seen).max(merged);
        places.insert(hash, facts.len());
        facts.push(Fact {
            event,
            hash,
            index,
            seen,
            parent,
            place: 0,
            after: 0,
        });
    }
    line_up(&mut facts);
    facts
}

/// Gives each event its place, so that nobody has to walk along a chain to know what is in it: a copied profile makes a tree
/// of one.
fn line_up(facts: &mut [Fact<'_, '_>]) {
    for at in (0..facts.len()).rev() {
        let Some((after, parent)) = facts.get(at).and_then(|it| Some((it.after, it.parent?))) else {
            continue;
        };
        if let Some(parent) = facts.get_mut(parent) {
            parent.after += after + 1;
        }
    }
    let mut free = 0;
    // How many of those behind an event have their places.
    let mut placed: Vec<usize> = Vec::new();
    for at in 0..facts.len() {
        let Some((after, parent)) = facts.get(at).map(|it| (it.after, it.parent)) else {
            continue;
        };
        let before = parent.and_then(|parent| Some((facts.get(parent)?.place, placed.get_mut(parent)?)));
        let place = if let Some((place, taken)) = before {
            *taken += after + 1;
            place + *taken - after
        } else {
            free += after + 1;
            free - after - 1
        };
        placed.push(0);
        if let Some(fact) = facts.get_mut(at) {
            fact.place = place;
        }
    }
}

/// Whether `b` knows `a`.
fn knows(facts: &[Fact<'_, '_>], b_at: usize, a_at: usize) -> bool {
    let (Some(later), Some(earlier)) = (facts.get(b_at), facts.get(a_at)) else {
        return false;
    };
    let (b, a) = (later.event, earlier.event);
    let together = a.acct == b.acct && (!a.acct.is_empty() || a.sub == b.sub);
    if together && earlier.index.is_some_and(|index| index < later.seen) {
        return true;
    }
    later.place > earlier.place && later.place <= earlier.place + earlier.after
}

/// What stands about one key: each event that speaks of it, the name it used, and what it said.
fn stand(facts: &[Fact<'_, '_>], words: &[(usize, &str, bool)]) -> Option<Standing> {
    let known = |a: usize| words.iter().any(|(b, ..)| *b != a && knows(facts, *b, a));
    let last: Vec<_> = words.iter().filter(|(at, ..)| !known(*at)).collect();
    let refusals: Vec<_> = words.iter().filter(|(.., granted)| !granted).collect();
    let missed = |g: usize| refusals.iter().find(|(d, ..)| !knows(facts, g, *d));
    let order = |(at, ..): &&(usize, &str, bool)| facts.get(*at).map(|it| Id::of(it.event.hlc, &it.hash));
    let granted = last.iter().filter(|(at, _, granted)| *granted && missed(*at).is_none());
    let (word, (at, name, _)) = if let Some(grant) = granted.copied().max_by_key(order) {
        (Word::Granted, *grant)
    } else {
        let refused = last.iter().copied().filter(|(.., granted)| !granted).max_by_key(order);
        let word = if last.iter().any(|(.., granted)| *granted) {
            Word::Conflict
        } else {
            Word::Refused
        };
        (word, *refused.or_else(|| refusals.iter().copied().max_by_key(order))?)
    };
    let event = facts.get(at)?.event;
    Some(Standing {
        name: name.into(),
        word,
        at: event.at,
        exp: event.exp,
        gpc: event.gpc,
    })
}

/// Standings as they can be imposed on a state. Two things that it says and they do not know of come to be refused, and
/// asked again:
///
/// - what it allows because others said so, for an account for which this device decides no more (L41);
/// - what it refuses by a decision of which no event is left, where they allow it or disagree: a full disk, or a browser
///   that was killed, must not make a grant of a refusal.
///
/// `numbers` are those of the decisions that this browser has written down: what it is to ask again under one of them, its
/// tabs have disagreed about; what it is to ask again under another one, events have.
pub fn beside(
    local: &[u8],
    entries: &[Entry<'_>],
    scope: Scope<'_>,
    mut standings: Vec<Standing>,
    numbers: &[u32],
) -> Vec<Standing> {
    let state = State::read(local);
    let mut told: BTreeMap<&str, Vec<(&Event<'_>, bool)>> = BTreeMap::new();
    for Entry { event, .. } in entries {
        for (name, granted) in event.grant.iter().chain(event.svc.iter()) {
            told.entry(key_of(name)).or_default().push((event, granted));
        }
    }
    let asked = |key: &str, longer: u32| {
        let (entry, head) = state.choice(key.as_bytes())?;
        Some(Standing {
            name: String::from_utf8_lossy(entry.name).into_owned(),
            word: Word::Conflict,
            at: head.at.into(),
            exp: u64::from(head.until.saturating_add(longer)),
            gpc: head.gpc,
        })
    };
    standings.retain_mut(|standing| {
        let key = key_of(&standing.name);
        let Some((entry, head)) = state.choice(key.as_bytes()).filter(|(entry, _)| !entry.granted()) else {
            return true;
        };
        let is_asked = entry.sign == b'*';
        let said = |granted: bool, longer: u32| {
            let end = u64::from(head.until.saturating_sub(longer));
            let same = |event: &Event<'_>| event.at == u64::from(head.at) && event.exp == end;
            told.get(key)
                .into_iter()
                .flatten()
                .any(|(event, it)| *it == granted && same(event))
        };
        let by_events = is_asked && (said(false, 1) || said(true, 0) && !numbers.contains(&head.seq));
        if said(false, 0) || by_events {
            return true;
        }
        // Where both refuse, what nobody else knows of stands: in its place, another refusal would be lifted by whoever knew
        // that one.
        if standing.word == Word::Refused && !is_asked {
            return false;
        }
        // It holds for a second longer than what was refused: so it is told from what others say of the same second.
        if standing.word != Word::Refused
            && let Some(asked) = asked(key, u32::from(!is_asked))
        {
            *standing = asked;
        }
        true
    });
    for (key, events) in told {
        let elsewhere = events.iter().any(|(event, granted)| *granted && !scope.has(event));
        let allowed = state.choice(key.as_bytes()).is_some_and(|(entry, _)| entry.granted());
        if elsewhere && allowed && !standings.iter().any(|it| key_of(&it.name) == key) {
            standings.extend(asked(key, 0));
        }
    }
    standings
}

/// Writes standings as the text of a [`crate::consent::State`] whose decisions all have the number `seq`, so that
/// they count against any with a lower one.
pub fn state(standings: &[Standing], version: &[u8], seq: u32) -> Vec<u8> {
    let small = |time: u64| u32::try_from(time).unwrap_or(u32::MAX);
    let mut groups: BTreeMap<(u64, u64, bool), Vec<&Standing>> = BTreeMap::new();
    for it in standings {
        groups.entry((it.at, it.exp, it.gpc)).or_default().push(it);
    }
    let mut out = b"1~".to_vec();
    out.put(version);
    for ((at, exp, gpc), standings) in groups {
        out.put(b"~");
        let head = Head {
            seq,
            at: small(at),
            until: small(exp),
            gpc,
        };
        head.write(&mut out);
        for it in standings {
            out.put(match it.word {
                Word::Granted => b"+",
                Word::Refused => b"!",
                Word::Conflict => b"*",
            });
            out.put(it.name.as_bytes());
        }
    }
    seal(&mut out);
    out
}

/// Writes what a state becomes when the standings are imposed on it: those that it does not say yet, as decisions
/// that come after all of its own and after the number `above`: a browser that was killed may have lost a state, and still
/// know what was decided under its numbers. `None` if it says them all. What tabs of this browser disagree about stays to
/// be asked again, until it is refused by a later decision.
pub fn imposed(local: &[u8], standings: &[Standing], version: &[u8], above: u32) -> Option<Vec<u8>> {
    let mut known = State::read(local);
    if known.damaged {
        known = State::default();
    }
    let differs = |it: &&Standing| {
        let Some((entry, head)) = known.choice(key_of(&it.name).as_bytes()) else {
            return true;
        };
        let granted = it.word == Word::Granted;
        if entry.sign == b'*' && it.word == Word::Refused && u64::from(head.at) >= it.at {
            return false;
        }
        entry.name != it.name.as_bytes()
            || (entry.sign == b'+') != granted
            || u64::from(head.until) != it.exp
            || (entry.sign == b'*') != (it.word == Word::Conflict)
    };
    let news: Vec<Standing> = standings.iter().filter(differs).cloned().collect();
    if news.is_empty() {
        return None;
    }
    let text = state(&news, version, known.seq().max(above) + 1);
    let mut out = local.to_vec();
    if known == State::default() {
        return Some(text);
    }
    for group in State::read(&text).groups() {
        let mut next = Vec::new();
        State::read(&out).take(group, version, &mut next);
        out = next;
    }
    Some(out)
}

fn key_of(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}
