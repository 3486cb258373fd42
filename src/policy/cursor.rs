//! How a document is walked, wherever its values live.

use alloc::string::String;
use alloc::vec::Vec;

use super::fault::Code;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not there.
    Absent,
    /// A string.
    Text,
    /// A whole number within ± 2^53.
    Number,
    /// True or false.
    Flag,
    /// An array.
    List,
    /// An object.
    Object,
    /// Anything else: `null`, a fraction, a function.
    Other,
}

/// A place in a JSON document, and the way from its root.
///
/// The rules are generic over it: in the page the values stay on JavaScript's side and only
/// what is used crosses over; natively they are `serde_json` values. A name asks for a
/// member of the value here, the empty name for the value itself.
pub trait Cursor {
    /// What the value is.
    fn kind(&self, name: &str) -> Kind;
    /// The text of a string; empty for anything else.
    fn text(&self, name: &str) -> String;
    /// The value of a number; 0 for anything else.
    fn number(&self, name: &str) -> i64;
    /// The value of a flag; `false` for anything else.
    fn flag(&self, name: &str) -> bool;
    /// The names of an object's members; none for anything else.
    fn names(&self) -> Vec<String>;
    /// Goes into a member. The answer is the length of a list, else 0.
    fn enter(&mut self, name: &str) -> usize;
    /// Goes into an item of the list here.
    fn item(&mut self, at: usize);
    /// Goes back out of the last member or item.
    fn leave(&mut self);
    /// Takes note of a fault of a member, or of the value here.
    fn fault(&mut self, code: Code, name: &str);
}

/// Sees to it that a member is there and of this kind; otherwise a fault.
pub(super) fn need<C: Cursor>(at: &mut C, name: &str, kind: Kind) -> bool {
    let found = at.kind(name);
    if found == Kind::Absent {
        at.fault(Code::Missing, name);
    }
    may(at, name, kind)
}

/// Whether a member is there and of this kind; another kind is a fault.
pub(super) fn may<C: Cursor>(at: &mut C, name: &str, kind: Kind) -> bool {
    let found = at.kind(name);
    if found != kind && found != Kind::Absent {
        at.fault(Code::Type, name);
    }
    found == kind
}

/// The text of a member that must be there and that `form` accepts.
pub(super) fn text<C: Cursor>(at: &mut C, name: &str, form: fn(&str) -> bool, code: Code) -> String {
    if need(at, name, Kind::Text) {
        let text = at.text(name);
        if form(&text) {
            return text;
        }
        at.fault(code, name);
    }
    String::new()
}

/// The flag of a member; absent means no.
pub(super) fn flag<C: Cursor>(at: &mut C, name: &str) -> bool {
    may(at, name, Kind::Flag) && at.flag(name)
}

/// The number of a member, from `low` to `high`; absent means `usual`.
pub(super) fn number<C: Cursor>(at: &mut C, name: &str, low: u16, high: u16, usual: u16) -> u16 {
    if may(at, name, Kind::Number) {
        match u16::try_from(at.number(name)) {
            Ok(number) if number >= low && number <= high => return number,
            _ => at.fault(Code::Range, name),
        }
    }
    usual
}

/// Visits the items of a list, if it is there.
pub(super) fn each<C: Cursor>(at: &mut C, name: &str, visit: &mut dyn FnMut(&mut C)) {
    if may(at, name, Kind::List) {
        let length = at.enter(name);
        for item in 0..length {
            at.item(item);
            visit(at);
            at.leave();
        }
        at.leave();
    }
}

/// Visits a member that is an object, if it is there.
pub(super) fn within<C: Cursor>(at: &mut C, name: &str, visit: &mut dyn FnMut(&mut C)) {
    if may(at, name, Kind::Object) {
        at.enter(name);
        visit(at);
        at.leave();
    }
}
