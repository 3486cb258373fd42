//! States merge in any order, and damage is found.

use std::string::{String, ToString as _};
use std::vec::Vec;

use proptest::prelude::*;

use super::device::{DAY, Device, NOON, Visit, default_document, plan};
use crate::consent::{Act, Event, Slip, State};
use crate::policy::{Policy, Sink as _, put_number};

const KEYS: [&str; 5] = ["analytics", "preferences", "social", "youtube", "support-chat"];

/// A group as decisions make them: what was decided at the same time ends at the same time.
fn groups() -> impl Strategy<Value = Vec<String>> {
    let entry = (0..KEYS.len(), any::<bool>());
    let group = (1..4_u32, prop::collection::vec(entry, 0..4));
    prop::collection::vec(group, 1..6).prop_map(|groups| {
        let write = |(seq, entries): &(u32, Vec<(usize, bool)>)| {
            let mut out: Vec<u8> = Vec::new();
            put_number(&mut out, *seq, 4);
            put_number(&mut out, NOON + seq, 7);
            put_number(&mut out, NOON + seq + DAY, 7);
            put_number(&mut out, 0, 1);
            let mut seen = Vec::new();
            for (key, granted) in entries {
                if !seen.contains(key) {
                    seen.push(*key);
                    out.put(if *granted { b"+" } else { b"!" });
                    out.put(KEYS[*key].as_bytes());
                }
            }
            String::from_utf8(out).expect("ASCII")
        };
        groups.iter().map(write).collect()
    })
}

fn sum_of(groups: &[String]) -> Vec<u8> {
    let mut state: Vec<u8> = Vec::new();
    for group in groups {
        let mut next: Vec<u8> = Vec::new();
        State::read(&state).take(group.as_bytes(), b"v1", &mut next);
        state = next;
    }
    state
}

/// What a state says of every key: the sign and the number of the decision.
fn says(state: &[u8]) -> Vec<Option<(u8, u32)>> {
    let state = State::read(state);
    assert!(!state.damaged);
    let says = |key: &&str| state.choice(key.as_bytes()).map(|(entry, head)| (entry.sign, head.seq));
    KEYS.iter().map(says).collect()
}

proptest! {
    /// The order in which decisions arrive makes no difference, and neither does hearing of one
    /// twice.
    #[test]
    fn order_makes_no_difference(groups in groups(), order in any::<prop::sample::Index>()) {
        let mut turned = groups.clone();
        turned.rotate_left(order.index(groups.len()));
        let mut reversed = groups.clone();
        reversed.reverse();
        let whole = says(&sum_of(&groups));
        prop_assert_eq!(&says(&sum_of(&turned)), &whole);
        prop_assert_eq!(&says(&sum_of(&reversed)), &whole);
        let twice = [groups.clone(), groups.clone()].concat();
        prop_assert_eq!(&says(&sum_of(&twice)), &whole);
    }

    /// The last decision about a key stands; of several with one number, a refusal does.
    #[test]
    fn the_last_word_stands(groups in groups()) {
        for (key, said) in KEYS.iter().zip(says(&sum_of(&groups))) {
            let words: Vec<(u32, bool)> = groups.iter().filter_map(|group| {
                let entry = crate::consent::entry_of(group.as_bytes(), key.as_bytes())?;
                Some((crate::consent::Head::read(group.as_bytes()).seq, entry.granted()))
            }).collect();
            let last = words.iter().map(|it| it.0).max();
            prop_assert_eq!(said.map(|it| it.1), last);
            let granted = words.iter().filter(|it| Some(it.0) == last).all(|it| it.1);
            prop_assert_eq!(said.map(|it| it.0 == b'+'), last.map(|_| granted), "{}", key);
        }
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
