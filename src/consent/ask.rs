//! Whether, and about what, the person is asked.

use alloc::vec::Vec;

use super::DAY;
use super::permissions::{Facts, Note, Rule};
use super::session::Session;

/// The purposes about which a person can decide now: optional ones that neither the
/// organisation nor a missing authorisation closes.
pub fn decidable(session: &Session, now: u64) -> Vec<usize> {
    session.facts(now).map_or_else(Vec::new, |facts| {
        let open = |at: &usize| {
            !matches!(
                facts.purpose(*at).rule,
                Rule::Failure | Rule::Essential | Rule::Never | Rule::Organisation | Rule::Minor
            )
        };
        (0..session.policy.purposes.len()).filter(open).collect()
    })
}

/// The purposes about which the person has to be asked now; empty means: no banner.
///
/// New purposes and services ask for themselves alone (L22). What was answered is not asked
/// again before the answer has run out and the regime's quiet time is over (L28, L47).
pub fn asks(session: &Session, now: u64) -> Vec<usize> {
    let Some(facts) = session.facts(now) else {
        return Vec::new();
    };
    let dismissed = session.decision.dismissed;
    if dismissed != 0 && now < dismissed.saturating_add(DAY) && now >= dismissed {
        return Vec::new();
    }
    decidable(session, now)
        .into_iter()
        .filter(|at| facts.purpose(*at).rule != Rule::OptOutSignal && due(&facts, *at))
        .collect()
}

fn due(facts: &Facts<'_>, at: usize) -> bool {
    let Some(purpose) = facts.policy.purposes.get(at) else {
        return false;
    };
    let Some(choice) = facts.decision.choice(&purpose.key) else {
        return true;
    };
    if choice.conflict {
        return true;
    }
    let quiet = u64::from(facts.regime.quiet_days).saturating_mul(DAY);
    match facts.note(&purpose.key, purpose.revision) {
        Note::Granted => facts.policy.services.iter().any(|service| {
            service.purpose == at
                && matches!(
                    facts.note(&service.key, service.revision),
                    Note::Undecided | Note::Revised
                )
        }),
        Note::Refused if choice.revision != purpose.revision => true,
        // A clock that runs behind the record makes no difference to a refusal.
        Note::Refused | Note::Lapsed if choice.at <= facts.now => {
            facts.now >= choice.until && facts.now - choice.at >= quiet
        }
        Note::Refused => false,
        Note::Lapsed | Note::Undecided | Note::Revised | Note::NewService => true,
    }
}
