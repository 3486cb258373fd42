//! The part of a document that says what an analytics event may carry.

use alloc::string::String;
use alloc::vec::Vec;

use super::class::Class;
use super::details::choice;
use super::document::Policy;
use super::fault::{Code, Faults};
use super::form::is_key;
use super::node::Node;
use super::place::Place;

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
#[derive(Clone, Debug)]
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
pub(crate) fn read<N: Node, F: Faults>(
    at: &Place<'_, N>,
    faults: &mut F,
    policy: &Policy,
) -> EventRules {
    let mut rules = EventRules::default();
    at.only(faults, &["never", "events"]);
    at.each(faults, "never", &mut |faults, _, it| {
        let words = Class::ALL.map(Class::as_str);
        choice(it, faults, &words);
        let word = it.node.text().unwrap_or_default();
        rules
            .never
            .extend(Class::ALL.into_iter().filter(|class| class.as_str() == word));
    });
    at.each(faults, "events", &mut |faults, _, it| {
        it.only(faults, &["name", "purpose", "props"]);
        let mut rule = EventRule {
            name: name(it, faults),
            purpose: String::new(),
            props: Vec::new(),
        };
        if rules.events.iter().any(|other| other.name == rule.name) {
            faults.fault(Code::DuplicateKey, &it.path.member("name"));
        }
        if let Some(purpose) = it.need(faults, "purpose") {
            rule.purpose = purpose.text(faults, is_key, Code::Key).unwrap_or_default();
            if !policy.purposes.iter().any(|known| known.key == rule.purpose) {
                purpose.fault(faults, Code::UnknownPurpose);
            }
        }
        it.each(faults, "props", &mut |faults, _, prop| {
            prop.only(faults, &["name", "kind", "values"]);
            let name = name(prop, faults);
            if rule.props.iter().any(|other| other.name == name) {
                faults.fault(Code::DuplicateKey, &prop.path.member("name"));
            }
            if let Some(kind) = kind(prop, faults) {
                let class = Class::of_name(&name).filter(|class| rules.never.contains(class));
                if class.is_some() && kind != Kind::Location {
                    faults.fault(Code::NeverCollected, &prop.path.member("name"));
                }
                rule.props.push(PropRule { name, kind });
            }
        });
        rules.events.push(rule);
    });
    rules
}

fn name<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F) -> String {
    at.need(faults, "name")
        .and_then(|it| it.text(faults, is_name, Code::Key))
        .unwrap_or_default()
}

fn kind<N: Node, F: Faults>(at: &Place<'_, N>, faults: &mut F) -> Option<Kind> {
    let it = at.need(faults, "kind")?;
    choice(&it, faults, KINDS);
    Some(match it.node.text()?.as_str() {
        "count" => Kind::Count,
        "duration" => Kind::Duration,
        "flag" => Kind::Flag,
        "location" => Kind::Location,
        "route" => Kind::Route,
        "choice" => {
            let mut words = Vec::new();
            let values = at.need(faults, "values")?;
            values.items(faults, &mut |faults, _, value| {
                words.extend(value.text(faults, is_name, Code::Key));
            });
            if words.is_empty() {
                values.fault(faults, Code::Empty);
            }
            Kind::Choice(words)
        }
        _ => return None,
    })
}

/// Event, property and choice names: as keys, with the capitals and underscores that
/// analytics tools are used to.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b' '))
}
