//! As much as a policy can have, and more than a call should carry.

use std::format;
use std::string::String;
use std::vec::Vec;

use serde_json::{Value, json};

use super::device::{Device, NOON, Visit, default_document, plan};
use crate::consent::{Act, Slip, State, entries};
use crate::page::LONGEST;
use crate::policy::MOST_ITEMS;

/// A document with as many purposes and services as there may be, under keys as long as they may
/// be.
fn largest() -> Value {
    let mut document = default_document();
    let purposes: Vec<Value> = (0..32)
        .map(|at| json!({"key": format!("{at:0>40}"), "essential": at == 0, "revision": if at == 0 { 1 } else { 2 }}))
        .collect();
    let services: Vec<Value> = (0..256)
        .map(|at| {
            let purpose = purposes[1 + at % 31]["key"].clone();
            json!({
                "key": format!("s{at:0>39}"), "purpose": purpose, "name": "S", "provider": {"name": "S"},
                "retention": {"days": 1},
            })
        })
        .collect();
    let mut texts = json!({});
    for purpose in &purposes {
        let key = purpose["key"].as_str().expect("a key");
        texts[key] = json!({"title": "T", "short": "s", "description": "D."});
    }
    for (name, value) in [
        ("purposes", json!(purposes)),
        ("services", json!(services)),
        ("texts", json!({"en": {"purposes": texts}})),
        ("regimes", json!([{"key": "all", "model": "opt-in", "gpc": true}])),
        ("fallback", json!("all")),
        ("endpoints", json!([])),
        ("minimise", json!({})),
        ("data", json!([])),
        ("rights", json!({"contact": "/privacy"})),
    ] {
        document[name] = value;
    }
    document
}

#[test]
fn the_largest_policy_has_room() {
    let plan = plan(&largest());
    let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
    for act in [Act::AcceptAll, Act::RejectAll, Act::AcceptAll, Act::RejectAll] {
        device.act(act, "");
        let state = State::read(device.state.as_bytes());
        assert!(!state.damaged, "{act:?}");
        let count = state.groups().flat_map(entries).count();
        assert_eq!(count, MOST_ITEMS - 1, "{act:?}");
        let slip = device.slips.last().expect("a record");
        assert!(Slip::read(slip.as_bytes()).is_some());
        assert!(slip.len() + 1 + device.page.state().len() <= LONGEST);
        assert_eq!(device.allowed().len(), if act == Act::AcceptAll { MOST_ITEMS } else { 1 });
    }
}

#[test]
fn no_pick_is_too_long_to_count() {
    let plan = plan(&default_document());
    let mut device = Device::open(&plan, Visit::from("DE"), "", NOON);
    device.act(Act::AcceptAll, "");
    let picks = "!analytics".repeat(2_000);
    device.act(Act::Custom, &picks);
    assert!(!device.allows("analytics") && device.allows("social"));
    let granted = "+preferences".repeat(2_000) + "!preferences";
    device.act(Act::Custom, &granted);
    assert!(!device.allows("preferences"));
}

#[test]
fn a_state_that_does_not_fit_denies() {
    let plan = plan(&default_document());
    let mut device = Device::open(&plan, Visit::from("US"), "", NOON);
    device.act(Act::RejectAll, "");
    // Decisions about things that the policy no longer has stay in the state until they are told
    // to end; this many have no room.
    let mut state: Vec<u8> = Vec::new();
    let mut group = b"00031lfr4o01lll4o00".to_vec();
    for at in 0..LONGEST / 20 {
        group.extend_from_slice(format!("+former-service-{at:0>5}").as_bytes());
    }
    State::read(device.state.as_bytes()).take(&group, b"v", &mut state);
    let state = String::from_utf8(state).expect("ASCII");
    let full = Device::open(&plan, Visit::from("US"), &state, NOON);
    assert_eq!(full.allowed(), ["essential", "sign-in", "security", "privacy-choices"]);
}
