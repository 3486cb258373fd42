//! May this tag run?

use crate::consent::{Permissions, Rule};
use crate::policy::{Address, Key, Policy};

use super::names::resolve;

/// What is known of a tag.
#[derive(Clone, Copy, Debug)]
pub struct Tag<'a> {
    /// The words of its markup for purposes and services, separated by commas or blanks. A
    /// leading `!` turns one around: "only when refused".
    pub names: &'a str,
    /// Where it points, if anywhere.
    pub address: Option<Address<'a>>,
}

/// What happens to a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It may run.
    Allow,
    /// It waits.
    Hold,
    /// It is on the never-list and will not run.
    Never,
}

/// Why a tag waits although its names are allowed or unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A verdict of the permissions: see there.
    Permissions,
    /// A name that the policy does not have.
    UnknownName,
    /// The purpose admits only services of the policy, and this address is none of theirs.
    Undeclared,
    /// Neither a name nor an address that says what it is.
    Nothing,
}

impl Why {
    /// The stable code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Why::Permissions => "gate/permissions",
            Why::UnknownName => "gate/unknown-name",
            Why::Undeclared => "gate/undeclared-service",
            Why::Nothing => "gate/no-purpose",
        }
    }
}

/// The gate's answer about one tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What happens.
    pub answer: Answer,
    /// Why.
    pub why: Why,
    /// What the person would have to allow, where one thing stands out: the service, else
    /// the purpose.
    pub key: Option<Key>,
}

/// Judges a tag: everything that its names and its address say must be allowed. A tag cannot
/// call itself essential when its address belongs to something else (L19).
pub fn judge(policy: &Policy, permissions: &Permissions, tag: Tag<'_>) -> Judgement {
    let mut judgement = Judgement {
        answer: Answer::Allow,
        why: Why::Permissions,
        key: None,
    };
    let mut hold = |answer: Answer, why: Why| {
        if judgement.answer != Answer::Never {
            if judgement.answer == Answer::Allow {
                judgement.why = why;
            }
            judgement.answer = answer;
        }
    };
    let mut key = None;
    let mut known = false;
    let mut closed = false;
    if tag.address.is_some_and(|it| policy.never_covers(it)) {
        hold(Answer::Never, Why::Permissions);
    }
    for token in tag.names.split([',', ' ']).filter(|it| !it.is_empty()) {
        known = true;
        let (token, turned) = match token.strip_prefix('!') {
            Some(rest) => (rest, true),
            None => (token, false),
        };
        let found = resolve(policy, token);
        match found {
            None => {
                hold(Answer::Hold, Why::UnknownName);
                continue;
            }
            Some(Key::Never(_)) => {
                hold(Answer::Never, Why::Permissions);
                continue;
            }
            Some(Key::Purpose(at)) => closed |= policy.purposes.get(at).is_some_and(|it| it.closed),
            Some(Key::Service(_)) => {}
        }
        let verdict = permissions.of(found);
        let passes = if turned {
            !verdict.allowed && verdict.rule == Rule::Decision
        } else {
            verdict.allowed
        };
        if !passes {
            hold(Answer::Hold, Why::Permissions);
        }
        if !matches!(key, Some(Key::Service(_))) {
            key = found;
        }
    }
    if let Some(address) = tag.address {
        let mut declared = address.own || address.host.is_empty();
        for at in policy.services_at(address) {
            known = true;
            declared = true;
            if !permissions.of(Some(Key::Service(at))).allowed {
                hold(Answer::Hold, Why::Permissions);
            }
            if !matches!(key, Some(Key::Service(_))) {
                key = Some(Key::Service(at));
            }
        }
        if closed && !declared {
            hold(Answer::Hold, Why::Undeclared);
        }
    }
    if !known {
        hold(Answer::Hold, Why::Nothing);
    }
    judgement.key = key;
    judgement
}
