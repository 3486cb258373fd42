//! May this tag run?

use crate::consent::{Rule, Verdict, of};
use crate::policy::plan::cover;
use crate::policy::{Address, Key, Policy, flags, parts};

/// What is known of a tag.
#[derive(Clone, Copy, Debug)]
pub struct Tag<'a> {
    /// The words of its markup for purposes and services, separated by commas. A
    /// leading `!` turns one around: "only when refused".
    pub names: &'a [u8],
    /// Where it points, if anywhere.
    pub address: Option<Address<'a>>,
}

/// What happens to a tag, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It may run.
    Allow,
    /// It waits for a permission.
    Hold,
    /// It waits: a name is not in the policy.
    UnknownName,
    /// It waits: the purpose admits only services of the policy, and this address is none
    /// of theirs.
    Undeclared,
    /// It waits: neither a name nor an address says what it is.
    Nothing,
    /// It is on the never-list and will not run.
    Never,
}

impl Answer {
    /// The stable code, for what a developer should know.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Answer::UnknownName => Some("gate/unknown-name"),
            Answer::Undeclared => Some("gate/undeclared-service"),
            Answer::Nothing => Some("gate/no-purpose"),
            Answer::Allow | Answer::Hold | Answer::Never => None,
        }
    }
}

/// The gate's answer about one tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What happens.
    pub answer: Answer,
    /// What the person would have to allow, where one thing stands out: the service, else
    /// the purpose.
    pub key: Option<u32>,
}

/// Judges a tag: everything that its names and its address say must be allowed. A tag cannot
/// call itself essential when its address belongs to something else (L19).
pub fn judge(policy: &Policy<'_>, verdicts: &[Verdict], tag: Tag<'_>) -> Judgement {
    let mut judgement = Judgement {
        answer: Answer::Nothing,
        key: None,
    };
    let mut worst = Answer::Allow;
    let mut known = false;
    let mut closed = false;
    for token in parts(tag.names, b',') {
        if token.is_empty() {
            continue;
        }
        known = true;
        let turned = token.starts_with(b"!");
        let found = policy.find(token.strip_prefix(b"!").unwrap_or(token));
        let verdict = of(verdicts, found);
        let passes = if turned {
            !verdict.allowed() && verdict.is_by(Rule::Decision)
        } else {
            verdict.allowed()
        };
        worst = worst.max(match found {
            Key::Unknown => Answer::UnknownName,
            Key::Never => Answer::Never,
            Key::Item(at) => {
                closed |= policy.item(at).is(flags::CLOSED);
                judgement.key = judgement.key.max(Some(at));
                if passes { Answer::Allow } else { Answer::Hold }
            }
        });
    }
    if let Some(address) = tag.address {
        let mut declared = address.own || address.host.is_empty();
        for item in policy.items() {
            if cover(item.hosts(), address) {
                known = true;
                declared = true;
                judgement.key = judgement.key.max(Some(item.at));
                if !of(verdicts, Key::Item(item.at)).allowed() {
                    worst = worst.max(Answer::Hold);
                }
            }
        }
        if closed && !declared {
            worst = worst.max(Answer::Undeclared);
        }
        if policy.never_covers(address) {
            worst = Answer::Never;
            known = true;
        }
    }
    if known {
        judgement.answer = worst;
    }
    judgement
}
