//! What is no receipt by its form.

use std::format;
use std::string::{String, ToString as _};

use serde_json::{Value, json};

use super::bad::Bad;
use super::good::{with, without};

pub(super) fn texts(bad: &mut Bad, plain: &Value) {
    let text = plain.to_string();
    let inner = text.trim_matches(['{', '}']);
    for (says, receipt) in [
        ("empty", String::new()),
        ("nothing but space", " \n".into()),
        ("no object", "null".into()),
        ("a list", format!("[{text}]")),
        ("a text", json!(text).to_string()),
        ("no members", "{}".into()),
        ("not ended", text.trim_end_matches('}').into()),
        ("ended twice", format!("{text}}}")),
        ("two of them", format!("{text}{text}")),
        ("something behind it", format!("{text},")),
        ("something before it", format!(" ,{text}")),
        ("a byte order mark", format!("\u{feff}{text}")),
        ("another kind of space", format!("{{\u{a0}{inner}}}")),
        ("a comment", format!("{{/**/{inner}}}")),
        ("a comma too many", format!("{{{inner},}}")),
        ("a comma too early", format!("{{,{inner}}}")),
        ("a comma too few", text.replace(",\"v\"", "\"v\"")),
        ("other quotes", text.replace("\"v\"", "'v'")),
        ("no quotes", text.replace("\"v\"", "v")),
        ("no colon", text.replace("\"v\":", "\"v\"")),
        ("an unknown member", format!("{{\"more\":1,{inner}}}")),
        ("a long name", format!("{{\"{}\":1,{inner}}}", "checkpoint".repeat(9))),
        ("a name in other letters", text.replace("\"v\"", "\"V\"")),
        ("an empty name", format!("{{\"\":1,{inner}}}")),
        ("the name of a prototype", format!("{{\"__proto__\":1,{inner}}}")),
    ] {
        bad.add(says, receipt, "form", "");
    }
    bad.add("a name that is cut off", "{\"v\":1,\"ev", "form", "");
    bad.add("no name", "{1:1}", "form", "");
}

pub(super) fn members(bad: &mut Bad, plain: &Value) {
    let text = plain.to_string();
    let inner = text.trim_matches(['{', '}']);
    for name in ["checkpoint", "event", "index", "proof", "taken", "v"] {
        let value = &plain[name];
        bad.add(&format!("without {name}"), without(plain, name), "form", name);
        bad.add(
            &format!("{name} twice"),
            format!("{{\"{name}\":{value},{inner}}}"),
            "form",
            name,
        );
        for other in [Value::Null, json!({}), json!(true)] {
            bad.add(&format!("{name} is {other}"), with(plain, name, other), "form", name);
        }
    }
    for name in ["index", "taken", "v"] {
        let whole = format!("\"{name}\":{}", plain[name]);
        let member = |value: &str| text.replace(&whole, &format!("\"{name}\":{value}"));
        for value in [
            "-1",
            "\"1\"",
            "[1]",
            "9007199254740992",
            "99999999999999999999999",
            "01",
            "+1",
            "",
        ] {
            bad.add(&format!("{name} is {value}"), member(value), "form", name);
        }
        for value in ["1.0", "1e0", "0x1", "1n"] {
            let path = if value == "0x1" && name == "v" { "v" } else { "" };
            bad.add(&format!("{name} is {value}"), member(value), "form", path);
        }
    }
    bad.add("of another version", with(plain, "v", 2), "form", "v");
    bad.add("of version 0", with(plain, "v", 0), "form", "v");
    let first = plain["proof"][0].as_str().unwrap_or("");
    let rest = |first: &Value| json!([first, plain["proof"][1], plain["proof"][2]]);
    for other in [
        json!(1),
        Value::Null,
        json!([first]),
        json!(""),
        json!(&first[1..]),
        json!(format!("{first}=")),
        json!(format!("{first}A")),
        json!(format!("{}B", &first[..42])),
        json!(format!("+{}", &first[1..])),
        json!(format!(" {}", &first[1..])),
    ] {
        bad.add(
            &format!("a hash is {other}"),
            with(plain, "proof", rest(&other)),
            "form",
            "proof[0]",
        );
    }
    bad.add(
        "the third hash is none",
        with(plain, "proof", json!([first, first, "A"])),
        "form",
        "proof[2]",
    );
    bad.add("the proof is one text", with(plain, "proof", first), "form", "proof");
    bad.add("the proof is not ended", "{\"proof\":[", "form", "proof[0]");
    bad.add(
        "a comma too many in the proof",
        text.replace("],\"taken\"", ",],\"taken\""),
        "form",
        "proof[3]",
    );
    bad.add("the event is no text", with(plain, "event", json!({"v": 1})), "form", "event");
    bad.add("a line feed in a text", text.replace("\\n", "\n"), "form", "checkpoint");
    bad.add(
        "half a character",
        text.replace("\\\"custom", "\\ud83d\\\"custom"),
        "form",
        "event",
    );
    bad.add(
        "the wrong half of a character",
        text.replace("custom", "\\udc00"),
        "form",
        "event",
    );
    bad.add("two first halves", text.replace("custom", "\\ud83d\\ud83d"), "form", "event");
    bad.add(
        "an escape of no character",
        text.replace("custom", "\\x63ustom"),
        "form",
        "event",
    );
    bad.add(
        "an escape that is no number",
        text.replace("custom", "\\u006gustom"),
        "form",
        "event",
    );
    bad.add("an escape with a sign", text.replace("custom", "\\u+063ustom"), "form", "event");
}
