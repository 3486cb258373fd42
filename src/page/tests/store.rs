//! What the store says, what the page knows, and which of them counts.

use std::string::{String, ToString as _};
use std::vec::Vec;

use proptest::prelude::*;

use super::device::{Device, NOON, Visit, default_document, documents, keys, plan};
use crate::consent::{Act, Slip, State, entries};

/// A store of which a byte has changed.
fn broken(state: &str) -> String {
    state.replacen('!', "+", 1)
}

#[test]
fn a_part_of_an_answer_does_not_mend_a_damaged_store() {
    let plan = plan(&default_document());
    let visit = Visit::from("US-CA");
    let mut device = Device::open(&plan, visit, "", NOON);
    device.act(Act::RejectAll, "");
    assert!(!device.allows("preferences") && !device.allows("support-chat"));

    for (act, picks) in [
        (Act::Dismiss, ""),
        (Act::Custom, "+youtube"),
        (Act::Custom, "!analytics"),
        (Act::Import, "!support-chat"),
    ] {
        let mut later = Device::open(&plan, visit, &broken(&device.state), NOON);
        assert!(!later.allows("preferences") && !later.allows("support-chat"));
        let slip = later.decide(act, picks, false, true).expect("a decision");
        later.store(&slip);
        // What may have been refused is not allowed by default, now or on the next page, and is
        // asked about.
        let mut next = Device::open(&plan, visit, &later.state, NOON);
        for page in [&later, &next] {
            assert!(!page.allows("preferences"), "{act:?} {picks}");
            assert!(!page.allows("support-chat"), "{act:?} {picks}");
            assert_eq!(page.allows("youtube"), picks == "+youtube");
        }
        assert!(next.asked().contains(&"preferences".to_string()), "{act:?} {picks}");
    }
    // An answer to everything does.
    let mut later = Device::open(&plan, visit, &broken(&device.state), NOON);
    later.act(Act::AcceptAll, "");
    assert!(later.allows("preferences") && later.asked().is_empty());
}

#[test]
fn a_sound_copy_stands_in_for_a_damaged_one() {
    let plan = plan(&default_document());
    let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
    device.act(Act::Custom, "+analytics!social");
    let good = device.state.clone();
    for states in [
        [good.as_str(), broken(&good).as_str()].join("\n"),
        [broken(&good).as_str(), good.as_str()].join("\n"),
        ["", good.as_str(), "nonsense", ""].join("\n"),
    ] {
        let later = Device::open(&plan, Visit::from("DE"), &states, NOON);
        assert!(later.allows("analytics") && !later.allows("social"), "{states}");
        assert_eq!(later.page.state(), good.as_bytes());
    }
    let lost = [broken(&good).as_str(), "nonsense"].join("\n");
    let later = Device::open(&plan, Visit::from("DE"), &lost, NOON);
    assert!(State::read(later.page.state()).damaged && !later.allows("analytics"));
}

#[test]
fn reading_what_is_known_changes_nothing() {
    let plan = plan(&default_document());
    let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
    device.act(Act::Dismiss, "");
    device.act(Act::Custom, "+analytics!social");
    device.act(Act::Custom, "+youtube!plausible");
    let state = device.state.clone();
    for states in [state.clone(), [state.as_str(), &state].join("\n"), String::new()] {
        for line in ["", device.slips[1].as_str(), device.slips[2].as_str(), "nonsense"] {
            let changed = device.page.refresh(line.as_bytes(), states.as_bytes(), NOON);
            assert!(!changed, "{line}");
            assert_eq!(device.page.state(), state.as_bytes());
        }
    }
}

proptest! {
    /// Promise 4: a store that could not be written keeps an older state. What the person decided
    /// since stands on this page, whatever is read again.
    #[test]
    fn an_old_store_does_not_undo_a_decision(document in documents(), first in any::<bool>(), picks in prop::collection::vec((1..24_usize, any::<bool>()), 1..6), region in prop_oneof![Just("DE"), Just("US")]) {
        let plan = plan(&document);
        let mut device = Device::open(&plan, Visit::from(region), "", NOON);
        device.act(if first { Act::AcceptAll } else { Act::RejectAll }, "");
        let old = device.state.clone();
        let keys = keys(&device.page.session().policy);
        let signed: String = picks
            .iter()
            .map(|(at, granted)| [if *granted { "+" } else { "!" }, &keys[1 + at % (keys.len() - 1)]].concat())
            .collect();
        let slip = device.decide(Act::Custom, &signed, false, true).expect("a decision");
        // The store is full: neither record nor state are kept.
        device.page.commit(NOON);
        let decided = device.verdicts();
        for states in [old.as_str(), [old.as_str(), &old].join("\n").as_str(), "nonsense", ""] {
            device.page.refresh(b"", states.as_bytes(), NOON);
            prop_assert_eq!(device.verdicts(), decided.clone());
        }
        // Another tab, which has read the old store too, hears of it by the record alone.
        let mut other = Device::open(&plan, Visit::from(region), &old, NOON);
        other.page.refresh(slip.as_bytes(), old.as_bytes(), NOON);
        prop_assert_eq!(other.verdicts(), decided);
    }

    /// A damaged store is mended only by what is said of everything: until then nothing that the
    /// regime would allow by default is allowed.
    #[test]
    fn damage_denies_until_everything_is_answered(document in documents(), decisions in prop::collection::vec(prop::collection::vec((1..24_usize, any::<bool>()), 0..4), 1..4)) {
        let plan = plan(&document);
        let mut device = Device::open(&plan, Visit::from("US"), "1~v1~nonsense", NOON);
        let policy = device.page.session().policy;
        let keys = keys(&policy);
        for picks in &decisions {
            let signed: String = picks
                .iter()
                .map(|(at, granted)| [if *granted { "+" } else { "!" }, &keys[1 + at % (keys.len() - 1)]].concat())
                .collect();
            device.act(if picks.is_empty() { Act::Dismiss } else { Act::Custom }, &signed);
            let granted: Vec<String> = device
                .slips
                .iter()
                .flat_map(|it| entries(Slip::read(it.as_bytes()).expect("a record").group()))
                .filter(|it| it.granted())
                .map(|it| String::from_utf8_lossy(it.key()).into_owned())
                .collect();
            device = Device { slips: device.slips.clone(), ..Device::open(&plan, Visit::from("US"), &device.state, NOON) };
            for key in device.allowed() {
                prop_assert!(key == "essential" || granted.contains(&key), "{} after {}", key, signed);
            }
        }
    }
}
