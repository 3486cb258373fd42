//! Google Consent Mode v2, derived from verdicts.

use super::verdict::Verdict;
use crate::policy::Policy;

/// The types that are granted, as bits in the order of [`crate::policy::CONSENT_MODE`]: those
/// that at least one purpose maps to, and whose every purpose is allowed. Advertising types
/// are never among them.
pub fn consent_mode(policy: &Policy<'_>, verdicts: &[Verdict]) -> u32 {
    let (mut some, mut denied) = (0, 0);
    for (item, verdict) in policy.items().zip(verdicts) {
        some |= item.consent_mode;
        if !verdict.allowed() {
            denied |= item.consent_mode;
        }
    }
    some & !denied
}
