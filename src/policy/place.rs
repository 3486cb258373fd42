//! A value together with where it stands, and the reading of typed members.

use alloc::string::String;

use super::fault::{Code, Faults};
use super::node::Node;

/// Where a value stands: a chain of steps up to the document's root, kept on the stack.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    up: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Member(&'a str),
    Item(usize),
}

impl<'a> Path<'a> {
    /// The document itself.
    pub const ROOT: Path<'static> = Path {
        up: None,
        step: Step::Root,
    };

    /// The path of the member `name`.
    pub fn member(&'a self, name: &'a str) -> Path<'a> {
        Path {
            up: Some(self),
            step: Step::Member(name),
        }
    }

    /// The path of the item `at`.
    pub fn item(&'a self, at: usize) -> Path<'a> {
        Path {
            up: Some(self),
            step: Step::Item(at),
        }
    }

    /// As text: `services[2].hosts[0]`.
    pub fn render(&self) -> String {
        let mut out = match self.up {
            Some(up) => up.render(),
            None => String::new(),
        };
        match self.step {
            Step::Root => {}
            Step::Member(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
            Step::Item(at) => {
                out.push('[');
                push_number(&mut out, at as u64, 10);
                out.push(']');
            }
        }
        out
    }
}

/// Appends `value` in base `base` (2 to 36), without the weight of `core::fmt`.
pub(crate) fn push_number(out: &mut String, value: u64, base: u64) {
    if value >= base {
        push_number(out, value / base, base);
    }
    let digit = (value % base) as u8;
    out.push(char::from(if digit < 10 {
        b'0' + digit
    } else {
        b'a' + digit - 10
    }));
}

/// A value and its path.
#[derive(Debug)]
pub struct Place<'a, N> {
    /// The value.
    pub node: N,
    /// Where it stands.
    pub path: Path<'a>,
}

impl<'a, N: Node> Place<'a, N> {
    /// The document's root.
    pub fn root(node: N) -> Place<'static, N> {
        Place {
            node,
            path: Path::ROOT,
        }
    }

    /// Reports a fault of the value itself.
    pub fn fault<F: Faults>(&self, faults: &mut F, code: Code) {
        faults.fault(code, &self.path);
    }

    /// The member `name`, if it is there.
    pub fn get(&'a self, name: &'a str) -> Option<Place<'a, N>> {
        Some(Place {
            node: self.node.member(name)?,
            path: self.path.member(name),
        })
    }

    /// The member `name`; its absence is a fault.
    pub fn need<F: Faults>(&'a self, faults: &mut F, name: &'a str) -> Option<Place<'a, N>> {
        let found = self.get(name);
        if found.is_none() {
            faults.fault(Code::Missing, &self.path.member(name));
        }
        found
    }

    /// This value as a text that `form` accepts; otherwise a fault `code` (or of type).
    pub fn text<F: Faults>(
        &self,
        faults: &mut F,
        form: fn(&str) -> bool,
        code: Code,
    ) -> Option<String> {
        let text = self.node.text();
        match text {
            None => self.fault(faults, Code::Type),
            Some(ref it) if !form(it) => self.fault(faults, code),
            Some(_) => return text,
        }
        None
    }

    /// The member `name` as a truth value; absent means no.
    pub fn flag<F: Faults>(&self, faults: &mut F, name: &str) -> bool {
        self.get(name).is_some_and(|place| {
            place.node.flag().unwrap_or_else(|| {
                place.fault(faults, Code::Type);
                false
            })
        })
    }

    /// The member `name` as a whole number from `low` to `high`.
    pub fn number<F: Faults>(
        &self,
        faults: &mut F,
        name: &str,
        low: u16,
        high: u16,
    ) -> Option<u16> {
        let place = self.get(name)?;
        match place.node.integer() {
            None => place.fault(faults, Code::Type),
            Some(it) if it < i64::from(low) || it > i64::from(high) => {
                place.fault(faults, Code::Range);
            }
            Some(it) => return u16::try_from(it).ok(),
        }
        None
    }

    /// Visits the items of this array; another type is a fault.
    pub fn items<F: Faults>(&self, faults: &mut F, visit: &mut dyn FnMut(&mut F, usize, &Place<'_, N>)) {
        let Some(length) = self.node.length() else {
            return self.fault(faults, Code::Type);
        };
        for at in 0..length {
            if let Some(node) = self.node.item(at) {
                let place = Place {
                    node,
                    path: self.path.item(at),
                };
                visit(faults, at, &place);
            }
        }
    }

    /// Visits the items of the member `name`, if it is there.
    pub fn each<F: Faults>(
        &self,
        faults: &mut F,
        name: &str,
        visit: &mut dyn FnMut(&mut F, usize, &Place<'_, N>),
    ) {
        if let Some(list) = self.get(name) {
            list.items(faults, visit);
        }
    }

    /// Warns of members that are not in `known`. Only when the document is read in full.
    pub fn only<F: Faults>(&self, faults: &mut F, known: &[&str]) {
        if !F::FULL {
            return;
        }
        match self.node.names() {
            None => self.fault(faults, Code::Type),
            Some(names) => {
                for name in &names {
                    if !known.contains(&name.as_str()) {
                        faults.fault(Code::UnknownMember, &self.path.member(name));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_a_developer_writes_them() {
        let services = Path::ROOT.member("services");
        let third = services.item(12);
        let hosts = third.member("hosts");
        assert_eq!(hosts.item(0).render(), "services[12].hosts[0]");
        assert_eq!(Path::ROOT.render(), "");
    }

    #[test]
    fn numbers_in_any_base() {
        let mut out = String::new();
        push_number(&mut out, 0, 10);
        push_number(&mut out, 1_764_000_000_000, 36);
        assert_eq!(out.get(..1), Some("0"));
        let back = u64::from_str_radix(out.get(1..).unwrap_or(""), 36);
        assert_eq!(back, Ok(1_764_000_000_000));
    }
}
