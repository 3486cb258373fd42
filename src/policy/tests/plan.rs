//! The plan: what it says is what the document says, and one that is damaged is none.

use std::string::{String, ToString as _};
use std::vec::Vec;

use serde_json::{Value, json};

use super::document;
use crate::policy::{Address, CONSENT_MODE, Item, Json, Key, Model, Policy, compile, flags};

fn plan(document: &Value) -> String {
    let mut at = Json::new(document);
    let plan = compile(&mut at, "hash");
    assert!(at.faults.is_empty(), "{:?}", at.faults);
    plan
}

fn text(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).expect("ASCII")
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// The words of a list, joined by blanks.
fn words(value: &Value, name: &str) -> String {
    let words: Vec<&str> = list(value, name).iter().filter_map(Value::as_str).collect();
    words.join(" ")
}

fn number(value: &Value, usual: u64) -> u64 {
    value.as_u64().unwrap_or(usual)
}

/// A document that says something in every member that the plan holds.
fn full() -> Value {
    let mut document = document();
    document["ceiling"] = json!({"deny": ["x-posts", "preferences"]});
    document["purposes"][1]["revision"] = json!(7);
    document["services"][3]["revision"] = json!(25);
    document["services"][3]["hosts"] = json!(["plausible.io", "localhost:8081/js", "/stats/"]);
    document["regimes"][2]["exceptions"] = json!([
        {"purpose": "analytics", "model": "notice"}, {"purpose": "social", "model": "opt-out"},
    ]);
    document
}

fn check_item(document: &Value, item: &Item<'_>, at: usize) {
    let (purposes, services) = (list(document, "purposes"), list(document, "services"));
    let place = |key: &Value| purposes.iter().position(|it| it["key"] == *key).expect("a purpose");
    let (of, purpose) = match at.checked_sub(purposes.len()) {
        None => (&purposes[at], at),
        Some(at) => (&services[at], place(&services[at]["purpose"])),
    };
    assert_eq!(text(item.key), of["key"]);
    assert_eq!(item.purpose as usize, purpose, "{of}");
    assert_eq!(item.is_purpose(), at < purposes.len());
    assert_eq!(text(item.hosts()), words(of, "hosts"));
    let above = if item.is_purpose() { 1 } else { number(&purposes[purpose]["revision"], 1) };
    assert_eq!(u64::from(item.revision), number(&of["revision"], 1) + above - 1, "{of}");
    for (name, flag) in [
        ("essential", flags::ESSENTIAL),
        ("sharing", flags::SHARING),
        ("explicit", flags::EXPLICIT),
        ("closed", flags::CLOSED),
    ] {
        assert_eq!(item.is(flag), purposes[purpose][name] == json!(true), "{name} of {of}");
    }
    let types = list(of, "consentMode");
    for (bit, name) in CONSENT_MODE.iter().enumerate() {
        assert_eq!(
            item.consent_mode >> bit & 1 == 1,
            types.contains(&json!(name)),
            "{name} of {of}"
        );
    }
    for name in list(of, "aliases").iter().chain([&of["key"]]) {
        let name = name.as_str().expect("a name").as_bytes();
        assert!(item.is_named(name));
    }
}

#[test]
fn it_says_what_the_document_says() {
    for document in [document(), full()] {
        let plan = plan(&document);
        assert!(plan.is_ascii());
        let policy = Policy::read(plan.as_bytes(), b"", b"").expect("a plan");
        assert_eq!(text(policy.version()), document["version"]);
        assert_eq!(policy.hash(), b"hash");
        assert_eq!(text(policy.ceiling()), words(&document["ceiling"], "deny"));
        let count = list(&document, "purposes").len() + list(&document, "services").len();
        assert_eq!(policy.items().count(), count);
        for (at, item) in policy.items().enumerate() {
            assert_eq!(item.at as usize, at);
            check_item(&document, &item, at);
            assert_eq!(text(policy.item(item.at).key), text(item.key));
            assert_eq!(policy.find(item.key), Key::Item(item.at));
        }
        for never in list(&document, "never") {
            assert_eq!(policy.find(never["key"].as_str().expect("a key").as_bytes()), Key::Never);
            for host in list(never, "hosts").iter().filter_map(Value::as_str) {
                let (host, path) = host.split_once('/').unwrap_or((host, ""));
                let path = ["/", path].concat();
                let address = Address {
                    host: host.as_bytes(),
                    path: path.as_bytes(),
                    own: false,
                };
                assert!(policy.never_covers(address), "{host}{path}");
            }
        }
        let address = Address {
            host: b"plausible.io",
            path: b"/",
            own: false,
        };
        assert!(!policy.never_covers(address));
    }
}

#[test]
fn it_knows_the_law_of_every_region() {
    let document = full();
    let plan = plan(&document);
    let usual = document["validity"]["days"].as_u64().expect("days");
    for regime in list(&document, "regimes") {
        let key = regime["key"].as_str().expect("a key");
        // By its name, and by every region that it claims.
        let forced = Policy::read(plan.as_bytes(), b"", key.as_bytes()).expect("a plan");
        let mut policies = Vec::from([forced]);
        for region in list(regime, "regions").iter().filter_map(Value::as_str) {
            policies.push(Policy::read(plan.as_bytes(), region.as_bytes(), b"").expect("a plan"));
        }
        for policy in policies {
            let law = policy.regime;
            assert_eq!(text(law.key()), key);
            let model = |word: &Value| Model::parse(word.as_str().expect("a word")).expect("a model");
            assert_eq!(law.model(), model(&regime["model"]));
            assert_eq!(law.asks_first(), law.model() == Model::OptIn);
            for (at, purpose) in list(&document, "purposes").iter().enumerate() {
                let mut exceptions = list(regime, "exceptions").iter();
                let exception = exceptions.find(|it| it["purpose"] == purpose["key"]);
                let own = exception.map_or(law.model(), |it| model(&it["model"]));
                let at = u32::try_from(at).expect("a place");
                assert_eq!(law.asks_first_for(at), own == Model::OptIn, "{key} {purpose}");
            }
            assert_eq!(law.flags() & flags::GPC != 0, regime["gpc"] == json!(true));
            assert_eq!(law.flags() & flags::CHOICES_LINK != 0, regime["choicesLink"] == json!(true));
            assert_eq!(u64::from(law.parent_age()), number(&regime["minors"]["parent"], 0));
            assert_eq!(u64::from(law.opt_in_age()), number(&regime["minors"]["optIn"], 0));
            assert_eq!(u64::from(law.validity_days()), number(&regime["validityDays"], usual));
            assert_eq!(u64::from(law.quiet_days()), number(&regime["quietDays"], 182));
        }
    }
}

#[test]
fn an_unknown_region_has_the_strictest_law() {
    let plan = plan(&document());
    for region in [
        "", "ZZ", "CA", "CA-ON", "de", "D", "DE ", " DE", "USCA", "-", "-CA", "US_CA", "EU", "DE AT",
    ] {
        let policy = Policy::read(plan.as_bytes(), region.as_bytes(), b"").expect("a plan");
        assert_eq!(text(policy.regime.key()), "unknown", "{region:?}");
    }
    // A part of a country has the country's, unless it has its own.
    for (region, key) in [
        ("DE-BY", "gdpr"),
        ("US-FL", "us"),
        ("US-CA", "ccpa"),
        ("US-", "us"),
        ("CA-QC", "quebec"),
    ] {
        let policy = Policy::read(plan.as_bytes(), region.as_bytes(), b"").expect("a plan");
        assert_eq!(text(policy.regime.key()), key, "{region:?}");
    }
    for regime in ["nothing", "GDPR", "gdpr uk", " ", "gdp"] {
        assert!(Policy::read(plan.as_bytes(), b"DE", regime.as_bytes()).is_none(), "{regime:?}");
    }
}

/// What a plan answers to every question, for comparison.
fn answers(policy: &Policy<'_>) -> String {
    let items: Vec<String> = policy.items().map(|it| std::format!("{it:?}")).collect();
    [
        items.concat(),
        std::format!("{:?}", policy.regime),
        text(policy.version()).to_string(),
    ]
    .concat()
}

#[test]
fn any_one_byte_that_changes_is_noticed() {
    // A short document, so that every byte can take on every other value.
    let mut short = document();
    for (name, value) in [
        (
            "purposes",
            json!([{"key": "essential", "essential": true}, {"key": "a", "sharing": true}]),
        ),
        (
            "services",
            json!([{
                "key": "s", "purpose": "a", "name": "S", "provider": {"name": "S"}, "retention": {"days": 1},
                "hosts": ["s.example"],
            }]),
        ),
        ("never", json!([{"key": "ads", "hosts": ["ads.example"]}])),
        (
            "regimes",
            json!([
                {"key": "us", "regions": ["US"], "model": "opt-out"}, {"key": "all", "model": "opt-in", "gpc": true},
            ]),
        ),
        ("fallback", json!("all")),
        ("endpoints", json!([])),
        ("minimise", json!({})),
        ("data", json!([])),
        ("rights", json!({"contact": "/privacy"})),
        ("texts", json!({"en": "./en.json"})),
    ] {
        short[name] = value;
    }
    let whole = plan(&short);
    let policy = Policy::read(whole.as_bytes(), b"US", b"").expect("a plan");
    let said = answers(&policy);
    let seal = whole.len() - 8;
    for at in 0..whole.len() {
        for change in 1..=255_u8 {
            let mut bytes = whole.clone().into_bytes();
            bytes[at] ^= change;
            let read = Policy::read(&bytes, b"US", b"");
            if at < seal {
                assert!(read.is_none(), "byte {at} as {}", bytes[at]);
            } else if let Some(policy) = read {
                // The seal has room to spare: what reads as the same sum says the same.
                assert_eq!(answers(&policy), said, "byte {at} as {}", bytes[at]);
            }
        }
    }
}

#[test]
fn the_default_plan_is_whole_or_none() {
    let whole = plan(&document());
    for length in 0..whole.len() {
        assert!(Policy::read(&whole.as_bytes()[..length], b"DE", b"").is_none(), "{length}");
    }
    for at in 0..whole.len() - 8 {
        let mut bytes = whole.clone().into_bytes();
        bytes[at] ^= 1 << (at % 8);
        assert!(Policy::read(&bytes, b"DE", b"").is_none(), "{at}");
    }
    for other in ["", "~", "~0000000", "1|v|h|", "2|v|h|\n"] {
        assert!(Policy::read(other.as_bytes(), b"DE", b"").is_none(), "{other:?}");
    }
    // A later format, rightly sealed, is not this one's to read.
    let mut later = b"2|v|hash|\np111|essential".to_vec();
    crate::policy::seal(&mut later);
    assert!(Policy::read(&later, b"DE", b"").is_none());
}
