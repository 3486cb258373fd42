//! Promises 1 to 4 of the design, over random policies and random lives of a page.

use std::string::{String, ToString as _};
use std::vec::Vec;

use proptest::prelude::*;

use super::device::{DAY, Device, NOON, Visit, documents, keys, plan};
use crate::consent::{Act, Entry, Refusal, Rule, Signals, Slip, entries};
use crate::gate::{Answer, Tag};
use crate::page::Page;
use crate::policy::{Address, Policy};

/// What happens on a page.
#[derive(Clone, Debug)]
enum Step {
    Accept {
        person: bool,
    },
    Reject,
    /// Signs for purposes and services, by place.
    Pick {
        picks: Vec<(usize, bool)>,
        once: bool,
        person: bool,
    },
    Dismiss,
    Import {
        refused: Vec<usize>,
    },
    Wait {
        days: u32,
    },
    /// A new page from the store.
    Reload,
    /// The store is damaged at this place.
    Damage {
        at: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let picks = prop::collection::vec((0..24_usize, any::<bool>()), 1..5);
    let step = prop_oneof![
        2 => any::<bool>().prop_map(|person| Step::Accept { person }),
        2 => Just(Step::Reject),
        4 => (picks, any::<bool>(), any::<bool>()).prop_map(|(picks, once, person)| Step::Pick { picks, once, person }),
        1 => Just(Step::Dismiss),
        1 => prop::collection::vec(0..24_usize, 1..4).prop_map(|refused| Step::Import { refused }),
        3 => (1..260_u32).prop_map(|days| Step::Wait { days }),
        2 => Just(Step::Reload),
        1 => (0..400_usize).prop_map(|at| Step::Damage { at }),
    ];
    prop::collection::vec(step, 1..12)
}

fn visits() -> impl Strategy<Value = Visit> {
    let age = prop_oneof![Just(u32::MAX), 8..20_u32];
    let region = prop_oneof![Just("DE"), Just("US"), Just("XX"), Just("")];
    (
        region,
        any::<bool>(),
        age,
        any::<bool>(),
        prop_oneof![4 => Just(""), 1 => Just("p1"), 1 => Just("p2-s0")],
    )
        .prop_map(|(region, gpc, age, parent, forbidden)| Visit {
            region,
            signals: Signals { gpc, age, parent },
            forbidden,
        })
}

/// The picks that stand for these places, without the essential purpose.
fn signed(policy: &Policy<'_>, picks: &[(usize, bool)]) -> String {
    let keys = keys(policy);
    let mut signed = String::new();
    for (at, granted) in picks {
        let key = &keys[1 + at % (keys.len() - 1)];
        signed.push(if *granted { '+' } else { '!' });
        signed.push_str(key);
    }
    signed
}

/// One life, step by step; `check` sees the device after each, with the records that were made
/// and stored so far.
fn live(
    document: &serde_json::Value,
    visit: Visit,
    steps: &[Step],
    check: &mut dyn FnMut(&Device<'_>, &[String]),
) {
    let plan = plan(document);
    let mut device = Device::open(&plan, visit, "", NOON);
    let mut slips: Vec<String> = Vec::new();
    check(&device, &slips);
    for step in steps {
        let policy = device.page.session().policy;
        let (act, picks, once, person) = match step {
            Step::Accept { person } => (Act::AcceptAll, String::new(), false, *person),
            Step::Reject => (Act::RejectAll, String::new(), false, false),
            Step::Pick { picks, once, person } => (Act::Custom, signed(&policy, picks), *once, *person),
            Step::Dismiss => (Act::Dismiss, String::new(), false, false),
            Step::Import { refused } => {
                let picks: Vec<_> = refused.iter().map(|at| (*at, false)).collect();
                (Act::Import, signed(&policy, &picks), false, false)
            }
            Step::Wait { days } => {
                device.wait(*days);
                check(&device, &slips);
                continue;
            }
            Step::Reload | Step::Damage { .. } => {
                let mut state = device.state.clone();
                if let Step::Damage { at } = step
                    && !state.is_empty()
                {
                    let place = at % (state.len() - 8);
                    state.replace_range(place..=place, "?");
                    // What was on record can no longer be trusted.
                    slips.clear();
                }
                device = Device::open(&plan, visit, &state, device.now);
                check(&device, &slips);
                continue;
            }
        };
        match device.decide(act, &picks, once, person) {
            Ok(slip) => {
                device.store(&slip);
                slips.push(slip);
            }
            Err(refusal) => {
                let grants = matches!(step, Step::Accept { .. }) || picks.contains('+');
                assert!(refusal == Refusal::NoPerson && grants && !person, "{step:?} {refusal:?}");
            }
        }
        check(&device, &slips);
    }
}

/// Whether the records, read on their own, allow a key at this time: the last word on it is a
/// grant that still holds.
fn recorded(slips: &[String], key: &str, now: u32) -> bool {
    let mut last = false;
    for line in slips {
        let slip = Slip::read(line.as_bytes()).expect("a sound record");
        let head = crate::consent::Head::read(slip.group());
        if head.until <= head.at {
            continue;
        }
        for entry in entries(slip.group()) {
            if entry.key() == key.as_bytes() {
                last = entry.granted() && head.until > now;
            }
        }
    }
    last
}

fn optional(policy: &Policy<'_>) -> Vec<String> {
    let items = policy.items().filter(|it| !it.is(crate::policy::flags::ESSENTIAL));
    items.map(|it| String::from_utf8_lossy(it.key).into_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Promise 1: before a decision everything optional is denied where the regime asks first,
    /// and everywhere when nothing has started or the plan is not sound.
    #[test]
    fn deny_until_allowed(document in documents(), visit in visits(), place in any::<prop::sample::Index>()) {
        let plan = plan(&document);
        let device = Device::open(&plan, visit, "", NOON);
        let policy = device.page.session().policy;
        for key in optional(&policy) {
            let free = device.allows(&key);
            prop_assert!(!free || visit.region == "US", "{key} is allowed");
            prop_assert!(!Page::new().verdict(key.as_bytes()).1.allowed());
        }
        // A plan with any one byte changed is no plan.
        let mut broken = plan.clone().into_bytes();
        let place = place.index(broken.len() - 8);
        broken[place] ^= 1;
        prop_assert!(Policy::read(&broken, visit.region.as_bytes(), b"").is_none());
    }

    /// Promise 1 and 2: what is allowed under an opt-in regime is on record as granted, by a
    /// person, later than any refusal, and its time is not over. Nothing else leads to it:
    /// neither imports nor dismissals, neither time nor damage nor a new page.
    #[test]
    fn no_grant_without_a_record_by_a_person(document in documents(), mut visit in visits(), steps in steps()) {
        if visit.region == "US" {
            visit.region = "DE";
        }
        let mut failed = None;
        live(&document, visit, &steps, &mut |device, slips| {
            for key in optional(&device.page.session().policy) {
                if device.allows(&key) && !recorded(slips, &key, device.now) {
                    failed = Some(key);
                }
            }
        });
        prop_assert_eq!(failed, None);
    }

    /// A refusal never turns into a grant by itself, under any regime: only a later grant on
    /// record, by a person, does.
    #[test]
    fn a_refusal_stands(document in documents(), visit in visits(), steps in steps()) {
        let mut failed = None;
        live(&document, visit, &steps, &mut |device, slips| {
            for key in optional(&device.page.session().policy) {
                let mut words = slips.iter().filter_map(|line| {
                    let group = Slip::read(line.as_bytes())?.group();
                    let head = crate::consent::Head::read(group);
                    let entry = crate::consent::entry_of(group, key.as_bytes())?;
                    (head.until > head.at).then_some(entry.granted())
                });
                if words.next_back() == Some(false) && device.allows(&key) {
                    failed = Some(key);
                }
            }
        });
        prop_assert_eq!(failed, None);
    }

    /// Without a person, no call puts a grant on record.
    #[test]
    fn a_grant_needs_a_person(document in documents(), visit in visits(), picks in prop::collection::vec((0..24_usize, any::<bool>()), 1..5), once in any::<bool>()) {
        let plan = plan(&document);
        let mut device = Device::open(&plan, visit, "", NOON);
        let policy = device.page.session().policy;
        let picks = signed(&policy, &picks);
        let before = device.verdicts();
        for (act, picks) in [(Act::AcceptAll, ""), (Act::Custom, &picks), (Act::Import, &picks)] {
            match device.decide(act, picks, once, false) {
                Err(refusal) => {
                    prop_assert_eq!(refusal, Refusal::NoPerson);
                    prop_assert_eq!(&device.verdicts(), &before, "a refused call has an effect");
                }
                Ok(slip) => {
                    let group = Slip::read(slip.as_bytes()).expect("a record").group();
                    prop_assert!(!entries(group).any(Entry::granted));
                }
            }
        }
    }

    /// Promise 3: what the never-list names or hosts is never run, whatever is decided and
    /// whatever the tag calls itself.
    #[test]
    fn never_means_never(document in documents(), visit in visits(), steps in steps(), name in "(advertising|marketing|c0004|essential|p1)") {
        let mut failed = None;
        live(&document, visit, &steps, &mut |device, _| {
            for host in ["ads.example", "deep.below.ads.example"] {
                let address = Address { host: host.as_bytes(), path: b"/t.js", own: false };
                let judged = device.page.judge(Tag { names: name.as_bytes(), address: Some(address) });
                if judged.answer != Answer::Never {
                    failed = Some((host, judged));
                }
            }
            let judged = device.page.judge(Tag { names: b"p1,advertising", address: None });
            if judged.answer != Answer::Never || device.allows("advertising") {
                failed = Some(("by name", judged));
            }
        });
        prop_assert_eq!(failed, None);
    }

    /// Promise 4: when a decision returns, nothing is allowed that was not allowed before or
    /// that the new state denies; what it grants is in force only after the store.
    #[test]
    fn denial_first(document in documents(), visit in visits(), first in prop::collection::vec((0..24_usize, any::<bool>()), 0..6), second in prop::collection::vec((0..24_usize, any::<bool>()), 1..6)) {
        let plan = plan(&document);
        let mut device = Device::open(&plan, visit, "", NOON);
        let policy = device.page.session().policy;
        if !first.is_empty() {
            device.act(Act::Custom, &signed(&policy, &first));
        }
        let before = device.verdicts();
        let slip = device.decide(Act::Custom, &signed(&policy, &second), false, true).expect("a decision");
        let between = device.verdicts();
        device.store(&slip);
        let after = device.verdicts();
        for (at, key) in keys(&policy).iter().enumerate() {
            let now = between[at].allowed();
            prop_assert!(!now || before[at].allowed() && after[at].allowed(), "{} ran ahead", key);
            prop_assert_eq!(now, before[at].allowed() && after[at].allowed(), "{} is denied too much", key);
        }
        prop_assert_eq!(after, device.later(), "a new page sees something else");
    }

    /// Promise 4: two tabs decide at the same time. Whichever record arrives first, both end
    /// the same: what either refused is denied, and asked about again.
    #[test]
    fn two_tabs_at_once(document in documents(), mine in prop::collection::vec((0..24_usize, any::<bool>()), 1..6), theirs in prop::collection::vec((0..24_usize, any::<bool>()), 1..6)) {
        let plan = plan(&document);
        let visit = Visit::from("DE");
        let (mut one, mut other) = (Device::open(&plan, visit, "", NOON), Device::open(&plan, visit, "", NOON));
        let policy = one.page.session().policy;
        one.act(Act::Custom, &signed(&policy, &mine));
        other.act(Act::Custom, &signed(&policy, &theirs));
        let (a, b) = (one.slips[0].clone(), other.slips[0].clone());
        let of = |slip: &str, key: &str| {
            let slip = Slip::read(slip.as_bytes()).expect("a record");
            crate::consent::entry_of(slip.group(), key.as_bytes()).map(Entry::granted)
        };
        one.page.refresh(b.as_bytes(), b"", NOON);
        other.page.refresh(a.as_bytes(), b"", NOON);
        prop_assert_eq!(one.verdicts(), other.verdicts());
        let asked = one.asked();
        for item in policy.items().filter(|it| !it.is(crate::policy::flags::ESSENTIAL)) {
            let key = String::from_utf8_lossy(item.key).to_string();
            let words = [of(&a, &key), of(&b, &key)];
            if words.contains(&Some(false)) {
                prop_assert!(!one.allows(&key), "{}", key);
            }
            if words.contains(&Some(false)) && words.contains(&Some(true)) {
                let purpose = String::from_utf8_lossy(policy.item(item.purpose).key).to_string();
                prop_assert!(asked.contains(&purpose), "{} is not asked again", key);
            }
        }
    }

    /// "Load once" is proof of one use and changes nothing that is allowed.
    #[test]
    fn once_is_not_a_grant(document in documents(), visit in visits(), pick in 0..24_usize) {
        let plan = plan(&document);
        let mut device = Device::open(&plan, visit, "", NOON);
        let policy = device.page.session().policy;
        let before = device.verdicts();
        let slip = device.decide(Act::Custom, &signed(&policy, &[(pick, true)]), true, true).expect("a decision");
        device.store(&slip);
        prop_assert_eq!(device.verdicts(), before);
        prop_assert!(entries(Slip::read(slip.as_bytes()).expect("a record").group()).any(Entry::granted));
    }

    /// A damaged store grants nothing; neither does one from the future.
    #[test]
    fn a_damaged_store_denies(document in documents(), place in any::<prop::sample::Index>(), ahead in 1..300_u32) {
        let plan = plan(&document);
        let mut device = Device::open(&plan, Visit::from("US"), "", NOON);
        device.act(Act::AcceptAll, "");
        let mut broken = device.state.clone().into_bytes();
        let place = place.index(broken.len() - 8);
        broken[place] ^= 1;
        let broken = String::from_utf8(broken).expect("ASCII");
        let after = Device::open(&plan, Visit::from("US"), &broken, NOON);
        let early = Device::open(&plan, Visit::from("DE"), &device.state, NOON - ahead * DAY);
        for key in optional(&device.page.session().policy) {
            prop_assert!(!after.allows(&key), "{} survived the damage", key);
            prop_assert!(!early.allows(&key), "{} is granted by a clock that is wrong", key);
        }
    }

    /// The organisation's ceiling and a missing authorisation stand above any decision.
    #[test]
    fn ceilings_stand(document in documents(), steps in steps(), age in 0..13_u32) {
        let forbidden = Visit { forbidden: "p1", ..Visit::from("US") };
        let child = Visit { signals: Signals { age, ..Signals::default() }, ..Visit::from("US") };
        let mut failed = None;
        live(&document, forbidden, &steps, &mut |device, _| {
            if device.allows("p1") || device.allows("p1-s0") || !device.verdict("p1").is_by(Rule::Organisation) {
                failed = Some(device.allowed());
            }
        });
        live(&document, child, &steps, &mut |device, _| {
            if device.allowed() != ["essential"] {
                failed = Some(device.allowed());
            }
        });
        prop_assert_eq!(failed, None);
    }
}
