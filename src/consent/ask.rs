//! Whether, and about what, the person is asked.

use super::DAY;
use super::session::Session;
use super::state::State;
use super::verdict::{self, Note, Rule, Verdict};
use crate::policy::{Item, Key};

/// A set of purposes, by place: a policy has at most 32 of them.
pub type Purposes = u32;

impl<'p> Session<'p> {
    /// The purposes whose verdicts pass a test.
    #[inline(never)]
    pub fn purposes(&self, verdicts: &[Verdict], test: fn(Verdict) -> bool) -> Purposes {
        let mut purposes = 0;
        for item in self.policy.items() {
            if item.is_purpose() && test(verdict::of(verdicts, Key::Item(item.at))) {
                purposes |= 1 << item.at;
            }
        }
        purposes
    }

    /// The purposes that a person can be offered now: optional ones that neither the
    /// organisation, a missing authorisation nor an opt-out signal closes.
    pub fn offered(&self, verdicts: &[Verdict]) -> Purposes {
        self.purposes(verdicts, |verdict| verdict.rule() >= Rule::Decision as u8)
    }

    /// The purposes about which the person has to be asked now; none means: no banner.
    ///
    /// New purposes and services ask for themselves alone (L22). What was answered is not
    /// asked again before the answer has run out and the regime's quiet time is over (L28,
    /// L47).
    pub fn asks(&self, state: State<'_>, verdicts: &[Verdict], now: u32) -> Purposes {
        let aside = state.dismissed();
        // A clock that was set back makes no difference to what was put aside later.
        if aside > 0 && now.wrapping_sub(aside) < DAY {
            return 0;
        }
        let mut asks = 0;
        for item in self.policy.items() {
            if self.is_due(state, &item, now) {
                asks |= 1 << item.purpose;
            }
        }
        asks & self.offered(verdicts)
    }

    fn is_due(&self, state: State<'_>, item: &Item<'p>, now: u32) -> bool {
        let (choice, note) = self.note(state, item, now);
        let Some((entry, head)) = choice else {
            return true;
        };
        let quiet = self.policy.regime.quiet_days() * DAY;
        let over = now >= head.until && now >= head.at.saturating_add(quiet);
        match note {
            Note::Granted => false,
            // What is refused with its purpose is not asked about by itself.
            Note::Refused => {
                entry.key() == item.key && (entry.sign == b'*' || entry.revision() != item.revision || over)
            }
            Note::Lapsed => over || head.at > now,
            _ => true,
        }
    }
}
