//! One person on one page: policy and signals, and what a decision makes of a state.

use super::DAY;
use super::act::{Act, Person};
use super::ask::Purposes;
use super::signals::Signals;
use super::state::{Head, State, entries};
use crate::policy::{Key, MOST_ITEMS, Policy, Sink, flags, put_number};

/// What is done when a decision is taken.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    /// What was done.
    pub act: Act,
    /// What was chosen: signs and keys, `+analytics!support-chat`. A purpose speaks for its
    /// services, except for those that are chosen themselves.
    pub picks: &'a [u8],
    /// The grant is proof of a single use ("load once") and changes no state.
    pub once: bool,
    /// The witness; nothing is granted without one.
    pub person: Option<Person>,
}

/// Why a decision was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A grant needs a person, and nothing shows that one is at work.
    NoPerson,
    /// What was picked is essential, on the never-list or not in the policy.
    NotOptional,
}

/// One person on one page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session<'p> {
    /// The policy, for the region in which the person is.
    pub policy: Policy<'p>,
    /// The region; empty where unknown.
    pub region: &'p [u8],
    /// The language of the texts that are shown.
    pub lang: &'p [u8],
    /// What shows it: the package's version and the layout, `0.1.0-box`.
    pub ui: &'p [u8],
    /// Signals beside the decision.
    pub signals: Signals,
    /// Keys that the embedding organisation forbids, joined by blanks.
    pub forbidden: &'p [u8],
}

impl<'p> Session<'p> {
    /// Without a policy: nothing is allowed.
    pub const NONE: Session<'p> = Session {
        policy: Policy::NONE,
        region: b"",
        lang: b"",
        ui: b"",
        signals: Signals {
            gpc: false,
            age: u32::MAX,
            parent: false,
        },
        forbidden: b"",
    };

    /// Writes the picks that allow or refuse these purposes.
    pub fn picks<S: Sink>(&self, purposes: Purposes, granted: bool, out: &mut S) {
        for item in self.policy.items() {
            if item.is_purpose() && !item.is(flags::ESSENTIAL) && purposes >> item.at & 1 != 0 {
                out.put(if granted { b"+" } else { b"!" });
                out.put(item.key);
            }
        }
    }

    /// Writes the group of choices that a deed amounts to as of `now`, in seconds since 1970.
    pub fn group<S: Sink>(
        &self,
        state: State<'_>,
        deed: Deed<'_>,
        now: u32,
        out: &mut S,
    ) -> Result<(), Refusal> {
        let validity = self.policy.regime.validity_days() * DAY;
        let head = Head {
            seq: state.seq() + 1,
            at: now,
            until: now.saturating_add(if deed.once { 0 } else { validity }),
            gpc: self.signals.gpc,
        };
        head.write(out);
        // Whoever is at hand did not give what is taken over from elsewhere.
        let grants =
            deed.person.is_some() && matches!(deed.act, Act::AcceptAll | Act::RejectAll | Act::Custom);
        // What is picked at each place: a refusal counts before a grant.
        let mut picked = [0; MOST_ITEMS];
        for pick in entries(deed.picks) {
            if pick.granted() && !grants {
                return Err(Refusal::NoPerson);
            }
            match self.policy.find(pick.name) {
                Key::Item(at)
                    if let Some(word) = picked.get_mut(at as usize)
                        && !self.policy.item(at).is(flags::ESSENTIAL) =>
                {
                    *word |= 1 + u8::from(!pick.granted());
                }
                _ => return Err(Refusal::NotOptional),
            }
        }
        for item in self.policy.items() {
            // Its own word counts before its purpose's.
            let of = |at: u32| picked.get(at as usize).copied().unwrap_or(0);
            let mut word = of(item.at);
            if word == 0 {
                word = of(item.purpose);
            }
            out.put(match word {
                // What a damaged store may have refused is refused, and asked about again.
                0 if state.damaged && !item.is(flags::ESSENTIAL) => b"*",
                0 => continue,
                1 => b"+",
                _ => b"!",
            });
            out.put(item.key);
            if item.revision != 1 {
                out.put(b"@");
                put_number(out, item.revision, 1);
            }
        }
        if matches!(deed.act, Act::RejectAll | Act::WithdrawAll) {
            // Grants of what the policy no longer has end as well.
            for entry in state.groups().flat_map(entries) {
                if entry.granted() && self.policy.find(entry.key()) == Key::Unknown {
                    out.put(b"!");
                    out.put(entry.name);
                }
            }
        }
        Ok(())
    }
}
