//! Documents: every fault is found, with its place, and the schema says the same.

use std::collections::BTreeSet;
use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Code, Json, Policy, canonical, compile};

fn document() -> Value {
    let mut document: Value =
        serde_json::from_str(include_str!("../default/policy.json")).expect("the default document");
    let english: Value = serde_json::from_str(include_str!("../default/texts/en.json")).expect("its texts");
    document["texts"] = json!({"en": english});
    document
}

fn validator() -> Validator {
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("a schema");
    let texts = parse(include_str!("../default/texts.schema.json"));
    let texts = jsonschema::Resource::from_contents(texts);
    let registry = jsonschema::Registry::new()
        .add("https://privacy.mixus.com/schema/texts-1.json", texts)
        .and_then(jsonschema::RegistryBuilder::prepare)
        .expect("a registry");
    jsonschema::options()
        .with_registry(&registry)
        .build(&parse(include_str!("../default/policy.schema.json")))
        .expect("a schema")
}

fn faults(document: &Value) -> Vec<String> {
    let mut at = Json::new(document);
    compile(&mut at, "hash");
    at.faults.iter().map(|it| [it.code.as_str(), " ", &it.path].concat()).collect()
}

/// The document with a place set or, without a value, taken away.
fn changed(pointer: &str, set: Option<&Value>) -> Value {
    let mut document = document();
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).expect(pointer);
    match (parent, set) {
        (Value::Object(members), Some(value)) => drop(members.insert(last.into(), value.clone())),
        (Value::Object(members), None) => drop(members.remove(last)),
        (Value::Array(items), Some(value)) => items[last.parse::<usize>().expect("a place")] = value.clone(),
        _ => panic!("{pointer}"),
    }
    document
}

#[test]
fn the_default_document_is_in_order() {
    let document = document();
    assert_eq!(faults(&document), Vec::<String>::new());
    let found: Vec<_> = validator().iter_errors(&document).map(|it| it.to_string()).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_fault_is_named_with_its_place() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("faults.json")).expect("the vectors");
    let schema = validator();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for vector in &vectors {
        let name = vector["name"].as_str().expect("a name");
        let document = changed(vector["at"].as_str().expect("a place"), vector.get("set"));
        let found = faults(&document);
        let texts = |member: &str| -> Vec<String> {
            let list = vector[member].as_array().map_or(&[][..], Vec::as_slice);
            list.iter().filter_map(|it| it.as_str().map(String::from)).collect()
        };
        let exact = vector.get("faults").is_some();
        if exact && found != texts("faults") || !texts("some").iter().all(|it| found.contains(it)) {
            wrong.push(format!("{name}: {found:?}"));
        }
        seen.extend(found.iter().filter_map(|it| Some(it.split_once(' ')?.0.to_string())));
        // What is wrong in its shape, the schema refuses; what is wrong in its sense, it cannot.
        let shape = vector["shape"] == json!(true);
        if schema.is_valid(&document) == shape {
            wrong.push(format!("{name}: the schema should say {shape}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    seen.insert("policy/too-many".into());
    let all: BTreeSet<String> = Code::ALL.iter().map(|it| it.as_str().to_string()).collect();
    assert_eq!(seen, all, "a code that no vector leads to");
}

#[test]
fn all_faults_are_found_at_once() {
    let mut document = document();
    document["version"] = json!(5);
    document["services"][3]["purpose"] = json!("nope");
    document["regimes"][0]["model"] = json!("maybe");
    document["texts"]["en"]["purposes"]["social"]["title"] = json!(["x"]);
    let found = faults(&document);
    assert_eq!(
        found,
        [
            "policy/type version",
            "policy/unknown-purpose services[3].purpose",
            "policy/model regimes[0].model",
            "policy/type texts.en.purposes.social.title",
        ]
    );
}

#[test]
fn too_much_is_refused() {
    let mut document = document();
    let purposes = document["purposes"].as_array_mut().expect("purposes");
    for at in 0..40 {
        let key = ["p", &at.to_string()].concat();
        purposes.push(json!({"key": key}));
    }
    assert!(faults(&document).contains(&"policy/too-many ".into()));
}

#[test]
fn what_is_not_a_document_is_refused() {
    for value in [json!(null), json!([]), json!("x"), json!(1), json!({})] {
        let mut at = Json::new(&value);
        compile(&mut at, "hash");
        assert!(at.refused(), "{value}");
    }
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
        assert_ne!(policy.find(name.as_bytes()), super::Key::Unknown, "{name}");
    }
    for name in ["marketing", "advertising", "targeting", "c0004"] {
        assert_eq!(policy.find(name.as_bytes()), super::Key::Never, "{name}");
    }
    for name in ["", "unknown", "analytic", "analytics plausible"] {
        assert_eq!(policy.find(name.as_bytes()), super::Key::Unknown, "{name}");
    }
}

/// Any JSON value, not too deep.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|it| json!(it)),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("(key|name|days|model|hosts|purposes|[a-z]{1,6})", inner, 0..4)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

/// Every place of the default document.
fn places() -> Vec<String> {
    fn walk(at: &str, value: &Value, places: &mut Vec<String>) {
        if !at.is_empty() {
            places.push(at.into());
        }
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    walk(&[at, "/", name].concat(), value, places);
                }
            }
            Value::Array(items) => {
                for (which, value) in items.iter().enumerate() {
                    walk(&[at, "/", &which.to_string()].concat(), value, places);
                }
            }
            _ => {}
        }
    }
    let mut places = Vec::new();
    walk("", &document(), &mut places);
    places
}

proptest! {
    /// Whatever stands in a place of a document, compiling ends without a panic; and a document
    /// that the schema refuses for more than a member too many is never compiled in silence.
    #[test]
    fn nothing_odd_passes(place in prop::sample::select(places()), value in values()) {
        let document = changed(&place, Some(&value));
        let mut at = Json::new(&document);
        let plan = compile(&mut at, "hash");
        if at.faults.is_empty() {
            prop_assert!(validator().is_valid(&document), "{} = {}", place, value);
            prop_assert!(Policy::read(plan.as_bytes(), b"DE", b"").is_some());
        }
    }

    /// Canonical JSON reads back as the same value, with sorted names, and is the same again.
    #[test]
    fn canonical_is_stable(value in values()) {
        if let Some(text) = canonical(&mut Json::new(&value)) {
            let back: Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(&back, &value);
            prop_assert_eq!(canonical(&mut Json::new(&back)), Some(text));
        }
    }
}
