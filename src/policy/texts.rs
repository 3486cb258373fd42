//! The texts of one language: a document of its own, so that a page loads only the one it
//! shows.

use super::cursor::{Cursor, Kind, may, need, text, within};
use super::details::{is_item, is_own_path, is_purpose, only};
use super::fault::Code;
use super::form::is_text;
use super::plan::{Key, Policy};

/// The texts that every purpose needs: its name, one line, and what it really means.
const PURPOSE: &[&str] = &["title", "short", "description"];
/// The texts of the banner that a document may replace.
const BANNER: &[&str] = &["title", "intro", "refusing"];

/// Reads the texts of one language. Every purpose must have all of its texts; other
/// entries may have some.
pub fn read<C: Cursor>(at: &mut C, policy: &Policy) {
    only(at, &["$schema", "purposes", "services", "never", "data", "banner"]);
    need(at, "purposes", Kind::Object);
    within(at, "purposes", &mut |at| {
        for item in policy.items().filter(|it| it.is_purpose() && !it.key.is_empty()) {
            let key = core::str::from_utf8(item.key).unwrap_or("");
            if at.kind(key) == Kind::Absent {
                at.fault(Code::MissingText, key);
            }
            within(at, key, &mut |at| {
                for name in PURPOSE {
                    if at.kind(name) == Kind::Absent {
                        at.fault(Code::MissingText, name);
                    }
                }
            });
        }
    });
    group(at, "purposes", PURPOSE, &|key| is_purpose(policy, key));
    group(at, "services", &["description"], &|key| is_item(policy, key, false));
    group(at, "never", &["title", "description"], &|key| {
        policy.find(key.as_bytes()) == Key::Never
    });
    group(at, "data", &["title", "description"], &|_| true);
    if may(at, "banner", Kind::Object) {
        entry(at, "banner", BANNER);
    }
}

fn group<C: Cursor>(at: &mut C, name: &str, known: &[&str], exists: &dyn Fn(&str) -> bool) {
    within(at, name, &mut |at| {
        for name in at.names() {
            if name.is_empty() {
                at.fault(Code::Key, "");
                continue;
            }
            if !exists(&name) {
                at.fault(Code::UnusedText, &name);
            }
            need(at, &name, Kind::Object);
            entry(at, &name, known);
        }
    });
}

fn entry<C: Cursor>(at: &mut C, name: &str, known: &[&str]) {
    within(at, name, &mut |at| {
        only(at, known);
        for name in known {
            if at.kind(name) != Kind::Absent {
                text(at, name, is_text, Code::Text);
            }
        }
    });
}

/// Where the texts of a language can be fetched: https, the own origin, or next to the
/// document.
pub(super) fn is_reference(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && (text.starts_with("https://") || text.starts_with("./") || is_own_path(text))
}
