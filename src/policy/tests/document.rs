//! What a document means once it is compiled.

use std::string::String;
use std::vec::Vec;

use serde_json::json;

use super::{document, faults};
use crate::policy::{Json, Key, Policy, compile};

#[test]
fn the_default_document_is_in_order() {
    assert_eq!(faults(&document()), Vec::<String>::new());
}

#[test]
fn other_names_lead_to_the_same_purpose() {
    let document = document();
    let plan = compile(&mut Json::new(&document), "hash");
    let policy = Policy::read(plan.as_bytes(), b"", b"").expect("a plan");
    for (name, key) in [
        ("analytics", "analytics"),
        ("statistics", "analytics"),
        ("performance", "analytics"),
        ("c0002", "analytics"),
        ("necessary", "essential"),
        ("functional", "preferences"),
        ("social-media", "social"),
        ("twitter", "x-posts"),
        ("chat", "support-chat"),
    ] {
        assert_eq!(policy.find(name.as_bytes()), policy.find(key.as_bytes()), "{name}");
        assert_ne!(policy.find(name.as_bytes()), Key::Unknown, "{name}");
    }
    for name in ["marketing", "advertising", "targeting", "c0004"] {
        assert_eq!(policy.find(name.as_bytes()), Key::Never, "{name}");
    }
    for name in ["", "unknown", "analytic", "analytics plausible"] {
        assert_eq!(policy.find(name.as_bytes()), Key::Unknown, "{name}");
    }
}

#[test]
fn a_name_that_the_document_gives_away_is_not_a_synonym() {
    // Here "marketing" is a purpose of its own, and so not a name of the never-list.
    let mut document = document();
    let purposes = document["purposes"].as_array_mut().expect("purposes");
    purposes.push(json!({"key": "marketing"}));
    document["texts"]["en"]["purposes"]["marketing"] =
        json!({"title": "M", "short": "m", "description": "M."});
    let plan = compile(&mut Json::new(&document), "hash");
    let policy = Policy::read(plan.as_bytes(), b"", b"").expect("a plan");
    assert_eq!(policy.find(b"marketing"), Key::Item(5));
    assert_eq!(policy.find(b"advertising"), Key::Never);
}
