//! Canonical JSON: the examples of RFC 8785, and another implementation beside this one.

use std::string::String;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{document, parse, values};
use crate::policy::{Json, Object, canonical};

fn ours(value: &Value) -> Option<String> {
    canonical(&mut Json::new(value))
}

fn theirs(value: &Value) -> String {
    serde_json_canonicalizer::to_string(value).expect("a JSON value")
}

#[test]
fn names_are_sorted_as_the_standard_says() {
    // RFC 8785, section 3.2.3.
    let value = parse(
        r#"{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
            "\u00f6": "Latin Small Letter O With Diaeresis"}"#,
    );
    let expected = [
        r#"{"\r":"Carriage Return","1":"One",""#,
        "\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",",
        "\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}",
    ];
    assert_eq!(ours(&value), Some(expected.concat()));
}

#[test]
fn texts_are_escaped_as_the_standard_says() {
    // RFC 8785, section 3.2.2.2, from the example of 3.2.2.
    let value = parse(r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}"#);
    assert_eq!(ours(&value).as_deref(), Some(r#"{"string":"€$\u000f\nA'B\"\\\\\"/"}"#));
    // Every control character, and what stands beside them.
    for code in (0..0x30).chain([0x5b, 0x5c, 0x5d, 0x7e, 0x7f, 0x80, 0x2028, 0xfffd, 0x1_0000]) {
        let value = json!([char::from_u32(code)]);
        assert_eq!(ours(&value), Some(theirs(&value)), "{code:x}");
    }
}

#[test]
fn whole_numbers_alone() {
    for (text, written) in [
        ("0", Some("0")),
        ("-0", Some("0")),
        ("1.0", Some("1")),
        ("1e3", Some("1000")),
        ("-9007199254740992", Some("-9007199254740992")),
        ("9007199254740992", Some("9007199254740992")),
        ("9007199254740993", None),
        ("18446744073709551615", None),
        ("1e300", None),
        ("4.50", None),
        ("null", None),
    ] {
        let value = parse(text);
        assert_eq!(ours(&value).as_deref(), written, "{text}");
        if let Some(written) = written {
            assert_eq!(theirs(&value), written);
        }
    }
}

#[test]
fn the_default_document_is_hashed_as_others_would() {
    assert_eq!(ours(&document()), Some(theirs(&document())));
}

#[test]
fn a_member_without_a_name_has_none() {
    for text in [r#"{"": 1}"#, r#"{"": {}}"#, r#"[{"a": {"": [1]}}]"#] {
        assert_eq!(ours(&parse(text)), None, "{text}");
    }
}

#[test]
fn an_object_is_written_member_by_member() {
    let mut inner = Object::default();
    inner.flag("no", false);
    let mut object = Object::default();
    object.list("a", ["x", "\"y\""].into_iter());
    object.list("b", [].into_iter());
    object.number("c", u64::MAX);
    object.raw("d", &inner.end());
    object.text("e\n", "\\");
    let text = object.end();
    assert_eq!(
        text,
        r#"{"a":["x","\"y\""],"b":[],"c":18446744073709551615,"d":{"no":false},"e\n":"\\"}"#
    );
    assert_eq!(Object::default().end(), "{}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// What has a canonical form here has the one that any other implementation writes, and it reads
    /// back as itself.
    #[test]
    fn others_write_the_same(value in values(), names in prop::collection::btree_map(".{1,9}", any::<i32>(), 0..5)) {
        if let Some(text) = ours(&value) {
            prop_assert_eq!(&text, &theirs(&value));
            prop_assert_eq!(ours(&parse(&text)), Some(text));
        }
        let object = json!(names);
        prop_assert_eq!(ours(&object), Some(theirs(&object)));
    }
}
