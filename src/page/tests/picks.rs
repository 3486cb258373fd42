//! What a decision makes of its picks: keys and aliases, purposes and their services.

use std::string::String;

use proptest::prelude::*;

use super::device::{Device, NOON, Visit, default_document, plan};
use crate::consent::{Act, Entry, Refusal, Slip, entry_of};

/// Names as markup and calls may use them: what they stand for, and under which purpose.
const NAMES: [(&str, &str, &str); 14] = [
    ("analytics", "analytics", "analytics"),
    ("statistics", "analytics", "analytics"),
    ("c0002", "analytics", "analytics"),
    ("plausible", "plausible", "analytics"),
    ("error-reports", "error-reports", "analytics"),
    ("sentry", "error-reports", "analytics"),
    ("preferences", "preferences", "preferences"),
    ("functional", "preferences", "preferences"),
    ("appearance", "appearance", "preferences"),
    ("social", "social", "social"),
    ("social-media", "social", "social"),
    ("youtube", "youtube", "social"),
    ("x-posts", "x-posts", "social"),
    ("twitter", "x-posts", "social"),
];

fn signed(picks: &[(usize, bool)]) -> String {
    let word = |(at, granted): &(usize, bool)| [if *granted { "+" } else { "!" }, NAMES[*at].0].concat();
    picks.iter().map(word).collect()
}

/// What the picks say of a key: its own word before its purpose's, a refusal before a grant.
fn expected(picks: &[(usize, bool)], key: &str, purpose: &str) -> Option<bool> {
    let words = |of: &str| -> Option<bool> {
        let mut words = picks.iter().filter(|(at, _)| NAMES[*at].1 == of).map(|it| it.1).peekable();
        words.peek()?;
        Some(words.all(|granted| granted))
    };
    words(key).or_else(|| words(purpose))
}

#[test]
fn an_alias_says_the_same_as_its_key() {
    let plan = plan(&default_document());
    for (picks, allowed) in [
        (
            "+social",
            &[
                "essential", "sign-in", "security", "privacy-choices", "social", "youtube", "x-posts",
            ][..],
        ),
        (
            "+social!x-posts",
            &["essential", "sign-in", "security", "privacy-choices", "social", "youtube"],
        ),
        (
            "+social!twitter",
            &["essential", "sign-in", "security", "privacy-choices", "social", "youtube"],
        ),
        (
            "!twitter+social",
            &["essential", "sign-in", "security", "privacy-choices", "social", "youtube"],
        ),
        (
            "+twitter!social-media",
            &["essential", "sign-in", "security", "privacy-choices", "x-posts"],
        ),
        // Both at once is no permission.
        ("+social!social-media", &["essential", "sign-in", "security", "privacy-choices"]),
        ("!social-media+social", &["essential", "sign-in", "security", "privacy-choices"]),
    ] {
        let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
        device.act(Act::Custom, picks);
        let mut found = device.allowed();
        found.sort();
        let mut allowed = allowed.to_vec();
        allowed.sort_unstable();
        assert_eq!(found, allowed, "{picks}");
    }
}

#[test]
fn what_cannot_be_picked_is_refused_whole() {
    let plan = plan(&default_document());
    for picks in [
        "+essential",
        "!essential",
        "!necessary",
        "+sign-in",
        "!sign-in",
        "+advertising",
        "+marketing",
        "+nothing",
        "+analytics!nothing",
        "+",
        "!",
        "+analytics@1",
        "+Analytics",
        "+analytics plausible",
    ] {
        let mut device = Device::open(&plan, Visit::from("US-CA"), "", NOON);
        let (state, before) = (device.page.state().to_vec(), device.verdicts());
        let refused = device.decide(Act::Custom, picks, false, true);
        assert_eq!(refused, Err(Refusal::NotOptional), "{picks}");
        assert_eq!(device.page.state(), state, "{picks}");
        assert_eq!(device.verdicts(), before, "{picks}");
    }
}

#[test]
fn importing_and_putting_aside_grant_nothing_even_with_a_person_at_hand() {
    let plan = plan(&default_document());
    for act in [Act::Import, Act::Dismiss] {
        let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
        let refused = device.decide(act, "+analytics", false, true);
        assert_eq!(refused, Err(Refusal::NoPerson), "{act:?}");
        assert!(!device.allows("analytics"));
    }
}

proptest! {
    /// Whatever names a decision uses and in whatever order, each thing follows its own word and
    /// else its purpose's; a refusal counts before a grant; what is not spoken of is left alone.
    #[test]
    fn each_follows_its_own_word(picks in prop::collection::vec((0..NAMES.len(), any::<bool>()), 1..6), turn in 0..6_usize) {
        let plan = plan(&default_document());
        let mut turned = picks.clone();
        turned.rotate_left(turn % picks.len());
        for picks in [&picks, &turned] {
            let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
            device.act(Act::Custom, &signed(picks));
            let slip = Slip::read(device.slips[0].as_bytes()).expect("a record");
            for (_, key, purpose) in NAMES {
                let wanted = expected(picks, key, purpose);
                prop_assert_eq!(device.allows(key), wanted == Some(true), "{} in {}", key, signed(picks));
                let recorded = entry_of(slip.group(), key.as_bytes()).map(Entry::granted);
                prop_assert_eq!(recorded, wanted, "{} in the record of {}", key, signed(picks));
            }
        }
    }
}
