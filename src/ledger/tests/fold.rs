//! What events add up to.

use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;

use super::world::{Step, entries, event, standing, words};
use crate::consent::State;
use crate::ledger::{Choices, Entry, Event, Kind, Scope, Word, beside, imposed, state};

const YES: &str = "{\"a\":1}";
const NO: &str = "{\"a\":0}";

fn step(device: u8, said: &'static str, fresh: bool) -> Step {
    Step {
        device: 10 + device,
        said,
        fresh,
    }
}

fn of(steps: &[(u8, &'static str, bool)]) -> String {
    let steps: Vec<Step> = steps.iter().map(|(device, said, fresh)| step(*device, said, *fresh)).collect();
    standing(&entries(&steps, |_| 0))
}

#[test]
fn what_knew_of_the_other_stands() {
    assert_eq!(of(&[(0, YES, true)]), "a+");
    assert_eq!(of(&[(0, YES, true), (1, NO, true)]), "a!");
    assert_eq!(of(&[(0, NO, true), (1, YES, true)]), "a+");
    assert_eq!(of(&[(0, NO, true), (0, YES, false)]), "a+", "a device knows its own");
}

#[test]
fn what_did_not_is_refused_and_asked_again() {
    assert_eq!(of(&[(0, NO, false), (1, YES, false)]), "a*");
    assert_eq!(of(&[(0, YES, false), (1, NO, false)]), "a*");
    assert_eq!(of(&[(0, NO, false), (1, NO, false)]), "a!");
    assert_eq!(of(&[(0, YES, false), (1, YES, false)]), "a+");
    // Both take back a refusal of their own, and neither knows the other's.
    assert_eq!(of(&[(0, NO, false), (1, NO, false), (0, YES, false), (1, YES, false)]), "a*");
    // Who knows everything settles it.
    assert_eq!(of(&[(0, NO, false), (1, YES, false), (2, YES, true)]), "a+");
}

#[test]
fn a_fork_is_two_that_do_not_know_each_other() {
    let mut both = entries(&[step(0, NO, false), step(0, YES, false)], |_| 0);
    // The second follows the link, as the first does: a copied profile.
    both[2].event.prev = both[1].event.prev;
    both[2].event.seq = both[1].event.seq;
    assert_eq!(standing(&both), "a*");
}

#[test]
fn who_saw_a_log_that_is_gone_saw_nothing() {
    let mut both = entries(&[step(0, NO, false), step(1, YES, true)], |_| 0);
    assert_eq!(standing(&both), "a+");
    let grant = both.last_mut().expect("a grant");
    // Places are given again after the log was set up from a copy: this one says that it had seen as many as are gone.
    grant.event.seen = 100;
    assert_eq!(standing(&both), "a*");
}

#[test]
fn what_a_device_decided_for_itself_stays_with_it() {
    let own = entries(
        &[Step {
            device: 3,
            said: NO,
            fresh: false,
        }],
        |_| 0,
    );
    assert_eq!(standing(&own), "");
    let scope = |acct| Scope { dev: [3; 8], acct };
    assert_eq!(words(&own, scope("")), "a!");
    // Beside an account that says otherwise: asked again on this device, and on no other.
    let mut both = own.clone();
    both.extend(entries(&[step(0, YES, false)], |_| 0));
    assert_eq!(words(&both, scope("account")), "a*");
    assert_eq!(standing(&both), "a+");
    // And the account's words are not there without it.
    assert_eq!(words(&both, scope("")), "a!");
    assert_eq!(words(&both, scope("another")), "a!");
}

#[test]
fn a_link_ends_with_unlink() {
    let mut all = entries(&[step(0, YES, false)], |_| 0);
    let [.., last] = all.as_slice() else {
        panic!("events")
    };
    let away = Entry {
        event: Event {
            kind: Kind::Unlink,
            acct: "",
            grant: Choices::NONE,
            seq: 3,
            prev: last.hash,
            ..last.event
        },
        hash: [77; 32],
        index: Some(2),
    };
    let own = Entry {
        event: Event {
            kind: Kind::Decision,
            acct: "",
            grant: Choices(NO),
            seq: 4,
            prev: away.hash,
            ..last.event
        },
        hash: [78; 32],
        index: Some(3),
    };
    all.extend([away, own]);
    assert_eq!(standing(&all), "a+");
    assert_eq!(
        words(
            &all,
            Scope {
                dev: [10; 8],
                acct: ""
            }
        ),
        "a!"
    );
}

#[test]
fn proof_of_one_use_changes_nothing() {
    let once = Event {
        exp: event(1).at,
        grant: Choices(YES),
        ..event(1)
    };
    assert_eq!(
        words(
            &[Entry::new(once, None)],
            Scope {
                dev: [1; 8],
                acct: ""
            }
        ),
        ""
    );
}

#[test]
fn becomes_a_state() {
    let all = entries(&[step(0, "{\"a\":1,\"b@2\":0}", false)], |_| 0);
    let standings = crate::ledger::fold(
        &all,
        Scope {
            dev: [10; 8],
            acct: "account",
        },
    );
    let text = state(&standings, b"v1", 7);
    let read = State::read(&text);
    let (a, head) = read.choice(b"a").expect("a");
    assert!(a.granted() && head.seq == 7 && u64::from(head.at) == all[1].event.at);
    let (b, _) = read.choice(b"b").expect("b");
    assert!(!b.granted() && b.revision() == 2);
}

#[test]
fn is_imposed_on_what_a_device_holds() {
    let scope = Scope {
        dev: [10; 8],
        acct: "account",
    };
    let both = "{\"a\":1,\"b\":1}";
    let first = crate::ledger::fold(&entries(&[step(0, both, false)], |_| 0), scope);
    let held = imposed(b"", &first, b"v1", 0).expect("a state");
    assert_eq!(imposed(&held, &first, b"v1", 0), None, "nothing new");
    let later = imposed(b"", &first, b"v1", 7).expect("a state");
    assert_eq!(
        State::read(&later).seq(),
        8,
        "after what was decided under a state that was lost"
    );
    // Another device refuses one of them, and had seen this.
    let all = entries(&[step(0, both, false), step(1, NO, true)], |_| 0);
    let next = imposed(&held, &crate::ledger::fold(&all, scope), b"v1", 0).expect("news");
    let read = State::read(&next);
    assert!(!read.damaged && read.seq() == 2);
    let word = |key: &[u8]| read.choice(key).map(|(entry, _)| entry.sign);
    assert_eq!((word(b"a"), word(b"b")), (Some(b'!'), Some(b'+')));
    // And one that had not: asked again.
    let all = entries(&[step(0, both, false), step(1, NO, false)], |_| 0);
    let next = imposed(&held, &crate::ledger::fold(&all, scope), b"v1", 0).expect("news");
    assert_eq!(State::read(&next).choice(b"a").map(|(entry, _)| entry.sign), Some(b'*'));
}

#[test]
fn what_tabs_disagree_about_is_asked_until_it_is_refused() {
    let scope = Scope {
        dev: [10; 8],
        acct: "account",
    };
    let refused = |at| {
        let mut standings = crate::ledger::fold(&entries(&[step(0, NO, false)], |_| 0), scope);
        standings[0].at = at;
        standings
    };
    let mut asked = refused(1_764_000_100);
    asked[0].word = Word::Conflict;
    let held = state(&asked, b"v1", 3);
    assert_eq!(imposed(&held, &refused(1_764_000_100), b"v1", 0), None);
    let next = imposed(&held, &refused(1_764_000_101), b"v1", 0).expect("news");
    assert_eq!(State::read(&next).choice(b"a").map(|(entry, _)| entry.sign), Some(b'!'));
}

#[test]
fn what_an_account_allowed_ends_with_it() {
    let account = Scope {
        dev: [10; 8],
        acct: "account",
    };
    // The device has said something about one of them for itself, before.
    let mut all = entries(&[step(0, "{\"a\":1,\"b\":1,\"c\":0}", false)], |_| 0);
    let mut own = all[1];
    (own.event.acct, own.event.grant) = ("", Choices("{\"b\":1}"));
    own.hash = [9; 32];
    all.push(own);
    let held = imposed(b"", &crate::ledger::fold(&all, account), b"v1", 0).expect("a state");
    let word = |state: &[u8], key: &[u8]| State::read(state).choice(key).map(|(entry, _)| entry.sign);
    assert_eq!(
        [word(&held, b"a"), word(&held, b"b"), word(&held, b"c")],
        [Some(b'+'), Some(b'+'), Some(b'!')]
    );
    for acct in ["", "another"] {
        let scope = Scope { acct, ..account };
        let standings = beside(&held, &all, scope, crate::ledger::fold(&all, scope), &[]);
        let next = imposed(&held, &standings, b"v1", 0).expect("news");
        assert_eq!(
            [word(&next, b"a"), word(&next, b"b"), word(&next, b"c")],
            [Some(b'*'), Some(b'+'), Some(b'!')]
        );
    }
    // While it is the account's, nothing is left over.
    let standings = crate::ledger::fold(&all, account);
    assert_eq!(beside(&held, &all, account, standings.clone(), &[]), standings);
}

#[test]
fn a_refusal_of_which_no_event_is_left_stays() {
    let scope = Scope {
        dev: [10; 8],
        acct: "account",
    };
    let word = |state: &[u8]| State::read(state).choice(b"a").map(|(entry, _)| entry.sign);
    let mut all = entries(&[step(0, NO, false), step(0, YES, false)], |_| 0);
    let refused = state(&crate::ledger::fold(&all[..2], scope), b"v1", 7);
    assert_eq!(word(&refused), Some(b'!'));
    // The one who granted it knew of this refusal.
    let stands = |all: &[Entry<'_>], held: &[u8]| {
        imposed(held, &beside(held, all, scope, crate::ledger::fold(all, scope), &[]), b"v1", 0)
    };
    assert_eq!(stands(&all, &refused).as_deref().and_then(word), Some(b'+'));
    // The refusal is in no event: nobody can have known of it.
    all.remove(1);
    all[1].event.prev = all[0].hash;
    let asked = stands(&all, &refused).expect("news");
    assert_eq!(word(&asked), Some(b'*'));
    assert_eq!(stands(&all, &asked), None);
    // Not even a grant of the same second, which holds as long.
    let mut at_once = crate::ledger::fold(&all[..2], scope);
    (at_once[0].word, at_once[0].at, at_once[0].exp) = (Word::Refused, all[1].event.at, all[1].event.exp);
    let of_it = stands(&all, &state(&at_once, b"v1", 7)).expect("news");
    assert_eq!((word(&of_it), stands(&all, &of_it)), (Some(b'*'), None));
    // Another refusal, which everybody knows of, does not take its place: whoever lifted that one would lift both.
    let mut other = entries(&[step(0, NO, false)], |_| 0);
    assert_eq!(stands(&other[..2], &asked), None, "it may be asked about");
    (other[1].event.at, other[1].event.exp) = (1_764_000_000, 1_764_000_900);
    assert_eq!(stands(&other[..2], &refused), None, "what is not known stands");
}

#[test]
fn what_tabs_disagree_about_is_no_grant_of_the_same_second() {
    let scope = Scope {
        dev: [10; 8],
        acct: "account",
    };
    let all = entries(&[step(0, YES, false)], |_| 0);
    let granted = crate::ledger::fold(&all, scope);
    let mut asked = granted.clone();
    asked[0].word = Word::Conflict;
    let held = state(&asked, b"v1", 3);
    let word = |numbers: &[u32]| beside(&held, &all, scope, granted.clone(), numbers)[0].word;
    // Under the number of a decision of this browser: another tab has refused it, and its event is not here yet.
    assert_eq!(word(&[2, 3]), Word::Conflict);
    // Under a number of its own: the account that allowed it had been left.
    assert_eq!(word(&[1, 2]), Word::Granted);
}

// --- However many ------------------------------------------------------------------------------

/// Every step that three devices can do about two purposes.
fn every() -> Vec<Step> {
    let said = [YES, NO, "{\"b\":1}", "{\"b\":0}"];
    let mut steps = Vec::new();
    for device in 0..3 {
        for said in said {
            for fresh in [false, true] {
                steps.push(step(device, said, fresh));
            }
        }
    }
    steps
}

/// What has to stand, told by what the devices had on their tables: each has a set of events that it
/// knows, a grant stands if some last one knows every refusal. Nothing of this looks at clocks or numbers.
fn told(steps: &[Step], about: char) -> Option<char> {
    let mut tables: [Vec<usize>; 3] = Default::default();
    let mut known: Vec<Vec<usize>> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let table = &mut tables[usize::from(step.device - 10)];
        if step.fresh {
            *table = (0..at).collect();
        }
        known.push(table.clone());
        table.push(at);
    }
    let about: Vec<usize> = (0..steps.len()).filter(|at| steps[*at].said.contains(about)).collect();
    let granted = |at: &usize| steps[*at].said.contains('1');
    let last: Vec<usize> = about
        .iter()
        .copied()
        .filter(|a| !about.iter().any(|b| known[*b].contains(a)))
        .collect();
    let all = |g: &usize| about.iter().all(|d| granted(d) || known[*g].contains(d));
    Some(if last.iter().any(|it| granted(it) && all(it)) {
        '+'
    } else if last.iter().any(granted) {
        '*'
    } else {
        last.first().map(|_| '!')?
    })
}

fn expected(steps: &[Step]) -> String {
    let words = ['a', 'b'].map(|key| told(steps, key).map(|sign| String::from_iter([key, sign])));
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    let all = every();
    prop::collection::vec((0..all.len()).prop_map(move |at| all[at]), 1..14)
}

proptest! {
    /// However many, however skewed, in whatever order, in whatever parts.
    #[test]
    fn long_histories(steps in any_steps(), skews in prop::array::uniform3(-315_360_000_i64..315_360_000), seed in any::<u64>()) {
        let all = entries(&steps, |device| skews[usize::from(device - 10)]);
        prop_assert_eq!(standing(&all), expected(&steps));
        let mut mixed: Vec<Entry<'_>> = all.iter().chain(&all[..all.len() / 2]).copied().collect();
        let mut state = seed | 1;
        for at in (1..mixed.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            mixed.swap(at, (state >> 33) as usize % (at + 1));
        }
        prop_assert_eq!(standing(&mixed), expected(&steps));
    }

    /// What is known in part never allows what a refusal that is known forbids.
    #[test]
    fn parts_grant_nothing_against_a_refusal(steps in any_steps(), keep in any::<u16>()) {
        let all = entries(&steps, |_| 0);
        let part: Vec<Entry<'_>> = all.iter().enumerate().filter(|(at, it)| it.event.kind == Kind::Link || keep >> (at % 16) & 1 == 1).map(|(_, it)| *it).collect();
        let said = standing(&part);
        let kept = |about: char| part.iter().filter(move |it| it.event.grant.0.contains(about));
        for key in ['a', 'b'] {
            if said.contains(&String::from_iter([key, '+'])) {
                let grants: Vec<_> = kept(key).filter(|it| it.event.grant.0.contains('1')).collect();
                let refusals: Vec<_> = kept(key).filter(|it| it.event.grant.0.contains('0')).collect();
                let knew = grants.iter().any(|grant| refusals.iter().all(|it| reached(&part, grant, it)));
                prop_assert!(knew);
            }
        }
    }
}

/// Whether a grant's device made a refusal before, or had merged it then or in an event before.
fn reached(part: &[Entry<'_>], grant: &Entry<'_>, refusal: &Entry<'_>) -> bool {
    let own = refusal.event.dev == grant.event.dev && refusal.event.seq < grant.event.seq;
    let mut until = part
        .iter()
        .filter(|it| it.event.dev == grant.event.dev && it.event.seq <= grant.event.seq);
    own || until.any(|it| refusal.index < Some(it.event.seen))
}
