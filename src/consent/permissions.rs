//! Permissions: for every purpose and service a verdict, with the rule that gave it.

use alloc::string::String;
use alloc::vec::Vec;

use super::decision::{Choice, Decision};
use super::signals::Signals;
use crate::policy::{Key, Model, Policy, Purpose, Regime};

/// How far ahead of the clock a grant may lie before the clock is doubted, in milliseconds.
const SKEW: u64 = 300_000;

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

impl Rule {
    /// All rules, in their order.
    pub const ORDER: [Rule; 8] = [
        Rule::Failure,
        Rule::Essential,
        Rule::Never,
        Rule::Organisation,
        Rule::Minor,
        Rule::OptOutSignal,
        Rule::Decision,
        Rule::Regime,
    ];

    /// The word for it in `explain`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Rule::Failure => "failure",
            Rule::Essential => "essential",
            Rule::Never => "never",
            Rule::Organisation => "organisation",
            Rule::Minor => "minor",
            Rule::OptOutSignal => "opt-out-signal",
            Rule::Decision => "decision",
            Rule::Regime => "regime",
        }
    }
}

/// Why the person's decision did not settle the matter, or how it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Note {
    /// Nothing was decided.
    #[default]
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
}

impl Note {
    /// The word for it in `explain`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Note::Undecided => "undecided",
            Note::Granted => "granted",
            Note::Refused => "refused",
            Note::Lapsed => "lapsed",
            Note::Revised => "revised",
            Note::NewService => "new-service",
        }
    }
}

/// Whether something is allowed, and the rule that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Allowed or denied.
    pub allowed: bool,
    /// The rule that decided.
    pub rule: Rule,
    /// What the person's decision contributed.
    pub note: Note,
}

impl Verdict {
    /// Denied, because something failed or is unknown.
    pub const FAILURE: Verdict = Verdict {
        allowed: false,
        rule: Rule::Failure,
        note: Note::Undecided,
    };
}

/// What verdicts are made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) policy: &'a Policy,
    pub(super) regime: &'a Regime,
    pub(super) decision: &'a Decision,
    pub(super) signals: Signals,
    /// Keys that the embedding organisation forbids beside the document's own.
    pub(super) forbidden: &'a [String],
    pub(super) now: u64,
}

impl Facts<'_> {
    fn forbids(&self, key: &str) -> bool {
        let mut keys = self.policy.ceiling.iter().chain(self.forbidden);
        keys.any(|it| it == key)
    }

    /// Whether a choice is about this revision and the clock allows it to hold.
    fn holds(&self, choice: &Choice, revision: u16) -> Note {
        if !choice.granted {
            // A refusal never lapses into a grant: it only may be asked about again.
            Note::Refused
        } else if choice.revision != revision {
            Note::Revised
        } else if choice.at > self.now.saturating_add(SKEW) || choice.until <= self.now {
            Note::Lapsed
        } else {
            Note::Granted
        }
    }

    pub(super) fn note(&self, key: &str, revision: u16) -> Note {
        self.decision
            .choice(key)
            .map_or(Note::Undecided, |choice| self.holds(choice, revision))
    }

    /// The rules that stand above the person's decision. `None` when none of them decides.
    fn above(&self, purpose: &Purpose, key: &str, revision: u16) -> Option<Verdict> {
        let minors = self.regime.minors;
        let rule = if purpose.essential {
            Rule::Essential
        } else if self.forbids(&purpose.key) || self.forbids(key) {
            Rule::Organisation
        } else if self.signals.age.is_some_and(|age| age < minors.parent) && !self.signals.parent {
            Rule::Minor
        } else if purpose.sharing
            && self.signals.gpc
            && self.regime.gpc
            && !(self.note(key, revision) == Note::Granted
                && self.decision.choice(key).is_some_and(|it| it.gpc))
        {
            Rule::OptOutSignal
        } else {
            return None;
        };
        Some(Verdict {
            allowed: rule == Rule::Essential,
            rule,
            note: self.note(key, revision),
        })
    }

    /// The decision if it settles the matter, else the regime's default.
    fn below(&self, at: usize, purpose: &Purpose, note: Note) -> Verdict {
        let decided = matches!(note, Note::Granted | Note::Refused);
        let young = purpose.sharing
            && self
                .signals
                .age
                .is_some_and(|age| age < self.regime.minors.opt_in);
        Verdict {
            allowed: if decided {
                note == Note::Granted
            } else {
                self.regime.model_of(at) != Model::OptIn && !purpose.explicit && !young
            },
            rule: if decided { Rule::Decision } else { Rule::Regime },
            note,
        }
    }

    pub(super) fn purpose(&self, at: usize) -> Verdict {
        let Some(purpose) = self.policy.purposes.get(at) else {
            return Verdict::FAILURE;
        };
        self.above(purpose, &purpose.key, purpose.revision)
            .unwrap_or_else(|| {
                self.below(at, purpose, self.note(&purpose.key, purpose.revision))
            })
    }

    pub(super) fn service(&self, at: usize) -> Verdict {
        let service = self.policy.services.get(at);
        let Some((service, purpose)) =
            service.and_then(|it| Some((it, self.policy.purposes.get(it.purpose)?)))
        else {
            return Verdict::FAILURE;
        };
        self.above(purpose, &service.key, service.revision)
            .unwrap_or_else(|| {
                let note = match self.note(&service.key, service.revision) {
                    Note::Undecided => match self.note(&purpose.key, purpose.revision) {
                        Note::Granted => Note::NewService,
                        other => other,
                    },
                    own => own,
                };
                self.below(service.purpose, purpose, note)
            })
    }
}

/// Every verdict: by purpose and by service, in the policy's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// By purpose.
    pub purposes: Vec<Verdict>,
    /// By service.
    pub services: Vec<Verdict>,
}

impl Permissions {
    /// What both allow; where they differ, the verdict that denies.
    #[must_use]
    pub fn meet(&self, other: &Permissions) -> Permissions {
        let both = |a: &[Verdict], b: &[Verdict]| {
            let stricter = |(a, b): (&Verdict, &Verdict)| if a.allowed { *b } else { *a };
            a.iter().zip(b).map(stricter).collect()
        };
        Permissions {
            purposes: both(&self.purposes, &other.purposes),
            services: both(&self.services, &other.services),
        }
    }

    /// The verdict on what a name was found to stand for. Unknown is denied.
    pub fn of(&self, key: Option<Key>) -> Verdict {
        let found = match key {
            Some(Key::Purpose(at)) => self.purposes.get(at),
            Some(Key::Service(at)) => self.services.get(at),
            Some(Key::Never(_)) => Some(&Verdict {
                allowed: false,
                rule: Rule::Never,
                note: Note::Undecided,
            }),
            None => None,
        };
        found.copied().unwrap_or(Verdict::FAILURE)
    }
}
