//! Events through the default policy's allow-list.

use std::format;
use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Value as Left, minimise};
use crate::policy::{Cursor as _, EventRules, Json, Policy, read_events};

fn rules() -> EventRules {
    let document: Value =
        serde_json::from_str(include_str!("../policy/default/policy.json")).expect("the document");
    let mut at = Json::new(&document);
    at.enter("minimise");
    read_events(&mut at, &Policy::default())
}

/// What is left of an event, as `name=value`, and what was wrong with it.
fn run(name: &str, props: &Value) -> (Vec<String>, Vec<String>) {
    let left = minimise(&rules(), name, &mut Json::new(props));
    let props = left.props.iter().map(|(name, value)| match value {
        Left::Text(text) => format!("{name}={text}"),
        Left::Number(number) => format!("{name}={number}"),
        Left::Flag(flag) => format!("{name}={flag}"),
    });
    let faults = left.faults.iter().map(|it| format!("{} {}", it.code.as_str(), it.path));
    (props.collect(), faults.collect())
}

#[test]
fn only_what_is_listed_and_only_coarsely() {
    for (name, props, left, faults) in [
        (
            "page_view",
            json!({"route": "/chat/8c1f-92?q=me#x"}),
            &["route=/chat/:id"][..],
            &[][..],
        ),
        (
            "page_view",
            json!({"country": "DE", "route": "/"}),
            &["country=DE", "route=/"],
            &[],
        ),
        (
            "page_view",
            json!({"country": {"country": "US", "region": "US-CA"}}),
            &["country=US-CA"],
            &[],
        ),
        // The coarse part of a place goes, the fine one is a fault.
        (
            "page_view",
            json!({"country": {"country": "DE", "lat": 48.1, "lon": 11.5}}),
            &["country=DE"],
            &["minimise/never-collected props.country.lat"],
        ),
        (
            "page_view",
            json!({"country": "48.13743, 11.57549"}),
            &[],
            &["minimise/never-collected props.country", "minimise/wrong-kind props.country"],
        ),
        (
            "feature_used",
            json!({"feature": "upload", "times": 38}),
            &["feature=upload", "times=30"],
            &[],
        ),
        (
            "feature_used",
            json!({"feature": "spying"}),
            &[],
            &["minimise/wrong-kind props.feature"],
        ),
        ("feature_used", json!({"times": "3"}), &[], &["minimise/wrong-kind props.times"]),
        (
            "response_time",
            json!({"milliseconds": 1234, "streamed": true}),
            &["milliseconds=1200", "streamed=true"],
            &[],
        ),
        (
            "response_time",
            json!({"milliseconds": 1.5}),
            &[],
            &["minimise/wrong-kind props.milliseconds"],
        ),
        // Not on the list.
        (
            "page_view",
            json!({"screen": "1920x1080"}),
            &[],
            &["minimise/unlisted-prop props.screen"],
        ),
        // Never collected, by name or by value, listed or not.
        (
            "page_view",
            json!({"email": "x"}),
            &[],
            &["minimise/never-collected props.email"],
        ),
        (
            "page_view",
            json!({"note": "ask jane@example.com"}),
            &[],
            &["minimise/never-collected props.note"],
        ),
        (
            "feature_used",
            json!({"feature": "4111 1111 1111 1111"}),
            &[],
            &["minimise/never-collected props.feature"],
        ),
        (
            "page_view",
            json!({"user": {"diagnosis": "x"}}),
            &[],
            &["minimise/never-collected props.user.diagnosis"],
        ),
        ("page_view", json!(null), &[], &["minimise/wrong-kind props"]),
        ("page_view", json!([1]), &[], &["minimise/wrong-kind props"]),
        ("purchase", json!({"amount": 3}), &[], &["minimise/unknown-event name"]),
    ] {
        let (props_left, found) = run(name, &props);
        assert_eq!(props_left, left, "{name} {props}");
        assert_eq!(found, faults, "{name} {props}");
    }
}

#[test]
fn an_unknown_event_has_no_purpose() {
    assert_eq!(minimise(&rules(), "purchase", &mut Json::new(&json!({}))).purpose, "");
    assert_eq!(minimise(&rules(), "page_view", &mut Json::new(&json!({}))).purpose, "analytics");
}

proptest! {
    /// Whatever a route holds, no digit, no capital and no long word of it leaves.
    #[test]
    fn a_route_names_nobody(route in "\\PC{0,60}") {
        let (left, _) = run("page_view", &json!({"route": route}));
        for prop in left {
            let text = prop.strip_prefix("route=").expect("the route").replace(":id", "");
            prop_assert!(text.chars().all(|it| it.is_ascii_lowercase() || "/-_".contains(it)), "{}", text);
            prop_assert!(text.split('/').all(|it| it.len() <= 24), "{}", text);
        }
    }

    /// A number keeps no more than its first two digits, and never grows.
    #[test]
    fn numbers_are_coarse(value in -9_007_199_254_740_991_i64..9_007_199_254_740_991) {
        let (left, _) = run("response_time", &json!({"milliseconds": value}));
        let text = left[0].strip_prefix("milliseconds=").expect("the number");
        let kept: i64 = text.parse().expect("a number");
        prop_assert!(kept.abs() <= value.abs());
        prop_assert!(text.trim_start_matches('-').trim_end_matches('0').len() <= 2, "{}", text);
    }
}
