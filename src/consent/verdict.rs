//! Verdicts: for every purpose and service whether it is allowed, and the rule that says so.

use super::session::Session;
use super::state::{Entry, Head, State};
use crate::policy::{Item, Key, flags, parts};

/// How far ahead of the clock a grant may lie before the clock is doubted, in seconds.
const SKEW: u32 = 300;

/// The rules in the order in which they are applied; the first that matches decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Something failed or the key is unknown: denied.
    Failure,
    /// Essential purposes are allowed.
    Essential,
    /// What is on the never-list is denied.
    Never,
    /// What the organisation forbids is denied.
    Organisation,
    /// Nothing optional for a minor without the authorisation that the regime asks for.
    Minor,
    /// Sale and sharing are denied while the opt-out signal is on.
    OptOutSignal,
    /// The person's own decision.
    Decision,
    /// What the regime says of undecided purposes.
    Regime,
}

/// Why the person's decision did not settle the matter, or how it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// Nothing was decided.
    Undecided,
    /// Allowed by the person.
    Granted,
    /// Refused by the person.
    Refused,
    /// Allowed once, but the time is over or the clock cannot be right.
    Lapsed,
    /// Allowed in an earlier form (another revision).
    Revised,
    /// The purpose is allowed, but this service came later.
    NewService,
    /// The store was damaged, and with it perhaps a refusal.
    Damaged,
}

/// Whether something is allowed, and the rule that says so; in one byte, so that all verdicts
/// of a page fit a fixed place: the bit 128 for allowed, then the rule (four bits) and the
/// note (three).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict(pub u8);

impl Verdict {
    /// Denied, because something failed or is unknown.
    pub const FAILURE: Verdict = Verdict(0);
    /// Denied, because it is on the never-list.
    pub const NEVER: Verdict = Verdict::new(false, Rule::Never, Note::Undecided);

    const fn new(allowed: bool, rule: Rule, note: Note) -> Verdict {
        Verdict((allowed as u8) << 7 | (rule as u8) << 3 | note as u8)
    }

    /// Allowed or denied.
    pub const fn allowed(self) -> bool {
        self.0 & 128 != 0
    }

    /// The number of the rule that decided, as in the declaration of [`Rule`].
    pub const fn rule(self) -> u8 {
        self.0 >> 3 & 15
    }

    /// Whether this is the rule that decided.
    pub const fn is_by(self, rule: Rule) -> bool {
        self.rule() == rule as u8
    }

    /// The number of what the person's decision contributed, as in [`Note`].
    pub const fn note(self) -> u8 {
        self.0 & 7
    }
}

/// The verdict on what a name stands for. Unknown is denied.
#[inline(never)]
pub fn of(verdicts: &[Verdict], key: Key) -> Verdict {
    match key {
        Key::Item(at) => verdicts.get(at as usize).copied().unwrap_or(Verdict::FAILURE),
        Key::Never => Verdict::NEVER,
        Key::Unknown => Verdict::FAILURE,
    }
}

impl<'p> Session<'p> {
    /// The verdict on an item as of `now`, in seconds since 1970.
    pub fn verdict(&self, state: State<'_>, item: &Item<'p>, now: u32) -> Verdict {
        let regime = self.policy.regime;
        let (choice, note) = self.note(state, item, now);
        let purpose = self.policy.item(item.purpose);
        let forbidden = |keys: &[u8]| parts(keys, b' ').any(|it| item.is_named(it) || purpose.is_named(it));
        let mut allowed = false;
        let rule = if item.is(flags::ESSENTIAL) {
            allowed = true;
            Rule::Essential
        } else if forbidden(self.policy.ceiling()) || forbidden(self.forbidden) {
            Rule::Organisation
        } else if self.signals.age < regime.parent_age() && !self.signals.parent {
            Rule::Minor
        } else if item.is(flags::SHARING)
            && self.signals.gpc
            && regime.flags() & flags::GPC != 0
            && !(note == Note::Granted && choice.is_some_and(|(_, head)| head.gpc))
        {
            Rule::OptOutSignal
        } else if note == Note::Granted || note == Note::Refused {
            allowed = note == Note::Granted;
            Rule::Decision
        } else {
            let young = item.is(flags::SHARING) && self.signals.age < regime.opt_in_age();
            allowed = !(regime.asks_first_for(item.purpose)
                || item.is(flags::EXPLICIT)
                || young
                || note == Note::Damaged);
            Rule::Regime
        };
        Verdict::new(allowed, rule, note)
    }

    /// The choice that covers an item, its own or else its purpose's, and what it amounts to
    /// now.
    #[inline(never)]
    pub fn note<'s>(&self, state: State<'s>, item: &Item<'p>, now: u32) -> (Option<(Entry<'s>, Head)>, Note) {
        let mut of = *item;
        let mut choice = state.choice(item.key);
        if choice.is_none() {
            of = self.policy.item(item.purpose);
            choice = state.choice(of.key);
        }
        let note = match choice {
            None if state.damaged => Note::Damaged,
            None => Note::Undecided,
            // A refusal never lapses into a grant: it only may be asked about again.
            Some((entry, _)) if !entry.granted() => Note::Refused,
            Some((entry, _)) if entry.revision() != of.revision => Note::Revised,
            Some((_, head)) if head.at > now.saturating_add(SKEW) || head.until <= now => Note::Lapsed,
            Some(_) if of.at != item.at => Note::NewService,
            Some(_) => Note::Granted,
        };
        (choice, note)
    }
}
