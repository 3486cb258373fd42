//! One event through the allow-list.

use alloc::string::String;
use alloc::vec::Vec;

use super::{class_of_value, coarse};
use crate::policy::{Class, Cursor, EventRules, Kind, PropKind};

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

/// Cuts an event down to what the policy allows. `props` stands on its properties.
///
/// An event with a fault is refused in development and sent without the faulty properties in
/// production; an unknown event (with an empty purpose) is never sent.
pub fn minimise<C: Cursor>(rules: &EventRules, name: &str, props: &mut C) -> Minimised {
    let mut out = Minimised::default();
    let Some(rule) = rules.events.iter().find(|it| it.name == name) else {
        out.fault(Code::UnknownEvent, &["name"], None);
        return out;
    };
    out.purpose.clone_from(&rule.purpose);
    if !matches!(props.kind(""), Kind::Object | Kind::Absent) {
        out.fault(Code::WrongKind, &["props"], None);
    }
    for name in props.names() {
        let listed = rule.props.iter().find(|it| it.name == name);
        let place = listed.is_some_and(|it| it.kind == PropKind::Location);
        let class = class_of(rules, &name, props, place);
        if let Some((class, member)) = &class {
            let path = ["props", &name, member];
            let length = if member.is_empty() { 2 } else { 3 };
            out.fault(Code::NeverCollected, path.get(..length).unwrap_or(&path), Some(*class));
        }
        match listed {
            // The coarse part of a place may still go.
            Some(rule) if class.is_none() || place => match admit(&rule.kind, props, &name) {
                Some(value) => out.props.push((name, value)),
                None => out.fault(Code::WrongKind, &["props", &name], None),
            },
            None if class.is_none() => out.fault(Code::UnlistedProp, &["props", &name], None),
            _ => {}
        }
    }
    out
}

impl Minimised {
    fn fault(&mut self, code: Code, path: &[&str], class: Option<Class>) {
        self.faults.push(Fault {
            code,
            path: path.join("."),
            class,
        });
    }
}

/// The never-collected class that a property belongs to, by its name, its value or, in an
/// object, the name of a member, which is then named too.
fn class_of<C: Cursor>(
    rules: &EventRules,
    name: &str,
    props: &mut C,
    place: bool,
) -> Option<(Class, String)> {
    let refused = |class: &Class| rules.never.contains(class);
    let by_name = Class::of_name(name)
        .filter(refused)
        .filter(|class| !(place && *class == Class::Location));
    let by_value = || class_of_value(&props.text(name)).filter(refused);
    if let Some(class) = by_name.or_else(by_value) {
        return Some((class, String::new()));
    }
    props.enter(name);
    let members = props.names();
    props.leave();
    members.into_iter().find_map(|member| {
        let class = Class::of_name(&member).filter(refused)?;
        Some((class, member))
    })
}

fn admit<C: Cursor>(kind: &PropKind, props: &mut C, name: &str) -> Option<Value> {
    let is = |kind: Kind| (props.kind(name) == kind).then_some(());
    Some(match kind {
        PropKind::Choice(words) => Value::Text(Some(props.text(name)).filter(|it| words.contains(it))?),
        PropKind::Count => {
            is(Kind::Number)?;
            Value::Number(coarse::count(props.number(name)))
        }
        PropKind::Duration => {
            is(Kind::Number)?;
            Value::Number(coarse::duration(props.number(name)))
        }
        PropKind::Flag => {
            is(Kind::Flag)?;
            Value::Flag(props.flag(name))
        }
        PropKind::Location => Value::Text(coarse::location(props, name)?),
        PropKind::Route => {
            is(Kind::Text)?;
            Value::Text(coarse::route(&props.text(name)))
        }
    })
}
