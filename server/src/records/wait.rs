//! Who waits for news of a subject or an account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use mixus_privacy::ledger::Subject;
use tokio::sync::Notify;

/// Bells that are rung when something was committed, by what it is about.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<HashMap<String, Arc<Notify>>>);

/// One who waits; leaving takes the bell away with the last.
#[derive(Debug)]
pub(crate) struct Seat<'w> {
    waiting: &'w Waiting,
    name: String,
    pub bell: Arc<Notify>,
}

/// The bell of an account, or of a subject that has none.
pub(crate) fn bell(sub: &Subject, acct: &str) -> String {
    if acct.is_empty() { sub.text() } else { format!("@{acct}") }
}

impl Waiting {
    pub(crate) fn sit(&self, name: String) -> Seat<'_> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = Arc::clone(bells.entry(name.clone()).or_default());
        Seat {
            waiting: self,
            name,
            bell,
        }
    }

    pub(crate) fn tell(&self, touched: &[(Subject, String)]) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bells.is_empty() {
            return;
        }
        for (sub, acct) in touched {
            for name in [bell(sub, ""), bell(sub, acct)] {
                if let Some(found) = bells.get(&name) {
                    found.notify_waiters();
                }
            }
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut bells = self.waiting.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's own and this one.
        if Arc::strong_count(&self.bell) <= 2 {
            bells.remove(&self.name);
        }
    }
}
