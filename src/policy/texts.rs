//! The texts of one language: a document of its own, so that a page loads only the one it
//! shows.

use super::details::is_own_path;
use super::document::Policy;
use super::fault::{Code, Faults};
use super::form::is_text;
use super::node::Node;
use super::place::Place;

/// The texts that every purpose needs: its name, one line, and what it really means.
const PURPOSE: &[&str] = &["title", "short", "description"];
/// The texts of the banner and panel that a document may replace.
const OWN: &[&str] = &["title", "intro", "refusing", "scope"];

/// Reads the texts of one language. Every purpose must have all of its texts; other
/// entries may have some.
pub fn read_texts<N: Node, F: Faults>(texts: N, faults: &mut F, policy: &Policy) {
    read_at(&Place::root(texts), faults, policy);
}

pub(super) fn read_at<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F, policy: &Policy) {
    at.only(
        faults,
        &["$schema", "purposes", "services", "never", "data", "banner"],
    );
    if let Some(purposes) = at.need(faults, "purposes") {
        for purpose in &policy.purposes {
            let Some(entry) = purposes.get(&purpose.key) else {
                faults.fault(Code::MissingText, &purposes.path.member(&purpose.key));
                continue;
            };
            for name in PURPOSE {
                match entry.get(name) {
                    None => faults.fault(Code::MissingText, &entry.path.member(name)),
                    Some(it) => {
                        it.text(faults, is_text, Code::Text);
                    }
                }
            }
        }
        group(&purposes, faults, PURPOSE, |key| {
            policy.purposes.iter().any(|it| it.key == key)
        });
    }
    if let Some(services) = at.get("services") {
        group(&services, faults, &["description"], |key| {
            policy.services.iter().any(|it| it.key == key)
        });
    }
    if let Some(never) = at.get("never") {
        group(&never, faults, &["title", "description"], |key| {
            policy.never.iter().any(|it| it.key == key)
        });
    }
    if let Some(data) = at.get("data") {
        group(&data, faults, &["title", "description"], |_| true);
    }
    if let Some(own) = at.get("banner") {
        own.only(faults, OWN);
        for name in OWN {
            if let Some(it) = own.get(name) {
                it.text(faults, is_text, Code::Text);
            }
        }
    }
}

fn group<N: Node, F: Faults>(
    at: &Place<'_, N>,
    faults: &mut F,
    known: &[&str],
    exists: impl Fn(&str) -> bool,
) {
    let Some(names) = at.node.names() else {
        return at.fault(faults, Code::Type);
    };
    for name in &names {
        let Some(entry) = at.get(name) else { continue };
        if !exists(name) {
            entry.fault(faults, Code::UnusedText);
        }
        entry.only(faults, known);
        for name in known {
            if let Some(it) = entry.get(name) {
                it.text(faults, is_text, Code::Text);
            }
        }
    }
}

/// Where the texts of a language can be fetched: https, the own origin, or next to the
/// document.
pub(super) fn is_reference(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && (text.starts_with("https://") || text.starts_with("./") || is_own_path(text))
}
