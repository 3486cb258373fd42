//! The chain of reasons behind a verdict.

use alloc::vec::Vec;

use super::permissions::{Note, Rule, Verdict};

/// What a rule said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did not apply, or left the matter to the next one.
    Passed,
    /// It allowed.
    Allowed,
    /// It denied.
    Denied,
}

impl Outcome {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Allowed => "allowed",
            Outcome::Denied => "denied",
        }
    }
}

/// One rule of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The rule.
    pub rule: Rule,
    /// What it said.
    pub outcome: Outcome,
    /// What the person's decision was, on the decision's own step.
    pub note: Option<Note>,
}

/// The rules in the order in which they were applied, up to the one that decided.
pub fn explain(verdict: Verdict) -> Vec<Step> {
    Rule::ORDER
        .into_iter()
        .filter(|rule| *rule <= verdict.rule && (*rule != Rule::Failure || *rule == verdict.rule))
        .map(|rule| Step {
            rule,
            outcome: match (rule == verdict.rule, verdict.allowed) {
                (false, _) => Outcome::Passed,
                (true, true) => Outcome::Allowed,
                (true, false) => Outcome::Denied,
            },
            note: (rule == Rule::Decision).then_some(verdict.note),
        })
        .collect()
}
