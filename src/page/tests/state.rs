//! States merge in any order, and damage is found.

use std::string::{String, ToString as _};
use std::vec::Vec;

use proptest::prelude::*;

use super::device::{DAY, Device, NOON, Visit, default_document, plan};
use crate::consent::{Act, Event, Head, Slip, State};
use crate::policy::{Policy, Sink as _, put_number};

const KEYS: [&str; 5] = ["analytics", "preferences", "social", "youtube", "support-chat"];

/// A group as a tab makes it: the number of the decision, when, until when, the signal, and what
/// was chosen; without choices, the question was put aside.
#[derive(Clone, Debug)]
struct Group {
    head: Head,
    choices: Vec<(&'static str, bool, u32)>,
    once: bool,
}

impl Group {
    fn text(&self) -> String {
        let mut out: Vec<u8> = Vec::new();
        self.head.write(&mut out);
        for (key, granted, revision) in &self.choices {
            out.put(if *granted { b"+" } else { b"!" });
            out.put(key.as_bytes());
            if *revision != 1 {
                out.put(b"@");
                put_number(&mut out, *revision, 1);
            }
        }
        String::from_utf8(out).expect("ASCII")
    }

    /// What it says of a key, if it says anything that lasts.
    fn word(&self, key: &str) -> Option<(Head, bool)> {
        let choice = self.choices.iter().find(|it| it.0 == key && !self.once)?;
        Some((self.head, choice.1))
    }
}

/// Groups of several tabs. Some have the number of another, and some of those its time; two tabs of
/// one browser cannot differ in the rest of the head at the same second.
fn groups() -> impl Strategy<Value = Vec<Group>> {
    let choice = (prop::sample::select(&KEYS[..]), any::<bool>(), 1..3_u32);
    let group = (
        1..4_u32,
        0..3_u32,
        prop::collection::vec(choice, 0..4),
        prop::bool::weighted(0.1),
    );
    let group = group.prop_map(|(seq, at, mut choices, once)| {
        let mut seen = Vec::new();
        choices.retain(|(key, ..)| {
            !seen.contains(key) && {
                seen.push(*key);
                true
            }
        });
        let once = once && !choices.is_empty();
        let at = NOON + at * DAY;
        let until = if once { at } else { at + 182 * DAY };
        Group {
            head: Head {
                seq,
                at,
                until,
                gpc: at > NOON,
            },
            choices,
            once,
        }
    });
    prop::collection::vec(group, 1..6)
}

fn take(state: &[u8], group: &str) -> Vec<u8> {
    let mut next: Vec<u8> = Vec::new();
    State::read(state).take(group.as_bytes(), b"v1", &mut next);
    next
}

fn sum_of<'g>(groups: impl IntoIterator<Item = &'g Group>) -> Vec<u8> {
    groups.into_iter().fold(Vec::new(), |state, group| take(&state, &group.text()))
}

/// Everything that verdicts and questions depend on: of every key the last word, and when the
/// question was put aside.
fn says(state: &[u8]) -> (Vec<Option<(u8, Head)>>, u32) {
    let state = State::read(state);
    assert!(!state.damaged);
    let says = |key: &&str| state.choice(key.as_bytes()).map(|(entry, head)| (entry.sign, head));
    (KEYS.iter().map(says).collect(), state.dismissed())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    /// The order in which decisions arrive makes no difference, and neither does hearing of them
    /// again: taking is commutative, associative and idempotent.
    #[test]
    fn order_makes_no_difference(groups in groups(), orders in prop::collection::vec(any::<prop::sample::Index>(), 6)) {
        let whole = sum_of(&groups);
        let mut shuffled = groups.clone();
        for (at, other) in orders.iter().enumerate().take(groups.len()) {
            shuffled.swap(at, other.index(groups.len()));
        }
        prop_assert_eq!(says(&sum_of(&shuffled)), says(&whole));
        // Again, in any order: not a byte changes.
        let mut again = whole.clone();
        for group in &shuffled {
            again = take(&again, &group.text());
        }
        prop_assert_eq!(&again, &whole);
        // What others have added up already: the groups of one state, taken into another.
        let (some, rest) = groups.split_at(orders[0].index(groups.len()));
        for (mine, theirs) in [(some, rest), (rest, some)] {
            let mut sum = sum_of(mine);
            for group in State::read(&sum_of(theirs)).groups().filter(|it| !it.is_empty()) {
                sum = take(&sum, std::str::from_utf8(group).expect("ASCII"));
            }
            prop_assert_eq!(says(&sum), says(&whole));
        }
    }

    /// The last decision about a key stands; of several with one number, a refusal does, and the
    /// person is asked again where they differ.
    #[test]
    fn the_last_word_stands(groups in groups()) {
        let (words, dismissed) = says(&sum_of(&groups));
        for (key, found) in KEYS.iter().zip(words) {
            let all: Vec<(Head, bool)> = groups.iter().filter_map(|it| it.word(key)).collect();
            let last = all.iter().map(|it| it.0.seq).max();
            let last: Vec<_> = all.iter().filter(|it| Some(it.0.seq) == last).collect();
            let expected = last.iter().max_by_key(|it| it.0.at).map(|(head, _)| {
                let granted = last.iter().filter(|it| it.1).count();
                let sign = if granted == last.len() { b'+' } else if granted == 0 { b'!' } else { b'*' };
                (sign, *head)
            });
            prop_assert_eq!(found, expected, "{}", key);
        }
        let aside = groups.iter().filter(|it| it.choices.is_empty()).map(|it| it.head.at).max();
        prop_assert_eq!(dismissed, aside.unwrap_or(0));
    }

    /// Any one changed byte of what a stored state says is found. (The seal itself, the last
    /// eight bytes, has room to spare.)
    #[test]
    fn damage_is_found(groups in groups(), place in any::<prop::sample::Index>(), bit in 0..7_u32) {
        let mut state = sum_of(&groups);
        let place = place.index(state.len() - 8);
        state[place] ^= 1 << bit;
        prop_assert!(State::read(&state).damaged);
    }
}

#[test]
fn a_record_says_what_was_done_and_nothing_else() {
    let plan = plan(&default_document());
    let mut device = Device::open(&plan, Visit::from("US-CA"), "", NOON);
    device.act(Act::Custom, "+analytics!social+youtube");
    let policy = Policy::read(plan.as_bytes(), b"", b"").expect("a plan");
    let slip = Slip::read(device.slips[0].as_bytes()).expect("a slip");
    let event = Event::of(slip, &policy).expect("a record");
    let expected = [
        r#"{"act":"custom","at":1795000000,"exp":1826536000,"gpc":0,"grant":{"analytics":1,"social":0},"#,
        r#""lang":"en","model":"opt-out","notice":{"hash":"hash","version":"2026-11-01"},"regime":"ccpa","#,
        r#""region":"US-CA","seq":1,"src":"api","#,
        r#""svc":{"error-reports":1,"plausible":1,"x-posts":0,"youtube":1},"ui":"0.1.0-box","v":1}"#,
    ];
    assert_eq!(event.canonical(), expected.concat());
    // It is canonical: any other implementation writes the same bytes.
    let value: serde_json::Value = serde_json::from_str(&event.canonical()).expect("JSON");
    assert_eq!(value.to_string(), event.canonical());
    // A damaged slip is no record.
    let broken = device.slips[0].replacen('+', "!", 1);
    assert!(Slip::read(broken.as_bytes()).is_none());
}
