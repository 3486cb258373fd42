//! What Google's Consent Mode v2 is told.

use alloc::string::String;
use alloc::vec::Vec;

use super::facts::{Fact, last, standings};
use super::notice::Notice;
use crate::consent::{Session, Signals, State, Verdict, consent_mode};
use crate::ledger::{Subject, state};
use crate::policy::{CONSENT_MODE, CONSENT_MODE_NEVER, Object, Policy};

/// A member for each type, `granted` or `denied`, by the same verdicts as in a page. Without the document by which was
/// decided everything is denied.
pub(super) fn write(sub: &Subject, facts: &[Fact<'_>], notices: &[Notice], now: u64) -> String {
    let granted = granted(sub, facts, notices, now).unwrap_or(0);
    let mut out = Object::default();
    for name in CONSENT_MODE_NEVER {
        out.text(name, "denied");
    }
    for (bit, name) in CONSENT_MODE.iter().enumerate() {
        out.text(name, if granted >> bit & 1 == 1 { "granted" } else { "denied" });
    }
    out.end()
}

fn granted(sub: &Subject, facts: &[Fact<'_>], notices: &[Notice], now: u64) -> Option<u32> {
    let last = last(sub, facts)?.event;
    let notice = Notice::of(notices, &last.notice)?;
    let policy = Policy::read(notice.plan.as_bytes(), last.region.as_bytes(), last.regime.as_bytes())?;
    let session = Session {
        policy,
        signals: Signals {
            gpc: last.gpc,
            age: u32::MAX,
            parent: false,
        },
        ..Session::NONE
    };
    let text = state(&standings(sub, facts), policy.version(), 1);
    let now = u32::try_from(now).unwrap_or(u32::MAX);
    let state = State::read(&text);
    let verdicts: Vec<Verdict> = policy.items().map(|item| session.verdict(state, &item, now)).collect();
    Some(consent_mode(&policy, &verdicts))
}
