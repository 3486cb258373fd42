//! Every language says everything that English says, with the same places for values.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use mixus_privacy_tests::root;
use serde_json::{Value, json};

/// The interface, and the default policy.
const FOLDERS: [&str; 2] = ["src/web/texts", "src/policy/default/texts"];

/// The texts of a file by their place: `banner.title`.
type Texts = BTreeMap<String, Value>;

fn flatten(value: &Value, at: &str, out: &mut Texts) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, member) in members {
                let at = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                flatten(member, &at, out);
            }
        }
        _ => drop(out.insert(at.to_owned(), value.clone())),
    }
}

fn texts(value: &Value) -> Texts {
    let mut out = Texts::new();
    flatten(value, "", &mut out);
    out
}

/// The languages of a folder with their texts.
fn languages(folder: &str) -> BTreeMap<String, Texts> {
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect(folder).path();
        let name = path.file_stem().and_then(|it| it.to_str()).expect(folder).to_owned();
        let text = fs::read_to_string(&path).expect(&name);
        let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (name, texts(&value))
    };
    fs::read_dir(root().join(folder)).expect(folder).map(read).collect()
}

/// The names in braces, sorted; a brace that has no partner makes a name of its own.
fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<_> = text
        .split_inclusive('}')
        .filter(|it| it.contains(['{', '}']))
        .map(|it| it.find('{').map_or(it, |start| &it[start..]))
        .collect();
    names.sort_unstable();
    names
}

/// What is wrong with the texts of a language, against the English ones.
fn faults(english: &Texts, own: &Texts) -> Vec<String> {
    let extra = own.keys().filter(|it| !english.contains_key(*it));
    let mut faults: Vec<_> = extra.map(|it| format!("{it}: English has no such text")).collect();
    for (at, model) in english {
        let model = model.as_str().unwrap_or_default();
        match own.get(at) {
            None => faults.push(format!("{at}: missing")),
            Some(Value::String(text)) if !text.trim().is_empty() => {
                let (found, wanted) = (placeholders(text), placeholders(model));
                if found != wanted {
                    faults.push(format!("{at}: has {found:?} where English has {wanted:?}"));
                }
            }
            Some(other) => faults.push(format!("{at}: {other} is no text")),
        }
    }
    faults
}

#[test]
fn every_language_says_what_english_says() {
    for folder in FOLDERS {
        let languages = languages(folder);
        let english = languages.get("en").expect(folder);
        let faults: Vec<_> = languages
            .iter()
            .flat_map(|(name, own)| {
                faults(english, own).into_iter().map(move |it| format!("{name}.json: {it}"))
            })
            .collect();
        assert!(faults.is_empty(), "{folder}:\n{}", faults.join("\n"));
    }
}

#[test]
fn both_folders_and_the_default_policy_have_the_same_languages() {
    let path = root().join("src/policy/default/policy.json");
    let policy: Value = serde_json::from_str(&fs::read_to_string(path).expect("a policy")).expect("a policy");
    let named: BTreeSet<_> = policy["texts"].as_object().expect("texts").keys().cloned().collect();
    for folder in FOLDERS {
        let found: BTreeSet<_> = languages(folder).into_keys().collect();
        assert_eq!(found, named, "{folder}");
    }
}

#[test]
fn what_is_missing_or_too_much_is_found() {
    let english = texts(&json!({"a": {"b": "{count} of {list}", "c": "c"}}));
    let find = |own: Value| faults(&english, &texts(&own)).join("; ");
    assert_eq!(find(json!({"a": {"b": "{list}: {count}", "c": "d"}})), "");
    assert_eq!(find(json!({"a": {"b": "{list}: {count}"}})), "a.c: missing");
    for (own, place) in [
        (json!({"a": {"b": "{list}: {count}", "c": "d", "e": "e"}}), "a.e"),
        (json!({"a": {"b": "{list}: {count}", "c": "d", "e": {}}}), "a.e"),
        (json!({"a": {"b": "{list}: {count}", "c": " "}}), "a.c"),
        (json!({"a": {"b": "{list}: {count}", "c": 1}}), "a.c"),
        (json!({"a": {"b": "{list}", "c": "d"}}), "a.b"),
        (json!({"a": {"b": "{list}: {number}", "c": "d"}}), "a.b"),
        (json!({"a": {"b": "{list}: {count", "c": "d"}}), "a.b"),
        (json!({"a": {"b": "{list}: {count}}", "c": "d"}}), "a.b"),
        (json!({"a": {"b": "{list}: {count}", "c": "{d}"}}), "a.c"),
    ] {
        let found = find(own.clone());
        assert!(found.starts_with(place) && !found.contains("; "), "{own}: {found:?}");
    }
}
