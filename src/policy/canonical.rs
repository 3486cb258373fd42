//! Canonical JSON (RFC 8785), for hashing: sorted names, no white space, integers only.

use alloc::string::String;

use super::node::Node;
use super::place::push_number;

/// Writes a text as canonical JSON writes it: quoted, with the shortest escapes.
#[derive(Debug)]
pub struct Text;

impl Text {
    /// Appends `text` to `out`.
    pub fn push(out: &mut String, text: &str) {
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
                    out.push_str(if control < '\u{10}' { "\\u000" } else { "\\u00" });
                    push_number(out, u64::from(u32::from(control)), 16);
                }
                other => out.push(other),
            }
        }
        out.push('"');
    }
}

/// A document as canonical JSON. `None` where it holds something that this format does not
/// allow: a number that is not a whole one within ± 2^53, or a value that is no JSON.
pub fn canonical<N: Node>(node: &N) -> Option<String> {
    let mut out = String::new();
    push(&mut out, node)?;
    Some(out)
}

fn push<N: Node>(out: &mut String, node: &N) -> Option<()> {
    if let Some(text) = node.text() {
        Text::push(out, &text);
    } else if let Some(flag) = node.flag() {
        out.push_str(if flag { "true" } else { "false" });
    } else if let Some(number) = node.integer() {
        if number < 0 {
            out.push('-');
        }
        push_number(out, number.unsigned_abs(), 10);
    } else if let Some(length) = node.length() {
        out.push('[');
        for at in 0..length {
            if at > 0 {
                out.push(',');
            }
            push(out, &node.item(at)?)?;
        }
        out.push(']');
    } else {
        let mut names = node.names()?;
        // RFC 8785 sorts by UTF-16 code units, which is not the order of code points.
        names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
        out.push('{');
        for (at, name) in names.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            Text::push(out, name);
            out.push(':');
            push(out, &node.member(name)?)?;
        }
        out.push('}');
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sorts_escapes_and_packs() {
        let value = json!({"b": [1, -2, true], "a": "\u{1}\u{1f}\n\"\\€😀", "\u{fb33}": 1, "\u{1f600}": 2});
        assert_eq!(
            canonical(&value).as_deref(),
            // U+1F600 is D83D DE00 in UTF-16 and so stands before U+FB33 (RFC 8785, 3.2.3).
            Some("{\"a\":\"\\u0001\\u001f\\n\\\"\\\\€😀\",\"b\":[1,-2,true],\"😀\":2,\"\u{fb33}\":1}")
        );
    }

    #[test]
    fn refuses_what_has_no_canonical_form_here() {
        assert_eq!(canonical(&json!({"a": 1.5})), None);
        assert_eq!(canonical(&json!(null)), None);
    }
}
