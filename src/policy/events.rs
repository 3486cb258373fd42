//! The part of a document that says what an analytics event may carry.

use alloc::string::String;
use alloc::vec::Vec;

use super::class::Class;
use super::cursor::{Cursor, Kind as Value, each, need, text};
use super::details::{choice, is_purpose, only};
use super::fault::Code;
use super::form::is_key;
use super::plan::Policy;

/// What a property of an event may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these words.
    Choice(Vec<String>),
    /// A whole number, kept to its first digit: 1, 2, 7, 30, 400.
    Count,
    /// A time span in milliseconds, kept to two digits: 1200, 87.
    Duration,
    /// Yes or no.
    Flag,
    /// Country or country and region, as ISO 3166 codes; anything finer is cut off.
    Location,
    /// A path of the site without query, fragment, numbers and long words.
    Route,
}

/// One property that an event may carry.
#[derive(Clone, Debug)]
pub struct PropRule {
    /// Its name.
    pub name: String,
    /// What it may be.
    pub kind: Kind,
}

/// One event that may be sent.
#[derive(Clone, Debug, Default)]
pub struct EventRule {
    /// Its name.
    pub name: String,
    /// The key of the purpose that must be allowed.
    pub purpose: String,
    /// Its properties.
    pub props: Vec<PropRule>,
}

/// The allow-list of events, and the classes that are refused whatever it says.
#[derive(Clone, Debug, Default)]
pub struct EventRules {
    /// The events.
    pub events: Vec<EventRule>,
    /// The classes that are never collected.
    pub never: Vec<Class>,
}

const KINDS: &[&str] = &["choice", "count", "duration", "flag", "location", "route"];

/// Reads the member `minimise` of a document.
pub fn read<C: Cursor>(at: &mut C, policy: &Policy) -> EventRules {
    let mut rules = EventRules::default();
    only(at, &["never", "events"]);
    each(at, "never", &mut |at| {
        choice(at, "", &Class::ALL.map(Class::as_str));
        let word = at.text("");
        let classes = Class::ALL.into_iter();
        rules.never.extend(classes.filter(|class| class.as_str() == word));
    });
    each(at, "events", &mut |at| {
        only(at, &["name", "purpose", "props"]);
        let mut rule = EventRule {
            name: text(at, "name", is_name, Code::Key),
            purpose: text(at, "purpose", is_key, Code::Key),
            props: Vec::new(),
        };
        if rules.events.iter().any(|it| it.name == rule.name) {
            at.fault(Code::DuplicateKey, "name");
        }
        if !rule.purpose.is_empty() && !is_purpose(policy, &rule.purpose) {
            at.fault(Code::UnknownPurpose, "purpose");
        }
        each(at, "props", &mut |at| {
            only(at, &["name", "kind", "values"]);
            let name = text(at, "name", is_name, Code::Key);
            if rule.props.iter().any(|it| it.name == name) {
                at.fault(Code::DuplicateKey, "name");
            }
            choice(at, "kind", KINDS);
            let Some(kind) = kind(at) else { return };
            let class = Class::of_name(&name).filter(|class| rules.never.contains(class));
            if class.is_some() && kind != Kind::Location {
                at.fault(Code::NeverCollected, "name");
            }
            rule.props.push(PropRule { name, kind });
        });
        rules.events.push(rule);
    });
    rules
}

fn kind<C: Cursor>(at: &mut C) -> Option<Kind> {
    Some(match at.text("kind").as_str() {
        "count" => Kind::Count,
        "duration" => Kind::Duration,
        "flag" => Kind::Flag,
        "location" => Kind::Location,
        "route" => Kind::Route,
        "choice" => {
            let mut words = Vec::new();
            need(at, "values", Value::List);
            each(at, "values", &mut |at| words.push(text(at, "", is_name, Code::Key)));
            if words.is_empty() {
                at.fault(Code::Empty, "values");
            }
            Kind::Choice(words)
        }
        _ => return None,
    })
}

/// Event, property and choice names: as keys, with the capitals and underscores that
/// analytics tools are used to.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' '))
}
