//! What regimes, signals and time make of any policy, beside the default one's own cases.

use std::string::{String, ToString as _};
use std::vec::Vec;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::device::{DAY, Device, NOON, Visit, documents, keys, plan};
use crate::consent::{Act, Note, Rule, Signals};
use crate::gate::{Answer, Tag};
use crate::policy::{Address, Item, flags};

const REGIONS: [&str; 4] = ["DE", "US", "XX", ""];

/// Signs for purposes and services by place, the essential purpose left out.
type Picks = Vec<(usize, bool)>;

fn picks() -> impl Strategy<Value = Picks> {
    prop::collection::vec((0..24_usize, any::<bool>()), 1..6)
}

fn signed(device: &Device<'_>, picks: &Picks) -> String {
    let keys = keys(&device.page.session().policy);
    picks
        .iter()
        .map(|(at, granted)| [if *granted { "+" } else { "!" }, &keys[1 + at % (keys.len() - 1)]].concat())
        .collect()
}

fn key(item: &Item<'_>) -> String {
    String::from_utf8_lossy(item.key).into_owned()
}

fn at(region: &'static str, signals: Signals) -> Visit {
    Visit {
        signals,
        ..Visit::from(region)
    }
}

fn optional<'p>(device: &Device<'p>) -> Vec<Item<'p>> {
    let items = device.page.session().policy.items();
    items.filter(|it| !it.is(flags::ESSENTIAL)).collect()
}

proptest! {
    /// What the policy promises to ask about first is off in every region until it is allowed, and
    /// nothing that the document does not declare runs under a closed purpose, ever.
    #[test]
    fn explicit_asks_first_and_closed_stays_closed(document in documents(), region in prop::sample::select(&REGIONS[..])) {
        let plan = plan(&document);
        let mut device = Device::open(&plan, Visit::from(region), "", NOON);
        for item in optional(&device).iter().filter(|it| it.is(flags::EXPLICIT)) {
            prop_assert!(!device.allows(&key(item)));
        }
        device.act(Act::AcceptAll, "");
        for item in optional(&device) {
            prop_assert!(device.allows(&key(&item)));
            let judged = |host: &str| {
                let address = Address { host: host.as_bytes(), path: b"/", own: false };
                device.page.judge(Tag { names: item.key, address: Some(address) }).answer
            };
            let undeclared = if item.is(flags::CLOSED) { Answer::Undeclared } else { Answer::Allow };
            prop_assert_eq!(judged("undeclared.example"), undeclared);
            for service in device.page.session().policy.items().filter(|it| !it.is_purpose()) {
                let host = String::from_utf8_lossy(service.hosts()).into_owned();
                prop_assert_eq!(judged(&host), Answer::Allow);
            }
        }
    }

    /// While the signal is on and the regime honours it, only a choice that was made in its sight
    /// lets something be sold or shared; "accept all" is none.
    #[test]
    fn the_opt_out_signal_holds(document in documents(), region in prop::sample::select(&REGIONS[..]), before in picks(), after in picks()) {
        let plan = plan(&document);
        let on = at(region, Signals { gpc: true, ..Signals::default() });
        let mut device = Device::open(&plan, Visit::from(region), "", NOON);
        device.act(Act::AcceptAll, "");
        let earlier = signed(&device, &before);
        device.act(Act::Custom, &earlier);
        let mut later = Device::open(&plan, on, &device.state, NOON);
        for item in optional(&later).iter().filter(|it| it.is(flags::SHARING)) {
            let verdict = later.verdict(&key(item));
            prop_assert!(!verdict.allowed() && verdict.is_by(Rule::OptOutSignal));
        }
        later.act(Act::AcceptAll, "");
        for item in optional(&later).iter().filter(|it| it.is(flags::SHARING)) {
            prop_assert!(!later.allows(&key(item)));
        }
        let chosen = signed(&later, &after);
        later.act(Act::Custom, &chosen);
        for item in optional(&later).iter().filter(|it| it.is(flags::SHARING)) {
            let verdict = later.verdict(&key(item));
            let named = |name: &str, sign: &str| has_pick(&chosen, sign, name);
            let purpose = key(&later.page.session().policy.item(item.purpose));
            let own = named(&key(item), "+") || named(&key(item), "!");
            let granted = if own { !named(&key(item), "!") } else { named(&purpose, "+") && !named(&purpose, "!") };
            prop_assert_eq!(verdict.allowed(), granted, "{} after {}", key(item), chosen);
            let rule = if granted { Rule::Decision } else { Rule::OptOutSignal };
            prop_assert_eq!(verdict.rule(), rule as u8);
        }
    }

    /// Below the age of the regime nothing optional is allowed without a parent, whatever is on
    /// record; below the second age what is sold or shared asks first.
    #[test]
    fn minors_are_kept_out(document in documents(), region in prop::sample::select(&REGIONS[..]), age in 0..20_u32, parent in any::<bool>(), picks in picks()) {
        let plan = plan(&document);
        let mut device = Device::open(&plan, Visit::from(region), "", NOON);
        let signed = signed(&device, &picks);
        let visit = at(region, Signals { age, parent, gpc: false });
        let young = Device::open(&plan, visit, "", NOON);
        let law = young.page.session().policy.regime;
        for item in optional(&young) {
            if item.is(flags::SHARING) && age < law.opt_in_age() {
                prop_assert!(!young.allows(&key(&item)));
            }
        }
        device.act(Act::AcceptAll, "");
        device.act(Act::Custom, &signed);
        let young = Device::open(&plan, visit, &device.state, NOON);
        for (item, adult) in optional(&young).iter().zip(optional(&device)) {
            let verdict = young.verdict(&key(item));
            if age < law.parent_age() && !parent {
                prop_assert!(!verdict.allowed() && verdict.is_by(Rule::Minor));
            } else {
                prop_assert_eq!(verdict, device.verdict(&key(&adult)));
            }
        }
    }

    /// An unknown region is the strictest: what is allowed there after the same decisions is allowed
    /// anywhere.
    #[test]
    fn nowhere_is_stricter_than_nowhere(document in documents(), lives in prop::collection::vec((0..4_u32, picks(), 0..200_u32), 1..5), gpc in any::<bool>(), age in prop_oneof![Just(u32::MAX), 8..20_u32], parent in any::<bool>()) {
        let plan = plan(&document);
        let signals = Signals { gpc, age, parent };
        let mut devices: Vec<Device<'_>> =
            REGIONS.iter().map(|region| Device::open(&plan, at(region, signals), "", NOON)).collect();
        for (act, picks, days) in &lives {
            for device in &mut devices {
                let signed = signed(device, picks);
                match act {
                    0 => device.act(Act::AcceptAll, ""),
                    1 => device.act(Act::RejectAll, ""),
                    2 => device.act(Act::Custom, &signed),
                    _ => device.act(Act::Dismiss, ""),
                }
                device.wait(*days);
            }
            let strict = devices[3].allowed();
            for device in &devices {
                for key in &strict {
                    prop_assert!(device.allows(key), "{} is stricter about {}", String::from_utf8_lossy(device.page.session().region), key);
                }
            }
        }
    }

    /// A grant holds to the last second of its time and no longer; a refusal stays; nobody is asked
    /// again before the regime's quiet time is over, and then about everything.
    #[test]
    fn time_ends_grants_and_not_refusals(document in documents(), region in prop::sample::select(&REGIONS[..]), accept in any::<bool>(), days in 0..800_u32, last in any::<bool>()) {
        let plan = plan(&document);
        let mut device = Device::open(&plan, Visit::from(region), "", NOON);
        let everything = device.page.session().policy.items().filter(Item::is_purpose).count() - 1;
        prop_assert_eq!(device.asked().len(), everything);
        device.act(if accept { Act::AcceptAll } else { Act::RejectAll }, "");
        // The last second of one day, or the first of the next.
        device.now += days * DAY - u32::from(last && days > 0);
        device.page.refresh(b"", b"", device.now);
        let law = device.page.session().policy.regime;
        let (valid, quiet) = (law.validity_days(), law.quiet_days());
        let passed = device.now - NOON;
        let over = passed >= valid * DAY;
        for item in optional(&device) {
            let verdict = device.verdict(&key(&item));
            let note = if !accept { Note::Refused } else if over { Note::Lapsed } else { Note::Granted };
            prop_assert_eq!(verdict.note(), note as u8);
            if note == Note::Lapsed {
                prop_assert_eq!(verdict.allowed(), !(law.asks_first() || item.is(flags::EXPLICIT)));
            } else {
                prop_assert_eq!(verdict.allowed(), accept);
            }
        }
        let due = over && passed >= quiet * DAY;
        prop_assert_eq!(device.asked().len(), if due { everything } else { 0 });
    }

    /// Putting the question aside decides nothing and rests for a day; a decision elsewhere does not
    /// bring it back.
    #[test]
    fn a_question_put_aside_rests(document in documents(), region in prop::sample::select(&REGIONS[..]), pick in 0..24_usize, hours in 0..48_u32) {
        let plan = plan(&document);
        let mut device = Device::open(&plan, Visit::from(region), "", NOON);
        let before = device.verdicts();
        device.act(Act::Dismiss, "");
        prop_assert_eq!(device.verdicts(), before);
        let signed = signed(&device, &Vec::from([(pick, true)]));
        device.act(Act::Custom, &signed);
        let mut later = Device::open(&plan, Visit::from(region), &device.state, NOON + hours * 3_600);
        let open = later.page.session().policy.items().filter(Item::is_purpose).count() - 1;
        let asked = later.asked().len();
        if hours < 24 {
            prop_assert_eq!(asked, 0);
        } else {
            prop_assert!(asked + 1 >= open, "{} of {}", asked, open);
        }
    }

    /// L22: a new service or purpose asks for itself alone, and takes nothing from what was decided.
    #[test]
    fn what_is_new_asks_for_itself(document in documents(), picks in picks(), accept in any::<bool>(), purpose in any::<prop::sample::Index>(), whole in any::<bool>()) {
        let before = plan(&document);
        let mut device = Device::open(&before, Visit::from("DE"), "", NOON);
        device.act(if accept { Act::AcceptAll } else { Act::RejectAll }, "");
        let signed = signed(&device, &picks);
        device.act(Act::Custom, &signed);
        prop_assert_eq!(device.asked(), [""; 0]);

        let mut more = document.clone();
        more["version"] = json!("v2");
        let list = |name: &str| document[name].as_array().expect("a list").clone();
        let purposes = list("purposes");
        let of = purposes[1 + purpose.index(purposes.len() - 1)]["key"].as_str().expect("a key").to_string();
        let of = if whole { "newcomer".to_string() } else { of };
        if whole {
            add(&mut more, "purposes", json!({"key": "newcomer"}));
            more["texts"]["en"]["purposes"]["newcomer"] = json!({"title": "N", "short": "n", "description": "N."});
        }
        add(&mut more, "services", json!({
            "key": "new-service", "purpose": of, "name": "N", "provider": {"name": "N"}, "retention": {"days": 1},
        }));
        let after = plan(&more);
        let mut later = Device::open(&after, Visit::from("DE"), &device.state, NOON);
        for key in keys(&device.page.session().policy) {
            prop_assert_eq!(later.verdict(&key), device.verdict(&key), "{}", key);
        }
        prop_assert!(!later.allows("new-service"));
        let asks = whole || device.allows(&of);
        prop_assert_eq!(later.asked(), if asks { Vec::from([of.clone()]) } else { Vec::new() });
        // The answer is about what is new, and leaves the rest as it is.
        later.act(Act::Custom, "+new-service");
        prop_assert!(later.allows("new-service"));
        for key in keys(&device.page.session().policy) {
            prop_assert_eq!(later.allows(&key), device.allows(&key), "{}", key);
        }
    }
}

fn add(document: &mut Value, name: &str, value: Value) {
    document[name].as_array_mut().expect("a list").push(value);
}

/// Whether `name` stands among signed picks under this sign.
fn has_pick(picks: &str, sign: &str, name: &str) -> bool {
    let wanted = [sign, name].concat();
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(['+', '!']);
    picks
        .match_indices(&wanted)
        .any(|(at, found)| picks.get(at + found.len()..).is_some_and(ends))
}
