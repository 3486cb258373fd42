//! Documents: every fault is found, with its place; the schema says the same; and the plan that
//! comes out is sound or is none.

mod canonical;
mod document;
mod faults;
mod plan;
mod schema;

use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Json, compile};

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The default document, with its English texts in place.
pub(crate) fn document() -> Value {
    let mut document = parse(include_str!("../default/policy.json"));
    document["texts"] = json!({"en": parse(include_str!("../default/texts/en.json"))});
    document
}

/// Every fault of a document, as its code and its path.
fn faults(document: &Value) -> Vec<String> {
    let mut at = Json::new(document);
    compile(&mut at, "hash");
    at.faults.iter().map(|it| [it.code.as_str(), " ", &it.path].concat()).collect()
}

/// Sets a place of a document or, without a value, takes it away.
fn change(document: &mut Value, pointer: &str, set: Option<&Value>) {
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).expect(pointer);
    match (parent, set) {
        (Value::Object(members), Some(value)) => drop(members.insert(last.into(), value.clone())),
        (Value::Object(members), None) => drop(members.remove(last)),
        (Value::Array(items), Some(value)) => items[last.parse::<usize>().expect("a place")] = value.clone(),
        _ => panic!("{pointer}"),
    }
}

/// The default document with one place changed.
fn changed(pointer: &str, set: Option<&Value>) -> Value {
    let mut document = document();
    change(&mut document, pointer, set);
    document
}

/// Any JSON value, not too deep.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1..400_i64).prop_map(Value::from),
        any::<f64>().prop_map(|it| json!(it)),
        "\\PC{0,12}".prop_map(Value::from),
        // What comes close to a form of the document.
        "[a-z0-9-]{1,8}(\\.[a-z]{2,3})?(:[0-9+]{0,5})?(/[a-z?#*]{0,3})?".prop_map(Value::from),
        "(https?:)?/[/\\\\]?(localhost|a\\.localhost|evil\\.example)[:@/]?[0-9]{0,2}[@/]?[a-z]{0,3}"
            .prop_map(Value::from),
        "(mailto:|\\./|[A-Z]{2}(-[A-Z0-9]{0,4})?|[a-z]{2,3}(-[A-Za-z]{1,9})?)".prop_map(Value::from),
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
                    walk(&std::format!("{at}/{which}"), value, places);
                }
            }
            _ => {}
        }
    }
    let mut places = Vec::new();
    walk("", &document(), &mut places);
    places
}
