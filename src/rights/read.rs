//! Walking documents that may be anything: what is not as it should be is not there.

use alloc::string::String;
use alloc::vec::Vec;

use crate::policy::{Cursor, Kind};

/// A text; nothing if there is none.
pub(super) fn text<C: Cursor>(at: &C, name: &str) -> Option<String> {
    let text = at.text(name);
    (!text.is_empty()).then_some(text)
}

/// A number that counts something.
pub(super) fn count<C: Cursor>(at: &C, name: &str) -> Option<u64> {
    if at.kind(name) == Kind::Number {
        u64::try_from(at.number(name)).ok()
    } else {
        None
    }
}

/// Each item of a list.
pub(super) fn each<C: Cursor, T>(
    at: &mut C,
    name: &str,
    mut read: impl FnMut(&mut C) -> Option<T>,
) -> Vec<T> {
    let mut out = Vec::new();
    let length = at.enter(name);
    for which in 0..length {
        at.item(which);
        out.extend(read(at));
        at.leave();
    }
    at.leave();
    out
}

/// Each text of a list.
pub(super) fn texts<C: Cursor>(at: &mut C, name: &str) -> Vec<String> {
    each(at, name, |at| text(at, ""))
}

/// What is read of a member.
pub(super) fn within<C: Cursor, T>(at: &mut C, name: &str, read: impl FnOnce(&mut C) -> T) -> T {
    at.enter(name);
    let out = read(at);
    at.leave();
    out
}
