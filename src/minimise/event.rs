//! One event through the allow-list.

use alloc::string::String;
use alloc::vec::Vec;

use super::{class_of_value, coarse};
use crate::policy::{Class, EventRules, Kind, Node};

/// What is wrong with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The policy's allow-list does not have this event.
    UnknownEvent,
    /// The allow-list does not have this property of the event.
    UnlistedProp,
    /// The value is not of the kind that the allow-list says.
    WrongKind,
    /// The property belongs to a class of data that the policy says is never collected.
    NeverCollected,
}

impl Code {
    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::UnknownEvent => "minimise/unknown-event",
            Code::UnlistedProp => "minimise/unlisted-prop",
            Code::WrongKind => "minimise/wrong-kind",
            Code::NeverCollected => "minimise/never-collected",
        }
    }
}

/// A fault of an event. It names the property, never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub code: Code,
    /// Where: `name` or `props.lat`.
    pub path: String,
    /// The class, with [`Code::NeverCollected`].
    pub class: Option<Class>,
}

/// A value that may leave the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A word.
    Text(String),
    /// A coarse number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

/// What is left of an event, and what was wrong with the rest.
#[derive(Clone, Debug, Default)]
pub struct Minimised {
    /// The key of the purpose that must be allowed; empty for an unknown event.
    pub purpose: String,
    /// The properties that may be sent.
    pub props: Vec<(String, Value)>,
    /// What was left out.
    pub faults: Vec<Fault>,
}

/// Cuts an event down to what the policy allows.
///
/// An event with a fault is refused in development and sent without the faulty properties in
/// production; an unknown event (with an empty purpose) is never sent.
pub fn minimise<N: Node>(rules: &EventRules, name: &str, props: Option<&N>) -> Minimised {
    let mut out = Minimised::default();
    let mut fault = |code: Code, path: &[&str], class: Option<Class>| {
        out.faults.push(Fault {
            code,
            path: path.join("."),
            class,
        });
    };
    let Some(rule) = rules.events.iter().find(|it| it.name == name) else {
        fault(Code::UnknownEvent, &["name"], None);
        return out;
    };
    out.purpose.clone_from(&rule.purpose);
    let Some(props) = props else { return out };
    let Some(names) = props.names() else {
        fault(Code::WrongKind, &["props"], None);
        return out;
    };
    for name in names {
        let Some(value) = props.member(&name) else {
            continue;
        };
        let listed = rule.props.iter().find(|it| it.name == name);
        let place = listed.is_some_and(|it| it.kind == Kind::Location);
        let class = class_of(rules, &name, &value, place);
        if let Some((class, at)) = class {
            let path = ["props", &name, &at];
            let length = if at.is_empty() { 2 } else { 3 };
            fault(Code::NeverCollected, path.get(..length).unwrap_or(&path), Some(class));
            // The coarse part of a place may still go.
            if !place {
                continue;
            }
        }
        let Some(listed) = listed else {
            if class_of(rules, &name, &value, place).is_none() {
                fault(Code::UnlistedProp, &["props", &name], None);
            }
            continue;
        };
        match admit(&listed.kind, &value) {
            Some(value) => out.props.push((name, value)),
            None => fault(Code::WrongKind, &["props", &name], None),
        }
    }
    out
}

/// The never-collected class that a property belongs to, by its name, its value or, in an
/// object, the name of a member, which is then named too.
fn class_of<N: Node>(
    rules: &EventRules,
    name: &str,
    value: &N,
    place: bool,
) -> Option<(Class, String)> {
    let refused = |class: &Class| rules.never.contains(class);
    let by_name = Class::of_name(name)
        .filter(refused)
        .filter(|class| !(place && *class == Class::Location));
    let by_value = || class_of_value(&value.text()?).filter(refused);
    if let Some(class) = by_name.or_else(by_value) {
        return Some((class, String::new()));
    }
    value.names()?.into_iter().find_map(|member| {
        let class = Class::of_name(&member).filter(refused)?;
        Some((class, member))
    })
}

fn admit<N: Node>(kind: &Kind, value: &N) -> Option<Value> {
    Some(match kind {
        Kind::Choice(words) => Value::Text(value.text().filter(|it| words.contains(it))?),
        Kind::Count => Value::Number(coarse::count(value.integer()?)),
        Kind::Duration => Value::Number(coarse::duration(value.integer()?)),
        Kind::Flag => Value::Flag(value.flag()?),
        Kind::Location => Value::Text(coarse::location(value)?),
        Kind::Route => Value::Text(coarse::route(&value.text()?)),
    })
}
