//! Writing JSON, and what had to be left out.

use alloc::collections::BTreeSet;
use alloc::string::String;

use super::notice::Notice;
use crate::ledger::{Event, text};
use crate::policy::Object;

/// What a form demands and no document says: places in documents, and of events.
#[derive(Debug, Default)]
pub(super) struct Missing(BTreeSet<String>);

impl Missing {
    /// With so many events that could not be read.
    pub(super) fn after(unread: usize) -> Missing {
        let mut missing = Missing::default();
        if unread > 0 {
            missing.note(&["events"]);
        }
        missing
    }

    /// The document that an event names or, without it, a note.
    pub(super) fn notice<'n>(&mut self, notices: &'n [Notice], event: &Event<'_>) -> Option<&'n Notice> {
        self.need(Notice::of(notices, &event.notice), &["notices.", &text(&event.notice)])
    }

    /// Notes that something is not there.
    pub(super) fn note(&mut self, parts: &[&str]) {
        self.0.insert(parts.concat());
    }

    /// A value or, without it, a note.
    pub(super) fn need<T>(&mut self, value: Option<T>, parts: &[&str]) -> Option<T> {
        if value.is_none() {
            self.note(parts);
        }
        value
    }

    pub(super) fn write(&self, out: &mut Object) {
        out.list("missing", self.0.iter().map(String::as_str));
    }
}

/// Writes a text if there is one.
pub(super) fn some(out: &mut Object, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        out.text(name, text);
    }
}

/// A list of values that are JSON already.
pub(super) fn list(values: &[String]) -> String {
    ["[", &values.join(","), "]"].concat()
}

/// Writes a list of values if there are any.
pub(super) fn many(out: &mut Object, name: &str, values: &[String]) {
    if !values.is_empty() {
        out.raw(name, &list(values));
    }
}
