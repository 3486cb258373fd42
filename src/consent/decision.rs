//! The state that a person's events add up to.

use alloc::string::String;
use alloc::vec::Vec;

use super::event::Event;

/// The last word on one purpose or service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The key of the purpose or service.
    pub key: String,
    /// The revision that the person decided on.
    pub revision: u16,
    /// Allowed or refused.
    pub granted: bool,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Until when it holds, in milliseconds since 1970.
    pub until: u64,
    /// The number of the event that made the choice.
    pub seq: u64,
    /// Two tabs decided differently at the same time: refused, and asked again.
    pub conflict: bool,
    /// Whether the opt-out signal was on at that time. A grant for sale or sharing that was
    /// given with the signal on is a choice against the signal and may stand.
    pub gpc: bool,
}

/// Everything a person has decided so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    choices: Vec<Choice>,
    /// When the question was last put aside without an answer; 0 for never.
    pub dismissed: u64,
    /// The number of the last event.
    pub seq: u64,
    /// When the last event that decided something happened; 0 for never.
    pub at: u64,
}

impl Decision {
    /// The choice about `key`.
    pub fn choice(&self, key: &str) -> Option<&Choice> {
        self.choices.iter().find(|it| it.key == key)
    }

    /// All choices, in the order in which their keys were first decided on.
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// Takes in the next event. One with the number of the last event happened in another
    /// tab at the same time: what either of them refused is refused, and asked again.
    pub fn take(&mut self, event: &Event) {
        self.seq = self.seq.max(event.seq);
        if event.grants.is_empty() && event.services.is_empty() {
            self.dismissed = event.at;
            return;
        }
        self.at = event.at;
        let until = event.until.saturating_mul(1000);
        for (name, granted) in event.grants.iter().chain(&event.services) {
            // A grant that ends when it begins ("load once") is proof, not state.
            if *granted && until <= event.at {
                continue;
            }
            let (key, revision) = split_revision(name);
            let rival = self
                .choice(key)
                .is_some_and(|it| it.seq == event.seq && it.granted != *granted);
            self.put(Choice {
                key: key.into(),
                revision,
                granted: *granted && !rival,
                at: event.at,
                until,
                seq: event.seq,
                conflict: rival,
                gpc: event.gpc,
            });
        }
    }

    pub(super) fn put(&mut self, choice: Choice) {
        match self.choices.iter_mut().find(|it| it.key == choice.key) {
            Some(old) => *old = choice,
            None => self.choices.push(choice),
        }
    }

    /// Forgets every grant and keeps every refusal: what follows from a record that cannot
    /// be read, since it may have been a withdrawal.
    pub fn doubt(&mut self) {
        self.choices.retain(|it| !it.granted);
    }
}

/// Splits the name of a record, `analytics` or `analytics@2`, into key and revision.
pub(super) fn split_revision(name: &str) -> (&str, u16) {
    name.split_once('@')
        .and_then(|(key, revision)| Some((key, revision.parse().ok()?)))
        .unwrap_or((name, 1))
}
