//! Texts and the values that stand in them.

use alloc::string::String;

/// Puts values in the places of `{names}`. In a right-to-left text they are isolated, so that
/// a Latin name keeps its own order (Unicode UAX 9, FSI and PDI).
pub(super) fn fill(text: &str, values: &[(&str, &str)], isolated: bool) -> String {
    let (open, close) = if isolated { ("\u{2068}", "\u{2069}") } else { ("", "") };
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (before, tail) = rest.split_at(start);
        out.push_str(before);
        let Some(end) = tail.find('}') else {
            rest = tail;
            break;
        };
        let name = tail.get(1..end).unwrap_or("");
        match values.iter().find(|(it, _)| *it == name) {
            Some((_, value)) => {
                out.push_str(open);
                out.push_str(value);
                out.push_str(close);
            }
            None => out.push_str(tail.get(..=end).unwrap_or("")),
        }
        rest = tail.get(end + 1..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// A whole number as text.
pub(super) fn decimal(number: u32) -> String {
    let mut out = String::new();
    push_decimal(&mut out, number);
    out
}

fn push_decimal(out: &mut String, number: u32) {
    if number > 9 {
        push_decimal(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}
