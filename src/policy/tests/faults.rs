//! Documents with faults, as data: `faults.json`.
//!
//! A vector is a whole `document`, or the default one with the place `at` `set` to a value or,
//! without one, taken away, and with `also` further changes. `faults` are all that it has, in the
//! order of the document. `shape` says whether the schema has to refuse it too: faults of shape it
//! finds, faults of sense it cannot.

use std::collections::BTreeSet;
use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::schema::validator;
use super::{change, changed, document, faults, parse, places, values};
use crate::policy::{Code, Json, Policy, Severity, compile};

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("faults.json")).expect("the vectors")
}

fn of(vector: &Value) -> Value {
    if let Some(whole) = vector.get("document") {
        return whole.clone();
    }
    let text = |member: &Value| member.as_str().expect("a place").to_string();
    let mut document = changed(&text(&vector["at"]), vector.get("set"));
    for more in vector["also"].as_array().into_iter().flatten() {
        change(&mut document, &text(&more["at"]), more.get("set"));
    }
    document
}

#[test]
fn every_fault_is_named_with_its_place() {
    let schema = validator();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for vector in &vectors() {
        let name = vector["name"].as_str().expect("a name");
        let document = of(vector);
        let found = faults(&document);
        let listed = vector["faults"].as_array().into_iter().flatten();
        let text = |fault: &Value, member: &str| fault[member].as_str().expect(member).to_string();
        let expected: Vec<String> = listed.map(|it| [text(it, "code"), text(it, "path")].join(" ")).collect();
        if found != expected || found.is_empty() {
            wrong.push(format!("{name}: {}", json!(found)));
        }
        seen.extend(found.iter().filter_map(|it| Some(it.split_once(' ')?.0.to_string())));
        let shape = vector["shape"] == json!(true);
        if schema.is_valid(&document) == shape {
            wrong.push(format!("{name}: the schema should say {shape}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // See `too_much_is_refused`.
    seen.insert("policy/too-many".into());
    let all: BTreeSet<String> = Code::ALL.iter().map(|it| it.as_str().to_string()).collect();
    assert_eq!(seen, all, "a code that no vector leads to");
}

#[test]
fn a_fault_leaves_no_plan_unless_it_only_warns() {
    for vector in &vectors() {
        let document = of(vector);
        let mut at = Json::new(&document);
        compile(&mut at, "hash");
        let warns = at.faults.iter().all(|it| it.code.severity() == Severity::Warns);
        assert_eq!(at.refused(), !warns, "{}", vector["name"]);
        assert!(at.faults.iter().all(|it| !it.code.says().is_empty()));
    }
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
    let with = |purposes: usize, services: usize, hosts: usize| {
        let mut document = document();
        let list = |document: &mut Value, name: &str, more: &mut dyn Iterator<Item = Value>| {
            document[name].as_array_mut().expect("a list").extend(more);
        };
        for at in 0..purposes {
            let texts = json!({"title": "T", "short": "s", "description": "D."});
            document["texts"]["en"]["purposes"][format!("p{at}")] = texts;
        }
        list(
            &mut document,
            "purposes",
            &mut (0..purposes).map(|at| json!({"key": format!("p{at}")})),
        );
        let service = |at| {
            let hosts: Vec<String> = (0..hosts).map(|host| format!("h{host}.s{at}.example")).collect();
            json!({
                "key": format!("s{at}"), "purpose": "analytics", "name": "S", "provider": {"name": "S"},
                "retention": {"days": 1}, "hosts": hosts,
            })
        };
        list(&mut document, "services", &mut (0..services).map(service));
        faults(&document)
    };
    let (purposes, services) = (27, 246);
    assert_eq!(with(purposes, services, 1), Vec::<String>::new());
    assert_eq!(with(purposes + 1, 0, 0), ["policy/too-many "]);
    assert_eq!(with(0, services + 1, 0), ["policy/too-many "]);
    // More hosts than the boot module has room for.
    assert_eq!(with(0, services, 12), ["policy/too-many "]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    /// Whatever stands in a place of a document, compiling ends without a panic. What compiles in
    /// silence satisfies the schema and gives a plan; what satisfies the schema has faults of sense
    /// at most.
    #[test]
    fn the_schema_and_the_compiler_agree(place in prop::sample::select(places()), value in values()) {
        let document = changed(&place, Some(&value));
        let mut at = Json::new(&document);
        let plan = compile(&mut at, "hash");
        let valid = schema_says(&document);
        if at.faults.is_empty() {
            prop_assert!(valid, "{} = {}", place, value);
            prop_assert!(Policy::read(plan.as_bytes(), b"DE", b"").is_some());
        }
        if valid {
            for fault in at.faults {
                let sense = matches!(
                    fault.code,
                    Code::DuplicateKey | Code::AmbiguousKey | Code::UnknownPurpose | Code::UnknownKey
                        | Code::Essential | Code::EssentialOptional | Code::NeverHost | Code::DuplicateRegion
                        | Code::UnknownRegime | Code::LaxFallback | Code::MissingText | Code::UnusedText
                        | Code::NeverCollected | Code::TooMany
                );
                // A schema cannot add, nor tell a port from a larger number.
                let sum = matches!(fault.code, Code::Range) && fault.path.ends_with("revision");
                prop_assert!(sense || sum || fault.code == Code::Host, "{:?} in {} = {}", fault, place, value);
            }
        }
    }
}

fn schema_says(document: &Value) -> bool {
    thread_local!(static SCHEMA: jsonschema::Validator = validator());
    SCHEMA.with(|it| it.is_valid(document))
}

#[test]
fn what_is_not_a_document_is_refused() {
    for text in ["null", "[]", "\"x\"", "1", "{}", "[{}]", "{\"format\":1}"] {
        let value = parse(text);
        let mut at = Json::new(&value);
        compile(&mut at, "hash");
        assert!(at.refused(), "{value}");
    }
}
