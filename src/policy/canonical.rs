//! Canonical JSON (RFC 8785), for hashing: sorted names, no white space, integers only.

use alloc::string::String;

use super::cursor::{Cursor, Kind};

/// A JSON object that is written member by member. For a canonical one the caller writes
/// the members in the order of their names.
#[derive(Debug)]
pub struct Object(String);

impl Default for Object {
    fn default() -> Object {
        Object(String::from("{"))
    }
}

impl Object {
    fn name(&mut self, name: &str) -> &mut String {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_text(&mut self.0, name);
        self.0.push(':');
        &mut self.0
    }

    /// A text.
    pub fn text(&mut self, name: &str, value: &str) {
        push_text(self.name(name), value);
    }

    /// A whole number.
    pub fn number(&mut self, name: &str, value: u64) {
        push_decimal(self.name(name), value);
    }

    /// A value that is JSON already.
    pub fn raw(&mut self, name: &str, value: &str) {
        self.name(name).push_str(value);
    }

    /// Yes or no.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.raw(name, if value { "true" } else { "false" });
    }

    /// A list of texts.
    pub fn list<'a>(&mut self, name: &str, values: impl Iterator<Item = &'a str>) {
        let mut out = String::from("[");
        for value in values {
            if out.len() > 1 {
                out.push(',');
            }
            push_text(&mut out, value);
        }
        out.push(']');
        self.raw(name, &out);
    }

    /// The finished object.
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// Appends a text as canonical JSON writes it: quoted, with the shortest escapes.
fn push_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control @ '\0'..='\u{1f}' => {
                out.push_str(if control < '\u{10}' { "\\u000" } else { "\\u001" });
                out.extend(char::from_digit(u32::from(control) & 15, 16));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

fn push_decimal(out: &mut String, value: u64) {
    if value >= 10 {
        push_decimal(out, value / 10);
    }
    out.push(char::from(b'0' + (value % 10) as u8));
}

/// A document as canonical JSON. `None` where it holds something that this format does not
/// allow: a number that is not a whole one within ± 2^53, a member without a name, or a value that
/// is no JSON.
pub fn canonical<C: Cursor>(at: &mut C) -> Option<String> {
    let mut out = String::new();
    push(&mut out, at)?;
    Some(out)
}

fn push<C: Cursor>(out: &mut String, at: &mut C) -> Option<()> {
    match at.kind("") {
        Kind::Text => push_text(out, &at.text("")),
        Kind::Flag => out.push_str(if at.flag("") { "true" } else { "false" }),
        Kind::Number => {
            let number = at.number("");
            if number < 0 {
                out.push('-');
            }
            push_decimal(out, number.unsigned_abs());
        }
        Kind::List => {
            out.push('[');
            for item in 0..at.enter("") {
                if item > 0 {
                    out.push(',');
                }
                at.item(item);
                let done = push(out, at);
                at.leave();
                done?;
            }
            at.leave();
            out.push(']');
        }
        Kind::Object => {
            let mut names = at.names();
            // RFC 8785 sorts by UTF-16 code units, which is not the order of code points.
            names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (which, name) in names.iter().enumerate() {
                if which > 0 {
                    out.push(',');
                }
                // To a cursor the empty name is the value here, which has no end.
                if name.is_empty() {
                    return None;
                }
                push_text(out, name);
                out.push(':');
                at.enter(name);
                let done = push(out, at);
                at.leave();
                done?;
            }
            out.push('}');
        }
        Kind::Absent | Kind::Other => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Json;
    use serde_json::json;

    #[test]
    fn sorts_escapes_and_packs() {
        let value = json!({"b": [1, -2, true], "a": "\u{1}\u{1f}\n\"\\€😀", "\u{fb33}": 1, "\u{1f600}": 2});
        assert_eq!(
            canonical(&mut Json::new(&value)).as_deref(),
            // U+1F600 is D83D DE00 in UTF-16 and so stands before U+FB33 (RFC 8785, 3.2.3).
            Some("{\"a\":\"\\u0001\\u001f\\n\\\"\\\\€😀\",\"b\":[1,-2,true],\"😀\":2,\"\u{fb33}\":1}")
        );
    }

    #[test]
    fn refuses_what_has_no_canonical_form_here() {
        assert_eq!(canonical(&mut Json::new(&json!({"a": 1.5}))), None);
        assert_eq!(canonical(&mut Json::new(&json!(null))), None);
    }
}
