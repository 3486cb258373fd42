//! The published schemas.

use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::{document, parse};

const POLICY: &str = include_str!("../default/policy.schema.json");
const TEXTS: &str = include_str!("../default/texts.schema.json");
const LANGUAGES: [(&str, &str); 10] = [
    ("ar", include_str!("../default/texts/ar.json")),
    ("de", include_str!("../default/texts/de.json")),
    ("en", include_str!("../default/texts/en.json")),
    ("es", include_str!("../default/texts/es.json")),
    ("fr", include_str!("../default/texts/fr.json")),
    ("it", include_str!("../default/texts/it.json")),
    ("ja", include_str!("../default/texts/ja.json")),
    ("nl", include_str!("../default/texts/nl.json")),
    ("pl", include_str!("../default/texts/pl.json")),
    ("pt", include_str!("../default/texts/pt.json")),
];

/// The schema of documents. That of texts, which it names, is found by its own identifier.
pub(super) fn validator() -> Validator {
    let texts = parse(TEXTS);
    let id = texts["$id"].as_str().expect("an identifier").to_string();
    let registry = jsonschema::Registry::new()
        .add(id, jsonschema::Resource::from_contents(texts))
        .and_then(jsonschema::RegistryBuilder::prepare)
        .expect("a registry");
    jsonschema::options()
        .with_registry(&registry)
        .build(&parse(POLICY))
        .expect("a schema")
}

fn errors(schema: &Validator, value: &Value) -> Vec<String> {
    schema
        .iter_errors(value)
        .map(|it| format!("{} {it}", it.instance_path()))
        .collect()
}

#[test]
fn they_are_schemas() {
    for text in [POLICY, TEXTS] {
        let schema = parse(text);
        assert!(jsonschema::meta::is_valid(&schema));
        assert_eq!(schema["$schema"], json!("https://json-schema.org/draft/2020-12/schema"));
        assert!(schema["$id"].as_str().is_some_and(|it| it.starts_with("https://")));
        assert!(schema["title"].is_string() && schema["description"].is_string());
    }
}

#[test]
fn the_default_document_satisfies_its_schema() {
    let schema = validator();
    // With texts in place, and as it stands, with texts at their addresses.
    assert_eq!(errors(&schema, &document()), [""; 0]);
    assert_eq!(errors(&schema, &parse(include_str!("../default/policy.json"))), [""; 0]);
}

#[test]
fn the_texts_of_every_language_satisfy_theirs() {
    let texts = jsonschema::options().build(&parse(TEXTS)).expect("a schema");
    let listed = &parse(include_str!("../default/policy.json"))["texts"];
    assert_eq!(listed.as_object().map(serde_json::Map::len), Some(LANGUAGES.len()));
    for (language, text) in LANGUAGES {
        let value = parse(text);
        assert_eq!(errors(&texts, &value), [""; 0], "{language}");
        assert_eq!(value["$schema"], json!("../texts.schema.json"), "{language}");
        assert_eq!(listed[language], json!(format!("./texts/{language}.json")));
        let mut whole = document();
        whole["texts"] = json!({"en": whole["texts"]["en"], language: value});
        assert_eq!(super::faults(&whole), [""; 0], "{language}");
        assert_eq!(errors(&validator(), &whole), [""; 0], "{language}");
    }
    assert_eq!(
        parse(include_str!("../default/policy.json"))["$schema"],
        json!("./policy.schema.json")
    );
}

/// Every member of every object that a schema describes, with its own description or that of
/// what it refers to.
fn members<'s>(at: &str, value: &'s Value, found: &mut Vec<(String, &'s Value)>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                let at = format!("{at}/{name}");
                if let ("properties", Value::Object(all)) = (name.as_str(), member) {
                    found.extend(all.iter().map(|(name, it)| (format!("{at}/{name}"), it)));
                }
                // A condition describes nothing.
                if name != "if" {
                    members(&at, member, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| members(at, it, found)),
        _ => {}
    }
}

#[test]
fn every_member_is_described() {
    for text in [POLICY, TEXTS] {
        let schema = parse(text);
        let mut found = Vec::new();
        members("", &schema, &mut found);
        assert!(found.len() > 10);
        for (at, member) in found {
            let referred = member["$ref"].as_str().and_then(|it| schema.pointer(it.strip_prefix('#')?));
            let says = |it: &Value| it["description"].as_str().is_some_and(|it| !it.trim().is_empty());
            assert!(says(member) || referred.is_some_and(says), "{at}");
            // A number says its unit and from where to where it goes.
            if member["type"] == json!("integer") {
                let text = member["description"].as_str().unwrap_or_default().to_lowercase();
                let unit = ["day", "hour", "years"].iter().any(|unit| text.contains(unit));
                assert!(
                    unit && member["minimum"].is_number() && member["maximum"].is_number(),
                    "{at}: {text}"
                );
            }
        }
    }
}
